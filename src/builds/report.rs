//! A run as the wrapper tells it: at its start, and once more at its end.

use serde::{Deserialize, Serialize};

use crate::model::{BuildKind, BuildStatus, Diagnostic, Millis, ProcessId};

/// What tells these from the hooks of agents.
pub const SOURCE: &str = "tma1-build";

/// The same run told again knows more. What a later version adds is passed over, what it drops is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunReport {
    pub run_id: String,
    /// The session of Claude Code in whose shell it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    pub kind: BuildKind,
    pub tag: String,
    pub command: String,
    pub cwd: Option<String>,
    /// Whose run it is where that is not told by `cwd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_dir: Option<String>,
    pub started_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
    /// `None`: nobody can tell.
    pub status: Option<BuildStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub diagnostics: Vec<Diagnostic>,
    pub failing_tests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail: Option<String>,
    /// The wrapper itself: a run whose process is gone without a word was stopped.
    #[serde(with = "process", skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessId>,
}

impl Default for RunReport {
    fn default() -> Self {
        Self {
            run_id: String::new(),
            session: None,
            kind: BuildKind::Build,
            tag: String::new(),
            command: String::new(),
            cwd: None,
            project_dir: None,
            started_at: None,
            ended_at: None,
            status: None,
            exit_code: None,
            diagnostics: Vec::new(),
            failing_tests: Vec::new(),
            tail: None,
            process: None,
        }
    }
}

mod process {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::ProcessId;

    #[expect(clippy::ref_option, reason = "the form that serde asks for")]
    pub(super) fn serialize<S: Serializer>(process: &Option<ProcessId>, to: S) -> Result<S::Ok, S::Error> {
        process.map(|process| (process.pid, process.started)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ProcessId>, D::Error> {
        let told = Option::<(u32, u64)>::deserialize(from)?;
        Ok(told.map(|(pid, started)| ProcessId { pid, started }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_and_from_other_versions() {
        let full = RunReport {
            run_id: "r#2".to_owned(),
            session: Some("s".to_owned()),
            kind: BuildKind::Test,
            tag: "cargo test".to_owned(),
            command: "cargo test".to_owned(),
            cwd: Some("/w".to_owned()),
            project_dir: Some("/w/app".to_owned()),
            started_at: Some(5),
            ended_at: Some(9),
            status: Some(BuildStatus::Failed),
            exit_code: Some(101),
            failing_tests: vec!["a::b".to_owned()],
            tail: Some("x\n".to_owned()),
            process: Some(ProcessId { pid: 7, started: 70 }),
            ..RunReport::default()
        };
        for report in [full, RunReport::default()] {
            let json = serde_json::to_string(&report).unwrap();
            assert_eq!(serde_json::from_str::<RunReport>(&json).unwrap(), report, "{json}");
        }
        let later: RunReport = serde_json::from_str(r#"{"run_id":"r","mood":[1]}"#).unwrap();
        assert_eq!(later, RunReport { run_id: "r".to_owned(), ..RunReport::default() });
    }
}
