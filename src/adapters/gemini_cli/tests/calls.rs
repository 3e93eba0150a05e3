//! Tool calls: how they end, what they touch, and what they tell besides.

use serde_json::{Value, json};

use super::chat::{ID, answer, call, chat, facts, header};
use crate::adapters::Parsed;
use crate::model::{CallStatus, Fact, FileTouch, PlanChange, PlanStatus, SubagentNote, ToolKind, TouchKind};

/// A chat with one answer that makes these calls.
fn calls(calls: &Value) -> Parsed {
    let told = chat(&[header(ID), answer("a", "10:00:02.000", "", &format!(r#","toolCalls":{calls}"#))]);
    assert!(told.skips.is_empty(), "{:?}", told.skips);
    told
}

fn ended(name: &str, args: &Value, status: &str, response: &Value, display: &Value) -> Parsed {
    let result = json!([{"functionResponse": {"id": "call_0123456789abc", "name": name, "response": response}}]);
    calls(&json!([{"id": "call_0123456789abc", "name": name, "args": args, "status": status, "result": result,
        "timestamp": "2026-11-20T10:00:03.500Z", "resultDisplay": display}]))
}

const CALL: &str = "call_0123456789abc";

fn touches(parsed: &Parsed) -> Vec<(String, TouchKind, bool, bool)> {
    let touches = facts!(parsed, File, FileTouch).into_iter();
    touches.map(|t| (t.path, t.kind, t.content_hash.is_some(), t.before_hash.is_some())).collect()
}

#[test]
fn a_command_that_fails_is_told_by_its_output() {
    let output = "<untrusted_context>\nOutput: boom\nExit Code: 3\nProcess Group PGID: 7\n</untrusted_context>";
    let told =
        ended("run_shell_command", &json!({"command": "make"}), "success", &json!({"output": output}), &json!("boom"));
    let call = call(&told, CALL);
    assert_eq!(
        (call.status, call.exit_code, call.command.as_deref()),
        (Some(CallStatus::Error), Some(3), Some("make"))
    );
    assert_eq!((call.error.as_deref(), call.kind), (Some("boom"), Some(ToolKind::Shell)));
    assert_eq!((call.started_at, call.ended_at), (Some(1_795_168_802_000), Some(1_795_168_803_500)));
    assert!(call.thread_known && call.asked.is_some());
}

#[test]
fn statuses_of_the_client_are_understood() {
    for (status, response, want) in [
        ("success", json!({"output": "x"}), Some(CallStatus::Ok)),
        ("error", json!({"error": "File not found: /w/x"}), Some(CallStatus::Error)),
        ("error", json!({"error": "Tool execution denied by policy."}), Some(CallStatus::Denied)),
        (
            "cancelled",
            json!({"error": "[Operation Cancelled] Reason: User denied execution."}),
            Some(CallStatus::Denied),
        ),
        (
            "cancelled",
            json!({"error": "[Operation Cancelled] Reason: User cancelled operation"}),
            Some(CallStatus::Interrupted),
        ),
        ("executing", json!({}), None),
    ] {
        let told = ended("write_file", &json!({"file_path": "/w/x"}), status, &response, &json!(null));
        assert_eq!(call(&told, CALL).status, want, "{status} {response}");
        assert_eq!(touches(&told).len(), usize::from(want == Some(CallStatus::Ok)), "{status}");
    }
}

#[test]
fn files_are_touched_with_what_is_known_of_their_content() {
    let edit = json!({"filePath": "/w/a.py", "originalContent": "a", "newContent": "b", "isNewFile": false});
    let edited =
        ended("replace", &json!({"file_path": "a.py", "old_string": "a"}), "success", &json!({"output": "ok"}), &edit);
    assert_eq!(touches(&edited), [("/w/a.py".to_owned(), TouchKind::Edit, true, true)]);
    assert_eq!(call(&edited, CALL).file_path.as_deref(), Some("/w/a.py"));
    let new = json!({"filePath": "/w/n.py", "originalContent": "", "newContent": "b", "isNewFile": true});
    let made = ended("write_file", &json!({"file_path": "/w/n.py"}), "success", &json!({"output": "ok"}), &new);
    assert_eq!(touches(&made), [("/w/n.py".to_owned(), TouchKind::Edit, true, false)]);
    let read = ended("read_file", &json!({"file_path": "/w/a.py"}), "success", &json!({"output": "a\n"}), &json!(""));
    assert_eq!(touches(&read), [("/w/a.py".to_owned(), TouchKind::Read, true, false)]);
    let part = ended(
        "read_file",
        &json!({"file_path": "/w/a.py", "limit": 3}),
        "success",
        &json!({"output": "a\n"}),
        &json!(""),
    );
    assert_eq!(touches(&part), [("/w/a.py".to_owned(), TouchKind::Read, false, false)]);
    let many = "--- /w/a.py ---\n\na\n\n--- /w/b.py ---\n\nb\n\n--- End of content ---";
    let many = ended("read_many_files", &json!({"include": ["*.py"]}), "success", &json!({"output": many}), &json!(""));
    assert_eq!(touches(&many).len(), 2);
    // Nobody said what that is relative to.
    let lost = ended("read_file", &json!({"file_path": "a.py"}), "success", &json!({"output": "a"}), &json!(""));
    assert!(touches(&lost).is_empty());
}

#[test]
fn the_to_do_list_is_the_plan() {
    let todos =
        json!({"todos": [{"description": "one", "status": "completed"}, {"description": "two", "status": "blocked"}]});
    let told = ended("write_todos", &todos, "success", &json!({"output": "ok"}), &json!({}));
    let plan = told.facts.iter().find_map(|fact| match fact {
        Fact::Plan { change: PlanChange::Replace(items), .. } => Some(items.clone()),
        _ => None,
    });
    let plan: Vec<_> = plan.unwrap().into_iter().map(|item| (item.key, item.text.unwrap(), item.status)).collect();
    let item = |key: &str, text: &str, status| (key.to_owned(), text.to_owned(), Some(status));
    assert_eq!(plan, [item("1", "one", PlanStatus::Completed), item("2", "two", PlanStatus::Pending)]);
}

#[test]
fn a_sub_agent_is_known_by_its_call() {
    let told =
        calls(&json!([{"id": CALL, "name": "invoke_agent", "args": {"agent_name": "counter", "prompt": "count"},
        "status": "success", "agentId": "c1", "timestamp": "2026-11-20T10:00:03.500Z",
        "result": [{"functionResponse": {"id": CALL, "response": {"output": "Subagent 'counter' finished."}}}],
        "resultDisplay": {"isSubagentProgress": true, "agentName": "counter"}}]));
    let note = facts!(told, Subagent, SubagentNote).remove(0);
    assert_eq!((note.agent_id.as_str(), note.agent_type.as_deref()), ("c1", Some("counter")));
    assert_eq!((note.description.as_deref(), note.call_id.as_deref()), (Some("count"), Some(CALL)));
    assert_eq!(call(&told, CALL).kind, Some(ToolKind::Agent));
}

#[test]
fn short_ids_of_calls_are_those_of_their_chat() {
    let told =
        calls(&json!([{"id": "c1", "name": "glob", "status": "success"}, {"name": "glob", "status": "success"}]));
    assert_eq!(call(&told, &format!("{ID}:c1")).kind, Some(ToolKind::Search));
    assert_eq!(told.facts.iter().filter(|fact| matches!(fact, Fact::ToolCall(_))).count(), 2);
}
