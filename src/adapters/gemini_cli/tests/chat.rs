//! Records as the client writes them, and what they tell.

use std::path::Path;

use crate::adapters::gemini_cli::GeminiCli;
use crate::adapters::{Adapter, FileFacts, Parsed};
use crate::model::{Fact, ToolCall};

pub const ID: &str = "6f0c1a2e-1111-4222-8333-444455556666";
pub const OTHER: &str = "7f0c1a2e-1111-4222-8333-444455556666";
pub const CHILD: &str = "8f0c1a2e-1111-4222-8333-444455556666";
pub const CHAT: &str = "/h/.gemini/tmp/app/chats/session-1.jsonl";

pub fn header(id: &str) -> String {
    format!(r#"{{"sessionId":"{id}","projectHash":"app","startTime":"2026-11-20T10:00:00.000Z","kind":"main"}}"#)
}

/// `more` begins with a comma, where there is any.
pub fn message(id: &str, at: &str, kind: &str, content: &str, more: &str) -> String {
    format!(r#"{{"id":"{id}","timestamp":"2026-11-20T{at}Z","type":"{kind}","content":{content}{more}}}"#)
}

pub fn user(id: &str, at: &str, text: &str) -> String {
    message(id, at, "user", &serde_json::json!([{"text": text}]).to_string(), "")
}

pub const TOKENS: &str =
    r#","model":"gemini-3-pro","tokens":{"input":100,"output":10,"cached":40,"thoughts":5,"tool":7,"total":122}"#;

pub fn answer(id: &str, at: &str, text: &str, more: &str) -> String {
    message(id, at, "gemini", &serde_json::to_string(text).unwrap(), &format!("{TOKENS}{more}"))
}

/// Reads `bytes` from `offset` on, as a file at `path` with the neighbours given.
pub fn read_on(
    path: &str,
    beside: &[(&str, &str)],
    bytes: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new(path), modified_ms: 1, beginning: bytes };
    let mut parser = GeminiCli.parser(&file, state);
    for (path, content) in beside {
        parser.neighbour(Path::new(path), content.as_bytes());
    }
    while *offset < bytes.len() {
        let rest = &bytes[*offset..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let number = *line + 1;
        let used = parser.line(&rest[..end.unwrap_or(rest.len())], number, end.is_some(), out);
        *offset += used + usize::from(end.is_some());
        if end.is_none() {
            break;
        }
        *line = number;
    }
    parser.state()
}

pub fn at(path: &str, lines: &[String]) -> Parsed {
    let mut parsed = Parsed::default();
    read_on(path, &[], (lines.join("\n") + "\n").as_bytes(), &mut 0, &mut 0, None, &mut parsed);
    parsed
}

pub fn chat(lines: &[String]) -> Parsed {
    at(CHAT, lines)
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

/// The call, brought together from all that was told of it.
pub fn call(parsed: &Parsed, id: &str) -> ToolCall {
    let mut told = facts!(parsed, ToolCall, ToolCall).into_iter().filter(|call| call.call_id == id);
    let mut call = told.next().unwrap();
    told.for_each(|more| call.absorb(more));
    call
}
