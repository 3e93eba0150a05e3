//! Positions of sources, and what in them was not understood.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::{Result, SourcePosition};
use crate::model::{Agent, Millis, Skip};

/// A source that is read from its beginning again is counted from its beginning again.
pub(super) fn forget(db: &Connection, path: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM source WHERE path = ?1")?.execute([path])?;
    db.prepare_cached("DELETE FROM skipped WHERE path = ?1")?.execute([path])?;
    Ok(())
}

/// Trouble for reasons that begin with `reason` is over.
pub(super) fn settle(db: &Connection, path: &str, reason: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM skipped WHERE path = ?1 AND substr(reason, 1, length(?2)) = ?2")?
        .execute([path, reason])?;
    Ok(())
}

pub(super) fn keep_position(db: &Connection, p: &SourcePosition, records: u64, read_ms: Millis) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO source (path, agent, device, inode, head_hash, head_bytes, offset, line, size, mtime_ns, state, records, read_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (path) DO UPDATE SET agent = ?2, device = ?3, inode = ?4, head_hash = ?5, head_bytes = ?6, offset = ?7,
           line = ?8, size = ?9, mtime_ns = ?10, state = ?11, read_ms = ?13,
           records = records + ?12",
    )?
    .execute(params![
        p.path, p.agent.name(), p.device, p.inode, p.head_hash, p.head_bytes, p.offset, p.line, p.size, p.mtime_ns, p.state,
        i64::try_from(records).unwrap_or(i64::MAX), read_ms
    ])?;
    Ok(())
}

pub(super) fn keep_skips(db: &Connection, agent: Agent, path: &str, skips: &[Skip], read_ms: Millis) -> Result<()> {
    for skip in skips {
        db.prepare_cached(
            "INSERT INTO skipped (agent, path, reason, count, sample, last_ms) VALUES (?1, ?2, ?3, 1, ?4, ?5)
             ON CONFLICT (path, reason) DO UPDATE SET count = count + 1, sample = ?4, last_ms = ?5",
        )?
        .execute(params![agent.name(), path, skip.reason, skip.sample, read_ms])?;
    }
    Ok(())
}

pub(super) fn pending_titles(db: &Connection) -> Result<HashMap<String, String>> {
    let mut all = db.prepare("SELECT record_id, title FROM pending_title")?;
    Ok(all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}
