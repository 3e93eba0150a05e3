//! Lets old rows go: raw telemetry after weeks, history only where its owner asked for that.

use rusqlite::params;

use super::{Result, Writer};
use crate::model::Millis;

/// Rows that were deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub events: usize,
    pub sessions: usize,
}

impl Writer {
    /// Deletes raw events, changes of files, spans, metrics and logs from before `raw_before`, and sessions with all that hangs
    /// on them that ended before `history_before` (`None`: never). Sources stay known, so that what was let go
    /// does not come back with the next import.
    ///
    /// # Errors
    /// Those of the store; nothing is deleted then.
    pub fn sweep(&mut self, raw_before: Millis, history_before: Option<Millis>) -> Result<Swept> {
        let mut swept = Swept::default();
        // What is let go must be gone from the bytes of the file, too.
        self.db().pragma_update(None, "secure_delete", "ON")?;
        let tx = self.transaction()?;
        for table in ["otel_log", "otel_span", "otel_metric", "file_change"] {
            swept.events += tx.execute(&format!("DELETE FROM {table} WHERE ts_ms < ?1"), [raw_before])?;
        }
        swept.events += tx.execute("DELETE FROM file_edit WHERE at_ms < ?1", [raw_before])?;
        // Compactions belong to the history: sessions count them.
        swept.events += tx.execute("DELETE FROM event WHERE ts_ms < ?1 AND compaction = 0", [raw_before])?;
        if let Some(before) = history_before {
            tx.execute(
                "DELETE FROM search_index WHERE rowid IN (
                   SELECT m.id * 4 FROM message m JOIN session s ON s.id = m.session WHERE s.last_activity_ms < ?1
                   UNION ALL SELECT c.id * 4 + 1 FROM tool_call c JOIN session s ON s.id = c.session
                     WHERE s.last_activity_ms < ?1 AND c.command IS NOT NULL
                   UNION ALL SELECT c.id * 4 + 2 FROM tool_call c JOIN session s ON s.id = c.session
                     WHERE s.last_activity_ms < ?1 AND c.error IS NOT NULL)",
                [before],
            )?;
            swept.sessions = tx.execute("DELETE FROM session WHERE last_activity_ms < ?1", params![before])?;
        }
        if swept.sessions > 0 {
            // The index only marks documents as deleted until it is written anew.
            tx.execute_batch("INSERT INTO search_index (search_index) VALUES ('optimize')")?;
        }
        tx.commit()?;
        self.db().pragma_update(None, "secure_delete", "OFF")?;
        self.forget_sessions();
        Ok(swept)
    }
}
