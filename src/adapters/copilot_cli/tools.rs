//! Copilot's tools: what kind each is, under which names hooks tell of it, and what its arguments say.

use super::wire::Arguments;
use crate::adapters::codex::patch::{self, absolute};
use crate::adapters::codex::reads;
use crate::adapters::json::{self, Raw};
use crate::adapters::unnamed;
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolCall, ToolKind};

pub(super) const APPLY_PATCH: &str = "apply_patch";
const PLAN: &str = "update_todo";

/// Names that hooks in Claude's dialect give the tools.
const CLAUDE_NAMES: &[(&str, &str)] = &[
    ("Bash", "bash"),
    ("Read", "view"),
    ("Edit", "edit"),
    ("Write", "create"),
    ("Grep", "grep"),
    ("Glob", "glob"),
    ("Task", "task"),
    ("Agent", "task"),
    ("WebFetch", "web_fetch"),
    ("WebSearch", "web_search"),
    ("TodoWrite", PLAN),
    ("AskUserQuestion", "ask_user"),
    ("Skill", "skill"),
];

/// What was asked of a tool.
pub(super) struct Asked<'a> {
    pub tool: String,
    pub kind: ToolKind,
    /// As they were written.
    pub raw: Raw<'a>,
    pub arguments: Arguments<'a>,
    /// Text of a patch.
    patch: Option<String>,
}

impl<'a> Asked<'a> {
    /// `mcp`: the record says that a server has the tool.
    pub fn of(tool: &str, raw: Raw<'a>, mcp: bool) -> Self {
        let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
        let given = || json::string(arguments.input).or_else(|| json::string(arguments.patch));
        let tool = named(tool, json::present(arguments.input) || json::present(arguments.patch));
        let kind = if mcp { ToolKind::Mcp } else { kind(&tool, &arguments) };
        let patch = if tool == APPLY_PATCH { given().or_else(|| json::string(raw)) } else { None };
        Self { tool, kind, raw, arguments, patch }
    }

    /// Notes in `call` what is asked.
    pub fn note(&self, call: &mut ToolCall, dir: Option<&str>) {
        call.tool = Some(self.tool.clone());
        call.kind = Some(self.kind);
        call.asked = Some(unnamed::asked(&self.tool, self.raw));
        call.command = json::string(self.arguments.command).filter(|_| self.kind == ToolKind::Shell);
        call.file_path = self.files(dir).into_iter().next();
        call.input = match (&self.patch, self.raw) {
            (Some(patch), _) => Some(patch.clone()),
            (None, Some(raw)) if call.command.is_none() => {
                Some(raw.get().to_owned()).filter(|json| !matches!(json.as_str(), "" | "{}" | "null" | "\"\""))
            }
            _ => None,
        };
    }

    /// The files that it reads or edits.
    pub fn files(&self, dir: Option<&str>) -> Vec<String> {
        if let Some(patch) = &self.patch {
            return patch::files(patch).iter().filter_map(|file| absolute(&file.path, dir)).collect();
        }
        if !matches!(self.kind, ToolKind::Read | ToolKind::Edit) {
            return Vec::new();
        }
        let a = &self.arguments;
        let told = [a.path, a.file_path, a.file_path_camel].into_iter().find_map(json::string);
        told.map(|path| absolute(&path, dir).unwrap_or(path)).into_iter().collect()
    }

    /// The files that a command shows.
    pub fn shown(&self, dir: Option<&str>) -> Vec<String> {
        let command = json::text(self.arguments.command).filter(|_| self.kind == ToolKind::Shell).unwrap_or_default();
        reads::files(&command).into_iter().filter_map(|path| absolute(path, dir)).collect()
    }

    /// The content of a file that it makes.
    pub fn made(&self) -> Option<String> {
        json::text(self.arguments.file_text).filter(|_| self.kind == ToolKind::Edit).map(Into::into)
    }

    /// What it makes of the session's plan: a list of boxes, ticked or not.
    pub fn plan(&self) -> Option<PlanChange> {
        let todos = json::text(self.arguments.todos).filter(|_| self.tool == PLAN)?;
        let item = |line: &str| {
            let (mark, text) = line.trim().strip_prefix("- [")?.split_once(']')?;
            let status = match mark.trim() {
                "" => PlanStatus::Pending,
                "x" | "X" => PlanStatus::Completed,
                _ => PlanStatus::InProgress,
            };
            Some((text.trim().to_owned(), status))
        };
        let items = todos.lines().filter_map(item).zip(1..);
        let items: Vec<PlanItem> = items
            .map(|((text, status), n)| PlanItem { key: n.to_string(), text: Some(text), status: Some(status) })
            .collect();
        (!items.is_empty()).then_some(PlanChange::Replace(items))
    }
}

/// The tool's name in the records.
fn named(tool: &str, patches: bool) -> String {
    // Hooks name the server before a slash where a person is asked.
    let known = CLAUDE_NAMES.iter().find(|(claude, _)| *claude == tool).map(|(_, own)| *own);
    match known {
        Some("edit") if patches => APPLY_PATCH.to_owned(),
        Some(own) => own.to_owned(),
        None => tool.replace('/', "-"),
    }
}

fn kind(tool: &str, arguments: &Arguments<'_>) -> ToolKind {
    match tool {
        "bash" | "powershell" | "shell" | "local_shell" | "read_bash" | "write_bash" | "stop_bash" | "list_bash"
        | "read_powershell" | "write_powershell" | "stop_powershell" | "list_powershell" => ToolKind::Shell,
        "view" | "read" | "read_file" | "show_file" | "view_image" => ToolKind::Read,
        "str_replace_editor" if json::text(arguments.command).as_deref() == Some("view") => ToolKind::Read,
        "create" | "edit" | "insert" | "str_replace" | "multi_edit" | "write" | "write_file" | "delete"
        | "str_replace_editor" | APPLY_PATCH => ToolKind::Edit,
        "grep" | "rg" | "glob" | "find" | "ls" | "list_dir" | "search" | "semantic_search" => ToolKind::Search,
        "web_fetch" | "web_search" | "fetch" => ToolKind::Web,
        "task" | "read_agent" | "write_agent" | "stop_agent" | "list_agents" => ToolKind::Agent,
        // Its own tools have no dash: server and tool are joined by one.
        _ if tool.contains('-') && !tool.starts_with('-') => ToolKind::Mcp,
        _ => ToolKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::model::SessionId;

    fn note(tool: &str, arguments: &str) -> ToolCall {
        let raw: &RawValue = serde_json::from_str(arguments).unwrap();
        let mut call = ToolCall::new(SessionId::new(crate::model::Agent::CopilotCli, "s"), "c".to_owned());
        Asked::of(tool, Some(raw), false).note(&mut call, Some("/w"));
        call
    }

    #[test]
    fn both_dialects_ask_the_same() {
        for (claude, own, arguments) in [
            ("Bash", "bash", r#"{"command":"ls","description":"List"}"#),
            ("Read", "view", r#"{"path":"/w/a.rs"}"#),
            ("Edit", "edit", r#"{"path":"a.rs","old_str":"a","new_str":"b"}"#),
            ("Edit", "apply_patch", r#"{"input":"*** Begin Patch\n*** Update File: a.rs\n*** End Patch\n"}"#),
            ("TodoWrite", "update_todo", r#"{"todos":"- [ ] a"}"#),
            ("probe/probe_echo", "probe-probe_echo", r#"{"text":"x"}"#),
        ] {
            assert_eq!(note(claude, arguments), note(own, arguments), "{claude}");
        }
    }

    #[test]
    fn kinds_files_and_commands_are_known() {
        let command = note("bash", r#"{"command":"cargo test"}"#);
        assert_eq!((command.kind, command.command.as_deref()), (Some(ToolKind::Shell), Some("cargo test")));
        assert_eq!(command.input, None);
        for (tool, arguments, kind, file) in [
            ("view", r#"{"path":"src/a.rs"}"#, ToolKind::Read, Some("/w/src/a.rs")),
            ("str_replace_editor", r#"{"command":"view","path":"/w/a"}"#, ToolKind::Read, Some("/w/a")),
            ("str_replace_editor", r#"{"command":"create","path":"/w/a"}"#, ToolKind::Edit, Some("/w/a")),
            ("apply_patch", r#""*** Begin Patch\n*** Add File: n\n+x\n*** End Patch""#, ToolKind::Edit, Some("/w/n")),
            ("github-mcp-server-get_issue", "{}", ToolKind::Mcp, None),
            ("task", r#"{"prompt":"x"}"#, ToolKind::Agent, None),
            ("report_intent", r#"{"intent":"x"}"#, ToolKind::Other, None),
        ] {
            let call = note(tool, arguments);
            assert_eq!((call.kind, call.file_path.as_deref()), (Some(kind), file), "{tool}");
            assert_eq!(call.command, None, "{tool}");
        }
    }

    #[test]
    fn boxes_are_a_plan() {
        let raw: &RawValue = serde_json::from_str(r#"{"todos":"Plan:\n- [ ] a\n- [x] b\n- [~] c"}"#).unwrap();
        let Some(PlanChange::Replace(items)) = Asked::of("update_todo", Some(raw), false).plan() else {
            panic!("no plan")
        };
        let statuses: Vec<_> = items.iter().map(|item| (item.text.as_deref().unwrap(), item.status.unwrap())).collect();
        assert_eq!(statuses, [("a", PlanStatus::Pending), ("b", PlanStatus::Completed), ("c", PlanStatus::InProgress)]);
    }
}
