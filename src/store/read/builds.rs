//! Build runs, newest first.

use rusqlite::{OptionalExtension, Row, params};

use super::{Reader, Result, id_list};
use crate::model::{Diagnostic, Millis, ProcessId};

/// A run without what it printed.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildRow {
    pub row: i64,
    pub tag: String,
    pub kind: String,
    pub command: String,
    pub origin: String,
    pub cwd: Option<String>,
    pub started: Option<Millis>,
    pub ended: Option<Millis>,
    /// `running`, `passed`, `failed` or `stopped`.
    pub status: String,
    pub exit_code: Option<i64>,
    pub last_error: Option<String>,
    pub session_id: Option<String>,
    pub agent: Option<String>,
    /// The run's session is over: whatever the row says, nothing runs any more.
    pub session_over: bool,
    /// The wrapper that runs it.
    pub process: Option<ProcessId>,
}

/// What a run printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BuildOutput {
    pub diagnostics: Vec<Diagnostic>,
    pub failing_tests: Vec<String>,
    pub tail: Option<String>,
}

/// A run whose exit code nobody saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenRun {
    pub command: String,
    pub ended: Millis,
}

/// Which runs.
#[derive(Debug, Clone, Default)]
pub struct BuildFilter<'a> {
    pub projects: Option<&'a [i64]>,
    pub session: Option<i64>,
    pub tag: Option<&'a str>,
    pub status: Option<&'a str>,
    pub since: Option<Millis>,
    pub limit: usize,
}

impl Reader {
    /// Runs with a verdict, newest first. `live_since`: sessions without activity since then are over.
    pub fn builds(&self, filter: &BuildFilter<'_>, live_since: Millis) -> Result<Vec<BuildRow>> {
        if let Some(session) = filter.session {
            return self.builds_of("b.session", session, filter, live_since);
        }
        // Of one project the index gives the newest first; of several at once everything would have to be sorted.
        let mut all = Vec::new();
        for project in filter.projects.unwrap_or_default() {
            all.extend(self.builds_of("b.project", *project, filter, live_since)?);
        }
        all.sort_by_key(|run| std::cmp::Reverse((run.ended.or(run.started), run.row)));
        all.truncate(filter.limit);
        Ok(all)
    }

    fn builds_of(&self, scope: &str, id: i64, filter: &BuildFilter<'_>, live_since: Millis) -> Result<Vec<BuildRow>> {
        let mut find = self.db.prepare_cached(&format!(
            "SELECT b.id, b.tag, b.kind, b.command, b.origin, b.cwd, b.started_ms, b.ended_ms, b.status, b.exit_code,
                    b.last_error, s.session_id, s.agent,
                    s.id IS NOT NULL AND (s.ended_ms IS NOT NULL OR s.last_activity_ms < ?6), b.pid, b.pid_started
             FROM build_run b LEFT JOIN session s ON s.id = b.session
             WHERE {scope} = ?1 AND b.status IS NOT NULL AND (?2 IS NULL OR b.tag = ?2 COLLATE NOCASE) AND (?3 IS NULL OR b.status = ?3)
               AND b.at_ms >= coalesce(?4, 0)
             ORDER BY b.at_ms DESC, b.id DESC LIMIT ?5"
        ))?;
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![id, filter.tag, filter.status, filter.since, limit, live_since], |row| {
            Ok(BuildRow {
                row: row.get(0)?,
                tag: row.get(1)?,
                kind: row.get(2)?,
                command: row.get(3)?,
                origin: row.get(4)?,
                cwd: row.get(5)?,
                started: row.get(6)?,
                ended: row.get(7)?,
                status: row.get(8)?,
                exit_code: row.get(9)?,
                last_error: row.get(10)?,
                session_id: row.get(11)?,
                agent: row.get(12)?,
                session_over: row.get(13)?,
                process: process(row, 14)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs of wrappers that have not told their end.
    pub fn wrapped_builds(&self) -> Result<Vec<(i64, ProcessId)>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, pid, pid_started FROM build_run WHERE pid IS NOT NULL AND ended_ms IS NULL AND status = 'running'",
        )?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, process(row, 1)?)))?;
        let all: Vec<(i64, Option<ProcessId>)> = rows.collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter_map(|(row, process)| Some((row, process?))).collect())
    }

    /// What the run of that row printed.
    pub fn build_output(&self, build: i64) -> Result<BuildOutput> {
        let mut find =
            self.db.prepare_cached("SELECT diagnostics, failing_tests, tail FROM build_run WHERE id = ?1")?;
        let found = find.query_row([build], |row| {
            let (diagnostics, failing): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(BuildOutput {
                diagnostics: diagnostics.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
                failing_tests: failing.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
                tail: row.get(2)?,
            })
        });
        Ok(found.optional()?.unwrap_or_default())
    }

    /// The newest run after `since` whose exit code a pipe or the like kept to itself.
    pub fn hidden_build(&self, projects: &[i64], tag: &str, since: Millis) -> Result<Option<HiddenRun>> {
        let mut find = self.db.prepare_cached(
            "SELECT command, at_ms FROM build_run
             WHERE project IN (SELECT value FROM json_each(?1)) AND status IS NULL AND ended_ms IS NOT NULL
               AND (?2 = '' OR tag = ?2 COLLATE NOCASE) AND at_ms > ?3
             ORDER BY at_ms DESC LIMIT 1",
        )?;
        let found = find.query_row(params![id_list(projects), tag, since], |row| {
            Ok(HiddenRun { command: row.get(0)?, ended: row.get(1)? })
        });
        Ok(found.optional()?)
    }
}

fn process(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ProcessId>> {
    let (pid, started): (Option<u32>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
    Ok(pid.map(|pid| ProcessId { pid, started: started.unwrap_or(0).cast_unsigned() }))
}
