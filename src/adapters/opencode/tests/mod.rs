//! Rows and trees, and what comes of them.

mod messages;
mod records;

use std::path::Path;

use serde_json::{Value, json};

use super::Opencode;
use crate::adapters::{Adapter, FileFacts, Parsed};
use crate::model::{Fact, ToolCall};

/// When the file was written.
const WRITTEN: i64 = 1_795_169_500_000;
/// When its sessions were.
const AT: i64 = 1_795_169_490_432;
/// Made at [`AT`].
const MESSAGE: &str = "msg_1f8709600001HLqN10TDcwlDrB";

/// Each value as one line.
fn read(lines: &[Value]) -> Parsed {
    let facts = FileFacts { path: Path::new("/d/opencode.db"), modified_ms: WRITTEN, beginning: b"" };
    let mut parser = Opencode.parser(&facts, None);
    let mut parsed = Parsed::default();
    for (line, number) in lines.iter().zip(1..) {
        parser.line(line.to_string().as_bytes(), number, true, &mut parsed);
    }
    parsed
}

/// A part as the reader of rows gives it, with what that looks up.
fn part(role: &str, data: Value) -> Value {
    let mut row = json!({"table": "part", "id": "prt_1", "message_id": MESSAGE, "session_id": "ses_1", "time_created": AT + 5,
        "root": "ses_1", "session_directory": "/w", "message_role": role, "message_created": AT});
    row["data"] = data;
    row
}

fn message(data: Value) -> Value {
    let mut row =
        json!({"table": "message", "id": MESSAGE, "session_id": "ses_1", "time_created": AT, "root": "ses_1"});
    row["data"] = data;
    row
}

fn tool(tool: &str, state: Value) -> Value {
    let mut data = json!({"type": "tool", "tool": tool, "callID": "call_5517472ea36f41239d6f"});
    data["state"] = state;
    part("assistant", data)
}

macro_rules! facts {
    ($parsed:expr, $kind:ident) => {
        $parsed
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::$kind(it) => Some(it.clone()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
}
use facts;

fn call(line: Value) -> ToolCall {
    facts!(read(&[line]), ToolCall).remove(0)
}
