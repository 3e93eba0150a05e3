//! Tool calls: where they begin, what came back, and the files they touched.

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::{self, by_code, files_of_diff, without_guidance};
use super::parser::{About, Context, Session};
use super::tools::Asked;
use super::wire::{Data, FileEdit, Metrics, Permission, Properties, Shell, Telemetry, ToolError, ToolResult, Verdict};
use crate::adapters::Parsed;
use crate::adapters::codex::patch::absolute;
use crate::adapters::json;
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, ToolCall, ToolKind, TouchKind};

impl Session {
    pub(super) fn call_begins(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let (Some(call_id), Some(tool)) = (json::string(data.call_id), json::string(data.tool)) else {
            out.skip("tool call without an id or a tool", context.line);
            return;
        };
        let asked = Asked::of(&tool, data.arguments, json::present(data.mcp_server));
        let mut call = new_call(context, call_id);
        call.started_at = Some(context.at);
        asked.note(&mut call, self.cwd.as_deref());
        // Every sub-agent has a plan of its own.
        if let Some(change) = asked.plan().filter(|_| context.agent_id.is_none()) {
            out.facts.push(Fact::Plan { session: context.session.clone(), at: context.at, change });
        }
        let mut files = asked.files(self.cwd.as_deref());
        files.extend(asked.shown(self.cwd.as_deref()));
        let about = About { files, made: asked.made(), part: json::present(asked.arguments.view_range) };
        self.about.insert(call.call_id.clone(), about);
        self.state.call_began(&call.call_id, &asked.tool, asked.kind, context.agent_id.as_deref());
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let Some(call_id) = json::string(data.call_id) else {
            out.skip("tool result without a call", context.line);
            return;
        };
        let (tool, kind) = self.state.open_call(&call_id).unzip();
        self.state.call_ended(&call_id);
        let about = self.about.remove(&call_id);
        let mut call = new_call(context, call_id);
        (call.tool, call.kind) = (tool, kind);
        call.ended_at = Some(context.at);
        let result: ToolResult<'_> = json::object(data.result).unwrap_or_default();
        let text = json::text(result.content).or_else(|| json::text(data.result)).unwrap_or_default();
        let text = without_guidance(&text);
        let error: ToolError<'_> = json::object(data.error).unwrap_or_default();
        let message = json::string(error.message).or_else(|| json::string(data.error));
        if data.success.is_some_and(|raw| raw.get() == "false") {
            let why = message.unwrap_or_else(|| text.to_owned());
            call.status = Some(outcome::failed(json::text(error.code).as_deref(), &why));
            call.output = Some(why.clone()).filter(|why| !why.is_empty());
            call.error = call.output.clone();
        } else {
            let code = exit_code(data);
            end(&mut call, text, code);
            self.shell(&call, text, code, context, out);
        }
        let files = if call.status == Some(CallStatus::Ok) { self.touched(&call, data, about) } else { Vec::new() };
        out.facts.push(Fact::ToolCall(call.clone()));
        for (path, kind, content_hash) in files {
            out.facts.push(Fact::File(FileTouch {
                session: context.session.clone(),
                path,
                at: context.at,
                kind,
                call_id: call.call_id.clone(),
                content_hash,
                before_hash: None,
                agent_id: context.agent_id.clone(),
            }));
        }
    }

    /// A command may go on in its shell; who looks at it later tells how it ended.
    fn shell(&mut self, call: &ToolCall, text: &str, code: Option<i32>, context: &Context, out: &mut Parsed) {
        if call.kind != Some(ToolKind::Shell) {
            return;
        }
        let told = outcome::of_shell(text);
        let Some(shell) = told.shell else { return };
        match code.or(told.exit_code) {
            None if told.goes_on => self.state.goes_on(shell, &call.call_id),
            None => {}
            Some(_) if !looks_at_a_shell(call) => {}
            Some(code) => {
                let (shell, text) = (shell.to_owned(), told.text.to_owned());
                self.command_done(&shell, code, Some(&text), context, out);
            }
        }
    }

    /// The files that a call touched, and what is in them where that is told.
    fn touched(&self, call: &ToolCall, data: &Data<'_>, about: Option<About>) -> Vec<(String, TouchKind, Option<i64>)> {
        let result: ToolResult<'_> = json::object(data.result).unwrap_or_default();
        let edits: Vec<FileEdit<'_>> = json::objects(data.edits);
        let edited: Vec<String> = edits.iter().filter_map(|edit| json::string(edit.path)).collect();
        let kind = match call.kind {
            _ if !edited.is_empty() => TouchKind::Edit,
            Some(ToolKind::Edit) => TouchKind::Edit,
            Some(ToolKind::Read) => TouchKind::Read,
            Some(ToolKind::Shell) if call.exit_code == Some(0) => TouchKind::Read,
            _ => return Vec::new(),
        };
        // Unknown where reading stopped in between.
        let whole = about.as_ref().is_some_and(|about| !about.part);
        let about = about.unwrap_or_default();
        let detailed = json::text(result.detailed).unwrap_or_default();
        let paths = match (edited.is_empty(), about.files.is_empty()) {
            (false, _) => edited,
            (true, false) => about.files,
            (true, true) if call.kind != Some(ToolKind::Shell) => files_of_diff(&detailed).map(str::to_owned).collect(),
            (true, true) => Vec::new(),
        };
        let hash = match kind {
            TouchKind::Edit => about.made.as_deref().map(content_hash),
            TouchKind::Read if whole => whole_file(data),
            TouchKind::Read => None,
        };
        let hash = hash.filter(|_| paths.len() == 1);
        paths.into_iter().filter_map(|path| Some((absolute(&path, self.cwd.as_deref())?, kind, hash))).collect()
    }

    /// A person is asked; the record names the call.
    pub(super) fn asked_for(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let request: Permission<'_> = json::object(data.request).unwrap_or_default();
        let command = json::string(request.command);
        let call_id = json::string(request.call_id);
        let Some((tool, _)) = call_id.and_then(|id| self.state.open_call(&id)) else { return };
        out.facts.push(Fact::CallAsked(CallAsked { session: context.session.clone(), at: context.at, tool, command }));
    }

    /// What the person said of it.
    pub(super) fn answered(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let verdict: Verdict<'_> = json::object(data.result).unwrap_or_default();
        let verdict = json::text(verdict.kind).unwrap_or_default();
        let refused = verdict.starts_with("denied") || verdict.starts_with("rejected");
        let Some(call_id) = json::string(data.call_id).filter(|_| refused) else { return };
        let Some((tool, kind)) = self.state.open_call(&call_id) else { return };
        self.state.call_ended(&call_id);
        let mut call = new_call(context, call_id);
        (call.tool, call.kind) = (Some(tool), Some(kind));
        call.ended_at = Some(context.at);
        call.status = Some(CallStatus::Denied);
        out.facts.push(Fact::ToolCall(call));
    }

    /// The turn is over, and with it what was under work.
    pub(super) fn stopped(&mut self, context: &Context, out: &mut Parsed) {
        for (call_id, agent_id) in self.state.take_open(context.agent_id.as_deref()) {
            self.about.remove(&call_id);
            let mut call = ToolCall::new(context.session.clone(), call_id);
            call.status = Some(CallStatus::Interrupted);
            call.ended_at = Some(context.at);
            call.agent_id = agent_id;
            call.thread_known = true;
            out.facts.push(Fact::ToolCall(call));
        }
    }
}

/// Notes in `call` the result of one that did not fail. A command that goes on has no end yet.
pub(super) fn end(call: &mut ToolCall, text: &str, code: Option<i32>) {
    if call.kind != Some(ToolKind::Shell) {
        call.status = Some(CallStatus::Ok);
        call.output = Some(text.to_owned()).filter(|text| !text.is_empty());
        return;
    }
    let told = outcome::of_shell(text);
    call.output = Some(told.text.to_owned()).filter(|text| !text.is_empty());
    call.exit_code = code.or(told.exit_code);
    call.background = told.goes_on && call.exit_code.is_none();
    // A look at a shell is no command: it went well, whatever goes on there.
    let runs = !looks_at_a_shell(call);
    call.status = match call.exit_code {
        Some(code) if runs => Some(by_code(code)),
        None if runs && told.goes_on => None,
        _ => Some(CallStatus::Ok),
    };
    if !runs {
        (call.exit_code, call.background) = (None, false);
    }
    if call.status == Some(CallStatus::Error) {
        call.error.clone_from(&call.output);
    }
}

fn looks_at_a_shell(call: &ToolCall) -> bool {
    let looks = |tool: &str| ["read_", "write_", "stop_", "list_"].iter().any(|prefix| tool.starts_with(prefix));
    call.tool.as_deref().is_some_and(looks)
}

fn exit_code(data: &Data<'_>) -> Option<i32> {
    let shell: Shell<'_> = json::object(data.shell).unwrap_or_default();
    let telemetry: Telemetry<'_> = json::object(data.telemetry).unwrap_or_default();
    let metrics: Metrics<'_> = json::object(telemetry.metrics).unwrap_or_default();
    json::int(shell.exit_code).or_else(|| json::int(metrics.exit_code)).and_then(|code| i32::try_from(code).ok())
}

/// Hash of a file that was shown as a whole, and as it is: older versions put numbers before the lines.
fn whole_file(data: &Data<'_>) -> Option<i64> {
    let result: ToolResult<'_> = json::object(data.result)?;
    let text = json::text(result.content)?;
    let telemetry: Telemetry<'_> = json::object(data.telemetry)?;
    let metrics: Metrics<'_> = json::object(telemetry.metrics)?;
    let properties: Properties<'_> = json::object(telemetry.properties)?;
    let length = json::int(metrics.length)?;
    let numbered = || text.lines().all(|line| line.starts_with(|c: char| c.is_ascii_digit() || c == ' '));
    let whole = json::text(properties.view).as_deref() == Some("file")
        && json::int(metrics.for_model) == Some(length)
        && i64::try_from(text.len()) == Ok(length)
        && !numbered();
    whole.then(|| content_hash(&text))
}

pub(super) fn content_hash(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}

fn new_call(context: &Context, call_id: String) -> ToolCall {
    let mut call = ToolCall::new(context.session.clone(), call_id);
    call.agent_id.clone_from(&context.agent_id);
    call.thread_known = true;
    call
}
