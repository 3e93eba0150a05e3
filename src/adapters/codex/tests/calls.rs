//! Tool calls: how they end, what they touch, and what their results mean.

use super::rollout::{CHILD, began, call, event, facts, item, joined, meta, output};
use crate::model::{CallStatus, Fact, FileTouch};

#[test]
fn a_command_that_goes_on_ends_when_somebody_looks() {
    let mut lines = vec![
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "c1", "exec_command", r#"{"cmd":"cargo test"}"#),
        output("10:00:11.000", "c1", "Wall time: 10 seconds\nProcess running with session ID 7\nOutput:\nhalf"),
        began("10:00:12.000", "c2", "write_stdin", r#"{"session_id":7,"chars":""}"#),
    ];
    let still = joined(&lines);
    assert_eq!((call(&still, "c1").status, call(&still, "c1").ended_at), (None, None));
    lines.push(output("10:00:20.000", "c2", "Wall time: 8 seconds\nProcess exited with code 101\nOutput:\nred"));
    let over = joined(&lines);
    let test = call(&over, "c1");
    assert_eq!(
        (test.status, test.exit_code, test.command.as_deref()),
        (Some(CallStatus::Error), Some(101), Some("cargo test"))
    );
    assert_eq!(test.ended_at, Some(1_795_168_820_000));
    assert_eq!(call(&over, "c2").status, Some(CallStatus::Error));
}

#[test]
fn a_stopped_turn_stops_its_calls() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "c1", "exec_command", r#"{"cmd":"sleep 9"}"#),
        began("10:00:01.000", "c2", "exec_command", r#"{"cmd":"ls"}"#),
        output("10:00:02.000", "c2", "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nx"),
        event("10:00:03.000", r#"{"type":"turn_aborted","reason":"interrupted"}"#),
    ]);
    assert_eq!(
        (call(&told, "c1").status, call(&told, "c2").status),
        (Some(CallStatus::Interrupted), Some(CallStatus::Ok))
    );
}

#[test]
fn patches_name_their_files_however_they_are_applied() {
    let patch = r#"{"type":"custom_tool_call","name":"apply_patch","call_id":"p","input":"*** Begin Patch\n*** Update File: a.py\n*** End Patch"}"#;
    let done = "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM a.py\n";
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        item("10:00:01.000", patch),
        event(
            "10:00:01.500",
            r#"{"type":"patch_apply_end","call_id":"p","success":true,"changes":{"/w/a.py":{"type":"update"}}}"#,
        ),
        item(
            "10:00:02.000",
            &format!(
                r#"{{"type":"custom_tool_call_output","call_id":"p","output":{}}}"#,
                serde_json::to_string(done).unwrap()
            ),
        ),
        began(
            "10:00:03.000",
            "s",
            "shell",
            r#"{"command":["bash","-lc","apply_patch <<'E'\n*** Begin Patch\n*** Add File: b.py\n+x\n*** End Patch\nE"]}"#,
        ),
        output(
            "10:00:04.000",
            "s",
            r#"{"output":"Success. Updated the following files:\nA b.py\n","metadata":{"exit_code":0}}"#,
        ),
    ]);
    let files: Vec<(String, String)> = facts!(told, File, FileTouch).into_iter().map(|t| (t.call_id, t.path)).collect();
    let named = |call: &str, path: &str| (call.to_owned(), path.to_owned());
    assert_eq!(files, [named("p", "/w/a.py"), named("p", "/w/a.py"), named("s", "/w/b.py")]);
    let shell = call(&told, "s");
    assert_eq!((shell.tool.as_deref(), shell.kind.map(crate::model::ToolKind::name)), (Some("shell"), Some("edit")));
    assert_eq!(call(&told, "p").file_path.as_deref(), Some("/w/a.py"));
}

#[test]
fn commands_that_show_files_read_them() {
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        began("10:00:01.000", "a", "exec_command", r#"{"cmd":"cat a.py","workdir":"/w/sub"}"#),
        began("10:00:01.000", "b", "shell_command", r#"{"command":"cat b.py"}"#),
        output("10:00:02.000", "a", "Wall time: 1 seconds\nProcess exited with code 0\nOutput:\nx"),
        output("10:00:02.000", "b", "Exit code: 1\nWall time: 1 seconds\nOutput:\nno such file"),
        event(
            "10:00:03.000",
            r#"{"type":"item_completed","item":{"type":"CommandExecution","id":"c","status":"completed","exit_code":0,"parsed_cmd":[{"type":"read","path":"c.py"},{"type":"list_files","path":"d"}]}}"#,
        ),
    ]);
    let files: Vec<String> = facts!(told, File, FileTouch).into_iter().map(|touch| touch.path).collect();
    assert_eq!(files, ["/w/sub/a.py", "/w/c.py"]);
}

#[test]
fn what_mcp_tools_print_is_data_and_their_errors_are_told_beside() {
    let begins = |id: &str| {
        item(
            "10:00:01.000",
            &format!(
                r#"{{"type":"function_call","name":"run","namespace":"mcp__x","call_id":"{id}","arguments":"{{}}"}}"#
            ),
        )
    };
    let told = joined(&[
        meta("10:00:00.000", CHILD, ""),
        begins("a"),
        output("10:00:02.000", "a", "Exit code: 1\nWall time: 1 seconds\nOutput:\nno"),
        begins("b"),
        event(
            "10:00:03.000",
            r#"{"type":"mcp_tool_call_end","call_id":"b","invocation":{"server":"x","tool":"run"},"result":{"Ok":{"isError":true,"content":[{"type":"text","text":"no"}]}}}"#,
        ),
        output("10:00:03.000", "b", "no"),
        event(
            "10:00:04.000",
            r#"{"type":"mcp_tool_call_end","call_id":"c","invocation":{"server":"x","tool":"run"},"result":{"Err":"gone"}}"#,
        ),
    ]);
    assert_eq!((call(&told, "a").status, call(&told, "a").exit_code), (Some(CallStatus::Ok), None));
    assert_eq!(
        (call(&told, "b").status, call(&told, "b").tool.as_deref()),
        (Some(CallStatus::Error), Some("mcp__x.run"))
    );
    assert_eq!((call(&told, "c").status, call(&told, "c").error.as_deref()), (Some(CallStatus::Error), Some("gone")));
}
