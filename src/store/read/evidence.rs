//! What agents were doing around a moment: from this it is told whose doing a change was.

use rusqlite::{Row, params};

use super::{Reader, Result, id_list};
use crate::model::{Millis, ProcessId};

/// A session, as it is named outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionRef {
    pub agent: String,
    pub session_id: String,
}

/// A call that may have changed files: of an edit tool, a shell, or a tool that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAround {
    pub session: SessionRef,
    pub call_id: String,
    /// As `tool_calls.kind`.
    pub kind: String,
    pub command: Option<String>,
    pub file_path: Option<String>,
    pub input: Option<String>,
    pub started: Millis,
    /// `None`: it runs, or nobody told its end.
    pub ended: Option<Millis>,
    pub duration_ms: Option<Millis>,
    pub background: bool,
    pub asked: Option<Millis>,
    pub refused: bool,
    /// The agent's process, where hooks told it.
    pub process: Option<ProcessId>,
    /// Of the session: its working tree, and the repository that this shares with others.
    pub root: Option<String>,
    pub repo: Option<String>,
    /// The session is over, and when.
    pub session_ended: Option<Millis>,
}

/// A session's own edit of a file, the last it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditAround {
    pub session: SessionRef,
    pub path: String,
    pub at: Millis,
    /// What the file held after it.
    pub hash: Option<i64>,
}

const MOST_CALLS: usize = 500;
/// Calls are not looked for that began longer ago.
const LONGEST_MS: Millis = 2 * 60 * 60 * 1000;

impl Reader {
    /// Calls that were under way at some moment of `from..=to`, or may have left something behind that was; the latest
    /// begun first.
    pub fn calls_around(&self, from: Millis, to: Millis) -> Result<Vec<CallAround>> {
        self.calls_under_way(None, from, to, MOST_CALLS)
    }

    /// The same of one session, up to `most`.
    pub fn own_calls_around(&self, session: i64, from: Millis, to: Millis, most: usize) -> Result<Vec<CallAround>> {
        self.calls_under_way(Some(session), from, to, most)
    }

    fn calls_under_way(&self, session: Option<i64>, from: Millis, to: Millis, most: usize) -> Result<Vec<CallAround>> {
        let whose = if session.is_some() { "s.id = ?4" } else { "?4 IS NULL" };
        let mut find = self.db.prepare_cached(&format!(
            "SELECT s.agent, s.session_id, c.tool_call_id, c.kind, c.command, c.file_path, c.input,
                    coalesce(c.started_ms, c.ended_ms - coalesce(c.duration_ms, 0)), c.ended_ms,
                    c.duration_ms, c.background, c.asked_ms, c.status = 'denied', a.pid, a.started, p.repo, s.ended_ms, p.root
             FROM session s JOIN tool_call c ON c.session = s.id
               LEFT JOIN agent_process a ON a.session = s.id
                 AND a.seen_ms = (SELECT max(seen_ms) FROM agent_process WHERE session = s.id)
               LEFT JOIN project p ON p.id = s.project
             WHERE {whose} AND s.last_activity_ms >= ?1 - ?3 AND c.at_ms BETWEEN ?1 - ?3 AND ?2
               AND c.kind IN ('shell', 'edit', 'mcp', 'other')
               AND (c.background = 1 OR c.ended_ms IS NULL AND c.status IS NULL OR c.ended_ms >= ?1
                 OR instr(replace(replace(replace(c.command, '&&', ''), '>&', ''), '&>', ''), '&') > 0
                 OR c.command GLOB '*nohup *' OR c.command GLOB '*setsid *' OR c.command GLOB '*systemd-run *')
             ORDER BY c.at_ms DESC LIMIT ?5"
        ))?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = find.query_map(params![from, to, LONGEST_MS, session, most], call)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last edit that each session made of a file, where it was within `from..=to`.
    pub fn edits_around(&self, from: Millis, to: Millis) -> Result<Vec<EditAround>> {
        let mut find = self.db.prepare_cached(
            "SELECT s.agent, s.session_id, f.path, f.last_edit_ms,
                    CASE WHEN f.last_edit_ms >= coalesce(f.last_read_ms, 0) THEN f.content_hash END
             FROM session s JOIN file_view f ON f.session = s.id
             WHERE s.last_activity_ms >= ?1 AND f.last_edit_ms BETWEEN ?1 AND ?2",
        )?;
        let rows = find.query_map([from, to], |row| {
            Ok(EditAround { session: whom(row)?, path: row.get(2)?, at: row.get(3)?, hash: row.get(4)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those of `paths` that a session of these projects has seen since then.
    pub fn seen_since(&self, projects: &[i64], since: Millis) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached(
            "SELECT DISTINCT f.path FROM session s JOIN file_view f ON f.session = s.id
             WHERE s.project IN (SELECT value FROM json_each(?1)) AND s.last_activity_ms >= ?2
             ORDER BY coalesce(f.last_read_ms, f.last_edit_ms) DESC LIMIT 2000",
        )?;
        let rows = find.query_map(params![id_list(projects), since], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The working trees in which a session was active since then.
    pub fn roots_at_work(&self, since: Millis) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached(
            "SELECT DISTINCT p.root FROM session s JOIN project p ON p.id = s.project
             WHERE s.last_activity_ms >= ?1 AND s.ended_ms IS NULL",
        )?;
        let rows = find.query_map([since], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn whom(row: &Row<'_>) -> rusqlite::Result<SessionRef> {
    Ok(SessionRef { agent: row.get(0)?, session_id: row.get(1)? })
}

fn call(row: &Row<'_>) -> rusqlite::Result<CallAround> {
    let pid: Option<u32> = row.get(13)?;
    let started: Option<i64> = row.get(14)?;
    Ok(CallAround {
        session: whom(row)?,
        call_id: row.get(2)?,
        kind: row.get(3)?,
        command: row.get(4)?,
        file_path: row.get(5)?,
        input: row.get(6)?,
        started: row.get(7)?,
        ended: row.get(8)?,
        duration_ms: row.get(9)?,
        background: row.get(10)?,
        asked: row.get(11)?,
        refused: row.get::<_, Option<bool>>(12)?.unwrap_or(false),
        process: pid.zip(started).map(|(pid, started)| ProcessId { pid, started: started.cast_unsigned() }),
        repo: row.get(15)?,
        session_ended: row.get(16)?,
        root: row.get(17)?,
    })
}
