//! What was said, what it cost, what it did.

use serde_json::{Value, json};

use super::{AT, MESSAGE, WRITTEN, call, facts, message, part, read, tool};
use crate::model::{CallStatus, Fact, PlanChange, PlanStatus, Role, ToolKind, TouchKind};

fn said(line: Value) -> Vec<(Role, String)> {
    facts!(read(&[line]), Message)
        .into_iter()
        .map(|m| (m.role, m.pieces.into_iter().map(|piece| piece.text).collect()))
        .collect()
}

#[test]
fn a_prompt_is_what_a_person_said() {
    assert_eq!(said(part("user", json!({"type": "text", "text": "Hello"}))), [(Role::User, "Hello".to_owned())]);
    for beside in ["synthetic", "ignored"] {
        let line = part("user", json!({"type": "text", "text": "Called the Read tool", beside: true}));
        assert_eq!(said(line), [(Role::System, "Called the Read tool".to_owned())]);
    }
    let ours = part("user", json!({"type": "text", "text": "<tma1-context>\nproject: x", "synthetic": true}));
    assert_eq!(said(ours), []);
    assert_eq!(said(part("user", json!({"type": "text", "text": " \n"}))), []);
    // A request to compact is nobody's words.
    assert_eq!(said(part("user", json!({"type": "compaction", "auto": true}))), []);
    let command = part("user", json!({"type": "subtask", "prompt": "review it", "agent": "general"}));
    assert_eq!(said(command), [(Role::System, "review it".to_owned())]);
}

#[test]
fn words_are_taken_once_they_are_whole() {
    let text = |time: Value| part("assistant", json!({"type": "text", "text": "I wi", "time": time}));
    assert_eq!(said(text(json!({"start": AT}))), []);
    assert_eq!(said(text(json!({"start": AT, "end": AT + 1}))), [(Role::Assistant, "I wi".to_owned())]);
    // Of a session that was killed long ago.
    assert_eq!(said(text(json!({"start": WRITTEN - 4_000_000}))), [(Role::Assistant, "I wi".to_owned())]);
    let thought = part("assistant", json!({"type": "reasoning", "text": "hm", "time": {"start": AT, "end": AT}}));
    assert_eq!(said(thought), [(Role::Thinking, "hm".to_owned())]);
}

#[test]
fn files_that_came_with_a_prompt_were_seen() {
    let file = json!({"type": "file", "mime": "text/plain", "filename": "a b.txt", "url": "file:///w/a%20b.txt?start=1",
        "source": {"type": "file", "path": "a b.txt", "text": {"value": "@a b.txt", "start": 0, "end": 8}}});
    let parsed = read(&[part("user", file)]);
    let touch = facts!(parsed, File).remove(0);
    assert_eq!((touch.path.as_str(), touch.kind, touch.call_id.as_str()), ("/w/a b.txt", TouchKind::Read, "prt_1"));
    assert_eq!(facts!(parsed, Message), []);
    let image =
        json!({"type": "file", "mime": "image/png", "filename": "shot.png", "url": "data:image/png;base64,AAAA"});
    let parsed = read(&[part("user", image)]);
    assert_eq!(facts!(parsed, File), []);
    assert_eq!(facts!(parsed, Message)[0].pieces[0].text, "[shot.png]");
}

#[test]
fn an_answer_has_its_model_and_its_price() {
    let data = json!({"role": "assistant", "modelID": "m-1", "providerID": "p", "parentID": "msg_0", "cost": 0.0021,
        "time": {"created": AT, "completed": AT + 900}, "path": {"cwd": "/w"},
        "tokens": {"total": 3165, "input": 100, "output": 60, "reasoning": 5, "cache": {"read": 3000, "write": 0}}});
    let parsed = read(&[message(data)]);
    let answer = facts!(parsed, Message).remove(0);
    assert_eq!((answer.message_id.as_str(), answer.at, answer.model.as_deref()), (MESSAGE, AT, Some("m-1")));
    let usage = facts!(parsed, Usage).remove(0);
    assert_eq!((usage.tokens.input, usage.tokens.output, usage.tokens.cache_read), (100, 65, 3000));
    assert_eq!((usage.reported_nanos, usage.at, usage.sidechain), (Some(2_100_000), AT + 900, false));
    // What its steps tell of tokens is the same again.
    let step = json!({"type": "step-finish", "reason": "stop", "tokens": {"input": 100, "output": 60}, "cost": 0.0021});
    assert_eq!(read(&[part("assistant", step)]).facts, []);
    let begun = json!({"role": "assistant", "tokens": {"input": 0, "output": 0}, "time": {"created": AT}});
    assert_eq!(facts!(read(&[message(begun)]), Usage).len(), 0);
}

#[test]
fn an_error_is_told_under_its_own_name() {
    let error = json!({"name": "MessageAbortedError", "data": {"message": "Aborted"}});
    let parsed = read(&[message(json!({"role": "assistant", "error": error}))]);
    assert_eq!(facts!(parsed, Event)[0].event_type, "MessageAbortedError");
}

#[test]
fn a_compaction_is_one_however_it_is_told() {
    let asked = part("user", json!({"type": "compaction", "auto": true}));
    let done = message(json!({"role": "assistant", "summary": true, "parentID": MESSAGE, "time": {"created": AT}}));
    let told = facts!(read(&[asked, done]), Event);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|event| event.compaction && event.key == told[0].key), "{told:?}");
    // Of the diffs of a prompt.
    let prompt = message(json!({"role": "user", "summary": {"diffs": []}, "time": {"created": AT}}));
    assert_eq!(read(&[prompt]).facts, []);
}

#[test]
fn a_call_is_told_from_its_beginning_to_its_end() {
    let running = call(tool("bash", json!({"status": "running", "input": {"command": "ls"}, "time": {"start": AT}})));
    assert_eq!((running.status, running.started_at, running.ended_at), (None, Some(AT), None));
    let done = json!({"status": "completed", "input": {"command": "ls"}, "output": "a\n",
        "metadata": {"output": "a\n", "exit": 0}, "time": {"start": AT, "end": AT + 40}});
    let done = call(tool("bash", done));
    assert_eq!((done.status, done.exit_code, done.duration_ms), (Some(CallStatus::Ok), Some(0), Some(40)));
    assert_eq!((done.kind, done.command.as_deref()), (Some(ToolKind::Shell), Some("ls")));
    assert_eq!(done.call_id, "call_5517472ea36f41239d6f");
    let stopped = "x\n\n<shell_metadata>\nUser aborted the command\n</shell_metadata>";
    for (tool_name, state, want) in [
        ("bash", json!({"status": "completed", "output": "boom", "metadata": {"exit": 3}}), CallStatus::Error),
        (
            "bash",
            json!({"status": "completed", "output": stopped, "metadata": {"exit": null}}),
            CallStatus::Interrupted,
        ),
        ("bash", json!({"status": "completed", "output": "x"}), CallStatus::Ok),
        ("probe_echo", json!({"status": "completed", "output": "exit 3", "metadata": {"exit": 3}}), CallStatus::Ok),
        ("read", json!({"status": "error", "error": "File not found: /x"}), CallStatus::Error),
        (
            "bash",
            json!({"status": "error", "error": "The user rejected permission to use this specific tool call."}),
            CallStatus::Denied,
        ),
        ("bash", json!({"status": "error", "error": "Tool execution aborted"}), CallStatus::Interrupted),
        ("task", json!({"status": "error", "error": "x", "metadata": {"interrupted": true}}), CallStatus::Interrupted),
    ] {
        let ended = call(tool(tool_name, state.clone()));
        assert_eq!(ended.status, Some(want), "{state}");
        assert_eq!(ended.error.is_some(), state["status"] == "error" || want == CallStatus::Error, "{state}");
    }
}

#[test]
fn calls_that_models_number_are_told_apart_by_their_session() {
    let of = |id: &str| {
        let mut line = tool("bash", json!({"status": "running"}));
        line["data"]["callID"] = json!(id);
        call(line).call_id
    };
    assert_eq!(of("functions.bash:0"), "ses_1/functions.bash:0");
    assert_eq!(of("call_1"), "ses_1/call_1");
    assert_eq!(of("toolu_01AbCdEfGhIjKlMnOpQr"), "toolu_01AbCdEfGhIjKlMnOpQr");
}

#[test]
fn files_are_touched_by_calls_that_went_well() {
    let touched = |name: &str, state: Value| {
        let parsed = read(&[tool(name, state)]);
        let touches = facts!(parsed, File).into_iter();
        touches.map(|t| (t.path, t.kind, t.before_hash.is_some(), t.content_hash.is_some())).collect::<Vec<_>>()
    };
    let edit = |path: &str, before, after| (path.to_owned(), TouchKind::Edit, before, after);
    let state = |input: Value, metadata: Value| json!({"status": "completed", "input": input, "metadata": metadata});
    let file = json!({"filePath": "/w/a.py"});
    assert_eq!(
        touched("read", state(file.clone(), json!({}))),
        [("/w/a.py".to_owned(), TouchKind::Read, false, false)]
    );
    let folder = json!({"display": {"type": "directory"}});
    assert_eq!(touched("read", state(json!({"filePath": "/w/src"}), folder)), []);
    let written = json!({"filePath": "/w/a.py", "content": ""});
    assert_eq!(touched("write", state(written, json!({}))), [edit("/w/a.py", false, true)]);
    let diff = json!({"filediff": {"file": "/w/a.py", "before": "x", "after": "y"}});
    assert_eq!(touched("edit", state(file.clone(), diff)), [edit("/w/a.py", true, true)]);
    let patch = json!({"patchText": "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** End Patch"});
    assert_eq!(touched("apply_patch", state(patch.clone(), json!({}))), [edit("/w/a.py", false, false)]);
    let files = json!({"files": [{"filePath": "/w/a.py", "movePath": "/w/b.py", "before": "x", "after": "y"}]});
    let moved = [edit("/w/a.py", false, false), edit("/w/b.py", false, true)];
    assert_eq!(touched("apply_patch", state(patch.clone(), files)), moved);
    assert_eq!(call(tool("apply_patch", state(patch, json!({})))).file_path.as_deref(), Some("/w/a.py"));
    assert_eq!(touched("edit", json!({"status": "error", "input": file, "error": "no match"})), []);
}

#[test]
fn a_plan_is_written_whole() {
    let todos = json!([{"content": "Fix", "status": "completed", "priority": "high"}, {"content": "Test", "status": "in_progress"}]);
    let parsed = read(&[tool("todowrite", json!({"status": "completed", "input": {"todos": todos}}))]);
    let plan = parsed.facts.iter().find_map(|fact| match fact {
        Fact::Plan { change: PlanChange::Replace(items), .. } => Some(items),
        _ => None,
    });
    let plan: Vec<_> = plan.unwrap().iter().map(|item| (item.text.as_deref(), item.status)).collect();
    assert_eq!(plan, [(Some("Fix"), Some(PlanStatus::Completed)), (Some("Test"), Some(PlanStatus::InProgress))]);
}
