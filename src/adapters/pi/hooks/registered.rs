//! Which events there are, which our extension hands on, and which take a text into the model's context.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event of versions 0.73 to 1.5.
pub(super) const KNOWN: &[&str] = &[
    "project_trust",
    "resources_discover",
    "session_start",
    "session_info_changed",
    "session_before_switch",
    "session_before_fork",
    "session_before_compact",
    "session_compact",
    "session_compact_failed",
    "session_before_tree",
    "session_tree",
    "session_shutdown",
    "mcp_servers_change",
    "context",
    "context_with_system",
    "cache_warming_decision",
    "before_provider_headers",
    "before_provider_request",
    "after_provider_response",
    "provider_stream_event",
    "before_agent_start",
    "agent_start",
    "agent_end",
    "agent_before_settle",
    "agent_settled",
    "ui_prompt_start",
    "ui_prompt_end",
    "turn_start",
    "turn_end",
    "message_start",
    "message_update",
    "message_end",
    "tool_execution_start",
    "tool_execution_update",
    "tool_execution_end",
    "model_select",
    "thinking_level_select",
    "tool_call",
    "tool_result",
    "user_bash",
    "input",
];

/// The events with a use. A client that does not know one never sends it.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    told("session_start"),
    answered("before_agent_start"),
    told("tool_call"),
    answered("tool_result"),
    // The end of a run; since 1.0 the extension waits for the moment after it, at which the run can still go on.
    answered("agent_end"),
    answered("agent_before_settle"),
    told("session_before_compact"),
    answered("session_compact"),
    told("session_shutdown"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// Events after which our extension can put a text before the model.
const TAKES_CONTEXT: &[&str] = &["before_agent_start", "tool_result", "session_compact"];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    TAKES_CONTEXT.contains(&event).then(|| json!({"additionalContext": text}))
}

pub(super) fn hold(event: &str, reason: &str) -> Option<Value> {
    matches!(event, "agent_end" | "agent_before_settle").then(|| json!({"decision": "block", "reason": reason}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_is_known_and_what_is_answered_takes_an_answer() {
        for event in EVENTS {
            assert!(KNOWN.contains(&event.name), "{}", event.name);
            let takes = context(event.name, "x").is_some() || hold(event.name, "x").is_some();
            assert_eq!(event.answered, takes, "{}", event.name);
        }
        assert_eq!(context("tool_result", "a").unwrap().to_string(), r#"{"additionalContext":"a"}"#);
        assert_eq!(hold("agent_end", "red").unwrap().to_string(), r#"{"decision":"block","reason":"red"}"#);
        let answered = |event: &&str| context(event, "x").is_some() || hold(event, "x").is_some();
        assert_eq!(KNOWN.iter().filter(|event| answered(event)).count(), 5);
    }

    /// What the extension hands on is what stands here.
    #[test]
    fn the_extension_hands_on_these_events() {
        let extension = include_str!("../../../../adapters/pi/extension/index.js");
        for event in EVENTS {
            assert!(extension.contains(&format!("\"{}\"", event.name)), "{}", event.name);
        }
    }
}
