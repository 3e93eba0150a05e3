//! Tool calls as hooks tell them: before, after, failed, refused. Each telling says the whole call, because any of
//! them may be the first to arrive.

use super::payload::{FileRead, Response};
use super::{Telling, result, skip};
use crate::adapters::claude_code::calls::{asked, told_by_result};
use crate::adapters::claude_code::wire::{Input, Outcome};
use crate::adapters::claude_code::{results, tools};
use crate::adapters::{Parsed, json};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, ToolCall, ToolKind};

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        let input = self.input();
        // Every sub-agent has a to-do list of its own; the session's is that of the main thread.
        let ours = |tool: &str| tool != "TodoWrite" || (call.thread_known && call.agent_id.is_none());
        if let Some(change) = call.tool.as_deref().filter(|tool| ours(tool)).and_then(|tool| tools::plan(tool, &input))
        {
            out.facts.push(Fact::Plan { session: self.session.clone(), at: self.at, change });
        }
        call.started_at = Some(self.at);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        // What an MCP tool returns is its own business, whatever its fields are called.
        let outcome: Outcome<'_> = match call.kind {
            Some(ToolKind::Mcp) => Outcome::default(),
            _ => json::read(self.payload.tool_response).unwrap_or_default(),
        };
        let interrupted = json::flag(outcome.interrupted);
        let status = if interrupted { CallStatus::Interrupted } else { CallStatus::Ok };
        call.status = Some(status);
        call.ended_at = Some(self.at);
        call.duration_ms = [self.payload.duration_ms, outcome.duration_ms, outcome.total_duration_ms]
            .into_iter()
            .find_map(|raw| json::int(raw).filter(|ms| *ms >= 0));
        call.exit_code = results::code_of_success(call.kind, status, &outcome);
        call.output = result::text(call.kind, self.payload.tool_response);
        call.output_file = json::string(outcome.persisted);
        self.beside(&call, &outcome, out);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_fails(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        let text = result::plain(self.payload.error).unwrap_or_default();
        call.status = Some(results::failure(&text, json::flag(self.payload.is_interrupt)));
        call.ended_at = Some(self.at);
        call.duration_ms = json::int(self.payload.duration_ms).filter(|ms| *ms >= 0);
        call.exit_code = results::exit_code(&text);
        call.output_file = results::persisted(&text);
        call.error = Some(text).filter(|text| !text.is_empty());
        call.output.clone_from(&call.error);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_is_refused(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        call.status = Some(CallStatus::Denied);
        call.ended_at = Some(self.at);
        call.error = result::plain(self.payload.reason);
        out.facts.push(Fact::ToolCall(call));
    }

    /// The request does not name its call.
    pub(super) fn call_is_asked_for(&self, out: &mut Parsed) {
        let Some(tool) = json::string(self.payload.tool_name) else { return };
        let command = (tools::kind(&tool) == ToolKind::Shell).then(|| json::string(self.input().command)).flatten();
        out.facts.push(Fact::CallAsked(CallAsked { session: self.session.clone(), at: self.at, tool, command }));
    }

    /// What was asked of the tool, without how it went.
    fn call(&self, out: &mut Parsed) -> Option<ToolCall> {
        let Some(call_id) = json::string(self.payload.tool_use_id) else {
            skip(out, "tool hook without a call".to_owned(), self.event);
            return None;
        };
        let mut call = ToolCall::new(self.session.clone(), call_id);
        if let Some(tool) = json::string(self.payload.tool_name) {
            asked(&mut call, tool, self.payload.tool_input, &self.input());
        }
        // Version 2.0 does not tell a sub-agent's calls from the main thread's, and like all before 2.1.196 it
        // names no prompt either.
        call.thread_known = self.agent_id.is_some() || self.turn.is_some();
        call.agent_id.clone_from(&self.agent_id);
        Some(call)
    }

    fn input(&self) -> Input<'_> {
        json::read(self.payload.tool_input).unwrap_or_default()
    }

    /// What a call that went well tells besides: the file it touched, the sub-agent it ran, the task it made.
    fn beside(&self, call: &ToolCall, outcome: &Outcome<'_>, out: &mut Parsed) {
        if call.status == Some(CallStatus::Ok)
            && let Some(kind) = call.kind.and_then(tools::touch)
        {
            let response: Response<'_> = json::read(self.payload.tool_response).unwrap_or_default();
            let read: FileRead<'_> = json::read(response.file).unwrap_or_default();
            let path = json::string(outcome.file_path)
                .or_else(|| json::string(read.file_path))
                .or_else(|| call.file_path.clone());
            if let Some(path) = path {
                let tool = call.tool.as_deref().unwrap_or_default();
                out.facts.push(Fact::File(FileTouch {
                    session: self.session.clone(),
                    path,
                    at: self.at,
                    kind,
                    call_id: call.call_id.clone(),
                    content_hash: result::content_hash(tool, &response, self.payload.tool_input),
                    before_hash: result::before_hash(&response),
                    agent_id: self.agent_id.clone(),
                }));
            }
        }
        match call.kind {
            Some(ToolKind::Agent) => self.subagent_ran(call, outcome, &self.input(), out),
            _ if call.tool.as_deref() == Some("TaskCreate") => told_by_result(outcome, call, self.at, out),
            _ => {}
        }
    }
}
