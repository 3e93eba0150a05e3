//! What single payloads tell, also broken ones. Whole runs are pinned in `tests/it/adapters.rs`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::OpenclawHooks;
use crate::adapters::{Heard, Hooks, Moment, Posted, Start};
use crate::model::{
    CallStatus, Fact, FileTouch, Message, RawEvent, Role, SessionNote, SubagentNote, ToolCall, ToolKind, TouchKind,
};

const AT: i64 = 1_795_168_605_211;
const CALL: &str = "call_3b13122d9fb040ee822d";

fn post(body: &[u8], key: u64) -> Option<Heard> {
    OpenclawHooks.read(&Posted { body, at: AT, key, event: None, hints: &BTreeMap::new() })
}

/// `fields` of an event of session `s`, read.
fn hear(event: &str, fields: Value) -> Heard {
    let mut payload = json!({"session_id": "s", "session_key": "agent:main:main", "run_id": "r", "hook_event_name": event, "cwd": "/w"});
    let Value::Object(fields) = fields else { panic!("fields") };
    payload.as_object_mut().unwrap().extend(fields);
    post(payload.to_string().as_bytes(), 1).unwrap()
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

fn call(heard: &Heard) -> ToolCall {
    facts!(heard, ToolCall, ToolCall).remove(0)
}

#[test]
fn every_moment_has_its_name() {
    for (event, fields, want) in [
        ("session_start", json!({}), Moment::SessionStart(Start::Startup)),
        ("session_start", json!({"resumed_from": "t"}), Moment::SessionStart(Start::Resume)),
        ("before_prompt_build", json!({"prompt": "do it", "trigger": "user"}), Moment::Prompt { by_person: true }),
        ("before_prompt_build", json!({"prompt": "do it"}), Moment::Prompt { by_person: true }),
        (
            "before_prompt_build",
            json!({"prompt": "do it", "trigger": "heartbeat"}),
            Moment::Prompt { by_person: false },
        ),
        (
            "before_prompt_build",
            json!({"prompt": "x", "input_kind": "inter_session"}),
            Moment::Prompt { by_person: false },
        ),
        (
            "before_prompt_build",
            json!({"prompt": "[cron:1 x] y", "trigger": "user"}),
            Moment::Prompt { by_person: false },
        ),
        ("before_tool_call", json!({}), Moment::BeforeTool),
        ("after_tool_call", json!({"tool_name": "read"}), Moment::AfterTool),
        ("after_tool_call", json!({"tool_name": "read", "error": "no"}), Moment::AfterFailure),
        ("before_compaction", json!({"message_count": 3}), Moment::BeforeCompaction),
        ("after_compaction", json!({"message_count": 3}), Moment::Other),
        ("before_agent_finalize", json!({"stop_hook_active": false}), Moment::Stop { held: false }),
        ("before_agent_finalize", json!({"stop_hook_active": true}), Moment::Stop { held: true }),
        ("agent_end", json!({"success": true}), Moment::Other),
        ("session_end", json!({"reason": "reset"}), Moment::SessionEnd),
    ] {
        let heard = hear(event, fields.clone());
        assert_eq!(heard.moment, want, "{event} {fields}");
        let told = facts!(heard, Event, RawEvent).remove(0);
        assert_eq!(told.compaction, event == "after_compaction", "{event} {fields}");
        assert!(heard.parsed.skips.iter().all(|skip| !skip.reason.starts_with("unknown")), "{event}");
    }
    assert_eq!(hear("invented", json!({})).parsed.skips.len(), 1);
}

#[test]
fn prompts_and_answers_are_overheard() {
    let said = |heard: &Heard| facts!(heard, Message, Message);
    let one = said(&hear("before_prompt_build", json!({"prompt": "[Fri 2026-11-20 10:15 UTC] fix it"}))).remove(0);
    assert_eq!((one.role, one.overheard, one.pieces[0].text.as_str()), (Role::User, true, "fix it"));
    let two = said(&hear("before_prompt_build", json!({"prompt": "and that"}))).remove(0);
    assert_ne!(one.message_id, two.message_id);
    let answer = said(&hear("before_agent_finalize", json!({"last_assistant_message": "Done."}))).remove(0);
    assert_eq!((answer.role, answer.pieces[0].text.as_str()), (Role::Assistant, "Done."));
    for (event, fields) in [
        ("before_prompt_build", json!({"prompt": "[OpenClaw heartbeat poll]"})),
        ("before_prompt_build", json!({"prompt": "  "})),
        ("before_agent_finalize", json!({"last_assistant_message": null})),
    ] {
        assert!(said(&hear(event, fields)).is_empty(), "{event}");
    }
}

#[test]
fn the_session_learns_what_its_own_thread_says_of_it() {
    let note = |event: &str, fields: Value| facts!(hear(event, fields), Session, SessionNote).remove(0);
    let fields = json!({"prompt": "x", "model_id": "m", "context_token_budget": 9000});
    let told = note("before_prompt_build", fields.clone());
    assert_eq!((told.cwd.as_deref(), told.model.as_deref(), told.window), (Some("/w"), Some("m"), Some(9000)));
    let mut inside = fields;
    inside["session_key"] = json!("agent:main:subagent:1");
    inside["parent_session_id"] = json!("p");
    inside["subagent_label"] = json!("Count");
    let heard = hear("before_prompt_build", inside);
    assert_eq!(heard.agent_id.as_deref(), Some("s"));
    let note_inside = facts!(heard, Session, SessionNote).remove(0);
    assert_eq!((&*note_inside.session.id, note_inside.cwd, note_inside.model), ("p", None, None));
    let subagent = facts!(heard, Subagent, SubagentNote).remove(0);
    assert_eq!((subagent.agent_id.as_str(), subagent.description.as_deref()), ("s", Some("Count")));
    let lost = hear("before_tool_call", json!({"session_key": "agent:main:subagent:1", "tool_call_id": CALL}));
    assert_eq!((lost.session, lost.parsed.facts.len(), lost.parsed.skips.len()), (None, 1, 0));
    assert!(note("session_end", json!({"reason": "idle"})).ended);
    assert!(!note("session_end", json!({"reason": "compaction"})).ended);
}

#[test]
fn a_call_is_told_as_its_record_tells_it() {
    let fields = json!({"tool_name": "exec", "tool_call_id": CALL, "params": {"command": "cat a.py"}});
    let began = call(&hear("before_tool_call", fields.clone()));
    assert_eq!((began.command.as_deref(), began.started_at, began.status), (Some("cat a.py"), Some(AT), None));
    for (result, status, code) in [
        (
            json!({"content": [{"type": "text", "text": "x"}], "details": {"exitCode": 0, "durationMs": 5}}),
            CallStatus::Ok,
            Some(0),
        ),
        (json!({"content": [{"type": "text", "text": "x"}], "details": {"exitCode": 3}}), CallStatus::Error, Some(3)),
        (json!({"content": [], "details": {"status": "blocked"}}), CallStatus::Denied, None),
        (json!("{\"content\":[{\"te"), CallStatus::Ok, None),
    ] {
        let mut fields = fields.clone();
        fields["result"] = result.clone();
        fields["duration_ms"] = json!(50);
        let heard = hear("after_tool_call", fields);
        let told = call(&heard);
        assert_eq!((told.status, told.exit_code, told.ended_at), (Some(status), code, Some(AT)), "{result}");
        let touches = facts!(heard, File, FileTouch);
        assert_eq!(touches.len(), usize::from(code == Some(0)), "{result}");
        assert!(touches.iter().all(|touch| touch.path == "/w/a.py" && touch.kind == TouchKind::Read));
    }
    let failed = json!({"tool_name": "read", "tool_call_id": CALL, "params": {"path": "b"}, "error": "File not found",
                        "result": {"content": "no", "details": {"status": "error"}}});
    let failed = hear("after_tool_call", failed);
    assert_eq!((call(&failed).status, failed.moment), (Some(CallStatus::Error), Moment::AfterFailure));
}

#[test]
fn a_tool_within_a_found_one_is_the_same_call() {
    let nested = json!({"tool_name": "p__e", "tool_call_id": "tool_search_code:x:p__e:1", "params": {},
        "parent_tool_call_id": CALL, "parent_tool_name": "tool_call",
        "result": {"content": "hi", "details": {"mcpServer": "p"}}, "duration_ms": 4});
    let told = call(&hear("after_tool_call", nested.clone()));
    assert_eq!((told.call_id.as_str(), told.tool, told.kind), (CALL, None, Some(ToolKind::Mcp)));
    let mut of_code = nested;
    of_code["parent_tool_name"] = json!("code");
    let told = call(&hear("after_tool_call", of_code));
    assert_eq!((told.call_id.as_str(), told.tool.as_deref()), ("tool_search_code:x:p__e:1", Some("p__e")));
}

#[test]
fn two_registrations_tell_one_event_where_it_can_happen_only_once() {
    for (event, fields, one) in [
        ("before_tool_call", json!({"tool_call_id": "c"}), true),
        ("before_prompt_build", json!({"prompt": "x"}), true),
        ("before_agent_finalize", json!({"last_assistant_message": "x"}), true),
        ("agent_end", json!({}), true),
        ("before_compaction", json!({}), false),
    ] {
        let mut payload = json!({"session_id": "s", "hook_event_name": event, "run_id": "r"});
        payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body = payload.to_string();
        let keys = [1, 2].map(|key| facts!(post(body.as_bytes(), key).unwrap(), Event, RawEvent).remove(0).key);
        assert_eq!(keys[0] == keys[1], one, "{event} {fields}");
    }
}

#[test]
fn payloads_that_are_no_objects_or_name_no_session_are_harmless() {
    for body in ["7", "[]", "null", "hello", ""] {
        assert!(post(body.as_bytes(), 1).is_none(), "{body}");
    }
    let heard = post(b"{\"hook_event_name\":\"agent_end\"}", 1).unwrap();
    assert_eq!((heard.session, heard.parsed.facts.len(), heard.parsed.skips.len()), (None, 1, 1));
    // Older versions do not say whose call a server's tool is.
    let heard = post(b"{\"hook_event_name\":\"before_tool_call\",\"tool_name\":\"x\"}", 1).unwrap();
    assert_eq!((heard.parsed.facts.len(), heard.parsed.skips.len()), (1, 0));
}

proptest! {
    #[test]
    fn no_value_of_a_field_is_too_strange(field in 0usize..12, value in 0usize..8, event in 0usize..30) {
        const FIELDS: [&str; 12] = ["session_id", "cwd", "run_id", "session_key", "model_id", "prompt", "tool_name",
            "params", "tool_call_id", "result", "last_assistant_message", "parent_session_id"];
        let values = [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([{"text": 1}]),
            json!({"content": 3, "details": [1]}), json!({"details": {"exitCode": "x", "result": {"content": []}}})];
        let mut payload = json!({"session_id": "s", "hook_event_name": super::registered::KNOWN[event], "cwd": "/w",
            "run_id": "t", "tool_name": "apply_patch", "tool_call_id": "c", "params": {"input": "*** x"},
            "result": {"content": "x"}, "prompt": "p", "last_assistant_message": "m"});
        payload[FIELDS[field]] = values[value].clone();
        prop_assert!(post(payload.to_string().as_bytes(), 1).is_some());
    }
}
