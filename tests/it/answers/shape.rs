//! The names, the kinds and the sizes that the contract promises, of every tool on stores full and empty.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{server, tokens, told};
use crate::support::{Home, project_dir, public_fixtures};

/// Arguments, what a full answer has at its first level, and what it may have besides.
const TOOLS: [(&str, &str, &str, &str); 9] = [
    (
        "get_context_bundle",
        "cwd max_tokens session_id",
        "generated_at project resolved_by session project_state",
        "anomalies build external peers note truncated",
    ),
    ("get_session_state", "action_limit session_id verbose", "session resolved_by", "actions overlap note truncated"),
    ("get_anomalies", "session_id", "resolved_by session_id", "anomalies note truncated"),
    ("get_external_changes", "cwd since_min", "count project since_min", "changes commits branch_moves note truncated"),
    (
        "get_build_status",
        "cwd tag tail",
        "status",
        "tag command origin agent_source session_id started_at ended_at exit_code duration_ms stale last_error last_error_at \
         failing_tests diagnostics tail others note truncated",
    ),
    (
        "get_project_state",
        "cwd",
        "project root indexed_at",
        "languages build_system build_command test_command key_files top_level vcs note",
    ),
    (
        "get_peer_sessions",
        "agent_source limit max_tokens message_limit project since_min",
        "count project",
        "agent_filter sessions most_recent_session partial_failures caution note truncated",
    ),
    ("search_history", "agent_source cursor limit project query since_min", "hits", "next_cursor note truncated"),
    ("get_usage", "group_by period", "total", "since rows unpriced_models resolved_by note truncated"),
];

const SESSION: &str = "session_id agent_source title project cwd git_branch model started_at last_activity_at duration_minutes live \
     tool_call_count tool_error_count tokens cost_usd context compactions tools current_focus recent_files last_build_error \
     external_human_changes subagents plan last_user_prompt last_assistant_message";

fn names(list: &str) -> BTreeSet<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// Nothing is null or empty but unknown money, and every moment is RFC 3339 in UTC.
fn well_formed(name: &str, value: &Value, whole: &Value) {
    match value {
        Value::Null => assert_eq!(name, "cost_usd", "{whole}"),
        Value::String(text) => {
            assert!(!text.is_empty(), "{name}: {whole}");
            if name == "ts" || name == "at" || name.ends_with("_at") {
                assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{name}: {text}");
            }
        }
        Value::Array(items) => {
            assert!(!items.is_empty(), "{name}: {whole}");
            for item in items {
                well_formed(name, item, whole);
            }
        }
        Value::Object(fields) => {
            assert!(!fields.is_empty(), "{name}: {whole}");
            for (name, field) in fields {
                well_formed(name, field, whole);
            }
        }
        _ => {}
    }
}

#[test]
fn arguments_are_those_of_the_contract() {
    let home = Home::new();
    let list = server(&home, home.path(), &[], &[]).request("tools/list", &json!({}));
    for (tool, (name, arguments, always, may)) in list["tools"].as_array().unwrap().iter().zip(TOOLS) {
        assert_eq!(tool["name"], name);
        assert_eq!(keys(&tool["inputSchema"]["properties"]), names(arguments), "{name}");
        let told = keys(&tool["outputSchema"]["properties"]);
        assert!(told.is_superset(&names(always)) && told.is_superset(&names(may)), "{name}: {told:?}");
    }
}

fn check(home: &Home, cwd: &Path) {
    let mut mcp = server(home, cwd, &[], &[]);
    for (name, _, always, may) in TOOLS {
        let arguments = if name == "search_history" { json!({"query": "the"}) } else { json!({}) };
        let answer = told(&mut mcp, name, &arguments);
        assert!(tokens(&answer) <= 2_000, "{name}: {} tokens", tokens(&answer));
        well_formed(name, &answer, &answer);
        let (told, always, may) = (keys(&answer), names(always), names(may));
        assert!(told.is_superset(&always), "{name}: {answer}");
        assert!(told.iter().all(|key| always.contains(key) || may.contains(key)), "{name}: {answer}");
        if let Some(session) = answer.get("session") {
            assert!(keys(session).is_subset(&names(SESSION)), "{name}: {session}");
            assert_eq!(
                session["tool_call_count"].is_number(),
                session["cost_usd"].is_number() || session["cost_usd"].is_null()
            );
        }
    }
}

#[test]
fn every_answer_about_real_sessions_is_well_formed() {
    let home = Home::new();
    home.import(&project_dir().join("adapters/claude-code/fixtures"));
    let roots = home.sql("SELECT DISTINCT cwd FROM sessions WHERE cwd IS NOT NULL");
    let mut mcp = server(&home, home.path(), &[], &[]);
    for root in roots.as_array().unwrap() {
        let bundle = told(&mut mcp, "get_context_bundle", &json!({"cwd": root["cwd"]}));
        assert!(bundle["session"].is_object(), "{bundle}");
        well_formed("bundle", &bundle, &bundle);
    }
    let Some(public) = public_fixtures() else { return };
    home.import(&public.join("claude"));
    for id in home.sql("SELECT session_id FROM sessions").as_array().unwrap() {
        for verbose in [false, true] {
            let state =
                told(&mut mcp, "get_session_state", &json!({"session_id": id["session_id"], "verbose": verbose}));
            well_formed("state", &state, &state);
            assert!(tokens(&state) <= if verbose { 8_000 } else { 2_000 }, "{state}");
        }
    }
    let peers = told(&mut mcp, "get_peer_sessions", &json!({"project": "/", "limit": 5, "since_min": 5_000_000}));
    well_formed("peers", &peers, &peers);
    assert!(peers["count"] == 5 && tokens(&peers) <= 2_000, "{peers}");
}

#[test]
fn defaults_answer_in_a_project_with_work_in_it() {
    let home = Home::new();
    home.write("app/package.json", "{\"scripts\": {\"test\": \"vitest\"}}");
    let cwd = home.path().join("app");
    let t = crate::support::Transcript::new("s", cwd.to_str().unwrap()).at(super::now() - super::MINUTE);
    home.write(".claude/projects/p/s.jsonl", t.prompt("the work").answer("done").bash("npm test", "ok", false).text());
    home.ok(&["import"]);
    check(&home, &cwd);
}

#[test]
fn without_history_there_is_a_note_and_never_an_error() {
    let home = Home::new();
    home.write("app/x", "");
    for with_store in [false, true] {
        if with_store {
            home.ok(&["import"]);
        }
        let mut mcp = server(&home, &home.path().join("app"), &[], &[]);
        for (name, ..) in TOOLS {
            let arguments = if name == "search_history" { json!({"query": "the"}) } else { json!({}) };
            let answer = told(&mut mcp, name, &arguments);
            well_formed(name, &answer, &answer);
            let silent = ["get_project_state", "get_usage"].contains(&name) && with_store;
            assert!(silent || answer["note"].is_string(), "{name}: {answer}");
        }
    }
}
