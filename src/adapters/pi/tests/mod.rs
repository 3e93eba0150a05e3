//! Session files in words: their lines, read as the ingest reads them, and what they told.

mod copies;
mod resumed;
mod turns;

use std::path::Path;

use super::parser::Session;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::{Fact, Message, Role, ToolCall, Usage};

const PATH: &str = "/h/sessions/--w--/2026-01-01T10-00-00-000Z_own.jsonl";

/// Reads on from `offset` as the ingest does, and says where it stopped.
pub fn read(
    bytes: &[u8],
    whole: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new(PATH), modified_ms: 1, beginning: whole };
    let mut parser = Session::new(&file, state);
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

pub fn told_by(lines: &[&str]) -> Parsed {
    let text = lines.join("\n") + "\n";
    let mut parsed = Parsed::default();
    read(text.as_bytes(), text.as_bytes(), &mut 0, &mut 0, None, &mut parsed);
    parsed
}

pub fn messages(parsed: &Parsed, role: Role) -> Vec<&Message> {
    let all =
        parsed.facts.iter().filter_map(|fact| if let Fact::Message(message) = fact { Some(message) } else { None });
    all.filter(|message| message.role == role).collect()
}

pub fn usages(parsed: &Parsed) -> Vec<&Usage> {
    parsed.facts.iter().filter_map(|fact| if let Fact::Usage(usage) = fact { Some(usage) } else { None }).collect()
}

/// The calls as they are in the end.
pub fn calls(parsed: &Parsed) -> Vec<ToolCall> {
    let mut calls: Vec<ToolCall> = Vec::new();
    for fact in &parsed.facts {
        let Fact::ToolCall(told) = fact else { continue };
        match calls.iter_mut().find(|call| call.call_id == told.call_id) {
            Some(call) => call.absorb(told.clone()),
            None => calls.push(told.clone()),
        }
    }
    calls
}

pub const HEADER: &str =
    r#"{"type":"session","version":3,"id":"own","timestamp":"2026-01-01T10:00:00.000Z","cwd":"/w"}"#;

/// An entry of that second; `rest` goes on after the common fields.
pub fn entry(second: u32, id: &str, kind: &str, rest: &str) -> String {
    format!(r#"{{"type":"{kind}","id":"{id}","parentId":null,"timestamp":"2026-01-01T10:00:{second:02}.000Z",{rest}}}"#)
}

pub fn message(second: u32, id: &str, rest: &str) -> String {
    let began = 1_767_261_600_000_i64 + i64::from(second) * 1000 - 5;
    entry(second, id, "message", &format!(r#""message":{{{rest},"timestamp":{began}}}"#))
}

pub fn answer(second: u32, id: &str, blocks: &str, stop: &str) -> String {
    let usage = r#"{"input":10,"output":5,"cacheRead":3,"cacheWrite":7,"cacheWrite1h":2,"reasoning":4,"totalTokens":25,"cost":{"total":0.25}}"#;
    message(
        second,
        id,
        &format!(
            r#""role":"assistant","content":[{blocks}],"provider":"p","model":"m","usage":{usage},"stopReason":"{stop}""#
        ),
    )
}

pub fn asks(id: &str, tool: &str, arguments: &str) -> String {
    format!(r#"{{"type":"toolCall","id":"{id}","name":"{tool}","arguments":{arguments}}}"#)
}

pub fn result(second: u32, id: &str, call: &str, tool: &str, text: &str, rest: &str) -> String {
    let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
    message(
        second,
        id,
        &format!(r#""role":"toolResult","toolCallId":"{call}","toolName":"{tool}","content":{content}{rest}"#),
    )
}
