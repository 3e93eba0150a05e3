//! How a tool call ended: Claude Code's own flags, and the few fixed sentences that stand for the rest.

use std::borrow::Cow;

use super::wire::{Block, Outcome, Record};
use crate::adapters::json::{self, Raw};
use crate::model::CallStatus;

/// The client's words for a call that its user or its rules refused.
const DENIALS: &[&str] = &[
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
    "Claude requested permissions to",
    "Permission to use",
    "Permission for this action",
    "Hook PreToolUse:",
    "PreToolUse:",
];

/// The client's words for a call that was stopped while it ran or before it began.
const STOPS: &[&str] = &[
    "[Request interrupted by user",
    "Interrupted by user",
    "<tool_use_error>Sibling tool call errored",
    "<tool_use_error>Cancelled",
];

pub(super) fn status(record: &Record<'_>, result: &Outcome<'_>, block: &Block<'_>, text: &str) -> CallStatus {
    let failed = json::flag(block.is_error);
    if json::present(record.tool_denial) {
        return CallStatus::Denied;
    }
    let begins = |with: &[&str]| with.iter().any(|prefix| text.starts_with(prefix));
    match failed {
        true if begins(DENIALS) => CallStatus::Denied,
        true if begins(STOPS) || json::flag(result.interrupted) => CallStatus::Interrupted,
        true => CallStatus::Error,
        false if json::flag(result.interrupted) => CallStatus::Interrupted,
        false => CallStatus::Ok,
    }
}

/// The exit code that the client puts in front of a failed command's output.
pub(super) fn exit_code(text: &str) -> Option<i32> {
    let rest = text.strip_prefix("Error: ").unwrap_or(text).strip_prefix("Exit code ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// The text of a result or message: a string, or its text blocks; images leave a mark.
pub(super) fn content_text(raw: Raw<'_>) -> Cow<'_, str> {
    match raw {
        Some(value) if value.get().starts_with('[') => {
            let mut joined = String::new();
            for block in json::list::<Block<'_>>(raw) {
                let text = match json::text(block.kind).as_deref() {
                    Some("text") => json::text(block.text).unwrap_or_default(),
                    Some("image") => Cow::Borrowed("[image]"),
                    _ => continue,
                };
                if !joined.is_empty() {
                    joined.push('\n');
                }
                joined.push_str(&text);
            }
            Cow::Owned(joined)
        }
        _ => json::text(raw).unwrap_or_default(),
    }
}
