//! The story of one session: prompts, the model's work on each, and what happens in between.

use super::ids;
use super::noise;
use super::response::{self, Block};
use super::subagent::{self, Subagent};
use super::thread::{Common, Era, Thread, put, quoted};
use super::tools::{self, Call, Outcome};

/// The model's context when the client compacts it, in tokens.
const FULL: u64 = 155_000;

pub struct Session {
    pub out: Vec<u8>,
    pub subagents: Vec<Subagent>,
}

/// Writes a session of about `bytes`; `copied` is the history it was forked from.
pub fn write(common: &mut Common<'_>, bytes: usize, copied: Option<(Vec<u8>, ids::Uuid)>) -> Session {
    let mut thread = Thread::new(common, None);
    let mut subagents = Vec::new();
    match copied {
        Some((lines, last)) => {
            thread.out = lines;
            thread.parent = Some(last);
            thread.context = 30_000;
        }
        None => noise::opening(&mut thread, common),
    }
    let end = thread.out.len() + bytes;
    while thread.out.len() < end {
        if common.random.percent(4) {
            common.model = model(common);
        }
        let began = common.clock.now;
        ask(&mut thread, common);
        work(&mut thread, common, &mut subagents, end + bytes / 2);
        noise::turn_end(&mut thread, common, began);
        let pause = common.random.between(8_000, 900_000);
        common.clock.pass(pause);
        if thread.context > FULL {
            compact(&mut thread, common);
        }
    }
    name(&mut thread, common);
    Session { out: thread.out, subagents }
}

pub fn model(common: &mut Common<'_>) -> &'static str {
    match common.era {
        Era::Progress => common.random.weighted(&[
            (4, "claude-sonnet-4-5-20250929"),
            (3, "claude-opus-4-5-20251101"),
            (1, "claude-haiku-4-5-20251001"),
        ]),
        Era::Attachments => common.random.weighted(&[
            (4, "claude-sonnet-5"),
            (4, "claude-opus-5"),
            (1, "claude-haiku-4-5-20251001"),
            (1, "claude-sonnet-4-5-20250929"),
        ]),
        Era::Requests => common.random.weighted(&[
            (4, "claude-sonnet-5-5"),
            (4, "claude-opus-5-5"),
            (2, "claude-haiku-5-5"),
            (1, "claude-sonnet-4-5"),
        ]),
    }
}

fn ask(thread: &mut Thread, common: &mut Common<'_>) {
    thread.prompt = ids::uuid(&mut common.random);
    if common.random.percent(7) {
        command(thread, common);
        return;
    }
    let mut text = Vec::new();
    if common.random.percent(3) {
        let rare = ids::token_string("zq", 14, &mut common.random).to_ascii_lowercase();
        put!(text; "Look at ", rare, " first. ");
        common.counts.rare.push(rare);
    }
    let bytes = common.random.size(&[8, 25, 50, 110, 280, 800, 1900, 9000, 20_000]);
    common.texts.prose(&mut text, &mut common.random, bytes);
    if common.era != Era::Progress && common.random.percent(70) {
        let mut fields = Vec::new();
        put!(fields; r#","operation":"enqueue","timestamp":""#, super::thread::time(common.clock.now),
            r#"","content":""#, text, r#"""#);
        thread.aside(common, "queue-operation", &fields);
        thread.aside(common, "queue-operation", br#","operation":"dequeue""#);
    }
    let mut content = Vec::with_capacity(text.len() + 2);
    if common.random.percent(2) {
        put!(content; r#"[{"type":"text","text":""#, text,
            r#""},{"type":"image","source":{"type":"base64","media_type":"image/png","data":""#);
        let bytes = common.random.size(&[4000, 12_000, 20_000, 40_000, 80_000, 120_000, 160_000, 240_000, 300_000]);
        common.texts.base64(&mut content, &mut common.random, bytes);
        put!(content; r#""}}]"#);
    } else {
        content = quoted(&text);
    }
    let flags = if common.era == Era::Progress {
        ""
    } else {
        r#","permissionMode":"default","promptSource":"sdk","origin":{"kind":"human"}"#
    };
    thread.user(common, "user prompt", &content, flags);
    common.counts.prompts += 1;
    noise::request(thread, common, &content);
    if common.era == Era::Attachments && common.hooks {
        noise::attachment(thread, common, "hook_additional_context", 300);
    }
}

/// A slash command: its wrapper and the text it stands for are no prompts.
fn command(thread: &mut Thread, common: &mut Common<'_>) {
    thread.user(
        common,
        "user command",
        br#""<command-message>review</command-message>\n<command-name>/review</command-name>""#,
        "",
    );
    let mut text = Vec::new();
    put!(text; r#"[{"type":"text","text":""#);
    let bytes = common.random.size(&[300, 700, 1500, 2600, 4800, 7000, 9000, 14_000, 20_000]);
    common.texts.prose(&mut text, &mut common.random, bytes);
    put!(text; r#""}]"#);
    thread.user(common, "user meta", &text, r#","isMeta":true"#);
    noise::request(thread, common, &text);
}

/// Responses and tool results until the model has nothing more to do.
fn work(thread: &mut Thread, common: &mut Common<'_>, subagents: &mut Vec<Subagent>, limit: usize) {
    for _ in 0..common.random.size(&[1, 1, 2, 5, 11, 25, 38, 70, 120]) {
        if thread.context > FULL || thread.out.len() > limit {
            break;
        }
        if common.era == Era::Attachments && common.random.percent(12) {
            noise::attachment(thread, common, "task_reminder", 900);
        }
        if common.random.percent(2) {
            subagents.push(subagent::run(thread, common));
            continue;
        }
        let calls: Vec<Call> =
            (0..common.random.weighted(&[(84, 1), (11, 2), (5, 4)])).map(|_| tools::call(common)).collect();
        let denied = calls.iter().any(|call| call.outcome == Outcome::Denied);
        step(thread, common, &calls);
        if denied {
            thread.user(
                common,
                "user meta",
                br#"[{"type":"text","text":"[Request interrupted by user for tool use]"}]"#,
                "",
            );
            return;
        }
    }
    let mut blocks: Vec<Block> = Vec::new();
    if common.random.percent(30) {
        blocks.push(response::thinking(common));
    }
    blocks.push(response::text(common, true));
    response::write(thread, common, &blocks, false);
}

/// One response that calls tools, and their results.
pub fn step(thread: &mut Thread, common: &mut Common<'_>, calls: &[Call]) {
    let mut blocks = Vec::with_capacity(calls.len() + 2);
    if common.random.percent(if common.era == Era::Progress { 18 } else { 50 }) {
        blocks.push(response::thinking(common));
    }
    if common.random.percent(38) {
        blocks.push(response::text(common, false));
    }
    let first = blocks.len();
    blocks.extend(calls.iter().map(|call| response::tool_use(&call.id, call.name, &call.input, common.era)));
    let uuids = response::write(thread, common, &blocks, true);
    for (call, uuid) in calls.iter().zip(&uuids[first..]) {
        noise::during(thread, common, call);
        result(thread, common, call, uuid);
    }
}

pub fn result(thread: &mut Thread, common: &mut Common<'_>, call: &Call, asked_by: &ids::Uuid) {
    common.clock.pass(call.ms);
    let mut content = Vec::with_capacity(call.content.len() + 160);
    put!(content; r#"[{"tool_use_id":""#, call.id, r#"","type":"tool_result","content":"#, call.content);
    if call.outcome != Outcome::Good {
        put!(content; r#","is_error":true"#);
    } else if call.name == "Bash" {
        put!(content; r#","is_error":false"#);
    }
    put!(content; "}]");
    let mut rest = Vec::with_capacity(call.structured.len() + 128);
    put!(rest; r#","toolUseResult":"#, call.structured, r#","sourceToolAssistantUUID":""#, asked_by, r#"""#);
    if common.era == Era::Requests {
        put!(rest;
            r#","permissionDecision":{"decision":"accept","source":"user_permanent","reasonType":"rule","ruleSource":"userSettings"}"#);
    }
    common.counts.part("tool result content", call.content.len());
    common.counts.part("toolUseResult", call.structured.len());
    thread.user_with(common, "user tool_result", &content, &rest);
    noise::request(thread, common, &content);
}

fn compact(thread: &mut Thread, common: &mut Common<'_>) {
    let mut fields = Vec::new();
    let parent = thread.parent.take();
    put!(fields;
        r#","content":"Conversation compacted","isMeta":false,"level":"info","compactMetadata":{"trigger":"auto","preTokens":"#,
        thread.context.to_string(), "}");
    if let Some(parent) = parent {
        put!(fields; r#","logicalParentUuid":""#, parent, r#"""#);
    }
    thread.system(common, "compact_boundary", &fields);
    common.counts.compactions += 1;
    let mut text = Vec::new();
    put!(text;
        r#""This session is being continued from a previous conversation that ran out of context. The summary below covers the earlier portion of the conversation.\n\n"#);
    let bytes = common.random.size(&[4000, 6000, 8000, 12_000, 16_000, 20_000, 22_000, 26_000, 30_000]);
    common.texts.prose(&mut text, &mut common.random, bytes);
    put!(text; r#"""#);
    thread.context = 0;
    thread.cached = 0;
    thread.user(common, "user summary", &text, r#","isVisibleInTranscriptOnly":true,"isCompactSummary":true"#);
    noise::request(thread, common, &text);
}

/// The session's title, as its version kept it.
fn name(thread: &mut Thread, common: &mut Common<'_>) {
    let mut title = Vec::new();
    let (a, b) = (common.texts.words.noun(&mut common.random), common.texts.words.noun(&mut common.random));
    match common.era {
        Era::Progress => {
            let Some(leaf) = thread.parent else { return };
            let start = thread.out.len();
            put!(thread.out; r#"{"type":"summary","summary":"Change "#, a, " of ", b, r#"","leafUuid":""#, leaf,
                "\"}\n");
            common.counts.record("summary", thread.out.len() - start);
        }
        Era::Attachments => {
            put!(title; r#","customTitle":"Change "#, a, " of ", b, r#"""#);
            thread.aside(common, "custom-title", &title);
        }
        Era::Requests => {
            put!(title; r#","aiTitle":"Change "#, a, " of ", b, r#"""#);
            thread.aside(common, "ai-title", &title);
        }
    }
}
