//! Tool calls other than sub-agents: what the model asks for, what it is told, and the structured copy kept beside it.

use super::ids;
use super::shell;
use super::texts::escape;
use super::thread::{Common, Era, put, quoted};

/// One call with its outcome; the byte strings are JSON values.
pub struct Call {
    pub id: String,
    pub name: &'static str,
    pub input: Vec<u8>,
    /// What the model reads.
    pub content: Vec<u8>,
    /// `toolUseResult`.
    pub structured: Vec<u8>,
    pub outcome: Outcome,
    pub ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Good,
    Failed,
    Denied,
}

const KINDS: &[(u64, &str)] = &[
    (400, "Bash"),
    (190, "Read"),
    (170, "Edit"),
    (60, "Grep"),
    (30, "Glob"),
    (34, "Write"),
    (34, "TodoWrite"),
    (12, "WebSearch"),
    (14, "WebFetch"),
    (40, "mcp"),
];

pub fn call(common: &mut Common<'_>) -> Call {
    let kind = common.random.weighted(KINDS);
    let id = ids::token_string("toolu_01", 22, &mut common.random);
    let mut call =
        Call { id, name: kind, input: Vec::new(), content: Vec::new(), structured: Vec::new(), outcome: Outcome::Good, ms: common.random.between(5, 400) };
    match kind {
        "Bash" => bash(&mut call, common),
        "Read" => read(&mut call, common),
        "Edit" => edit(&mut call, common),
        "Grep" | "Glob" => search(&mut call, common),
        "Write" => write(&mut call, common),
        "TodoWrite" => todo(&mut call, common),
        "WebSearch" | "WebFetch" => web(&mut call, common),
        _ => mcp(&mut call, common),
    }
    if common.random.percent(1) {
        deny(&mut call);
    } else if call.outcome == Outcome::Good && kind != "Bash" && common.random.percent(4) {
        fail(&mut call, common);
    }
    common.counts.tool_calls += 1;
    match call.outcome {
        Outcome::Good => {}
        Outcome::Failed => common.counts.tool_errors += 1,
        Outcome::Denied => common.counts.denied += 1,
    }
    call
}

fn deny(call: &mut Call) {
    call.outcome = Outcome::Denied;
    call.content = quoted(
        b"The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed.",
    );
    call.structured = quoted(b"User rejected tool use");
}

fn fail(call: &mut Call, common: &mut Common<'_>) {
    call.outcome = Outcome::Failed;
    let reason = match call.name {
        "Read" => "File does not exist. Note: your current working directory is ",
        "Edit" => "String to replace not found in file.\\nString: ",
        _ => "InputValidationError: the request failed: ",
    };
    let mut text = Vec::new();
    put!(text; reason);
    let bytes = common.random.size(&[20, 40, 60, 120, 300, 500, 800, 1500, 2500]);
    common.texts.fill(&mut text, common.project.language.pool(common.texts), &mut common.random, bytes);
    call.content.clear();
    put!(call.content; "\"<tool_use_error>", text, "</tool_use_error>\"");
    call.structured.clear();
    put!(call.structured; "\"Error: ", text, "\"");
}

fn bash(call: &mut Call, common: &mut Common<'_>) {
    let run = shell::run(common);
    call.ms = run.ms;
    put!(call.input; "{\"command\":\"");
    escape(&mut call.input, &run.command);
    put!(call.input; "\",\"description\":\"", run.about, "\"}");
    if run.exit == 0 {
        call.content = quoted(&run.output);
        put!(call.structured; "{\"stdout\":\"", run.output, "\",\"stderr\":\"\",\"interrupted\":false,\"isImage\":false,\"noOutputExpected\":false}");
    } else {
        call.outcome = Outcome::Failed;
        let exit = run.exit.to_string();
        put!(call.content; "\"Exit code ", exit, "\\n", run.output, "\"");
        put!(call.structured; "\"Error: Exit code ", exit, "\\n", run.output, "\"");
    }
}

fn read(call: &mut Call, common: &mut Common<'_>) {
    let file = common.random.pick(&common.project.files);
    let pool = common.project.language.pool(common.texts);
    let total = file.line_count();
    let (from, limit) = if total > 60 && common.random.percent(45) { (common.random.index(total / 2), 20 + common.random.index(120)) } else { (0, 2000) };
    put!(call.input; "{\"file_path\":\"", file.path, "\"");
    if limit < 2000 {
        put!(call.input; ",\"offset\":", (from + 1).to_string(), ",\"limit\":", limit.to_string());
    }
    put!(call.input; "}");
    let arrow: &[u8] = if common.era == Era::Progress { "→".as_bytes() } else { b"\\t" };
    put!(call.content; "\"");
    let count = file.numbered(&mut call.content, pool, arrow, from, limit);
    put!(call.content; "\"");
    put!(call.structured; "{\"type\":\"text\",\"file\":{\"filePath\":\"", file.path, "\",\"content\":\"");
    file.part(&mut call.structured, pool, from, limit);
    put!(call.structured; "\",\"numLines\":", count.to_string(), ",\"startLine\":", (from + 1).to_string(), ",\"totalLines\":", total.to_string(), "}}");
}

fn edit(call: &mut Call, common: &mut Common<'_>) {
    let at = common.random.index(common.project.files.len());
    let language = common.project.language;
    let pool = language.pool(common.texts);
    let mut original = Vec::new();
    // Newer versions leave the copy of the whole file out.
    let keeps = common.era == Era::Progress;
    if keeps {
        common.project.files[at].content(&mut original, pool);
        common.counts.part("original file", original.len());
    }
    let (old, new, before) = common.project.files[at].edit(language, common.texts, &mut common.random);
    let path = &common.project.files[at].path;
    put!(call.input; "{\"replace_all\":false,\"file_path\":\"", path, "\",\"old_string\":\"", old.text(pool), "\",\"new_string\":\"", new.text(pool), "\"}");
    put!(call.content; "\"The file ", path, " has been updated successfully.\"");
    put!(call.structured; "{\"filePath\":\"", path, "\",\"oldString\":\"", old.text(pool), "\",\"newString\":\"", new.text(pool), "\",\"originalFile\":");
    if keeps {
        put!(call.structured; "\"", original, "\"");
    } else {
        put!(call.structured; "null");
    }
    put!(call.structured; ",\"structuredPatch\":[{\"oldStart\":", before.to_string(), ",\"oldLines\":", old.count().to_string(), ",\"newStart\":",
        before.to_string(), ",\"newLines\":", new.count().to_string(), ",\"lines\":[");
    let lines = old.lines(pool).map(|line| ("-", line)).chain(new.lines(pool).map(|line| ("+", line)));
    for (at, (sign, line)) in lines.enumerate() {
        put!(call.structured; if at == 0 { "\"" } else { ",\"" }, sign, line, "\"");
    }
    put!(call.structured; "]}],\"userModified\":false,\"replaceAll\":false}");
}

fn search(call: &mut Call, common: &mut Common<'_>) {
    let term = common.texts.words.noun(&mut common.random);
    put!(call.input; "{\"pattern\":\"", term, "\",\"path\":\"", common.project.root, "\"}");
    let bytes = common.random.size(&[16, 23, 50, 600, 2000, 7800, 11_000, 14_000, 20_000]);
    if call.name == "Grep" && bytes < 700 {
        let mut found = Vec::new();
        common.texts.fill(&mut found, &common.texts.terminal, &mut common.random, bytes);
        call.content = quoted(&found);
        put!(call.structured; "{\"mode\":\"content\",\"numFiles\":0,\"filenames\":[],\"content\":\"", found, "\",\"numLines\":9}");
        return;
    }
    let (mut text, mut list) = (Vec::new(), Vec::new());
    while text.len() < bytes {
        let path = &common.random.pick(&common.project.files).path;
        put!(text; "\\n", path);
        put!(list; if list.is_empty() { "\"" } else { ",\"" }, path, "\"");
    }
    put!(call.content; "\"Found files", text, "\"");
    put!(call.structured; "{\"filenames\":[", list, "],\"durationMs\":", call.ms.to_string(), ",\"numFiles\":12,\"truncated\":false}");
}

fn write(call: &mut Call, common: &mut Common<'_>) {
    let at = common.project.add_file(&mut common.random, common.texts);
    let file = &common.project.files[at];
    let mut content = Vec::new();
    file.content(&mut content, common.project.language.pool(common.texts));
    put!(call.input; "{\"file_path\":\"", file.path, "\",\"content\":\"", content, "\"}");
    put!(call.content; "\"File created successfully at: ", file.path, "\"");
    put!(call.structured; "{\"type\":\"create\",\"filePath\":\"", file.path, "\",\"content\":\"", content, "\",\"structuredPatch\":[],\"originalFile\":null}");
}

fn todo(call: &mut Call, common: &mut Common<'_>) {
    let mut items = Vec::new();
    let count = common.random.between(3, 9);
    let done = common.random.below(count);
    for at in 0..count {
        let status = match at.cmp(&done) {
            std::cmp::Ordering::Less => "completed",
            std::cmp::Ordering::Equal => "in_progress",
            std::cmp::Ordering::Greater => "pending",
        };
        let (a, b) = (common.texts.words.word(&mut common.random), common.texts.words.noun(&mut common.random));
        put!(items; if at == 0 { "" } else { "," }, "{\"content\":\"Change the ", a, " of ", b, "\",\"status\":\"", status, "\",\"activeForm\":\"Changing the ",
            a, " of ", b, "\"}");
    }
    put!(call.input; "{\"todos\":[", items, "]}");
    call.content = quoted(
        b"Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress. Please proceed with the current tasks if applicable",
    );
    put!(call.structured; "{\"oldTodos\":[", items, "],\"newTodos\":[", items, "]}");
}

fn web(call: &mut Call, common: &mut Common<'_>) {
    let (a, b) = (common.texts.words.noun(&mut common.random), common.texts.words.noun(&mut common.random));
    let mut text = Vec::new();
    let bytes = common.random.size(&[180, 400, 700, 1300, 2200, 3200, 4200, 9000, 20_000]);
    common.texts.prose(&mut text, &mut common.random, bytes);
    call.content = quoted(&text);
    call.ms = common.random.between(900, 9000);
    if call.name == "WebFetch" {
        put!(call.input; "{\"url\":\"https://docs.example.org/", a, "/", b, "\",\"prompt\":\"How does ", a, " work?\"}");
        put!(call.structured; "{\"bytes\":81234,\"code\":200,\"codeText\":\"OK\",\"result\":\"", text, "\",\"durationMs\":", call.ms.to_string(),
            ",\"url\":\"https://docs.example.org/", a, "/", b, "\"}");
    } else {
        put!(call.input; "{\"query\":\"", a, " ", b, " 2026\"}");
        put!(call.structured; "{\"query\":\"", a, " ", b, " 2026\",\"results\":[\"", text, "\"],\"durationSeconds\":3.2}");
    }
}

fn mcp(call: &mut Call, common: &mut Common<'_>) {
    call.name = common.random.weighted(&[
        (4, "mcp__browser__evaluate"),
        (2, "mcp__browser__navigate"),
        (2, "mcp__tracker__get_issue"),
        (1, "mcp__db__query"),
        (1, "mcp__ide__getDiagnostics"),
    ]);
    put!(call.input; "{\"target\":\"", common.texts.words.noun(&mut common.random), "\",\"limit\":", common.random.below(100).to_string(), "}");
    let mut text = Vec::new();
    let bytes = common.random.size(&[60, 200, 240, 600, 1200, 2600, 6000, 22_000, 45_000]);
    common.texts.fill(&mut text, &common.texts.script, &mut common.random, bytes);
    put!(call.content; "[{\"type\":\"text\",\"text\":\"", text, "\"}]");
    call.structured.clone_from(&call.content);
}
