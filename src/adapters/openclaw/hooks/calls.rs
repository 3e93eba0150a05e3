//! Tool calls as hooks tell them: before and after. Each telling says the whole call, because either may be the first
//! to arrive.

use super::payload::Payload;
use super::{Telling, skip};
use crate::adapters::codex::patch;
use crate::adapters::openclaw::calls::{identity, looked, touched};
use crate::adapters::openclaw::outcome::{self, Outcome, Said};
use crate::adapters::openclaw::parser::Asked;
use crate::adapters::openclaw::tools;
use crate::adapters::openclaw::wire::ToolResult;
use crate::adapters::{Parsed, json};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, ToolCall, ToolKind};

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some((mut call, _)) = self.call(out) else { return };
        if !self.folded() {
            call.started_at = Some(self.at);
        }
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some((mut call, asked)) = self.call(out) else { return };
        let outcome = ended(&self.payload, call.kind);
        outcome.end(&mut call, self.at);
        call.duration_ms = call.duration_ms.or_else(|| {
            let whole = call.status.is_some() && !self.folded();
            json::int(self.payload.duration_ms).filter(|ms| whole && *ms >= 0)
        });
        if let Some(command) = outcome.asked.clone() {
            let tool = call.tool.clone().unwrap_or_default();
            let (session, at) = (self.session.clone(), self.at);
            out.facts.push(Fact::CallAsked(CallAsked { session, at, tool, command: Some(command) }));
        }
        for (path, kind, content_hash) in touched(&outcome, &asked) {
            let Some(path) = patch::absolute(path, self.cwd.as_deref()) else { continue };
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
        }
        if call.tool.as_deref() == Some("process") && !json::present(self.payload.error) {
            looked(&mut call, self.at);
        }
        out.facts.push(Fact::ToolCall(call));
    }

    /// What was asked of the tool, without how it went.
    fn call(&self, out: &mut Parsed) -> Option<(ToolCall, Asked)> {
        let folded = self.folded();
        let parent = json::string(self.payload.parent_tool_call_id).filter(|_| folded);
        let Some(id) = parent.or_else(|| json::string(self.payload.tool_call_id)) else {
            skip(out, "tool hook without a call".to_owned(), self.event);
            return None;
        };
        let mut call = ToolCall::new(self.session.clone(), identity(&id, &self.own));
        call.thread_known = true;
        call.agent_id.clone_from(&self.agent_id);
        let mut asked = Asked::default();
        if let Some(tool) = json::string(self.payload.tool_name) {
            asked = tools::asked(&mut call, &tool, self.payload.params, self.cwd.as_deref());
        }
        if folded {
            (call.tool, call.input) = (None, None);
        }
        Some((call, asked))
    }

    /// A tool that was found by a search: the call around it is the one that is told.
    fn folded(&self) -> bool {
        json::text(self.payload.parent_tool_name).as_deref() == Some(tools::WRAPPER)
    }
}

fn ended(payload: &Payload<'_>, kind: Option<ToolKind>) -> Outcome {
    let result: ToolResult<'_> = json::object(payload.result).unwrap_or_default();
    // What was too long for a payload comes as a text.
    let content = if result.is_object { result.content } else { payload.result };
    outcome::of(kind, Said { content, details: result.details, is_error: json::present(payload.error) })
}

pub(super) fn failed(payload: &Payload<'_>) -> bool {
    let tool = json::text(payload.tool_name).unwrap_or_default();
    let looks = tool == "process" && !json::present(payload.error);
    ended(payload, tools::kind(&tool)).status.is_some_and(CallStatus::counts_as_error) && !looks
}
