//! Which hooks there are, which the plugin uses, and what it can give back.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every hook of a session in version 2026.9.6, and those that older ones have besides.
pub(super) const KNOWN: &[&str] = &[
    "session_start",
    "session_end",
    "before_model_resolve",
    "agent_turn_prepare",
    "before_agent_start",
    "before_prompt_build",
    "before_agent_run",
    "before_agent_reply",
    "before_agent_finalize",
    "agent_end",
    "model_call_started",
    "model_call_ended",
    "llm_input",
    "llm_output",
    "before_tool_call",
    "after_tool_call",
    "tool_result_persist",
    "before_message_write",
    "before_compaction",
    "after_compaction",
    "before_reset",
    "subagent_spawning",
    "subagent_spawned",
    "subagent_progress",
    "subagent_ended",
    "message_received",
    "message_sending",
    "message_sent",
    "gateway_start",
    "gateway_stop",
];

/// May come before anybody knows whose they are.
pub(super) const WITHOUT_SESSION: &[&str] =
    &["gateway_start", "gateway_stop", "subagent_spawned", "subagent_ended", "before_tool_call", "after_tool_call"];

/// What the plugin tells.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    told("session_start"),
    told("session_end"),
    told("before_tool_call"),
    told("after_tool_call"),
    told("agent_end"),
    told("before_compaction"),
    told("after_compaction"),
    told("subagent_spawned"),
    told("subagent_ended"),
    answered("before_prompt_build"),
    answered("before_agent_finalize"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// The plugin hands it on as `appendContext`.
pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    (event == "before_prompt_build").then(|| json!({"additionalContext": text}))
}

/// The plugin asks for one more pass because of it.
pub(super) fn hold(event: &str, reason: &str) -> Option<Value> {
    (event == "before_agent_finalize").then(|| json!({"decision": "block", "reason": reason}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLUGIN: &str = include_str!("../../../../adapters/openclaw/plugin/index.js");

    #[test]
    fn the_plugin_tells_what_is_listed_here_and_nothing_else() {
        let words = PLUGIN.split('"').skip(1).step_by(2);
        let hooks: std::collections::BTreeSet<&str> = words.filter(|word| KNOWN.contains(word)).collect();
        assert_eq!(hooks, EVENTS.iter().map(|event| event.name).collect());
    }

    #[test]
    fn what_is_answered_takes_an_answer() {
        for event in KNOWN {
            let answered = EVENTS.iter().any(|known| known.name == *event && known.answered);
            assert_eq!(answered, context(event, "x").is_some() || hold(event, "x").is_some(), "{event}");
        }
        let context = context("before_prompt_build", "a \"b\"").unwrap().to_string();
        assert_eq!(context, r#"{"additionalContext":"a \"b\""}"#);
        assert_eq!(hold("before_agent_finalize", "red").unwrap().to_string(), r#"{"decision":"block","reason":"red"}"#);
    }
}
