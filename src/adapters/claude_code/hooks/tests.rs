//! What single payloads tell, also broken ones. Whole runs are pinned in `tests/it/adapters.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ClaudeHooks;
use crate::adapters::{Heard, Hooks, Moment, Posted, Start};
use crate::model::{
    CallStatus, Fact, Message, PlanChange, PlanStatus, RawEvent, Role, SessionNote, SubagentNote, TitleRank, ToolCall,
};

const AT: i64 = 1_795_168_283_519;

fn post(body: &[u8], key: u64) -> Option<Heard> {
    ClaudeHooks.read(&Posted { body, at: AT, key, event: None, hints: &BTreeMap::new() })
}

/// `fields` of an event of session `s`, read.
fn hear(event: &str, fields: Value) -> Heard {
    let mut payload = json!({"session_id": "s", "hook_event_name": event, "cwd": "/w", "prompt_id": "p"});
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

fn messages(heard: &Heard) -> Vec<Message> {
    facts!(heard, Message, Message)
}

fn titles(heard: &Heard) -> Vec<(TitleRank, i64, String)> {
    facts!(heard, Session, SessionNote).into_iter().filter_map(|note| note.title).collect()
}

#[test]
fn a_person_is_told_from_the_client() {
    for (fields, by_person, tells) in [
        (json!({"prompt": "fix it"}), true, true),
        (json!({"prompt": "fix it", "source": "sdk"}), true, true),
        (json!({"prompt": "look at /usr/bin/x"}), true, true),
        (json!({"prompt": "/usr/bin/x is broken"}), true, true),
        (json!({"prompt": "fix it", "source": "system"}), false, false),
        (json!({"prompt": "fix it", "source": "voice"}), true, true),
        (json!({"prompt": "go on", "source": "schedule_wakeup"}), false, false),
        (json!({"prompt": "<task-notification>\n<task-id>b</task-id>"}), false, false),
        (json!({"prompt": "/hello world"}), true, false),
        (json!({"prompt": "  "}), true, false),
        (json!({}), true, false),
    ] {
        let heard = hear("UserPromptSubmit", fields.clone());
        assert_eq!(heard.moment, Moment::Prompt { by_person }, "{fields}");
        assert_eq!(messages(&heard).len(), usize::from(tells), "{fields}");
    }
}

#[test]
fn a_prompt_is_overheard_under_the_clients_id() {
    let text = " why\r\n„so“?";
    let said = messages(&hear("UserPromptSubmit", json!({"prompt": text}))).remove(0);
    assert_eq!((said.role, said.message_id.as_str(), said.turn.as_deref()), (Role::User, "hook:p", Some("p")));
    assert_eq!((said.overheard, said.at, said.agent_id), (true, AT, None));
    assert_eq!(
        said.pieces.iter().map(|p| (p.hash, p.text.as_str())).collect::<Vec<_>>(),
        [(xxhash_rust::xxh3::xxh3_64(text.as_bytes()), text)]
    );
    let without = messages(&hear("UserPromptSubmit", json!({"prompt": text, "prompt_id": null}))).remove(0);
    assert_eq!((without.message_id.as_str(), without.turn), ("hook:0000000000000001", None));
}

#[test]
fn a_slash_command_names_the_session_unless_it_serves_the_client() {
    let title = |prompt: &str| titles(&hear("UserPromptSubmit", json!({"prompt": prompt})));
    assert_eq!(title("/review  12 \n"), [(TitleRank::FirstPrompt, -AT, "/review 12".to_owned())]);
    assert_eq!(title("/plug-in:do.it"), [(TitleRank::FirstPrompt, -AT, "/plug-in:do.it".to_owned())]);
    assert_eq!(title("/clear"), []);
    assert_eq!(title("/a/b c"), []);
    assert_eq!(title("/ c"), []);
}

#[test]
fn the_session_learns_what_the_main_thread_says_of_it() {
    let note = |event: &str, fields: Value| facts!(hear(event, fields), Session, SessionNote).remove(0);
    let start = note("SessionStart", json!({"source": "startup", "model": "opus", "session_title": "Tidy up"}));
    assert_eq!((start.at, start.origin, start.ended), (Some(AT), None, false));
    assert_eq!((start.cwd.as_deref(), start.model.as_deref()), (Some("/w"), Some("opus")));
    assert_eq!(start.title, Some((TitleRank::Generated, AT, "Tidy up".to_owned())));
    assert_eq!(note("PostModelSwitch", json!({"to_model": "haiku", "model": "x"})).model.as_deref(), Some("haiku"));
    assert_eq!(note("PreModelSwitch", json!({"to_model": "haiku"})).model, None);
    let inside = note("PreToolUse", json!({"agent_id": "a", "session_title": "T"}));
    assert_eq!((inside.cwd, inside.title, inside.at), (None, None, Some(AT)));
    assert!(note("SessionEnd", json!({"reason": "clear"})).ended);
}

#[test]
fn only_a_start_after_compaction_counts_as_one() {
    for (name, source, compaction, moment) in [
        ("SessionStart", "startup", false, Moment::SessionStart(Start::Startup)),
        ("SessionStart", "resume", false, Moment::SessionStart(Start::Resume)),
        ("SessionStart", "fork", false, Moment::SessionStart(Start::Fork)),
        ("SessionStart", "clear", false, Moment::SessionStart(Start::Clear)),
        ("SessionStart", "compact", true, Moment::SessionStart(Start::Compact)),
        ("PreCompact", "compact", false, Moment::BeforeCompaction),
        ("PostCompact", "compact", false, Moment::Other),
    ] {
        let heard = hear(name, json!({"source": source}));
        assert_eq!((event(&heard).compaction, heard.moment), (compaction, moment), "{name} {source}");
    }
}

#[test]
fn a_call_is_told_whole_before_and_after() {
    let fields = json!({"tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": "cargo test"}});
    let began = call(&hear("PreToolUse", fields.clone()));
    assert_eq!((began.command.as_deref(), began.started_at, began.status), (Some("cargo test"), Some(AT), None));
    let mut ended = fields.clone();
    ended["tool_response"] = json!({"stdout": "ok", "stderr": "", "interrupted": false, "persistedOutputPath": "/o"});
    ended["duration_ms"] = json!("25");
    let ended = call(&hear("PostToolUse", ended));
    assert_eq!((ended.command, ended.tool), (began.command, began.tool));
    assert_eq!((ended.status, ended.exit_code, ended.duration_ms), (Some(CallStatus::Ok), Some(0), Some(25)));
    assert_eq!((ended.started_at, ended.ended_at), (None, Some(AT)));
    assert_eq!((ended.output.as_deref(), ended.output_file.as_deref()), (Some("ok"), Some("/o")));
    for (response, status, code) in [
        (json!({"stdout": "", "interrupted": true}), CallStatus::Interrupted, None),
        (json!({"stdout": "", "backgroundTaskId": "b"}), CallStatus::Ok, None),
        (json!({"stdout": "", "returnCodeInterpretation": "No matches found"}), CallStatus::Ok, None),
    ] {
        let mut fields = fields.clone();
        fields["tool_response"] = response.clone();
        let call = call(&hear("PostToolUse", fields));
        assert_eq!((call.status, call.exit_code), (Some(status), code), "{response}");
    }
}

#[test]
fn failures_are_told_from_refusals_and_stops() {
    for (event, fields, status, code, error) in [
        (
            "PostToolUseFailure",
            json!({"error": "Exit code 101\nboom"}),
            CallStatus::Error,
            Some(101),
            Some("Exit code 101\nboom"),
        ),
        (
            "PostToolUseFailure",
            json!({"error": "boom", "is_interrupt": true}),
            CallStatus::Interrupted,
            None,
            Some("boom"),
        ),
        (
            "PostToolUseFailure",
            json!({"error": "Permission to use Bash has been denied"}),
            CallStatus::Denied,
            None,
            Some("Permission to use Bash has been denied"),
        ),
        ("PostToolUseFailure", json!({"error": [{"type": "text", "text": "no"}]}), CallStatus::Error, None, Some("no")),
        ("PostToolUseFailure", json!({"error": {"code": 7}}), CallStatus::Error, None, Some("{\"code\":7}")),
        ("PostToolUseFailure", json!({}), CallStatus::Error, None, None),
        ("PermissionDenied", json!({"reason": "too risky"}), CallStatus::Denied, None, Some("too risky")),
    ] {
        let mut fields = fields;
        fields["tool_use_id"] = json!("t");
        let call = call(&hear(event, fields.clone()));
        assert_eq!((call.status, call.exit_code, call.error.as_deref()), (Some(status), code, error), "{fields}");
        assert_eq!(call.ended_at, Some(AT));
    }
    let asked = hear("PermissionRequest", json!({"tool_use_id": "t", "tool_name": "Bash"}));
    assert!(asked.parsed.facts.iter().all(|fact| !matches!(fact, Fact::ToolCall(_))), "{:?}", asked.parsed.facts);
}

#[test]
fn the_thread_of_a_call_is_known_only_where_the_client_tells_it() {
    let thread = |fields: Value| {
        let mut fields = fields;
        fields["tool_use_id"] = json!("t");
        let call = call(&hear("PreToolUse", fields));
        (call.thread_known, call.agent_id)
    };
    assert_eq!(thread(json!({})), (true, None));
    assert_eq!(thread(json!({"prompt_id": null})), (false, None));
    assert_eq!(thread(json!({"prompt_id": null, "agent_id": "a"})), (true, Some("a".to_owned())));
}

#[test]
fn a_sub_agents_to_do_list_is_not_the_sessions() {
    let plan = |tool: &str, fields: Value| {
        let mut fields = fields;
        fields["tool_name"] = json!(tool);
        fields["tool_use_id"] = json!("t");
        fields["tool_input"] =
            json!({"todos": [{"content": "x", "status": "pending"}], "taskId": "1", "status": "completed"});
        hear("PreToolUse", fields).parsed.facts.iter().any(|fact| matches!(fact, Fact::Plan { .. }))
    };
    assert!(plan("TodoWrite", json!({})));
    assert!(!plan("TodoWrite", json!({"agent_id": "a"})));
    assert!(!plan("TodoWrite", json!({"prompt_id": null})), "2.0 does not tell whose list it is");
    assert!(plan("TaskUpdate", json!({"agent_id": "a"})));
    assert!(!plan("Bash", json!({})));
}

#[test]
fn tasks_are_steps_of_the_plan() {
    for (name, status) in [("TaskCreated", PlanStatus::Pending), ("TaskCompleted", PlanStatus::Completed)] {
        let heard = hear(name, json!({"task_id": 1, "task_subject": "Do it"}));
        let Some(Fact::Plan { change: PlanChange::Item(item), .. }) = heard.parsed.facts.last() else {
            panic!("{heard:?}")
        };
        assert_eq!((item.key.as_str(), item.text.as_deref(), item.status), ("1", Some("Do it"), Some(status)));
    }
}

#[test]
fn a_call_that_ran_a_sub_agent_names_it() {
    let fields = |response: Value| {
        json!({"tool_name": "Task", "tool_use_id": "t", "tool_response": response,
               "tool_input": {"description": "Count", "subagent_type": "Explore", "prompt": "x"}})
    };
    let heard = hear(
        "PostToolUse",
        fields(json!({"agentId": "a", "totalDurationMs": 9, "content": [{"type": "text", "text": "one"}]})),
    );
    let note = facts!(heard, Subagent, SubagentNote).remove(0);
    assert_eq!((note.agent_id.as_str(), note.call_id.as_deref()), ("a", Some("t")));
    assert_eq!((note.agent_type.as_deref(), note.description.as_deref()), (Some("Explore"), Some("Count")));
    assert_eq!((call(&heard).duration_ms, call(&heard).output.as_deref()), (Some(9), Some("one")));
    let mut foreign = fields(json!({"agentId": "a", "task": {"id": "1"}, "interrupted": true}));
    foreign["tool_name"] = json!("mcp__x__y");
    let heard = hear("PostToolUse", foreign);
    assert_eq!((heard.parsed.facts.len(), call(&heard).status), (3, Some(CallStatus::Ok)), "an MCP tool's own data");
}

#[test]
fn a_sub_agent_that_stops_says_its_last_words() {
    let stop = |fields: Value| {
        let mut fields = fields;
        fields["agent_id"] = json!("a");
        let heard = hear("SubagentStop", fields);
        assert_eq!((heard.moment, heard.agent_id.as_deref()), (Moment::Other, Some("a")));
        let note = facts!(heard, Subagent, SubagentNote).pop();
        (note.map(|note| note.agent_type), messages(&heard).pop().map(|m| (m.role, m.agent_id)))
    };
    let said = Some((Role::Assistant, Some("a".to_owned())));
    assert_eq!(
        stop(json!({"agent_type": "Explore", "last_assistant_message": "x"})),
        (Some(Some("Explore".to_owned())), said)
    );
    assert_eq!(stop(json!({"agent_type": "Explore", "last_assistant_message": ""})).1, None);
    assert_eq!(stop(json!({"agent_type": "", "last_assistant_message": "<summary>x"})), (None, None));
    assert_eq!(stop(json!({})), (Some(None), None), "2.0");
}

#[test]
fn a_turn_ends_with_the_models_words_not_the_clients() {
    let heard = hear("Stop", json!({"last_assistant_message": "Done.", "stop_hook_active": true}));
    assert_eq!(heard.moment, Moment::Stop { held: true });
    let said = messages(&heard).remove(0);
    assert_eq!((said.message_id.as_str(), said.turn.as_deref()), ("hook:0000000000000001", Some("p")));
    let failed = hear("StopFailure", json!({"error": "unknown", "last_assistant_message": "API Error: 400"}));
    assert_eq!((failed.moment, messages(&failed)), (Moment::Other, vec![]));
}

/// Whether `event` with `fields`, delivered twice, is one event.
fn is_one(event: &str, fields: &Value) -> bool {
    let mut payload = json!({"session_id": "s", "hook_event_name": event, "prompt_id": "p"});
    for (name, value) in fields.as_object().unwrap() {
        payload[name] = value.clone();
    }
    let key = |delivery| self::event(&post(payload.to_string().as_bytes(), delivery).unwrap()).key;
    key(1) == key(2)
}

#[test]
fn an_event_told_by_two_registrations_is_one_where_it_can_only_happen_once() {
    for (event, fields, one) in [
        ("PreToolUse", json!({"tool_use_id": "t"}), true),
        ("PostToolUse", json!({"tool_use_id": "t"}), true),
        ("PostToolUseFailure", json!({"tool_use_id": "t"}), true),
        ("PermissionDenied", json!({"tool_use_id": "t"}), true),
        ("PreToolUse", json!({}), false),
        ("PermissionRequest", json!({"tool_name": "Bash"}), false),
        ("PostToolBatch", json!({"tool_calls": [{"tool_use_id": "t"}, {"tool_use_id": "u"}]}), true),
        ("PostToolBatch", json!({"tool_calls": [{"tool_use_id": "t"}, {}]}), false),
        ("PostToolBatch", json!({"tool_calls": []}), false),
        ("UserPromptSubmit", json!({"prompt": "x"}), true),
        ("UserPromptSubmit", json!({"prompt": "x", "prompt_id": null}), false),
        ("SubagentStop", json!({"agent_id": "a", "last_assistant_message": "x"}), true),
        ("SubagentStop", json!({"agent_id": "a", "last_assistant_message": "x", "stop_hook_active": true}), false),
        ("SubagentStop", json!({"agent_id": "a"}), false),
        ("SubagentStart", json!({"agent_id": "a"}), false),
        ("Stop", json!({"last_assistant_message": "x"}), false),
        ("SessionStart", json!({"source": "resume"}), false),
        ("TaskCompleted", json!({"task_id": "1"}), false),
        ("Notification", json!({"message": "x"}), false),
    ] {
        assert_eq!(is_one(event, &fields), one, "{event} {fields}");
    }
}

#[test]
fn events_that_differ_have_different_keys() {
    let mut keys = std::collections::BTreeSet::new();
    let stories = [
        ("PreToolUse", json!({"tool_use_id": "t"})),
        ("PreToolUse", json!({"tool_use_id": "u"})),
        ("PostToolUse", json!({"tool_use_id": "t"})),
        ("PreToolUse", json!({"tool_use_id": "t", "session_id": "other"})),
        ("UserPromptSubmit", json!({"prompt": "x"})),
        ("UserPromptSubmit", json!({"prompt": "y"})),
        ("UserPromptSubmit", json!({"prompt": "x", "prompt_id": "q"})),
        ("UserPromptExpansion", json!({"prompt": "x"})),
        ("SubagentStop", json!({"agent_id": "a", "last_assistant_message": "x"})),
        ("SubagentStop", json!({"agent_id": "a", "last_assistant_message": "y"})),
        ("SubagentStop", json!({"agent_id": "b", "last_assistant_message": "x"})),
        ("SubagentStop", json!({"agent_id": "a", "last_assistant_message": "x", "prompt_id": "q"})),
    ];
    for (name, fields) in &stories {
        assert!(keys.insert(event(&hear(name, fields.clone())).key), "{name} {fields}");
    }
}

#[test]
fn what_is_no_payload_is_none_and_what_is_broken_is_still_an_event() {
    for body in ["", "hello", "[1]", "7", "\"x\"", "null", "{\"a\":", "{} {}"] {
        assert!(post(body.as_bytes(), 1).is_none(), "{body}");
    }
    let lone = post(br#"{"hook_event_name":"Stop","last_assistant_message":"x"}"#, 1).unwrap();
    assert_eq!((lone.parsed.facts.len(), lone.parsed.skips.len(), event(&lone).session), (1, 1, None));
    let nameless = post(b"{}", 1).unwrap();
    assert_eq!((nameless.event.as_str(), nameless.moment), ("unknown", Moment::Other));
    let named = Posted { body: b"{}", at: AT, key: 1, event: Some("Stop"), hints: &BTreeMap::new() };
    assert_eq!(ClaudeHooks.read(&named).unwrap().event, "Stop");
    let future = hear("PostEverything", json!({"x": 1}));
    assert_eq!(event(&future).event_type, "PostEverything");
    assert_eq!(future.parsed.skips[0].reason, "unknown hook event PostEverything");
}

#[test]
fn bytes_that_are_no_text_deep_nesting_and_wrong_types_lose_nothing_else() {
    let broken =
        [&b"\xef\xbb\xbf"[..], br#"{"session_id":"s","hook_event_name":"Stop","x":""#, &[0xff], br#""}"#].concat();
    let heard = post(&broken, 1).unwrap();
    assert!(heard.session.is_some() && event(&heard).payload.is_some_and(|json| json.contains('\u{fffd}')));
    let deep = format!(
        r#"{{"session_id":"s","hook_event_name":"PostToolUse","tool_use_id":"t","tool_name":"X","tool_response":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(call(&post(deep.as_bytes(), 1).unwrap()).status, Some(CallStatus::Ok));
    let odd = br#"{"session_id":7,"hook_event_name":"PreToolUse","tool_use_id":12,"tool_name":["x"],"tool_input":"y","cwd":{},"agent_id":null}"#;
    let heard = post(odd, 1).unwrap();
    assert_eq!((heard.session.unwrap().id.as_ref(), heard.cwd, heard.agent_id), ("7", None, None));
}

const CAPTURED: &[&str] = &[
    include_str!("../../../../adapters/claude-code/fixtures/2.0.76/subagent/hooks.jsonl"),
    include_str!("../../../../adapters/claude-code/fixtures/2.1.110/multi/hooks.jsonl"),
    include_str!("../../../../adapters/claude-code/fixtures/2.1.328/control/hooks.jsonl"),
    include_str!("../../../../adapters/claude-code/fixtures/2.1.328/misc/hooks.jsonl"),
    include_str!("../../../../adapters/claude-code/fixtures/2.1.328/multi/hooks.jsonl"),
    include_str!("../../../../adapters/claude-code/fixtures/2.1.328/subagent/hooks.jsonl"),
];

static PAYLOADS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let lines = CAPTURED.iter().flat_map(|run| run.lines());
    lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["stdin"].take()).collect()
});

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "/[a-z:/ ]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z_]{1,12}", inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Puts `new` where `path` leads, as deep as there is something.
fn mutate(value: &mut Value, path: &[usize], new: Value) {
    match (value, path) {
        (Value::Object(map), [first, rest @ ..]) if !map.is_empty() => {
            let at = first % map.len();
            mutate(map.values_mut().nth(at).unwrap(), rest, new);
        }
        (Value::Array(items), [first, rest @ ..]) if !items.is_empty() => {
            let at = first % items.len();
            mutate(&mut items[at], rest, new);
        }
        (value, _) => *value = new,
    }
}

/// What holds of every payload, whatever is in it.
fn holds(heard: &Heard, object: bool) -> Result<(), TestCaseError> {
    prop_assert!(object);
    prop_assert_eq!(facts!(heard, Event, RawEvent).len(), 1);
    prop_assert!(facts!(heard, Message, Message).iter().all(|m| m.overheard && m.pieces.len() == 1));
    prop_assert!(facts!(heard, ToolCall, ToolCall).len() <= 1);
    if heard.session.is_none() {
        prop_assert_eq!(heard.parsed.facts.len(), 1);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_one_event_or_none(value in any_json()) {
        match post(value.to_string().as_bytes(), 1) {
            Some(heard) => holds(&heard, value.is_object())?,
            None => prop_assert!(!value.is_object()),
        }
    }

    #[test]
    fn a_captured_payload_with_anything_changed_is_still_one_event(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((prop::collection::vec(0usize..64, 1..4), any_json()), 1..4),
    ) {
        let mut payload = which.get(&PAYLOADS).clone();
        for (path, new) in changes {
            mutate(&mut payload, &path, new);
        }
        let heard = post(payload.to_string().as_bytes(), 1);
        prop_assert!(heard.is_some());
        holds(&heard.unwrap(), true)?;
    }

    #[test]
    fn a_captured_payload_cut_anywhere_is_none(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        let body = which.get(&PAYLOADS).to_string();
        let cut = body.floor_char_boundary(at.index(body.len()));
        prop_assert!(post(&body.as_bytes()[..cut], 1).is_none());
    }
}
