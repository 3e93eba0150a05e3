//! Which events our plugin tells, and where what is answered comes before the model.

use serde_json::{Value, json};

use crate::adapters::RegisteredEvent;

/// Every event that the plugin has told in any of its versions.
pub(super) const KNOWN: &[&str] = &[
    "session.created",
    "session.idle",
    "session.compacted",
    "session.deleted",
    "session.error",
    "chat.message",
    "tool.execute.before",
    "tool.execute.after",
    "message.part.updated",
    "permission.asked",
    "permission.updated",
    "permission.replied",
    "experimental.session.compacting",
];

/// Left out is what streams, and what only says again what a call has told.
pub(super) const EVENTS: &[RegisteredEvent] = &[
    told("session.created"),
    told("session.idle"),
    answered("session.compacted"),
    told("session.deleted"),
    told("session.error"),
    answered("chat.message"),
    told("tool.execute.before"),
    answered("tool.execute.after"),
    // Of a call that failed: there is no other event for it.
    answered("message.part.updated"),
    told("permission.asked"),
    told("permission.updated"),
    told("permission.replied"),
    answered("experimental.session.compacting"),
];

const fn answered(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: true }
}

const fn told(name: &'static str) -> RegisteredEvent {
    RegisteredEvent { name, since: None, answered: false }
}

/// The plugin puts it beside the prompt, below the call's result, or there as soon as it can.
const TAKES_CONTEXT: &[&str] = &["chat.message", "tool.execute.after", "message.part.updated", "session.compacted"];

pub(super) fn context(event: &str, text: &str) -> Option<Value> {
    TAKES_CONTEXT.contains(&event).then(|| json!({"additionalContext": text}))
}

pub(super) fn keep(event: &str, text: &str) -> Option<String> {
    (event == "experimental.session.compacting").then(|| text.to_owned())
}
