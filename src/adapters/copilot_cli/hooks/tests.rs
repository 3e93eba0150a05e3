//! What single payloads tell, also broken ones. Whole runs are pinned in `tests/it/adapters.rs`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::CopilotHooks;
use crate::adapters::{Heard, Hooks, Moment, Posted, Start};
use crate::model::{
    CallAsked, CallStatus, Fact, FileTouch, Message, RawEvent, Role, SessionNote, SubagentNote, ToolCall, ToolKind,
    TouchKind, Unnamed,
};

const AT: i64 = 1_795_168_605_211;

fn post(event: Option<&str>, body: &[u8], key: u64) -> Option<Heard> {
    CopilotHooks.read(&Posted { body, at: AT + 20, key, event, hints: &BTreeMap::new() })
}

/// `fields` of an event of session `s`, read.
fn hear(event: &str, fields: Value) -> Heard {
    let mut payload = json!({"sessionId": "s", "timestamp": AT, "cwd": "/w"});
    let Value::Object(fields) = fields else { panic!("fields") };
    payload.as_object_mut().unwrap().extend(fields);
    post(Some(event), payload.to_string().as_bytes(), 1).unwrap()
}

/// The same in the other dialect.
fn hear_claudes(event: &str, fields: Value) -> Heard {
    let mut payload =
        json!({"session_id": "s", "hook_event_name": event, "timestamp": "2026-11-20T09:56:45.211Z", "cwd": "/w"});
    let Value::Object(fields) = fields else { panic!("fields") };
    payload.as_object_mut().unwrap().extend(fields);
    post(None, payload.to_string().as_bytes(), 2).unwrap()
}

macro_rules! facts {
    ($heard:expr, $kind:ident, $of:ty) => {{
        let of_kind = |fact: &Fact| match fact {
            Fact::$kind(fact) => Some(fact.clone()),
            _ => None,
        };
        $heard.parsed.facts.iter().filter_map(of_kind).collect::<Vec<$of>>()
    }};
}

fn event(heard: &Heard) -> RawEvent {
    facts!(heard, Event, RawEvent).remove(0)
}

fn call(heard: &Heard) -> ToolCall {
    facts!(heard, ToolCall, ToolCall).remove(0)
}

#[test]
fn every_moment_has_its_names() {
    for (event, fields, want) in [
        ("sessionStart", json!({"source": "new"}), Moment::SessionStart(Start::Startup)),
        ("sessionStart", json!({"source": "resume"}), Moment::SessionStart(Start::Resume)),
        ("userPromptSubmitted", json!({"prompt": "do it"}), Moment::Prompt { by_person: true }),
        ("userPromptSubmitted", json!({"prompt": "<system_notification>x"}), Moment::Prompt { by_person: false }),
        ("userPromptSubmitted", json!({"prompt": "x", "agentId": "a"}), Moment::Prompt { by_person: false }),
        ("preToolUse", json!({"toolName": "bash"}), Moment::BeforeTool),
        ("postToolUse", json!({"toolName": "bash"}), Moment::AfterTool),
        ("postToolUseFailure", json!({"toolName": "bash"}), Moment::AfterFailure),
        ("preCompact", json!({"trigger": "auto"}), Moment::BeforeCompaction),
        ("agentStop", json!({"stop_hook_active": false}), Moment::Stop { held: false }),
        ("agentStop", json!({"stop_hook_active": true}), Moment::Stop { held: true }),
        ("agentStop", json!({"agentId": "s"}), Moment::Other),
        ("sessionEnd", json!({"reason": "complete"}), Moment::SessionEnd),
        ("errorOccurred", json!({"error": {"message": "x"}}), Moment::Other),
        ("notification", json!({"hook_event_name": "Notification", "message": "x"}), Moment::Other),
    ] {
        let heard = hear(event, fields.clone());
        assert_eq!(heard.moment, want, "{event} {fields}");
        assert!(heard.parsed.skips.is_empty(), "{event}: {:?}", heard.parsed.skips);
    }
    assert_eq!(hear_claudes("Stop", json!({})).moment, Moment::Stop { held: false });
    assert_eq!(hear("invented", json!({})).parsed.skips.len(), 1);
}

#[test]
fn a_call_is_told_before_and_after_without_an_id() {
    let asked = json!({"toolName": "bash", "toolArgs": {"command": "cargo test", "description": "Test"}});
    let before = call(&hear("preToolUse", asked.clone()));
    assert_eq!((before.started_at, before.ended_at, before.status), (Some(AT), None, None));
    assert_eq!((before.command.as_deref(), before.kind), (Some("cargo test"), Some(ToolKind::Shell)));
    assert_eq!(before.unnamed, Some(Unnamed { before: true, voice: 0 }));
    assert!(before.call_id.starts_with("hook:") && before.asked.is_some());
    let mut fields = asked;
    fields["toolResult"] =
        json!({"resultType": "success", "textResultForLlm": "red\n<shellId: 2 completed with exit code 101>"});
    let after = call(&hear("postToolUse", fields));
    assert_eq!(
        (after.status, after.exit_code, after.output.as_deref()),
        (Some(CallStatus::Error), Some(101), Some("red"))
    );
    assert_eq!((after.asked, after.ended_at), (before.asked, Some(AT)));
    // In the other dialect, and with the arguments in a string: the same question by another voice.
    let other = hear_claudes(
        "PreToolUse",
        json!({"tool_name": "Bash", "tool_input": "{\"description\":\"Test\",\"command\":\"cargo test\"}"}),
    );
    let other = call(&other);
    assert_eq!((other.tool.as_deref(), other.asked), (Some("bash"), before.asked));
    assert_eq!(other.unnamed, Some(Unnamed { before: true, voice: 1 }));
    // One that is named is not looked for.
    let named = call(&hear("preToolUse", json!({"toolName": "bash", "toolCallId": "c"})));
    assert_eq!((named.call_id.as_str(), named.unnamed), ("c", None));
}

#[test]
fn how_a_call_went_is_told_in_words() {
    let failed = |error: Value| call(&hear("postToolUseFailure", json!({"toolName": "view", "error": error})));
    assert_eq!(failed(json!("Path does not exist")).status, Some(CallStatus::Error));
    assert_eq!(failed(json!({"message": "Denied by rule"})).status, Some(CallStatus::Denied));
    assert_eq!(failed(json!("no")).error.as_deref(), Some("no"));
    let after = |result: Value| call(&hear("postToolUse", json!({"toolName": "bash", "toolResult": result})));
    assert_eq!(after(json!({"resultType": "rejected", "textResultForLlm": "x"})).status, Some(CallStatus::Denied));
    let goes_on =
        after(json!({"resultType": "success", "textResultForLlm": "<command started in background with shellId: 1>"}));
    assert_eq!((goes_on.status, goes_on.background, goes_on.ended_at), (None, true, Some(AT)));
}

#[test]
fn files_are_told_behind_their_call() {
    let heard = hear(
        "postToolUse",
        json!({"toolName": "create", "toolArgs": {"path": "src/a.rs", "file_text": "x"}, "toolResult": {"resultType": "success"}}),
    );
    let kinds: Vec<bool> = heard.parsed.facts.iter().map(|fact| matches!(fact, Fact::File(_))).collect();
    assert_eq!(kinds, [false, false, false, true]);
    let touch = facts!(heard, File, FileTouch).remove(0);
    assert_eq!((touch.path.as_str(), touch.kind, touch.content_hash.is_some()), ("/w/src/a.rs", TouchKind::Edit, true));
    assert_eq!(touch.call_id, call(&heard).call_id);
}

#[test]
fn inside_a_sub_agent_the_session_is_its_parent() {
    let inside =
        json!({"sessionId": "a", "agentId": "a", "agentType": "task", "parentAgentId": "s", "toolName": "bash"});
    let heard = hear("preToolUse", inside);
    assert_eq!((&*heard.session.as_ref().unwrap().id, heard.agent_id.as_deref()), ("s", Some("a")));
    assert_eq!(call(&heard).agent_id.as_deref(), Some("a"));
    // One below another: the file of the records says whose it is.
    let nested = hear(
        "agentStop",
        json!({"sessionId": "b", "agentId": "b", "parentAgentId": "a", "transcriptPath": "/h/session-state/s/events.jsonl"}),
    );
    assert_eq!(&*nested.session.unwrap().id, "s");
    let started = hear("subagentStart", json!({"agentId": "a", "agentName": "task", "parentAgentId": "s"}));
    let note = facts!(started, Subagent, SubagentNote).remove(0);
    assert_eq!((note.agent_id.as_str(), note.agent_type.as_deref(), note.at), ("a", Some("task"), Some(AT)));
    let stopped = hear("subagentStop", json!({"agentId": "a", "response": "One file."}));
    let answer = facts!(stopped, Message, Message).remove(0);
    assert_eq!((answer.role, answer.agent_id.as_deref(), answer.overheard), (Role::Assistant, Some("a"), true));
}

#[test]
fn prompts_are_overheard_and_the_session_learns_where_it_is() {
    let heard = hear("userPromptSubmitted", json!({"prompt": "fix it"}));
    let said = facts!(heard, Message, Message).remove(0);
    assert_eq!((said.role, said.overheard, said.at), (Role::User, true, AT));
    let note = facts!(heard, Session, SessionNote).remove(0);
    assert_eq!((note.cwd.as_deref(), note.ended), (Some("/w"), false));
    assert!(facts!(hear("sessionEnd", json!({})), Session, SessionNote)[0].ended);
    for prompt in ["<system_notification>done", "<tma1-context>\nbuild: red\n</tma1-context>", " "] {
        assert!(facts!(hear("userPromptSubmitted", json!({"prompt": prompt})), Message, Message).is_empty());
    }
    let asked = hear("permissionRequest", json!({"toolName": "probe/probe_echo", "toolInput": {"text": "x"}}));
    assert_eq!(facts!(asked, CallAsked, CallAsked)[0].tool, "probe-probe_echo");
}

#[test]
fn two_registrations_tell_one_event() {
    let own = hear("preToolUse", json!({"toolName": "bash", "toolArgs": {"command": "ls"}}));
    let claudes = hear_claudes("PreToolUse", json!({"tool_name": "Bash", "tool_input": {"command": "ls"}}));
    assert_eq!(event(&own).key, event(&claudes).key);
    assert_ne!(call(&own).call_id, call(&claudes).call_id);
    assert_eq!(event(&hear("agentStop", json!({}))).key, event(&hear_claudes("Stop", json!({}))).key);
    let later = hear("preToolUse", json!({"toolName": "bash", "toolArgs": {"command": "ls"}, "timestamp": AT + 1}));
    assert_ne!(event(&own).key, event(&later).key);
    // Without a time each delivery is an event.
    let timeless = |key| event(&post(Some("agentStop"), br#"{"sessionId":"s"}"#, key).unwrap()).key;
    assert_ne!(timeless(1), timeless(2));
}

#[test]
fn its_payloads_are_known_under_another_name() {
    let wrote = |body: &str| {
        CopilotHooks.wrote(&Posted { body: body.as_bytes(), at: AT, key: 1, event: None, hints: &BTreeMap::new() })
    };
    assert!(wrote(r#"{"sessionId":"s","toolName":"bash"}"#));
    assert!(wrote(r#"{"session_id":"s","hook_event_name":"SessionStart","timestamp":"2026-11-20T10:00:00Z"}"#));
    assert!(!wrote(
        r#"{"session_id":"s","hook_event_name":"Stop","transcript_path":"/t","permission_mode":"default"}"#
    ));
    assert!(!wrote(r#"{"session_id":"s","hook_event_name":"SessionStart","transcript_path":"/t"}"#));
    assert!(!wrote(
        r#"{"session_id":"s","hook_event_name":"Stop","transcript_path":"/t","timestamp":"2026-11-20T10:00:00Z"}"#
    ));
    assert!(wrote(
        r#"{"session_id":"s","hook_event_name":"Stop","transcript_path":"/c/session-state/s/events.jsonl"}"#
    ));
    assert!(!wrote("hello"));
}

#[test]
fn payloads_that_are_no_objects_or_name_no_session_are_harmless() {
    for body in ["7", "[]", "null", "hello", ""] {
        assert!(post(None, body.as_bytes(), 1).is_none(), "{body}");
    }
    let heard = post(Some("agentStop"), b"{}", 1).unwrap();
    assert_eq!((heard.session, heard.parsed.facts.len(), heard.parsed.skips.len()), (None, 1, 1));
    let future = format!(r#"{{"sessionId":"s","timestamp":{}}}"#, AT + 86_400_000);
    assert_eq!(event(&post(Some("agentStop"), future.as_bytes(), 1).unwrap()).at, AT + 20);
}

proptest! {
    #[test]
    fn no_value_of_a_field_is_too_strange(field in 0usize..14, value in 0usize..8, event in 0usize..30) {
        const FIELDS: [&str; 14] = ["sessionId", "session_id", "cwd", "timestamp", "agentId", "parentAgentId", "prompt",
            "toolName", "tool_name", "toolArgs", "toolResult", "error", "response", "transcriptPath"];
        let values = [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([{"text": 1}]),
            json!({"command": ["bash", 3]}), json!("{\"path\":{}}")];
        let mut payload = json!({"sessionId": "s", "cwd": "/w", "timestamp": AT, "agentId": "s", "parentAgentId": "p",
            "toolName": "apply_patch", "toolArgs": {"input": "x"}, "toolResult": {"resultType": "success"}, "error": "e",
            "prompt": "p", "response": "r", "transcriptPath": "/a/b/events.jsonl"});
        payload[FIELDS[field]] = values[value].clone();
        prop_assert!(post(Some(super::registered::KNOWN[event]), payload.to_string().as_bytes(), 1).is_some());
    }
}
