//! Pi's tools: what kind each is, what its arguments say, and which file it is about.

use std::path::{Component, Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::IMAGE;
use super::wire::{Arguments, Details, Todo, Truncation};
use crate::adapters::json::{self, Raw};
use crate::model::{Millis, PlanChange, PlanItem, PlanStatus, ToolCall, ToolKind, TouchKind};

pub(super) fn kind(tool: &str) -> ToolKind {
    match tool {
        "bash" | "powershell" => ToolKind::Shell,
        "read" => ToolKind::Read,
        "edit" | "write" => ToolKind::Edit,
        "grep" | "find" | "ls" | "tool_search" => ToolKind::Search,
        "subagent" | "task" | "agent" => ToolKind::Agent,
        "web_search" | "web_fetch" | "websearch" | "webfetch" | "fetch" => ToolKind::Web,
        "mcp" | "list_mcp_resources" | "list_mcp_resource_templates" | "read_mcp_resource" => ToolKind::Mcp,
        _ if tool.starts_with("mcp__") => ToolKind::Mcp,
        // Extensions bring tools of these names too.
        _ if tool.chars().any(|c| c.is_ascii_uppercase()) => kind(&tool.to_ascii_lowercase()),
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

/// An id of a call that is one of its kind. Some providers count the calls of a response, so that every response has the
/// same ids: then the moment of the response tells them apart.
pub(super) fn call_id(id: &str, response: Millis) -> String {
    if is_telling(id) { id.to_owned() } else { format!("{response}:{id}") }
}

pub(super) fn is_telling(id: &str) -> bool {
    const LETTERS: usize = 8;
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| part.len() >= LETTERS && part.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Notes in `call` what it asks of `tool`.
pub(super) fn asked(call: &mut ToolCall, tool: String, raw: Raw<'_>, cwd: Option<&str>) {
    let kind = kind(&tool);
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    call.tool = Some(tool);
    call.kind = Some(kind);
    match kind {
        ToolKind::Shell => call.command = json::string(arguments.command),
        ToolKind::Read | ToolKind::Edit | ToolKind::Search => {
            let path = json::string(arguments.path).or_else(|| json::string(arguments.file_path));
            call.file_path = path.map(|path| absolute(&path, cwd).unwrap_or(path));
        }
        _ => {}
    }
    if kind != ToolKind::Shell {
        call.input = raw.map(|raw| raw.get().to_owned()).filter(|json| !matches!(json.as_str(), "{}" | "null"));
    }
}

/// Hash of what a `write` makes of its file.
pub(super) fn written(tool: &str, raw: Raw<'_>) -> Option<i64> {
    let arguments: Arguments<'_> = json::object(raw).filter(|_| tool == "write")?;
    json::text(arguments.content).map(|content| content_hash(&content))
}

/// Whether a `read` begins where its file does.
pub(super) fn from_the_top(raw: Raw<'_>) -> bool {
    json::object::<Arguments<'_>>(raw).is_some_and(|asked| json::int(asked.offset).is_none_or(|line| line <= 1))
}

/// Hash of the file that a `read` from the top gave back, where that is the whole of it.
pub(super) fn shown(details: &Details<'_>, text: &str) -> Option<i64> {
    let truncation: Truncation<'_> = json::object(details.truncation).unwrap_or_default();
    let last = text.lines().next_back().unwrap_or_default();
    let is_cut = json::flag(truncation.truncated) || last.contains("Use offset=") || last.contains("exceeds");
    let is_image = text.starts_with("Read image file [") || text.contains(IMAGE);
    (!is_cut && !is_image).then(|| content_hash(text))
}

fn content_hash(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}

/// The file that the result of an `edit` or `write` names: in a reading that began after the call it is all there is.
pub(super) fn named_in(result: &str) -> Option<&str> {
    let line = result.lines().next()?;
    let line = line.strip_prefix("Successfully ")?;
    let (_, path) = line.split_once(" bytes to ").or_else(|| line.split_once(" block(s) in "))?;
    Some(path.strip_suffix('.').filter(|_| line.starts_with("replaced")).unwrap_or(path))
}

/// `path` as the client finds it from `dir`, without `.` and `..` in it; `None` where nobody knows what it is relative to.
pub(super) fn absolute(path: &str, dir: Option<&str>) -> Option<String> {
    // Models name files as people do who hand one over.
    let path = path.strip_prefix('@').unwrap_or(path);
    let joined = match dir {
        _ if Path::new(path).is_absolute() => PathBuf::from(path),
        Some(dir) if Path::new(dir).is_absolute() && !path.starts_with('~') => Path::new(dir).join(path),
        _ => return None,
    };
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean.into_os_string().into_string().ok()
}

/// The list that a to-do tool keeps, as it is after the call.
pub(super) fn plan(tool: &str, details: &Details<'_>) -> Option<PlanChange> {
    if !tool.eq_ignore_ascii_case("todo") || !json::present(details.todos) {
        return None;
    }
    let item = |(index, todo): (usize, &Todo<'_>)| PlanItem {
        key: json::string(todo.id).unwrap_or_else(|| (index + 1).to_string()),
        text: json::string(todo.text),
        status: Some(if json::flag(todo.done) { PlanStatus::Completed } else { PlanStatus::Pending }),
    };
    let todos: Vec<Todo<'_>> = json::objects(details.todos);
    Some(PlanChange::Replace(todos.iter().enumerate().map(item).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_under_every_spelling() {
        for (tool, want) in [
            ("bash", ToolKind::Shell),
            ("Bash", ToolKind::Shell),
            ("write", ToolKind::Edit),
            ("ls", ToolKind::Search),
            ("mcp__tma1__get_usage", ToolKind::Mcp),
            ("read_mcp_resource", ToolKind::Mcp),
            ("Task", ToolKind::Agent),
            ("codemode", ToolKind::Other),
            ("", ToolKind::Other),
        ] {
            assert_eq!(kind(tool), want, "{tool}");
        }
    }

    #[test]
    fn ids_that_only_count_get_the_moment_of_their_response() {
        for id in
            ["toolu_017qEkVzzPb7b7o4FkgJLF23", "chatcmpl-tool-98ce2a0a927d46e3", "read_1763683116857_3", "D681PevKs"]
        {
            assert_eq!(call_id(id, 7), id);
        }
        for id in ["functions.bash:0", "call-1", "call_0", "", "12"] {
            assert_eq!(call_id(id, 7), format!("7:{id}"));
        }
    }

    #[test]
    fn results_name_the_file_that_they_changed() {
        for (text, want) in [
            ("Successfully wrote 56 bytes to /w/a b.py", Some("/w/a b.py")),
            ("Successfully replaced 1 block(s) in /w/calc.py.", Some("/w/calc.py")),
            ("Successfully replaced text in x", None),
            ("wrote 5 bytes to x", None),
        ] {
            assert_eq!(named_in(text), want, "{text}");
        }
    }

    #[test]
    fn paths_are_made_whole() {
        assert_eq!(absolute("./a/../b.rs", Some("/w")).as_deref(), Some("/w/b.rs"));
        assert_eq!(absolute("@src/b.rs", Some("/w")).as_deref(), Some("/w/src/b.rs"));
        assert_eq!(absolute("/x/b.rs", None).as_deref(), Some("/x/b.rs"));
        assert_eq!(absolute("~/b.rs", Some("/w")), None);
        assert_eq!(absolute("b.rs", None), None);
    }

    #[test]
    fn only_a_file_that_was_read_whole_is_known() {
        let whole = |arguments: &str, details: &str, text: &str| {
            let raw: &serde_json::value::RawValue = serde_json::from_str(arguments).unwrap();
            from_the_top(Some(raw)) && shown(&json::parse(details).unwrap(), text) == Some(content_hash(text))
        };
        assert!(whole(r#"{"path":"x"}"#, "{}", "a\nb\n"));
        assert!(whole(r#"{"path":"x","offset":1,"limit":50}"#, "{}", "a\nb\n"));
        assert!(!whole(r#"{"path":"x","offset":2}"#, "{}", "a\nb\n"));
        assert!(!whole(r#"{"path":"x"}"#, r#"{"truncation":{"truncated":true}}"#, "a\nb\n"));
        assert!(!whole(r#"{"path":"x"}"#, "{}", "a\n\n[3 more lines in file. Use offset=2 to continue.]"));
        assert!(!whole(r#"{"path":"x"}"#, "{}", "Read image file [image/png]\n[image]"));
    }
}
