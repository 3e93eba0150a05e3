//! The sidecar, the hook client and what they do together, over their real interfaces.

mod answers;
mod bad_input;
mod crash;
mod foreign;
mod gemini;
mod identity;
mod merging;
mod otlp;
mod process;
mod stream;
mod transcripts;

use serde_json::{Value, json};

/// A payload as Claude Code sends it.
pub fn event(session: &str, name: &str, more: Value) -> Value {
    let mut payload = json!({"session_id": session, "hook_event_name": name, "cwd": "/", "prompt_id": "p1"});
    if let (Some(fields), Value::Object(more)) = (payload.as_object_mut(), more) {
        fields.extend(more);
    }
    payload
}

/// The start of a shell call.
pub fn before(session: &str, call: &str, command: &str) -> Value {
    event(session, "PreToolUse", json!({"tool_name": "Bash", "tool_use_id": call, "tool_input": {"command": command}}))
}
