//! Which events there are, which the installer registers, and which take a text into the model's context.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event of version 2.1.328.
pub(super) const KNOWN: &[&str] = &[
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "Notification",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "SessionStart",
    "SessionEnd",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
    "PreModelSwitch",
    "PostModelSwitch",
    "PermissionRequest",
    "PermissionDenied",
    "Setup",
    "TeammateIdle",
    "TaskCreated",
    "TaskCompleted",
    "Elicitation",
    "ElicitationResult",
    "ConfigChange",
    "WorktreeCreate",
    "WorktreeRemove",
    "InstructionsLoaded",
    "CwdChanged",
    "FileChanged",
    "DirectoryAdded",
    "MessageDisplay",
];

/// The events with a use. A client older than an event may refuse the whole settings file that names it, so `since`
/// is the oldest version that was seen to know it. Never among them: `WorktreeCreate`, whose hook takes the place of
/// the client's own work, and what fires while text streams or files change.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    answered("SessionStart", None),
    answered("UserPromptSubmit", None),
    answered("PreToolUse", None),
    answered("PostToolUse", None),
    answered("PostToolUseFailure", Some("2.0.76")),
    answered("PreCompact", None),
    answered("Stop", None),
    told("SessionEnd", None),
    // The turn failed, and Stop does not run.
    told("StopFailure", Some("2.1.110")),
    told("SubagentStart", Some("2.0.76")),
    told("SubagentStop", None),
    // A session that waits for its person; until the answer no command runs.
    told("Notification", None),
    told("PermissionRequest", Some("2.0.76")),
    told("PermissionDenied", Some("2.1.110")),
    told("TaskCreated", Some("2.1.110")),
    told("TaskCompleted", Some("2.1.110")),
    told("CwdChanged", Some("2.1.110")),
    told("PostModelSwitch", Some("2.1.328")),
];

const fn answered(name: &'static str, since: Option<&'static str>) -> RegisteredEvent {
    RegisteredEvent { name, since, answered: true }
}

const fn told(name: &'static str, since: Option<&'static str>) -> RegisteredEvent {
    RegisteredEvent { name, since, answered: false }
}

/// Events whose `additionalContext` reaches the model without making it go on. Others refuse the whole answer.
const TAKES_CONTEXT: &[&str] = &[
    "SessionStart",
    "Setup",
    "SubagentStart",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    TAKES_CONTEXT
        .contains(&event)
        .then(|| json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}))
}

/// Version 2.0.76 takes what is said before a call and shows it to nobody; 2.1.110 shows it.
pub(super) fn shows(event: &str, version: Option<&str>) -> bool {
    let of_two_zero = version.is_some_and(|version| version.starts_with("2.0.") || version.starts_with("1."));
    TAKES_CONTEXT.contains(&event) && !(event == "PreToolUse" && of_two_zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each version accepts in its settings.
    const IN_2_0_76: &[&str] = &[
        "PreToolUse",
        "PostToolUse",
        "PostToolUseFailure",
        "Notification",
        "UserPromptSubmit",
        "SessionStart",
        "SessionEnd",
        "Stop",
        "SubagentStart",
        "SubagentStop",
        "PreCompact",
        "PermissionRequest",
    ];
    const NOT_IN_2_1_110: &[&str] = &[
        "PostToolBatch",
        "UserPromptExpansion",
        "PreModelSwitch",
        "PostModelSwitch",
        "DirectoryAdded",
        "MessageDisplay",
    ];

    #[test]
    fn no_version_is_asked_for_an_event_it_does_not_know() {
        for event in EVENTS {
            assert!(KNOWN.contains(&event.name), "{}", event.name);
            match event.since {
                None | Some("2.0.76") => assert!(IN_2_0_76.contains(&event.name), "{}", event.name),
                Some("2.1.110") => assert!(!NOT_IN_2_1_110.contains(&event.name), "{}", event.name),
                Some(since) => assert_eq!(since, "2.1.328", "{}", event.name),
            }
        }
    }

    #[test]
    fn what_decides_or_streams_is_never_registered() {
        for never in ["WorktreeCreate", "MessageDisplay", "FileChanged"] {
            assert!(KNOWN.contains(&never) && EVENTS.iter().all(|event| event.name != never), "{never}");
        }
        assert_eq!(KNOWN.len(), 33);
    }

    #[test]
    fn context_is_given_only_where_it_is_taken() {
        let takes: Vec<&str> = KNOWN.iter().copied().filter(|event| context(event, "x").is_some()).collect();
        assert_eq!(
            takes,
            [
                "PreToolUse",
                "PostToolUse",
                "PostToolUseFailure",
                "PostToolBatch",
                "UserPromptSubmit",
                "UserPromptExpansion",
                "SessionStart",
                "SubagentStart",
                "Setup"
            ]
        );
        assert_eq!(
            context("PreToolUse", "a \"b\"").unwrap().to_string(),
            r#"{"hookSpecificOutput":{"additionalContext":"a \"b\"","hookEventName":"PreToolUse"}}"#
        );
        assert_eq!(context("Invented", "x"), None);
    }
}
