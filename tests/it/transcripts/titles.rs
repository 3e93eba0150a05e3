//! What a session is called, and the events that name its work.

use serde_json::json;

use super::{begun, column, imported, in_any_order};
use crate::support::Transcript;

fn line(kind: &str, field: &str, value: &str) -> String {
    json!({"type": kind, field: value, "sessionId": "s"}).to_string()
}

#[test]
fn the_better_title_wins_wherever_it_stands() {
    let ladder = [
        ("agent-name", "agentName", "named"),
        ("ai-title", "aiTitle", "generated"),
        ("custom-title", "customTitle", "chosen"),
    ];
    let mut t = begun().prompt("  first prompt\nmore").answer("x");
    assert_eq!(imported(t.text()).one("SELECT title FROM sessions"), "first prompt");
    for (kind, field, title) in ladder {
        let before = Transcript::new("s", "/w/app").raw(&line(kind, field, title)).copy_of(&t);
        assert_eq!(imported(before.text()).one("SELECT title FROM sessions"), title);
        t = t.raw(&line(kind, field, title));
        assert_eq!(imported(t.text()).one("SELECT title FROM sessions"), title);
    }
}

#[test]
fn a_thread_names_itself_and_not_its_session() {
    let thread = Transcript::new("s", "/w/app").raw(&line("agent-name", "agentName", "scout"));
    let files = [("p/s.jsonl", begun().prompt("first prompt").text()), ("p/s/subagents/agent-a.jsonl", thread.text())];
    assert_eq!(in_any_order(&files).one("SELECT title FROM sessions"), "first prompt");
}

/// A line without a time at the head of a file is as old as the file's first record, not as young as the file.
#[test]
fn of_two_titles_of_one_kind_the_later_wins() {
    let first = line("custom-title", "customTitle", "first");
    let then = line("custom-title", "customTitle", "then");
    let t = Transcript::new("s", "/w/app").raw(&first).prompt("x").answer("y").raw(&then);
    assert_eq!(imported(t.text()).one("SELECT title FROM sessions"), "then");
}

#[test]
fn summaries_name_sessions_in_other_files_in_either_order() {
    let session = begun().prompt("x").answer("the last word");
    let summary = json!({"type": "summary", "summary": "What it was about", "leafUuid": "s-2"}).to_string();
    let other = Transcript::new("t", "/w/app").raw(&summary).prompt("another");
    let home = in_any_order(&[("p/s.jsonl", session.text()), ("p/t.jsonl", other.text())]);
    assert_eq!(column(&home, "SELECT title FROM sessions ORDER BY session_id"), ["What it was about", "another"]);
}

#[test]
fn a_command_names_a_session_unless_it_is_the_clients_own() {
    let command = |name: &str| format!("<command-name>/{name}</command-name>\n<command-args>12</command-args>");
    let home = imported(begun().prompt(&command("clear")).prompt("fix it").text());
    assert_eq!(home.one("SELECT title FROM sessions"), "fix it");
    let home = imported(begun().prompt(&command("review")).prompt("fix it").text());
    assert_eq!(home.one("SELECT title FROM sessions"), "/review 12");
    assert_eq!(home.one("SELECT user_prompts FROM sessions"), 1);
}

#[test]
fn pull_requests_worktrees_and_unknown_records_are_events_as_they_are_spelt() {
    let pr = json!({"type": "pr-link", "prNumber": 7, "prUrl": "https://x/7", "sessionId": "s"}).to_string();
    let worktree =
        json!({"type": "worktree-state", "worktreeSession": {"worktreeBranch": "b"}, "sessionId": "s"}).to_string();
    let t = begun().prompt("x").raw(&pr).raw(&pr).raw(&worktree);
    let home = imported(
        t.record("brand-new", json!({"x": 1}))
            .record("system", json!({"subtype": "turn_duration", "durationMs": 5}))
            .text(),
    );
    assert_eq!(
        column(&home, "SELECT event_type FROM events ORDER BY event_type"),
        ["brand-new", "pr-link", "turn_duration", "worktree-state"]
    );
    assert!(home.one("SELECT payload FROM events WHERE event_type = 'pr-link'").to_string().contains("https://x/7"));
    assert!(super::skipped(&home).contains("unknown record type brand-new"));
}

/// Whatever the file's own age: records are as old as they say, and undated ones as their neighbours.
#[test]
fn times_are_those_of_the_records() {
    let undated = json!({"type": "permission-mode", "permissionMode": "plan", "sessionId": "s"}).to_string();
    let t = Transcript::new("s", "/w/app")
        .raw(&undated)
        .prompt("x")
        .record("user", json!({"timestamp": null, "message": {"content": "undated"}}))
        .wait(30)
        .answer("y");
    let home = imported(t.text());
    let (first, last) =
        (home.one("SELECT started_ms FROM sessions"), home.one("SELECT last_activity_ms FROM sessions"));
    assert_eq!(last.as_i64().unwrap() - first.as_i64().unwrap(), 32_000);
    assert_eq!(home.one("SELECT ts_ms FROM events"), first);
    assert_eq!(home.one("SELECT ts_ms FROM messages WHERE content = 'undated'"), first);
}
