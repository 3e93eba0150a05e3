//! Tool calls: where they begin, in an answer, and how they end, in a result; and what a result tells besides.

use super::outcome::{self, content_text};
use super::parser::{Context, Session};
use super::wire::{Block, Delegated, Details, Message, Nested, NestedCall};
use super::{tools, usage};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, Fact, FileTouch, Millis, SessionId, SubagentNote, ToolCall, ToolKind};

/// The file that a call is about, and what its arguments say of the content.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    path: String,
    written: Option<i64>,
    from_the_top: bool,
}

impl Asked {
    pub fn of(call: &ToolCall, arguments: Raw<'_>) -> Option<Self> {
        call.kind.and_then(tools::touch)?;
        Some(Self {
            path: call.file_path.clone()?,
            written: tools::written(call.tool.as_deref().unwrap_or_default(), arguments),
            from_the_top: tools::from_the_top(arguments),
        })
    }

    pub fn path_only(self) -> Self {
        Self { written: None, from_the_top: false, ..self }
    }
}

impl Session {
    pub(super) fn call_begins(
        &mut self,
        block: &Block<'_>,
        index: usize,
        stopped: bool,
        context: &Context,
        out: &mut Parsed,
    ) {
        let tool = json::string(block.name).unwrap_or_else(|| "unknown".to_owned());
        let id = json::string(block.id).unwrap_or_else(|| format!("#{index}"));
        let mut call = new_call(&context.session, tools::call_id(&id, context.began));
        call.started_at = Some(context.at);
        tools::asked(&mut call, tool, block.arguments, self.cwd.as_deref());
        if stopped {
            call.status = Some(CallStatus::Interrupted);
            call.ended_at = Some(context.at);
        } else {
            self.state.call_began(&id, &call.call_id);
            if let Some(asked) = Asked::of(&call, block.arguments) {
                self.files.insert(call.call_id.clone(), asked);
            }
        }
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&mut self, message: &Message<'_>, context: &Context, out: &mut Parsed) {
        let Some(id) = json::string(message.call_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let call_id = self.state.call_ended(&id).unwrap_or_else(|| tools::call_id(&id, context.began));
        let mut call = new_call(&context.session, call_id);
        if let Some(tool) = json::string(message.tool) {
            call.kind = Some(tools::kind(&tool));
            call.tool = Some(tool);
        }
        let text = content_text(message.content);
        let details: Details<'_> = json::object(message.details).unwrap_or_default();
        end(&mut call, json::flag(message.is_error), &details, &text, context.at);
        let asked = self.files.remove(&call.call_id).or_else(|| {
            let path = tools::absolute(tools::named_in(&text)?, self.cwd.as_deref())?;
            Some(Asked { path, written: None, from_the_top: false })
        });
        out.facts.extend(asked.and_then(|asked| touch(&call, asked, &details, &text)).map(Fact::File));
        beside(&call, &details, out);
        let helper = (call.kind == Some(ToolKind::Agent)).then(|| call.call_id.clone());
        usage::spent(message.usage, &format!("{}/usage", call.call_id), None, helper, context, out);
        self.made_by(&call, message.nested, context, out);
        out.facts.push(Fact::ToolCall(call));
    }

    /// The calls that a tool made while it ran, such as a script that calls other tools.
    fn made_by(&self, outer: &ToolCall, nested: Raw<'_>, context: &Context, out: &mut Parsed) {
        let nested: Nested<'_> = json::object(nested).unwrap_or_default();
        for (index, told) in json::objects::<NestedCall<'_>>(nested.calls).iter().enumerate() {
            let id = json::string(told.id).unwrap_or_else(|| format!("{}/{}", outer.call_id, index + 1));
            let mut call = new_call(&context.session, tools::call_id(&id, context.began));
            let tool = json::string(told.name).unwrap_or_else(|| "unknown".to_owned());
            tools::asked(&mut call, tool, told.arguments, self.cwd.as_deref());
            call.ended_at = Some(context.at);
            call.duration_ms = json::int(told.duration_ms).filter(|ms| *ms >= 0);
            call.started_at = Some(context.at - call.duration_ms.unwrap_or(0).min(context.at));
            call.error = json::string(told.error);
            call.status = Some(match json::text(told.status).as_deref() {
                Some("ok") => CallStatus::Ok,
                Some("unfinished") => CallStatus::Interrupted,
                _ => CallStatus::Error,
            });
            out.facts.push(Fact::ToolCall(call));
        }
    }
}

pub(super) fn new_call(session: &SessionId, call_id: String) -> ToolCall {
    let mut call = ToolCall::new(session.clone(), call_id);
    call.thread_known = true;
    call
}

/// Notes in `call` how it went.
pub(super) fn end(call: &mut ToolCall, is_error: bool, details: &Details<'_>, text: &str, at: Millis) {
    let outcome = outcome::of(call.kind, is_error, details, text);
    call.ended_at = Some(at);
    call.status = Some(outcome.status);
    call.exit_code = outcome.exit_code;
    call.output = Some(text.to_owned()).filter(|text| !text.is_empty());
    if outcome.status != CallStatus::Ok {
        call.error.clone_from(&call.output);
    }
}

/// The file that a call which went well has seen or changed.
pub(super) fn touch(call: &ToolCall, asked: Asked, details: &Details<'_>, text: &str) -> Option<FileTouch> {
    let kind = call.kind.and_then(tools::touch).filter(|_| call.status == Some(CallStatus::Ok))?;
    let shown = || tools::shown(details, text).filter(|_| asked.from_the_top && call.kind == Some(ToolKind::Read));
    Some(FileTouch {
        session: call.session.clone(),
        at: call.ended_at?,
        kind,
        call_id: call.call_id.clone(),
        content_hash: asked.written.or_else(shown),
        before_hash: None,
        agent_id: None,
        path: asked.path,
    })
}

/// What a call tells besides: the to-do list as it is now, the helpers that it ran.
pub(super) fn beside(call: &ToolCall, details: &Details<'_>, out: &mut Parsed) {
    let tool = call.tool.as_deref().unwrap_or_default();
    if let (Some(change), Some(at)) = (tools::plan(tool, details), call.ended_at) {
        out.facts.push(Fact::Plan { session: call.session.clone(), at, change });
    }
    if call.kind != Some(ToolKind::Agent) {
        return;
    }
    let helpers: Vec<Delegated<'_>> = json::objects(details.results);
    for (index, helper) in helpers.iter().enumerate() {
        // What the helpers spent together is told of the call.
        let agent_id = if index == 0 { call.call_id.clone() } else { format!("{}/{index}", call.call_id) };
        out.facts.push(Fact::Subagent(SubagentNote {
            session: call.session.clone(),
            agent_id,
            at: None,
            agent_type: json::string(helper.agent),
            description: json::string(helper.task),
            call_id: Some(call.call_id.clone()),
        }));
    }
}
