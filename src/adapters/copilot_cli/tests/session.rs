//! Sessions in words: their lines, read as the ingest reads them, and what they told.

use std::path::Path;

use crate::adapters::copilot_cli::parser::Session;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::{Fact, Message, Role, ToolCall};

/// Reads on from `offset` as the ingest does, and says what is to be remembered.
pub fn read(
    bytes: &[u8],
    whole: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new("/c/session-state/s/events.jsonl"), modified_ms: 1, beginning: whole };
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

pub fn parsed(lines: &[String]) -> Parsed {
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

pub fn said(parsed: &Parsed, role: Role) -> Vec<String> {
    let told = facts!(parsed, Message, Message).into_iter().filter(|message| message.role == role);
    told.map(|message| message.pieces.into_iter().map(|piece| piece.text).collect()).collect()
}

pub fn skips(parsed: &Parsed) -> Vec<&str> {
    parsed.skips.iter().map(|skip| skip.reason.as_str()).collect()
}

/// A record at so many seconds; its id is made of both.
pub fn line(second: u32, kind: &str, data: &str) -> String {
    inside(second, kind, data, "")
}

/// The same of a sub-agent.
pub fn of_agent(second: u32, agent: &str, kind: &str, data: &str) -> String {
    inside(second, kind, data, &format!(r#","agentId":"{agent}""#))
}

fn inside(second: u32, kind: &str, data: &str, more: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    let at = format!("2026-11-20T10:{minute:02}:{second:02}.000Z");
    format!(
        r#"{{"type":"{kind}","data":{data},"id":"{kind}-{minute}-{second}","timestamp":"{at}","parentId":null{more}}}"#
    )
}

/// The moment of a record at so many seconds.
pub fn at(second: i64) -> i64 {
    1_795_168_800_000 + second * 1000
}

pub fn start(session: &str) -> String {
    let data = format!(
        r#"{{"sessionId":"{session}","copilotVersion":"1.0.102","producer":"copilot-agent","startTime":"2026-11-20T10:00:00.000Z","selectedModel":"gpt-5.5","context":{{"cwd":"/w","branch":"main"}}}}"#
    );
    line(0, "session.start", &data)
}

pub fn begins(second: u32, id: &str, tool: &str, arguments: &str) -> String {
    let data = format!(r#"{{"toolCallId":"{id}","toolName":"{tool}","arguments":{arguments}}}"#);
    line(second, "tool.execution_start", &data)
}

pub fn ends(second: u32, id: &str, rest: &str) -> String {
    line(second, "tool.execution_complete", &format!(r#"{{"toolCallId":"{id}",{rest}}}"#))
}
