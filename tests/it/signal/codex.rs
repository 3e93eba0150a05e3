//! Codex's tools as its hooks and its rollout tell them, after captured calls of version 0.169.0.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::session::{Client, Open, Session};

#[derive(Default)]
pub struct Rollout {
    pub turn: usize,
    ordinal: usize,
}

pub fn path(session: &Session) -> PathBuf {
    let name = format!("rollout-2026-11-20T09-56-44-{}.jsonl", session.id);
    session.world.home.path().join(".codex/sessions/2026/11/20").join(name)
}

fn line(session: &Session, kind: &str, payload: &Value) {
    let ordinal = session.rollout.borrow().ordinal;
    session.rollout.borrow_mut().ordinal += 1;
    let at = jiff::Timestamp::from_millisecond(session.world.now()).unwrap().to_string();
    let line = json!({"timestamp": at, "ordinal": ordinal, "type": kind, "payload": payload});
    session.record(&format!("{line}\n"));
}

pub fn begins(session: &Session) {
    if session.rollout.borrow().ordinal > 0 {
        return;
    }
    let at = jiff::Timestamp::from_millisecond(session.world.now()).unwrap().to_string();
    line(
        session,
        "session_meta",
        &json!({"session_id": session.id, "id": session.id, "timestamp": at, "cwd": session.cwd, "originator": "codex_exec",
            "cli_version": "0.169.0", "source": "exec", "thread_source": "user", "model_provider": "openai"}),
    );
    line(session, "turn_context", &json!({"turn_id": "t", "cwd": session.cwd, "model": "gpt-5.5"}));
}

pub fn called(session: &Session, open: &Open) {
    let words = &open.input["command"];
    let payload = if open.tool == "apply_patch" {
        json!({"type": "custom_tool_call", "status": "completed", "call_id": open.id, "name": "apply_patch", "input": words})
    } else {
        json!({"type": "function_call", "status": "completed", "name": "exec_command", "call_id": open.id,
            "arguments": json!({"cmd": words}).to_string()})
    };
    line(session, "response_item", &payload);
}

/// The rollout tells the exit code a moment before the hook runs, which does not.
pub fn ends(session: &Session, open: &Open, output: &str, code: i32) {
    tell_code(session, open, output, code);
    session.finish(open, &json!(output));
    let told =
        format!("Chunk ID: 7b1930\nWall time: 0.0100 seconds\nProcess exited with code {code}\nOutput:\n{output}");
    line(session, "response_item", &json!({"type": "function_call_output", "call_id": open.id, "output": told}));
}

fn tell_code(session: &Session, open: &Open, output: &str, code: i32) {
    let now = session.world.now();
    let item = json!({"type": "CommandExecution", "id": open.id, "command": ["/bin/bash", "-lc", open.input["command"]],
        "cwd": format!("file://{}", session.cwd.display()), "source": "unified_exec_startup",
        "status": if code == 0 { "completed" } else { "failed" }, "aggregated_output": output, "exit_code": code,
        "duration": {"secs": 0, "nanos": 12_000_000}});
    line(
        session,
        "event_msg",
        &json!({"type": "item_completed", "thread_id": session.id, "turn_id": "t", "item": item, "started_at_ms": now - 12,
            "completed_at_ms": now}),
    );
}

pub fn read(session: &Session, path: &str) {
    let open = session.begin("Bash", json!({"command": format!("cat {path}")}));
    let (content, code) = match fs::read_to_string(session.cwd.join(path)) {
        Ok(content) => (content, 0),
        Err(_) => (format!("cat: {path}: No such file or directory\n"), 1),
    };
    ends(session, &open, &content, code);
}

pub fn edit(session: &Session, path: &str, old: &str, new: &str) {
    let original = fs::read_to_string(session.cwd.join(path)).unwrap();
    assert!(original.contains(old), "{path} has no {old:?}: {original}");
    let changed = original.replacen(old, new, 1);
    let minus = marked("-", &original);
    let plus = marked("+", &changed);
    patch(session, "Update", path, &format!("@@\n{minus}{plus}"), &changed);
}

pub fn write(session: &Session, path: &str, content: &str) {
    let plus = marked("+", content);
    patch(session, "Add", path, &plus, content);
}

fn marked(mark: &str, text: &str) -> String {
    text.lines().flat_map(|line| [mark, line, "\n"]).collect()
}

fn patch(session: &Session, what: &str, path: &str, hunk: &str, content: &str) {
    let words = format!("*** Begin Patch\n*** {what} File: {path}\n{hunk}*** End Patch\n");
    let open = session.begin("apply_patch", json!({"command": words}));
    session.world.put(&session.cwd.join(path), content);
    let letter = if what == "Add" { "A" } else { "M" };
    let told = format!(
        "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\n{letter} {path}\n"
    );
    session.finish(&open, &json!(told));
    line(session, "response_item", &json!({"type": "custom_tool_call_output", "call_id": open.id, "output": told}));
}

/// What only this client can do.
impl Session {
    /// A failure that the rollout tells when the hook is over.
    pub fn fails_late(&self, command: &str, output: &str, code: i32) {
        let open = self.step().begin("Bash", self.command(command));
        self.finish(&open, &json!(output));
        tell_code(self, &open, output, code);
        let ended = format!("SELECT count(*) FROM tool_calls WHERE tool_call_id = '{}' AND status = 'error'", open.id);
        self.world.until(&ended);
    }

    /// The model answered a request; cached tokens are part of the input here.
    pub fn counted(&self, input: i64, cached: i64, window: i64) {
        assert_eq!(self.client, Client::Codex);
        let usage = json!({"input_tokens": input, "cached_input_tokens": cached, "cache_write_input_tokens": 0,
            "output_tokens": 50, "reasoning_output_tokens": 0, "total_tokens": input + 50});
        let known = self.world.count(&format!("SELECT count(*) FROM usage WHERE session_id = '{}'", self.id));
        line(
            self,
            "token_usage_record",
            &json!({"thread_id": self.id, "turn_id": "t", "session_id": self.id, "root_turn_id": "t",
                "response_id": format!("resp_{}_{known}", &self.id[..8]), "usage": usage, "turn_token_usage": usage}),
        );
        line(
            self,
            "event_msg",
            &json!({"type": "token_count", "info": {"total_token_usage": usage, "last_token_usage": usage,
                "model_context_window": window}}),
        );
        self.world.until(&format!("SELECT count(*) > {known} FROM usage WHERE session_id = '{}'", self.id));
    }
}
