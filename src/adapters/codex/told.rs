//! What one record tells of how a call ended: its output, an event, or a finished item.

use super::outcome::{self, by_code, content_text};
use super::wire::{Change, Duration, Invocation, Item, JsonOutput, McpResult, ParsedCommand, Payload};
use super::{results, tools};
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, Millis, ToolCall, ToolKind};

#[derive(Debug, Default)]
pub(super) struct Told {
    pub call_id: Option<String>,
    /// Where the record names it.
    pub tool: Option<String>,
    pub kind: Option<ToolKind>,
    pub command: Option<String>,
    pub input: Option<String>,
    pub started_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    pub duration_ms: Option<i64>,
    pub status: Option<CallStatus>,
    pub exit_code: Option<i32>,
    pub text: Option<String>,
    /// Its process goes on under this number.
    pub goes_on: Option<i64>,
}

impl Told {
    /// Notes in `call` that it ended, unless it goes on.
    pub fn end(&self, call: &mut ToolCall, at: Millis) {
        call.output = self.text.clone().filter(|text| !text.is_empty());
        if self.goes_on.is_some() {
            return;
        }
        call.ended_at = Some(at);
        call.status = self.status;
        call.exit_code = self.exit_code;
        call.duration_ms = self.duration_ms;
        if self.status.is_some_and(CallStatus::counts_as_error) {
            call.error.clone_from(&call.output);
        }
    }

    /// Of an output item. `kind`: of the tool that it comes from, where that is known.
    pub fn output(payload: &Payload<'_>, kind: Option<ToolKind>) -> Self {
        let text = match payload.output {
            // An object with text in it, or one without.
            Some(raw) if raw.get().starts_with('{') => {
                let output: JsonOutput<'_> = json::object(Some(raw)).unwrap_or_default();
                let inner = content_text(Some(raw));
                match (inner.is_empty(), json::text(output.content).or_else(|| json::text(output.output))) {
                    (true, Some(text)) if !json::present(output.metadata) => text,
                    (true, _) => raw.get().into(),
                    (false, _) => inner,
                }
            }
            raw => content_text(raw),
        };
        let mut told = Self { call_id: json::string(payload.call_id), ..Self::default() };
        let outcome = outcome::of(&text);
        told.duration_ms = outcome.duration_ms;
        if kind == Some(ToolKind::Mcp) {
            // Whatever an MCP tool prints is data; refusals and failures to call it are the client's words.
            let ours = ["tool call ", "unsupported call"].iter().any(|words| outcome.text.starts_with(words));
            let in_words =
                outcome.status.filter(|said| ours || matches!(said, CallStatus::Denied | CallStatus::Interrupted));
            let result: McpResult<'_> = json::parse(&outcome.text).unwrap_or_default();
            let failed = results::mcp_failed(&result).then_some(CallStatus::Error);
            told.status = Some(in_words.or(failed).unwrap_or(CallStatus::Ok));
        } else {
            told.goes_on = outcome.goes_on.filter(|_| outcome.exit_code.is_none());
            told.exit_code = outcome.exit_code;
            told.status = outcome.status.or_else(|| told.goes_on.is_none().then_some(CallStatus::Ok));
        }
        told.text = Some(outcome.text.into_owned());
        told
    }

    /// Of `exec_command_end`, `patch_apply_end` and `mcp_tool_call_end`.
    pub fn event(kind: &str, payload: &Payload<'_>) -> Option<Self> {
        let mut told = Self {
            call_id: Some(json::string(payload.call_id)?),
            duration_ms: duration(payload.duration),
            ..Self::default()
        };
        match kind {
            "exec_command_end" => {
                told.tool = Some("exec_command".to_owned());
                told.kind = Some(ToolKind::Shell);
                told.command = tools::command_line(payload.command);
                told.text = json::string(payload.aggregated_output);
                told.ran(payload.exit_code, payload.status);
            }
            "patch_apply_end" => {
                let failed = payload.success.is_some_and(|raw| raw.get() == "false");
                told.patched(failed, payload.status, payload.stderr);
            }
            _ => {
                let call: Invocation<'_> = json::object(payload.invocation).unwrap_or_default();
                let result: McpResult<'_> = json::object(payload.result).unwrap_or_default();
                let inner: McpResult<'_> = json::object(result.ok).unwrap_or_default();
                let failed = json::present(result.err) || results::mcp_failed(&inner);
                told.called(call.server, call.tool, call.arguments, failed);
                told.text =
                    if json::present(result.err) { json::string(result.err) } else { results::mcp_text(result.ok) };
            }
        }
        Some(told)
    }

    /// Of an item that is done; `None`: it is no call.
    pub fn item(item: &Item<'_>, event: &Payload<'_>) -> Option<Self> {
        let mut told = Self {
            call_id: Some(json::string(item.id)?),
            started_at: json::time(event.started_ms),
            ended_at: json::time(event.completed_ms),
            duration_ms: duration(item.duration),
            ..Self::default()
        };
        match json::text(item.kind)?.as_ref() {
            "CommandExecution" => {
                told.tool = Some("exec_command".to_owned());
                told.kind = Some(ToolKind::Shell);
                told.command = tools::command_line(item.command);
                told.text = json::string(item.aggregated_output);
                told.ran(item.exit_code, item.status);
            }
            "FileChange" => told.patched(false, item.status, item.stderr),
            "McpToolCall" => {
                let result: McpResult<'_> = json::object(item.result).unwrap_or_default();
                let failed = json::present(item.error) || results::mcp_failed(&result);
                told.called(
                    item.server,
                    item.tool,
                    item.arguments,
                    failed || said(item.status) == Some(CallStatus::Error),
                );
                told.text = results::mcp_text(item.error).or_else(|| results::mcp_text(item.result));
            }
            _ => return None,
        }
        Some(told)
    }

    fn ran(&mut self, code: Raw<'_>, status: Raw<'_>) {
        self.exit_code = json::int(code).and_then(|code| i32::try_from(code).ok());
        let by_code = self.exit_code.map(by_code);
        self.status = said(status).filter(|said| *said == CallStatus::Denied).or(by_code).or_else(|| said(status));
        // The client stands in with -1 for what had no code.
        self.exit_code = self.exit_code.filter(|code| *code >= 0);
    }

    fn patched(&mut self, failed: bool, status: Raw<'_>, stderr: Raw<'_>) {
        self.tool = Some(tools::APPLY_PATCH.to_owned());
        self.kind = Some(ToolKind::Edit);
        let status = said(status).unwrap_or(CallStatus::Ok);
        self.status = Some(if failed { status.max(CallStatus::Error) } else { status });
        if self.status != Some(CallStatus::Ok) {
            self.text = json::string(stderr);
        }
    }

    fn called(&mut self, server: Raw<'_>, tool: Raw<'_>, arguments: Raw<'_>, failed: bool) {
        self.kind = Some(ToolKind::Mcp);
        self.tool = json::string(server).zip(json::string(tool)).map(|(server, tool)| format!("mcp__{server}.{tool}"));
        self.input = arguments.map(|raw| raw.get().to_owned()).filter(|json| !matches!(json.as_str(), "{}" | "null"));
        self.status = Some(if failed { CallStatus::Error } else { CallStatus::Ok });
    }
}

/// The status that the client itself gives.
fn said(status: Raw<'_>) -> Option<CallStatus> {
    match json::text(status)?.as_ref() {
        "completed" => Some(CallStatus::Ok),
        "failed" => Some(CallStatus::Error),
        "declined" => Some(CallStatus::Denied),
        "interrupted" | "aborted" => Some(CallStatus::Interrupted),
        _ => None,
    }
}

fn duration(raw: Raw<'_>) -> Option<i64> {
    let told: Duration<'_> = json::object(raw)?;
    Some(json::count(told.secs).saturating_mul(1000).saturating_add(json::count(told.nanos) / 1_000_000))
}

/// The files of a change, with the content of those that are new.
pub(super) fn changed(changes: Raw<'_>) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    json::each(changes, &mut |path, change| {
        let change: Change<'_> = json::object(Some(change)).unwrap_or_default();
        let added = json::text(change.kind).as_deref() == Some("add");
        found.extend(json::string(change.move_path).map(|moved| (moved, None)));
        found.push((path.to_owned(), json::text(change.content).filter(|_| added).map(Into::into)));
    });
    found
}

/// The files that a command showed, as the client understood it.
pub(super) fn read(commands: Raw<'_>) -> Vec<String> {
    let commands: Vec<ParsedCommand<'_>> = json::objects(commands);
    let reads = commands.iter().filter(|command| json::text(command.kind).as_deref() == Some("read"));
    reads.filter_map(|command| json::string(command.path)).collect()
}
