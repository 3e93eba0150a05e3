//! Runs of real clients, as their hooks were recorded: most of them go well, and nothing is worth a word; in some a test
//! keeps failing, a call is repeated or an edit breaks the build.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::Story;
use super::super::record::At;
use super::super::scene::Scene;
use super::super::session::{Client, Session};
use super::of;
use crate::support::project_dir;

/// Where the clients worked.
const THEIR_PROJECT: &str = "/home/dev/project";

/// What is told in answer to which hook call of a run, the first one being 0.
type Told = (usize, At, &'static str, &'static str);

/// Every call of a hook in its order and at its distance in time, by the sessions that it names.
fn replay(s: &Scene, run: &str) {
    let client = if run.starts_with("codex") { Client::Codex } else { Client::Claude };
    replayed(s, client, &project_dir().join("adapters").join(run).join("hooks.jsonl"), &[]);
}

/// A run in which something goes wrong.
fn trouble(s: &Scene, run: &str, told: &[Told]) {
    let path = project_dir().join("tests/it/signal/recorded").join(format!("{run}.jsonl"));
    replayed(s, Client::Claude, &path, told);
}

fn replayed(s: &Scene, client: Client, path: &Path, told: &[Told]) {
    let mut sessions: HashMap<String, Session> = HashMap::new();
    let mut last: Option<f64> = None;
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        let call: Value = serde_json::from_str(line).unwrap();
        let now = call["t"].as_f64().unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a run")]
        let passed = last.map_or(0, |last| ((now - last) * 1000.0) as i64);
        last = Some(now);
        s.jump(passed.max(0));
        let Some(id) = call["stdin"]["session_id"].as_str() else { continue };
        let session = sessions.entry(id.to_owned()).or_insert_with(|| s.idle(client));
        let here = session.cwd.to_string_lossy();
        let text = call["stdin"].to_string().replace(THEIR_PROJECT, &here).replace(id, &session.id);
        session.step();
        session.send(&serde_json::from_str(&text).unwrap());
        for (_, at, kind, about) in told.iter().filter(|(of, ..)| *of == number) {
            session.told(*at, kind, about);
        }
    }
    assert!(!sessions.is_empty(), "{} tells of no session", path.display());
    for session in sessions.values() {
        session.step();
    }
    let bytes: usize = s.record.borrow().bytes.values().sum();
    assert!(bytes > 0, "{}: no session was told even where it is", path.display());
}

pub fn all() -> Vec<Story> {
    [going_wrong(), going_well()].into_iter().flatten().collect()
}

fn going_wrong() -> Vec<Story> {
    const FAILED: &str = "repeated_failed_build";
    const BROKEN: &str = "build_broken_after_my_edit";
    const REPEATED: &str = "repeated_tool_call";
    let mut stories = of(
        FAILED,
        vec![
            ("recorded: Claude Code 2.1.328, the same test four times", |s| {
                trouble(
                    s,
                    "failing-2.1.328",
                    &[(7, At::After, FAILED, "cargo test"), (10, At::Stop, FAILED, "cargo test")],
                );
            }),
            ("recorded: Claude Code 2.0.76, the same test four times", |s| {
                trouble(
                    s,
                    "failing-2.0.76",
                    &[(11, At::After, FAILED, "cargo test"), (14, At::Stop, FAILED, "cargo test")],
                );
            }),
            ("recorded: Claude Code 2.1.328, make fails four times", |s| {
                trouble(
                    s,
                    "make-2.1.328",
                    &[(7, At::After, FAILED, "make check"), (10, At::Stop, FAILED, "make check")],
                );
            }),
        ],
    );
    stories.extend(of(
        REPEATED,
        vec![
            ("recorded: Claude Code 2.1.328, the same command five times", |s| {
                trouble(s, "repeated-2.1.328", &[(9, At::After, REPEATED, "grep")]);
            }),
            ("recorded: Claude Code 2.1.110, the same command five times", |s| {
                trouble(s, "repeated-2.1.110", &[(9, At::After, REPEATED, "grep")]);
            }),
        ],
    ));
    stories.extend(of(
        BROKEN,
        vec![
            ("recorded: Claude Code 2.1.328, red, held and mended", |s| {
                let told = [
                    (11, At::After, FAILED, "cargo test"),
                    (12, At::Stop, BROKEN, "cargo test"),
                    (12, At::Stop, FAILED, "cargo test"),
                ];
                trouble(s, "mended-2.1.328", &told);
            }),
            ("recorded: Claude Code 2.1.328, three tries, held and mended", |s| {
                trouble(s, "mending-2.1.328", &[(16, At::Stop, BROKEN, "cargo test")]);
            }),
        ],
    ));
    stories
}

fn going_well() -> Vec<Story> {
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
