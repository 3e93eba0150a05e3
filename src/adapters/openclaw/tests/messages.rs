//! What was said, by whom, and what it cost.

use super::session::{asks, entry, facts, header, message, parsed, prompt, said};
use crate::model::{Fact, Message, RawEvent, Role, SessionNote, TitleRank, Usage};

#[test]
fn people_programs_and_the_model_are_told_apart() {
    let user = |fields: &str| format!(r#"{{"role":"user",{fields}}}"#);
    let parsed = parsed(&[
        header("s", ""),
        prompt("a", 1, "[Fri 2026-11-20 10:15 UTC] Fix it."),
        message(
            "b",
            2,
            &user(
                r#""content":[{"type":"text","text":"and"},{"type":"text","text":"that"}],"provenance":{"kind":"external_user"}"#,
            ),
        ),
        message("c", 3, &user(r#""content":[{"type":"image","data":"x"}]"#)),
        message(
            "d",
            4,
            &user(r#""content":"done","provenance":{"kind":"inter_session","sourceTool":"subagent_announce"}"#),
        ),
        prompt("e", 5, "[cron:1 mail] look"),
        message(
            "f",
            6,
            r#"{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"ok"}],"model":"m","provider":"p"}"#,
        ),
        message("g", 7, r#"{"role":"assistant","content":"ok","provider":"openclaw","model":"delivery-mirror"}"#),
        message("h", 8, r#"{"role":"bashExecution","command":"ls","output":"a","exitCode":0}"#),
        entry("i", 9, r#""type":"custom_message","customType":"openclaw.runtime-context","content":"injected""#),
        entry("j", 9, r#""type":"compaction","summary":"so far","tokensBefore":9"#),
        message("k", 9, r#"{"role":"invented","content":"x"}"#),
        message("l", 10, r#"{"role":"user","content":"old","__openclaw":{"mirrorOrigin":"claude-catalog-import"}}"#),
    ]);
    assert_eq!(said(&parsed, Role::User), ["Fix it.", "and\nthat", "[image]"]);
    assert_eq!(
        (said(&parsed, Role::Assistant), said(&parsed, Role::Thinking)),
        (vec!["ok".to_owned()], vec!["hm".to_owned()])
    );
    assert_eq!(said(&parsed, Role::System), ["done", "[cron:1 mail] look", "ok", "$ ls\na", "injected", "so far"]);
    assert_eq!(parsed.skips.iter().map(|s| s.reason.as_str()).collect::<Vec<_>>(), ["unknown role invented"]);
    let events = facts!(parsed, Event, RawEvent);
    assert_eq!((events.len(), events[0].event_type.as_str(), events[0].compaction), (1, "compaction", true));
}

#[test]
fn a_prompt_that_is_tried_again_counts_once() {
    let sent = r#"{"role":"user","content":"Run it.","idempotencyKey":"1:user"}"#;
    let again = r#"{"role":"user","content":[{"type":"text","text":"Run it."}]}"#;
    let twice = parsed(&[header("s", ""), message("a", 1, sent), message("b", 2, again), message("c", 3, again)]);
    assert_eq!(said(&twice, Role::User).len(), 1);
    // A person may say the same twice.
    let both = parsed(&[header("s", ""), message("a", 1, sent), message("b", 2, &sent.replace("1:", "2:"))]);
    assert_eq!(said(&both, Role::User).len(), 2);
    let old = parsed(&[header("s", ""), message("a", 1, again), message("b", 2, again)]);
    assert_eq!(said(&old, Role::User).len(), 2);
}

#[test]
fn each_response_is_paid_once_and_by_whoever_ran_it() {
    let usage = r#""usage":{"input":10,"output":5,"cacheRead":3,"cacheWrite":2,"cacheWrite1h":1,"reasoningTokens":4,"cost":{"total":0.0046}}"#;
    let answer = |fields: &str| format!(r#"{{"role":"assistant","content":"x",{fields}}}"#);
    let parsed = parsed(&[
        header("s", ""),
        entry("z", 1, r#""type":"model_change","provider":"p","modelId":"big""#),
        message("a", 2, &answer(usage)),
        message("b", 3, &answer(&format!(r#"{usage},"api":"cli","provider":"anthropic""#))),
        message("c", 4, &answer(r#""usage":{"input":0,"output":0,"cost":{"total":0}}"#)),
        message(
            "d",
            5,
            &answer(
                r#""usage":{"input":-3,"output":"7","cost":{"total":0}},"errorMessage":"overloaded","stopReason":"error""#,
            ),
        ),
    ]);
    let told = facts!(parsed, Usage, Usage);
    assert_eq!(told.len(), 2);
    let tokens = told[0].tokens;
    assert_eq!((tokens.input, tokens.output, tokens.cache_read, tokens.reasoning), (10, 5, 3, 4));
    assert_eq!((tokens.cache_write_1h, tokens.cache_write_other, told[0].reported_nanos), (1, 1, Some(4_600_000)));
    assert_eq!(told[0].model.as_deref(), Some("big"));
    assert_eq!((told[1].tokens.input, told[1].tokens.output, told[1].reported_nanos), (0, 7, None));
    assert_eq!((parsed.skips.len(), facts!(parsed, Event, RawEvent)[0].event_type.as_str()), (1, "error"));
    assert_eq!(said(&parsed, Role::Assistant).len(), 4);
}

#[test]
fn a_copy_of_a_record_has_its_identity_and_a_fork_its_parent() {
    let ids = |lines: &[String]| {
        facts!(parsed(lines), Message, Message).into_iter().map(|m| m.message_id).collect::<Vec<_>>()
    };
    let history = [prompt("a", 1, "x"), asks("b", 2, "call_00000000000000000001", "exec", "{}")];
    let first: Vec<String> = std::iter::once(header("s", "")).chain(history.clone()).collect();
    let fork = header("t", r#","parentSession":"/h/s.jsonl""#);
    let forked: Vec<String> = std::iter::once(fork.clone()).chain(history).chain([prompt("c", 3, "y")]).collect();
    assert_eq!(ids(&first), ids(&forked)[..2]);
    let note = facts!(parsed(&[fork]), Session, SessionNote).remove(0);
    assert_eq!(
        (note.parent.as_deref(), note.origin, note.cwd.as_deref()),
        (Some("s"), Some(1_795_168_800_000), Some("/w"))
    );
    // The same number in another session is another record.
    let other = parsed(&[header("u", ""), prompt("a", 9, "x")]);
    assert_ne!(ids(&first)[0], facts!(other, Message, Message)[0].message_id);
}

#[test]
fn a_session_has_the_name_it_was_given() {
    let parsed = parsed(&[header("s", ""), entry("a", 1, r#""type":"session_info","name":"My work""#)]);
    let notes = facts!(parsed, Session, SessionNote);
    assert!(
        notes
            .iter()
            .any(|n| n.title.as_ref().is_some_and(|(rank, _, name)| *rank == TitleRank::ByUser && name == "My work"))
    );
}

#[test]
fn a_task_from_another_session_is_no_persons() {
    let parsed =
        parsed(&[header("s", ""), prompt("a", 1, "[Subagent Context] You are a subagent.\n\n[Subagent Task]: count")]);
    let message = facts!(parsed, Message, Message).remove(0);
    assert_eq!((message.role, message.agent_id.as_deref(), &*message.session.id), (Role::System, Some("s"), "s"));
}

#[test]
fn records_of_nobody_and_of_no_kind_are_counted() {
    let parsed = parsed(&[
        prompt("a", 1, "before the header"),
        r#"{"type":"session","timestamp":"2026-11-20T10:00:00Z"}"#.to_owned(),
        header("s", ""),
        r#"{"type":"message","id":"x","timestamp":"+99999-01-01T00:00:00Z","message":{"role":"user","content":"late"}}"#.to_owned(),
        entry("b", 1, r#""type":"compact","note":"x""#),
        entry("c", 1, r#""type":"message","message":7"#),
        entry("d", 1, r#""x":1"#),
        "7".to_owned(),
        r#"{"table":"invented"}"#.to_owned(),
    ]);
    let reasons: Vec<_> = parsed.skips.iter().map(|s| s.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "record without a session",
            "session without an id",
            "record without a session",
            "unknown record type compact",
            "message without content",
            "record without a type",
            "not an object",
            "unknown table",
        ]
    );
    assert_eq!(said(&parsed, Role::User), ["late"]);
}
