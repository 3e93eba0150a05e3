//! What single payloads tell, also broken ones. Whole runs are pinned in `tests/it/adapters.rs`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::CodexHooks;
use crate::adapters::{Heard, Hooks, Moment, Posted, Start};
use crate::model::{
    CallAsked, CallStatus, Fact, FileTouch, Message, RawEvent, Role, SessionNote, SubagentNote, ToolCall, ToolKind,
    TouchKind,
};

const AT: i64 = 1_795_168_605_211;

fn post(body: &[u8], key: u64) -> Option<Heard> {
    CodexHooks.read(&Posted { body, at: AT, key, event: None, hints: &BTreeMap::new() })
}

/// `fields` of an event of session `s`, read.
fn hear(event: &str, fields: Value) -> Heard {
    let mut payload = json!({"session_id": "s", "hook_event_name": event, "cwd": "/w", "turn_id": "t"});
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

fn event(heard: &Heard) -> RawEvent {
    facts!(heard, Event, RawEvent).remove(0)
}

fn call(heard: &Heard) -> ToolCall {
    facts!(heard, ToolCall, ToolCall).remove(0)
}

fn touches(heard: &Heard) -> Vec<(String, TouchKind, bool)> {
    facts!(heard, File, FileTouch).into_iter().map(|t| (t.path, t.kind, t.content_hash.is_some())).collect()
}

#[test]
fn every_moment_has_its_name() {
    for (event, fields, want) in [
        ("SessionStart", json!({"source": "startup"}), Moment::SessionStart(Start::Startup)),
        ("SessionStart", json!({"source": "resume"}), Moment::SessionStart(Start::Resume)),
        ("SessionStart", json!({"source": "fork"}), Moment::SessionStart(Start::Fork)),
        ("SessionStart", json!({"source": "compact"}), Moment::SessionStart(Start::Compact)),
        ("UserPromptSubmit", json!({"prompt": "do it"}), Moment::Prompt { by_person: true }),
        ("UserPromptSubmit", json!({"prompt": "<hook_prompt id=\"1\">x"}), Moment::Prompt { by_person: false }),
        ("PreToolUse", json!({}), Moment::BeforeTool),
        ("PostToolUse", json!({}), Moment::AfterTool),
        ("PreCompact", json!({"trigger": "auto"}), Moment::BeforeCompaction),
        ("PostCompact", json!({"trigger": "auto"}), Moment::Other),
        ("Stop", json!({"stop_hook_active": false}), Moment::Stop { held: false }),
        ("Stop", json!({"stop_hook_active": true}), Moment::Stop { held: true }),
        ("Stop", json!({"permission_mode": "plan"}), Moment::Stop { held: true }),
        ("SessionEnd", json!({"reason": "other"}), Moment::SessionEnd),
        ("Interrupt", json!({}), Moment::Other),
    ] {
        let heard = hear(event, fields.clone());
        assert_eq!(heard.moment, want, "{event} {fields}");
        let compaction = want == Moment::SessionStart(Start::Compact);
        assert_eq!(self::event(&heard).compaction, compaction, "{event} {fields}");
        assert!(heard.parsed.skips.iter().all(|skip| !skip.reason.starts_with("unknown")), "{event}");
    }
    assert_eq!(hear("Invented", json!({})).parsed.skips.len(), 1);
}

#[test]
fn prompts_and_answers_are_overheard() {
    let said = |heard: &Heard| facts!(heard, Message, Message);
    let one = said(&hear("UserPromptSubmit", json!({"prompt": "fix it"}))).remove(0);
    assert_eq!((one.role, one.overheard, one.turn.as_deref(), one.at), (Role::User, true, Some("t"), AT));
    // A turn that is steered has two prompts.
    let two = said(&hear("UserPromptSubmit", json!({"prompt": "and that"}))).remove(0);
    assert_ne!(one.message_id, two.message_id);
    let inside = said(&hear("UserPromptSubmit", json!({"prompt": "count", "agent_id": "a"}))).remove(0);
    assert_eq!(inside.agent_id.as_deref(), Some("a"));
    let answer = said(&hear("Stop", json!({"last_assistant_message": "Done."}))).remove(0);
    assert_eq!((answer.role, answer.pieces[0].text.as_str()), (Role::Assistant, "Done."));
    for (event, fields) in [
        ("UserPromptSubmit", json!({"prompt": "<environment_context>x"})),
        ("UserPromptSubmit", json!({"prompt": "  "})),
        ("Stop", json!({"last_assistant_message": null})),
    ] {
        assert!(said(&hear(event, fields)).is_empty(), "{event}");
    }
}

#[test]
fn the_session_learns_what_the_main_thread_says_of_it() {
    let note = |event: &str, fields: Value| facts!(hear(event, fields), Session, SessionNote).remove(0);
    let start = note("SessionStart", json!({"source": "startup", "model": "gpt-5.5"}));
    assert_eq!((start.cwd.as_deref(), start.model.as_deref(), start.ended), (Some("/w"), Some("gpt-5.5"), false));
    let inside = note("UserPromptSubmit", json!({"agent_id": "a", "model": "mini", "prompt": "x"}));
    assert_eq!((inside.cwd, inside.model, inside.at), (None, None, Some(AT)));
    assert!(note("SessionEnd", json!({"reason": "other"})).ended);
}

#[test]
fn a_command_ends_without_a_verdict_unless_its_output_has_one() {
    let fields = json!({"tool_name": "Bash", "tool_use_id": "c", "tool_input": {"command": "cargo test"}});
    let began = call(&hear("PreToolUse", fields.clone()));
    assert_eq!(
        (began.command.as_deref(), began.started_at, began.kind),
        (Some("cargo test"), Some(AT), Some(ToolKind::Shell))
    );
    for (response, status, code, output) in [
        (json!("boom\n"), None, None, Some("boom\n")),
        (json!("Exit code: 1\n"), None, None, Some("Exit code: 1\n")),
        (json!("aborted"), None, None, Some("aborted")),
        (json!(""), None, None, None),
        (
            json!("Chunk ID: a\nWall time: 1.5 seconds\nProcess exited with code 101\nOutput:\nno\n"),
            Some(CallStatus::Error),
            Some(101),
            Some("no\n"),
        ),
        (
            json!("{\"output\":\"x\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.1}}"),
            Some(CallStatus::Ok),
            Some(0),
            Some("x"),
        ),
        (json!({"output": "x", "metadata": {"exit_code": 2}}), Some(CallStatus::Error), Some(2), Some("x")),
    ] {
        let mut fields = fields.clone();
        fields["tool_response"] = response.clone();
        let call = call(&hear("PostToolUse", fields));
        assert_eq!((call.status, call.exit_code, call.output.as_deref()), (status, code, output), "{response}");
        assert_eq!((call.command.as_deref(), call.ended_at), (Some("cargo test"), Some(AT)));
    }
}

#[test]
fn a_patch_names_the_files_it_changed() {
    let patch =
        "*** Begin Patch\n*** Update File: src/calc.py\n@@\n-x\n+y\n*** Add File: /w/src/t.py\n+ok\n*** End Patch\n";
    let mut fields = json!({"tool_name": "apply_patch", "tool_use_id": "c", "tool_input": {"command": patch}});
    assert!(touches(&hear("PreToolUse", fields.clone())).is_empty(), "nothing happened yet");
    fields["tool_response"] =
        json!("Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM src/calc.py\n");
    let heard = hear("PostToolUse", fields.clone());
    let told = call(&heard);
    assert_eq!((told.kind, told.status, told.exit_code), (Some(ToolKind::Edit), Some(CallStatus::Ok), Some(0)));
    assert_eq!(told.file_path.as_deref(), Some("/w/src/calc.py"));
    assert_eq!(
        touches(&heard),
        [("/w/src/calc.py".to_owned(), TouchKind::Edit, false), ("/w/src/t.py".to_owned(), TouchKind::Edit, true)]
    );
    fields["tool_response"] = json!("apply_patch verification failed: no");
    let failed = hear("PostToolUse", fields);
    assert_eq!(call(&failed).status, Some(CallStatus::Error));
    assert!(touches(&failed).is_empty());
}

#[test]
fn a_file_shown_by_a_command_was_read() {
    let read = |command: &str, response: &str| {
        touches(&hear(
            "PostToolUse",
            json!({"tool_name": "Bash", "tool_use_id": "c", "tool_input": {"command": command}, "tool_response": response}),
        ))
    };
    assert_eq!(read("cat src/a.py", "x\n"), [("/w/src/a.py".to_owned(), TouchKind::Read, false)]);
    assert_eq!(read("cat src/a.py", ""), []);
    assert_eq!(read("python3 src/a.py", "x\n"), []);
}

#[test]
fn other_tools_that_come_back_went_well() {
    let told = |tool: &str, response: Value| {
        call(&hear(
            "PostToolUse",
            json!({"tool_name": tool, "tool_use_id": "c", "tool_input": {"text": "hi"}, "tool_response": response}),
        ))
    };
    let echo =
        told("mcp__probe__echo", json!({"content": [{"type": "text", "text": "hi"}], "structuredContent": {"e": 1}}));
    assert_eq!(
        (echo.kind, echo.status, echo.output.as_deref()),
        (Some(ToolKind::Mcp), Some(CallStatus::Ok), Some("hi"))
    );
    let failed = told("mcp__probe__echo", json!({"content": [{"type": "text", "text": "no"}], "isError": true}));
    assert_eq!((failed.status, failed.error.as_deref()), (Some(CallStatus::Error), Some("no")));
    // Whatever an MCP tool prints is data.
    let data = told("mcp__probe__run", json!("Exit code: 1\nWall time: 1 seconds\nOutput:\n"));
    assert_eq!((data.status, data.exit_code), (Some(CallStatus::Ok), None));
    assert_eq!(told("update_plan", json!("Plan updated")).status, Some(CallStatus::Ok));
}

#[test]
fn a_spawned_agent_is_known_by_its_call() {
    let heard = hear(
        "PostToolUse",
        json!({"tool_name": "spawn_agent", "tool_use_id": "c", "tool_input": {"message": "count", "agent_type": "default"},
               "tool_response": "{\"agent_id\":\"a1\",\"nickname\":\"S\"}"}),
    );
    let note = facts!(heard, Subagent, SubagentNote).remove(0);
    assert_eq!((note.agent_id.as_str(), note.call_id.as_deref()), ("a1", Some("c")));
    assert_eq!((note.agent_type.as_deref(), note.description.as_deref()), (Some("default"), Some("count")));
    let inside = json!({"agent_id": "a1", "agent_type": "default", "last_assistant_message": "1"});
    let stop = hear("SubagentStop", inside.clone());
    assert_eq!(facts!(stop, Message, Message).remove(0).agent_id.as_deref(), Some("a1"));
    assert_eq!(facts!(hear("SubagentStart", inside), Subagent, SubagentNote)[0].at, Some(AT));
}

#[test]
fn a_permission_request_names_tool_and_command() {
    let fields = json!({"tool_name": "Bash", "tool_input": {"command": "touch x", "description": "needed"}});
    let asked = facts!(hear("PermissionRequest", fields), CallAsked, CallAsked).remove(0);
    assert_eq!((asked.tool.as_str(), asked.command.as_deref()), ("Bash", Some("touch x")));
}

#[test]
fn two_registrations_tell_one_event_where_it_can_happen_only_once() {
    for (event_name, fields, one) in [
        ("PreToolUse", json!({"tool_use_id": "c"}), true),
        ("UserPromptSubmit", json!({"prompt": "x"}), true),
        ("Stop", json!({"last_assistant_message": "x"}), true),
        ("Stop", json!({"last_assistant_message": "x", "stop_hook_active": true}), false),
        ("PreCompact", json!({"trigger": "auto"}), false),
        ("SessionStart", json!({"source": "resume"}), false),
    ] {
        let mut payload = json!({"session_id": "s", "hook_event_name": event_name, "turn_id": "t"});
        payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let body = payload.to_string();
        let keys = [1, 2].map(|key| event(&post(body.as_bytes(), key).unwrap()).key);
        assert_eq!(keys[0] == keys[1], one, "{event_name} {fields}");
    }
}

#[test]
fn payloads_that_are_no_objects_or_name_no_session_are_harmless() {
    for body in ["7", "[]", "null", "hello", ""] {
        assert!(post(body.as_bytes(), 1).is_none(), "{body}");
    }
    let heard = post(b"{\"hook_event_name\":\"Stop\"}", 1).unwrap();
    assert_eq!((heard.session, heard.parsed.facts.len(), heard.parsed.skips.len()), (None, 1, 1));
}

proptest! {
    #[test]
    fn no_value_of_a_field_is_too_strange(field in 0usize..12, value in 0usize..8, event in 0usize..12) {
        const FIELDS: [&str; 12] = ["session_id", "cwd", "turn_id", "agent_id", "model", "prompt", "tool_name",
            "tool_input", "tool_use_id", "tool_response", "last_assistant_message", "source"];
        let values = [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([{"text": 1}]),
            json!({"command": ["bash", "-lc", 3]}), json!("{\"metadata\":{}}")];
        let mut payload = json!({"session_id": "s", "hook_event_name": super::registered::KNOWN[event], "cwd": "/w",
            "turn_id": "t", "tool_name": "apply_patch", "tool_use_id": "c", "tool_input": {"command": "ls"},
            "tool_response": "x", "prompt": "p", "last_assistant_message": "m"});
        payload[FIELDS[field]] = values[value].clone();
        prop_assert!(post(payload.to_string().as_bytes(), 1).is_some());
    }
}
