//! Calls from their beginning to their end.

use super::session::{asks, call, entry, facts, header, message, parsed, prompt, result};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, PlanChange, ToolCall, ToolKind, TouchKind};

const READ: &str = "call_3b13122d9fb040ee822d";
const EXEC: &str = "call_c1234a2968674948a026";

#[test]
fn a_command_is_told_with_how_it_ended() {
    let parsed = parsed(&[
        header("s", ""),
        asks("a", 1, EXEC, "exec", r#"{"command":"cat x.py"}"#),
        result(
            "b",
            3,
            EXEC,
            "exec",
            r#""content":[{"type":"text","text":"x"}],"details":{"status":"completed","exitCode":0,"durationMs":35}"#,
        ),
        asks("c", 4, READ, "exec", r#"{"command":"make"}"#),
        result(
            "d",
            5,
            READ,
            "exec",
            r#""content":"no\n\n(Command exited with code 3)","details":{"exitCode":3},"isError":false"#,
        ),
    ]);
    let ok = call(&parsed, EXEC);
    assert_eq!(
        (ok.tool.as_deref(), ok.kind, ok.command.as_deref()),
        (Some("exec"), Some(ToolKind::Shell), Some("cat x.py"))
    );
    assert_eq!(
        (ok.status, ok.exit_code, ok.duration_ms, ok.output.as_deref()),
        (Some(CallStatus::Ok), Some(0), Some(35), Some("x"))
    );
    assert_eq!(ok.ended_at.unwrap() - ok.started_at.unwrap(), 2000);
    let failed = call(&parsed, READ);
    assert_eq!((failed.status, failed.exit_code), (Some(CallStatus::Error), Some(3)));
    assert!(failed.error.unwrap().starts_with("no"));
    let touches = facts!(parsed, File, FileTouch);
    assert_eq!((touches.len(), touches[0].path.as_str(), touches[0].kind), (1, "/w/x.py", TouchKind::Read));
}

#[test]
fn files_are_touched_by_what_went_well() {
    let parsed = parsed(&[
        header("s", ""),
        asks("a", 1, READ, "read", r#"{"path":"a.py"}"#),
        result("b", 2, READ, "read", r#""content":"x","details":{"kind":"text","content":"x\n"}"#),
        asks("c", 3, EXEC, "write", r#"{"path":"/w/b.py","content":"1\n"}"#),
        result("d", 4, EXEC, "write", r#""content":"Successfully wrote 2 bytes to /w/b.py""#),
        asks("e", 5, "call_00000000000000000001", "edit", r#"{"path":"c.py"}"#),
        result("f", 6, "call_00000000000000000001", "edit", r#""content":"no match","isError":true"#),
        asks("g", 7, "call_00000000000000000002", "read", r#"{"path":"a.py","offset":2}"#),
        result("h", 8, "call_00000000000000000002", "read", r#""content":"x","details":{"kind":"text","content":"x"}"#),
    ]);
    let touches = facts!(parsed, File, FileTouch);
    let told: Vec<_> = touches.iter().map(|t| (t.path.as_str(), t.kind, t.content_hash.is_some())).collect();
    let (read, edit) = (TouchKind::Read, TouchKind::Edit);
    assert_eq!(told, [("/w/a.py", read, true), ("/w/b.py", edit, true), ("/w/a.py", read, false)]);
}

#[test]
fn a_command_in_the_background_ends_when_somebody_looks() {
    let parsed = parsed(&[
        header("s", ""),
        asks("a", 1, EXEC, "exec", r#"{"command":"make","background":true}"#),
        result("b", 2, EXEC, "exec", r#""content":"running","details":{"status":"running","sessionId":"amber-reef"}"#),
        asks("c", 3, READ, "process", r#"{"action":"poll","sessionId":"amber-reef"}"#),
        result(
            "d",
            4,
            READ,
            "process",
            r#""content":"no","details":{"status":"failed","sessionId":"amber-reef","exitCode":2}"#,
        ),
    ]);
    let (command, look) = (call(&parsed, EXEC), call(&parsed, READ));
    assert_eq!(
        (command.status, command.exit_code, command.error.as_deref()),
        (Some(CallStatus::Error), Some(2), Some("no"))
    );
    assert_eq!((look.status, look.exit_code, look.error), (Some(CallStatus::Ok), None, None));
}

#[test]
fn a_tool_that_was_found_is_told_once() {
    let nested = r#"{"role":"custom","customType":"openclaw.nested-tool.v1","content":"","details":{"parentToolCallId":"call_3b13122d9fb040ee822d","toolCallId":"tool_search_code:call_3b13122d9fb040ee822d:p__e:1","toolName":"p__e","input":{"t":1},"result":{"content":"hi","details":{"mcpServer":"p","status":"error"}},"isError":true,"startedAt":1795168803000,"timestamp":1795168804000}}"#;
    let lines = [
        header("s", ""),
        asks("a", 1, READ, "tool_call", r#"{"id":"p__e","args":{"t":1}}"#),
        message("b", 2, nested),
        result(
            "c",
            3,
            READ,
            "tool_call",
            r#""content":"SECURITY","details":{"result":{"content":"hi","details":{"mcpServer":"p","status":"error"}},"status":"failed"},"isError":true"#,
        ),
    ];
    let parsed = super::session::parsed(&lines);
    assert!(facts!(parsed, ToolCall, ToolCall).iter().all(|call| call.call_id == READ));
    let found = call(&parsed, READ);
    assert_eq!(
        (found.tool.as_deref(), found.kind, found.status),
        (Some("tool_call"), Some(ToolKind::Mcp), Some(CallStatus::Error))
    );
    assert_eq!(
        (found.output.as_deref(), found.input.as_deref()),
        (Some("hi"), Some(r#"{"id":"p__e","args":{"t":1}}"#))
    );
    // A cell of code may call several.
    let parsed = super::session::parsed(&[lines[0].clone(), asks("a", 1, READ, "code", "{}"), message("b", 2, nested)]);
    assert_eq!(call(&parsed, "tool_search_code:call_3b13122d9fb040ee822d:p__e:1").tool.as_deref(), Some("p__e"));
}

#[test]
fn a_servers_tool_is_known_by_its_result() {
    let parsed = parsed(&[
        header("s", ""),
        asks("a", 1, READ, "probe_echo", "{}"),
        result("b", 2, READ, "probe_echo", r#""content":"x","details":{"mcpServer":"probe","exitCode":3}"#),
        asks("c", 3, EXEC, "probe__echo", "{}"),
    ]);
    let (old, new) = (call(&parsed, READ), call(&parsed, EXEC));
    assert_eq!((old.kind, old.status, old.exit_code), (Some(ToolKind::Mcp), Some(CallStatus::Ok), None));
    assert_eq!((new.kind, new.status), (Some(ToolKind::Mcp), None));
}

#[test]
fn what_a_broken_response_asked_for_was_not_done() {
    let block = format!(r#"[{{"type":"toolCall","id":"{EXEC}","name":"exec","arguments":{{"command":"ls"}}}}]"#);
    let parsed = parsed(&[
        header("s", ""),
        message("a", 1, &format!(r#"{{"role":"assistant","content":{block},"stopReason":"aborted"}}"#)),
        result(
            "b",
            2,
            EXEC,
            "exec",
            r#""content":"[openclaw] missing tool result in session history; x","isError":true"#,
        ),
    ]);
    assert_eq!(call(&parsed, EXEC).status, Some(CallStatus::Interrupted));
}

#[test]
fn a_person_is_asked_before_a_command_runs() {
    let parsed = parsed(&[
        header("s", ""),
        asks("a", 1, EXEC, "exec", r#"{"command":"rm x"}"#),
        result(
            "b",
            2,
            EXEC,
            "exec",
            r#""content":"Approval required","details":{"status":"approval-pending","command":"rm x"}"#,
        ),
    ]);
    let asked = facts!(parsed, CallAsked, CallAsked);
    assert_eq!((asked.len(), asked[0].tool.as_str(), asked[0].command.as_deref()), (1, "exec", Some("rm x")));
    assert_eq!(call(&parsed, EXEC).status, None);
}

#[test]
fn numbered_calls_are_told_apart_by_their_session() {
    let ids = |session: &str| {
        let parsed = parsed(&[
            header(session, ""),
            asks("a", 1, "functions.exec:0", "exec", "{}"),
            asks("b", 2, EXEC, "exec", "{}"),
        ]);
        facts!(parsed, ToolCall, ToolCall).into_iter().map(|call| call.call_id).collect::<Vec<_>>()
    };
    assert_eq!(ids("s"), ["s:functions.exec:0", EXEC]);
    assert_ne!(ids("s")[0], ids("t")[0]);
}

#[test]
fn a_plan_and_a_result_without_a_call() {
    let parsed = parsed(&[
        header("s", ""),
        prompt("p", 1, "do it"),
        asks("a", 2, EXEC, "update_plan", r#"{"plan":[{"step":"one","status":"in_progress"}]}"#),
        entry("b", 3, r#""type":"message","message":{"role":"toolResult","content":"x"}"#),
    ]);
    let plans = parsed
        .facts
        .iter()
        .filter(|f| matches!(f, Fact::Plan { change: PlanChange::Replace(items), .. } if items.len() == 1));
    assert_eq!((plans.count(), parsed.skips.len()), (1, 1));
}
