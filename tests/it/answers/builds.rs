//! Is it red, and is that still true?

use serde_json::{Value, json};

use super::{MINUTE, now, server, told};
use crate::support::{Home, Transcript};

/// The answer in `app` about one session that began so many minutes ago.
fn status(minutes_ago: i64, story: impl FnOnce(Transcript, &str) -> Transcript, arguments: &Value) -> Value {
    let home = Home::new();
    home.write("app/Cargo.toml", "");
    let cwd = home.path().join("app").display().to_string();
    let t = story(Transcript::new("s", &cwd).at(now() - minutes_ago * MINUTE).prompt("go"), &cwd);
    home.write(".claude/projects/p/s.jsonl", t.text());
    home.ok(&["import"]);
    told(&mut server(&home, &home.path().join("app"), &[], &[]), "get_build_status", arguments)
}

const RED: &str = "Exit code 101\nerror[E0308]: mismatched types\n --> src/a.rs:3:5\n  |\n3 |     1\n  |     ^ expected `()`\n\nerror: could not compile `app`";
const GREEN: &str = "test result: ok. 3 passed; 0 failed";

#[test]
fn an_open_run_is_running_while_its_session_lives_and_stopped_after() {
    let open = |t: Transcript, _: &str| t.call("Bash", &json!({"command": "cargo test"}));
    let live = status(1, open, &json!({}));
    assert_eq!((&live["status"], &live["tag"]), (&json!("running"), &json!("cargo test")), "{live}");
    assert!(live.get("ended_at").is_none() && live.get("exit_code").is_none(), "{live}");
    assert_eq!(status(60, open, &json!({}))["status"], "stopped");
}

#[test]
fn red_says_why_and_green_says_what_it_was_before() {
    let red = status(2, |t, _| t.bash("cargo build", RED, true), &json!({}));
    assert_eq!((&red["status"], &red["exit_code"], &red["stale"]), (&json!("failed"), &json!(101), &json!(false)));
    assert_eq!((&red["diagnostics"][0]["file"], &red["diagnostics"][0]["line"]), (&json!("src/a.rs"), &json!(3)));
    assert!(red["last_error"].as_str().unwrap().contains("mismatched types"), "{red}");
    assert_eq!((&red["origin"], &red["last_error_at"]), (&json!("agent_shell"), &red["ended_at"]));
    assert!(red["tail"].as_str().unwrap().ends_with("could not compile `app`"), "{red}");
    let one = status(2, |t, _| t.bash("cargo build", RED, true), &json!({"tail": 1}));
    assert_eq!(one["tail"], "error: could not compile `app`");

    let green = status(2, |t, _| t.bash("cargo build", RED, true).bash("cargo build", GREEN, false), &json!({}));
    assert_eq!((&green["status"], &green["exit_code"]), (&json!("passed"), &json!(0)), "{green}");
    assert!(green["last_error"].as_str().unwrap().contains("mismatched types"), "{green}");
    assert!(green["last_error_at"].as_str() < green["ended_at"].as_str(), "{green}");
}

#[test]
fn an_edit_afterwards_makes_it_stale() {
    let story = |t: Transcript, cwd: &str| {
        let edit = json!({"file_path": format!("{cwd}/src/a.rs"), "old_string": "a", "new_string": "b"});
        t.bash("cargo test", GREEN, false).tool("Edit", &edit, "edited", false)
    };
    assert_eq!(status(2, story, &json!({}))["stale"], true);
}

#[test]
fn families_are_told_apart() {
    let story = |t: Transcript, _: &str| {
        t.bash(
            "cargo test",
            "test a::b ... FAILED\n\nfailures:\n    a::b\n\ntest result: FAILED. 0 passed; 1 failed",
            true,
        )
        .bash("cargo clippy", "Finished", false)
    };
    let newest = status(2, story, &json!({}));
    assert_eq!((&newest["tag"], &newest["status"]), (&json!("cargo clippy"), &json!("passed")));
    assert_eq!((&newest["others"][0]["tag"], &newest["others"][0]["status"]), (&json!("cargo test"), &json!("failed")));
    let test = status(2, story, &json!({"tag": "Cargo Test"}));
    assert_eq!((&test["status"], &test["failing_tests"]), (&json!("failed"), &json!(["a::b"])), "{test}");
    let none = status(2, story, &json!({"tag": "pytest"}));
    assert_eq!(none["status"], "none");
    assert!(none["note"].as_str().unwrap().contains("cargo clippy, cargo test"), "{none}");
}

#[test]
fn a_hidden_verdict_is_neither_red_nor_green() {
    let hidden = |t: Transcript, _: &str| t.bash("cargo test | tail -5", GREEN, false);
    let only = status(2, hidden, &json!({}));
    assert_eq!(only["status"], "none");
    assert!(only["note"].as_str().unwrap().contains("hid its exit code"), "{only}");
    let after = status(2, |t, cwd| hidden(t.bash("cargo test", RED, true), cwd), &json!({}));
    assert_eq!(after["status"], "failed", "the last word that was heard");
    assert!(after["note"].as_str().unwrap().contains("cargo test | tail -5"), "{after}");
    let before = status(2, |t, cwd| hidden(t, cwd).bash("cargo test", RED, true), &json!({}));
    assert!(before.get("note").is_none(), "{before}");
}

#[test]
fn nothing_known_is_an_answer() {
    let none = status(2, |t, _| t.bash("ls", "a", false), &json!({}));
    assert_eq!(none["status"], "none");
    assert!(none["note"].is_string() && none.get("tag").is_none(), "{none}");
}
