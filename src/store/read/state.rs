//! The store about itself: how much it holds, from where, how old, and what it could not read.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Reader, Result};
use crate::model::{Agent, Millis};
use crate::store::{SourcePosition, Writer};

const POSITIONS: &str =
    "SELECT path, agent, device, inode, head_hash, head_bytes, offset, line, size, mtime_ns, state FROM source";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreState {
    pub sessions: i64,
    pub messages: i64,
    pub tool_calls: i64,
    pub requests: i64,
    pub bytes: i64,
    pub last_import: Option<Millis>,
    pub agents: Vec<AgentState>,
    pub skips: Vec<SkipRow>,
    pub skipped_total: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentState {
    pub agent: String,
    pub sessions: i64,
    pub last_activity: Option<Millis>,
    pub files: i64,
    pub records: i64,
    /// Messages, tool calls, requests and events.
    pub rows: i64,
    pub skipped: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipRow {
    pub agent: String,
    pub path: String,
    pub reason: String,
    pub count: i64,
    pub sample: String,
}

/// A place of an agent's history that could not be read when it was tried last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubleRow {
    pub agent: String,
    pub path: String,
    pub reason: String,
    pub sample: String,
    pub at: Millis,
}

/// Reasons that are about a source as a whole, not about records in it.
const IS_TROUBLE: &str = "(reason LIKE '%could not be read' OR reason LIKE 'database %')";

impl Reader {
    pub fn meta(&self, name: &str) -> Result<Option<String>> {
        meta(&self.db, name)
    }

    pub fn last_import(&self) -> Result<Option<Millis>> {
        Ok(self.meta("last_import_ms")?.and_then(|ms| ms.parse().ok()))
    }

    /// Sessions and tool calls, from the roll-ups alone.
    pub fn totals(&self) -> Result<(i64, i64)> {
        let mut sum = self.db.prepare_cached(
            "SELECT count(*), coalesce(sum(tool_calls), 0) FROM session WHERE started_ms IS NOT NULL",
        )?;
        Ok(sum.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Counts, sources and the `most_skips` most frequent reasons to pass something over.
    pub fn state(&self, most_skips: usize) -> Result<StoreState> {
        let (sessions, messages, tool_calls, requests) = self.db.query_row(
            "SELECT (SELECT count(*) FROM session WHERE started_ms IS NOT NULL), (SELECT count(*) FROM message),
                    (SELECT coalesce(sum(tool_calls), 0) FROM session), (SELECT coalesce(sum(requests), 0) FROM session)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let bytes =
            self.db.query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |r| {
                r.get(0)
            })?;
        Ok(StoreState {
            sessions,
            messages,
            tool_calls,
            requests,
            bytes,
            last_import: self.last_import()?,
            agents: self.agent_states()?,
            skips: self.skips(most_skips)?,
            skipped_total: self.db.query_row("SELECT coalesce(sum(count), 0) FROM skipped", [], |row| row.get(0))?,
        })
    }

    fn agent_states(&self) -> Result<Vec<AgentState>> {
        let mut find = self.db.prepare(
            "SELECT a.agent,
                    (SELECT count(*) FROM session s WHERE s.agent = a.agent AND s.started_ms IS NOT NULL),
                    (SELECT max(s.last_activity_ms) FROM session s WHERE s.agent = a.agent),
                    (SELECT count(*) FROM source f WHERE f.agent = a.agent),
                    (SELECT coalesce(sum(f.records), 0) FROM source f WHERE f.agent = a.agent),
                    (SELECT coalesce(sum((SELECT count(*) FROM message x WHERE x.session = s.id)
                                       + (SELECT count(*) FROM tool_call x WHERE x.session = s.id)
                                       + (SELECT count(*) FROM request x WHERE x.session = s.id AND x.counts = 1)
                                       + (SELECT count(*) FROM event x WHERE x.session = s.id)), 0)
                     FROM session s WHERE s.agent = a.agent),
                    (SELECT coalesce(sum(k.count), 0) FROM skipped k WHERE k.agent = a.agent)
             FROM (SELECT agent FROM session UNION SELECT agent FROM source UNION SELECT agent FROM skipped) a ORDER BY a.agent",
        )?;
        let rows = find.query_map([], |row| {
            Ok(AgentState {
                agent: row.get(0)?,
                sessions: row.get(1)?,
                last_activity: row.get(2)?,
                files: row.get(3)?,
                records: row.get(4)?,
                rows: row.get(5)?,
                skipped: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What could not be read at all, newest first.
    pub fn troubles(&self) -> Result<Vec<TroubleRow>> {
        let mut find = self.db.prepare_cached(&format!(
            "SELECT agent, path, reason, sample, last_ms FROM skipped WHERE {IS_TROUBLE} ORDER BY last_ms DESC, path"
        ))?;
        let rows = find.query_map([], |row| {
            Ok(TroubleRow {
                agent: row.get(0)?,
                path: row.get(1)?,
                reason: row.get(2)?,
                sample: row.get(3)?,
                at: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The files of an agent that were read last, newest first.
    pub fn newest_sources(&self, agent: &str, limit: usize) -> Result<Vec<String>> {
        let mut find =
            self.db.prepare_cached("SELECT path FROM source WHERE agent = ?1 ORDER BY read_ms DESC, path LIMIT ?2")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = find.query_map(rusqlite::params![agent, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn skips(&self, most: usize) -> Result<Vec<SkipRow>> {
        let mut find = self.db.prepare(
            "SELECT agent, path, reason, count, sample FROM skipped ORDER BY last_ms DESC, count DESC, path LIMIT ?1",
        )?;
        let rows = find.query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            Ok(SkipRow {
                agent: row.get(0)?,
                path: row.get(1)?,
                reason: row.get(2)?,
                count: row.get(3)?,
                sample: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// How far every source was read, by path.
pub fn positions(writer: &Writer) -> Result<HashMap<String, SourcePosition>> {
    read_positions(writer.db())
}

pub(in crate::store) fn meta(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
}

/// Paths that could not be read the last time they were tried.
pub fn unreadable(writer: &Writer) -> Result<HashSet<String>> {
    let mut find = writer.db().prepare("SELECT path FROM skipped WHERE reason LIKE '%could not be read'")?;
    Ok(find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Paths of all that could not be read as a whole the last time it was tried.
pub fn troubled(writer: &Writer) -> Result<Vec<String>> {
    let mut find = writer.db().prepare(&format!("SELECT DISTINCT path FROM skipped WHERE {IS_TROUBLE}"))?;
    Ok(find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The trouble with what lay at `path` is over.
pub fn settled(writer: &Writer, path: &str) -> Result<()> {
    writer.db().prepare(&format!("DELETE FROM skipped WHERE path = ?1 AND {IS_TROUBLE}"))?.execute([path])?;
    Ok(())
}

/// How far the source at `path` was read.
pub fn position(writer: &Writer, path: &str) -> Result<Option<SourcePosition>> {
    let mut find = writer.db().prepare_cached(&format!("{POSITIONS} WHERE path = ?1"))?;
    Ok(find.query_row([path], row_position).optional()?)
}

fn read_positions(db: &Connection) -> Result<HashMap<String, SourcePosition>> {
    let mut find = db.prepare(POSITIONS)?;
    let rows = find.query_map([], row_position)?;
    Ok(rows.map(|row| row.map(|p| (p.path.clone(), p))).collect::<Result<_, _>>()?)
}

fn row_position(row: &Row<'_>) -> rusqlite::Result<SourcePosition> {
    let agent: String = row.get(1)?;
    Ok(SourcePosition {
        path: row.get(0)?,
        agent: Agent::of_name(&agent),
        device: row.get(2)?,
        inode: row.get(3)?,
        head_hash: row.get(4)?,
        head_bytes: row.get(5)?,
        offset: row.get(6)?,
        line: row.get(7)?,
        size: row.get(8)?,
        mtime_ns: row.get(9)?,
        state: row.get(10)?,
    })
}
