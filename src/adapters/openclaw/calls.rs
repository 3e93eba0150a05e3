//! Tool calls: where they begin, what came back, and the files and sub-agents that they tell of besides.

use super::outcome::{self, Outcome, Said};
use super::parser::{Asked, Context, History};
use super::tools;
use super::wire::{Block, Details, Message, ToolResult};
use crate::adapters::Parsed;
use crate::adapters::codex::patch;
use crate::adapters::json::{self, Raw};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, Millis, SubagentNote, ToolCall, ToolKind, TouchKind};

/// As many letters and digits as an id has that nobody else was given.
const TELLING: usize = 16;

impl History {
    pub(super) fn call_begins(&mut self, block: &Block<'_>, stopped: bool, context: &Context, out: &mut Parsed) {
        let tool = json::string(block.name).unwrap_or_else(|| "unknown".to_owned());
        let arguments = block.arguments.or(block.input);
        let id = json::string(block.id).unwrap_or_else(|| format!("{}:{tool}", context.key));
        let mut call = new_call(context, identity(&id, &context.own));
        call.started_at = Some(context.at);
        let asked = tools::asked(&mut call, &tool, arguments, self.cwd(&context.own));
        self.asks(&call.call_id, asked);
        self.state.talk(&context.own).call_began(&call.call_id, &tool, call.kind);
        if stopped {
            // The response broke off: nothing of it was run.
            call.status = Some(CallStatus::Interrupted);
            call.ended_at = Some(context.at);
        }
        // Every sub-agent has a plan of its own.
        if tool == "update_plan"
            && context.agent_id.is_none()
            && let Some(change) = tools::plan(arguments)
        {
            out.facts.push(Fact::Plan { session: context.session.clone(), at: context.at, change });
        }
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&mut self, message: &Message<'_>, context: &Context, out: &mut Parsed) {
        let Some(id) = json::string(message.call_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let mut call = new_call(context, identity(&id, &context.own));
        let (tool, kind) = self.state.talk(&context.own).open_call(&call.call_id).unzip();
        call.tool = tool.or_else(|| json::string(message.tool));
        let kind = kind.flatten().or_else(|| call.tool.as_deref().and_then(tools::kind));
        let said = Said { content: message.content, details: message.details, is_error: json::flag(message.is_error) };
        let outcome = outcome::of(kind, said);
        outcome.end(&mut call, context.at);
        self.process(&mut call, &outcome, said, context, out);
        if call.status.is_some() {
            self.state.talk(&context.own).call_ended(&call.call_id);
        }
        if let Some(command) = outcome.asked.clone() {
            let tool = call.tool.clone().unwrap_or_default();
            let asked = CallAsked { session: context.session.clone(), at: context.at, tool, command: Some(command) };
            out.facts.push(Fact::CallAsked(asked));
        }
        let asked = self.asked.remove(&call.call_id).unwrap_or_default();
        self.touches(&call, &outcome, &asked, context, out);
        if let Some(child) = outcome.child_key.as_deref().and_then(|key| self.windows.latest(key)) {
            out.facts.push(Fact::Subagent(SubagentNote {
                session: context.session.clone(),
                agent_id: child,
                at: None,
                agent_type: asked.agent_type,
                description: asked.task,
                call_id: Some(call.call_id.clone()),
            }));
        }
        out.facts.push(Fact::ToolCall(call));
    }

    /// A command that goes on, and a look at one that ended meanwhile.
    fn process(&mut self, call: &mut ToolCall, outcome: &Outcome, said: Said<'_>, context: &Context, out: &mut Parsed) {
        let talk = self.state.talk(&context.own);
        if call.tool.as_deref() != Some("process") {
            if let Some(process) = &outcome.goes_on {
                talk.goes_on(process, &call.call_id);
            }
            return;
        }
        let told: Details<'_> = json::object(said.details).unwrap_or_default();
        let over = matches!(json::text(told.status).as_deref(), Some("completed" | "failed" | "killed"));
        let ended = json::string(told.process).filter(|_| over).and_then(|process| talk.process_ended(&process));
        if let Some(command) = ended {
            let mut ended = new_call(context, command);
            outcome.end(&mut ended, context.at);
            // How long it took is not how long the look did.
            ended.duration_ms = None;
            out.facts.push(Fact::ToolCall(ended));
        }
        if !said.is_error {
            looked(call, context.at);
        }
    }

    /// A tool that another one called. What was found by a search has one call and one result: it is told as one.
    pub(super) fn nested_call(&mut self, raw: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(nested) = json::object::<Details<'_>>(raw) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let (parent, own) = (json::string(nested.parent_call), json::string(nested.call_id));
        let parent_tool = parent
            .as_deref()
            .and_then(|parent| self.state.talk(&context.own).open_call(&identity(parent, &context.own)))
            .map(|(tool, _)| tool);
        let (id, folded) = match (parent, own) {
            (Some(parent), _) if parent_tool.as_deref() == Some(tools::WRAPPER) => (parent, true),
            (_, Some(own)) => (own, false),
            _ => return,
        };
        let mut call = new_call(context, identity(&id, &context.own));
        let tool = json::string(nested.tool).unwrap_or_else(|| "unknown".to_owned());
        let asked = tools::asked(&mut call, &tool, nested.input, self.cwd(&context.own));
        let result: ToolResult<'_> = json::object(nested.result).unwrap_or_default();
        let said = Said { content: result.content, details: result.details, is_error: json::flag(nested.is_error) };
        let outcome = outcome::of(call.kind, said);
        outcome.end(&mut call, json::time(nested.ended).unwrap_or(context.at));
        if folded {
            (call.tool, call.input) = (None, None);
            call.started_at = None;
        } else {
            call.started_at = json::time(nested.started);
        }
        self.touches(&call, &outcome, &asked, context, out);
        out.facts.push(Fact::ToolCall(call));
    }

    fn touches(&self, call: &ToolCall, outcome: &Outcome, asked: &Asked, context: &Context, out: &mut Parsed) {
        let cwd = self.cwd(&context.own);
        for (path, kind, content_hash) in touched(outcome, asked) {
            let Some(path) = patch::absolute(path, cwd) else { continue };
            out.facts.push(Fact::File(FileTouch {
                session: context.session.clone(),
                path,
                at: call.ended_at.unwrap_or(context.at),
                kind,
                call_id: call.call_id.clone(),
                content_hash,
                before_hash: None,
                agent_id: context.agent_id.clone(),
            }));
        }
    }
}

/// The files that a call saw or changed, and what they hold where that is told whole.
pub(super) fn touched<'a>(outcome: &'a Outcome, asked: &'a Asked) -> Vec<(&'a str, TouchKind, Option<i64>)> {
    if outcome.status != Some(CallStatus::Ok) {
        return Vec::new();
    }
    let path = || asked.path.as_deref().into_iter();
    match outcome.kind {
        Some(ToolKind::Read) => {
            let whole = outcome.content.as_deref().filter(|_| !asked.part).map(tools::content_hash);
            path().map(|path| (path, TouchKind::Read, whole)).collect()
        }
        Some(ToolKind::Edit) if outcome.changed.is_empty() => {
            path().map(|path| (path, TouchKind::Edit, asked.content_hash)).collect()
        }
        Some(ToolKind::Edit) => {
            let made = asked.content_hash.filter(|_| outcome.changed.len() == 1);
            outcome.changed.iter().map(|path| (path.as_str(), TouchKind::Edit, made)).collect()
        }
        Some(ToolKind::Shell) if outcome.exit_code == Some(0) => {
            asked.shown.iter().map(|path| (path.as_str(), TouchKind::Read, None)).collect()
        }
        _ => Vec::new(),
    }
}

/// A call's id; some models number their calls, and then only the session tells two apart.
pub(super) fn identity(id: &str, own: &str) -> String {
    let telling = id.chars().filter(char::is_ascii_alphanumeric).count() >= TELLING && !id.starts_with("functions.");
    if telling { id.to_owned() } else { format!("{own}:{id}") }
}

/// A look at a process went well, however the process does.
pub(super) fn looked(call: &mut ToolCall, at: Millis) {
    call.status = Some(CallStatus::Ok);
    call.ended_at = Some(at);
    (call.exit_code, call.duration_ms, call.error) = (None, None, None);
}

fn new_call(context: &Context, call_id: String) -> ToolCall {
    let mut call = ToolCall::new(context.session.clone(), call_id);
    call.agent_id.clone_from(&context.agent_id);
    call.thread_known = true;
    call
}
