//! Tool calls: a record holds them whole, with what came back.

use super::outcome;
use super::parser::{Chat, Context};
use super::tools;
use super::wire::{Call, Display};
use crate::adapters::json::{self, Raw};
use crate::adapters::{Parsed, unnamed};
use crate::model::{CallStatus, Fact, FileTouch, SubagentNote, ToolCall, ToolKind, TouchKind};

impl Chat {
    pub(super) fn calls(&self, calls: Raw<'_>, context: &Context, out: &mut Parsed) {
        for (index, call) in json::objects::<Call<'_>>(calls).iter().enumerate() {
            self.call(call, index, context, out);
        }
    }

    fn call(&self, recorded: &Call<'_>, index: usize, context: &Context, out: &mut Parsed) {
        let tool = json::string(recorded.name).unwrap_or_else(|| "unknown".to_owned());
        let id = json::string(recorded.id);
        let display: Display<'_> = json::object(recorded.display).unwrap_or_default();
        let known = id.clone().unwrap_or_else(|| format!("{tool}#{}#{index}", context.at));
        let mut call = ToolCall::new(context.session.clone(), context.unique_call(&known));
        call.agent_id.clone_from(&context.agent_id);
        call.thread_known = true;
        call.started_at = Some(context.at);
        let kind = tools::kind_of(&tool, recorded, &display);
        tools::asked(&mut call, &tool, kind, recorded.args, self.cwd.as_deref());
        call.asked = Some(unnamed::asked(&tool, recorded.args));
        if kind == ToolKind::Edit {
            call.file_path = json::string(display.file_path).or(call.file_path);
        }
        // It is written down once all calls of the turn are over.
        let at = json::time(recorded.timestamp).filter(|at| *at >= context.at).unwrap_or(context.at);
        let ended = outcome::status(&json::text(recorded.status).unwrap_or_default());
        let text = tools::result_text(recorded.result, id.as_deref()).unwrap_or_default();
        if ended.is_some() {
            end(&mut call, at, &outcome::of(&text, ended, kind));
        }
        // Touches after their call: it takes over what hooks told of it.
        out.facts.push(Fact::ToolCall(call.clone()));
        if call.status == Some(CallStatus::Ok) {
            Touches { call: &call, at, arguments: recorded.args, display: &display }.tell(out);
            if let Some(change) = tools::plan(&tool, recorded.args).filter(|_| context.agent_id.is_none()) {
                out.facts.push(Fact::Plan { session: context.session.clone(), at, change });
            }
        }
        if let Some(agent_id) = json::string(recorded.agent_id) {
            out.facts.push(Fact::Subagent(SubagentNote {
                session: context.session.clone(),
                agent_id,
                at: None,
                agent_type: Some(tools::agent_name(&tool, recorded.args, &display)),
                description: tools::task(recorded.args),
                call_id: Some(call.call_id),
            }));
        }
    }
}

/// Notes in `call` how it ended.
pub(super) fn end(call: &mut ToolCall, at: i64, outcome: &outcome::Outcome<'_>) {
    call.ended_at = Some(at);
    call.status = outcome.status;
    call.exit_code = outcome.exit_code;
    call.background |= outcome.background;
    call.output = Some(outcome.text.clone().into_owned()).filter(|text| !text.is_empty());
    if call.status.is_some_and(CallStatus::counts_as_error) {
        call.error.clone_from(&call.output);
    }
}

/// The files that a call which went well read or changed.
pub(super) struct Touches<'a> {
    pub call: &'a ToolCall,
    pub at: i64,
    pub arguments: Raw<'a>,
    pub display: &'a Display<'a>,
}

impl Touches<'_> {
    pub fn tell(&self, out: &mut Parsed) {
        let text = self.call.output.as_deref().unwrap_or_default();
        match (self.call.kind, self.call.file_path.as_deref()) {
            (Some(ToolKind::Read), Some(path)) => {
                self.touch(path, TouchKind::Read, (tools::whole_content(self.arguments, text), None), out);
            }
            (Some(ToolKind::Read), None) => {
                for path in tools::listed(text) {
                    self.touch(path, TouchKind::Read, (None, None), out);
                }
            }
            (Some(ToolKind::Edit), Some(path)) => {
                let hash = |raw| json::text(raw).map(|content| tools::content_hash(&content));
                let before = if json::flag(self.display.is_new) { None } else { hash(self.display.before) };
                self.touch(path, TouchKind::Edit, (hash(self.display.after), before), out);
            }
            _ => {}
        }
    }

    fn touch(&self, path: &str, kind: TouchKind, hashes: (Option<i64>, Option<i64>), out: &mut Parsed) {
        // Nobody knows what another one is relative to.
        if !std::path::Path::new(path).is_absolute() {
            return;
        }
        out.facts.push(Fact::File(FileTouch {
            session: self.call.session.clone(),
            path: path.to_owned(),
            at: self.at,
            kind,
            call_id: self.call.call_id.clone(),
            content_hash: hashes.0,
            before_hash: hashes.1,
            agent_id: self.call.agent_id.clone(),
        }));
    }
}
