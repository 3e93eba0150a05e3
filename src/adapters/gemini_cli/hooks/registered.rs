//! Which events there are, which the installer registers, and which take a text into the model's context.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event of version 0.61.
pub(super) const KNOWN: &[&str] = &[
    "SessionStart",
    "SessionEnd",
    "BeforeAgent",
    "AfterAgent",
    "BeforeModel",
    "AfterModel",
    "BeforeToolSelection",
    "BeforeTool",
    "AfterTool",
    "PreCompress",
    "Notification",
];

/// The events with a use. The others run before every request to the model, whether or not anything is compressed, or
/// on every piece of its answer.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    answered("SessionStart"),
    told("SessionEnd"),
    answered("BeforeAgent"),
    answered("AfterAgent"),
    told("BeforeTool"),
    answered("AfterTool"),
    // A session that waits for its person; until the answer no command runs.
    told("Notification"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// Events whose `additionalContext` reached the model.
const TAKES_CONTEXT: &[&str] = &["SessionStart", "BeforeAgent", "AfterTool"];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    TAKES_CONTEXT
        .contains(&event)
        .then(|| json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}))
}

/// The reason becomes the next prompt: the block around it tells that no person wrote it.
pub(super) fn hold(event: &str, reason: &str) -> Option<Value> {
    (event == "AfterAgent").then(|| json!({"decision": "deny", "reason": reason}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_is_known_and_what_is_answered_takes_an_answer() {
        for event in EVENTS {
            assert!(KNOWN.contains(&event.name), "{}", event.name);
            let takes = context(event.name, "x").is_some() || hold(event.name, "x").is_some();
            assert_eq!(event.answered, takes, "{}", event.name);
        }
        assert_eq!(KNOWN.len(), 11);
        for never in ["AfterModel", "BeforeModel", "BeforeToolSelection", "PreCompress"] {
            assert!(KNOWN.contains(&never) && EVENTS.iter().all(|event| event.name != never), "{never}");
        }
    }

    #[test]
    fn an_answer_has_the_form_that_the_client_reads() {
        assert_eq!(
            context("AfterTool", "a \"b\"").unwrap().to_string(),
            r#"{"hookSpecificOutput":{"additionalContext":"a \"b\"","hookEventName":"AfterTool"}}"#
        );
        assert_eq!(hold("AfterAgent", "red").unwrap().to_string(), r#"{"decision":"deny","reason":"red"}"#);
        assert_eq!((context("BeforeTool", "x"), context("Invented", "x")), (None, None));
        assert!(KNOWN.iter().all(|event| *event == "AfterAgent" || hold(event, "x").is_none()));
    }
}
