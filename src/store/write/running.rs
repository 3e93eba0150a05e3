//! What a running agent leaves beside its history: the process it is in, and what it was told last.

use rusqlite::params;

use super::{Result, Writer};
use crate::model::{Millis, ProcessNote};

/// A process not heard of for this long is over, or its session is nobody's any more.
const KEPT_MS: i64 = 14 * 24 * 60 * 60 * 1000;

impl Writer {
    pub(super) fn process(&mut self, note: &ProcessNote) -> Result<()> {
        let session = self.sessions.row(&self.db, &note.session)?;
        let added = self
            .db
            .prepare_cached(
                "INSERT INTO agent_process (pid, started, session, seen_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (pid, started) DO UPDATE SET session = ?3, seen_ms = ?4 WHERE ?4 >= seen_ms",
            )?
            .execute(params![note.process.pid, note.process.started.cast_signed(), session, note.at])?;
        if added > 0 {
            self.db
                .prepare_cached("DELETE FROM agent_process WHERE session = ?1 AND seen_ms < ?2")?
                .execute(params![session, note.at - KEPT_MS])?;
        }
        Ok(())
    }
}

impl Writer {
    /// Remembers what a session was told, as JSON of the teller's own.
    pub(super) fn keep_lines(&mut self, session: i64, lines: &str, at: Millis) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO told (session, lines, told_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (session) DO UPDATE SET lines = ?2, told_ms = ?3",
            )?
            .execute(params![session, lines, at])?;
        Ok(())
    }
}
