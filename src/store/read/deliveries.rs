//! What sessions were told: findings that reached one, how many a day, and what was done after.

use rusqlite::params;

use super::{Reader, Result};
use crate::model::Millis;

/// A finding that was told to its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFinding {
    pub session_id: String,
    pub agent: String,
    pub kind: String,
    pub severity: String,
    pub channel: String,
    pub evidence: String,
    pub suggestion: String,
    pub related_files: Vec<String>,
    pub state: String,
    pub first_emitted: Millis,
    /// The last time.
    pub delivered: Millis,
}

/// One telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    pub session: i64,
    pub kind: String,
    pub related_files: Vec<String>,
    pub delivered: Millis,
    /// What relative paths of it are below.
    pub base: Option<String>,
}

impl Reader {
    /// Findings told since then, of one session where its row is given; last told first.
    pub fn told_findings(&self, session: Option<i64>, since: Millis, limit: usize) -> Result<Vec<ToldFinding>> {
        let mut find = self.db.prepare_cached(
            "SELECT s.session_id, s.agent, f.kind, f.severity, f.channel, f.evidence, f.suggestion, f.related_files,
                    f.state, f.first_emitted_ms, d.at
             FROM (SELECT finding, max(delivered_ms) AS at FROM delivery
                   WHERE delivered_ms >= ?1 AND finding IS NOT NULL AND (?2 IS NULL OR session = ?2) GROUP BY finding) d
             JOIN finding f ON f.id = d.finding JOIN session s ON s.id = f.session
             ORDER BY d.at DESC, f.id DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![since, session, limit], |row| {
            Ok(ToldFinding {
                session_id: row.get(0)?,
                agent: row.get(1)?,
                kind: row.get(2)?,
                severity: row.get(3)?,
                channel: row.get(4)?,
                evidence: row.get(5)?,
                suggestion: row.get(6)?,
                related_files: files(&row.get::<_, String>(7)?),
                state: row.get(8)?,
                first_emitted: row.get(9)?,
                delivered: row.get(10)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How often findings of each kind were told on each UTC day since then; newest day first.
    pub fn deliveries_by_day(&self, since: Millis) -> Result<Vec<(String, String, i64)>> {
        let mut find = self.db.prepare_cached(
            "SELECT date(delivered_ms / 1000, 'unixepoch') AS day, kind, count(*) FROM delivery
             WHERE delivered_ms >= ?1 AND finding IS NOT NULL GROUP BY day, kind ORDER BY day DESC, kind",
        )?;
        let rows = find.query_map([since], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest tellings of findings since then.
    pub fn deliveries(&self, since: Millis, limit: usize) -> Result<Vec<DeliveryRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT d.session, d.kind, d.related_files, d.delivered_ms, coalesce(p.root, s.cwd)
             FROM delivery d JOIN session s ON s.id = d.session LEFT JOIN project p ON p.id = s.project
             WHERE d.delivered_ms >= ?1 AND d.finding IS NOT NULL ORDER BY d.delivered_ms DESC, d.id DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![since, limit], |row| {
            Ok(DeliveryRow {
                session: row.get(0)?,
                kind: row.get(1)?,
                related_files: files(&row.get::<_, String>(2)?),
                delivered: row.get(3)?,
                base: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Files that were read by the first `window` calls that the session began after `at`.
    pub fn read_after(&self, session: i64, at: Millis, window: usize) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached(
            "SELECT file_path FROM (SELECT kind, file_path FROM tool_call
                WHERE session = ?1 AND at_ms > ?2 AND tool IS NOT NULL ORDER BY at_ms, id LIMIT ?3)
             WHERE kind = 'read' AND file_path IS NOT NULL",
        )?;
        let window = i64::try_from(window).unwrap_or(i64::MAX);
        let rows = find.query_map(params![session, at, window], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn files(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Rows that nothing writes yet, for tests.
#[cfg(test)]
pub(crate) fn execute(data_dir: &std::path::Path, sql: &str) {
    rusqlite::Connection::open(data_dir.join("tma1.db")).unwrap().execute_batch(sql).unwrap();
}
