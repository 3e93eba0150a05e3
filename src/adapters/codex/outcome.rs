//! How a call ended, read from the text that the model got: Codex has no flag for it.

use std::borrow::Cow;

use super::wire::{JsonOutput, OutputMetadata};
use crate::adapters::json::{self, Raw};
use crate::model::CallStatus;

/// What the text of a result says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome<'a> {
    /// Without the lines that the client puts in front.
    pub text: Cow<'a, str>,
    /// `None`: it does not say.
    pub status: Option<CallStatus>,
    pub exit_code: Option<i32>,
    pub duration_ms: Option<i64>,
    /// The process goes on under this number.
    pub goes_on: Option<i64>,
}

/// The client's words for a call that was refused, at the beginning of a result.
const DENIALS: &[&str] = &[
    "rejected by user",
    "exec command rejected by user",
    "patch rejected by user",
    "Command blocked by PreToolUse hook",
    "Tool call blocked by PreToolUse hook",
    "user rejected MCP tool call",
    "user cancelled MCP tool call",
    "This action was rejected",
    "approval required by policy",
];

/// The same of a call that could not be made, or whose patch does not fit.
const FAILURES: &[&str] = &[
    "apply_patch verification failed",
    "apply_patch handler received",
    "Failed to apply patch",
    "unsupported call",
    "unsupported custom tool call",
    "failed to parse",
    "failed in sandbox",
    "execution error",
    "exec_command failed",
    "write_stdin failed",
    "command timed out",
    "tool call error",
    "tool call failed",
    "unable to locate image",
    "Fatal error",
];

/// Reads the text of a result.
pub(super) fn of(text: &str) -> Outcome<'_> {
    if let Some(outcome) = of_json(text) {
        return outcome;
    }
    let mut outcome = headed(text);
    if outcome.status.is_none() && outcome.goes_on.is_none() {
        outcome.status = in_words(&outcome.text);
        if outcome.status == Some(CallStatus::Error) {
            outcome.exit_code = text.get(..text.floor_char_boundary(400)).and_then(|head| after(head, "exit code: "));
        }
    }
    outcome
}

/// `{"output": …, "metadata": {"exit_code": …}}`, as versions up to 0.60 wrote it.
fn of_json(text: &str) -> Option<Outcome<'_>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let output: JsonOutput<'_> = json::parse(text)?;
    let metadata: OutputMetadata<'_> = json::object(output.metadata)?;
    let code = json::int(metadata.exit_code).and_then(|code| i32::try_from(code).ok())?;
    Some(Outcome {
        text: json::text(output.output).or_else(|| json::text(output.content)).unwrap_or_default(),
        status: Some(by_code(code)),
        exit_code: Some(code),
        duration_ms: json::text(metadata.seconds).and_then(|seconds| millis(&seconds)),
        goes_on: None,
    })
}

/// The client's own lines, then `Output:` and the output.
fn headed(text: &str) -> Outcome<'_> {
    const LINES: usize = 8;
    let mut outcome = Outcome { text: Cow::Borrowed(text), ..Outcome::default() };
    let mut rest = text;
    let mut wall = None;
    let mut found = false;
    for _ in 0..LINES {
        let (line, after_line) = rest.split_once('\n').unwrap_or((rest, ""));
        if line == "Output:" {
            found = wall.is_some();
            rest = after_line;
            break;
        }
        if let Some(seconds) = line.strip_prefix("Wall time: ") {
            wall = Some(seconds.split(' ').next().and_then(millis));
        } else if let Some(code) =
            line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "))
        {
            outcome.exit_code = code.trim().parse().ok();
        } else if let Some(number) = line.strip_prefix("Process running with session ID ") {
            outcome.goes_on = number.trim().parse().ok();
        } else if line == "aborted by user" && wall.is_some() {
            outcome.status = Some(CallStatus::Interrupted);
        } else if !["Chunk ID: ", "Original token count: ", "Total output lines: "].iter().any(|h| line.starts_with(h))
        {
            break;
        }
        rest = after_line;
        if rest.is_empty() {
            found = wall.is_some();
            break;
        }
    }
    if !found && outcome.status.is_none() {
        // What looks like a header is the output's own.
        return Outcome { text: Cow::Borrowed(text), ..Outcome::default() };
    }
    if found {
        outcome.text = Cow::Borrowed(rest);
    }
    outcome.duration_ms = wall.flatten();
    outcome.status = outcome.status.or_else(|| outcome.exit_code.map(by_code));
    outcome
}

fn in_words(text: &str) -> Option<CallStatus> {
    let begins = |with: &[&str]| with.iter().any(|prefix| text.starts_with(prefix));
    let line = text.lines().next().unwrap_or_default();
    let refused = || line.contains("Rejected(") || line.contains("rejected by user") && begins(FAILURES);
    if text.trim() == "aborted" || line.starts_with("aborted by user") {
        Some(CallStatus::Interrupted)
    } else if begins(DENIALS) || refused() || line.contains("; reject command") {
        Some(CallStatus::Denied)
    } else if begins(FAILURES) {
        Some(CallStatus::Error)
    } else {
        None
    }
}

pub(super) const fn by_code(code: i32) -> CallStatus {
    if code == 0 { CallStatus::Ok } else { CallStatus::Error }
}

fn after(text: &str, words: &str) -> Option<i32> {
    let rest = text.split_once(words)?.1;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Of seconds with a fraction.
fn millis(seconds: &str) -> Option<i64> {
    let seconds: f64 = seconds.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let millis = (seconds * 1000.0).round() as i64;
    (seconds.is_finite() && millis >= 0).then_some(millis)
}

/// The text of a result or message: a string, or its text blocks; images leave a mark.
pub(super) fn content_text(raw: Raw<'_>) -> Cow<'_, str> {
    use super::wire::Block;
    let block_text = |block: &Block<'_>| match json::text(block.kind).as_deref() {
        Some("input_image" | "image" | "local_image" | "Image" | "LocalImage") => Some(IMAGE.to_owned()),
        _ => json::string(block.text),
    };
    match raw {
        Some(value) if value.get().starts_with('[') => {
            let blocks: Vec<Block<'_>> = json::objects(raw);
            let texts: Vec<String> = blocks.iter().filter_map(block_text).collect();
            Cow::Owned(texts.join("\n"))
        }
        Some(value) if value.get().starts_with('{') => {
            json::object::<Block<'_>>(raw).and_then(|block| block_text(&block)).map_or_else(Cow::default, Cow::Owned)
        }
        _ => json::text(raw).unwrap_or_default(),
    }
}

/// Stands in a text for an image.
pub(super) const IMAGE: &str = "[image]";

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus::{Denied, Error, Interrupted, Ok};

    #[test]
    fn every_form_of_result_is_read() {
        for (text, status, code, body) in [
            (
                "Chunk ID: 5dc0f5\nWall time: 0.0100 seconds\nProcess exited with code 3\nOriginal token count: 8\nOutput:\nboom\n",
                Some(Error),
                Some(3),
                "boom\n",
            ),
            ("Exit code: 0\nWall time: 0.1 seconds\nTotal output lines: 2\nOutput:\na\n", Some(Ok), Some(0), "a\n"),
            (
                "Exit code: 124\nWall time: 10 seconds\nOutput:\ncommand timed out",
                Some(Error),
                Some(124),
                "command timed out",
            ),
            (r#"{"output":"x\n","metadata":{"exit_code":1,"duration_seconds":0.1}}"#, Some(Error), Some(1), "x\n"),
            ("Wall time: 0.0021 seconds\nOutput:\n{\"echo\":1}", None, None, "{\"echo\":1}"),
            (
                "apply_patch verification failed: no such file",
                Some(Error),
                None,
                "apply_patch verification failed: no such file",
            ),
            ("unsupported call: update_plan", Some(Error), None, "unsupported call: update_plan"),
            ("exec command rejected by user", Some(Denied), None, "exec command rejected by user"),
            ("aborted", Some(Interrupted), None, "aborted"),
            ("aborted by user after 3.4s", Some(Interrupted), None, "aborted by user after 3.4s"),
            // A program may print what it likes.
            ("Exit code: 1\n", None, None, "Exit code: 1\n"),
            ("Process exited with code 1\nmore", None, None, "Process exited with code 1\nmore"),
            ("{\"output\":1}", None, None, "{\"output\":1}"),
            ("Plan updated", None, None, "Plan updated"),
            ("", None, None, ""),
        ] {
            let outcome = of(text);
            assert_eq!((outcome.status, outcome.exit_code, &*outcome.text), (status, code, body), "{text}");
        }
    }

    #[test]
    fn refusals_and_sandbox_failures_are_told_apart() {
        let refused =
            "exec_command failed for `rm x`: CreateProcess { message: \"Rejected(\\\"rejected by user\\\")\" }";
        assert_eq!(of(refused).status, Some(Denied));
        assert_eq!(of("Command blocked by PreToolUse hook: no. Command: ls").status, Some(Denied));
        let sandbox = of(
            "failed in sandbox LinuxSeccomp with execution error: sandbox denied exec error, exit code: 2, stdout: x",
        );
        assert_eq!((sandbox.status, sandbox.exit_code), (Some(Error), Some(2)));
        let aborted = of("Wall time: 1.5 seconds\naborted by user");
        assert_eq!((aborted.status, aborted.duration_ms), (Some(Interrupted), Some(1500)));
    }

    #[test]
    fn a_process_that_goes_on_has_no_verdict() {
        let text = "Chunk ID: a\nWall time: 10.0 seconds\nProcess running with session ID 77\nOutput:\nhalf";
        let outcome = of(text);
        assert_eq!((outcome.status, outcome.goes_on, &*outcome.text), (None, Some(77), "half"));
    }
}
