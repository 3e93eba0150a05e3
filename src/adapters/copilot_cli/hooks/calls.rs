//! Tool calls as hooks tell them: before and after, without an id. Each telling says the whole call, because either may
//! be the first to arrive.

use super::payload::{Failure, Outcome, either};
use super::{Telling, skip};
use crate::adapters::copilot_cli::calls::{content_hash, end};
use crate::adapters::copilot_cli::outcome::{failed, without_guidance};
use crate::adapters::copilot_cli::tools::Asked;
use crate::adapters::{Parsed, json};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, ToolCall, ToolKind, TouchKind, UNNAMED_ID, Unnamed};

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some((mut call, _)) = self.call(true, out) else { return };
        call.started_at = Some(self.at);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some((mut call, asked)) = self.call(false, out) else { return };
        call.ended_at = Some(self.at);
        let outcome: Outcome<'_> =
            json::object(either(self.payload.result, self.payload.result_snake)).unwrap_or_default();
        let text = json::text(either(outcome.text, outcome.text_snake)).unwrap_or_default();
        let text = without_guidance(&text);
        match json::text(either(outcome.kind, outcome.kind_snake)).as_deref() {
            None | Some("success") => end(&mut call, text, None),
            code => fails(&mut call, code, text),
        }
        let dir = self.cwd.as_deref();
        let (kind, files) = match call.kind {
            Some(ToolKind::Edit) => (TouchKind::Edit, asked.files(dir)),
            Some(ToolKind::Shell) if call.exit_code == Some(0) => (TouchKind::Read, asked.shown(dir)),
            _ => (TouchKind::Read, asked.files(dir)),
        };
        let ok = call.status == Some(CallStatus::Ok);
        let made = asked.made().filter(|_| files.len() == 1);
        let call_id = call.call_id.clone();
        // Of a call without an id, whoever reads on must know it first.
        out.facts.push(Fact::ToolCall(call));
        for path in files.into_iter().filter(|_| ok) {
            out.facts.push(Fact::File(FileTouch {
                session: self.session.clone(),
                path,
                at: self.at,
                kind,
                call_id: call_id.clone(),
                content_hash: made.as_deref().map(content_hash),
                before_hash: None,
                agent_id: self.agent_id.clone(),
            }));
        }
    }

    pub(super) fn call_fails(&self, out: &mut Parsed) {
        let Some((mut call, _)) = self.call(false, out) else { return };
        call.ended_at = Some(self.at);
        let failure: Failure<'_> = json::object(self.payload.error).unwrap_or_default();
        let text = json::text(failure.message).or_else(|| json::text(self.payload.error)).unwrap_or_default();
        fails(&mut call, None, &text);
        out.facts.push(Fact::ToolCall(call));
    }

    /// The request names the tool in its own way, and not the call.
    pub(super) fn call_is_asked_for(&self, out: &mut Parsed) {
        let Some(tool) = json::string(either(self.payload.tool, self.payload.tool_snake)) else { return };
        let asked = Asked::of(&tool, either(self.payload.asked, self.payload.arguments_snake), false);
        let command = json::string(asked.arguments.command).filter(|_| asked.kind == ToolKind::Shell);
        let (session, at) = (self.session.clone(), self.at);
        out.facts.push(Fact::CallAsked(CallAsked { session, at, tool: asked.tool, command }));
    }

    /// What was asked of the tool, without how it went.
    fn call(&self, before: bool, out: &mut Parsed) -> Option<(ToolCall, Asked<'_>)> {
        let Some(tool) = json::string(either(self.payload.tool, self.payload.tool_snake)) else {
            skip(out, "tool hook without a tool".to_owned(), self.event);
            return None;
        };
        let asked = Asked::of(&tool, either(self.payload.arguments, self.payload.arguments_snake), false);
        let named = json::string(either(self.payload.call_id, self.payload.call_id_snake));
        let unnamed = Unnamed { before, voice: u8::from(self.payload.is_claudes()) };
        let call_id = named.clone().unwrap_or_else(|| format!("{UNNAMED_ID}{:016x}", self.delivery));
        let mut call = ToolCall::new(self.session.clone(), call_id);
        call.unnamed = named.is_none().then_some(unnamed);
        asked.note(&mut call, self.cwd.as_deref());
        call.thread_known = true;
        call.agent_id.clone_from(&self.agent_id);
        Some((call, asked))
    }
}

fn fails(call: &mut ToolCall, code: Option<&str>, text: &str) {
    call.status = Some(failed(code, text));
    call.output = Some(text.to_owned()).filter(|text| !text.is_empty());
    call.error.clone_from(&call.output);
}
