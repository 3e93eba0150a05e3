//! Tool calls: where they begin, in an assistant's record, and how they end, in a user's.

use super::parser::{Context, Transcript};
use super::wire::{Block, Input, Outcome, ReadFile, Record, Task};
use super::{results, tools};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{
    CallStatus, Fact, FileTouch, Millis, PlanChange, PlanItem, PlanStatus, SubagentNote, ToolCall, ToolKind,
};

impl Transcript {
    pub(super) fn tool_use(&mut self, block: &Block<'_>, index: usize, context: &Context, out: &mut Parsed) {
        let tool = json::string(block.name).unwrap_or_else(|| "unknown".to_owned());
        let call_id = json::string(block.id).unwrap_or_else(|| format!("{}#{index}", context.uuid));
        let input: Input<'_> = json::read(block.input).unwrap_or_default();
        // Every sub-agent has a to-do list of its own; the session's is that of the main thread.
        if let Some(change) = tools::plan(&tool, &input).filter(|_| context.agent_id.is_none() || tool != "TodoWrite") {
            out.facts.push(Fact::Plan { session: context.session.clone(), at: context.at, change });
        }
        self.state.call_began(&call_id, &tool);
        let mut call = ToolCall::new(context.session.clone(), call_id);
        call.started_at = Some(context.at);
        asked(&mut call, tool, block.input, &input);
        call.agent_id.clone_from(&context.agent_id);
        call.thread_known = true;
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn tool_result(&mut self, record: &Record<'_>, block: &Block<'_>, context: &Context, out: &mut Parsed) {
        let Some(call_id) = json::string(block.tool_use_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let result: Outcome<'_> = json::read(record.tool_use_result).unwrap_or_default();
        let text = results::content_text(block.content);
        let status = results::status(record, &result, block, &text);
        if status == CallStatus::Denied && !json::flag(record.denied_before_run) {
            self.state.call_refused(&call_id);
        }
        let tool = self.state.call_ended(&call_id);
        let kind = tool.as_deref().map(tools::kind);
        let ok = status == CallStatus::Ok;
        if ok && let Some(touch) = kind.and_then(tools::touch) {
            let file: ReadFile<'_> = json::read(result.file).unwrap_or_default();
            if let Some(path) = json::string(result.file_path).or_else(|| json::string(file.file_path)) {
                out.facts.push(Fact::File(FileTouch {
                    session: context.session.clone(),
                    path,
                    at: context.at,
                    kind: touch,
                    call_id: call_id.clone(),
                    content_hash: None,
                    before_hash: None,
                    agent_id: context.agent_id.clone(),
                }));
            }
        }
        let mut call = ToolCall::new(context.session.clone(), call_id);
        told_by_result(&result, &call, context.at, out);
        call.tool = tool;
        call.kind = kind;
        call.ended_at = Some(context.at);
        call.duration_ms =
            json::int(result.duration_ms).or_else(|| json::int(result.total_duration_ms)).filter(|ms| *ms >= 0);
        call.status = Some(status);
        call.exit_code = results::exit_code(&text).or(results::code_of_success(kind, status, &result));
        call.error = (!ok).then(|| text.to_string());
        call.output_file = json::string(result.persisted).or_else(|| results::persisted(&text));
        call.output = (!text.is_empty()).then(|| text.into_owned());
        call.agent_id.clone_from(&context.agent_id);
        out.facts.push(Fact::ToolCall(call));
    }
}

/// Notes in `call` what it asks of `tool`.
pub(super) fn asked(call: &mut ToolCall, tool: String, raw: Raw<'_>, input: &Input<'_>) {
    let kind = tools::kind(&tool);
    call.kind = Some(kind);
    call.file_path = tools::file_path(input);
    if kind == ToolKind::Shell {
        call.command = json::string(input.command);
        call.background = json::flag(input.background);
    } else {
        call.input = raw.map(|raw| raw.get().to_owned()).filter(|json| json != "{}");
    }
    call.tool = Some(tool);
}

impl Transcript {
    /// The client words a command that its user stopped like one that was refused; the mark behind it tells.
    pub(super) fn stopped(&mut self, context: &Context, out: &mut Parsed) {
        for call_id in self.state.take_refused() {
            let mut call = ToolCall::new(context.session.clone(), call_id);
            call.ended_at = Some(context.at);
            call.status = Some(CallStatus::Interrupted);
            call.agent_id.clone_from(&context.agent_id);
            out.facts.push(Fact::ToolCall(call));
        }
    }
}

/// What a call's structured result says of other things: the sub-agent that it ran, the task that it made.
pub(super) fn told_by_result(result: &Outcome<'_>, call: &ToolCall, at: Millis, out: &mut Parsed) {
    if let Some(agent_id) = json::string(result.agent_id) {
        out.facts.push(Fact::Subagent(SubagentNote {
            session: call.session.clone(),
            agent_id,
            at: None,
            agent_type: json::string(result.agent_type),
            description: json::string(result.description),
            call_id: Some(call.call_id.clone()),
        }));
    }
    if let Some(task) = json::read::<Task<'_>>(result.task).filter(|t| t.is_object)
        && let Some(key) = json::string(task.id)
    {
        let item = PlanItem { key, text: json::string(task.subject), status: Some(PlanStatus::Pending) };
        let change = PlanChange::Item(item);
        out.facts.push(Fact::Plan { session: call.session.clone(), at, change });
    }
}
