//! opencode's tools: what kind each is, what its arguments say, which files it touched.

use super::wire::{Changed, Display, Input, Metadata, Todo};
use crate::adapters::json::{self, Raw};
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolKind, TouchKind};

pub(super) fn kind(tool: &str) -> ToolKind {
    match tool {
        "bash" | "shell" => ToolKind::Shell,
        "read" => ToolKind::Read,
        "edit" | "write" | "multiedit" | "patch" | "apply_patch" => ToolKind::Edit,
        "glob" | "grep" | "list" | "ls" | "codesearch" => ToolKind::Search,
        "webfetch" | "websearch" => ToolKind::Web,
        "task" => ToolKind::Agent,
        "plan_enter" | "plan_exit" => ToolKind::Other,
        "list_mcp_resources" | "list_mcp_resource_templates" | "read_mcp_resource" => ToolKind::Mcp,
        // `<server>_<tool>`; its own tools are one word.
        _ if tool.contains('_') => ToolKind::Mcp,
        _ => ToolKind::Other,
    }
}

/// How a successful call changed its session's view of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Touch {
    pub path: String,
    pub kind: TouchKind,
    /// The whole content, before and after.
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Touch {
    fn new(path: String, kind: TouchKind) -> Self {
        Self { path, kind, before: None, after: None }
    }
}

pub(super) fn touched(kind: ToolKind, tool: &str, input: &Input<'_>, metadata: &Metadata<'_>) -> Vec<Touch> {
    let named = json::string(input.file_path);
    match kind {
        ToolKind::Read => {
            let display: Display<'_> = json::object(metadata.display).unwrap_or_default();
            let listed = json::text(display.kind).as_deref() == Some("directory");
            named.filter(|_| !listed).map(|path| Touch::new(path, TouchKind::Read)).into_iter().collect()
        }
        ToolKind::Edit => {
            let files: Vec<Changed<'_>> = json::objects(metadata.files);
            let several: Vec<Touch> = files.iter().flat_map(changed).collect();
            if !several.is_empty() {
                return several;
            }
            let Some(path) = named else {
                let patched = json::text(input.patch).unwrap_or_default();
                return patch_files(&patched).map(|path| Touch::new(path.to_owned(), TouchKind::Edit)).collect();
            };
            let diff: Changed<'_> = json::object(metadata.filediff).unwrap_or_default();
            let written = if tool == "write" { content(input.content) } else { None };
            let after = content(diff.after).or(written);
            vec![Touch { before: content(diff.before), after, ..Touch::new(path, TouchKind::Edit) }]
        }
        _ => Vec::new(),
    }
}

/// A file of a patch: where it was, and where it is now if that is another place.
fn changed(file: &Changed<'_>) -> Vec<Touch> {
    let from = json::string(file.file_path).or_else(|| json::string(file.file));
    let to = json::string(file.move_path);
    let moved = to.is_some();
    let mut touches: Vec<Touch> = from.into_iter().chain(to).map(|path| Touch::new(path, TouchKind::Edit)).collect();
    if let Some(last) = touches.last_mut() {
        last.after = content(file.after);
        last.before = content(file.before).filter(|_| !moved);
    }
    touches
}

/// An empty file has content too.
fn content(raw: Raw<'_>) -> Option<String> {
    raw.filter(|raw| raw.get().starts_with('"')).and_then(|raw| json::text(Some(raw))).map(Into::into)
}

/// The files that a patch names.
pub(super) fn patch_files(patch: &str) -> impl Iterator<Item = &str> {
    const HEADERS: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];
    patch.lines().filter_map(|line| HEADERS.iter().find_map(|header| line.strip_prefix(header))).map(str::trim)
}

pub(super) fn absolute(path: &str, cwd: Option<&str>) -> Option<String> {
    let is_absolute = path.starts_with('/') || path.get(1..3).is_some_and(|rest| matches!(rest, ":\\" | ":/"));
    match cwd {
        _ if is_absolute => Some(path.to_owned()),
        Some(cwd) => Some(format!("{}/{}", cwd.trim_end_matches('/'), path.strip_prefix("./").unwrap_or(path))),
        None => None,
    }
}

/// What a call makes of its session's plan.
pub(super) fn plan(tool: &str, input: &Input<'_>) -> Option<PlanChange> {
    if tool != "todowrite" || !json::present(input.todos) {
        return None;
    }
    let items = json::objects::<Todo<'_>>(input.todos).into_iter().enumerate().map(|(index, todo)| PlanItem {
        key: json::string(todo.id).unwrap_or_else(|| (index + 1).to_string()),
        text: json::string(todo.content),
        status: json::text(todo.status).map(|status| PlanStatus::parse(&status)),
    });
    Some(PlanChange::Replace(items.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known() {
        for (tool, want) in [
            ("bash", ToolKind::Shell),
            ("apply_patch", ToolKind::Edit),
            ("probe_probe_echo", ToolKind::Mcp),
            ("tma1_get_peer_sessions", ToolKind::Mcp),
            ("todowrite", ToolKind::Other),
            ("plan_exit", ToolKind::Other),
            ("skill", ToolKind::Other),
        ] {
            assert_eq!(kind(tool), want, "{tool}");
        }
    }

    #[test]
    fn a_patch_names_its_files() {
        let patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Move to: b.py\n*** Add File: c/d.py\n+z\n";
        assert_eq!(patch_files(patch).collect::<Vec<_>>(), ["a.py", "b.py", "c/d.py"]);
        assert_eq!(absolute("c/d.py", Some("/w/")).as_deref(), Some("/w/c/d.py"));
        assert_eq!(absolute("./d.py", Some("/w")).as_deref(), Some("/w/d.py"));
        assert_eq!(absolute("C:\\w\\d.py", None).as_deref(), Some("C:\\w\\d.py"));
        assert_eq!(absolute("d.py", None), None);
    }
}
