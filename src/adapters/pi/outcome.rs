//! How a call ended: Pi's own flag, and the few fixed sentences that its tools put below their output.

use std::borrow::Cow;

use super::wire::{Block, Details};
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, ToolKind};

/// Stands in a text for an image.
pub(super) const IMAGE: &str = "[image]";

/// What our extension adds to a result: for the model, and none of the tool's doing.
const OURS: &str = "<tma1-context>";

/// The client's words for a call that was stopped.
const STOPS: &[&str] = &["Operation aborted", "Command aborted", "Request was aborted", "Tool execution aborted"];

/// The same of a call that an extension or its user refused; the words are the extension's where it has some.
const DENIALS: &[&str] = &["Tool execution was blocked", "Blocked by user", "Denied by user", "Rejected by user"];

/// What the end of a call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub status: CallStatus,
    pub exit_code: Option<i32>,
}

pub(super) fn of(kind: Option<ToolKind>, is_error: bool, details: &Details<'_>, text: &str) -> Outcome {
    let last = text.trim_end().lines().next_back().unwrap_or_default();
    let told = json::int(details.exit_code).and_then(|code| i32::try_from(code).ok());
    let shell = kind == Some(ToolKind::Shell);
    // A program may print such a line itself; where nothing failed, it did.
    let in_words = || last.strip_prefix("Command exited with code ")?.trim().parse().ok();
    let exit_code = told.or_else(|| in_words().filter(|_| is_error && kind.is_none_or(|_| shell)));
    let begins = |with: &[&str]| with.iter().any(|words| text.starts_with(words));
    let status = if is_error {
        if STOPS.contains(&last) || begins(STOPS) {
            CallStatus::Interrupted
        } else if begins(DENIALS) {
            CallStatus::Denied
        } else {
            CallStatus::Error
        }
    } else if exit_code.is_some_and(|code| code != 0) {
        CallStatus::Error
    } else {
        CallStatus::Ok
    };
    let clean = shell && status == CallStatus::Ok;
    Outcome { status, exit_code: exit_code.or(clean.then_some(0)) }
}

/// The text of a message or result: a string, or its text blocks; images leave a mark.
pub(super) fn content_text(raw: Raw<'_>) -> Cow<'_, str> {
    match raw {
        Some(value) if value.get().starts_with('[') => {
            let blocks: Vec<Block<'_>> = json::objects(raw);
            let texts: Vec<Cow<'_, str>> = blocks.iter().filter_map(block_text).collect();
            match <[_; 1]>::try_from(texts) {
                Ok([only]) => only,
                Err(texts) => Cow::Owned(texts.join("\n")),
            }
        }
        _ => json::text(raw).unwrap_or_default(),
    }
}

fn block_text<'a>(block: &Block<'a>) -> Option<Cow<'a, str>> {
    match json::text(block.kind).as_deref() {
        Some("image") => Some(Cow::Borrowed(IMAGE)),
        Some("text") | None => json::text(block.text).filter(|text| !text.starts_with(OURS)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus::{Denied, Error, Interrupted, Ok};

    #[test]
    fn the_end_of_a_call_is_read_from_its_flag_and_its_last_line() {
        let shell = Some(ToolKind::Shell);
        let read = Some(ToolKind::Read);
        for (kind, is_error, text, status, exit_code) in [
            (shell, false, "ok\n", Ok, Some(0)),
            (shell, true, "boom\n\n\nCommand exited with code 3", Error, Some(3)),
            (shell, true, "Command exited with code 1", Error, Some(1)),
            (None, true, "x\n\nCommand exited with code 127", Error, Some(127)),
            (shell, true, "half\n\nCommand aborted", Interrupted, None),
            (shell, true, "x\n\nCommand timed out after 5 seconds", Error, None),
            (read, true, "Operation aborted", Interrupted, None),
            (read, true, "ENOENT: no such file", Error, None),
            (read, true, "Blocked by user", Denied, None),
            (shell, true, "Tool execution was blocked", Denied, None),
            // A program may print what it likes.
            (shell, false, "Command exited with code 3", Ok, Some(0)),
            (read, true, "Command exited with code 3", Error, None),
            (read, false, "Operation aborted", Ok, None),
        ] {
            let outcome = of(kind, is_error, &Details::default(), text);
            assert_eq!(outcome, Outcome { status, exit_code }, "{text}");
        }
        let details: Details<'_> = json::parse(r#"{"exitCode":2}"#).unwrap();
        assert_eq!(of(shell, false, &details, "x"), Outcome { status: Error, exit_code: Some(2) });
    }

    #[test]
    fn a_result_is_its_text_without_what_we_said_beside_it() {
        for (content, want) in [
            (r#""plain""#, "plain"),
            (
                r#"[{"type":"text","text":"a"},{"type":"image","data":"AA"},{"text":"b"},{"type":"thinking"},7]"#,
                "a\n[image]\nb",
            ),
            (r#"[{"type":"text","text":"out"},{"type":"text","text":"<tma1-context>\nx\n</tma1-context>"}]"#, "out"),
            ("[]", ""),
            ("null", ""),
        ] {
            let raw: &serde_json::value::RawValue = serde_json::from_str(content).unwrap();
            assert_eq!(content_text(Some(raw)), want, "{content}");
        }
    }
}
