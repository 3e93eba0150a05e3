//! Tool calls as hooks tell them: before and after. Each telling says the whole call, because either may be the first
//! to arrive.
//!
//! After a shell command there is nothing but its output: how it ended stands in the rollout.

use super::{Telling, skip};
use crate::adapters::codex::outcome::{self, Outcome};
use crate::adapters::codex::wire::{Arguments, McpResult, Spawned};
use crate::adapters::codex::{patch, results, tools};
use crate::adapters::{Parsed, json};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, SubagentNote, ToolCall, ToolKind, TouchKind};

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        call.started_at = Some(self.at);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        call.ended_at = Some(self.at);
        let response = self.payload.tool_response;
        if call.kind == Some(ToolKind::Mcp) {
            let result: McpResult<'_> = json::object(response).unwrap_or_default();
            let failed = results::mcp_failed(&result);
            call.status = Some(if failed { CallStatus::Error } else { CallStatus::Ok });
            call.output = results::mcp_text(response);
        } else {
            let text = match response {
                Some(raw) if raw.get().starts_with('{') => raw.get().into(),
                _ => outcome::content_text(response),
            };
            let told = outcome::of(&text);
            // Of a command there may be only what it printed, and that may be anything.
            let bare = told.exit_code.is_none() && call.kind == Some(ToolKind::Shell);
            call.status = if bare { None } else { Some(told.status.unwrap_or(CallStatus::Ok)) };
            call.exit_code = told.exit_code.filter(|_| !bare);
            call.duration_ms = told.duration_ms;
            let Outcome { text, .. } = told;
            call.output = Some(text.into_owned()).filter(|text| !text.is_empty());
        }
        if call.status == Some(CallStatus::Error) {
            call.error.clone_from(&call.output);
        }
        self.beside(&call, out);
        out.facts.push(Fact::ToolCall(call));
    }

    /// The request does not name its call.
    pub(super) fn call_is_asked_for(&self, out: &mut Parsed) {
        let Some(tool) = json::string(self.payload.tool_name) else { return };
        let shell = tools::kind(&tool) == ToolKind::Shell;
        let command = shell.then(|| tools::command_line(self.arguments().command)).flatten();
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
            let arguments = self.arguments();
            let raw = match tools::kind(&tool) {
                ToolKind::Edit => json::text(arguments.command).unwrap_or_default(),
                _ => self.payload.tool_input.map_or("", |raw| raw.get()).into(),
            };
            tools::asked(&mut call, &tool, &raw, &arguments, self.cwd.as_deref());
        }
        call.thread_known = true;
        call.agent_id.clone_from(&self.agent_id);
        Some(call)
    }

    fn arguments(&self) -> Arguments<'_> {
        json::object(self.payload.tool_input).unwrap_or_default()
    }

    /// What a call tells besides: the files it touched, the sub-agent it ran.
    fn beside(&self, call: &ToolCall, out: &mut Parsed) {
        let cwd = self.cwd.as_deref();
        let mut touch = |path: String, kind, content_hash| {
            out.facts.push(Fact::File(FileTouch {
                session: self.session.clone(),
                path,
                at: self.at,
                kind,
                call_id: call.call_id.clone(),
                content_hash,
                before_hash: None,
                agent_id: self.agent_id.clone(),
            }));
        };
        let failed = call.status.is_some_and(CallStatus::counts_as_error);
        match call.kind {
            Some(ToolKind::Edit) if !failed => {
                for file in patch::files(call.input.as_deref().unwrap_or_default()) {
                    if let Some(path) = patch::absolute(&file.path, cwd) {
                        touch(path, TouchKind::Edit, file.content.as_deref().map(results::content_hash));
                    }
                }
            }
            // Where it printed nothing, there may be no such file.
            Some(ToolKind::Shell) if !failed && call.output.is_some() => {
                let dir = tools::workdir(&self.arguments(), cwd);
                for path in tools::shown(call.command.as_deref().unwrap_or_default(), dir.as_deref()) {
                    touch(path, TouchKind::Read, None);
                }
            }
            Some(ToolKind::Agent) => {
                let text = call.output.as_deref().unwrap_or_default();
                let spawned: Spawned<'_> = json::parse(text).unwrap_or_default();
                let Some(agent_id) = json::string(spawned.agent_id) else { return };
                let arguments = self.arguments();
                out.facts.push(Fact::Subagent(SubagentNote {
                    session: self.session.clone(),
                    agent_id,
                    at: None,
                    agent_type: json::string(arguments.agent_type),
                    description: results::task(&arguments),
                    call_id: Some(call.call_id.clone()),
                }));
            }
            _ => {}
        }
    }
}
