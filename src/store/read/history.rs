//! What was said and done in a session, and what others did around it.

use rusqlite::{Row, params};

use super::{Reader, Result, id_list};
use crate::model::Millis;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    pub row: i64,
    pub message_id: String,
    pub at: Millis,
    pub role: String,
    pub content: String,
    pub model: Option<String>,
    pub agent_id: Option<String>,
}

/// Which messages of a session; newest first.
#[derive(Debug, Clone)]
pub struct MessageFilter<'a> {
    pub roles: &'a [&'a str],
    /// Without those of sub-agents.
    pub main_only: bool,
    /// Older than this message: (time, row).
    pub before: Option<(Millis, i64)>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    pub at: Millis,
    pub tool: Option<String>,
    pub kind: Option<String>,
    pub status: Option<String>,
    pub file_path: Option<String>,
    pub command: Option<String>,
    pub duration_ms: Option<i64>,
    pub agent_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    pub at: Millis,
    pub path: String,
    pub old_path: Option<String>,
    pub change: String,
    /// More than one: a summary.
    pub files: i64,
    pub attribution: Option<String>,
    pub session_id: Option<String>,
    pub agent: Option<String>,
}

impl Reader {
    /// Messages with text, newest first.
    pub fn messages(&self, session: i64, filter: &MessageFilter<'_>) -> Result<Vec<MessageRow>> {
        let roles = serde_json::to_string(filter.roles).unwrap_or_default();
        let (before_ms, before_row) = filter.before.unzip();
        let mut find = self.db.prepare_cached(
            "SELECT id, message_id, ts_ms, role, content, model, agent_id FROM message
             WHERE session = ?1 AND content <> '' AND role IN (SELECT value FROM json_each(?2))
               AND (NOT ?3 OR agent_id IS NULL) AND (?4 IS NULL OR (ts_ms, id) < (?4, ?5))
             ORDER BY ts_ms DESC, id DESC LIMIT ?6",
        )?;
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![session, roles, filter.main_only, before_ms, before_row, limit], message)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tool calls of a session, newest first.
    pub fn actions(&self, session: i64, limit: usize) -> Result<Vec<ActionRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT at_ms, tool, kind, status, file_path, command,
                    coalesce(duration_ms, ended_ms - started_ms), agent_id
             FROM tool_call WHERE session = ?1 ORDER BY at_ms DESC, id DESC LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(ActionRow {
                at: row.get::<_, Option<i64>>(0)?.unwrap_or(0),
                tool: row.get(1)?,
                kind: row.get(2)?,
                status: row.get(3)?,
                file_path: row.get(4)?,
                command: row.get(5)?,
                duration_ms: row.get(6)?,
                agent_id: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a file of these projects was edited by a session, or was seen to change, after `since`.
    pub fn edited_since(&self, projects: &[i64], since: Millis) -> Result<bool> {
        let mut find = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM session s JOIN file_view f ON f.session = s.id
             WHERE s.project IN (SELECT value FROM json_each(?1)) AND s.last_activity_ms > ?2 AND f.last_edit_ms > ?2)
               OR EXISTS (SELECT 1 FROM file_change WHERE project IN (SELECT value FROM json_each(?1)) AND ts_ms > ?2 AND ignored = 0)",
        )?;
        Ok(find.query_row(params![id_list(projects), since], |row| row.get(0))?)
    }

    /// How many files people changed in a working tree between two moments; summaries with all that they sum up.
    pub fn changed_by_people(&self, project: i64, from: Millis, to: Millis) -> Result<i64> {
        let mut find = self.db.prepare_cached(
            "SELECT count(DISTINCT CASE WHEN files = 1 THEN path END) + coalesce(sum(CASE WHEN files > 1 THEN files END), 0)
             FROM file_change WHERE project = ?1 AND ts_ms BETWEEN ?2 AND ?3 AND attribution = 'human' AND ignored = 0",
        )?;
        Ok(find.query_row([project, from, to], |row| row.get(0))?)
    }

    /// Changes of files in these projects since then, newest first.
    pub fn file_changes(&self, projects: &[i64], since: Millis, limit: usize) -> Result<Vec<ChangeRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT c.ts_ms, c.path, c.change, c.attribution, s.session_id, s.agent, c.old_path, c.files
             FROM file_change c LEFT JOIN session s ON s.id = c.session
             WHERE c.project IN (SELECT value FROM json_each(?1)) AND c.ts_ms >= ?2 AND c.ignored = 0 ORDER BY c.ts_ms DESC LIMIT ?3",
        )?;
        let rows =
            find.query_map(params![id_list(projects), since, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(ChangeRow {
                    at: row.get(0)?,
                    path: row.get(1)?,
                    change: row.get(2)?,
                    attribution: row.get(3)?,
                    session_id: row.get(4)?,
                    agent: row.get(5)?,
                    old_path: row.get(6)?,
                    files: row.get(7)?,
                })
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        row: row.get(0)?,
        message_id: row.get(1)?,
        at: row.get(2)?,
        role: row.get(3)?,
        content: row.get(4)?,
        model: row.get(5)?,
        agent_id: row.get(6)?,
    })
}
