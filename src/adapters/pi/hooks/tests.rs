//! Payloads of our extension, and what each tells.

use std::collections::BTreeMap;

use super::PiHooks;
use crate::adapters::{Heard, Hooks as _, Moment, Posted, Start};
use crate::model::{CallStatus, Fact, Message, Role, SessionNote, ToolCall, ToolKind};

const NOW: i64 = 1_767_261_600_000;

/// `more` goes on after the fields that every payload has.
fn heard(event: &str, more: &str) -> Heard {
    let body = format!(
        r#"{{"type":"{event}","timestamp":{},"session_id":"s","cwd":"/w","transcript_path":"/h/x.jsonl","version":"0.73.1","provider":"p","model":"m","context_window":1000{more}}}"#,
        NOW - 50
    );
    post(&body, event)
}

fn post(body: &str, event: &str) -> Heard {
    let posted = Posted { body: body.as_bytes(), at: NOW, key: 9, event: Some(event), hints: &BTreeMap::new() };
    PiHooks.read(&posted).unwrap()
}

fn note(heard: &Heard) -> &SessionNote {
    heard.parsed.facts.iter().find_map(|fact| if let Fact::Session(note) = fact { Some(note) } else { None }).unwrap()
}

fn said(heard: &Heard) -> Option<&Message> {
    heard.parsed.facts.iter().find_map(|fact| if let Fact::Message(message) = fact { Some(message) } else { None })
}

fn call(heard: &Heard) -> &ToolCall {
    heard.parsed.facts.iter().find_map(|fact| if let Fact::ToolCall(call) = fact { Some(call) } else { None }).unwrap()
}

fn key(heard: &Heard) -> u64 {
    heard
        .parsed
        .facts
        .iter()
        .find_map(|fact| if let Fact::Event(event) = fact { Some(event.key) } else { None })
        .unwrap()
}

#[test]
fn every_event_has_its_moment() {
    for (event, more, moment) in [
        ("session_start", r#","reason":"startup""#, Moment::SessionStart(Start::Startup)),
        ("session_start", r#","reason":"new""#, Moment::SessionStart(Start::Startup)),
        ("session_start", r#","reason":"resume""#, Moment::SessionStart(Start::Resume)),
        ("session_start", r#","reason":"fork""#, Moment::SessionStart(Start::Fork)),
        ("session_start", r#","reason":"reload""#, Moment::Other),
        ("before_agent_start", r#","prompt":"x""#, Moment::Prompt { by_person: true }),
        ("before_agent_start", r#","messageType":"custom""#, Moment::Prompt { by_person: false }),
        ("tool_call", r#","toolName":"ls","toolCallId":"call_11111111""#, Moment::BeforeTool),
        ("tool_result", r#","toolName":"ls","toolCallId":"call_11111111""#, Moment::AfterTool),
        ("tool_result", r#","toolName":"ls","toolCallId":"call_11111111","isError":true"#, Moment::AfterFailure),
        ("session_before_compact", "", Moment::BeforeCompaction),
        ("session_compact", "", Moment::SessionStart(Start::Compact)),
        ("agent_end", r#","stop_reason":"stop""#, Moment::Stop { held: false }),
        ("agent_end", r#","stop_reason":"aborted""#, Moment::Stop { held: true }),
        ("agent_before_settle", r#","stop_hook_active":true"#, Moment::Stop { held: true }),
        ("session_shutdown", r#","reason":"quit""#, Moment::SessionEnd),
        ("session_shutdown", r#","reason":"reload""#, Moment::Other),
        ("turn_start", "", Moment::Other),
    ] {
        let heard = heard(event, more);
        assert_eq!(heard.moment, moment, "{event} {more}");
        assert!(heard.parsed.skips.is_empty(), "{event}: {:?}", heard.parsed.skips);
        assert_eq!(note(&heard).ended, moment == Moment::SessionEnd, "{event}");
    }
}

#[test]
fn a_prompt_is_heard_as_it_was_typed_with_what_it_is_put_to() {
    let skill = r#","prompt":"<skill name=\"peer\" location=\"/s\">\nlong\n</skill>\n\nand codex""#;
    let heard = heard("before_agent_start", skill);
    assert_eq!((heard.cwd.as_deref(), heard.transcript_path.as_deref()), (Some("/w"), Some("/h/x.jsonl")));
    let note = note(&heard);
    assert_eq!(
        (note.model.as_deref(), note.window, note.agent_version.as_deref()),
        (Some("m"), Some(1000), Some("0.73.1"))
    );
    let prompt = said(&heard).unwrap();
    assert_eq!(
        (prompt.role, prompt.pieces[0].text.as_str(), prompt.overheard),
        (Role::User, "/skill:peer and codex", true)
    );
    assert_eq!(prompt.at, NOW - 50, "when it happened, not when it was told");
    assert!(said(&super::tests::heard("before_agent_start", r#","prompt":"x","messageType":"custom""#)).is_none());
}

#[test]
fn a_run_ends_with_its_last_words() {
    let heard = heard("agent_before_settle", r#","last_assistant_message":"done","stop_reason":"stop""#);
    let words = said(&heard).unwrap();
    assert_eq!((words.role, words.pieces[0].text.as_str()), (Role::Assistant, "done"));
    assert!(said(&super::tests::heard("agent_end", "")).is_none());
}

#[test]
fn a_call_is_told_before_and_after_under_one_id() {
    let asked = r#","toolName":"bash","toolCallId":"call_11111111","input":{"command":"make"}"#;
    let (before, after) = (
        heard("tool_call", asked),
        heard(
            "tool_result",
            &format!(
                r#"{asked},"content":[{{"type":"text","text":"red\n\nCommand exited with code 2"}},{{"type":"text","text":"<tma1-context>\nx\n</tma1-context>"}}],"details":{{}},"isError":true"#
            ),
        ),
    );
    assert_eq!((call(&before).started_at, call(&before).status), (Some(NOW - 50), None));
    let ended = call(&after);
    assert_eq!((ended.kind, ended.status, ended.exit_code), (Some(ToolKind::Shell), Some(CallStatus::Error), Some(2)));
    assert_eq!(ended.output.as_deref(), Some("red\n\nCommand exited with code 2"), "without what we said beside it");
    assert_eq!(call(&before).call_id, ended.call_id);
    assert_ne!(key(&before), key(&after));
    assert_eq!(key(&before), key(&heard("tool_call", asked)), "two copies of the extension tell one event");
}

#[test]
fn an_id_that_only_counts_is_the_one_of_its_record() {
    let asked = r#","toolName":"bash","toolCallId":"functions.bash:0","input":{"command":"ls"}"#;
    assert_eq!(call(&heard("tool_call", &format!(r#"{asked},"response_at":77"#))).call_id, "77:functions.bash:0");
    // The client's own payload does not name the response.
    assert_eq!(call(&heard("tool_call", asked)).call_id, "s:functions.bash:0");
    assert_eq!(key(&heard("tool_call", asked)), 9);
}

#[test]
fn files_are_known_as_far_as_they_were_told_whole() {
    let told = |tool: &str, input: &str, text: &str, more: &str| {
        let more = format!(
            r#","toolName":"{tool}","toolCallId":"call_11111111","input":{input},"content":[{{"type":"text","text":"{text}"}}],"isError":false{more}"#
        );
        heard("tool_result", &more)
            .parsed
            .facts
            .into_iter()
            .find_map(|fact| if let Fact::File(touch) = fact { Some(touch) } else { None })
    };
    let written = told("write", r#"{"path":"a.rs","content":"x\n"}"#, "ok", "").unwrap();
    let read = told("read", r#"{"path":"/w/a.rs"}"#, "x\\n", "").unwrap();
    assert_eq!((written.path.as_str(), written.content_hash), ("/w/a.rs", read.content_hash));
    assert!(read.content_hash.is_some());
    assert_eq!(told("write", r#"{"path":"a.rs","content":"x"}"#, "ok", r#","cut":true"#).unwrap().content_hash, None);
    assert_eq!(told("edit", r#"{"path":"a.rs","edits":[]}"#, "ok", "").unwrap().content_hash, None);
    assert!(told("bash", r#"{"command":"cat a.rs"}"#, "x", "").is_none());
}

#[test]
fn the_clients_own_payloads_and_odd_ones_are_kept_as_events() {
    let own = post(
        r#"{"type":"tool_call","toolName":"read","toolCallId":"call_11111111","input":{"path":"/x"}}"#,
        "tool_call",
    );
    assert_eq!((own.session.is_none(), own.parsed.facts.len(), own.parsed.skips.len()), (true, 1, 1));
    let unknown = post(r#"{"session_id":"s"}"#, "invented");
    assert_eq!(
        (unknown.event.as_str(), unknown.parsed.skips[0].reason.as_str()),
        ("invented", "unknown hook event invented")
    );
    let late = post(&format!(r#"{{"type":"agent_end","session_id":"s","timestamp":{}}}"#, NOW - 60_000), "agent_end");
    assert_eq!(note(&late).at, Some(NOW), "a clock that is off is not believed");
    for body in ["[]", "hello", "7"] {
        let posted = Posted { body: body.as_bytes(), at: NOW, key: 9, event: None, hints: &BTreeMap::new() };
        assert!(PiHooks.read(&posted).is_none(), "{body}");
    }
}
