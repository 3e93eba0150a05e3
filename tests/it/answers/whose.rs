//! Which session and which project an answer is about.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{MINUTE, now, refused, server, told};
use crate::support::{Home, Transcript};

const OLD: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const NEW: &str = "aaaaaaaa-0000-4000-8000-000000000002";

fn session(home: &Home, id: &str, cwd: &Path, minutes_ago: i64) {
    let t = Transcript::new(id, cwd.to_str().unwrap()).at(now() - minutes_ago * MINUTE).prompt("work").answer("done");
    home.write(&format!(".claude/projects/p/{id}.jsonl"), t.text());
}

/// Two sessions of `app`, the newer one of a minute ago.
fn two() -> Home {
    let home = Home::new();
    let app = home.write("app/Cargo.toml", "").parent().unwrap().to_owned();
    session(&home, OLD, &app, 90);
    session(&home, NEW, &app, 1);
    home.ok(&["import"]);
    home
}

fn git(dir: &Path, arguments: &[&str]) {
    let ran = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")])
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b.c"), ("GIT_COMMITTER_NAME", "A")])
        .env("GIT_COMMITTER_EMAIL", "a@b.c")
        .output()
        .unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn resolved(answer: &Value) -> (&str, &str) {
    (answer["session"]["session_id"].as_str().unwrap_or("none"), answer["resolved_by"].as_str().unwrap_or("none"))
}

#[test]
fn argument_then_request_then_environment_then_newest() {
    let home = two();
    let app = home.path().join("app");
    let state = "get_session_state";
    let mut plain = server(&home, &app, &[], &[]);
    assert_eq!(resolved(&told(&mut plain, state, &json!({}))), (NEW, "newest session of this project"));
    let mut caller = server(&home, &app, &["--caller", "cc"], &[]);
    let newest = told(&mut caller, state, &json!({}));
    assert_eq!(resolved(&newest), (NEW, "newest session of this agent and project"));
    // No session of that agent is here: the newest of the project is better than none.
    let mut other = server(&home, &app, &["--caller", "codex"], &[]);
    assert_eq!(resolved(&told(&mut other, state, &json!({}))), (NEW, "newest session of this project"));

    let mut env = server(&home, &app, &["--caller", "cc"], &[("CLAUDE_CODE_SESSION_ID", OLD)]);
    assert_eq!(resolved(&told(&mut env, state, &json!({}))), (OLD, "session variable"));
    let meta = json!({"name": state, "arguments": {}, "_meta": {"threadId": NEW}});
    let by_meta = env.request("tools/call", &meta)["structuredContent"].clone();
    assert_eq!(resolved(&by_meta), (NEW, "request metadata"));
    assert_eq!(resolved(&told(&mut env, state, &json!({"session_id": NEW}))), (NEW, "session_id"));
    for tool in ["get_context_bundle", "get_anomalies"] {
        let answer = told(&mut env, tool, &json!({}));
        assert_eq!(answer["resolved_by"], "session variable", "{tool}: {answer}");
    }
    let usage = told(&mut env, "get_usage", &json!({"period": "session"}));
    assert_eq!(usage["resolved_by"], "session variable", "{usage}");
}

#[test]
fn an_own_session_that_is_not_stored_yet_is_not_passed_off_as_another() {
    let home = two();
    let env = [("CLAUDE_CODE_SESSION_ID", "bbbbbbbb-9999")];
    let mut mcp = server(&home, &home.path().join("app"), &["--caller", "cc"], &env);
    let answer = told(&mut mcp, "get_session_state", &json!({}));
    assert_eq!(resolved(&answer), (NEW, "newest session of this agent and project"));
    assert!(answer["note"].as_str().unwrap().contains("\"bbbbbbbb-9999\" is not stored yet"), "{answer}");
}

#[test]
fn the_beginning_of_an_id_is_enough_where_it_is_the_only_one() {
    let home = two();
    session(&home, "cccccccc-1", home.path(), 5);
    home.ok(&["import"]);
    let mut mcp = server(&home, &home.path().join("app"), &[], &[]);
    let answer = told(&mut mcp, "get_session_state", &json!({"session_id": "cccc"}));
    assert_eq!(resolved(&answer), ("cccccccc-1", "session_id prefix"));
    let several = refused(&mut mcp, "get_session_state", &json!({"session_id": "aaaaaaaa"}));
    assert!(["session_id", OLD, NEW].iter().all(|word| several.contains(word)), "{several}");
    let none = refused(&mut mcp, "get_session_state", &json!({"session_id": "zzz\u{1b}[31m\n"}));
    assert!(none.starts_with("no session \"zzz\" on this machine; sessions of this project: "), "{none:?}");
    assert!(none.contains(&format!("{NEW} (claude_code, live)")), "{none}");
}

#[test]
fn sessions_in_a_project_are_found_from_anywhere_in_it() {
    let home = Home::new();
    home.write("app/Cargo.toml", "");
    home.write("app/src/deep/x.rs", "");
    home.write("other/x", "");
    session(&home, "deep", &home.path().join("app/src/deep"), 5);
    home.ok(&["import"]);
    for cwd in ["app", "app/src", "app/src/deep"] {
        let mut mcp = server(&home, &home.path().join(cwd), &[], &[]);
        assert_eq!(resolved(&told(&mut mcp, "get_session_state", &json!({}))).0, "deep", "{cwd}");
    }
    let mut elsewhere = server(&home, &home.path().join("other"), &[], &[]);
    let nothing = told(&mut elsewhere, "get_session_state", &json!({}));
    assert_eq!(nothing, json!({"note": "no session of this project is known"}));
    // The argument goes before the agent's project directory, and that before the working directory.
    let app = home.path().join("app").display().to_string();
    let mut placed = server(&home, &home.path().join("other"), &[], &[("CLAUDE_PROJECT_DIR", &app)]);
    assert_eq!(told(&mut placed, "get_context_bundle", &json!({}))["project"], "app");
    assert_eq!(told(&mut placed, "get_context_bundle", &json!({"cwd": "~/other"}))["project"], "other");
}

#[test]
fn worktrees_of_one_repository_know_each_other() {
    let home = Home::new();
    home.write("app/main.rs", "");
    let app = home.path().join("app");
    git(&app, &["init", "-q", "-b", "main"]);
    git(&app, &["add", "."]);
    git(&app, &["commit", "-q", "-m", "first"]);
    git(&app, &["worktree", "add", "-q", "../app-topic", "-b", "topic"]);
    let topic = home.path().join("app-topic");
    session(&home, "in-topic", &topic, 5);
    home.ok(&["import"]);
    let mut mcp = server(&home, &app, &[], &[]);
    assert_eq!(resolved(&told(&mut mcp, "get_session_state", &json!({}))).0, "in-topic");
    assert_eq!(told(&mut mcp, "get_peer_sessions", &json!({}))["sessions"][0]["session_id"], "in-topic");
    let state = told(&mut mcp, "get_project_state", &json!({"cwd": topic.to_str().unwrap()}));
    assert_eq!((&state["project"], &state["vcs"]["branch"]), (&json!("app-topic"), &json!("topic")));
    // What is gone is remembered.
    std::fs::remove_dir_all(&topic).unwrap();
    let gone = told(&mut mcp, "get_peer_sessions", &json!({"project": topic.to_str().unwrap()}));
    assert_eq!(gone["sessions"][0]["session_id"], "in-topic", "{gone}");
}

#[test]
fn a_project_that_is_gone_still_has_its_history() {
    let home = Home::new();
    home.write("app/Cargo.toml", "");
    home.write("app/src/x.rs", "");
    let app = home.path().join("app");
    session(&home, "gone", &app, 5);
    home.ok(&["import"]);
    std::fs::remove_dir_all(&app).unwrap();
    let mut mcp = server(&home, home.path(), &[], &[]);
    for place in ["app", "app/src"] {
        let cwd = home.path().join(place).display().to_string();
        let answer = told(&mut mcp, "get_context_bundle", &json!({"cwd": cwd}));
        assert_eq!(resolved(&answer), ("gone", "newest session of this project"), "{place}: {answer}");
    }
    let refusal = refused(&mut mcp, "get_project_state", &json!({"cwd": app.to_str().unwrap()}));
    assert!(refusal.contains("`cwd`") && refusal.contains("no directory"), "{refusal}");
}

#[test]
fn projects_are_named_in_any_spelling() {
    let home = Home::new();
    session(&home, "windows", Path::new(r"C:\Work\App"), 3);
    session(&home, "share", Path::new(r"\\server\share\tool"), 2);
    session(&home, "unix", Path::new("/srv/gone/web"), 1);
    home.ok(&["import"]);
    let mut mcp = server(&home, home.path(), &[], &[]);
    for (project, want) in [
        (r"C:\Work\App", "windows"),
        (r"c:\work\app\", "windows"),
        ("C:/Work/App", "windows"),
        (r"C:\Work", "windows"),
        ("app", "windows"),
        (r"\\server\share\tool", "share"),
        ("//Server/share/tool", "share"),
        ("TOOL", "share"),
        ("/srv/gone/web", "unix"),
        ("/srv/gone/web/", "unix"),
        ("/srv", "unix"),
        ("web", "unix"),
    ] {
        let peers = told(&mut mcp, "get_peer_sessions", &json!({"project": project, "limit": 5}));
        let found: Vec<_> = peers["sessions"].as_array().into_iter().flatten().map(|s| &s["session_id"]).collect();
        assert_eq!(found, [want], "{project}: {peers}");
        let hits = told(&mut mcp, "search_history", &json!({"project": project, "query": "work"}));
        assert_eq!(hits["hits"][0]["session_id"], want, "{project}: {hits}");
    }
    for unknown in ["nowhere", "/srv/other", r"D:\x"] {
        let nobody = told(&mut mcp, "get_peer_sessions", &json!({"project": unknown}));
        assert_eq!(nobody["count"], 0, "{nobody}");
        let note = nobody["note"].as_str().unwrap();
        assert!(note.contains("no project") && note.contains("App, tool, web"), "{unknown}: {note}");
    }
}

#[test]
fn the_callers_own_session_is_no_peer() {
    let home = two();
    let app = home.path().join("app");
    let mut mcp = server(&home, &app, &[], &[("CLAUDE_CODE_SESSION_ID", NEW)]);
    let peers = told(&mut mcp, "get_peer_sessions", &json!({"limit": 5}));
    assert_eq!((&peers["count"], &peers["sessions"][0]["session_id"]), (&json!(1), &json!(OLD)), "{peers}");
    let bundle = told(&mut mcp, "get_context_bundle", &json!({}));
    assert_eq!(bundle["peers"].as_array().unwrap().len(), 1, "{bundle}");
    assert_eq!(bundle["peers"][0]["session_id"], OLD);
}
