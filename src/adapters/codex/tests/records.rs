//! Prompts, plans, titles and tokens, in every format that there was.

use super::rollout::{CHILD, began, call, count, event, facts, item, joined, line, meta, parsed, prompt, prompts};
use crate::adapters::Parsed;
use crate::adapters::codex::parser::is_rollout;
use crate::model::{CallStatus, Fact, Message, PlanChange, Role, SessionNote, Usage};

#[test]
fn every_request_counts_once() {
    let sum = |parsed: &Parsed| facts!(parsed, Usage, Usage).iter().map(|u| u.tokens.prompt_total()).sum::<i64>();
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        event("10:00:00.500", r#"{"type":"token_count","info":null}"#),
        count("10:00:01.000", 10, 10),
        count("10:00:01.001", 10, 10),
        count("10:00:02.000", 30, 20),
        // Counted anew.
        count("10:00:03.000", 7, 7),
    ]);
    assert_eq!((sum(&told), facts!(told, Usage, Usage).len()), (37, 3));
    let record = |at: &str, id: &str, n: i64| {
        line(
            at,
            "token_usage_record",
            &format!(
                r#"{{"response_id":"{id}","usage":{{"input_tokens":{n},"cache_write_input_tokens":4,"output_tokens":2}}}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        record("10:00:01.000", "r1", 10),
        count("10:00:01.001", 10, 10),
        record("10:00:02.000", "r2", 20),
        count("10:00:02.001", 30, 20),
    ]);
    assert_eq!(sum(&told), 30);
    let first = facts!(told, Usage, Usage).remove(0);
    assert_eq!((first.response_id.as_str(), first.tokens.input, first.tokens.cache_write_other), ("r1", 6, 4));
    // Where only the sum is told.
    let total = |at: &str, n: i64| {
        event(at, &format!(r#"{{"type":"token_count","info":{{"total_token_usage":{{"input_tokens":{n}}}}}}}"#))
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        total("10:00:01.000", 5),
        total("10:00:02.000", 9),
        total("10:00:03.000", 3),
    ]);
    assert_eq!(sum(&told), 5 + 4 + 3);
}

#[test]
fn plans_titles_and_thoughts_are_read() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        line("10:00:00.500", "turn_context", r#"{"cwd":"/w/sub","model":"gpt-5.5"}"#),
        began(
            "10:00:01.000",
            "c",
            "update_plan",
            r#"{"plan":[{"step":"a","status":"completed"},{"step":"b","status":"in_progress"}]}"#,
        ),
        event("10:00:02.000", r#"{"type":"thread_name_updated","thread_name":"Tidy"}"#),
        item(
            "10:00:03.000",
            r#"{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"x"}"#,
        ),
        item(
            "10:00:04.000",
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>x"}]}"#,
        ),
        item(
            "10:00:05.000",
            r#"{"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]}"#,
        ),
        line("10:00:06.000", "compacted", r#"{"message":"sum"}"#),
    ]);
    let plans = told
        .facts
        .iter()
        .filter(|f| matches!(f, Fact::Plan { change: PlanChange::Replace(items), .. } if items.len() == 2));
    assert_eq!(plans.count(), 1);
    let notes = facts!(told, Session, SessionNote);
    assert_eq!((notes[1].cwd.as_deref(), notes[1].model.as_deref()), (Some("/w/sub"), Some("gpt-5.5")));
    assert_eq!(notes[2].title.as_ref().map(|(_, _, title)| title.as_str()), Some("Tidy"));
    let said: Vec<(Role, String)> =
        facts!(told, Message, Message).into_iter().map(|m| (m.role, m.pieces[0].text.clone())).collect();
    assert_eq!(said, [(Role::Thinking, "hm".to_owned()), (Role::System, "<environment_context>x".to_owned())]);
    assert_eq!(told.facts.iter().filter(|f| matches!(f, Fact::Event(e) if e.compaction)).count(), 1);
}

#[test]
fn the_bare_format_is_read() {
    let told = parsed(&[
        r#"{"id":"s","timestamp":"2025-08-01T10:00:00Z","instructions":null,"git":{"branch":"main"}}"#,
        r#"{"record_type":"state"}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>x"}]}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}"#,
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}"#,
        r#"{"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls"]}}"#,
        r#"{"type":"function_call_output","call_id":"c","output":{"content":"a.txt","success":true}}"#,
    ]);
    assert_eq!(prompts(&told), ["go on", "go on"]);
    let ids: std::collections::BTreeSet<String> =
        facts!(told, Message, Message).into_iter().map(|m| m.message_id).collect();
    assert_eq!(ids.len(), 3, "said twice is two");
    let ls = call(&told, "c");
    assert_eq!(
        (ls.command.as_deref(), ls.output.as_deref(), ls.status),
        (Some("ls"), Some("a.txt"), Some(CallStatus::Ok))
    );
    assert_eq!(facts!(told, Session, SessionNote)[0].git_branch.as_deref(), Some("main"));
    assert!(told.skips.is_empty(), "{:?}", told.skips);
}

#[test]
fn rollouts_are_known_by_their_first_line() {
    for (text, want) in [
        (meta("10:00:00.000", CHILD, ""), true),
        (format!("\n{}", &meta("10:00:00.000", CHILD, "")[..80]), true),
        (r#"{"id":"s","timestamp":"2025-08-01T10:00:00Z","instructions":null,"git":{}}"#.to_owned(), true),
        (r#"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2025-08-01T10:00:00Z"}"#.to_owned(), false),
        (r#"{"type":"session","version":3,"id":"s","timestamp":"2025-08-01T10:00:00Z"}"#.to_owned(), false),
        (String::new(), false),
    ] {
        assert_eq!(is_rollout(text.as_bytes()), want, "{text}");
    }
}

#[test]
fn a_prompt_told_by_an_event_and_an_item_is_one() {
    let as_item = |at: &str, id: &str| {
        event(
            at,
            &format!(
                r#"{{"type":"item_completed","item":{{"type":"UserMessage","id":"{id}","content":[{{"type":"text","text":"go"}}]}}}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        prompt("10:00:01.000", "go"),
        as_item("10:00:01.001", "i1"),
        as_item("10:00:09.000", "i2"),
    ]);
    assert_eq!(prompts(&told).len(), 2);
}

#[test]
fn foreign_data_is_counted_and_harmless() {
    let told = joined(&[
        "7".to_owned(),
        meta("10:00:00.000", CHILD, ""),
        r#"{"type":"response_item","payload":[]}"#.to_owned(),
        line("10:00:01.000", "invented", "{}"),
        event("10:00:01.000", r#"{"type":"invented"}"#),
        item("10:00:01.000", r#"{"type":"invented"}"#),
        line("10:00:01.000", "token_usage_record", "{}"),
        "{\"half\": ".to_owned(),
    ]);
    let reasons: Vec<&str> = told.skips.iter().map(|skip| skip.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "not an object",
            "record without a payload",
            "unknown record type invented",
            "unknown event invented",
            "unknown item invented",
            "usage without tokens",
            "not JSON"
        ]
    );
}
