//! Where sessions stand: one by agent and id, the newest of a project, and what each did last.

use rusqlite::{OptionalExtension, Row, params};

use super::{Reader, Result};
use crate::model::{Millis, SessionId};

/// As much of a session as says where and when it worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    pub row: i64,
    pub agent: String,
    pub session_id: String,
    pub project: Option<i64>,
    pub project_root: Option<String>,
    pub parent_session_id: Option<String>,
    /// Zero where nothing happened yet.
    pub started: Millis,
    pub last_activity: Millis,
    pub ended: Option<Millis>,
    pub tool_calls: i64,
}

/// A call with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeRow {
    pub at: Millis,
    pub tool: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    pub file_path: Option<String>,
    pub command: Option<String>,
    /// The beginning of it.
    pub error: Option<String>,
}

const COLUMNS: &str = "s.id, s.agent, s.session_id, s.project, p.root, s.parent_session_id,
  coalesce(s.last_activity_ms, 0), s.ended_ms, s.tool_calls,
  coalesce(s.started_ms, 0)
  FROM session s LEFT JOIN project p ON p.id = s.project";

impl Reader {
    pub fn whereabouts(&self, session: &SessionId) -> Result<Option<Whereabouts>> {
        let mut find = self.db.prepare_cached(&format!("SELECT {COLUMNS} WHERE s.agent = ?1 AND s.session_id = ?2"))?;
        Ok(find.query_row(params![session.agent.name(), &*session.id], whereabouts).optional()?)
    }

    /// Sessions of these projects in which someone asked or a tool ran, newest first.
    pub fn newest_on(&self, projects: &[i64], since: Millis, limit: usize) -> Result<Vec<Whereabouts>> {
        // Of one project the index gives the newest first; of several at once everything would have to be sorted.
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE s.project = ?1 AND s.last_activity_ms >= ?2 AND (s.user_prompts > 0 OR s.tool_calls > 0)
             ORDER BY s.last_activity_ms DESC LIMIT ?3"
        ))?;
        let mut all = Vec::new();
        for project in projects {
            let rows =
                find.query_map(params![project, since, i64::try_from(limit).unwrap_or(i64::MAX)], whereabouts)?;
            all.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        all.sort_by_key(|session| std::cmp::Reverse((session.last_activity, session.row)));
        all.truncate(limit);
        Ok(all)
    }

    /// The file that the session edited last, and when.
    pub fn last_edited(&self, session: i64) -> Result<Option<(String, Millis)>> {
        let mut find = self.db.prepare_cached(
            "SELECT path, last_edit_ms FROM file_view WHERE session = ?1 AND last_edit_ms IS NOT NULL
             ORDER BY last_edit_ms DESC, path LIMIT 1",
        )?;
        Ok(find.query_row([session], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// Whether the session read or edited that file.
    pub fn has_seen(&self, session: i64, path: &str) -> Result<bool> {
        let mut find =
            self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM file_view WHERE session = ?1 AND path = ?2)")?;
        Ok(find.query_row(params![session, path], |row| row.get(0))?)
    }

    /// The main thread's newest calls and how they ended, newest first.
    pub fn outcomes(&self, session: i64, limit: usize) -> Result<Vec<OutcomeRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT at_ms, tool, kind, status, file_path, command, substr(error, 1, 1000) FROM tool_call
             WHERE session = ?1 AND agent_id IS NULL ORDER BY at_ms DESC, id DESC LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(OutcomeRow {
                at: row.get::<_, Option<i64>>(0)?.unwrap_or(0),
                tool: row.get(1)?,
                kind: row.get(2)?,
                status: row.get(3)?,
                file_path: row.get(4)?,
                command: row.get(5)?,
                error: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn whereabouts(row: &Row<'_>) -> rusqlite::Result<Whereabouts> {
    Ok(Whereabouts {
        row: row.get(0)?,
        agent: row.get(1)?,
        session_id: row.get(2)?,
        project: row.get(3)?,
        project_root: row.get(4)?,
        parent_session_id: row.get(5)?,
        last_activity: row.get(6)?,
        ended: row.get(7)?,
        tool_calls: row.get(8)?,
        started: row.get(9)?,
    })
}
