//! Tool calls: how they end, what they touch, and what is kept of what came back.

use serde_json::{Value, json};

use super::{begun, column, counts, imported, in_any_order};
use crate::support::{Home, Transcript};

fn statuses(home: &Home) -> Vec<Value> {
    column(home, "SELECT status FROM tool_calls ORDER BY tool_call_id")
}

#[test]
fn a_command_stopped_while_it_ran_is_told_from_one_that_was_refused() {
    const REFUSAL: &str = "The user doesn't want to proceed with this tool use.";
    let mark = |known: bool| {
        let content = json!([{"type": "text", "text": "[Request interrupted by user for tool use]"}]);
        let mut record = json!({"message": {"role": "user", "content": content}});
        if known {
            record["interruptedMessageId"] = json!("msg_c");
        }
        record
    };
    for (result, marked, want) in [
        (json!({"toolDenialKind": "user-rejected"}), true, "interrupted"),
        (json!({"toolDenialKind": "user-rejected", "toolDenialBeforeRun": true}), true, "denied"),
        (json!({"toolDenialKind": "user-rejected"}), false, "denied"),
    ] {
        let home = Home::new();
        let story = Transcript::new("s", "/w").prompt("go").begins("c", "Bash", &json!({"command": "sleep 9"}));
        let story = story.result("c", REFUSAL, true, result).record("user", mark(marked));
        home.import(&home.write("s.jsonl", story.text()));
        assert_eq!(home.one("SELECT status FROM tool_calls"), want);
    }
}

#[test]
fn how_a_call_ended_is_what_its_record_says() {
    for (output, failed, extra, status) in [
        ("fine", false, json!({}), "ok"),
        ("Exit code 2\nboom", true, json!({"toolUseResult": "Error: Exit code 2\nboom"}), "error"),
        ("<tool_use_error>File has not been read yet.</tool_use_error>", true, json!({}), "error"),
        ("x", true, json!({"toolDenialKind": "user-rejected"}), "denied"),
        ("x", true, json!({"toolDenialKind": "automode-blocked"}), "denied"),
        (
            "The user doesn't want to proceed with this tool use. The tool use was rejected",
            true,
            json!({"toolUseResult": "User rejected tool use"}),
            "denied",
        ),
        ("Claude requested permissions to use WebFetch, but you haven't granted it yet.", true, json!({}), "denied"),
        ("Permission to use Bash with command rm has been denied.", true, json!({}), "denied"),
        ("PreToolUse:Bash hook error: [x.sh]: no", true, json!({}), "denied"),
        ("Bash operation blocked by hook:\n- no", true, json!({}), "denied"),
        (
            "<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>",
            true,
            json!({}),
            "denied",
        ),
        (
            "[Request interrupted by user for tool use]",
            true,
            json!({"toolUseResult": "Error: [Request interrupted by user for tool use]"}),
            "interrupted",
        ),
        (
            "The user doesn't want to take this action right now. STOP what you are doing",
            true,
            json!({}),
            "interrupted",
        ),
        ("<tool_use_error>Sibling tool call errored</tool_use_error>", true, json!({}), "interrupted"),
        ("Exit code 137\nhalf\n[Request interrupted by user for tool use]", true, json!({}), "interrupted"),
        ("partial", true, json!({"toolUseResult": {"stdout": "partial", "interrupted": true}}), "interrupted"),
        // Words alone are no verdict.
        (
            "Exit code 1 is what grep gives",
            false,
            json!({"toolUseResult": {"returnCodeInterpretation": "No matches found"}}),
            "ok",
        ),
        ("Permission to use Bash has been denied", false, json!({}), "ok"),
    ] {
        let home =
            imported(begun().begins("t", "Bash", &json!({"command": "x"})).result("t", output, failed, extra).text());
        assert_eq!(statuses(&home), [status], "{output}");
        assert_eq!(home.one("SELECT tool_errors FROM sessions"), i64::from(status != "ok"));
    }
}

#[test]
fn exit_codes_are_those_that_are_told() {
    let code = |output: &str, failed: bool, result: Value| {
        let t = begun().begins("t", "Bash", &json!({"command": "x"})).result(
            "t",
            output,
            failed,
            json!({"toolUseResult": result}),
        );
        imported(t.text()).one("SELECT exit_code FROM tool_calls")
    };
    assert_eq!(code("ok", false, json!({"stdout": "ok"})), 0);
    assert_eq!(code("Exit code 101\nx", true, json!("Error: Exit code 101")), 101);
    assert_eq!(code("", false, json!({"returnCodeInterpretation": "No matches found"})), Value::Null);
    assert_eq!(code("running", false, json!({"backgroundTaskId": "b1"})), Value::Null);
}

#[test]
fn a_call_without_a_result_is_over_with_its_session_and_a_result_without_a_call_is_none() {
    let t = begun().begins("open", "Read", &json!({"file_path": "/x"})).result("stray", "x", false, json!({}));
    let home = imported(t.text());
    assert_eq!(statuses(&home), ["interrupted"]);
    assert_eq!(counts(&home), [0, 1, 1]);
    // The call may still come: from the file that holds it.
    let first = Transcript::new("s", "/w/app").begins("stray", "Bash", &json!({"command": "ls"}));
    let home = in_any_order(&[("p/s.jsonl", t.text()), ("q/s.jsonl", first.text())]);
    assert_eq!(counts(&home), [0, 2, 2]);
    assert_eq!(statuses(&home), ["interrupted", "ok"]);
}

#[test]
fn results_before_their_calls_and_calls_side_by_side() {
    let blocks = json!([
        {"type": "tool_use", "id": "a", "name": "Grep", "input": {"pattern": "x"}},
        {"type": "tool_use", "id": "b", "name": "Glob", "input": {"pattern": "y"}},
        {"type": "tool_use", "name": "LS", "input": {}},
        {"type": "tool_use", "name": "LS", "input": {}},
        {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srv", "content": []},
        {"type": "tool_result", "tool_use_id": "never", "content": "in the wrong place"},
    ]);
    let results = json!([
        {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "one"}, {"type": "image", "source": {}}]},
        {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "tool_reference", "tool_name": "x"}], "is_error": true},
        {"type": "tool_result", "content": "of no call"},
    ]);
    let home = imported(begun().user(results).assistant("m", blocks).text());
    assert_eq!(counts(&home), [0, 1, 4]);
    assert_eq!(
        home.sql("SELECT tool, status, output FROM tool_calls WHERE tool_call_id IN ('a', 'b') ORDER BY 1"),
        json!([{"tool": "Glob", "status": "error", "output": null}, {"tool": "Grep", "status": "ok", "output": "one\n[image]"}])
    );
    assert!(super::skipped(&home).contains("tool result without a call"));
}

#[test]
fn files_are_seen_by_calls_that_succeeded() {
    let at = |path: &str| json!({"file_path": path});
    let t = begun()
        .tool("Read", &at("/w/app/a"), "text", false)
        .tool("Edit", &at("/w/app/a"), "ok", false)
        .tool("Write", &at("/w/app/b"), "denied", true)
        .tool("Read", &at("/w/app/c"), "File does not exist.", true)
        .tool("NotebookEdit", &json!({"notebook_path": "/w/app/n.ipynb", "file_path": "/w/app/n.ipynb"}), "ok", false);
    let home = in_any_order(&[("p/s.jsonl", t.text()), ("q/s.jsonl", t.text())]);
    assert_eq!(
        home.sql("SELECT path, reads, edits FROM files ORDER BY path"),
        json!([{"path": "/w/app/a", "reads": 1, "edits": 1}, {"path": "/w/app/n.ipynb", "reads": 0, "edits": 1}])
    );
}

#[test]
fn long_outputs_keep_their_ends_and_builds_their_diagnostics() {
    let noise = "   Compiling something v0.1.0\n".repeat(2_000);
    let error = "error[E0308]: mismatched types\n  --> src/lib.rs:7:5\n";
    let output =
        format!("Exit code 101\nthe beginning\n{noise}{error}{noise}error: could not compile `app` at the end");
    let home = imported(begun().bash("cargo build", &output, true).bash("cat log", &output, false).text());
    for kept in ["the beginning", "at the end", "bytes left out"] {
        assert!(
            home.one("SELECT output FROM tool_calls WHERE command = 'cat log'").as_str().unwrap().contains(kept),
            "{kept}"
        );
    }
    assert_eq!(home.one("SELECT length(output) < 5000 FROM tool_calls WHERE command = 'cat log'"), 1);
    let build = home.sql("SELECT status, exit_code, diagnostics, tail FROM builds");
    assert_eq!((&build[0]["status"], &build[0]["exit_code"]), (&json!("failed"), &json!(101)));
    assert!(
        build[0]["diagnostics"].to_string().contains("src/lib.rs")
            && build[0]["tail"].to_string().contains("at the end")
    );
}

#[test]
fn an_output_in_a_file_of_its_own_is_read_there() {
    let whole = format!(
        "{}warning: unused variable: `deep`\n  --> src/deep.rs:3:1\n{}the very end",
        "x\n".repeat(9_000),
        "y\n".repeat(9_000)
    );
    let preview = "<persisted-output>\nOutput too large (36KB). Full output saved to: /elsewhere/s/tool-results/b1.txt\n\nPreview";
    for extra in [
        json!({"toolUseResult": {"stdout": "x", "persistedOutputPath": "/elsewhere/s/tool-results/b1.txt"}}),
        json!({}),
    ] {
        for transcript in
            ["s.jsonl", "s/subagents/agent-a1.jsonl", "s/subagents/workflows/wf_1/agent-a1.jsonl", "fork.jsonl"]
        {
            let home = Home::new();
            home.write(".claude/projects/p/s/tool-results/b1.txt", &whole);
            let t = begun().begins("t", "Bash", &json!({"command": "cargo check"})).result(
                "t",
                preview,
                false,
                extra.clone(),
            );
            home.write(&format!(".claude/projects/p/{transcript}"), t.text());
            home.ok(&["import"]);
            let build = home.sql("SELECT diagnostics, tail FROM builds").to_string();
            assert!(build.contains("src/deep.rs") && build.contains("the very end"), "{transcript}: {build}");
            assert!(home.one("SELECT output FROM tool_calls").as_str().unwrap().ends_with("the very end"));
        }
    }
}

#[test]
fn plans_are_kept_as_they_stand() {
    let todos = |list: Value| json!({"todos": list});
    let t = begun().begins("1", "TodoWrite", &todos(json!([{"content": "old", "status": "pending"}]))).begins(
        "2",
        "TodoWrite",
        &todos(
            json!([{"content": "one", "status": "completed"}, {"content": "two", "status": "in_progress", "id": "k"}]),
        ),
    );
    let plan = |home: &Home| {
        let shown = home.json(&["show", "s", "--json"]);
        let items = shown["session"]["plan"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|i| format!("{} {}", i["status"].as_str().unwrap(), i["text"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let home = in_any_order(&[("p/s.jsonl", t.prompt("x").text())]);
    assert_eq!(plan(&home), ["completed one", "in_progress two"]);
    let made = json!({"toolUseResult": {"task": {"id": "1", "subject": "build it"}}});
    let t = begun()
        .prompt("x")
        .begins("1", "TaskCreate", &json!({"subject": "build it", "description": "d"}))
        .result("1", "Task #1 created", false, made)
        .begins("2", "TaskUpdate", &json!({"taskId": "1", "status": "in_progress"}))
        .begins("3", "ExitPlanMode", &json!({"plan": "# The plan"}));
    let home = in_any_order(&[("p/s.jsonl", t.text())]);
    assert_eq!(plan(&home), ["in_progress build it"]);
    assert!(
        home.one("SELECT input FROM tool_calls WHERE tool = 'ExitPlanMode'").as_str().unwrap().contains("# The plan")
    );
}
