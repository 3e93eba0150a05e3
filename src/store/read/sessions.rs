//! Sessions, and what hangs on one: tools, files, plan, sub-agents.

use rusqlite::{OptionalExtension, Row, params};

use super::{Reader, Result, id_list};
use crate::model::{Agent, Millis};
use crate::pricing;

/// A project that sessions were held in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    pub row: i64,
    pub root: String,
    pub repo: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    pub row: i64,
    pub session_id: String,
    pub agent: Agent,
    pub project: Option<i64>,
    pub project_root: Option<String>,
    pub cwd: Option<String>,
    pub git_branch: Option<String>,
    pub model: Option<String>,
    pub title: Option<String>,
    pub started: Millis,
    pub last_activity: Millis,
    pub ended: Option<Millis>,
    pub user_prompts: i64,
    pub assistant_messages: i64,
    pub tool_calls: i64,
    pub tool_errors: i64,
    pub requests: i64,
    pub priced_requests: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cache_read_tokens: i64,
    pub cache_creation_tokens: i64,
    pub reasoning_tokens: i64,
    pub cost_nanos: i64,
    pub compactions: i64,
    pub parent_session_id: Option<String>,
}

const COLUMNS: &str = "s.id, s.session_id, s.agent, s.project, p.root, s.cwd, s.git_branch, s.model, s.title,
  coalesce(s.origin_ms, s.started_ms), s.last_activity_ms, s.ended_ms, s.user_prompts, s.assistant_messages, s.tool_calls,
  s.tool_errors, s.requests, s.priced_requests, s.input_tokens, s.output_tokens, s.cache_read_tokens,
  s.cache_creation_tokens, s.reasoning_tokens, s.cost_nanos, s.compactions, s.parent_session_id";

/// Which sessions to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Only these agents; empty: all.
    pub agents: Vec<Agent>,
    /// Only these projects, if any are given.
    pub projects: Option<Vec<i64>>,
    pub since: Option<Millis>,
    /// Only sessions in which someone asked or a tool ran.
    pub active_only: bool,
    /// Older than this session: (last activity, row).
    pub before: Option<(Millis, i64)>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRow {
    pub tool: String,
    pub calls: i64,
    pub errors: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    pub path: String,
    pub reads: i64,
    pub edits: i64,
    pub last_read: Option<Millis>,
    pub last_edit: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    pub text: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubagentRow {
    pub agent_id: String,
    pub agent_type: Option<String>,
    pub description: Option<String>,
    pub started: Option<Millis>,
    pub last: Option<Millis>,
    pub tool_calls: i64,
    pub requests: i64,
    pub output_tokens: i64,
    pub cost_nanos: i64,
}

impl Reader {
    pub fn projects(&self) -> Result<Vec<ProjectRow>> {
        let mut all = self.db.prepare_cached("SELECT id, root, repo FROM project")?;
        let rows =
            all.query_map([], |row| Ok(ProjectRow { row: row.get(0)?, root: row.get(1)?, repo: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn session(&self, session_id: &str) -> Result<Option<SessionRow>> {
        Ok(self.sessions_like("s.session_id = ?1", session_id)?.into_iter().next())
    }

    /// Every session's id, in order.
    pub fn session_ids(&self) -> Result<Vec<String>> {
        let mut all = self.db.prepare_cached("SELECT session_id FROM session ORDER BY session_id")?;
        let rows = all.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Programs that are none of the agents we know, by the names of their services.
    pub fn other_agents(&self) -> Result<Vec<String>> {
        let mut find = self.db.prepare_cached("SELECT name FROM other_agent ORDER BY name")?;
        Ok(find.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Sessions whose id begins with `prefix`, newest first, a few at most.
    pub fn sessions_by_prefix(&self, prefix: &str) -> Result<Vec<SessionRow>> {
        self.sessions_like("s.session_id >= ?1 AND substr(s.session_id, 1, length(?1)) = ?1", prefix)
    }

    fn sessions_like(&self, condition: &str, value: &str) -> Result<Vec<SessionRow>> {
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM session s LEFT JOIN project p ON p.id = s.project
             WHERE s.agent IN (SELECT value FROM json_each(?2) UNION ALL SELECT name FROM other_agent) AND {condition} AND s.started_ms IS NOT NULL
             ORDER BY s.last_activity_ms DESC LIMIT 5"
        ))?;
        // All agents, named: the index is by agent and id.
        let agents = serde_json::to_string(&Agent::ALL.map(Agent::name)).unwrap_or_default();
        Ok(find.query_map([value, &agents], session)?.collect::<Result<_, _>>()?)
    }

    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>> {
        let agents: Vec<&str> = filter.agents.iter().map(|a| a.name()).collect();
        let agents = serde_json::to_string(&agents).unwrap_or_default();
        let projects = filter.projects.as_deref().map(id_list);
        let (before_ms, before_row) = filter.before.unzip();
        let mut find = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM session s LEFT JOIN project p ON p.id = s.project
             WHERE s.started_ms IS NOT NULL
               AND (?1 = '[]' OR s.agent IN (SELECT value FROM json_each(?1)))
               AND (?2 IS NULL OR s.project IN (SELECT value FROM json_each(?2)))
               AND s.last_activity_ms >= coalesce(?3, 0)
               AND (NOT ?4 OR s.user_prompts > 0 OR s.tool_calls > 0 OR s.agent IN (SELECT name FROM other_agent))
               AND (?5 IS NULL OR (s.last_activity_ms, s.id) < (?5, ?6))
             ORDER BY s.last_activity_ms DESC, s.id DESC LIMIT ?7"
        ))?;
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let rows = find.query_map(
            params![agents, projects, filter.since, filter.active_only, before_ms, before_row, limit],
            session,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn session_tools(&self, session: i64) -> Result<Vec<ToolRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT tool, calls, errors FROM session_tool WHERE session = ?1 AND calls > 0 ORDER BY calls DESC, tool",
        )?;
        let rows = find
            .query_map([session], |row| Ok(ToolRow { tool: row.get(0)?, calls: row.get(1)?, errors: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The tools that the session called last, each once, newest first.
    pub fn recent_tools(&self, session: i64, limit: usize) -> Result<Vec<String>> {
        /// Calls among which they are looked for: enough to see through a run of one tool.
        const CALLS: i64 = 200;
        let mut find = self.db.prepare_cached(
            "SELECT tool FROM (SELECT tool, at_ms FROM tool_call WHERE session = ?1 ORDER BY at_ms DESC LIMIT ?2)
             WHERE tool IS NOT NULL GROUP BY tool ORDER BY max(at_ms) DESC, tool LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = find.query_map(params![session, CALLS, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Files the session saw or changed, last touched first.
    pub fn session_files(&self, session: i64, limit: usize) -> Result<Vec<FileRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT path, reads, edits, last_read_ms, last_edit_ms FROM file_view WHERE session = ?1
             ORDER BY max(coalesce(last_read_ms, 0), coalesce(last_edit_ms, 0)) DESC, path LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(FileRow {
                path: row.get(0)?,
                reads: row.get(1)?,
                edits: row.get(2)?,
                last_read: row.get(3)?,
                last_edit: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn session_plan(&self, session: i64) -> Result<Vec<PlanRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT text, status FROM plan_item WHERE session = ?1 AND status <> 'deleted' AND text IS NOT NULL ORDER BY seq, key",
        )?;
        let rows = find.query_map([session], |row| Ok(PlanRow { text: row.get(0)?, status: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Sub-agents of the session, newest first.
    pub fn session_subagents(&self, session: i64, limit: usize) -> Result<Vec<SubagentRow>> {
        let mut find = self.db.prepare_cached(
            "SELECT agent_id, agent_type, description, started_ms, last_ms, tool_calls, requests, output_tokens, cost_nanos
             FROM subagent WHERE session = ?1 ORDER BY coalesce(started_ms, 0) DESC, agent_id LIMIT ?2",
        )?;
        let rows = find.query_map(params![session, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(SubagentRow {
                agent_id: row.get(0)?,
                agent_type: row.get(1)?,
                description: row.get(2)?,
                started: row.get(3)?,
                last: row.get(4)?,
                tool_calls: row.get(5)?,
                requests: row.get(6)?,
                output_tokens: row.get(7)?,
                cost_nanos: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the main thread's last request held; `None`: not known, or compacted since. Of one that fills less than the
    /// share `of_interest` of the usual window, a larger one is not looked for.
    pub fn occupancy(&self, session: i64, of_interest: f64) -> Result<Option<Occupied>> {
        /// A session that sent more than the table's window has a larger one; looked for among so many requests.
        const LOOKED_AT: i64 = 1_000;
        const PROMPT: &str = "input_tokens + cache_read_tokens + cache_write_5m + cache_write_1h + cache_write_other";
        let found: Option<(i64, Option<String>, Millis)> = self
            .db
            .prepare_cached(&format!(
                "SELECT {PROMPT}, model, ts_ms FROM request
                 WHERE session = ?1 AND agent_id IS NULL AND counts = 1 AND grain = 0
                 ORDER BY ts_ms DESC, id DESC LIMIT 1"
            ))?
            .query_row([session], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((tokens, model, at)) = found else { return Ok(None) };
        let compacted: Option<Millis> = self
            .db
            .prepare_cached("SELECT max(ts_ms) FROM event WHERE session = ?1 AND compaction = 1")?
            .query_row([session], |row| row.get(0))?;
        if compacted.is_some_and(|compacted| compacted > at) {
            return Ok(None);
        }
        let said: Option<i64> = self
            .db
            .prepare_cached("SELECT context_window FROM session WHERE id = ?1")?
            .query_row([session], |row| row.get(0))?;
        if said.is_some() {
            return Ok(Some(Occupied { tokens, window: said, at }));
        }
        let Some(window) = model.as_deref().and_then(pricing::context_window) else {
            return Ok(Some(Occupied { tokens, window: None, at }));
        };
        #[expect(clippy::cast_precision_loss, reason = "tokens of one request")]
        if (tokens as f64) < window as f64 * of_interest {
            return Ok(Some(Occupied { tokens, window: Some(window), at }));
        }
        let largest: Option<i64> = self
            .db
            .prepare_cached(&format!(
                "SELECT max({PROMPT}) FROM (SELECT * FROM request
                 WHERE session = ?1 AND agent_id IS NULL AND counts = 1 AND grain = 0
                 ORDER BY ts_ms DESC LIMIT {LOOKED_AT})"
            ))?
            .query_row([session], |row| row.get(0))?;
        let window = Some(window).filter(|window| largest.is_none_or(|largest| *window >= largest));
        Ok(Some(Occupied { tokens, window, at }))
    }
}

/// How full a context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupied {
    pub tokens: i64,
    /// `None`: not known.
    pub window: Option<i64>,
    pub at: Millis,
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let agent = Agent::of_name(&row.get::<_, String>(2)?);
    Ok(SessionRow {
        row: row.get(0)?,
        session_id: row.get(1)?,
        agent,
        project: row.get(3)?,
        project_root: row.get(4)?,
        cwd: row.get(5)?,
        git_branch: row.get(6)?,
        model: row.get(7)?,
        title: row.get(8)?,
        started: row.get(9)?,
        last_activity: row.get(10)?,
        ended: row.get(11)?,
        user_prompts: row.get(12)?,
        assistant_messages: row.get(13)?,
        tool_calls: row.get(14)?,
        tool_errors: row.get(15)?,
        requests: row.get(16)?,
        priced_requests: row.get(17)?,
        input_tokens: row.get(18)?,
        output_tokens: row.get(19)?,
        cache_read_tokens: row.get(20)?,
        cache_creation_tokens: row.get(21)?,
        reasoning_tokens: row.get(22)?,
        cost_nanos: row.get(23)?,
        compactions: row.get(24)?,
        parent_session_id: row.get(25)?,
    })
}
