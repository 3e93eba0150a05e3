//! Rollouts in words: their lines, read as the ingest reads them, and what they told.

use std::path::Path;

use crate::adapters::codex::parser::Rollout;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::{Fact, Message, Role, ToolCall};

/// Reads on from `offset` as the ingest does, and says where it stopped.
pub fn read(
    bytes: &[u8],
    whole: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new("/s/rollout.jsonl"), modified_ms: 1, beginning: whole };
    let mut parser = Rollout::new(&file, state);
    while let Some(length) = memchr::memchr(b'\n', &bytes[*offset..]) {
        *line += 1;
        let text = &bytes[*offset..*offset + length];
        if !text.trim_ascii().is_empty() {
            parser.line(text, *line, true, out);
        }
        *offset += length + 1;
    }
    *offset += parser.line(&bytes[*offset..], *line + 1, false, out);
    parser.state()
}

pub fn parsed(lines: &[&str]) -> Parsed {
    let text = lines.join("\n") + "\n";
    let mut out = Parsed::default();
    read(text.as_bytes(), text.as_bytes(), &mut 0, &mut 0, None, &mut out);
    out
}

macro_rules! facts {
    ($parsed:expr, $kind:ident, $of:ty) => {{
        let of_kind = |fact: &Fact| match fact {
            Fact::$kind(fact) => Some(fact.clone()),
            _ => None,
        };
        $parsed.facts.iter().filter_map(of_kind).collect::<Vec<$of>>()
    }};
}

pub(super) use facts;

/// A call as all its records together tell it.
pub fn call(parsed: &Parsed, id: &str) -> ToolCall {
    let told = facts!(parsed, ToolCall, ToolCall).into_iter().filter(|call| call.call_id == id);
    told.reduce(|mut all, next| {
        all.absorb(next);
        all
    })
    .unwrap()
}

pub fn prompts(parsed: &Parsed) -> Vec<String> {
    let said = facts!(parsed, Message, Message).into_iter().filter(|m| m.role == Role::User);
    said.map(|m| m.pieces[0].text.clone()).collect()
}

/// One line of a rollout.
pub fn line(at: &str, kind: &str, payload: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-20T{at}Z","type":"{kind}","payload":{payload}}}"#)
}

pub fn meta(at: &str, id: &str, more: &str) -> String {
    let payload = format!(
        r#"{{"id":"{id}","timestamp":"2026-11-20T{at}Z","cwd":"/w","cli_version":"0.1","source":"cli"{more}}}"#
    );
    line(at, "session_meta", &payload)
}

pub fn event(at: &str, payload: &str) -> String {
    line(at, "event_msg", payload)
}

pub fn item(at: &str, payload: &str) -> String {
    line(at, "response_item", payload)
}

pub fn begins(at: &str, turn: &str) -> String {
    event(at, &format!(r#"{{"type":"task_started","turn_id":"{turn}"}}"#))
}

pub fn prompt(at: &str, text: &str) -> String {
    event(at, &format!(r#"{{"type":"user_message","message":"{text}"}}"#))
}

pub fn count(at: &str, total: i64, last: i64) -> String {
    let tokens = |n: i64| {
        format!(r#"{{"input_tokens":{n},"cached_input_tokens":{},"output_tokens":1,"total_tokens":{}}}"#, n / 2, n + 1)
    };
    let info = format!(r#"{{"total_token_usage":{},"last_token_usage":{}}}"#, tokens(total), tokens(last));
    event(at, &format!(r#"{{"type":"token_count","info":{info}}}"#))
}

pub fn joined(lines: &[String]) -> Parsed {
    parsed(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

pub fn began(at: &str, id: &str, name: &str, arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    item(at, &format!(r#"{{"type":"function_call","name":"{name}","call_id":"{id}","arguments":{arguments}}}"#))
}

pub fn output(at: &str, id: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    item(at, &format!(r#"{{"type":"function_call_output","call_id":"{id}","output":{text}}}"#))
}

// Ids of version 7 tell when they were made: 09:00:00, 10:00:00, and turns a second after each.
pub const PARENT: &str = "01a1f82f-1e80-7000-8000-000000000001";
pub const PARENT_TURN: &str = "01a1f82f-2268-7000-8000-000000000002";
pub const CHILD: &str = "01a1f866-0d00-7000-8000-000000000003";
pub const CHILD_TURN: &str = "01a1f866-10e8-7000-8000-000000000004";

#[test]
fn the_ids_above_are_of_their_hours() {
    let hour = |id: &str| i64::from_str_radix(&format!("{}{}", &id[..8], &id[9..13]), 16).unwrap();
    assert_eq!(hour(PARENT), 1_795_165_200_000);
    assert_eq!((hour(PARENT_TURN) - hour(PARENT), hour(CHILD) - hour(PARENT)), (1000, 3_600_000));
    assert_eq!(hour(CHILD_TURN) - hour(CHILD), 1000);
}
