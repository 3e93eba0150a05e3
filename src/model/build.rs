//! A run of a build, test, lint or type-check command, and what it complained about.

use serde::{Deserialize, Serialize};

use super::{Millis, ProcessId, Project, SessionId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildKind {
    Build,
    Test,
    Lint,
    TypeCheck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildStatus {
    Running,
    Passed,
    Failed,
    /// Interrupted or refused: says nothing about the code.
    Stopped,
}

/// Who ran the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildOrigin {
    /// `tma1 build -- …`
    Wrapper,
    /// An agent's shell tool.
    AgentShell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// One complaint of a compiler, linter or test runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// As the tool printed it: relative to where it ran, or absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    pub severity: Severity,
    /// The tool's own code, such as `E0308` or `TS2304`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub message: String,
}

/// One run, joined to the tool call or wrapper that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildRun {
    /// Unique per origin: the tool call's id, or the wrapper's run id.
    pub run_id: String,
    pub session: Option<SessionId>,
    /// The wrapper that runs it: once that is gone, so is the run.
    pub process: Option<ProcessId>,
    pub origin: BuildOrigin,
    pub kind: BuildKind,
    /// The command family, such as `cargo test`; the default tag.
    pub tag: String,
    pub command: String,
    pub cwd: Option<String>,
    /// `None`: the session's.
    pub project: Option<Project>,
    pub started_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    /// `None` where the exit code is hidden (by a pipe, say): neither red nor green.
    pub status: Option<BuildStatus>,
    pub exit_code: Option<i32>,
    pub diagnostics: Vec<Diagnostic>,
    pub failing_tests: Vec<String>,
    /// The end of the output, without terminal colours.
    pub tail: Option<String>,
}

impl BuildRun {
    /// What a run that passed printed like an error or a failure was no more than printed.
    #[must_use]
    pub fn without_false_alarms(mut self) -> Self {
        if self.status == Some(BuildStatus::Passed) {
            self.diagnostics.retain(|found| found.severity != Severity::Error);
            self.failing_tests.clear();
        }
        self
    }
}
