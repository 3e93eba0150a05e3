//! When two hook calls tell the same event: a client may run two registrations of ours for one.
//!
//! An event has an identity of its own only where it cannot happen twice with the same one. A turn may stop several
//! times with the same words, a sub-agent start anew under its old id, a task be completed, reopened and completed:
//! each such call is an event.

use xxhash_rust::xxh3::xxh3_64;

use super::payload::{BatchedCall, Payload};
use crate::adapters::json;

/// The event's own identity, where it has one.
pub(super) fn of(event: &str, payload: &Payload<'_>) -> Option<u64> {
    let what = match event {
        // A tool call begins once, is refused once and ends once.
        "PreToolUse" | "PostToolUse" | "PostToolUseFailure" | "PermissionDenied" => json::string(payload.tool_use_id)?,
        "PostToolBatch" => {
            let calls: Vec<BatchedCall<'_>> = json::list(payload.tool_calls);
            let ids: Option<Vec<String>> = calls.iter().map(|call| json::string(call.tool_use_id)).collect();
            ids.filter(|ids| !ids.is_empty())?.join("\0")
        }
        // Every prompt has an id of its own; what the client adds under the same id has other words.
        "UserPromptSubmit" | "UserPromptExpansion" => {
            let text = json::text(payload.prompt)?;
            format!("{}\0{:016x}", json::string(payload.prompt_id)?, xxh3_64(text.as_bytes()))
        }
        // Held back, a sub-agent may repeat itself word for word; so may one that is asked again.
        "SubagentStop" if !json::flag(payload.stop_hook_active) => {
            let words = json::string(payload.last_assistant_message)?;
            let turn = json::string(payload.prompt_id)?;
            format!("{}\0{turn}\0{:016x}", json::string(payload.agent_id)?, xxh3_64(words.as_bytes()))
        }
        _ => return None,
    };
    let session = json::text(payload.session_id).unwrap_or_default();
    Some(xxh3_64(format!("claude_code hook\0{session}\0{event}\0{what}").as_bytes()))
}
