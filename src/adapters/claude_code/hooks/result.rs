//! What a tool gave back: as text for people, and as the content of a file that is known now.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use super::payload::{EditInput, FileRead, Response, TaskRead};
use crate::adapters::claude_code::prompts::IMAGE;
use crate::adapters::claude_code::results::content_text;
use crate::adapters::json::{self, Raw};
use crate::model::ToolKind;

/// The output of a call that went well; never JSON where there is text in it.
pub(super) fn text(kind: Option<ToolKind>, raw: Raw<'_>) -> Option<String> {
    let object = raw.is_some_and(|raw| raw.get().starts_with('{'));
    let text = match kind {
        // It repeats the file and what was asked.
        Some(ToolKind::Edit) if object => return None,
        _ if object => text_of(raw),
        _ => plain(raw).map(Cow::Owned),
    };
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

/// A string as it is, text blocks as their text, and the rest as short JSON.
pub(super) fn plain(raw: Raw<'_>) -> Option<String> {
    let value = raw.filter(|raw| raw.get() != "null")?;
    let text = content_text(raw);
    let text = if text.is_empty() && value.get().starts_with(['[', '{']) { compact(value.get()) } else { text.into() };
    Some(text).filter(|text| !matches!(text.as_str(), "" | "[]" | "{}"))
}

fn text_of(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let response: Response<'_> = json::read(raw)?;
    if json::present(response.stdout) || json::present(response.stderr) {
        if json::flag(response.is_image) {
            return Some(Cow::Borrowed(IMAGE));
        }
        return Some(both(json::text(response.stdout), json::text(response.stderr)));
    }
    if json::present(response.file) {
        let file: FileRead<'_> = json::read(response.file)?;
        let image = json::text(response.kind).as_deref() == Some("image");
        return json::text(file.content).or_else(|| image.then_some(Cow::Borrowed(IMAGE)));
    }
    let content = content_text(response.content);
    if !content.is_empty() {
        return Some(content);
    }
    if let Some(result) = json::string(response.result) {
        return Some(Cow::Owned(result));
    }
    if json::present(response.file_names) {
        return Some(Cow::Owned(json::list::<String>(response.file_names).join("\n")));
    }
    if let Some(output) = json::read::<TaskRead<'_>>(response.task).and_then(|task| json::string(task.output)) {
        return Some(Cow::Owned(output));
    }
    plain(raw).map(Cow::Owned)
}

fn both<'a>(stdout: Option<Cow<'a, str>>, stderr: Option<Cow<'a, str>>) -> Cow<'a, str> {
    let (stdout, stderr) = (stdout.unwrap_or_default(), stderr.unwrap_or_default());
    if stderr.is_empty() {
        return stdout;
    }
    if stdout.is_empty() {
        return stderr;
    }
    let between = if stdout.ends_with('\n') { "" } else { "\n" };
    Cow::Owned(format!("{stdout}{between}{stderr}"))
}

/// Without the blanks between its tokens.
fn compact(json: &str) -> String {
    let (mut in_text, mut escaped) = (false, false);
    let kept = json.chars().filter(|&c| {
        let blank = !in_text && c.is_ascii_whitespace();
        in_text ^= c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
        !blank
    });
    kept.collect()
}

/// Hash of the whole file as the session knows it after this call, where the result tells the whole.
pub(super) fn content_hash(tool: &str, response: &Response<'_>, asked: Raw<'_>) -> Option<i64> {
    let content = match tool {
        "Read" => read_whole(response),
        // What a person changed before it was written is not told.
        _ if json::flag(response.user_modified) => None,
        "Write" => {
            let input: EditInput<'_> = json::read(asked).unwrap_or_default();
            json::text(response.content).or_else(|| json::text(input.content))
        }
        "Edit" => edited(response, asked).map(Cow::Owned),
        _ => None,
    };
    content.map(|content| xxh3_64(content.as_bytes()).cast_signed())
}

/// Hash of what an edit found, where the result tells it.
pub(super) fn before_hash(response: &Response<'_>) -> Option<i64> {
    json::text(response.original).map(|original| xxh3_64(original.as_bytes()).cast_signed())
}

fn read_whole<'a>(response: &Response<'a>) -> Option<Cow<'a, str>> {
    let file: FileRead<'_> = json::read(response.file)?;
    let whole = json::int(file.start_line)? == 1 && json::int(file.lines)? >= json::int(file.total_lines)?;
    json::text(file.content).filter(|_| whole)
}

fn edited(response: &Response<'_>, asked: Raw<'_>) -> Option<String> {
    let input: EditInput<'_> = json::read(asked).unwrap_or_default();
    let original = json::text(response.original)?;
    let old = json::text(response.old).or_else(|| json::text(input.old))?;
    let new = json::text(response.new).or_else(|| json::text(input.new))?;
    if old.is_empty() {
        return original.is_empty().then(|| new.into_owned());
    }
    // With a text that goes, the client may take the end of its line along.
    let line_end_too = || !old.ends_with('\n') && original.contains(&format!("{old}\n"));
    if !original.contains(&*old) || new.is_empty() && line_end_too() {
        return None;
    }
    let all = json::flag(response.replace_all) || json::flag(input.replace_all);
    Some(if all { original.replace(&*old, &new) } else { original.replacen(&*old, &new, 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &serde_json::value::RawValue {
        serde_json::from_str(json).unwrap()
    }

    fn text_of(kind: ToolKind, json: &str) -> Option<String> {
        text(Some(kind), Some(raw(json)))
    }

    #[test]
    fn results_read_as_text() {
        for (kind, json, want) in [
            (ToolKind::Shell, r#"{"stdout":"a\nb","stderr":"c","interrupted":false}"#, Some("a\nb\nc")),
            (ToolKind::Shell, r#"{"stdout":"a\n","stderr":"c"}"#, Some("a\nc")),
            (ToolKind::Shell, r#"{"stdout":"","stderr":""}"#, None),
            (ToolKind::Shell, r#"{"stdout":"data:image/png;base64,AA","stderr":"","isImage":true}"#, Some("[image]")),
            (ToolKind::Read, r#"{"type":"text","file":{"filePath":"/x","content":"one\ntwo"}}"#, Some("one\ntwo")),
            (ToolKind::Read, r#"{"type":"image","file":{"base64":"AAAA"}}"#, Some("[image]")),
            (ToolKind::Read, r#"{"type":"pdf","file":{"base64":"AAAA"}}"#, None),
            (ToolKind::Read, r#"{"type":"file_unchanged","file":{"filePath":"/x"}}"#, None),
            (ToolKind::Edit, r#"{"filePath":"/x","originalFile":"long"}"#, None),
            (ToolKind::Edit, r#""done""#, Some("done")),
            (ToolKind::Mcp, r#""{\"echo\":1}""#, Some("{\"echo\":1}")),
            (
                ToolKind::Mcp,
                r#"[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]"#,
                Some("a\n[image]\nb"),
            ),
            (ToolKind::Mcp, r#"{"content":[{"type":"text","text":"a"}]}"#, Some("a")),
            (ToolKind::Search, r#"{"mode":"content","filenames":[],"content":"x:1\ny:2"}"#, Some("x:1\ny:2")),
            (ToolKind::Search, r#"{"filenames":["a.rs","b.rs"],"numFiles":2}"#, Some("a.rs\nb.rs")),
            (ToolKind::Search, r#"{"filenames":[],"numFiles":0}"#, None),
            (ToolKind::Web, r#"{"code":200,"result":"page"}"#, Some("page")),
            (ToolKind::Other, r#"{"task":{"task_id":"b1","output":"line\nline"}}"#, Some("line\nline")),
            (ToolKind::Other, r#"{ "a b": [ 1, "x \" y" ], "c": {} }"#, Some(r#"{"a b":[1,"x \" y"],"c":{}}"#)),
            (ToolKind::Other, "{}", None),
            (ToolKind::Other, "[]", None),
            (ToolKind::Other, "null", None),
            (ToolKind::Other, "7", Some("7")),
        ] {
            assert_eq!(text_of(kind, json).as_deref(), want, "{json}");
        }
    }

    fn hash(tool: &str, response: &str, input: &str) -> Option<i64> {
        content_hash(tool, &json::read(Some(raw(response))).unwrap(), Some(raw(input)))
    }

    fn of(content: &str) -> i64 {
        xxh3_64(content.as_bytes()).cast_signed()
    }

    #[test]
    fn a_file_read_or_written_whole_is_known() {
        for (tool, response, input, want) in [
            (
                "Read",
                r#"{"file":{"content":"a\nb\n","startLine":1,"numLines":3,"totalLines":3}}"#,
                "{}",
                Some(of("a\nb\n")),
            ),
            ("Read", r#"{"file":{"content":"a\n","startLine":1,"numLines":1,"totalLines":3}}"#, "{}", None),
            ("Read", r#"{"file":{"content":"b\n","startLine":2,"numLines":3,"totalLines":3}}"#, "{}", None),
            ("Read", r#"{"type":"file_unchanged","file":{"filePath":"/x"}}"#, "{}", None),
            ("Write", r#"{"content":"new\n","originalFile":null}"#, "{}", Some(of("new\n"))),
            ("Write", r#"{"type":"update"}"#, r#"{"content":"new\n"}"#, Some(of("new\n"))),
            ("Write", r#"{"content":"new\n","userModified":true}"#, "{}", None),
            ("NotebookEdit", r#"{"content":"x"}"#, r#"{"content":"x"}"#, None),
        ] {
            assert_eq!(hash(tool, response, input), want, "{tool} {response}");
        }
    }

    #[test]
    fn an_edit_is_known_where_the_file_before_it_was() {
        let edit = |original: &str, old: &str, new: &str, all: bool| {
            let input = serde_json::json!({"old_string": old, "new_string": new, "replace_all": all}).to_string();
            hash("Edit", &format!("{{\"originalFile\":{original}}}"), &input)
        };
        assert_eq!(edit(r#""a x x""#, "x", "$&", false), Some(of("a $& x")));
        assert_eq!(edit(r#""a x x""#, "x", "y", true), Some(of("a y y")));
        assert_eq!(edit(r#""""#, "", "made", false), Some(of("made")));
        assert_eq!(edit(r#""a\nb\n""#, "a\n", "", false), Some(of("b\n")));
        for (original, old, new) in
            [("null", "x", "y"), (r#""a""#, "x", "y"), (r#""a""#, "", "y"), (r#""a\nb""#, "a", "")]
        {
            assert_eq!(edit(original, old, new, false), None, "{original}");
        }
        // What the client matched counts, not what was asked.
        let response = r#"{"originalFile":"say “hi”","oldString":"“hi”","newString":"“ho”"}"#;
        assert_eq!(hash("Edit", response, r#"{"old_string":"\"hi\"","new_string":"\"ho\""}"#), Some(of("say “ho”")));
    }
}
