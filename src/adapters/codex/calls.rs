//! Tool calls: where they begin, what came back, and what events and items tell of them besides.

use super::parser::{Context, Rollout};
use super::told::{self, Told};
use super::wire::{Arguments, Item, Payload, Spawned};
use super::{patch, results, tools};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, Fact, FileTouch, SubagentNote, ToolCall, ToolKind, TouchKind};

impl Rollout {
    pub(super) fn call_begins(&mut self, kind: &str, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let name = match kind {
            "local_shell_call" => "local_shell".to_owned(),
            "tool_search_call" => "tool_search".to_owned(),
            _ => json::string(payload.name).unwrap_or_else(|| "unknown".to_owned()),
        };
        let tool = match json::string(payload.namespace) {
            Some(group) => format!("{group}.{name}"),
            None => name,
        };
        // Arguments are JSON in a string, what a custom tool gets is text.
        let raw = match (payload.arguments, payload.input, payload.action) {
            (Some(arguments), ..) if arguments.get().starts_with('{') => arguments.get().into(),
            (Some(arguments), ..) => json::text(Some(arguments)).unwrap_or_default(),
            (None, Some(input), _) => json::text(Some(input)).unwrap_or_default(),
            (None, None, Some(action)) => action.get().into(),
            (None, None, None) => "".into(),
        };
        let arguments: Arguments<'_> = json::parse(&raw).unwrap_or_default();
        let call_id = json::string(payload.call_id)
            .or_else(|| json::string(payload.id))
            .unwrap_or_else(|| context.id_of(&format!("{tool} {raw}")));
        let mut call = new_call(context, call_id);
        call.started_at = Some(context.at);
        let dir = tools::workdir(&arguments, self.cwd.as_deref());
        tools::asked(&mut call, &tool, &raw, &arguments, dir.as_deref());
        // Every sub-agent has a plan of its own.
        if tool == "update_plan"
            && context.agent_id.is_none()
            && let Some(change) = tools::plan(&arguments)
        {
            out.facts.push(Fact::Plan { session: context.session.clone(), at: context.at, change });
        }
        if let ("write_stdin", Some(process)) = (tool.as_str(), json::int(arguments.session_id)) {
            self.state.looks_after(&call.call_id, process);
        }
        let done = kind == "local_shell_call" && payload.call_id.is_none();
        if done {
            call.status = Some(CallStatus::Ok);
            call.ended_at = Some(context.at);
        } else {
            self.state.call_began(&call.call_id, &tool, call.kind.unwrap_or(ToolKind::Other));
        }
        if let (Some(ToolKind::Shell), Some(command)) = (call.kind, &call.command) {
            let files = tools::shown(command, dir.as_deref());
            if !files.is_empty() {
                self.shown.insert(call.call_id.clone(), files);
            }
        }
        if call.kind == Some(ToolKind::Agent)
            && let Some(task) = results::task(&arguments)
        {
            self.tasks.insert(call.call_id.clone(), (json::string(arguments.agent_type), task));
        }
        out.facts.push(Fact::ToolCall(call));
    }

    /// A call that the model's own side made: there is nothing to wait for.
    pub(super) fn call_of_the_model(kind: &str, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let tool = kind.strip_suffix("_call").unwrap_or(kind);
        let asked = payload.action.map_or("", |raw| raw.get());
        let call_id = json::string(payload.call_id)
            .or_else(|| json::string(payload.id))
            .unwrap_or_else(|| context.id_of(&format!("{tool} {asked}")));
        let mut call = new_call(context, call_id);
        call.started_at = Some(context.at);
        call.ended_at = Some(context.at);
        let failed = json::text(payload.status).as_deref() == Some("failed");
        call.status = Some(if failed { CallStatus::Error } else { CallStatus::Ok });
        tools::asked(&mut call, tool, asked, &Arguments::default(), None);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_output(&mut self, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let Some(call_id) = json::string(payload.call_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let (tool, kind) = self.state.open_call(&call_id).unzip();
        let told = Told::output(payload, kind);
        if let Some(process) = told.goes_on {
            self.state.goes_on(process, &call_id);
        }
        // A look at a process that ended tells how its command did.
        let over = told.goes_on.is_none();
        if let Some(command) = self.state.process_ended(&call_id, over) {
            let mut call = new_call(context, command);
            call.kind = Some(ToolKind::Shell);
            told.end(&mut call, context.at);
            out.facts.push(Fact::ToolCall(call));
        }
        let mut call = new_call(context, call_id);
        call.tool = tool;
        call.kind = kind;
        told.end(&mut call, context.at);
        if over {
            self.state.call_ended(&call.call_id);
        }
        let failed = call.status.is_some_and(CallStatus::counts_as_error);
        if !failed && kind != Some(ToolKind::Mcp) {
            for path in patch::changed(told.text.as_deref().unwrap_or_default()) {
                self.touched(&call, path, TouchKind::Edit, None, context, out);
            }
        }
        let files = self.shown.remove(&call.call_id).unwrap_or_default();
        for path in files.iter().filter(|_| call.exit_code == Some(0)) {
            self.touched(&call, path, TouchKind::Read, None, context, out);
        }
        if kind == Some(ToolKind::Agent) {
            self.spawned(&call, told.text.as_deref().unwrap_or_default(), context, out);
        }
        out.facts.push(Fact::ToolCall(call));
    }

    /// Who was started by `call`.
    fn spawned(&mut self, call: &ToolCall, answer: &str, context: &Context, out: &mut Parsed) {
        let wanted = self.tasks.remove(&call.call_id);
        let spawned: Spawned<'_> = json::parse(answer).unwrap_or_default();
        let Some(agent_id) = json::string(spawned.agent_id) else { return };
        let (agent_type, task) = wanted.map_or((None, None), |(agent_type, task)| (agent_type, Some(task)));
        out.facts.push(Fact::Subagent(SubagentNote {
            session: context.session.clone(),
            agent_id,
            at: None,
            agent_type,
            description: task.or_else(|| json::string(spawned.nickname)),
            call_id: Some(call.call_id.clone()),
        }));
    }

    /// Events that end a call, as versions before 0.146 wrote them.
    pub(super) fn call_end(&mut self, kind: &str, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let Some(told) = Told::event(kind, payload) else { return };
        self.told(&told, payload.changes, payload.parsed_cmd, context, out);
    }

    pub(super) fn item(&mut self, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let item: Item<'_> = json::object(payload.item).unwrap_or_default();
        if json::text(item.kind).as_deref() == Some("UserMessage") {
            self.user_item(&item, context, out);
            return;
        }
        if let Some(told) = Told::item(&item, payload) {
            self.told(&told, item.changes, item.parsed_cmd, context, out);
        }
    }

    fn told(&mut self, told: &Told, changes: Raw<'_>, commands: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(call_id) = told.call_id.clone() else { return };
        let mut call = new_call(context, call_id);
        // Calls that a cell of code makes have no other record.
        if let Some((_, kind)) = self.state.open_call(&call.call_id) {
            call.kind = Some(kind);
        } else {
            (call.tool, call.kind) = (told.tool.clone(), told.kind);
        }
        call.started_at = told.started_at;
        call.command.clone_from(&told.command);
        call.input.clone_from(&told.input);
        told.end(&mut call, told.ended_at.unwrap_or(context.at));
        if !call.status.is_some_and(CallStatus::counts_as_error) {
            for (path, content) in told::changed(changes) {
                self.touched(&call, &path, TouchKind::Edit, content.as_deref(), context, out);
            }
            for path in told::read(commands) {
                self.touched(&call, &path, TouchKind::Read, None, context, out);
            }
        }
        out.facts.push(Fact::ToolCall(call));
    }

    fn touched(
        &self,
        call: &ToolCall,
        path: &str,
        kind: TouchKind,
        made: Option<&str>,
        context: &Context,
        out: &mut Parsed,
    ) {
        let Some(path) = patch::absolute(path, self.cwd.as_deref()) else { return };
        out.facts.push(Fact::File(FileTouch {
            session: context.session.clone(),
            path,
            at: call.ended_at.unwrap_or(context.at),
            kind,
            call_id: call.call_id.clone(),
            content_hash: made.map(results::content_hash),
            before_hash: None,
            agent_id: context.agent_id.clone(),
        }));
    }
}

fn new_call(context: &Context, call_id: String) -> ToolCall {
    let mut call = ToolCall::new(context.session.clone(), call_id);
    call.agent_id.clone_from(&context.agent_id);
    call.thread_known = true;
    call
}
