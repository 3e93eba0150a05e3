//! How a call ended: what its result says of it, as a record keeps it and as a hook tells it.

use super::messages::content_text;
use super::wire::{Details, ToolResult};
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, Millis, ToolCall, ToolKind};

/// A result as it stands somewhere.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Said<'a> {
    pub content: Raw<'a>,
    pub details: Raw<'a>,
    pub is_error: bool,
}

#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// `None`: it goes on, or waits for a person.
    pub status: Option<CallStatus>,
    pub kind: Option<ToolKind>,
    pub exit_code: Option<i32>,
    pub duration_ms: Option<i64>,
    pub text: String,
    /// Its process goes on under this name.
    pub goes_on: Option<String>,
    /// A person is asked whether this command may run.
    pub asked: Option<String>,
    /// The file's whole content, of a read.
    pub content: Option<String>,
    /// The files that an edit says it changed.
    pub changed: Vec<String>,
    /// A sub-agent's conversation.
    pub child_key: Option<String>,
}

/// The client's words for a call that was refused.
const DENIALS: &[&str] = &["Denied by user", "Exec denied (", "exec denied", "Tool call blocked"];

/// The same of one that was stopped, or of which nobody knows how it went.
const STOPS: &[&str] =
    &["Operation aborted", "No result provided", "[openclaw] missing tool result", "Cancelled by operator"];

/// Reads a result of a tool of this kind.
pub(super) fn of(kind: Option<ToolKind>, said: Said<'_>) -> Outcome {
    let mut details: Details<'_> = json::object(said.details).unwrap_or_default();
    let mut content = said.content;
    let failed_outside = said.is_error || json::text(details.status).as_deref() == Some("failed");
    // Of a tool that was found by a search, the result within: around it stands a warning.
    if let Some(inner) = json::object::<ToolResult<'_>>(details.result).filter(|inner| json::present(inner.content)) {
        content = inner.content;
        details = json::object(inner.details).unwrap_or_default();
    }
    let text = content_text(content).into_owned();
    let server = json::present(details.server).then_some(ToolKind::Mcp);
    let mut outcome = Outcome { kind: server.or(kind), text, ..Outcome::default() };
    let status = json::text(details.status).unwrap_or_default();
    if outcome.kind == Some(ToolKind::Shell) {
        outcome.exit_code = json::int(details.exit_code).and_then(|code| i32::try_from(code).ok());
        if outcome.exit_code.is_none() && !json::present(said.details) {
            outcome.exit_code = code_in_words(&outcome.text);
        }
        outcome.duration_ms = json::int(details.duration).filter(|ms| *ms >= 0);
        outcome.goes_on = json::string(details.process).filter(|_| status == "running");
    }
    if status == "approval-pending" {
        outcome.asked = json::string(details.command);
        return outcome;
    }
    outcome.status = Some(match &*status {
        "blocked" | "denied" | "forbidden" | "approval-unavailable" => CallStatus::Denied,
        _ if json::flag(details.missing) => CallStatus::Interrupted,
        _ if json::text(details.exit_reason).as_deref() == Some("manual-cancel") => CallStatus::Interrupted,
        _ => match (failed_outside || matches!(&*status, "error" | "timeout"), outcome.exit_code) {
            (true, _) => in_words(&outcome.text).unwrap_or(CallStatus::Error),
            (_, Some(code)) if code != 0 => CallStatus::Error,
            _ => CallStatus::Ok,
        },
    });
    if outcome.status == Some(CallStatus::Ok) && outcome.goes_on.is_some() {
        outcome.status = None;
    }
    if json::text(details.kind).as_deref() == Some("text") {
        outcome.content = json::text(details.content).map(Into::into);
    }
    if outcome.kind == Some(ToolKind::Edit) {
        outcome.changed = changed(&details, &outcome.text);
    }
    outcome.child_key = json::string(details.child_key);
    outcome
}

impl Outcome {
    /// Notes in `call` that it ended, unless it goes on.
    pub fn end(&self, call: &mut ToolCall, at: Millis) {
        call.kind = self.kind;
        call.output = Some(self.text.clone()).filter(|text| !text.is_empty());
        let Some(status) = self.status else { return };
        call.status = Some(status);
        call.ended_at = Some(at);
        call.exit_code = self.exit_code;
        call.duration_ms = self.duration_ms;
        if status.counts_as_error() {
            call.error.clone_from(&call.output);
        }
    }
}

/// Why a call failed, where it is no failure of its own.
fn in_words(text: &str) -> Option<CallStatus> {
    let begins = |with: &[&str]| with.iter().any(|words| text.starts_with(words));
    if begins(DENIALS) {
        Some(CallStatus::Denied)
    } else if begins(STOPS) || text.trim() == "aborted" {
        Some(CallStatus::Interrupted)
    } else {
        None
    }
}

/// Of a command's last line: `(Command exited with code 3)`, or without the brackets.
fn code_in_words(text: &str) -> Option<i32> {
    let last = text.trim_end().lines().next_back()?.trim();
    let last = last.strip_prefix('(').and_then(|last| last.strip_suffix(')')).unwrap_or(last);
    last.strip_prefix("Command exited with code ")?.trim_end_matches('.').parse().ok()
}

/// The files named by an edit's own patch, else in the words of its result.
fn changed(details: &Details<'_>, text: &str) -> Vec<String> {
    let patch = json::text(details.patch).unwrap_or_default();
    let named: Vec<String> = patch
        .lines()
        .filter_map(|line| line.strip_prefix("+++ "))
        .filter(|path| *path != "/dev/null")
        .map(|path| path.split('\t').next().unwrap_or(path).to_owned())
        .collect();
    if !named.is_empty() {
        return named;
    }
    if let Some((_, listed)) = text.split_once("Success. Updated the following files:\n") {
        let listed = listed.lines().map_while(|line| line.split_once(' ').filter(|(mark, _)| mark.len() == 1));
        return listed.map(|(_, path)| path.to_owned()).collect();
    }
    let line = text.lines().next().unwrap_or_default();
    ["Successfully wrote ", "Successfully replaced "]
        .iter()
        .find_map(|begin| line.strip_prefix(begin))
        .and_then(|rest| rest.split_once(" to ").or_else(|| rest.split_once(" in ")))
        .map(|(_, path)| path.strip_suffix('.').unwrap_or(path).to_owned())
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallStatus::{Denied, Error, Interrupted, Ok};

    fn of_json(kind: ToolKind, json: &str) -> Outcome {
        let result: ToolResult<'_> = json::parse(json).unwrap();
        let is_error = json.contains(r#""isError":true"#);
        of(Some(kind), Said { content: result.content, details: result.details, is_error })
    }

    #[test]
    fn every_form_of_result_is_read() {
        let shell = ToolKind::Shell;
        for (kind, json, status, code) in [
            (shell, r#"{"content":"x","details":{"status":"completed","exitCode":0}}"#, Some(Ok), Some(0)),
            (shell, r#"{"content":"x","details":{"status":"completed","exitCode":3}}"#, Some(Error), Some(3)),
            (shell, r#"{"content":"x\n\nCommand exited with code 2","isError":true}"#, Some(Error), Some(2)),
            (shell, r#"{"content":"x\n\n(Command exited with code 2)"}"#, Some(Error), Some(2)),
            (shell, r#"{"content":"Command exited with code 2","details":{"exitCode":0}}"#, Some(Ok), Some(0)),
            (shell, r#"{"content":"x","details":{"status":"running","sessionId":"amber"}}"#, None, None),
            (shell, r#"{"content":"x","details":{"status":"approval-pending","command":"rm x"}}"#, None, None),
            (shell, r#"{"content":"x","details":{"status":"approval-unavailable"}}"#, Some(Denied), None),
            (
                shell,
                r#"{"content":"no","details":{"status":"failed","exitCode":null},"isError":true}"#,
                Some(Error),
                None,
            ),
            (
                shell,
                r#"{"content":"x","details":{"exitReason":"manual-cancel","exitCode":143}}"#,
                Some(Interrupted),
                Some(143),
            ),
            (shell, r#"{"content":"Denied by user. The tool call did not run.","isError":true}"#, Some(Denied), None),
            (shell, r#"{"content":"Denied by user, it says"}"#, Some(Ok), None),
            (ToolKind::Read, r#"{"content":"{}","details":{"status":"error"}}"#, Some(Error), None),
            (ToolKind::Read, r#"{"content":"Operation aborted","isError":true}"#, Some(Interrupted), None),
            (
                ToolKind::Read,
                r#"{"content":"x","details":{"openclawSyntheticMissingToolResult":true}}"#,
                Some(Interrupted),
                None,
            ),
            (ToolKind::Edit, r#"{"content":"no","details":{"status":"blocked"},"isError":true}"#, Some(Denied), None),
            // Whatever a server's tool answers is data.
            (ToolKind::Mcp, r#"{"content":"x","details":{"mcpServer":"p","exitCode":3}}"#, Some(Ok), None),
            (ToolKind::Other, r#"{"content":"x","details":{"mcpServer":"p","status":"error"}}"#, Some(Error), None),
            (ToolKind::Other, r#"{"content":"x","details":[1]}"#, Some(Ok), None),
        ] {
            let outcome = of_json(kind, json);
            assert_eq!((outcome.status, outcome.exit_code), (status, code), "{json}");
        }
    }

    #[test]
    fn what_stands_within_counts() {
        let outcome = of_json(
            ToolKind::Other,
            r#"{"content":"SECURITY NOTICE: x","details":{"status":"failed","result":{"content":[{"type":"text","text":"no"}],"details":{"mcpServer":"p","status":"error"}}}}"#,
        );
        assert_eq!((outcome.status, outcome.kind, outcome.text.as_str()), (Some(Error), Some(ToolKind::Mcp), "no"));
    }

    #[test]
    fn an_edit_names_its_files() {
        for (json, want) in [
            (r#"{"content":"x","details":{"patch":"--- /w/a b.py\n+++ /w/a b.py\n@@ -1 +1 @@\n"}}"#, vec!["/w/a b.py"]),
            (r#"{"content":"Successfully replaced 1 block(s) in /w/a.py."}"#, vec!["/w/a.py"]),
            (r#"{"content":"Successfully wrote 5 bytes to src/a"}"#, vec!["src/a"]),
            (r#"{"content":"Success. Updated the following files:\nA a\nM b c\n\nx"}"#, vec!["a", "b c"]),
            (r#"{"content":"file written"}"#, vec![]),
        ] {
            assert_eq!(of_json(ToolKind::Edit, json).changed, want, "{json}");
        }
    }
}
