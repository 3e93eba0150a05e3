//! Session files in words: their lines, read as the ingest reads them, and what they told.

use std::path::Path;

use proptest::prelude::*;

use super::parser::Session;
use crate::adapters::{FileFacts, Parsed, Parser as _};
use crate::model::{CallStatus, Fact, Message, Role, ToolCall, ToolKind, Usage};

const PATH: &str = "/h/sessions/--w--/2026-01-01T10-00-00-000Z_own.jsonl";

/// Reads on from `offset` as the ingest does, and says where it stopped.
fn read(
    bytes: &[u8],
    whole: &[u8],
    offset: &mut usize,
    line: &mut u64,
    state: Option<&str>,
    out: &mut Parsed,
) -> Option<String> {
    let file = FileFacts { path: Path::new(PATH), modified_ms: 1, beginning: whole };
    let mut parser = Session::new(&file, state);
    while let Some(length) = memchr::memchr(b'\n', &bytes[*offset..]) {
        *line += 1;
        let text = &bytes[*offset..*offset + length];
        if !text.trim_ascii().is_empty() {
            parser.line(text, *line, true, out);
        }
        *offset += length + 1;
    }
    *offset += parser.line(&bytes[*offset..], *line + 1, false, out);
    parser.state()
}

fn told_by(lines: &[&str]) -> Parsed {
    let text = lines.join("\n") + "\n";
    let mut parsed = Parsed::default();
    read(text.as_bytes(), text.as_bytes(), &mut 0, &mut 0, None, &mut parsed);
    parsed
}

fn messages(parsed: &Parsed, role: Role) -> Vec<&Message> {
    let all =
        parsed.facts.iter().filter_map(|fact| if let Fact::Message(message) = fact { Some(message) } else { None });
    all.filter(|message| message.role == role).collect()
}

fn usages(parsed: &Parsed) -> Vec<&Usage> {
    parsed.facts.iter().filter_map(|fact| if let Fact::Usage(usage) = fact { Some(usage) } else { None }).collect()
}

/// The calls as they are in the end.
fn calls(parsed: &Parsed) -> Vec<ToolCall> {
    let mut calls: Vec<ToolCall> = Vec::new();
    for fact in &parsed.facts {
        let Fact::ToolCall(told) = fact else { continue };
        match calls.iter_mut().find(|call| call.call_id == told.call_id) {
            Some(call) => call.absorb(told.clone()),
            None => calls.push(told.clone()),
        }
    }
    calls
}

const HEADER: &str = r#"{"type":"session","version":3,"id":"own","timestamp":"2026-01-01T10:00:00.000Z","cwd":"/w"}"#;

/// An entry of that second; `rest` goes on after the common fields.
fn entry(second: u32, id: &str, kind: &str, rest: &str) -> String {
    format!(r#"{{"type":"{kind}","id":"{id}","parentId":null,"timestamp":"2026-01-01T10:00:{second:02}.000Z",{rest}}}"#)
}

fn message(second: u32, id: &str, rest: &str) -> String {
    let began = 1_767_261_600_000_i64 + i64::from(second) * 1000 - 5;
    entry(second, id, "message", &format!(r#""message":{{{rest},"timestamp":{began}}}"#))
}

fn answer(second: u32, id: &str, blocks: &str, stop: &str) -> String {
    let usage = r#"{"input":10,"output":5,"cacheRead":3,"cacheWrite":7,"cacheWrite1h":2,"reasoning":4,"totalTokens":25,"cost":{"total":0.25}}"#;
    message(
        second,
        id,
        &format!(
            r#""role":"assistant","content":[{blocks}],"provider":"p","model":"m","usage":{usage},"stopReason":"{stop}""#
        ),
    )
}

fn asks(id: &str, tool: &str, arguments: &str) -> String {
    format!(r#"{{"type":"toolCall","id":"{id}","name":"{tool}","arguments":{arguments}}}"#)
}

fn result(second: u32, id: &str, call: &str, tool: &str, text: &str, rest: &str) -> String {
    let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
    message(
        second,
        id,
        &format!(r#""role":"toolResult","toolCallId":"{call}","toolName":"{tool}","content":{content}{rest}"#),
    )
}

#[test]
fn a_turn_tells_what_was_said_done_and_spent() {
    let parsed = told_by(&[
        HEADER,
        &entry(1, "a", "model_change", r#""provider":"p","modelId":"m""#),
        &message(2, "b", r#""role":"user","content":[{"type":"text","text":"mend it"},{"type":"image","data":"AA"}]"#),
        &answer(
            3,
            "c",
            &format!(
                r#"{{"type":"thinking","thinking":"hm"}},{{"type":"text","text":"I look."}},{},{}"#,
                asks("call_11111111", "read", r#"{"path":"src/a.rs"}"#),
                asks("call_22222222", "bash", r#"{"command":"make"}"#)
            ),
            "toolUse",
        ),
        &result(4, "d", "call_11111111", "read", "fn a() {}\\n", r#","isError":false"#),
        &result(
            5,
            "e",
            "call_22222222",
            "bash",
            "red\\n\\nCommand exited with code 2",
            r#","details":{},"isError":true"#,
        ),
        &entry(6, "f", "session_info", r#""name":"Mending""#),
    ]);
    assert!(parsed.skips.is_empty(), "{:?}", parsed.skips);
    assert_eq!(messages(&parsed, Role::User)[0].pieces[0].text, "mend it\n[image]");
    assert_eq!(messages(&parsed, Role::Thinking)[0].pieces[0].text, "hm");
    assert_eq!(messages(&parsed, Role::Assistant)[0].pieces[0].text, "I look.");
    let usage = usages(&parsed)[0];
    let tokens = usage.tokens;
    assert_eq!((tokens.input, tokens.output, tokens.cache_read, tokens.reasoning), (10, 5, 3, 4));
    assert_eq!((tokens.cache_write_1h, tokens.cache_write_other, usage.reported_nanos), (2, 5, Some(250_000_000)));
    let calls = calls(&parsed);
    assert_eq!(
        (calls[0].kind, calls[0].status, calls[0].file_path.as_deref()),
        (Some(ToolKind::Read), Some(CallStatus::Ok), Some("/w/src/a.rs"))
    );
    assert_eq!(
        (calls[1].command.as_deref(), calls[1].status, calls[1].exit_code),
        (Some("make"), Some(CallStatus::Error), Some(2))
    );
    let touch =
        parsed.facts.iter().find_map(|fact| if let Fact::File(touch) = fact { Some(touch) } else { None }).unwrap();
    assert_eq!((touch.path.as_str(), touch.content_hash.is_some()), ("/w/src/a.rs", true));
    let titles = parsed.facts.iter().filter(|fact| matches!(fact, Fact::Session(note) if note.title.is_some()));
    assert_eq!(titles.count(), 1);
}

#[test]
fn what_a_stopped_answer_asked_for_was_never_run() {
    let parsed = told_by(&[HEADER, &answer(1, "a", &asks("call_11111111", "bash", r#"{"command":"ls"}"#), "aborted")]);
    assert_eq!(calls(&parsed)[0].status, Some(CallStatus::Interrupted));
    assert!(parsed.facts.iter().any(|fact| matches!(fact, Fact::Event(event) if event.event_type == "aborted")));
}

#[test]
fn spending_beside_the_answers_counts() {
    let usage = r#""usage":{"input":1,"output":2,"cacheRead":0,"cacheWrite":0,"cost":{"total":0}}"#;
    let parsed = told_by(&[
        HEADER,
        &entry(1, "a", "usage", &format!(r#""kind":"cache_warm","provider":"p","model":"m",{usage}"#)),
        &entry(2, "b", "compaction", &format!(r#""summary":"before","tokensBefore":9,{usage}"#)),
        &entry(3, "c", "branch_summary", &format!(r#""summary":"left","fromId":"a",{usage}"#)),
        &answer(4, "d", &asks("call_11111111", "subagent", r#"{"agent":"scout"}"#), "toolUse"),
        &result(
            5,
            "e",
            "call_11111111",
            "subagent",
            "done",
            &format!(r#","isError":false,{usage},"details":{{"results":[{{"agent":"scout","task":"look"}}]}}"#),
        ),
        &message(
            6,
            "f",
            r#""role":"assistant","content":[],"model":"m","usage":{"input":0,"output":0},"stopReason":"error","errorMessage":"no""#,
        ),
    ]);
    let spent: Vec<(i64, Option<&str>)> =
        usages(&parsed).iter().map(|usage| (usage.tokens.input, usage.agent_id.as_deref())).collect();
    assert_eq!(spent, [(1, None), (1, None), (1, None), (10, None), (1, Some("call_11111111"))]);
    assert_eq!(usages(&parsed)[0].reported_nanos, None, "a model without a price is not free");
    let events = parsed.facts.iter().filter(|fact| matches!(fact, Fact::Event(event) if event.compaction));
    assert_eq!((events.count(), messages(&parsed, Role::System).len()), (1, 2));
    assert!(
        parsed
            .facts
            .iter()
            .any(|fact| matches!(fact, Fact::Subagent(note) if note.agent_type.as_deref() == Some("scout")))
    );
}

#[test]
fn ids_that_start_anew_with_every_answer_are_told_apart() {
    let turn = |second: u32, command: &str| {
        [
            answer(
                second,
                &format!("a{second}"),
                &asks("functions.bash:0", "bash", &format!(r#"{{"command":"{command}"}}"#)),
                "toolUse",
            ),
            result(second + 1, &format!("b{second}"), "functions.bash:0", "bash", command, r#","isError":false"#),
        ]
    };
    let lines: Vec<String> = [HEADER.to_owned()].into_iter().chain(turn(1, "one")).chain(turn(3, "two")).collect();
    let parsed = told_by(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let told: Vec<_> = calls(&parsed).into_iter().map(|call| (call.command.unwrap(), call.output.unwrap())).collect();
    assert_eq!(told, [("one".to_owned(), "one".to_owned()), ("two".to_owned(), "two".to_owned())]);
}

#[test]
fn calls_that_a_tool_made_are_calls() {
    let nested = r#","isError":false,"nestedCalls":{"complete":true,"calls":[{"id":"call_11111111/1","name":"mcp__tma1__get_usage","arguments":{"period":"7d"},"status":"ok","durationMs":12},{"id":"call_11111111/2","name":"edit","status":"error","error":"no such text"}]}"#;
    let parsed = told_by(&[
        HEADER,
        &answer(1, "a", &asks("call_11111111", "codemode", r#"{"code":"x"}"#), "toolUse"),
        &result(2, "b", "call_11111111", "codemode", "7", nested),
    ]);
    let calls = calls(&parsed);
    let told: Vec<_> = calls.iter().map(|call| (call.kind.unwrap(), call.status.unwrap(), call.duration_ms)).collect();
    assert_eq!(
        told,
        [
            (ToolKind::Other, CallStatus::Ok, None),
            (ToolKind::Mcp, CallStatus::Ok, Some(12)),
            (ToolKind::Edit, CallStatus::Error, None),
        ]
    );
}

#[test]
fn commands_of_a_person_and_texts_of_extensions_are_no_calls_and_no_prompts() {
    let parsed = told_by(&[
        HEADER,
        &message(1, "a", r#""role":"bashExecution","command":"ls","output":"x","exitCode":0"#),
        &message(2, "b", r#""role":"hookMessage","customType":"other","content":"note""#),
        &entry(3, "c", "custom_message", r#""customType":"tma1","content":"ours","display":false"#),
        &entry(4, "d", "custom_message", r#""customType":"plan","content":[{"type":"text","text":"theirs"}]"#),
        &message(5, "e", r#""role":"system","content":"","sections":{"preamble":"You are"}"#),
        &entry(6, "f", "label", r#""targetId":"a","label":"x""#),
    ]);
    assert!(parsed.skips.is_empty() && calls(&parsed).is_empty() && messages(&parsed, Role::User).is_empty());
    let texts: Vec<&str> =
        messages(&parsed, Role::System).iter().map(|message| message.pieces[0].text.as_str()).collect();
    assert_eq!(texts, ["note", "theirs"]);
}

/// A session of the first version, and the same file after a later one has opened it.
#[test]
fn a_file_that_is_written_anew_with_ids_tells_the_same() {
    let old = [
        r#"{"type":"session","id":"own","timestamp":"2026-01-01T10:00:02.000Z","cwd":"/w","provider":"p","modelId":"m","thinkingLevel":"off"}"#.to_owned(),
        message(1, "x", r#""role":"user","content":"one""#),
        answer(3, "x", &asks("0", "bash", r#"{"command":"ls"}"#), "toolUse"),
        result(4, "x", "0", "bash", "a", r#","isError":false"#),
        message(5, "x", r#""role":"hookMessage","customType":"o","content":"note""#),
        entry(6, "x", "compaction", r#""summary":"s""#),
    ];
    let without_ids: Vec<String> = old.iter().map(|line| line.replace(r#""id":"x","parentId":null,"#, "")).collect();
    let with_ids: Vec<String> = old
        .iter()
        .enumerate()
        .map(|(n, line)| {
            line.replace(r#""id":"x""#, &format!(r#""id":"{n:08x}""#))
                .replace("hookMessage", "custom")
                .replace(r#""id":"own""#, r#""version":3,"id":"own""#)
        })
        .collect();
    let facts = |lines: &[String]| told_by(&lines.iter().map(String::as_str).collect::<Vec<_>>()).facts;
    assert_eq!(facts(&without_ids), facts(&with_ids));
    let notes: Vec<_> = facts(&with_ids)
        .into_iter()
        .filter_map(|fact| if let Fact::Session(note) = fact { note.origin } else { None })
        .collect();
    assert_eq!(notes.last(), Some(&1_767_261_601_000), "it began before its header was written");
}

#[test]
fn a_fork_says_what_it_copied_under_the_same_ids_and_began_when_it_was_made() {
    let parent = [
        message(1, "a", r#""role":"user","content":"one""#),
        answer(2, "b", &asks("0", "bash", r#"{"command":"ls"}"#), "toolUse"),
    ];
    let ids = |header: &str, entries: &[String]| {
        let lines: Vec<&str> = [header].into_iter().chain(entries.iter().map(String::as_str)).collect();
        let parsed = told_by(&lines);
        let mut ids: Vec<String> = messages(&parsed, Role::User)
            .iter()
            .map(|message| format!("{} {}", message.message_id, message.at))
            .collect();
        ids.extend(usages(&parsed).iter().map(|usage| usage.response_id.clone()));
        ids.extend(calls(&parsed).iter().map(|call| call.call_id.clone()));
        (ids, parsed)
    };
    let (own, _) = ids(HEADER, &parent);
    let forks = [
        (
            r#"{"type":"session","version":3,"id":"f","timestamp":"2026-01-01T10:01:00Z","cwd":"/w","parentSession":"/h/2026-01-01T10-00-00-000Z_own.jsonl"}"#,
            parent.to_vec(),
        ),
        // The first versions dated copies anew.
        (
            r#"{"type":"session","id":"f","timestamp":"2026-01-01T10:01:00Z","cwd":"/w","branchedFrom":"C:\\s\\2026-01-01T10-00-00-000Z_own.jsonl"}"#,
            parent.iter().map(|line| line.replace("T10:00:0", "T10:01:0")).collect(),
        ),
    ];
    for (header, entries) in forks {
        let (copied, parsed) = ids(header, &entries);
        let began = |text: &str| text.replace(char::is_whitespace, "");
        assert_eq!(copied[1..].iter().map(|id| began(id)).collect::<Vec<_>>(), own[1..], "{header}");
        assert_eq!(copied[0].split(' ').next(), own[0].split(' ').next(), "{header}");
        let Some(Fact::Session(note)) = parsed.facts.first() else { panic!("{header}") };
        assert_eq!((note.parent.as_deref(), note.origin), (Some("own"), Some(1_767_261_660_000)));
        assert_eq!(
            parsed.facts.iter().filter(|fact| matches!(fact, Fact::Session(note) if note.origin.is_some())).count(),
            1
        );
    }
}

#[test]
fn what_is_not_understood_is_counted_and_stops_nothing() {
    let parsed = told_by(&[
        HEADER,
        "7",
        "{}",
        r#"{"type":"message","id":"a"}"#,
        r#"{"type":"message","timestamp":1e99,"message":{"role":"user","content":"x"}}"#,
        r#"{"type":"invented","id":"b","timestamp":"2026-01-01T10:00:01Z"}"#,
        r#"{"type":"message","message":{"role":"narrator","content":"x"}}"#,
        r#"{"type":"message","message":{"role":"toolResult","content":"x"}}"#,
        r#"{"type":"usage"}"#,
        r#"{"type":"session","version":9}"#,
    ]);
    let reasons: Vec<&str> = parsed.skips.iter().map(|skip| skip.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "not an object",
            "record without a type",
            "message entry without a message",
            "number out of range",
            "unknown entry type invented",
            "unknown role narrator",
            "tool result without a call",
            "usage without tokens",
            "session without an id",
        ]
    );
}

#[test]
fn a_file_that_lost_its_header_is_the_session_of_its_name() {
    let parsed = told_by(&[&message(1, "a", r#""role":"user","content":"one""#)]);
    assert_eq!(&*messages(&parsed, Role::User)[0].session.id, "own");
}

#[test]
fn sessions_are_known_by_their_beginning_and_not_taken_for_another_agents() {
    use super::parser::is_session;
    assert!(is_session(HEADER.as_bytes()));
    let cut = format!("{HEADER}\n{{\"type\":\"message\",\"mess");
    assert!(is_session(cut.as_bytes()));
    let openclaw = format!("{HEADER}\n{{\"type\":\"custom\",\"customType\":\"model-snapshot\"}}");
    for other in
        [openclaw.as_str(), "", "{}", r#"{"type":"session_meta","payload":{}}"#, r#"{"type":"user","sessionId":"s"}"#]
    {
        assert!(!is_session(other.as_bytes()), "{other}");
    }
}

/// Notes of a session may be said again; and where a reading stops between a call and its end, the file that was only
/// looked at is not known any more.
fn lasting(parsed: Parsed) -> (Vec<Fact>, Vec<String>, u64) {
    let keeps = |fact: &Fact| !matches!(fact, Fact::Session(_) | Fact::File(_));
    (
        parsed.facts.into_iter().filter(keeps).collect(),
        parsed.skips.into_iter().map(|skip| skip.reason).collect(),
        parsed.records,
    )
}

fn recorded() -> String {
    let run =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/pi/fixtures/0.73.1/multi/sessions/--home-dev-project--");
    std::fs::read_to_string(std::fs::read_dir(run).unwrap().next().unwrap().unwrap().path()).unwrap()
}

#[test]
fn reading_goes_on_after_a_stop_at_any_byte() {
    let recorded = recorded();
    let lines: Vec<&str> = recorded.lines().take(7).collect();
    let text = format!(
        "\u{feff}{}\r\n\n{{\"type\":\"mess\n\0\0\n{}",
        lines.join("\n"),
        message(9, "z", r#""role":"user","content":"漢字 \ud83d""#)
    );
    let bytes = text.as_bytes();
    let mut whole = Parsed::default();
    read(bytes, bytes, &mut 0, &mut 0, None, &mut whole);
    let whole = lasting(whole);
    assert_eq!((whole.1.len(), whole.2), (2, 8), "{:?}", whole.1);
    for stop in 0..=bytes.len() {
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&bytes[..stop], bytes, &mut offset, &mut line, None, &mut parsed);
        read(bytes, bytes, &mut offset, &mut line, state.as_deref(), &mut parsed);
        assert_eq!(lasting(parsed), whole, "stopped at {stop}");
    }
}

/// What a field may hold instead.
const ODD: &[&str] = &[
    "null",
    "[]",
    "{}",
    "-1",
    "1e400",
    "\"\"",
    "[{\"type\":\"toolCall\"}]",
    "{\"total\":\"x\"}",
    "true",
    "\"\\ud800\"",
];

proptest! {
    #[test]
    fn no_change_of_a_line_stops_the_reading_or_makes_it_depend_on_pauses(
        changes in prop::collection::vec((0_usize..20, 0_usize..60, 0_usize..10), 1..6),
        pause in 0_usize..20,
    ) {
        let mut lines: Vec<serde_json::Value> = recorded().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (line, place, odd) in changes {
            let at = line % lines.len();
            let mut left = place;
            let odd = serde_json::from_str(ODD[odd]).unwrap_or(serde_json::Value::Null);
            replace(&mut lines[at], &mut left, &odd);
        }
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let whole = lasting(told_by(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
        let text = lines.join("\n") + "\n";
        let stop = lines.iter().take(pause).map(|line| line.len() + 1).sum::<usize>();
        let mut parsed = Parsed::default();
        let (mut offset, mut line) = (0, 0);
        let state = read(&text.as_bytes()[..stop], text.as_bytes(), &mut offset, &mut line, None, &mut parsed);
        read(text.as_bytes(), text.as_bytes(), &mut offset, &mut line, state.as_deref(), &mut parsed);
        prop_assert_eq!(lasting(parsed), whole);
    }
}

/// Puts `odd` in the place of the field that comes when `left` others have.
fn replace(value: &mut serde_json::Value, left: &mut usize, odd: &serde_json::Value) {
    let inner: Vec<&mut serde_json::Value> = match value {
        serde_json::Value::Object(fields) => fields.values_mut().collect(),
        serde_json::Value::Array(items) => items.iter_mut().collect(),
        _ => return,
    };
    for field in inner {
        if *left == 0 {
            field.clone_from(odd);
            *left = usize::MAX;
            return;
        }
        *left -= 1;
        replace(field, left, odd);
        if *left == usize::MAX {
            return;
        }
    }
}
