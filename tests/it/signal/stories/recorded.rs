//! Runs of real clients, as their hooks were recorded: nothing goes wrong in them that is worth a word.

use std::collections::HashMap;
use std::fs;

use serde_json::Value;

use super::super::Story;
use super::super::scene::Scene;
use super::super::session::{Client, Session};
use super::of;
use crate::support::project_dir;

/// Where the clients worked.
const THEIR_PROJECT: &str = "/home/dev/project";

/// Every call of a hook in its order and at its distance in time, by the sessions that it names.
fn replay(s: &Scene, run: &str) {
    let client = if run.starts_with("codex") { Client::Codex } else { Client::Claude };
    let path = project_dir().join("adapters").join(run).join("hooks.jsonl");
    let mut sessions: HashMap<String, Session> = HashMap::new();
    let mut last: Option<f64> = None;
    for line in fs::read_to_string(path).unwrap().lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let now = call["t"].as_f64().unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a run")]
        let passed = last.map_or(0, |last| ((now - last) * 1000.0) as i64);
        last = Some(now);
        s.jump(passed.max(0));
        let Some(id) = call["stdin"]["session_id"].as_str() else { continue };
        let session = sessions.entry(id.to_owned()).or_insert_with(|| s.idle(client));
        let text =
            call["stdin"].to_string().replace(THEIR_PROJECT, &session.cwd.to_string_lossy()).replace(id, &session.id);
        session.step();
        session.send(&serde_json::from_str(&text).unwrap());
    }
    assert!(!sessions.is_empty(), "{run} tells of no session");
    for session in sessions.values() {
        session.step();
    }
    let told: usize = s.record.borrow().bytes.values().sum();
    assert!(told > 0, "{run}: no session was told even where it is");
}

pub fn all() -> Vec<Story> {
    of(
        "general",
        vec![
            ("recorded: Claude Code 2.0.76, many tools", |s| replay(s, "claude-code/fixtures/2.0.76/multi")),
            ("recorded: Claude Code 2.0.76, a sub-agent", |s| replay(s, "claude-code/fixtures/2.0.76/subagent")),
            ("recorded: Claude Code 2.1.110, many tools", |s| replay(s, "claude-code/fixtures/2.1.110/multi")),
            ("recorded: Claude Code 2.1.110, a sub-agent", |s| replay(s, "claude-code/fixtures/2.1.110/subagent")),
            ("recorded: Claude Code 2.1.328, many tools", |s| replay(s, "claude-code/fixtures/2.1.328/multi")),
            ("recorded: Claude Code 2.1.328, a sub-agent", |s| replay(s, "claude-code/fixtures/2.1.328/subagent")),
            ("recorded: Claude Code 2.1.328, compacted", |s| replay(s, "claude-code/fixtures/2.1.328/compact")),
            ("recorded: Claude Code 2.1.328, at the terminal", |s| {
                replay(s, "claude-code/fixtures/2.1.328/interactive");
            }),
            ("recorded: Claude Code 2.1.328, resumed", |s| replay(s, "claude-code/fixtures/2.1.328/resume")),
            ("recorded: Claude Code 2.1.328, this and that", |s| replay(s, "claude-code/fixtures/2.1.328/misc")),
            ("recorded: Claude Code 2.1.328, the model fails", |s| replay(s, "claude-code/fixtures/2.1.328/api_error")),
            ("recorded: Claude Code 2.1.328, decisions of hooks", |s| {
                replay(s, "claude-code/fixtures/2.1.328/control");
            }),
            ("recorded: Claude Code 2.1.328, hooks that speak", |s| {
                replay(s, "claude-code/fixtures/2.1.328/inject_json");
            }),
            ("recorded: Codex 0.169, many tools", |s| replay(s, "codex/fixtures/0.169.0/multi")),
            ("recorded: Codex 0.169, a sub-agent", |s| replay(s, "codex/fixtures/0.169.0/subagent")),
            ("recorded: Codex 0.169, compacted", |s| replay(s, "codex/fixtures/0.169.0/compact")),
            ("recorded: Codex 0.169, at the terminal", |s| replay(s, "codex/fixtures/0.169.0/interactive")),
            ("recorded: Codex 0.169, resumed", |s| replay(s, "codex/fixtures/0.169.0/resume")),
            ("recorded: Codex 0.169, decisions of hooks", |s| replay(s, "codex/fixtures/0.169.0/control")),
            ("recorded: Codex 0.169, hooks that speak", |s| replay(s, "codex/fixtures/0.169.0/inject_json")),
        ],
    )
}
