//! What rules look at, of one session and what is around it; each list newest first and bounded, however long the
//! session is.

use rusqlite::{OptionalExtension, Row, params};

use super::evidence::SessionRef;
use super::{Reader, Result, id_list};
use crate::model::{Diagnostic, Millis, SessionId, UNNAMED_ID};
use crate::store::write::{NAMED, telling};
use crate::store::{FindingNow, Standing};

/// Who it is and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub row: i64,
    pub project: Option<i64>,
    pub root: Option<String>,
    pub repo: Option<String>,
    pub started: Millis,
    pub agent_version: Option<String>,
    pub cost_nanos: i64,
    pub priced_requests: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentCall {
    pub row: i64,
    pub call_id: String,
    pub tool: Option<String>,
    pub kind: Option<String>,
    pub at: Millis,
    pub ended: Option<Millis>,
    pub status: Option<String>,
    pub command: Option<String>,
    pub path: Option<String>,
    pub background: bool,
    pub agent_id: Option<String>,
}

/// What was asked of a call and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContent {
    pub row: i64,
    pub input: Option<String>,
    pub output: Option<String>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    pub path: String,
    pub read: Option<Millis>,
    pub edited: Option<Millis>,
    pub hash: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEdit {
    pub path: String,
    pub at: Millis,
    pub before: Option<i64>,
    pub after: i64,
}

/// A change below `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeAround {
    pub root: String,
    pub path: String,
    pub old_path: Option<String>,
    pub kind: String,
    pub at: Millis,
    pub by: Option<String>,
    pub session: Option<SessionRef>,
    pub before: Option<i64>,
    pub after: Option<i64>,
    pub files: u32,
    pub ignored: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BuildAround {
    pub session: Option<SessionRef>,
    pub tag: String,
    pub kind: String,
    pub command: String,
    pub cwd: Option<String>,
    pub started: Option<Millis>,
    pub ended: Option<Millis>,
    pub status: Option<String>,
    pub last_error: Option<String>,
    pub diagnostics: Vec<Diagnostic>,
    pub failing_tests: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAround {
    pub row: i64,
    pub session: SessionRef,
    pub last: Millis,
    pub ended: bool,
}

impl Reader {
    pub fn head(&self, session: &SessionId) -> Result<Option<Head>> {
        let mut find = self.db.prepare_cached(
            "SELECT s.id, s.project, p.root, p.repo, coalesce(s.started_ms, 0), s.agent_version,
                    s.cost_nanos, s.priced_requests
             FROM session s LEFT JOIN project p ON p.id = s.project WHERE s.agent = ?1 AND s.session_id = ?2",
        )?;
        let found = find.query_row(params![session.agent.name(), &*session.id], |row| {
            Ok(Head {
                row: row.get(0)?,
                project: row.get(1)?,
                root: row.get(2)?,
                repo: row.get(3)?,
                started: row.get(4)?,
                agent_version: row.get(5)?,
                cost_nanos: row.get(6)?,
                priced_requests: row.get(7)?,
            })
        });
        Ok(found.optional()?)
    }

    /// The call that a hook meant which did not name it; `None`: it named its call.
    pub fn meant_call(&self, session: &SessionId, call_id: &str) -> Result<Option<String>> {
        if !call_id.starts_with(UNNAMED_ID) {
            return Ok(None);
        }
        let mut find = self.db.prepare_cached(NAMED)?;
        Ok(find.query_row([telling(session, call_id)], |row| row.get(1)).optional()?)
    }

    /// The newest calls, sub-agents' included.
    pub fn recent_calls(&self, session: i64, limit: usize) -> Result<Vec<RecentCall>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, tool_call_id, tool, kind, at_ms, ended_ms, status, command, file_path, background, agent_id
             FROM tool_call WHERE session = ?1 AND at_ms IS NOT NULL ORDER BY at_ms DESC, id DESC LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, limit_of(limit)], |row| {
            Ok(RecentCall {
                row: row.get(0)?,
                call_id: row.get(1)?,
                tool: row.get(2)?,
                kind: row.get(3)?,
                at: row.get(4)?,
                ended: row.get(5)?,
                status: row.get(6)?,
                command: row.get(7)?,
                path: row.get(8)?,
                background: row.get(9)?,
                agent_id: row.get(10)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn call_contents(&self, calls: &[i64]) -> Result<Vec<CallContent>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, input, output, error FROM tool_call WHERE id IN (SELECT value FROM json_each(?1))",
        )?;
        let rows = find.query_map([id_list(calls)], |row| {
            Ok(CallContent { row: row.get(0)?, input: row.get(1)?, output: row.get(2)?, error: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Those of `paths` that the session has seen.
    pub fn seen_files(&self, session: i64, paths: &[&str]) -> Result<Vec<SeenFile>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut find = self.db.prepare_cached(
            "SELECT f.path, f.last_read_ms, f.last_edit_ms, f.content_hash FROM json_each(?2) w
             CROSS JOIN file_view f ON f.session = ?1 AND f.path = w.value",
        )?;
        let wanted = serde_json::to_string(paths).unwrap_or_default();
        let rows = find.query_map(params![session, wanted], |row| {
            Ok(SeenFile { path: row.get(0)?, read: row.get(1)?, edited: row.get(2)?, hash: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The session's newest edits whose content is known.
    pub fn recent_edits(&self, session: i64, limit: usize) -> Result<Vec<SeenEdit>> {
        let mut find = self.db.prepare_cached(
            "SELECT path, at_ms, before_hash, after_hash FROM file_edit WHERE session = ?1 ORDER BY at_ms DESC, key LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, limit_of(limit)], |row| {
            Ok(SeenEdit { path: row.get(0)?, at: row.get(1)?, before: row.get(2)?, after: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When somebody asked the main thread something.
    pub fn recent_prompts(&self, session: i64, limit: usize) -> Result<Vec<Millis>> {
        let mut find = self.db.prepare_cached(
            "SELECT ts_ms FROM (SELECT ts_ms, role, agent_id FROM message WHERE session = ?1 ORDER BY ts_ms DESC LIMIT 400)
             WHERE role = 'user' AND agent_id IS NULL LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, limit_of(limit)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Projects that share a repository: their working trees lie beside each other.
    pub fn trees_of(&self, repo: &str) -> Result<Vec<i64>> {
        let mut find = self.db.prepare_cached("SELECT id FROM project WHERE repo = ?1")?;
        let rows = find.query_map([repo], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What changed in these projects since then.
    pub fn changes_around(&self, projects: &[i64], since: Millis, limit: usize) -> Result<Vec<ChangeAround>> {
        let mut find = self.db.prepare_cached(
            "SELECT p.root, c.path, c.old_path, c.change, c.ts_ms, c.attribution, s.agent, s.session_id, c.before_hash,
                    c.after_hash, c.files, c.ignored
             FROM file_change c JOIN project p ON p.id = c.project LEFT JOIN session s ON s.id = c.session
             WHERE c.project = ?1 AND c.ts_ms >= ?2 ORDER BY c.ts_ms DESC, c.id DESC LIMIT ?3",
        )?;
        let mut all = Vec::new();
        for project in projects {
            let rows = find.query_map(params![project, since, limit_of(limit)], |row| {
                Ok(ChangeAround {
                    root: row.get(0)?,
                    path: row.get(1)?,
                    old_path: row.get(2)?,
                    kind: row.get(3)?,
                    at: row.get(4)?,
                    by: row.get(5)?,
                    session: whom(row, 6)?,
                    before: row.get(8)?,
                    after: row.get(9)?,
                    files: row.get(10)?,
                    ignored: row.get(11)?,
                })
            })?;
            all.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        all.sort_by_key(|change| std::cmp::Reverse(change.at));
        all.truncate(limit);
        Ok(all)
    }

    /// Runs in these projects since then, those with a hidden exit code included: row, and a mark that changes when the
    /// run does.
    pub fn builds_around(&self, projects: &[i64], since: Millis, limit: usize) -> Result<Vec<(i64, i64)>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, at_ms, coalesce(ended_ms, -1) * 8 + CASE status WHEN 'running' THEN 1 WHEN 'failed' THEN 2
               WHEN 'passed' THEN 3 WHEN 'stopped' THEN 4 ELSE 0 END
             FROM build_run WHERE project = ?1 AND at_ms >= ?2 ORDER BY at_ms DESC, id DESC LIMIT ?3",
        )?;
        let mut all: Vec<(Millis, i64, i64)> = Vec::new();
        for project in projects {
            let rows = find.query_map(params![project, since, limit_of(limit)], |row| {
                Ok((row.get(1)?, row.get(0)?, row.get(2)?))
            })?;
            all.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        all.truncate(limit);
        Ok(all.into_iter().map(|(_, row, mark)| (row, mark)).collect())
    }

    pub fn build_around(&self, row: i64) -> Result<Option<BuildAround>> {
        let mut find = self.db.prepare_cached(
            "SELECT s.agent, s.session_id, b.tag, b.kind, b.command, b.cwd, b.started_ms, b.ended_ms, b.status,
                    b.last_error, b.diagnostics, b.failing_tests
             FROM build_run b LEFT JOIN session s ON s.id = b.session WHERE b.id = ?1",
        )?;
        Ok(find.query_row([row], build).optional()?)
    }

    /// Other sessions that work in these projects since then.
    pub fn peers_around(&self, projects: &[i64], me: i64, since: Millis, limit: usize) -> Result<Vec<PeerAround>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, agent, session_id, coalesce(last_activity_ms, 0), ended_ms IS NOT NULL
             FROM session WHERE project = ?1 AND last_activity_ms >= ?2 AND id <> ?3
             ORDER BY last_activity_ms DESC LIMIT ?4",
        )?;
        let mut all = Vec::new();
        for project in projects {
            let rows = find.query_map(params![project, since, me, limit_of(limit)], |row| {
                Ok(PeerAround {
                    row: row.get(0)?,
                    session: SessionRef { agent: row.get(1)?, session_id: row.get(2)? },
                    last: row.get(3)?,
                    ended: row.get(4)?,
                })
            })?;
            all.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        all.sort_by_key(|peer| std::cmp::Reverse(peer.last));
        all.truncate(limit);
        Ok(all)
    }

    /// Files that the session edited since then, and when last.
    pub fn last_edits(&self, session: i64, since: Millis, limit: usize) -> Result<Vec<(String, Millis)>> {
        let mut find = self.db.prepare_cached(
            "SELECT path, last_edit_ms FROM file_view WHERE session = ?1 AND last_edit_ms >= ?2
             ORDER BY last_edit_ms DESC LIMIT ?3",
        )?;
        let rows = find.query_map(params![session, since, limit_of(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Reader {
    /// All findings of a session; before an edit of a file, only what matters to that: what is known of it, and budgets.
    pub fn known_findings(&self, session: i64, edit_of: Option<&str>) -> Result<Vec<FindingNow>> {
        let mut find = self.db.prepare_cached(
            "SELECT kind, key, severity, channel, evidence, suggestion, related_files, state, since_ms,
                    told_ms, told_severity, held, farewell
             FROM finding WHERE session = ?1 AND (?2 IS NULL OR key = ?2 OR kind = 'budget_exceeded') ORDER BY id",
        )?;
        let rows = find.query_map(params![session, edit_of], |row| {
            let standing: String = row.get(7)?;
            let standing = Standing::ALL.into_iter().find(|known| known.name() == standing);
            Ok(FindingNow {
                kind: row.get(0)?,
                key: row.get(1)?,
                severity: row.get(2)?,
                channel: row.get(3)?,
                evidence: row.get(4)?,
                suggestion: row.get(5)?,
                files: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
                standing: standing.unwrap_or(Standing::Expired),
                since: row.get(8)?,
                told_at: row.get(9)?,
                told_severity: row.get(10)?,
                held: row.get(11)?,
                farewell: row.get(12)?,
                is_step: false,
                told: None,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn whom(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<SessionRef>> {
    let (agent, session_id): (Option<String>, Option<String>) = (row.get(at)?, row.get(at + 1)?);
    Ok(agent.zip(session_id).map(|(agent, session_id)| SessionRef { agent, session_id }))
}

fn build(row: &Row<'_>) -> rusqlite::Result<BuildAround> {
    let (diagnostics, failing): (Option<String>, Option<String>) = (row.get(10)?, row.get(11)?);
    Ok(BuildAround {
        session: whom(row, 0)?,
        tag: row.get(2)?,
        kind: row.get(3)?,
        command: row.get(4)?,
        cwd: row.get(5)?,
        started: row.get(6)?,
        ended: row.get(7)?,
        status: row.get(8)?,
        last_error: row.get(9)?,
        diagnostics: diagnostics.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        failing_tests: failing.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    })
}

impl Reader {
    /// In billionths of a dollar since then, and of how many requests; of one project where it is named.
    pub fn spent_since(&self, project: Option<i64>, since: Millis) -> Result<(i64, i64)> {
        let mut find = self.db.prepare_cached(
            "SELECT coalesce(sum(b.cost_nanos), 0), coalesce(sum(b.priced_requests), 0)
             FROM usage_bucket b JOIN session s ON s.id = b.session
             WHERE b.bucket_ms >= ?1 AND (?2 IS NULL OR s.project = ?2)",
        )?;
        Ok(find.query_row(params![since, project], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Models that this session used and nobody knows the price of.
    pub fn unpriced_models_of(&self, session: i64) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached(
            "SELECT DISTINCT model FROM usage_bucket WHERE session = ?1 AND requests > priced_requests ORDER BY model",
        )?;
        let rows = find.query_map([session], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
