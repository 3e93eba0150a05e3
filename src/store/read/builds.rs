//! Build runs, newest first.

use rusqlite::params;

use super::{Reader, Result, id_list};
use crate::model::{Diagnostic, Millis};

#[derive(Debug, Clone, PartialEq)]
pub struct BuildRow {
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
    pub diagnostics: Vec<Diagnostic>,
    pub failing_tests: Vec<String>,
    pub tail: Option<String>,
    pub session_id: Option<String>,
    pub agent: Option<String>,
    /// The run's session is over: whatever the row says, nothing runs any more.
    pub session_over: bool,
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
        // One index serves the session, another the project; the statement must not have to choose.
        let scope =
            if filter.session.is_some() { "b.session = ?1" } else { "b.project IN (SELECT value FROM json_each(?1))" };
        let projects = filter.projects.map(id_list);
        let scope_value: &dyn rusqlite::ToSql = match &filter.session {
            Some(session) => session,
            None => &projects,
        };
        let mut find = self.db.prepare_cached(&format!(
            "SELECT b.tag, b.kind, b.command, b.origin, b.cwd, b.started_ms, b.ended_ms, b.status, b.exit_code, b.last_error,
                    b.diagnostics, b.failing_tests, b.tail, s.session_id, s.agent,
                    s.id IS NOT NULL AND (s.ended_ms IS NOT NULL OR s.last_activity_ms < ?6)
             FROM build_run b LEFT JOIN session s ON s.id = b.session
             WHERE {scope} AND b.status IS NOT NULL AND (?2 IS NULL OR b.tag = ?2) AND (?3 IS NULL OR b.status = ?3)
               AND b.at_ms >= coalesce(?4, 0)
             ORDER BY b.at_ms DESC, b.id DESC LIMIT ?5"
        ))?;
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let rows =
            find.query_map(params![scope_value, filter.tag, filter.status, filter.since, limit, live_since], |row| {
                let diagnostics: Option<String> = row.get(10)?;
                let failing: Option<String> = row.get(11)?;
                Ok(BuildRow {
                    tag: row.get(0)?,
                    kind: row.get(1)?,
                    command: row.get(2)?,
                    origin: row.get(3)?,
                    cwd: row.get(4)?,
                    started: row.get(5)?,
                    ended: row.get(6)?,
                    status: row.get(7)?,
                    exit_code: row.get(8)?,
                    last_error: row.get(9)?,
                    diagnostics: diagnostics.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
                    failing_tests: failing.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
                    tail: row.get(12)?,
                    session_id: row.get(13)?,
                    agent: row.get(14)?,
                    session_over: row.get(15)?,
                })
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
