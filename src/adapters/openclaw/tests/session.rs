//! Sessions in words: their lines, read as the ingest reads them, and what they told.

use std::path::Path;

use crate::adapters::openclaw::parser::History;
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
    let file = FileFacts { path: Path::new("/s/s.jsonl"), modified_ms: 1, beginning: whole };
    let mut parser = History::new(&file, state);
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

pub fn parsed<T: AsRef<str>>(lines: &[T]) -> Parsed {
    let text = lines.iter().map(|line| line.as_ref().to_owned() + "\n").collect::<String>();
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

pub fn said(parsed: &Parsed, role: Role) -> Vec<String> {
    let said = facts!(parsed, Message, Message).into_iter().filter(|m| m.role == role);
    said.map(|m| m.pieces.into_iter().map(|piece| piece.text).collect::<Vec<_>>().join("|")).collect()
}

pub fn header(id: &str, more: &str) -> String {
    format!(r#"{{"type":"session","version":3,"id":"{id}","timestamp":"2026-11-20T10:00:00.000Z","cwd":"/w"{more}}}"#)
}

/// An entry that is written so many seconds after the header.
pub fn entry(id: &str, seconds: u32, fields: &str) -> String {
    format!(r#"{{"id":"{id}","timestamp":"2026-11-20T10:00:{seconds:02}.000Z",{fields}}}"#)
}

pub fn message(id: &str, seconds: u32, message: &str) -> String {
    entry(id, seconds, &format!(r#""type":"message","message":{message}"#))
}

pub fn prompt(id: &str, seconds: u32, text: &str) -> String {
    message(id, seconds, &format!(r#"{{"role":"user","content":{}}}"#, serde_json::json!(text)))
}

pub fn asks(id: &str, seconds: u32, call: &str, tool: &str, arguments: &str) -> String {
    let block = format!(r#"{{"type":"toolCall","id":"{call}","name":"{tool}","arguments":{arguments}}}"#);
    message(
        id,
        seconds,
        &format!(r#"{{"role":"assistant","model":"m","content":[{block}],"usage":{{"input":1,"output":2}}}}"#),
    )
}

pub fn result(id: &str, seconds: u32, call: &str, tool: &str, fields: &str) -> String {
    let role = format!(r#"{{"role":"toolResult","toolCallId":"{call}","toolName":"{tool}",{fields}}}"#);
    message(id, seconds, &role)
}

/// A row of a table, as the reader of databases makes it.
pub fn row(table: &str, fields: &str) -> String {
    format!(r#"{{"table":"{table}",{fields}}}"#)
}

pub fn window(id: &str, key: &str, created: i64, more: &str) -> String {
    let fields =
        format!(r#""session_id":"{id}","session_key":"{key}","created_at":{created},"updated_at":{created}{more}"#);
    row("session_windows", &fields)
}

pub fn stored(session: &str, event: &str) -> String {
    row("transcript_events", &format!(r#""session_id":"{session}","created_at":1795168800000,"event_json":{event}"#))
}
