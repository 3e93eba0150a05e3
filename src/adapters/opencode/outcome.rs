//! How a call ended: opencode's own words for it, and the exit code of a command.

use super::wire::{Metadata, State};
use crate::adapters::json;
use crate::model::{CallStatus, ToolKind};

/// The client's words for a call that its person, or a rule of theirs, refused.
const DENIALS: &[&str] = &[
    "The user rejected permission to use this specific tool call",
    "The user has specified a rule which prevents you from using this specific tool call",
    "The user dismissed this question",
];

/// The same for a call that was stopped.
const STOPS: &[&str] =
    &["Tool execution aborted", "Aborted", "The operation was aborted", "This operation was aborted"];

/// What it puts below the output of a command that was stopped.
const STOPPED_COMMAND: &str = "User aborted the command";
/// And of one that took too long.
const TIMED_OUT: &str = "terminated command after exceeding timeout";

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// `None`: it has not ended.
    pub status: Option<CallStatus>,
    pub exit_code: Option<i32>,
    pub output: Option<String>,
    pub error: Option<String>,
}

pub(super) fn of(kind: ToolKind, state: &State<'_>, metadata: &Metadata<'_>) -> Outcome {
    let text = |raw| json::string(raw);
    match json::text(state.status).as_deref() {
        Some("completed" | "success") => {
            let output = text(state.output);
            let exit_code = (kind == ToolKind::Shell).then(|| exit_code(metadata)).flatten();
            let status = match exit_code {
                Some(0) => CallStatus::Ok,
                Some(_) => CallStatus::Error,
                None if kind == ToolKind::Shell => unended(output.as_deref().unwrap_or_default()),
                None => CallStatus::Ok,
            };
            let error = output.clone().filter(|_| status == CallStatus::Error);
            Outcome { status: Some(status), exit_code, output, error }
        }
        Some("error") => {
            let error = text(state.error);
            let words = error.as_deref().unwrap_or_default();
            let status = failure(words, json::flag(metadata.interrupted));
            Outcome { status: Some(status), exit_code: None, output: text(state.output), error }
        }
        _ => Outcome::default(),
    }
}

fn failure(words: &str, interrupted: bool) -> CallStatus {
    let words = words.strip_prefix("Error: ").unwrap_or(words);
    let begins = |with: &[&str]| with.iter().any(|begin| words.starts_with(begin));
    if begins(DENIALS) {
        CallStatus::Denied
    } else if interrupted || begins(STOPS) {
        CallStatus::Interrupted
    } else {
        CallStatus::Error
    }
}

fn exit_code(metadata: &Metadata<'_>) -> Option<i32> {
    json::int(metadata.exit).and_then(|code| i32::try_from(code).ok())
}

/// A command without an exit code: what the client adds at the end of its output says why.
fn unended(output: &str) -> CallStatus {
    let last: Vec<&str> = output.lines().rev().take(4).collect();
    let says = |words: &str| last.iter().any(|line| line.contains(words));
    if says(STOPPED_COMMAND) {
        CallStatus::Interrupted
    } else if says(TIMED_OUT) {
        CallStatus::Error
    } else {
        CallStatus::Ok
    }
}
