//! Every run under `adapters/<agent>/fixtures/` through the binary: what comes out is pinned beside it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, project_dir};

fn runs(agent: &str) -> Vec<PathBuf> {
    let root = project_dir().join("adapters").join(agent).join("fixtures");
    let dirs = |dir: &Path| -> Vec<PathBuf> {
        let mut dirs: Vec<PathBuf> =
            std::fs::read_dir(dir).expect("fixtures").flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        dirs.sort();
        dirs
    };
    dirs(&root).iter().flat_map(|version| dirs(version)).collect()
}

fn outcome(home: &Home) -> Value {
    json!({
        "sessions": home.sql("SELECT session_id, cwd, git_branch, model, title, user_prompts, assistant_messages, tool_calls, tool_errors, \
                              input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, round(cost_usd, 6) AS cost_usd, \
                              compactions, agent_version FROM sessions ORDER BY session_id"),
        "tool_calls": home.sql("SELECT tool, kind, status, exit_code, file_path, command, agent_id IS NOT NULL AS sub, duration_ms IS NOT NULL AS timed \
                                FROM tool_calls ORDER BY started_ms, tool_call_id"),
        "messages": home.sql("SELECT role, substr(content, 1, 60) AS begins, agent_id IS NOT NULL AS sub FROM messages ORDER BY session_id, ts_ms, seq"),
        "events": home.sql("SELECT event_type, count(*) AS n FROM events GROUP BY 1 ORDER BY 1"),
        "plans_and_subagents": home.sql("SELECT agent_type, description, tool_calls, requests FROM subagents ORDER BY agent_id"),
        "skipped": home.json(&["status", "--json"])["skipped"],
    })
}

#[test]
fn claude_code_runs_come_out_as_pinned() {
    let runs = runs("claude-code");
    assert!(runs.len() >= 14, "fixtures are missing");
    for run in runs {
        let home = Home::new();
        home.import(&run.join("projects"));
        let name =
            format!("{}__{}", run.parent().unwrap().file_name().unwrap().display(), run.file_name().unwrap().display());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(project_dir().join("adapters/claude-code/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_json_snapshot!(name, outcome(&home)));
    }
}

/// What the scripted model said it used, for the lanes that the client keeps in its transcripts.
#[test]
fn claude_code_tokens_and_tools_are_those_of_the_script() {
    for run in runs("claude-code") {
        let expected: Value = serde_json::from_slice(&std::fs::read(run.join("expected.json")).unwrap()).unwrap();
        let home = Home::new();
        home.import(&run.join("projects"));
        let tools = home.sql("SELECT tool, count(*) AS n FROM tool_calls GROUP BY tool");
        let tools: Value = tools
            .as_array()
            .unwrap()
            .iter()
            .map(|t| (t["tool"].as_str().unwrap().to_owned(), t["n"].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(tools, expected["model_tool_calls"], "{}", run.display());
        let lanes = expected["answers_by_lane"].as_object().unwrap();
        if lanes.contains_key("side") || lanes.contains_key("compact") {
            continue;
        }
        let got = home.sql(
            "SELECT count(*) AS model_answers, sum(input_tokens) AS uncached_input_tokens, sum(output_tokens) AS output_tokens, \
             sum(cache_read_tokens) AS cache_read_tokens, sum(cache_creation_tokens) AS cache_creation_tokens FROM usage",
        );
        for (name, value) in got[0].as_object().unwrap() {
            assert_eq!(*value, expected["totals"][name], "{name} of {}", run.display());
        }
    }
}
