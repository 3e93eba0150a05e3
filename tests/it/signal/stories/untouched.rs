//! Who asks changes nothing of what is said unasked.

use serde_json::json;

use super::super::Story;
use super::super::outputs::mismatched;
use super::super::record::At;
use super::super::scene::Scene;
use super::{LIB, THEIRS, of};

/// Everything that decides what is told next.
fn kept(s: &Scene) -> String {
    let tables = ["finding", "finding_step", "delivery", "told"];
    let rows = tables.map(|table| {
        let there = s.count(&format!("SELECT count(*) FROM sqlite_master WHERE name = '{table}'"));
        if there == 0 { vec![] } else { s.query(&format!("SELECT * FROM {table}")) }
    });
    json!(rows).to_string()
}

fn ask_everything(s: &Scene) {
    let before = kept(s);
    let mut mcp = s.mcp();
    let tools = mcp.request("tools/list", &json!({}));
    for tool in tools["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let arguments = if name == "search_history" { json!({"query": "build"}) } else { json!({}) };
        for _ in 0..2 {
            mcp.tool(name, &arguments);
        }
    }
    for command in [&["anomalies"][..], &["context"], &["status"], &["sessions"], &["usage"], &["anomalies", "--json"]]
    {
        s.tma1(command);
    }
    for path in ["/api/anomalies", "/api/anomalies/budget", "/api/anomalies/follow-rate", "/status"] {
        s.get(path);
    }
    let after = kept(s);
    if before != after {
        s.record.borrow_mut().odd(format!("asking has changed\n{before}\nto\n{after}"));
    }
}

pub fn all() -> Vec<Story> {
    of(
        "general",
        vec![
            ("who asks changes nothing", |s| {
                let a = s.claude();
                ask_everything(s);
                a.prompt("Look.");
                a.read(LIB);
                ask_everything(s);
                s.person_writes(LIB, THEIRS);
                ask_everything(s);
                a.prompt("Go on.");
                a.told(At::Prompt, "human_modified_during_session", LIB);
                ask_everything(s);
                for number in 0..3 {
                    a.shell("cargo build", &mismatched("src/main.rs"), 101);
                    if number == 2 {
                        a.told(At::After, "repeated_failed_build", "cargo build");
                    }
                    ask_everything(s);
                }
                a.edit(LIB, "11", "12");
                a.told(At::Before, "stale_file_view", LIB);
                ask_everything(s);
                a.stop();
                a.told(At::Stop, "repeated_failed_build", "cargo build");
                ask_everything(s);
                a.prompt("And on.");
            }),
            ("what was asked for is told all the same", |s| {
                let a = s.claude();
                a.prompt("Look.");
                a.read(LIB);
                s.person_writes(LIB, THEIRS);
                let mut mcp = s.mcp();
                for _ in 0..5 {
                    mcp.tool("get_anomalies", &json!({"session_id": a.id}));
                    mcp.tool("get_context_bundle", &json!({"session_id": a.id}));
                }
                a.prompt("Go on.");
                a.told(At::Prompt, "human_modified_during_session", LIB);
            }),
        ],
    )
}
