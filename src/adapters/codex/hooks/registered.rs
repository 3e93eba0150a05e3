//! Which events there are, which the installer registers, and which take a text into the model's context.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event of version 0.169.
pub(super) const KNOWN: &[&str] = &[
    "SessionStart",
    "SessionEnd",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PreCompact",
    "PostCompact",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "Interrupt",
];

/// The events with a use; a client skips the ones that it does not know. Each is a command that its user has to
/// trust, in this order, and a change makes it untrusted: new ones go to the end.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    answered("SessionStart"),
    answered("UserPromptSubmit"),
    answered("PreToolUse"),
    answered("PostToolUse"),
    answered("Stop"),
    told("SessionEnd"),
    // A session that waits for its person; until the answer no command runs.
    told("PermissionRequest"),
    told("PreCompact"),
    told("SubagentStart"),
    told("SubagentStop"),
    // The turn was stopped, and Stop does not run.
    told("Interrupt"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// Events whose `additionalContext` reached the model. Others refuse the whole answer.
const TAKES_CONTEXT: &[&str] = &["SessionStart", "SubagentStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    TAKES_CONTEXT
        .contains(&event)
        .then(|| json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}))
}

pub(super) fn hold(event: &str, reason: &str) -> Option<Value> {
    // The client escapes what looks like markup, so that the block around it would only be noise.
    let plain = reason.trim_start_matches("<tma1-context>\n").trim_end_matches("</tma1-context>").trim_end();
    (event == "Stop").then(|| json!({"decision": "block", "reason": plain}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_is_known_and_what_is_answered_takes_an_answer() {
        for event in EVENTS {
            assert!(KNOWN.contains(&event.name), "{}", event.name);
            assert_eq!(
                event.answered,
                event.name == "Stop" || context(event.name, "x").is_some() && event.name != "SubagentStart"
            );
        }
        assert_eq!(KNOWN.len(), 12);
    }

    #[test]
    fn context_is_given_only_where_it_is_taken() {
        let takes: Vec<&str> = KNOWN.iter().copied().filter(|event| context(event, "x").is_some()).collect();
        assert_eq!(takes, ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "SubagentStart"]);
        assert_eq!(
            context("PostToolUse", "a \"b\"").unwrap().to_string(),
            r#"{"hookSpecificOutput":{"additionalContext":"a \"b\"","hookEventName":"PostToolUse"}}"#
        );
        assert_eq!(context("Invented", "x"), None);
        assert_eq!(hold("Stop", "red").unwrap().to_string(), r#"{"decision":"block","reason":"red"}"#);
        assert!(KNOWN.iter().all(|event| *event == "Stop" || hold(event, "x").is_none()));
    }
}
