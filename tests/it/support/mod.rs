//! The harness: a home of its own for each test, the binary run in it, transcripts written by hand.

mod docs;
mod mcp;
mod sidecar;
mod transcript;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub use docs::{alone, check_part};
pub use mcp::Mcp;
pub use sidecar::{PATIENCE, Response, Sidecar, eventually};
pub use transcript::{Transcript, renumbered};

/// A home directory that only this test knows.
pub struct Home {
    dir: TempDir,
}

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary directory") }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Where Claude Code would keep this home's transcripts.
    pub fn projects(&self) -> PathBuf {
        self.path().join(".claude/projects")
    }

    /// Writes a file below the home.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// The binary, with nothing of this process's environment but the search path.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tma1"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("TMA1_DATA_DIR", self.data())
            .env("TMA1_AUTOSTART", "0")
            .env("TZ", "UTC")
            // Transcripts of fixed days grow old; what tests are about must not go with them.
            .env("TMA1_DATA_TTL", "forever")
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command().args(args).output().expect("the binary runs"))
    }

    /// Runs and insists on success.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "tma1 {args:?}: {}", ran.stderr);
        ran.stdout
    }

    pub fn json(&self, args: &[&str]) -> Value {
        let out = self.ok(args);
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("tma1 {args:?} printed no JSON ({e}): {out}"))
    }

    pub fn import(&self, path: &Path) -> Value {
        self.json(&["import", "--path", path.to_str().expect("UTF-8"), "--json"])
    }

    pub fn sql(&self, sql: &str) -> Value {
        self.json(&["sql", sql, "--format", "json"])
    }

    /// The single value of a statement.
    pub fn one(&self, sql: &str) -> Value {
        let rows = self.sql(sql);
        let row = rows[0].as_object().unwrap_or_else(|| panic!("no row: {sql}"));
        row.values().next().cloned().unwrap_or_default()
    }

    /// Everything that the store tells of history, in an order that does not depend on how it got there.
    pub fn dump(&self) -> Value {
        let tables = [
            "SELECT * FROM sessions ORDER BY agent, session_id",
            "SELECT session_id, agent, message_id, ts_ms, role, content, model, agent_id FROM messages ORDER BY role, message_id",
            "SELECT * FROM tool_calls ORDER BY tool_call_id",
            "SELECT session_id, request_id, ts_ms, model, input_tokens, output_tokens, cache_read_tokens, \
             cache_creation_tokens, cost_usd, agent_id, message_id FROM usage ORDER BY message_id, request_id",
            "SELECT session_id, ts_ms, source, event_type, payload FROM events ORDER BY ts_ms, event_type, session_id, payload",
            "SELECT session_id, tag, kind, command, status, exit_code, last_error, diagnostics, failing_tests, started_ms, ended_ms \
             FROM builds ORDER BY started_ms, session_id, command",
            "SELECT session_id, agent_id, agent_type, description, tool_call_id, tool_calls, requests, output_tokens \
             FROM subagents ORDER BY session_id, agent_id",
            "SELECT session_id, path, reads, edits, last_read_ms, last_edit_ms FROM files ORDER BY session_id, path",
        ];
        Value::Array(tables.iter().map(|sql| self.sql(sql)).collect())
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

/// The first row in which two dumps differ, for messages that can be read.
pub fn difference(a: &Value, b: &Value) -> Option<String> {
    for (left, right) in a.as_array()?.iter().zip(b.as_array()?) {
        let (left, right) = (left.as_array()?, right.as_array()?);
        for (x, y) in left.iter().zip(right) {
            if x != y {
                return Some(format!("{x}\n{y}"));
            }
        }
        if left.len() != right.len() {
            return Some(format!("{} and {} rows such as {}", left.len(), right.len(), left.last().or(right.last())?));
        }
    }
    None
}

/// The project's own directory.
pub fn project_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Public transcripts beside the checkout; a test that wants them says so when they are not there.
pub fn public_fixtures() -> Option<PathBuf> {
    let dir = project_dir().join("../shared/fixtures/public");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("skipped: the public fixtures are not beside this checkout");
    None
}
