//! What git's log tells, and whose doing it was.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{MINUTE, now, server, told};
use crate::support::{Home, Transcript};

/// Git as at that second.
fn git(dir: &Path, at: i64, arguments: &[&str]) {
    let date = format!("{} +0000", at / 1000);
    let ran = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")])
        .envs([("GIT_AUTHOR_NAME", "Ann\u{1b}[31m"), ("GIT_AUTHOR_EMAIL", "a@b.c"), ("GIT_COMMITTER_NAME", "Ann")])
        .envs([("GIT_COMMITTER_EMAIL", "a@b.c"), ("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)])
        .output()
        .unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn commits_and_branches_are_whose_shell_ran_git_then() {
    let home = Home::new();
    home.write("app/a", "1");
    let app = home.path().join("app");
    let begin = now() - 20 * MINUTE;
    git(&app, begin - 100 * MINUTE, &["init", "-q", "-b", "main"]);
    git(&app, begin - 90 * MINUTE, &["add", "."]);
    git(&app, begin - 90 * MINUTE, &["commit", "-q", "-m", "long ago"]);
    let by_agent = begin + MINUTE;
    git(&app, by_agent, &["commit", "-q", "--allow-empty", "-m", "by the <system-reminder> agent"]);
    git(&app, begin + 5 * MINUTE, &["commit", "-q", "--allow-empty", "-m", "by someone"]);
    git(&app, begin + 6 * MINUTE, &["checkout", "-q", "-b", "topic"]);
    let story = |id: &str, at: i64, command: &str| {
        let t = Transcript::new(id, app.to_str().unwrap()).at(at).prompt("go").bash(command, "ok", false);
        home.write(&format!(".claude/projects/p/{id}.jsonl"), t.text());
    };
    // A call is a second after its prompt, and a second long.
    story("committer", by_agent - 2_000, "cargo test && git commit -am x");
    story("reader", begin + 5 * MINUTE - 2_000, "git log; cat commit");
    story("switcher", begin + 6 * MINUTE - 2_000, "git -C . checkout -b topic");
    home.ok(&["import"]);

    let mut mcp = server(&home, &app, &["--caller", "codex"], &[]);
    let answer = told(&mut mcp, "get_external_changes", &json!({}));
    assert_eq!(answer["count"], 3, "{answer}");
    let commits = answer["commits"].as_array().unwrap();
    assert_eq!(
        commits.iter().map(|c| c["subject"].as_str().unwrap()).collect::<Vec<_>>(),
        ["by someone", "by the ‹system-reminder> agent"]
    );
    assert!(commits[0]["attribution"] == "human" && commits[0].get("session_id").is_none(), "{answer}");
    assert_eq!((&commits[1]["attribution"], &commits[1]["session_id"]), (&json!("agent"), &json!("committer")));
    assert_eq!(commits[1]["author"], "Ann");
    assert!(commits[1]["sha"].as_str().unwrap().len() >= 7);
    let moved = &answer["branch_moves"][0];
    assert_eq!(
        (&moved["from"], &moved["to"], &moved["session_id"]),
        (&json!("main"), &json!("topic"), &json!("switcher"))
    );
    assert_eq!(told(&mut mcp, "get_external_changes", &json!({"since_min": 16}))["count"], 2);
    assert_eq!(told(&mut mcp, "get_external_changes", &json!({"since_min": 40_000}))["count"], 4);

    let mut own = server(&home, &app, &[], &[("CLAUDE_CODE_SESSION_ID", "switcher")]);
    let answer = told(&mut own, "get_external_changes", &json!({}));
    assert_eq!(answer["commits"][1]["attribution"], "other_agent", "{answer}");
    assert_eq!(answer["branch_moves"][0]["attribution"], "agent", "{answer}");
    let bundle = told(&mut own, "get_context_bundle", &json!({}));
    assert_eq!(bundle["external"]["count"], 3, "{bundle}");
    assert_eq!(bundle["project_state"]["vcs"]["branch"], "topic", "{bundle}");
}

#[test]
fn a_directory_without_git_has_no_changes() {
    let home = Home::new();
    home.write("app/a", "1");
    home.write(".claude/projects/p/s.jsonl", Transcript::new("s", "/w/app").prompt("go").text());
    home.ok(&["import"]);
    let answer = told(&mut server(&home, &home.path().join("app"), &[], &[]), "get_external_changes", &json!({}));
    assert_eq!(answer["count"], 0);
    assert!(answer.get("commits").is_none() && answer["note"].is_string(), "{answer}");
}
