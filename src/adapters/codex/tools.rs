//! Codex's tools: what kind each is, and what its arguments say.

use super::wire::{Arguments, Step};
use super::{patch, reads};
use crate::adapters::json::{self, Raw};
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolCall, ToolKind};

pub(super) const APPLY_PATCH: &str = "apply_patch";

pub(super) fn kind(tool: &str) -> ToolKind {
    if tool.starts_with("mcp__") {
        return ToolKind::Mcp;
    }
    let name = tool.rsplit('.').next().unwrap_or(tool);
    match name {
        "Bash" | "shell" | "shell_command" | "local_shell" | "exec_command" | "unified_exec" | "write_stdin" => {
            ToolKind::Shell
        }
        // `container.exec`; by itself it is a cell of code that calls other tools.
        "exec" if tool != "exec" => ToolKind::Shell,
        APPLY_PATCH => ToolKind::Edit,
        "read_file" | "view_image" | "read_mcp_resource" => ToolKind::Read,
        "grep_files" | "list_dir" => ToolKind::Search,
        "web_search" => ToolKind::Web,
        "spawn_agent" | "wait_agent" | "wait" | "send_input" | "close_agent" | "resume_agent" | "send_message"
        | "followup_task" | "list_agents" => ToolKind::Agent,
        // Hooks glue the name to its group.
        _ if tool.starts_with("multi_agent_v") => ToolKind::Agent,
        _ if tool.starts_with("web.") => ToolKind::Web,
        _ => ToolKind::Other,
    }
}

/// A shell command as a person would type it: the script of a shell, else the words of the program.
pub(super) fn command_line(raw: Raw<'_>) -> Option<String> {
    let words: Vec<String> =
        json::list::<Raw<'_>>(raw).into_iter().filter_map(|w| json::text(w).map(Into::into)).collect();
    if words.is_empty() {
        return json::string(raw);
    }
    if let [shell, flags, script] = words.as_slice()
        && flags.starts_with('-')
        && flags.contains('c')
        && shell.rsplit('/').next().is_some_and(|name| matches!(name, "sh" | "bash" | "zsh" | "dash" | "fish"))
    {
        return Some(script.clone());
    }
    Some(words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%^~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

/// Notes in `call` what it asks of `tool`. `raw`: its arguments as they were written.
pub(super) fn asked(call: &mut ToolCall, tool: &str, raw: &str, arguments: &Arguments<'_>, dir: Option<&str>) {
    let kind = kind(tool);
    call.tool = Some(tool.to_owned());
    call.kind = Some(kind);
    match kind {
        ToolKind::Shell => {
            let command = command_line(arguments.cmd).or_else(|| command_line(arguments.command));
            // Old versions apply patches in the shell.
            if let Some(patched) = command.as_deref().and_then(patch::in_command) {
                return edits(call, patched, dir);
            }
            call.command = command;
        }
        ToolKind::Edit => edits(call, raw, dir),
        _ => {
            call.file_path = json::string(arguments.path).filter(|_| kind == ToolKind::Read);
            call.input = Some(raw.to_owned()).filter(|json| !matches!(json.as_str(), "" | "{}" | "null"));
        }
    }
}

fn edits(call: &mut ToolCall, patch: &str, dir: Option<&str>) {
    call.kind = Some(ToolKind::Edit);
    call.file_path =
        patch::files(patch).first().map(|f| patch::absolute(&f.path, dir).unwrap_or_else(|| f.path.clone()));
    call.input = Some(patch.to_owned());
}

/// The directory that a command runs in.
pub(super) fn workdir(arguments: &Arguments<'_>, cwd: Option<&str>) -> Option<String> {
    match json::string(arguments.workdir) {
        Some(dir) => patch::absolute(&dir, cwd),
        None => cwd.map(str::to_owned),
    }
}

/// The files that a command shows.
pub(super) fn shown(command: &str, dir: Option<&str>) -> Vec<String> {
    reads::files(command).into_iter().filter_map(|path| patch::absolute(path, dir)).collect()
}

/// What `update_plan` makes of the plan.
pub(super) fn plan(arguments: &Arguments<'_>) -> Option<PlanChange> {
    let steps: Vec<Step<'_>> = json::objects(arguments.plan);
    let item = |(index, step): (usize, &Step<'_>)| PlanItem {
        key: (index + 1).to_string(),
        text: json::string(step.text),
        status: json::text(step.status).map(|status| PlanStatus::parse(&status)),
    };
    let items: Vec<PlanItem> = steps.iter().enumerate().map(item).collect();
    (!items.is_empty()).then_some(PlanChange::Replace(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> Option<String> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(json).unwrap();
        command_line(Some(raw))
    }

    #[test]
    fn commands_read_as_they_are_typed() {
        assert_eq!(line(r#""cargo test""#).as_deref(), Some("cargo test"));
        assert_eq!(line(r#"["bash","-lc","cd x && ls"]"#).as_deref(), Some("cd x && ls"));
        assert_eq!(line(r#"["/usr/bin/zsh","-c","ls"]"#).as_deref(), Some("ls"));
        assert_eq!(line(r#"["rg","-n","a b","it's"]"#).as_deref(), Some(r"rg -n 'a b' 'it'\''s'"));
        assert_eq!(line("[]"), None);
        assert_eq!(line("{}"), None);
    }

    #[test]
    fn kinds_are_known_under_every_spelling() {
        for (tool, want) in [
            ("Bash", ToolKind::Shell),
            ("container.exec", ToolKind::Shell),
            ("exec", ToolKind::Other),
            ("mcp__probe.probe_echo", ToolKind::Mcp),
            ("multi_agent_v1wait_agent", ToolKind::Agent),
            ("multi_agent_v1.spawn_agent", ToolKind::Agent),
            ("apply_patch", ToolKind::Edit),
            ("update_plan", ToolKind::Other),
        ] {
            assert_eq!(kind(tool), want, "{tool}");
        }
    }
}
