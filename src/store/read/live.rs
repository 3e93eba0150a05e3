//! Hook events by their number, for readers of the live stream that were away.

use rusqlite::{Row, params};

use super::{Reader, Result};
use crate::model::{Agent, Millis};

/// One hook event as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRow {
    pub id: i64,
    pub at: Millis,
    pub session_id: Option<String>,
    pub agent: Option<String>,
    /// The agent's own spelling.
    pub event_type: String,
    pub tool: Option<String>,
    /// JSON, as far as it was kept.
    pub payload: Option<String>,
}

/// What a reader missed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// Oldest first.
    pub rows: Vec<LiveRow>,
    /// Older ones that are too many to tell; counted up to a bound.
    pub left_out: i64,
    /// Every event up to this number was looked at.
    pub newest: i64,
}

/// How much of what was missed is told.
#[derive(Debug, Clone, Copy)]
pub struct ReplayLimits {
    pub rows: usize,
    pub bytes: usize,
}

/// More than this are not counted.
const MOST_COUNTED: i64 = 100_000;

const COLUMNS: &str = "e.id, e.ts_ms, s.session_id, s.agent, e.event_type, e.tool, e.payload
  FROM event e LEFT JOIN session s ON s.id = e.session";

impl Reader {
    /// The number of the newest event of any source.
    pub fn newest_event(&self) -> Result<i64> {
        let mut find = self.db.prepare_cached("SELECT coalesce(max(id), 0) FROM event")?;
        Ok(find.query_row([], |row| row.get(0))?)
    }

    /// Hook events with a number above `after`, of one session where one is named; oldest first.
    pub fn hook_events_after(&self, after: i64, session: Option<&str>, limit: usize) -> Result<Vec<LiveRow>> {
        let sessions = session.map(|id| self.session_rows(id)).transpose()?;
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE e.id > ?1 AND e.source = 'hook'
               AND (?2 IS NULL OR e.session IN (SELECT value FROM json_each(?2)))
             ORDER BY e.id LIMIT ?3"
        ))?;
        let rows = find.query_map(params![after, sessions, i64::try_from(limit).unwrap_or(i64::MAX)], live)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest hook events with a number above `after`, of one session where one is named.
    pub fn missed_hook_events(&self, after: i64, session: Option<&str>, most: ReplayLimits) -> Result<Replay> {
        let newest = self.newest_event()?;
        let mut replay = Replay { newest, ..Replay::default() };
        let sessions = session.map(|id| self.session_rows(id)).transpose()?;
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} WHERE e.id > ?1 AND e.id <= ?2 AND e.source = 'hook'
               AND (?3 IS NULL OR e.session IN (SELECT value FROM json_each(?3)))
             ORDER BY e.id DESC LIMIT ?4"
        ))?;
        let limit = i64::try_from(most.rows).unwrap_or(i64::MAX).saturating_add(1);
        let mut bytes = 0;
        let mut more = false;
        for row in find.query_map(params![after, newest, sessions, limit], live)? {
            let row = row?;
            bytes += row.payload.as_ref().map_or(0, String::len);
            if replay.rows.len() == most.rows || (bytes > most.bytes && !replay.rows.is_empty()) {
                more = true;
                break;
            }
            replay.rows.push(row);
        }
        replay.rows.reverse();
        if let Some(oldest) = replay.rows.first().filter(|_| more) {
            replay.left_out = self
                .db
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM event WHERE id > ?1 AND id < ?2 AND source = 'hook'
                       AND (?3 IS NULL OR session IN (SELECT value FROM json_each(?3))) LIMIT ?4)",
                )?
                .query_row(params![after, oldest.id, sessions, MOST_COUNTED], |row| row.get(0))?;
        }
        Ok(replay)
    }

    /// Of every agent: an id is unique within one.
    fn session_rows(&self, id: &str) -> Result<String> {
        // All agents, named: the index is by agent and id.
        let agents = serde_json::to_string(&Agent::ALL.map(Agent::name)).unwrap_or_default();
        let mut find = self.db.prepare_cached(
            "SELECT id FROM session WHERE session_id = ?1
               AND agent IN (SELECT value FROM json_each(?2) UNION ALL SELECT name FROM other_agent)",
        )?;
        let rows = find.query_map([id, &agents], |row| row.get(0))?;
        Ok(super::id_list(&rows.collect::<Result<Vec<i64>, _>>()?))
    }
}

fn live(row: &Row<'_>) -> rusqlite::Result<LiveRow> {
    Ok(LiveRow {
        id: row.get(0)?,
        at: row.get(1)?,
        session_id: row.get(2)?,
        agent: row.get(3)?,
        event_type: row.get(4)?,
        tool: row.get(5)?,
        payload: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, RawEvent, SessionId, SourceKind};
    use crate::store::{Batch, Writer};

    fn event(key: u64, session: &str, source: SourceKind) -> Fact {
        Fact::Event(RawEvent {
            session: Some(SessionId::new(Agent::ClaudeCode, session)),
            key,
            at: 1_000 + i64::try_from(key).unwrap(),
            source,
            event_type: "Stop".to_owned(),
            tool: None,
            payload: Some("{\"n\":1}".to_owned()),
            compaction: false,
        })
    }

    #[test]
    fn what_was_missed_is_told_in_order_and_the_rest_counted() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        let mut batch = Batch::told(1);
        for key in 1..=10 {
            batch.push(event(key, if key % 2 == 0 { "even" } else { "odd" }, SourceKind::Hook));
        }
        batch.push(event(11, "odd", SourceKind::Transcript));
        writer.apply(batch).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let told = |after, session, rows, bytes| {
            let replay = reader.missed_hook_events(after, session, ReplayLimits { rows, bytes }).unwrap();
            (replay.rows.iter().map(|r| r.id).collect::<Vec<_>>(), replay.left_out, replay.newest)
        };
        assert_eq!(told(7, None, 100, 1_000), (vec![8, 9, 10], 0, 11));
        assert_eq!(told(0, Some("even"), 100, 1_000), (vec![2, 4, 6, 8, 10], 0, 11));
        assert_eq!(told(0, Some("even"), 2, 1_000), (vec![8, 10], 3, 11));
        assert_eq!(told(0, None, 100, 15), (vec![9, 10], 8, 11));
        assert_eq!(told(0, None, 100, 1), (vec![10], 9, 11));
        assert_eq!(told(0, Some("nobody"), 100, 1_000), (vec![], 0, 11));
        let after: Vec<i64> = reader.hook_events_after(8, None, 9).unwrap().iter().map(|r| r.id).collect();
        assert_eq!((after, reader.newest_event().unwrap()), (vec![9, 10], 11));
        assert_eq!(told(99, None, 100, 1_000), (vec![], 0, 11));
    }
}
