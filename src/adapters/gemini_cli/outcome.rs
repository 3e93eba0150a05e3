//! How a call ended, read from what the model got: a command that fails is a success to the client, and a refusal
//! is told like any other error.

use std::borrow::Cow;

use crate::model::{CallStatus, ToolKind};

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome<'a> {
    /// Without what the client and hooks put around it.
    pub text: Cow<'a, str>,
    pub status: Option<CallStatus>,
    pub exit_code: Option<i32>,
    /// The command goes on.
    pub background: bool,
}

/// The client's words for a call that was refused, at the beginning of an error.
const DENIALS: &[&str] =
    &["Tool execution denied by policy", "Tool execution blocked:", "User rejected this operation."];

/// The same in the reason of a call that did not run or was stopped.
const REFUSALS: &[&str] = &["User denied execution", "did not allow tool call", "User rejected"];

const CANCELLED: &str = "[Operation Cancelled]";

/// A command that was stopped, and one that took too long.
const STOPPED: &str = "Command was cancelled by user";
const TOO_LONG: &[&str] = &["Command was automatically cancelled because it exceeded", "Command timed out"];

/// One that goes on.
const GOES_ON: &[&str] =
    &["Command moved to background", "Command is running in background", "Background process started"];

/// `ended`: what the client says of it.
pub(super) fn of(text: &str, ended: Option<CallStatus>, kind: ToolKind) -> Outcome<'_> {
    let text = unwrapped(text);
    match ended {
        Some(CallStatus::Ok) if kind == ToolKind::Shell => of_command(text),
        Some(CallStatus::Ok) if kind == ToolKind::Agent && failed_agent(text) => plain(text, Some(CallStatus::Error)),
        Some(CallStatus::Error) if is_denial(text) => plain(text, Some(CallStatus::Denied)),
        Some(CallStatus::Error) if kind == ToolKind::Shell => Outcome { status: ended, ..of_command(text) },
        Some(CallStatus::Interrupted) if REFUSALS.iter().any(|words| text.contains(words)) => {
            plain(text, Some(CallStatus::Denied))
        }
        _ => plain(text, ended),
    }
}

/// What the client calls the end of a call; `None`: it has not ended.
pub(super) fn status(word: &str) -> Option<CallStatus> {
    match word {
        "success" => Some(CallStatus::Ok),
        "error" => Some(CallStatus::Error),
        "cancelled" => Some(CallStatus::Interrupted),
        _ => None,
    }
}

fn plain(text: &str, status: Option<CallStatus>) -> Outcome<'_> {
    Outcome { text: Cow::Borrowed(text), status, ..Outcome::default() }
}

fn is_denial(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    DENIALS.iter().any(|words| line.starts_with(words))
        || line.starts_with("Tool execution for \"") && line.contains("\" denied by policy")
}

fn failed_agent(text: &str) -> bool {
    text.starts_with("Subagent '") && text.lines().next().is_some_and(|line| line.contains("' failed."))
}

fn of_command(text: &str) -> Outcome<'_> {
    let begins = |with: &[&str]| with.iter().any(|words| text.starts_with(words));
    if begins(GOES_ON) {
        return Outcome { background: true, ..plain(text, Some(CallStatus::Ok)) };
    }
    if text.starts_with(STOPPED) || text.starts_with(CANCELLED) {
        return plain(text, Some(CallStatus::Interrupted));
    }
    if begins(TOO_LONG) {
        return plain(text, Some(CallStatus::Error));
    }
    let Some((body, is_old)) = body_of(text) else { return plain(text, Some(CallStatus::Ok)) };
    let (body, told) = without_trailer(body, is_old);
    let killed = told.signal;
    let exit_code = told.exit_code.or((!is_old && !killed && !told.failed).then_some(0));
    let failed = killed || told.failed || exit_code.is_some_and(|code| code != 0);
    Outcome {
        text: Cow::Borrowed(if body == "(empty)" { "" } else { body }),
        status: Some(if failed { CallStatus::Error } else { CallStatus::Ok }),
        exit_code,
        background: false,
    }
}

/// What the command printed, with the lines behind it, and whether all of those are always there.
fn body_of(text: &str) -> Option<(&str, bool)> {
    if let Some(body) = text.strip_prefix("Output: ") {
        return Some((body, false));
    }
    // Up to 0.24 the command stood in front.
    let head = text.strip_prefix("Command: ")?;
    let at = head.find("\nOutput: ").map(|at| at + "\nOutput: ".len()).or(head.find("\nStdout: ").map(|at| at + 1))?;
    Some((&head[at..], true))
}

#[derive(Default)]
struct Trailer {
    exit_code: Option<i32>,
    signal: bool,
    failed: bool,
}

fn without_trailer(body: &str, is_old: bool) -> (&str, Trailer) {
    let mut told = Trailer::default();
    let mut rest = body;
    loop {
        let (before, line) = rest.rsplit_once('\n').unwrap_or(("", rest));
        let Some((name, value)) = line.split_once(": ") else { break };
        let nothing = matches!(value, "(none)" | "0");
        match name {
            "Exit Code" => told.exit_code = value.parse().ok(),
            "Signal" => told.signal = !nothing,
            "Background PIDs" | "Process Group PGID" => {}
            // A program may print such a line: only where the client always has one it is the client's.
            "Error" if is_old => told.failed = !nothing,
            _ => break,
        }
        rest = before;
    }
    (rest, told)
}

/// What the model got, without the marks around what comes from outside and what hooks added behind it.
fn unwrapped(text: &str) -> &str {
    const BEGIN: &str = "<untrusted_context>\n";
    const END: &str = "\n</untrusted_context>";
    let whole = match text.strip_prefix("Output too large. Showing first") {
        Some(rest) => rest.split_once('\n').map_or(text, |(_, rest)| rest),
        None => text,
    };
    if let Some(inside) = whole.strip_prefix(BEGIN) {
        return inside.rfind(END).map_or(inside, |end| &inside[..end]);
    }
    let behind = whole.strip_suffix("</hook_context>").and_then(|text| text.rfind("\n\n<hook_context>"));
    behind.map_or(whole, |at| &whole[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus::{Denied, Error, Interrupted, Ok};

    fn shell(text: &str) -> (Option<CallStatus>, Option<i32>, String) {
        let outcome = of(text, Some(Ok), ToolKind::Shell);
        (outcome.status, outcome.exit_code, outcome.text.into_owned())
    }

    #[test]
    fn commands_of_every_version_tell_how_they_ended() {
        for (text, status, code, body) in [
            ("<untrusted_context>\nOutput: ok\nProcess Group PGID: 7\n</untrusted_context>", Ok, Some(0), "ok"),
            (
                "<untrusted_context>\nOutput: boom\npartial\nExit Code: 3\nProcess Group PGID: 7\n</untrusted_context>\n\n\
                 <hook_context>note</hook_context>",
                Error,
                Some(3),
                "boom\npartial",
            ),
            ("Output: (empty)\nExit Code: 4\nProcess Group PGID: 7", Error, Some(4), ""),
            ("Output: x\nSignal: 9\nProcess Group PGID: 7", Error, None, "x"),
            // The program's own words.
            (
                "Output: Error: no such thing\nExit Code: 1\nProcess Group PGID: 7",
                Error,
                Some(1),
                "Error: no such thing",
            ),
            ("Output: Exit Code: 9\nmore\nProcess Group PGID: 7", Ok, Some(0), "Exit Code: 9\nmore"),
            (
                "Command: ls\nDirectory: (root)\nOutput: a\nb\nError: (none)\nExit Code: 0\nSignal: 0\nBackground PIDs: (none)\n\
                 Process Group PGID: 7",
                Ok,
                Some(0),
                "a\nb",
            ),
            (
                "Command: ls\nDirectory: (root)\nStdout: a\nStderr: no\nError: (none)\nExit Code: 2\nSignal: (none)",
                Error,
                Some(2),
                "Stdout: a\nStderr: no",
            ),
            ("Command: ls\nDirectory: x\nOutput: a\nError: (none)\nExit Code: (none)\nSignal: 15", Error, None, "a"),
            (
                "Output too large. Showing first 10 and last 20 characters. For full output see: /t/o.txt\n\
                 <untrusted_context>\nOutput: a\n\n... [9 characters omitted] ...\n\nz\nExit Code: 1\n</untrusted_context>",
                Error,
                Some(1),
                "a\n\n... [9 characters omitted] ...\n\nz",
            ),
            (
                "Command was cancelled by user before it could complete. There was no output before it was cancelled.",
                Interrupted,
                None,
                "Command was cancelled by user before it could complete. There was no output before it was cancelled.",
            ),
            ("a summary of what it printed", Ok, None, "a summary of what it printed"),
        ] {
            assert_eq!(shell(text), (Some(status), code, body.to_owned()), "{text}");
        }
        let on = of("Command moved to background (PID: 7). Output hidden.", Some(Ok), ToolKind::Shell);
        assert!(on.background && on.exit_code.is_none());
        let late = "Command was automatically cancelled because it exceeded the timeout of 5.0 minutes without output.";
        assert_eq!(shell(late).0, Some(Error));
    }

    #[test]
    fn refusals_are_told_from_failures_and_stops() {
        for (text, ended, want) in [
            ("Tool execution denied by policy. No deletions.", Error, Denied),
            ("Tool execution blocked: not here", Error, Denied),
            ("Tool execution for \"Shell\" denied by policy.", Error, Denied),
            ("File not found: /w/x", Error, Error),
            ("[Operation Cancelled] Reason: User denied execution.", Interrupted, Denied),
            ("[Operation Cancelled] Reason: User did not allow tool call", Interrupted, Denied),
            ("[Operation Cancelled] Reason: User cancelled operation", Interrupted, Interrupted),
            ("[Operation Cancelled] User cancelled tool execution.", Interrupted, Interrupted),
        ] {
            assert_eq!(of(text, Some(ended), ToolKind::Edit).status, Some(want), "{text}");
        }
        let agent = "Subagent 'cli_help' failed. Error: no model";
        assert_eq!(of(agent, Some(Ok), ToolKind::Agent).status, Some(Error));
        assert_eq!(of("Tool execution blocked: x", Some(Ok), ToolKind::Read).status, Some(Ok));
        assert_eq!(of("x", None, ToolKind::Shell).status, None);
        assert_eq!((status("success"), status("executing")), (Some(Ok), None));
    }
}
