//! Gemini CLI names no call in its hooks: with its chat, in any order, each is one call all the same.

use std::path::Path;

use serde_json::{Value, json};

use super::merging::told;
use crate::support::{Home, Sidecar, difference, project_dir};

/// Runs of which both were captured.
const RUNS: &[&str] = &["at_and_command", "compact", "multi", "resume", "single", "subagent"];

const PROJECT: &str = ".gemini/tmp/project";

fn run(name: &str) -> (Vec<Value>, std::path::PathBuf) {
    let dir = project_dir().join("adapters/gemini-cli/fixtures/0.61.0").join(name);
    let text = std::fs::read_to_string(dir.join("hooks.jsonl")).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), dir.join("tmp/project/chats"))
}

/// A home in which the run took place.
fn lived_in(chats: &Path) -> Home {
    let home = Home::new();
    let mut paths = vec![chats.to_owned()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(chats).unwrap().to_str().unwrap();
        home.write(&format!("{PROJECT}/chats/{name}"), std::fs::read(&path).unwrap());
    }
    home.write(&format!("{PROJECT}/.project_root"), "/home/dev/project");
    home.write(&format!("{PROJECT}/logs.json"), r#"[{"sessionId":"x","message":"typed"}]"#);
    home
}

fn import(home: &Home) {
    home.ok(&["import", "--agent", "gemini", "--json"]);
}

fn post(sidecar: &Sidecar, hooks: &[&Value]) {
    for hook in hooks {
        #[expect(clippy::cast_possible_truncation, reason = "a time of our days")]
        let at = ((hook["t"].as_f64().unwrap() * 1000.0) as i64).to_string();
        let headers = [("Content-Type", "application/json"), ("tma1-at", at.as_str())];
        let reply =
            sidecar.request("POST", "/api/hooks?source=gemini_cli", &headers, hook["stdin"].to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

#[test]
fn the_order_in_which_they_are_told_does_not_matter() {
    for name in RUNS {
        let (hooks, chats) = run(name);
        let forth: Vec<&Value> = hooks.iter().collect();
        let back: Vec<&Value> = hooks.iter().rev().collect();
        let alone = lived_in(&chats);
        import(&alone);
        let want = told(&alone);
        assert_eq!(want[0][0]["cwd"], "/home/dev/project", "{name}");
        for way in ["hooks first", "chat first", "hooks last to first", "both twice"] {
            let home = lived_in(&chats);
            let sidecar = home.serve();
            match way {
                "hooks first" => post(&sidecar, &forth),
                "hooks last to first" => post(&sidecar, &back),
                _ => {}
            }
            import(&home);
            if matches!(way, "chat first" | "both twice") {
                post(&sidecar, &forth);
            }
            if way == "both twice" {
                post(&sidecar, &back);
                import(&home);
            }
            assert_eq!(difference(&want, &told(&home)), None, "{name}, {way}");
            sidecar.stop();
        }
    }
}

/// The client writes its chat as it goes, but a hook is told at once.
#[test]
fn hooks_alone_tell_the_session() {
    let (hooks, _) = run("multi");
    let home = Home::new();
    let sidecar = home.serve();
    post(&sidecar, &hooks.iter().collect::<Vec<_>>());
    let session =
        home.sql("SELECT cwd, user_prompts, tool_calls, tool_errors, ended_ms IS NOT NULL AS ended FROM sessions");
    assert_eq!(
        session,
        json!([{"cwd": "/home/dev/project", "user_prompts": 1, "tool_calls": 9, "tool_errors": 3, "ended": 1}])
    );
    let failed = home.sql("SELECT error, exit_code FROM tool_calls WHERE status = 'error' AND kind = 'shell'");
    assert_eq!(failed, json!([{"error": "boom\npartial output", "exit_code": 3}]));
    sidecar.stop();
}
