//! Gemini CLI's tools: what kind each is, and what its arguments and results say.

use xxhash_rust::xxh3::xxh3_64;

use super::wire::{Arguments, Call, Display, FunctionResponse, Part, Response, Todo};
use crate::adapters::codex::absolute;
use crate::adapters::json::{self, Raw};
use crate::model::{PlanChange, PlanItem, PlanStatus, ToolCall, ToolKind};

pub(super) fn kind(tool: &str) -> ToolKind {
    match tool {
        "run_shell_command" => ToolKind::Shell,
        "read_file" | "read_many_files" | "read_mcp_resource" => ToolKind::Read,
        "write_file" | "replace" | "edit" => ToolKind::Edit,
        "glob" | "grep_search" | "search_file_content" | "list_directory" => ToolKind::Search,
        "google_web_search" | "web_fetch" => ToolKind::Web,
        "invoke_agent" | "delegate_to_agent" | "codebase_investigator" | "cli_help" | "generalist" => ToolKind::Agent,
        _ if tool.starts_with("mcp_") || tool.contains("__") => ToolKind::Mcp,
        _ => ToolKind::Other,
    }
}

/// The kind of a recorded call: other tools than ours are known by what is shown of them.
pub(super) fn kind_of(tool: &str, call: &Call<'_>, display: &Display<'_>) -> ToolKind {
    let of_server = || json::text(call.shown_as).is_some_and(|name| name.ends_with(" MCP Server)"));
    if json::present(call.agent_id) || json::flag(display.is_subagent) {
        ToolKind::Agent
    } else if of_server() {
        ToolKind::Mcp
    } else {
        kind(tool)
    }
}

/// Notes in `call` what it asks of `tool`.
pub(super) fn asked(call: &mut ToolCall, tool: &str, kind: ToolKind, raw: Raw<'_>, cwd: Option<&str>) {
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    call.tool = Some(tool.to_owned());
    call.kind = Some(kind);
    if kind == ToolKind::Shell {
        call.command = json::string(arguments.command);
        call.background = json::flag(arguments.is_background);
    } else {
        call.input = raw.map(|raw| raw.get().to_owned()).filter(|json| !matches!(json.as_str(), "{}" | "null"));
    }
    if matches!(kind, ToolKind::Read | ToolKind::Edit) {
        let named = [arguments.file_path, arguments.absolute_path, arguments.path];
        let path = named.into_iter().find_map(json::string);
        call.file_path = path.map(|path| absolute(&path, cwd).unwrap_or(path));
    }
}

/// What `write_todos` makes of the plan.
pub(super) fn plan(tool: &str, raw: Raw<'_>) -> Option<PlanChange> {
    let arguments: Arguments<'_> = json::object(raw).filter(|_| tool == "write_todos")?;
    let todos: Vec<Todo<'_>> = json::objects(arguments.todos);
    let item = |(index, todo): (usize, &Todo<'_>)| PlanItem {
        key: (index + 1).to_string(),
        text: json::string(todo.text),
        status: json::text(todo.status).map(|status| PlanStatus::parse(&status)),
    };
    Some(PlanChange::Replace(todos.iter().enumerate().map(item).collect()))
}

/// What a sub-agent was asked.
pub(super) fn task(raw: Raw<'_>) -> Option<String> {
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    let named = [arguments.prompt, arguments.objective, arguments.query, arguments.request];
    named.into_iter().find_map(json::string)
}

/// Who was asked, where the tool itself is not named after the agent.
pub(super) fn agent_name(tool: &str, raw: Raw<'_>, display: &Display<'_>) -> String {
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    json::string(display.agent_name).or_else(|| json::string(arguments.agent_name)).unwrap_or_else(|| tool.to_owned())
}

/// The text that the model got for the call `id`. A record may repeat the answers to all calls of a turn.
pub(super) fn result_text(result: Raw<'_>, id: Option<&str>) -> Option<String> {
    if !result.is_some_and(|raw| raw.get().starts_with(['[', '{'])) {
        return json::string(result);
    }
    let parts: Vec<Part<'_>> = match json::object(result) {
        Some(part) => vec![part],
        None => json::objects(result),
    };
    let answers: Vec<FunctionResponse<'_>> = parts.iter().filter_map(|part| json::object(part.answer)).collect();
    let own = answers.iter().find(|answer| id.is_some() && json::text(answer.id).as_deref() == id);
    if let Some(answer) = own.or(answers.first().filter(|_| answers.len() == 1)) {
        let response: Response<'_> = json::object(answer.response).unwrap_or_default();
        let known = response.output.filter(|_| !json::present(response.error)).or(response.error);
        return known.or(answer.response).map(words).filter(|text| !text.is_empty());
    }
    let texts: Vec<String> = parts.iter().filter_map(|part| json::string(part.text)).collect();
    Some(texts.join("\n")).filter(|text| !text.is_empty())
}

/// A string as it reads, anything else as it is written.
pub(super) fn words(raw: &serde_json::value::RawValue) -> String {
    json::text(Some(raw)).map_or_else(|| raw.get().to_owned(), std::borrow::Cow::into_owned)
}

/// A notice stands before a part, found instructions behind the content.
const NOT_ALL: &[&str] =
    &["IMPORTANT: The file content has been truncated", "--- Newly Discovered Project Context", "... [truncated]"];

/// The hash of a file's content, where the text that was read is all of it.
pub(super) fn whole_content(raw: Raw<'_>, text: &str) -> Option<i64> {
    let arguments: Arguments<'_> = json::object(raw).unwrap_or_default();
    let range = [arguments.start_line, arguments.end_line, arguments.offset, arguments.limit];
    let partly = range.into_iter().any(json::present) || NOT_ALL.iter().any(|words| text.contains(words));
    (!partly && !text.is_empty()).then(|| content_hash(text))
}

/// The files that `read_many_files` shows, by the lines that part them.
pub(super) fn listed(text: &str) -> impl Iterator<Item = &str> {
    const MOST: usize = 200;
    let parting = |line: &'_ str| -> bool { line.starts_with("--- /") && line.ends_with(" ---") };
    text.lines().filter(move |line| parting(line)).take(MOST).map(|line| &line[4..line.len() - 4])
}

pub(super) fn content_hash(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn kinds_are_known_by_name_and_by_what_is_shown() {
        for (tool, want) in [
            ("run_shell_command", ToolKind::Shell),
            ("replace", ToolKind::Edit),
            ("mcp_probe_probe_echo", ToolKind::Mcp),
            ("server__tool", ToolKind::Mcp),
            ("write_todos", ToolKind::Other),
        ] {
            assert_eq!(kind(tool), want, "{tool}");
        }
        let shown = raw(r#"{"displayName":"echo (probe MCP Server)"}"#);
        let call: Call<'_> = json::object(Some(&shown)).unwrap();
        assert_eq!(kind_of("echo", &call, &Display::default()), ToolKind::Mcp);
        let shown = raw(r#"{"isSubagentProgress":true}"#);
        let display: Display<'_> = json::object(Some(&shown)).unwrap();
        assert_eq!(kind_of("reviewer", &Call::default(), &display), ToolKind::Agent);
    }

    #[test]
    fn the_answer_to_a_call_is_found_among_others() {
        let all = raw(
            r#"[{"functionResponse":{"id":"a","response":{"output":"one"}}},{"functionResponse":{"id":"b","response":{"error":"two"}}},
                {"functionResponse":{"id":"c","response":{"content":[3]}}}]"#,
        );
        for (id, want) in [("a", Some("one")), ("b", Some("two")), ("c", Some("{\"content\":[3]}")), ("d", None)] {
            assert_eq!(result_text(Some(&all), Some(id)).as_deref(), want, "{id}");
        }
        for (result, want) in [
            (r#"{"functionResponse":{"response":{"output":"one"}}}"#, Some("one")),
            (r#""one""#, Some("one")),
            (r#"[{"text":"one"},{"text":"two"}]"#, Some("one\ntwo")),
            ("null", None),
            ("[]", None),
        ] {
            assert_eq!(result_text(Some(&raw(result)), Some("x")).as_deref(), want, "{result}");
        }
    }

    #[test]
    fn only_all_of_a_file_is_its_content() {
        let arguments = raw(r#"{"file_path":"a"}"#);
        assert_eq!(whole_content(Some(&arguments), "x\n"), Some(content_hash("x\n")));
        assert_eq!(whole_content(Some(&raw(r#"{"file_path":"a","start_line":2}"#)), "x\n"), None);
        let cut = "\nIMPORTANT: The file content has been truncated.\nx";
        assert_eq!(whole_content(Some(&arguments), cut), None);
    }

    #[test]
    fn many_files_are_parted_by_their_names() {
        let text = "--- /w/a.rs ---\n\nfn a() {}\n--- b ---\n--- /w/b c.rs ---\n\n--- End of content ---";
        assert_eq!(listed(text).collect::<Vec<_>>(), ["/w/a.rs", "/w/b c.rs"]);
    }
}
