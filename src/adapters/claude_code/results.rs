//! How a tool call ended: Claude Code's own flags, and the few fixed sentences that stand for the rest.

use std::borrow::Cow;

use super::prompts::{self, IMAGE};
use super::wire::{Block, Outcome, Record};
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, ToolKind};

/// The client's words for a call that its user or its rules refused.
const DENIALS: &[&str] = &[
    "The user doesn't want to proceed with this tool use",
    "Claude requested permissions to",
    "Permission to use",
    "Permission for this action",
    "Hook PreToolUse:",
    "PreToolUse:",
    "Execution stopped by PreToolUse hook",
    "The agent proposed a plan that was rejected by the user",
];

/// The same, somewhere in the first line.
const REFUSALS: &[&str] = &["operation blocked by hook", "denied by your permission settings"];

/// The client's words for a call that was stopped while it ran or before it began.
const STOPS: &[&str] = &[
    "[Request interrupted by user",
    "Interrupted by user",
    // Said of calls that waited when the user stopped the agent; a refusal reads "to proceed with".
    "The user doesn't want to take this action right now",
    "<tool_use_error>Sibling tool call errored",
    "<tool_use_error>Cancelled",
    "<tool_use_error>Error: Streaming fallback",
];

pub(super) fn status(record: &Record<'_>, result: &Outcome<'_>, block: &Block<'_>, text: &str) -> CallStatus {
    let interrupted = json::flag(result.interrupted);
    match json::flag(block.is_error) {
        true if json::present(record.tool_denial) => CallStatus::Denied,
        true => failure(text, interrupted),
        false if interrupted => CallStatus::Interrupted,
        false => CallStatus::Ok,
    }
}

/// What stopped a call that ended without success.
pub(super) fn failure(text: &str, interrupted: bool) -> CallStatus {
    let text = text.strip_prefix("Error: ").unwrap_or(text);
    let begins = |with: &[&str]| with.iter().any(|prefix| text.starts_with(prefix));
    let refused = || {
        let line = text.lines().next().unwrap_or_default();
        begins(DENIALS) || REFUSALS.iter().any(|words| line.contains(words))
    };
    // A command that was stopped while it ran ends with the mark, below its own output.
    let stopped = || text.trim_end().lines().next_back().is_some_and(prompts::is_interruption);
    if refused() {
        CallStatus::Denied
    } else if interrupted || begins(STOPS) || stopped() {
        CallStatus::Interrupted
    } else {
        CallStatus::Error
    }
}

/// The exit code that a shell call without an error had.
pub(super) fn code_of_success(kind: Option<ToolKind>, status: CallStatus, result: &Outcome<'_>) -> Option<i32> {
    // What goes on in the background has not ended yet, whatever its call says; and where the client
    // explains the code (a search without a match), it was not 0.
    let clean = !json::present(result.background) && !json::present(result.code_meaning);
    (kind == Some(ToolKind::Shell) && status == CallStatus::Ok && clean).then_some(0)
}

/// The exit code that the client puts in front of a failed command's output.
pub(super) fn exit_code(text: &str) -> Option<i32> {
    let rest = text.strip_prefix("Error: ").unwrap_or(text).strip_prefix("Exit code ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// The file that holds an output too long for its record, where only the text names it.
pub(super) fn persisted(text: &str) -> Option<String> {
    let rest = text.strip_prefix("<persisted-output>")?;
    let path = rest.split_once("saved to: ")?.1.lines().next()?.trim();
    Some(path.to_owned()).filter(|path| !path.is_empty())
}

/// The text of a result or message: a string, or its text blocks; images leave a mark.
pub(super) fn content_text(raw: Raw<'_>) -> Cow<'_, str> {
    match raw {
        Some(value) if value.get().starts_with('[') => {
            let mut joined = String::new();
            for block in json::list::<Block<'_>>(raw) {
                let text = match json::text(block.kind).as_deref() {
                    Some("text") => json::text(block.text).unwrap_or_default(),
                    Some("image") => Cow::Borrowed(IMAGE),
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
