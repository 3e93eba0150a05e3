//! What pages leaf through or sum up: the calls of a session, and every agent's totals.

use rusqlite::params;

use super::{Reader, Result};
use crate::model::Millis;

/// One tool call of a session's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    pub row: i64,
    pub call_id: String,
    pub at: Millis,
    pub tool: String,
    pub kind: Option<String>,
    pub status: Option<String>,
    pub file_path: Option<String>,
    pub command: Option<String>,
    pub error: Option<String>,
    pub exit_code: Option<i64>,
    pub duration_ms: Option<i64>,
    pub agent_id: Option<String>,
    /// When a person was asked whether it may run.
    pub asked: Option<Millis>,
}

/// What one agent's sessions came to, from the roll-ups alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentTotals {
    pub agent: String,
    pub sessions: i64,
    pub live: i64,
    pub tool_calls: i64,
    pub tool_errors: i64,
    pub requests: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_read_tokens: i64,
    pub cache_creation_tokens: i64,
    pub cost_nanos: i64,
    pub records: i64,
    pub skipped: i64,
}

impl Reader {
    /// Calls of a session older than `before` (time, row), newest first; of a call without a name only the end was seen.
    pub fn calls(&self, session: i64, before: Option<(Millis, i64)>, limit: usize) -> Result<Vec<CallRow>> {
        let (before_ms, before_row) = before.unzip();
        let mut find = self.db.prepare_cached(
            "SELECT id, tool_call_id, coalesce(at_ms, 0), tool, kind, status, file_path, command, error, exit_code,
                    coalesce(duration_ms, ended_ms - started_ms), agent_id, asked_ms
             FROM tool_call WHERE session = ?1 AND tool IS NOT NULL
               AND (?2 IS NULL OR (coalesce(at_ms, 0), id) < (?2, ?3))
             ORDER BY at_ms DESC, id DESC LIMIT ?4",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![session, before_ms, before_row, limit], |row| {
            Ok(CallRow {
                row: row.get(0)?,
                call_id: row.get(1)?,
                at: row.get(2)?,
                tool: row.get(3)?,
                kind: row.get(4)?,
                status: row.get(5)?,
                file_path: row.get(6)?,
                command: row.get(7)?,
                error: row.get(8)?,
                exit_code: row.get(9)?,
                duration_ms: row.get(10)?,
                agent_id: row.get(11)?,
                asked: row.get(12)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Sums by agent; sessions active after `live_since` and not ended are live.
    pub fn agent_totals(&self, live_since: Millis) -> Result<Vec<AgentTotals>> {
        let mut find = self.db.prepare_cached(
            "SELECT a.agent, count(s.id), coalesce(sum(s.ended_ms IS NULL AND s.last_activity_ms > ?1), 0),
                    coalesce(sum(s.tool_calls), 0), coalesce(sum(s.tool_errors), 0), coalesce(sum(s.requests), 0),
                    coalesce(sum(s.input_tokens), 0), coalesce(sum(s.output_tokens), 0),
                    coalesce(sum(s.cache_read_tokens), 0), coalesce(sum(s.cache_creation_tokens), 0),
                    coalesce(sum(s.cost_nanos), 0),
                    (SELECT coalesce(sum(f.records), 0) FROM source f WHERE f.agent = a.agent),
                    (SELECT coalesce(sum(k.count), 0) FROM skipped k WHERE k.agent = a.agent)
             FROM (SELECT agent FROM session UNION SELECT agent FROM source UNION SELECT agent FROM skipped) a
             LEFT JOIN session s ON s.agent = a.agent AND s.started_ms IS NOT NULL
             GROUP BY a.agent ORDER BY a.agent",
        )?;
        let rows = find.query_map([live_since], |row| {
            Ok(AgentTotals {
                agent: row.get(0)?,
                sessions: row.get(1)?,
                live: row.get(2)?,
                tool_calls: row.get(3)?,
                tool_errors: row.get(4)?,
                requests: row.get(5)?,
                input_tokens: row.get(6)?,
                output_tokens: row.get(7)?,
                cache_read_tokens: row.get(8)?,
                cache_creation_tokens: row.get(9)?,
                cost_nanos: row.get(10)?,
                records: row.get(11)?,
                skipped: row.get(12)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Bytes of the file, without the log beside it.
    pub fn bytes(&self) -> Result<i64> {
        Ok(self
            .db
            .prepare_cached("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?
            .query_row([], |row| row.get(0))?)
    }
}
