//! What entries tell: what was said, done and spent, and what is passed over.

use super::{HEADER, answer, asks, calls, entry, message, messages, result, told_by, usages};
use crate::model::{CallStatus, Fact, Role, ToolKind};

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
    use crate::adapters::pi::parser::is_session;
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
