//! When two hook calls tell the same event: a client may run two registrations of ours for one.
//!
//! An event has an identity of its own only where it cannot happen twice with the same one: a turn may be compacted
//! twice, and stop with the same words after it was held back.

use xxhash_rust::xxh3::xxh3_64;

use super::payload::Payload;
use crate::adapters::json;

/// The event's own identity, where it has one.
pub(super) fn of(event: &str, payload: &Payload<'_>) -> Option<u64> {
    let turn = || json::string(payload.turn_id);
    let what = match event {
        // A tool call begins once and ends once.
        "PreToolUse" | "PostToolUse" => json::string(payload.tool_use_id)?,
        "UserPromptSubmit" => {
            format!("{}\0{:016x}", turn()?, xxh3_64(json::text(payload.prompt)?.as_bytes()))
        }
        "Stop" | "SubagentStop" if !json::flag(payload.stop_hook_active) => {
            let words = json::string(payload.last_assistant_message)?;
            let agent = json::text(payload.agent_id).unwrap_or_default();
            format!("{agent}\0{}\0{:016x}", turn()?, xxh3_64(words.as_bytes()))
        }
        "SubagentStart" => format!("{}\0{}", json::string(payload.agent_id)?, turn()?),
        "Interrupt" => turn()?,
        _ => return None,
    };
    let session = json::text(payload.session_id).unwrap_or_default();
    Some(xxh3_64(format!("codex hook\0{session}\0{event}\0{what}").as_bytes()))
}
