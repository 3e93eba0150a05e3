//! How a call ended, read from what came back.

use crate::model::CallStatus;

/// What the text of a result says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome<'a> {
    /// Without what the client and hooks put behind it.
    pub text: &'a str,
    pub exit_code: Option<i32>,
    /// The shell that it names.
    pub shell: Option<&'a str>,
    /// The command goes on there.
    pub goes_on: bool,
}

/// The client's words for a call that was refused, at the beginning of an error.
const DENIALS: &[&str] = &[
    "Denied by ",
    "Permission denied and could not request",
    "The user rejected this tool call",
    "The tool call required approval",
    "Tool call rejected",
];

/// The same of a call that was stopped.
const INTERRUPTIONS: &[&str] =
    &["The execution of this tool, or a previous tool", "Operation aborted", "Tool execution was interrupted"];

/// It ran, and a hook kept its result back.
const KEPT_BACK: &str = "Tool result blocked";

/// What hooks want to be said stands behind the result.
pub(super) fn without_guidance(text: &str) -> &str {
    let Some(at) = text.find(" Additional guidance from postToolUse") else { return text };
    text[..at].rfind("\n\nTool \"").map_or(text, |begin| &text[..begin])
}

/// Reads the result of a shell command.
pub(super) fn of_shell(text: &str) -> Outcome<'_> {
    let body = text.trim_end();
    let begin = body.rfind('\n').map_or(0, |at| at + 1);
    let last = body[begin..].trim();
    let Some(said) = last.strip_prefix('<').and_then(|last| last.strip_suffix('>')) else {
        return Outcome { text, ..Outcome::default() };
    };
    let shell = after(said, "shellId: ").or_else(|| after(said, "with id: "));
    let exit_code = after(said, "exit code ").and_then(|code| code.parse().ok());
    let goes_on = exit_code.is_none() && (said.contains("still running") || said.starts_with("command started"));
    if exit_code.is_none() && !goes_on {
        return Outcome { text, ..Outcome::default() };
    }
    Outcome { text: body[..begin].trim_end_matches('\n'), exit_code, shell, goes_on }
}

fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let rest = &text[text.find(words)? + words.len()..];
    let end = rest.find([' ', ',', '>']).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|word| !word.is_empty())
}

/// Of a call that failed.
pub(super) fn failed(code: Option<&str>, message: &str) -> CallStatus {
    let begins = |with: &[&str]| with.iter().any(|words| message.starts_with(words));
    if message.starts_with(KEPT_BACK) {
        CallStatus::Error
    } else if matches!(code, Some("denied" | "rejected")) || begins(DENIALS) {
        CallStatus::Denied
    } else if matches!(code, Some("cancelled" | "canceled" | "aborted" | "interrupted")) || begins(INTERRUPTIONS) {
        CallStatus::Interrupted
    } else {
        CallStatus::Error
    }
}

pub(super) const fn by_code(code: i32) -> CallStatus {
    if code == 0 { CallStatus::Ok } else { CallStatus::Error }
}

/// The files that the difference in a detailed result is of.
pub(super) fn files_of_diff(detailed: &str) -> impl Iterator<Item = &str> {
    // `a/` and `b/` take the place of the root.
    detailed.lines().filter_map(|line| {
        let both = line.strip_prefix("diff --git a")?;
        let half = both.len().checked_sub(2)? / 2;
        let (path, rest) = both.split_at_checked(half)?;
        (path.starts_with('/') && rest.strip_prefix(" b") == Some(path)).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus::{Denied, Error, Interrupted};

    #[test]
    fn the_end_of_a_command_is_read_from_its_last_line() {
        for (text, body, code, shell, goes_on) in [
            ("boom\n<shellId: 2 completed with exit code 3>", "boom", Some(3), Some("2"), false),
            ("\n<shellId: s1 completed with exit code 0>\n", "", Some(0), Some("s1"), false),
            ("x\n<exited with exit code 1>", "x", Some(1), None, false),
            ("<command with shellId: 27 is still running after 30 seconds. Use it.>", "", None, Some("27"), true),
            ("<command started in background with shellId: s1>", "", None, Some("s1"), true),
            ("a <b>\n<html>", "a <b>\n<html>", None, None, false),
            ("plain\n", "plain\n", None, None, false),
        ] {
            assert_eq!(of_shell(text), Outcome { text: body, exit_code: code, shell, goes_on }, "{text}");
        }
    }

    #[test]
    fn failures_are_told_from_refusals() {
        for (code, message, want) in [
            (Some("failure"), "Path does not exist", Error),
            (Some("denied"), "Denied by preToolUse hook: no", Denied),
            (Some("denied"), "Tool result blocked: no", Error),
            (Some("rejected"), "x", Denied),
            (None, "The user rejected this tool call.", Denied),
            (Some("aborted"), "", Interrupted),
            (None, "EACCES: permission denied", Error),
        ] {
            assert_eq!(failed(code, message), want, "{code:?} {message}");
        }
    }

    #[test]
    fn what_hooks_said_is_no_output() {
        let text = "one\n\nTool \"view\" succeeded. Additional guidance from postToolUse hooks:\nbuild: red";
        assert_eq!(without_guidance(text), "one");
        assert_eq!(without_guidance("Additional guidance"), "Additional guidance");
    }

    #[test]
    fn a_difference_names_its_file() {
        let text = "\ndiff --git a/w/a b.py b/w/a b.py\nindex 0..0\n--- a/w/a b.py\ndiff --git a/x b/y\n";
        assert_eq!(files_of_diff(text).collect::<Vec<_>>(), ["/w/a b.py"]);
        assert_eq!(files_of_diff("diff --git a").count(), 0);
    }
}
