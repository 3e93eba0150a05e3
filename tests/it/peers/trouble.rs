//! Histories that cannot be read are named, and no longer once they can.

use serde_json::{Value, json};

use crate::support::{Home, Transcript};

/// A directory that nobody can list, whoever the test runs as: its name is too long for what lies in it is not asked.
fn unreadable(home: &Home) -> Vec<Value> {
    home.json(&["status", "--json"])["unreadable"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_history_that_is_gone_is_said_and_kept() {
    let home = Home::new();
    let file = home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt("find me").text());
    home.ok(&["import"]);
    assert!(unreadable(&home).is_empty());
    std::fs::remove_dir_all(home.path().join(".claude")).unwrap();
    let gone = unreadable(&home);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!((&gone[0]["agent"], &gone[0]["path"]), (&json!("claude_code"), &json!(file)));
    let page = home.ok(&["status"]);
    assert!(page.contains("claude_code  ~/.claude/projects/p/s.jsonl: is gone; what was read of it is kept"), "{page}");
    assert!(home.ok(&["search", "find"]).contains("find me"));
    // It is there again.
    home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt("find me").text());
    assert!(unreadable(&home).is_empty());
}
