//! Which events there are, under both their names, which the installer registers, and which take a text into the
//! model's context.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event of version 1.0.102, and its name in the dialect that Claude Code speaks.
const NAMES: &[(&str, &str)] = &[
    ("sessionStart", "SessionStart"),
    ("sessionEnd", "SessionEnd"),
    ("userPromptSubmitted", "UserPromptSubmit"),
    ("userPromptTransformed", "UserPromptTransformed"),
    ("preToolUse", "PreToolUse"),
    ("postToolUse", "PostToolUse"),
    ("postToolUseFailure", "PostToolUseFailure"),
    ("preMcpToolCall", "PreMcpToolCall"),
    ("permissionRequest", "PermissionRequest"),
    ("preCompact", "PreCompact"),
    ("subagentStart", "SubagentStart"),
    ("subagentStop", "SubagentStop"),
    ("agentStop", "Stop"),
    ("notification", "Notification"),
    ("errorOccurred", "ErrorOccurred"),
];

pub(super) const KNOWN: &[&str] = &{
    let mut known = [""; NAMES.len() * 2];
    let mut at = 0;
    while at < NAMES.len() {
        known[at * 2] = NAMES[at].0;
        known[at * 2 + 1] = NAMES[at].1;
        at += 1;
    }
    known
};

/// The events with a use, in the spelling that makes the payload say most. Their payload does not name them.
/// `permissionRequest` is not among them: who runs there decides, if only by failing; `notification` tells the same.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    answered("sessionStart"),
    told("sessionEnd"),
    answered("userPromptSubmitted"),
    answered("preToolUse"),
    answered("postToolUse"),
    answered("postToolUseFailure"),
    answered("agentStop"),
    told("subagentStart"),
    told("subagentStop"),
    told("preCompact"),
    told("errorOccurred"),
    told("notification"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// The event's own name, whichever it was called by.
pub(super) fn own_name(event: &str) -> &str {
    NAMES.iter().find(|(_, claudes)| *claudes == event).map_or(event, |(own, _)| *own)
}

/// Events whose `additionalContext` reached the model, and the first version that shows it to its model.
const TAKES_CONTEXT: &[(&str, [u32; 3])] = &[
    ("sessionStart", [0, 0, 0]),
    ("subagentStart", [0, 0, 0]),
    ("userPromptSubmitted", [1, 0, 60]),
    ("preToolUse", [0, 0, 0]),
    ("postToolUse", [1, 0, 40]),
    ("postToolUseFailure", [0, 0, 0]),
];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    let event = own_name(event);
    let takes = TAKES_CONTEXT.iter().any(|(name, _)| *name == event);
    takes.then(|| json!({"additionalContext": text}))
}

pub(super) fn shows(event: &str, version: Option<&str>) -> bool {
    let event = own_name(event);
    let Some((_, since)) = TAKES_CONTEXT.iter().find(|(name, _)| *name == event) else { return false };
    version.and_then(parts).is_none_or(|version| version >= *since)
}

fn parts(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split(['.', '-']);
    let mut next = || parts.next()?.parse().ok();
    Some([next()?, next()?, next()?])
}

/// A block that is answered to a sub-agent's stop, or sooner, is dropped.
pub(super) fn hold(event: &str, reason: &str) -> Option<Value> {
    (own_name(event) == "agentStop").then(|| json!({"decision": "block", "reason": reason}))
}

pub(super) fn ask(event: &str, reason: &str) -> Option<Value> {
    (own_name(event) == "preToolUse").then(|| json!({"permissionDecision": "ask", "permissionDecisionReason": reason}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_is_known_and_what_is_answered_takes_an_answer() {
        for event in EVENTS {
            assert!(KNOWN.contains(&event.name), "{}", event.name);
            let takes = context(event.name, "x").is_some() && event.name != "subagentStart";
            assert_eq!(event.answered, takes || event.name == "agentStop", "{}", event.name);
        }
        assert!(KNOWN.iter().all(|name| !name.is_empty()));
        assert!(EVENTS.iter().all(|event| event.name != "permissionRequest"));
    }

    #[test]
    fn context_is_given_flat_in_both_dialects_and_only_where_it_is_taken() {
        for event in ["postToolUse", "PostToolUse", "UserPromptSubmit", "sessionStart"] {
            assert_eq!(context(event, "a \"b\"").unwrap().to_string(), r#"{"additionalContext":"a \"b\""}"#, "{event}");
        }
        for event in ["preCompact", "agentStop", "Stop", "userPromptTransformed", "sessionEnd", "Invented"] {
            assert_eq!(context(event, "x"), None, "{event}");
        }
        for event in ["agentStop", "Stop"] {
            assert_eq!(hold(event, "red").unwrap().to_string(), r#"{"decision":"block","reason":"red"}"#);
        }
        assert!(hold("subagentStop", "x").is_none() && ask("postToolUse", "x").is_none());
    }

    #[test]
    fn old_versions_keep_some_texts_to_themselves() {
        assert!(shows("userPromptSubmitted", None) && shows("UserPromptSubmit", Some("1.0.102")));
        assert!(!shows("userPromptSubmitted", Some("0.0.420")) && !shows("postToolUse", Some("1.0.11")));
        assert!(shows("postToolUse", Some("1.0.64-1")) && shows("sessionStart", Some("0.0.420")));
        assert!(!shows("preCompact", None));
    }
}
