//! Claude Code's tools: what kind each is, and what its input says.

use std::borrow::Cow;

use super::wire::{Input, Todo};
use crate::adapters::json::{self, Raw};
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolKind, TouchKind};

pub(super) fn kind(tool: &str) -> ToolKind {
    match tool {
        "Bash" | "PowerShell" => ToolKind::Shell,
        "Read" | "NotebookRead" | "View" => ToolKind::Read,
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => ToolKind::Edit,
        "Grep" | "Glob" | "LS" => ToolKind::Search,
        "WebFetch" | "WebSearch" => ToolKind::Web,
        "Task" | "Agent" => ToolKind::Agent,
        _ if tool.starts_with("mcp__") => ToolKind::Mcp,
        // Spellings of other front ends over the same format.
        _ if tool.eq_ignore_ascii_case("bash") => ToolKind::Shell,
        _ => ToolKind::Other,
    }
}

/// How a successful call of `kind` changes the session's view of its file.
pub(super) fn touch(kind: ToolKind) -> Option<TouchKind> {
    match kind {
        ToolKind::Read => Some(TouchKind::Read),
        ToolKind::Edit => Some(TouchKind::Edit),
        _ => None,
    }
}

/// The file that a call is about.
pub(super) fn file_path(input: &Input<'_>) -> Option<String> {
    json::string(input.file_path).or_else(|| json::string(input.notebook_path))
}

/// What a call changes in the session's plan, as far as its input tells.
pub(super) fn plan(tool: &str, input: &Input<'_>) -> Option<PlanChange> {
    match tool {
        "TodoWrite" => {
            let items = json::list::<Todo<'_>>(input.todos)
                .into_iter()
                .filter(|todo| todo.is_object)
                .enumerate()
                .map(|(index, todo)| PlanItem {
                    key: json::string(todo.id).unwrap_or_else(|| (index + 1).to_string()),
                    text: json::string(todo.content),
                    status: status(todo.status),
                })
                .collect();
            Some(PlanChange::Replace(items))
        }
        "TaskUpdate" => Some(PlanChange::Item(PlanItem {
            key: json::string(input.task_id)?,
            text: json::string(input.subject),
            status: status(input.status),
        })),
        _ => None,
    }
}

fn status(raw: Raw<'_>) -> Option<PlanStatus> {
    json::text(raw).map(|text: Cow<'_, str>| PlanStatus::parse(&text))
}
