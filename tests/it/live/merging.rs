//! Hooks and transcript of one session are one session, whichever comes first, late or twice.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Home, difference, project_dir};

/// Runs of which both were captured.
const RUNS: &[&str] = &[
    "2.0.76/multi",
    "2.0.76/subagent",
    "2.1.110/multi",
    "2.1.110/subagent",
    "2.1.328/api_error",
    "2.1.328/compact",
    "2.1.328/interactive",
    "2.1.328/misc",
    "2.1.328/multi",
    "2.1.328/resume",
    "2.1.328/single",
    "2.1.328/subagent",
];

struct Run {
    hooks: Vec<Value>,
    transcripts: PathBuf,
}

fn run(name: &str) -> Run {
    let dir = project_dir().join("adapters/claude-code/fixtures").join(name);
    let text = std::fs::read_to_string(dir.join("hooks.jsonl")).unwrap();
    // The client trims what it tells its hooks, and the capture was cut with a count of what it left out.
    let text = text.replace("[cut 2211 characters]", "[cut 2212 characters]");
    let hooks = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    Run { hooks: hooks.filter(|hook| hook["stdin"].is_object()).collect(), transcripts: dir.join("projects") }
}

/// What both tell, without what only one of them knows: moments, durations, and the longer of two texts.
pub fn told(home: &Home) -> Value {
    let tables = [
        "SELECT session_id, agent, cwd, user_prompts, assistant_messages, tool_calls, tool_errors, input_tokens, \
         output_tokens, cache_read_tokens, cache_creation_tokens, compactions FROM sessions ORDER BY session_id",
        "SELECT session_id, message_id, role, content, agent_id FROM messages ORDER BY role, message_id",
        "SELECT session_id, tool_call_id, tool, kind, status, file_path, command, exit_code, agent_id FROM tool_calls \
         ORDER BY tool_call_id",
        "SELECT session_id, message_id, model, input_tokens, output_tokens FROM usage ORDER BY message_id",
        "SELECT session_id, path, reads, edits FROM files ORDER BY session_id, path",
        "SELECT session_id, tag, status, exit_code FROM builds ORDER BY session_id, command, status",
        "SELECT event_type, count(*) AS n FROM events WHERE source = 'transcript' GROUP BY 1 ORDER BY 1",
    ];
    Value::Array(tables.iter().map(|sql| home.sql(sql)).collect())
}

fn post_all(sidecar: &crate::support::Sidecar, run: &Run, backwards: bool) {
    let mut hooks: Vec<&Value> = run.hooks.iter().collect();
    if backwards {
        hooks.reverse();
    }
    for hook in hooks {
        #[expect(clippy::cast_possible_truncation, reason = "a time of our days")]
        let at = ((hook["t"].as_f64().unwrap() * 1000.0) as i64).to_string();
        let headers = [("Content-Type", "application/json"), ("tma1-at", at.as_str())];
        let reply =
            sidecar.request("POST", "/api/hooks?source=claude_code", &headers, hook["stdin"].to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

fn import(home: &Home, path: &Path) {
    home.import(path);
}

#[test]
fn the_order_in_which_they_are_told_does_not_matter() {
    for name in RUNS {
        let run = run(name);
        let alone = Home::new();
        import(&alone, &run.transcripts);
        let want = told(&alone);
        for way in ["hooks first", "transcript first", "hooks last to first", "both twice"] {
            let home = Home::new();
            let sidecar = home.serve();
            match way {
                "hooks first" => post_all(&sidecar, &run, false),
                "hooks last to first" => post_all(&sidecar, &run, true),
                _ => {}
            }
            import(&home, &run.transcripts);
            if matches!(way, "transcript first" | "both twice") {
                post_all(&sidecar, &run, false);
            }
            if way == "both twice" {
                post_all(&sidecar, &run, true);
                import(&home, &run.transcripts);
            }
            let seen = told(&home);
            assert_eq!(difference(&want, &seen), None, "{name}, {way}");
            sidecar.stop();
        }
    }
}

/// An agent whose transcript nobody can read is seen all the same.
#[test]
fn hooks_alone_tell_the_session() {
    let run = run("2.1.328/multi");
    let home = Home::new();
    let sidecar = home.serve();
    post_all(&sidecar, &run, false);
    let session = home.sql(
        "SELECT user_prompts, assistant_messages, tool_calls, tool_errors, ended_ms IS NOT NULL AS ended FROM sessions",
    );
    assert_eq!(
        session,
        serde_json::json!([{"user_prompts": 1, "assistant_messages": 1, "tool_calls": 10, "tool_errors": 3, "ended": 1}])
    );
    let failed = home.sql("SELECT error, exit_code FROM tool_calls WHERE status = 'error' AND kind = 'shell'");
    assert_eq!(failed, serde_json::json!([{"error": "Exit code 3\nboom\npartial output", "exit_code": 3}]));
    sidecar.stop();
}
