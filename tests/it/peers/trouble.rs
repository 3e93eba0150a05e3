//! Histories that cannot be read are named, and no longer once they can, or have gone.

use serde_json::{Value, json};

use crate::support::{Home, Mcp, Transcript};

fn unreadable(home: &Home) -> Vec<Value> {
    home.json(&["status", "--json"])["unreadable"].as_array().cloned().unwrap_or_default()
}

fn peers(home: &Home) -> Value {
    let mut command = home.command();
    command.args(["mcp", "--caller", "codex"]);
    let mut mcp = Mcp::start(command);
    mcp.initialize("2025-11-25");
    mcp.tool("get_peer_sessions", &json!({"project": "/w/app", "since_min": 5_000_000}))["structuredContent"].clone()
}

fn written(home: &Home) {
    home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt("find me").text());
}

#[test]
fn a_history_that_is_gone_is_said_and_kept() {
    let home = Home::new();
    written(&home);
    home.ok(&["import"]);
    assert!(unreadable(&home).is_empty());
    std::fs::remove_dir_all(home.path().join(".claude")).unwrap();
    let gone = unreadable(&home);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(gone[0]["agent"], "claude_code");
    let page = home.ok(&["status"]);
    assert!(page.contains("claude_code  ~/.claude/projects/p/s.jsonl: is gone; what was read of it is kept"), "{page}");
    assert!(home.ok(&["search", "find"]).contains("find me"));
    assert!(peers(&home)["partial_failures"].is_null(), "what was read can be told");
    // It is there again.
    written(&home);
    assert!(unreadable(&home).is_empty());
}

#[test]
fn a_history_that_cannot_be_read_is_said_until_it_can_or_has_gone() {
    let home = Home::new();
    written(&home);
    home.ok(&["import"]);
    // As a reader leaves it there that may not read everything.
    let store = home.data().join("tma1.db");
    let trouble = |agent: &str, path: &str, reason: &str| {
        let sql = format!(
            "INSERT INTO skipped VALUES ('{agent}', '{path}', '{reason}', 1, 'Permission denied (os error 13)', 1790000000000)"
        );
        rusqlite::Connection::open(&store).unwrap().execute(&sql, []).unwrap();
    };
    let there = home.projects().join("p").display().to_string();
    trouble("claude_code", &there, "directory could not be read");
    trouble("opencode", "/no/such/opencode.db", "database in use, tried again soon");
    assert_eq!(unreadable(&home).len(), 2);
    let page = home.ok(&["status"]);
    let said = "could not be read\n  opencode  /no/such/opencode.db: database in use, tried again soon\n      Permission denied";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("  claude_code  ~/.claude/projects/p: directory could not be read\n"), "{page}");
    assert!(!page.contains("1 × "), "said once: {page}");
    let told = peers(&home);
    let why = told["partial_failures"]["claude_code"].as_str().unwrap();
    assert!(why.contains("could not be read: Permission denied"), "{told}");
    assert_eq!(told["count"], 1, "{told}");

    home.ok(&["import"]);
    assert!(unreadable(&home).is_empty(), "{:?}", unreadable(&home));
    assert!(peers(&home)["partial_failures"].is_null());
}
