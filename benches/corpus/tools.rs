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
    let mut call = Call {
        id,
        name: kind,
        input: Vec::new(),
        content: Vec::new(),
        structured: Vec::new(),
        outcome: Outcome::Good,
        ms: common.random.between(5, 400),
    };
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
    put!(call.content; r#""<tool_use_error>"#, text, r#"</tool_use_error>""#);
    call.structured.clear();
    put!(call.structured; r#""Error: "#, text, r#"""#);
}

fn bash(call: &mut Call, common: &mut Common<'_>) {
    let run = shell::run(common);
    call.ms = run.ms;
    put!(call.input; r#"{"command":""#);
    escape(&mut call.input, &run.command);
    put!(call.input; r#"","description":""#, run.about, r#""}"#);
    if run.exit == 0 {
        call.content = quoted(&run.output);
        put!(call.structured; r#"{"stdout":""#, run.output,
            r#"","stderr":"","interrupted":false,"isImage":false,"noOutputExpected":false}"#);
    } else {
        call.outcome = Outcome::Failed;
        let exit = run.exit.to_string();
        put!(call.content; r#""Exit code "#, exit, "\\n", run.output, r#"""#);
        put!(call.structured; r#""Error: Exit code "#, exit, "\\n", run.output, r#"""#);
    }
}

fn read(call: &mut Call, common: &mut Common<'_>) {
    let file = common.random.pick(&common.project.files);
    let pool = common.project.language.pool(common.texts);
    let total = file.line_count();
    let (from, limit) = if total > 60 && common.random.percent(45) {
        (common.random.index(total / 2), 20 + common.random.index(120))
    } else {
        (0, 2000)
    };
    put!(call.input; r#"{"file_path":""#, file.path, r#"""#);
    if limit < 2000 {
        put!(call.input; r#","offset":"#, (from + 1).to_string(), r#","limit":"#, limit.to_string());
    }
    put!(call.input; "}");
    let arrow: &[u8] = if common.era == Era::Progress { "→".as_bytes() } else { b"\\t" };
    put!(call.content; r#"""#);
    let count = file.numbered(&mut call.content, pool, arrow, from, limit);
    put!(call.content; r#"""#);
    put!(call.structured; r#"{"type":"text","file":{"filePath":""#, file.path, r#"","content":""#);
    file.part(&mut call.structured, pool, from, limit);
    put!(call.structured; r#"","numLines":"#, count.to_string(), r#","startLine":"#, (from + 1).to_string(),
        r#","totalLines":"#, total.to_string(), "}}");
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
    put!(call.input; r#"{"replace_all":false,"file_path":""#, path, r#"","old_string":""#, old.text(pool),
        r#"","new_string":""#, new.text(pool), r#""}"#);
    put!(call.content; r#""The file "#, path, r#" has been updated successfully.""#);
    put!(call.structured; r#"{"filePath":""#, path, r#"","oldString":""#, old.text(pool), r#"","newString":""#,
        new.text(pool), r#"","originalFile":"#);
    if keeps {
        put!(call.structured; r#"""#, original, r#"""#);
    } else {
        put!(call.structured; "null");
    }
    put!(call.structured; r#","structuredPatch":[{"oldStart":"#, before.to_string(), r#","oldLines":"#,
        old.count().to_string(), r#","newStart":"#, before.to_string(), r#","newLines":"#, new.count().to_string(),
        r#","lines":["#);
    let lines = old.lines(pool).map(|line| ("-", line)).chain(new.lines(pool).map(|line| ("+", line)));
    for (at, (sign, line)) in lines.enumerate() {
        put!(call.structured; if at == 0 { r#"""# } else { r#",""# }, sign, line, r#"""#);
    }
    put!(call.structured; r#"]}],"userModified":false,"replaceAll":false}"#);
}

fn search(call: &mut Call, common: &mut Common<'_>) {
    let term = common.texts.words.noun(&mut common.random);
    put!(call.input; r#"{"pattern":""#, term, r#"","path":""#, common.project.root, r#""}"#);
    let bytes = common.random.size(&[16, 20, 40, 300, 1500, 4500, 8000, 14_000, 20_000]);
    if call.name == "Grep" && bytes < 700 {
        let mut found = Vec::new();
        common.texts.fill(&mut found, &common.texts.terminal, &mut common.random, bytes);
        call.content = quoted(&found);
        put!(call.structured; r#"{"mode":"content","numFiles":0,"filenames":[],"content":""#, found,
            r#"","numLines":9}"#);
        return;
    }
    let (mut text, mut list) = (Vec::new(), Vec::new());
    while text.len() < bytes {
        let path = &common.random.pick(&common.project.files).path;
        put!(text; "\\n", path);
        put!(list; if list.is_empty() { r#"""# } else { r#",""# }, path, r#"""#);
    }
    put!(call.content; r#""Found files"#, text, r#"""#);
    put!(call.structured; r#"{"filenames":["#, list, r#"],"durationMs":"#, call.ms.to_string(),
        r#","numFiles":12,"truncated":false}"#);
}

fn write(call: &mut Call, common: &mut Common<'_>) {
    let at = common.project.add_file(&mut common.random, common.texts);
    let file = &common.project.files[at];
    let mut content = Vec::new();
    file.content(&mut content, common.project.language.pool(common.texts));
    put!(call.input; r#"{"file_path":""#, file.path, r#"","content":""#, content, r#""}"#);
    put!(call.content; r#""File created successfully at: "#, file.path, r#"""#);
    put!(call.structured; r#"{"type":"create","filePath":""#, file.path, r#"","content":""#, content,
        r#"","structuredPatch":[],"originalFile":null}"#);
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
        put!(items; if at == 0 { "" } else { "," }, r#"{"content":"Change the "#, a, " of ", b, r#"","status":""#,
            status, r#"","activeForm":"Changing the "#, a, " of ", b, r#""}"#);
    }
    put!(call.input; r#"{"todos":["#, items, "]}");
    call.content = quoted(
        b"Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress. Please proceed with the current tasks if applicable",
    );
    put!(call.structured; r#"{"oldTodos":["#, items, r#"],"newTodos":["#, items, "]}");
}

fn web(call: &mut Call, common: &mut Common<'_>) {
    let (a, b) = (common.texts.words.noun(&mut common.random), common.texts.words.noun(&mut common.random));
    let mut text = Vec::new();
    let bytes = common.random.size(&[180, 400, 700, 1300, 2200, 3200, 4200, 9000, 20_000]);
    common.texts.prose(&mut text, &mut common.random, bytes);
    call.content = quoted(&text);
    call.ms = common.random.between(900, 9000);
    if call.name == "WebFetch" {
        put!(call.input; r#"{"url":"https://docs.example.org/"#, a, "/", b, r#"","prompt":"How does "#, a,
            r#" work?"}"#);
        put!(call.structured; r#"{"bytes":81234,"code":200,"codeText":"OK","result":""#, text, r#"","durationMs":"#,
            call.ms.to_string(), r#","url":"https://docs.example.org/"#, a, "/", b, r#""}"#);
    } else {
        put!(call.input; r#"{"query":""#, a, " ", b, r#" 2026"}"#);
        put!(call.structured; r#"{"query":""#, a, " ", b, r#" 2026","results":[""#, text,
            r#""],"durationSeconds":3.2}"#);
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
    put!(call.input; r#"{"target":""#, common.texts.words.noun(&mut common.random), r#"","limit":"#,
        common.random.below(100).to_string(), "}");
    let mut text = Vec::new();
    let bytes = common.random.size(&[60, 200, 230, 500, 900, 1700, 3600, 14_000, 40_000]);
    common.texts.fill(&mut text, &common.texts.script, &mut common.random, bytes);
    put!(call.content; r#"[{"type":"text","text":""#, text, r#""}]"#);
    call.structured.clone_from(&call.content);
}
