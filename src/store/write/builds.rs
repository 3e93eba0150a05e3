//! Build runs: what an agent's shell or the wrapper built, merged from start and end.

use rusqlite::{OptionalExtension, params};

use super::unnamed::build_key;
use super::{Result, Writer};
use crate::builds;
use crate::model::{BuildKind, BuildOrigin, BuildRun, BuildStatus, Millis};

impl Writer {
    pub(super) fn build(&mut self, run: &BuildRun) -> Result<()> {
        let claimant = run.session.as_ref().map(|s| self.sessions.row(&self.db, s)).transpose()?;
        let key = match &run.session {
            Some(session) => {
                let named = self.named(session, &run.run_id)?;
                build_key(session.agent, named.as_ref().map_or(&run.run_id, |(_, id)| id))
            }
            None => xxhash_rust::xxh3::xxh3_64(run.run_id.as_bytes()).cast_signed(),
        };
        let holder: Option<Option<i64>> = self
            .db
            .prepare_cached("SELECT session FROM build_run WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        let session = match (holder.flatten(), claimant) {
            (Some(a), Some(b)) => Some(self.sessions.owner(&self.db, a, b)?),
            (a, b) => a.or(b),
        };
        let json = |list: &[_]| (!list.is_empty()).then(|| serde_json::to_string(list).unwrap_or_default());
        let diagnostics = json(&run.diagnostics);
        let failing =
            (!run.failing_tests.is_empty()).then(|| serde_json::to_string(&run.failing_tests).unwrap_or_default());
        let failed = run.status == Some(BuildStatus::Failed);
        let headline = failed
            .then(|| builds::headline(&run.diagnostics, &run.failing_tests, run.tail.as_deref().unwrap_or("")))
            .flatten();
        let project = self.build_project(run, session)?;
        self.db
            .prepare_cached(
                "INSERT INTO build_run (key, session, project, origin, kind, tag, command, cwd, started_ms, ended_ms, status,
                   exit_code, last_error, diagnostics, failing_tests, tail, pid, pid_started)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
                 ON CONFLICT (key) DO UPDATE SET session = ?2, project = coalesce(project, ?3),
                   started_ms = coalesce(started_ms, ?9), ended_ms = coalesce(ended_ms, ?10),
                   status = CASE WHEN ended_ms IS NULL THEN ?11 ELSE status END,
                   exit_code = coalesce(exit_code, ?12), last_error = coalesce(last_error, ?13),
                   diagnostics = coalesce(diagnostics, ?14), failing_tests = coalesce(failing_tests, ?15), tail = coalesce(tail, ?16),
                   pid = coalesce(pid, ?17), pid_started = coalesce(pid_started, ?18)",
            )?
            .execute(params![
                key, session, project, origin(run.origin), kind(run.kind), run.tag, run.command, run.cwd,
                run.started_at, run.ended_at, run.status.map(status), run.exit_code, headline, diagnostics, failing, run.tail,
                run.process.map(|process| process.pid), run.process.map(|process| process.started.cast_signed())
            ])?;
        Ok(())
    }

    /// The wrapper of that run is gone and never told an end: nobody knows how it went.
    ///
    /// # Errors
    /// Those of the store.
    pub fn build_is_gone(&mut self, row: i64, at: Millis) -> Result<()> {
        self.db
            .prepare_cached(
                "UPDATE build_run SET status = 'stopped', ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL",
            )?
            .execute([row, at])?;
        Ok(())
    }

    fn build_project(&mut self, run: &BuildRun, session: Option<i64>) -> Result<Option<i64>> {
        if let Some(project) = &run.project {
            return self.sessions.project(&self.db, project).map(Some);
        }
        let Some(session) = session else { return Ok(None) };
        self.sessions.project_of(&self.db, session)
    }
}

fn origin(origin: BuildOrigin) -> &'static str {
    match origin {
        BuildOrigin::Wrapper => "wrapper",
        BuildOrigin::AgentShell => "agent_shell",
    }
}

fn kind(kind: BuildKind) -> &'static str {
    match kind {
        BuildKind::Build => "build",
        BuildKind::Test => "test",
        BuildKind::Lint => "lint",
        BuildKind::TypeCheck => "type_check",
    }
}

fn status(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Running => "running",
        BuildStatus::Passed => "passed",
        BuildStatus::Failed => "failed",
        BuildStatus::Stopped => "stopped",
    }
}
