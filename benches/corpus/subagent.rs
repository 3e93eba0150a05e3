//! A sub-agent: a call in its parent's file, a file of its own, and a description beside it.

use super::ids;
use super::noise;
use super::response;
use super::session;
use super::thread::{Common, Era, Thread, put, quoted};
use super::tools::{self, Call, Outcome};

pub struct Subagent {
    pub id: String,
    pub out: Vec<u8>,
    pub meta: Vec<u8>,
    pub ended: u64,
}

pub fn run(parent: &mut Thread, common: &mut Common<'_>) -> Subagent {
    let newer = common.era != Era::Progress;
    let id = ids::hex_string(if newer { 16 } else { 6 }, &mut common.random);
    let id = format!("a{id}");
    let kind = common.random.weighted(&[(4, "general-purpose"), (3, "Explore"), (1, "Plan")]);
    let about = format!("Find the {}", common.texts.words.noun(&mut common.random));
    let mut task = Vec::new();
    let bytes = common.random.size(&[80, 200, 400, 800, 1500, 2200, 3000, 4500, 6000]);
    common.texts.prose(&mut task, &mut common.random, bytes);
    let mut call = Call {
        id: ids::token_string("toolu_01", 22, &mut common.random),
        name: if newer { "Agent" } else { "Task" },
        input: Vec::new(),
        content: Vec::new(),
        structured: Vec::new(),
        outcome: Outcome::Good,
        ms: 40,
    };
    put!(call.input; r#"{"description":""#, about, r#"","subagent_type":""#, kind, r#"","prompt":""#, task, r#""}"#);
    common.counts.tool_calls += 1;
    common.counts.subagents += 1;
    let uuids =
        response::write(parent, common, &[response::tool_use(&call.id, call.name, &call.input, common.era)], true);

    let model = common.model;
    if common.random.percent(50) {
        common.model = if common.era == Era::Requests { "claude-haiku-5-5" } else { "claude-haiku-4-5-20251001" };
    }
    let out = thread(parent, common, &id, &task, &call.id);
    common.model = model;

    let mut report = Vec::new();
    let bytes = common.random.size(&[200, 500, 1000, 2000, 3200, 5000, 7000, 10_000, 14_000]);
    common.texts.prose(&mut report, &mut common.random, bytes);
    put!(call.content; r#"[{"type":"text","text":""#, report, r#""},{"type":"text","text":"agentId: "#, id,
        r#"\n<usage>total_tokens: 19831</usage>"}]"#);
    put!(call.structured; r#"{"status":"completed","prompt":""#, task, r#"","agentId":""#, id, r#"","agentType":""#,
        kind, r#"","content":[{"type":"text","text":""#, report,
        r#""}],"totalDurationMs":32548,"totalTokens":19831,"totalToolUseCount":12}"#);
    session::result(parent, common, &call, &uuids[0]);
    let mut meta = Vec::new();
    put!(meta; r#"{"agentType":""#, kind, r#"","description":""#, about, r#"","toolUseId":""#, call.id, r#""}"#);
    Subagent { id, out, meta, ended: common.clock.now }
}

fn thread(parent: &mut Thread, common: &mut Common<'_>, id: &str, task: &[u8], call_id: &str) -> Vec<u8> {
    let mut thread = Thread::new(common, Some(id));
    thread.prompt = parent.prompt;
    thread.user(common, "user task", &quoted(task), "");
    for _ in 0..common.random.size(&[1, 3, 6, 11, 20, 34, 45, 70, 90]) {
        if thread.context > 120_000 {
            break;
        }
        let calls: Vec<Call> =
            (0..common.random.weighted(&[(80, 1), (15, 2), (5, 3)])).map(|_| tools::call(common)).collect();
        let start = thread.out.len();
        session::step(&mut thread, common, &calls);
        if common.era == Era::Progress {
            for line in
                thread.out[start..].split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && line.len() < 60_000)
            {
                noise::agent_progress(parent, common, line, id, call_id);
            }
        }
    }
    let closing = [response::text(common, true)];
    response::write(&mut thread, common, &closing, false);
    thread.out
}
