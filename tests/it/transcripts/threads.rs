//! Sub-agents: inline, in files of their own at any depth, with and without names.

use serde_json::json;

use super::{begun, column, counts, imported, in_any_order};
use crate::support::{Home, Transcript};

/// Version 1.x: no `agentId`, only `isSidechain` and the chain of parents.
#[test]
fn inline_threads_without_names_are_told_apart_by_their_chain() {
    let side = |uuid: &str, parent: Option<&str>| json!({"isSidechain": true, "uuid": uuid, "parentUuid": parent, "version": "1.0.98"});
    let call = |t: Transcript, id: &str, extra: serde_json::Value| {
        let message = json!({"id": format!("m{id}"), "model": "claude-sonnet-4-5", "role": "assistant",
            "content": [{"type": "tool_use", "id": id, "name": "Grep", "input": {"pattern": "x"}}], "usage": {"output_tokens": 7}});
        let mut extra = extra;
        extra["message"] = message;
        t.record("assistant", extra)
    };
    let mut t = begun()
        .prompt("do two things")
        .begins("task_a", "Task", &json!({"description": "a"}))
        .begins("task_b", "Task", &json!({"description": "b"}))
        .always(&side("a1", None))
        .prompt("thing a")
        .always(&side("b1", None))
        .prompt("thing b");
    t = call(t, "ca", side("a2", Some("a1")));
    t = call(t, "cb", side("b2", Some("b1")));
    t = t.result("ca", "x", false, side("a3", Some("a2"))).result("cb", "x", false, side("b3", Some("b2")));
    t = call(t, "ca2", side("a4", Some("a3")));
    let home = imported(t.text());
    assert_eq!(counts(&home), [1, 5, 5]);
    assert_eq!(home.one("SELECT count(*) FROM sessions"), 1);
    assert_eq!(
        home.sql("SELECT agent_id, tool_call_id FROM tool_calls WHERE agent_id IS NOT NULL ORDER BY 2"),
        json!([
            {"agent_id": "a1", "tool_call_id": "ca"},
            {"agent_id": "a1", "tool_call_id": "ca2"},
            {"agent_id": "b1", "tool_call_id": "cb"},
        ])
    );
    assert_eq!(home.one("SELECT sum(output_tokens) FROM usage WHERE agent_id IS NOT NULL"), 21);
    assert_eq!(home.one("SELECT output_tokens FROM sessions"), home.one("SELECT sum(output_tokens) FROM usage"));
    assert_eq!(home.one("SELECT count(*) FROM subagents"), 2);
}

fn thread(session: &str, agent: &str) -> Transcript {
    Transcript::new(session, "/w/app")
        .wait(5)
        .always(&json!({"isSidechain": true, "agentId": agent, "uuid": format!("{agent}-p")}))
        .prompt("look around")
        .always(&json!({"uuid": format!("{agent}-a")}))
        .begins(&format!("call_{agent}"), "Read", &json!({"file_path": "/w/app/x"}))
        .always(&json!({"uuid": format!("{agent}-r")}))
        .result(&format!("call_{agent}"), "text", false, json!({"toolUseResult": {"file": {"filePath": "/w/app/x"}}}))
}

#[test]
fn threads_with_files_of_their_own_count_for_their_session_at_every_depth() {
    let main = begun().prompt("go").tool("Read", &json!({"file_path": "/w/app/x"}), "text", false).answer("done");
    let home = in_any_order(&[
        ("p/s.jsonl", main.text()),
        ("p/s/subagents/agent-a1.jsonl", thread("s", "a1").text()),
        (
            "p/s/subagents/agent-a1.meta.json",
            json!({"agentType": "Explore", "description": "look", "toolUseId": "t1"}).to_string(),
        ),
        ("p/s/subagents/workflows/wf_1/agent-a2.jsonl", thread("s", "a2").text()),
        ("p/s/subagents/agent-acompact-9.jsonl", thread("s", "acompact-9").text()),
        // Older builds: beside the session.
        ("p/agent-a3.jsonl", thread("s", "a3").text()),
        // Others name the thread where the session should stand.
        ("p/s/subagents/agent-a4.jsonl", thread("agent-a4", "a4").text()),
    ]);
    assert_eq!(counts(&home), [1, 7, 6]);
    assert_eq!(column(&home, "SELECT session_id FROM sessions"), ["s"]);
    let agents = "SELECT DISTINCT agent_id FROM tool_calls WHERE agent_id IS NOT NULL ORDER BY 1";
    assert_eq!(column(&home, agents), ["a1", "a2", "a3", "a4", "acompact-9"]);
    assert_eq!(home.one("SELECT count(*) FROM messages WHERE role = 'user' AND agent_id IS NOT NULL"), 5);
    assert_eq!(
        home.sql("SELECT agent_type, description, tool_call_id, tool_calls FROM subagents WHERE agent_id = 'a1'"),
        json!([{"agent_type": "Explore", "description": "look", "tool_call_id": "t1", "tool_calls": 1}])
    );
    assert_eq!(home.one("SELECT reads FROM files WHERE path = '/w/app/x'"), 6, "each call once, in any order");
}

#[test]
fn what_lies_beside_transcripts_is_not_read() {
    let home = Home::new();
    let stray = begun().prompt("not me").text();
    for path in
        ["s/subagents/workflows/wf_1/journal.jsonl", "s/tool-results/x.jsonl", "memory/m.jsonl", "history.jsonl"]
    {
        home.write(&format!(".claude/projects/p/{path}"), &stray);
    }
    assert_eq!(home.json(&["import", "--json"])["files"], 0);
    // But a home may lie below a directory of such a name.
    home.write("memory/x/projects/p/s.jsonl", &stray);
    home.import(&home.path().join("memory/x/projects"));
    assert_eq!(counts(&home), [1, 0, 0]);
}

/// A thread that compacts or asks aside begins with copies of the conversation, as records of a side thread.
#[test]
fn copies_in_a_side_thread_stay_the_main_threads() {
    let main = begun().prompt("go").tool("Read", &json!({"file_path": "/w/app/x"}), "text", false).answer("done");
    let aside = Transcript::new("s", "/w/app")
        .copy_of(&main)
        .changed(|record| {
            record["isSidechain"] = json!(true);
            record["agentId"] = json!("aside");
            if record["requestId"].is_string() {
                record["requestId"] = json!(format!("{}-aside", record["requestId"].as_str().unwrap()));
            }
        })
        .wait(9)
        .always(&json!({"isSidechain": true, "agentId": "aside"}))
        .assistant("msg_own", json!([{"type": "text", "text": "a summary"}]));
    let home = in_any_order(&[("p/s.jsonl", main.text()), ("p/s/subagents/agent-aside.jsonl", aside.text())]);
    assert_eq!(counts(&home), [1, 3, 1]);
    assert_eq!(home.one("SELECT count(*) FROM usage"), 3);
    assert_eq!(home.one("SELECT agent_id FROM tool_calls"), json!(null));
    assert_eq!(home.one("SELECT count(*) FROM messages WHERE agent_id = 'aside'"), 1);
}

#[test]
fn a_sub_agents_to_do_list_is_not_the_sessions_and_its_answer_names_it() {
    let todo = |text: &str| json!({"todos": [{"content": text, "status": "in_progress", "activeForm": "x"}]});
    let result = json!({"toolUseResult": {"agentId": "a9", "agentType": "Plan", "totalDurationMs": 1200}});
    let home = imported(
        begun()
            .prompt("go")
            .begins("t1", "TodoWrite", &todo("mine"))
            .begins("t2", "Task", &json!({"prompt": "x", "subagent_type": "Plan"}))
            .result("t2", "done", false, result)
            .always(&json!({"isSidechain": true, "agentId": "a9"}))
            .begins("t3", "TodoWrite", &todo("theirs"))
            .text(),
    );
    let shown = home.json(&["show", "s", "--json"]);
    assert_eq!(shown["session"]["plan"][0]["text"], "mine", "{shown}");
    assert_eq!(home.one("SELECT agent_type FROM subagents WHERE agent_id = 'a9'"), "Plan");
    assert_eq!(home.one("SELECT duration_ms FROM tool_calls WHERE tool_call_id = 't2'"), 1200);
}
