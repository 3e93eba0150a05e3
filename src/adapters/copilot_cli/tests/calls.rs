//! How calls go.

use super::session::{at, begins, call, ends, facts, line, of_agent, parsed, start};
use crate::model::{CallAsked, CallStatus, Fact, FileTouch, PlanChange, ToolKind, TouchKind};

#[test]
fn a_call_ends_as_its_result_says() {
    for (tool, result, status, code, output) in [
        ("view", r#""success":true,"result":{"content":"text"}"#, CallStatus::Ok, None, Some("text")),
        (
            "bash",
            r#""success":true,"shellExecution":{"exitCode":3},"result":{"content":"boom\n<shellId: 2 completed with exit code 3>"}"#,
            CallStatus::Error,
            Some(3),
            Some("boom"),
        ),
        (
            "bash",
            r#""success":true,"result":{"content":"ok\n<exited with exit code 0>"}"#,
            CallStatus::Ok,
            Some(0),
            Some("ok"),
        ),
        ("x-y", r#""success":false,"error":{"message":"no","code":"failure"}"#, CallStatus::Error, None, Some("no")),
        (
            "bash",
            r#""success":false,"error":{"message":"Denied by preToolUse hook: no","code":"denied"}"#,
            CallStatus::Denied,
            None,
            Some("Denied by preToolUse hook: no"),
        ),
        ("view", r#""success":"false","result":"plain""#, CallStatus::Ok, None, Some("plain")),
        (
            "bash",
            r#""success":true,"result":{"content":"a\n\nTool \"bash\" succeeded. Additional guidance from postToolUse hooks:\nbuild: red"}"#,
            CallStatus::Ok,
            None,
            Some("a"),
        ),
    ] {
        let out =
            parsed(&[start("s"), begins(1, "c", tool, r#"{"command":"make","path":"/w/a"}"#), ends(3, "c", result)]);
        let told = call(&out, "c");
        assert_eq!((told.status, told.exit_code, told.output.as_deref()), (Some(status), code, output), "{result}");
        assert_eq!((told.started_at, told.ended_at, told.tool.as_deref()), (Some(at(1)), Some(at(3)), Some(tool)));
        assert_eq!(told.error.is_some(), status != CallStatus::Ok, "{result}");
    }
}

#[test]
fn a_command_that_goes_on_ends_when_somebody_looks() {
    for looked in [
        line(
            9,
            "system.notification",
            r#"{"content":"done","kind":{"type":"shell_completed","shellId":"7","exitCode":1}}"#,
        ),
        ends(9, "r", r#""success":true,"result":{"content":"red\n<shellId: 7 completed with exit code 1>"}"#),
    ] {
        let out = parsed(&[
            start("s"),
            begins(1, "c", "bash", r#"{"command":"make"}"#),
            ends(
                2,
                "c",
                r#""success":true,"result":{"content":"<command with shellId: 7 is still running after 30 seconds.>"}"#,
            ),
            begins(3, "r", "read_bash", r#"{"shellId":"7"}"#),
            looked,
        ]);
        let told = call(&out, "c");
        assert_eq!((told.status, told.exit_code, told.background), (Some(CallStatus::Error), Some(1), true));
        assert_ne!(call(&out, "r").status, Some(CallStatus::Error));
    }
}

#[test]
fn files_are_touched_by_what_went_well() {
    let touches = |lines: &[String]| -> Vec<(String, TouchKind, bool)> {
        let out = parsed(lines);
        let told = facts!(out, File, FileTouch);
        told.into_iter().map(|t| (t.path, t.kind, t.content_hash.is_some())).collect()
    };
    let one = |path: &str, kind, hash| vec![(path.to_owned(), kind, hash)];
    let done = r#""success":true,"result":{"content":"ok"}"#;
    let edit = begins(1, "c", "edit", r#"{"path":"src/a.rs","old_str":"a","new_str":"b"}"#);
    assert_eq!(touches(&[start("s"), edit.clone(), ends(2, "c", done)]), one("/w/src/a.rs", TouchKind::Edit, false));
    let failed = ends(2, "c", r#""success":false,"error":{"message":"no match"}"#);
    assert_eq!(touches(&[start("s"), edit, failed]), []);
    let create = begins(1, "c", "create", r#"{"path":"/w/n.rs","file_text":"x\n"}"#);
    assert_eq!(touches(&[start("s"), create, ends(2, "c", done)]), one("/w/n.rs", TouchKind::Edit, true));
    let patch = begins(
        1,
        "c",
        "apply_patch",
        r#"{"input":"*** Begin Patch\n*** Update File: a\n*** Add File: b\n+x\n*** End Patch"}"#,
    );
    assert_eq!(touches(&[start("s"), patch, ends(2, "c", done)]).len(), 2);
    let cat = begins(1, "c", "bash", r#"{"command":"cat a.rs"}"#);
    let shown = ends(2, "c", r#""success":true,"result":{"content":"x\n<shellId: 1 completed with exit code 0>"}"#);
    assert_eq!(touches(&[start("s"), cat, shown]), one("/w/a.rs", TouchKind::Read, false));
    let view = |arguments: &str| begins(1, "c", "view", arguments);
    let whole = r#""success":true,"result":{"content":"ab\n"},"toolTelemetry":{"properties":{"viewType":"file"},"metrics":{"resultLength":3,"resultForLlmLength":3}}"#;
    let read = |arguments: &str, result: &str| touches(&[start("s"), view(arguments), ends(2, "c", result)]);
    assert_eq!(read(r#"{"path":"/w/a"}"#, whole), one("/w/a", TouchKind::Read, true));
    assert_eq!(read(r#"{"path":"/w/a","view_range":[1,2]}"#, whole), one("/w/a", TouchKind::Read, false));
    let numbered = whole.replace("ab\\n", "1. ");
    assert_eq!(read(r#"{"path":"/w/a"}"#, &numbered), one("/w/a", TouchKind::Read, false));
}

#[test]
fn what_a_person_refuses_or_stops_has_an_end() {
    let out = parsed(&[
        start("s"),
        begins(1, "c", "bash", r#"{"command":"rm x"}"#),
        line(
            2,
            "permission.requested",
            r#"{"permissionRequest":{"kind":"shell","toolCallId":"c","fullCommandText":"rm x"}}"#,
        ),
        line(3, "permission.completed", r#"{"toolCallId":"c","result":{"kind":"denied-interactively-by-user"}}"#),
        begins(4, "d", "bash", r#"{"command":"sleep 9"}"#),
        of_agent(
            4,
            "a",
            "tool.execution_start",
            r#"{"toolCallId":"e","toolName":"bash","arguments":{"command":"ls"}}"#,
        ),
        of_agent(5, "a", "abort", r#"{"reason":"subagent_cancelled"}"#),
        line(6, "abort", r#"{"reason":"user_initiated"}"#),
    ]);
    let asked = facts!(out, CallAsked, CallAsked);
    assert_eq!((asked[0].tool.as_str(), asked[0].command.as_deref(), asked[0].at), ("bash", Some("rm x"), at(2)));
    assert_eq!(call(&out, "c").status, Some(CallStatus::Denied));
    assert_eq!((call(&out, "d").status, call(&out, "d").ended_at), (Some(CallStatus::Interrupted), Some(at(6))));
    assert_eq!((call(&out, "e").status, call(&out, "e").ended_at), (Some(CallStatus::Interrupted), Some(at(5))));
    assert_eq!(call(&out, "e").agent_id.as_deref(), Some("a"));
}

#[test]
fn servers_tools_and_plans_are_known() {
    let out = parsed(&[
        start("s"),
        line(
            1,
            "tool.execution_start",
            r#"{"toolCallId":"c","toolName":"probe_echo","mcpServerName":"probe","arguments":{"x":1}}"#,
        ),
        begins(2, "d", "update_todo", r#"{"todos":"- [ ] a\n- [x] b"}"#),
    ]);
    assert_eq!(call(&out, "c").kind, Some(ToolKind::Mcp));
    let plan = out.facts.iter().find_map(|fact| if let Fact::Plan { change, .. } = fact { Some(change) } else { None });
    assert!(matches!(plan, Some(PlanChange::Replace(items)) if items.len() == 2));
}
