//! What is known of running agents: the session that a process is in, and what a session was told last.

use rusqlite::{OptionalExtension, params};

use super::{LiveRow, Reader, Result};
use crate::model::{ProcessId, SessionId};

impl Reader {
    /// The session that hooks of this process told of last.
    pub fn session_of_process(&self, process: ProcessId) -> Result<Option<String>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT s.session_id FROM agent_process a JOIN session s ON s.id = a.session WHERE a.pid = ?1 AND a.started = ?2",
            )?
            .query_row(params![process.pid, process.started.cast_signed()], |row| row.get(0))
            .optional()?)
    }

    /// The hook events after that number, oldest first.
    pub fn hook_events_from(&self, after: i64, most: usize) -> Result<Vec<LiveRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT e.id, e.ts_ms, s.session_id, s.agent, e.event_type, e.tool, e.payload
             FROM event e LEFT JOIN session s ON s.id = e.session
             WHERE e.id > ?1 AND e.source = 'hook' ORDER BY e.id LIMIT ?2",
        )?;
        let rows = find.query_map(params![after, i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            Ok(LiveRow {
                id: row.get(0)?,
                at: row.get(1)?,
                session_id: row.get(2)?,
                agent: row.get(3)?,
                event_type: row.get(4)?,
                tool: row.get(5)?,
                payload: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// As it was kept; `None`: nothing was told yet.
    pub fn told(&self, session: &SessionId) -> Result<Option<String>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT t.lines FROM told t JOIN session s ON s.id = t.session WHERE s.agent = ?1 AND s.session_id = ?2",
            )?
            .query_row(params![session.agent.name(), &*session.id], |row| row.get(0))
            .optional()?)
    }
}
