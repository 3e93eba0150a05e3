//! A Codex session and a Claude Code session at once in one repository.

use serde_json::{Value, json};

use super::{Agent, Client, git};
use crate::support::Home;

/// A repository with a worktree beside it, and a link that leads to it.
fn place() -> Home {
    let home = Home::new();
    for file in ["src/lib.rs", "src/main.rs", "docs/a.md"] {
        home.write(&format!("app/{file}"), "a\n");
    }
    let app = home.path().join("app");
    git(&app, &["init", "-q", "-b", "main"]);
    git(&app, &["add", "."]);
    git(&app, &["commit", "-q", "-m", "first"]);
    git(&app, &["worktree", "add", "-q", "../app-topic", "-b", "topic"]);
    std::os::unix::fs::symlink(&app, home.path().join("link")).unwrap();
    home
}

fn only<'a>(answer: &'a Value, list: &str) -> &'a Value {
    let all = answer[list].as_array().unwrap_or_else(|| panic!("no {list}: {answer}"));
    assert_eq!(all.len(), 1, "{answer}");
    &all[0]
}

fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(4)
}

#[test]
fn each_sees_the_other_and_neither_itself() {
    let home = place();
    let _sidecar = home.serve();
    let app = home.path().join("app");
    let claude = Agent::starts(&home, Client::Claude, "claude-one", &app);
    let codex = Agent::starts(&home, Client::Codex, "codex-one", &app);
    claude.reads("src/lib.rs");
    claude.edits("src/main.rs");
    codex.edits("src/lib.rs");
    let test = codex.runs("cargo test");
    claude.stops("- src/main.rs:1 is done\n- the issue at src/lib.rs:1 is open");

    let peers = claude.asked("get_peer_sessions", &json!({}));
    let peer = only(&peers, "sessions");
    assert_eq!((&peer["session_id"], &peer["agent_source"]), (&json!("codex-one"), &json!("codex")));
    assert_eq!((&peer["live"], &peer["now"]["state"]), (&json!(true), &json!("running")), "{peer}");
    assert_eq!((&peer["now"]["what"], &peer["editing"]), (&json!("cargo test"), &json!(["src/lib.rs"])), "{peer}");
    assert_eq!(peer["files_touched"], json!(["src/lib.rs"]));
    assert!(peer["messages"][0]["content"].as_str().unwrap().contains("what codex-one is asked"), "{peer}");
    assert!(tokens(&peers) <= 2_000 && peers["partial_failures"].is_null(), "{peers}");

    let peers = codex.asked("get_peer_sessions", &json!({}));
    let peer = only(&peers, "sessions");
    assert_eq!((&peer["session_id"], &peer["live"]), (&json!("claude-one"), &json!(true)));
    assert_eq!(peer["editing"], json!(["src/main.rs"]), "{peer}");
    assert_eq!(peer["files_touched"], json!(["src/main.rs", "src/lib.rs"]), "the newest first: {peer}");
    assert!(peer["messages"][0]["content"].as_str().unwrap().contains("src/lib.rs:1 is open"), "{peer}");

    // Both are told of the file that one edits and the other has read; the other file is nobody else's.
    for (one, other) in [(&claude, &codex), (&codex, &claude)] {
        let bundle = one.asked("get_context_bundle", &json!({}));
        assert_eq!(bundle["session"]["session_id"], json!(one.id), "{bundle}");
        let line = only(&bundle, "peers");
        assert_eq!((&line["session_id"], &line["overlap"]), (&json!(other.id), &json!(["src/lib.rs"])), "{bundle}");
        assert!(tokens(&bundle) <= 1_500, "{bundle}");
        let state = one.asked("get_session_state", &json!({}));
        let shared = only(&state, "overlap");
        assert_eq!((&shared["file"], &shared["session_id"]), (&json!("src/lib.rs"), &json!(other.id)), "{state}");
    }

    // Over, and in nobody's way any more.
    codex.ends(&test, &json!("ok"));
    claude.hook("SessionEnd", &json!({"reason": "exit"}));
    let bundle = codex.asked("get_context_bundle", &json!({}));
    let line = only(&bundle, "peers");
    assert_eq!((&line["live"], &line["overlap"], &line["now"]), (&json!(false), &Value::Null, &Value::Null));
    assert!(codex.asked("get_session_state", &json!({}))["overlap"].is_null());
}

#[test]
fn from_wherever_in_the_repository() {
    let home = place();
    let _sidecar = home.serve();
    let claude = Agent::starts(&home, Client::Claude, "claude-src", &home.path().join("app/src"));
    claude.edits("lib.rs");
    for (number, (place, file, shares)) in [
        ("app", "src/lib.rs", true),
        ("app/docs", "../src/lib.rs", true),
        ("link", "src/lib.rs", true),
        ("app-topic", "src/lib.rs", false),
    ]
    .into_iter()
    .enumerate()
    {
        let codex = Agent::starts(&home, Client::Codex, &format!("codex-{number}"), &home.path().join(place));
        codex.edits(file);
        let seen = claude.asked("get_peer_sessions", &json!({}));
        assert_eq!(only(&seen, "sessions")["session_id"], json!(codex.id), "{place}: {seen}");
        let seen = codex.asked("get_peer_sessions", &json!({}));
        assert_eq!(only(&seen, "sessions")["session_id"], "claude-src", "{place}: {seen}");
        let overlap = codex.asked("get_session_state", &json!({}))["overlap"].clone();
        let with: Vec<&Value> = overlap.as_array().into_iter().flatten().map(|shared| &shared["session_id"]).collect();
        assert_eq!(with.contains(&&json!("claude-src")), shares, "{place}: {overlap}");
        codex.hook("SessionEnd", &json!({"reason": "exit"}));
    }
}

#[test]
fn a_peer_that_waits_for_its_person_and_what_the_next_prompt_says() {
    let home = place();
    let _sidecar = home.serve();
    let app = home.path().join("app");
    let codex = Agent::starts(&home, Client::Codex, "codex-one", &app);
    let claude = Agent::starts(&home, Client::Claude, "claude-one", &app);
    codex.edits("src/main.rs");
    claude.edits("src/main.rs");
    let publish = claude.runs("cargo publish");
    claude.asks(&publish);
    let peers = codex.asked("get_peer_sessions", &json!({}));
    let now = &only(&peers, "sessions")["now"];
    assert_eq!((&now["state"], &now["what"]), (&json!("asking"), &json!("cargo publish")), "{peers}");
    // Said where the file is one of its own, once, and not of itself.
    let said = codex.hook("UserPromptSubmit", &json!({"prompt": "go on"}));
    assert!(said.contains("claude_code") && said.contains("src/main.rs") && !said.contains("codex is"), "{said}");
    assert_eq!(said.matches("src/main.rs").count(), 1, "one line is enough: {said}");
    let again = codex.hook("UserPromptSubmit", &json!({"prompt": "go on"}));
    assert!(!again.contains("src/main.rs"), "{again}");
}
