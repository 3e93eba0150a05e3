//! The tools by what they do, and what a call of one asks for.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::Asked;
use super::wire::{Arguments, Step};
use crate::adapters::codex::{patch, reads};
use crate::adapters::json::{self, Raw};
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolCall, ToolKind};

/// Calls a tool that was found by a search: what counts is the tool within.
pub(super) const WRAPPER: &str = "tool_call";

/// `None`: it may be a server's; its result tells.
pub(super) fn kind(tool: &str) -> Option<ToolKind> {
    Some(match tool {
        "exec" | "bash" | "process" | "shell" | "shell_exec" | "run_terminal" | "terminal" | "gateway_exec"
        | "node_exec" => ToolKind::Shell,
        "read" | "read_file" | "view_image" | "pdf" => ToolKind::Read,
        "write" | "write_file" | "edit" | "edit_file" | "apply_patch" => ToolKind::Edit,
        "grep" | "find" | "glob" | "ls" | "memory_search" => ToolKind::Search,
        "web_search" | "web_fetch" | "x_search" | "browser" => ToolKind::Web,
        "subagents" | "agents_list" | "agents_wait" | "session_status" => ToolKind::Agent,
        _ if tool.starts_with("sessions_") => ToolKind::Agent,
        "tool_search" | "tool_describe" | "update_plan" | "progress_card" | "message" => ToolKind::Other,
        // A server's tools are named with their server.
        _ if tool.contains("__") => ToolKind::Mcp,
        _ => return None,
    })
}

/// Notes in `call` what it asks of `tool`, and hands back what its result will need of that.
pub(super) fn asked(call: &mut ToolCall, tool: &str, raw: Raw<'_>, cwd: Option<&str>) -> Asked {
    // A file's text may come as text, everywhere else arguments are an object.
    let text = raw.filter(|raw| raw.get().starts_with('"')).and_then(|raw| json::text(Some(raw)));
    let arguments: Arguments<'_> = match &text {
        Some(text) => json::parse(text).unwrap_or_default(),
        None => json::object(raw).unwrap_or_default(),
    };
    call.tool = Some(tool.to_owned());
    call.input =
        raw.map(|raw| raw.get().to_owned()).filter(|json| !matches!(json.as_str(), "" | "{}" | "null" | "\"\""));
    match json::string(arguments.found).filter(|_| tool == WRAPPER) {
        Some(inner) => {
            let inner = inner.rsplit(':').next().unwrap_or(&inner).to_owned();
            let within: Arguments<'_> = json::object(arguments.args).unwrap_or_default();
            asks(call, &inner, &within, cwd)
        }
        None => asks(call, tool, &arguments, cwd),
    }
}

fn asks(call: &mut ToolCall, tool: &str, arguments: &Arguments<'_>, cwd: Option<&str>) -> Asked {
    call.kind = kind(tool);
    let mut asked = Asked::default();
    match call.kind {
        Some(ToolKind::Shell) => {
            let dir = json::string(arguments.workdir).or_else(|| json::string(arguments.cwd));
            let dir = dir.and_then(|dir| patch::absolute(&dir, cwd)).or_else(|| cwd.map(str::to_owned));
            call.command = json::string(arguments.command).or_else(|| json::string(arguments.cmd));
            if let Some(command) = &call.command {
                let shown = reads::files(command).into_iter();
                asked.shown = shown.filter_map(|path| patch::absolute(path, dir.as_deref())).collect();
                call.input = None;
            }
        }
        Some(ToolKind::Read | ToolKind::Edit) => {
            let named =
                [arguments.path, arguments.file_path, arguments.file_path_camel].into_iter().find_map(json::string);
            let patched =
                patch_text(arguments).and_then(|text| patch::files(&text).into_iter().next()).map(|file| file.path);
            call.file_path = named.or(patched).map(|path| absolute(&path, cwd));
            asked.path.clone_from(&call.file_path);
            asked.part = json::present(arguments.offset) || json::present(arguments.limit);
            if tool.starts_with("write") {
                asked.content_hash = json::text(arguments.content).map(|text| content_hash(&text));
            }
        }
        Some(ToolKind::Agent) => {
            asked.task = json::string(arguments.label).or_else(|| json::string(arguments.task));
            asked.agent_type = json::string(arguments.agent);
        }
        _ => {}
    }
    asked
}

/// Where a call's path leads to; as it stands there where nobody knows.
fn absolute(path: &str, cwd: Option<&str>) -> String {
    patch::absolute(path, cwd).unwrap_or_else(|| path.to_owned())
}

/// A patch that a call applies, whatever the tool calls it.
pub(super) fn patch_text<'a>(arguments: &Arguments<'a>) -> Option<std::borrow::Cow<'a, str>> {
    [arguments.input, arguments.patch].into_iter().find_map(|raw| json::text(raw).filter(|text| text.contains("*** ")))
}

/// What `update_plan` makes of the plan.
pub(super) fn plan(raw: Raw<'_>) -> Option<PlanChange> {
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    let item = |(index, step): (usize, &Step<'_>)| PlanItem {
        key: (index + 1).to_string(),
        text: json::string(step.text),
        status: json::text(step.status).map(|status| PlanStatus::parse(&status)),
    };
    let steps: Vec<Step<'_>> = json::objects(arguments.plan);
    let items: Vec<PlanItem> = steps.iter().enumerate().map(item).collect();
    (!items.is_empty()).then_some(PlanChange::Replace(items))
}

pub(super) fn content_hash(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Agent, SessionId};

    fn call(tool: &str, arguments: &str) -> (ToolCall, Asked) {
        let mut call = ToolCall::new(SessionId::new(Agent::Openclaw, "s"), "c".to_owned());
        let asked = asked(&mut call, tool, serde_json::from_str(arguments).ok(), Some("/w"));
        (call, asked)
    }

    #[test]
    fn a_call_says_what_it_asks_for() {
        let (exec, asked) = call("exec", r#"{"command":"cat a.rs","workdir":"src"}"#);
        assert_eq!((exec.kind, exec.command.as_deref(), exec.input), (Some(ToolKind::Shell), Some("cat a.rs"), None));
        assert_eq!(asked.shown, ["/w/src/a.rs"]);
        let (read, asked) = call("read", r#"{"path":"./a.rs","offset":3}"#);
        assert_eq!((read.file_path.as_deref(), asked.part), (Some("/w/a.rs"), true));
        let (write, asked) = call("write", r#"{"file_path":"/x/a","content":"1\n"}"#);
        assert_eq!((write.file_path.as_deref(), asked.content_hash), (Some("/x/a"), Some(content_hash("1\n"))));
        let (patch, _) =
            call("apply_patch", r#"{"input":"*** Begin Patch\n*** Update File: b.py\n@@\n*** End Patch"}"#);
        assert_eq!((patch.kind, patch.file_path.as_deref()), (Some(ToolKind::Edit), Some("/w/b.py")));
        let (spawn, asked) = call("sessions_spawn", r#"{"task":"count","agentId":"helper"}"#);
        assert_eq!((spawn.kind, asked.task.as_deref()), (Some(ToolKind::Agent), Some("count")));
    }

    #[test]
    fn a_found_tool_is_seen_through() {
        let (echo, _) = call("tool_call", r#"{"id":"mcp:probe:probe__echo","args":{"text":"hi"}}"#);
        assert_eq!((echo.tool.as_deref(), echo.kind), (Some("tool_call"), Some(ToolKind::Mcp)));
        let (exec, _) = call("tool_call", r#"{"id":"exec","args":{"command":"make"}}"#);
        assert_eq!((exec.kind, exec.command.as_deref()), (Some(ToolKind::Shell), Some("make")));
        assert_eq!(call("tool_call", "{}").0.kind, None);
        assert_eq!(call("tool_call", "7").0.input.as_deref(), Some("7"));
    }

    #[test]
    fn a_plan_is_told_whole() {
        let steps = serde_json::from_str(r#"{"plan":[{"step":"a","status":"completed"},{"step":"b"}]}"#).ok();
        let Some(PlanChange::Replace(items)) = plan(steps) else { panic!("a plan") };
        assert_eq!(
            (items.len(), items[0].status, items[1].text.as_deref()),
            (2, Some(PlanStatus::Completed), Some("b"))
        );
        assert_eq!(plan(None), None);
    }
}
