//! The list of sessions, for people and pages: of an agent, a project, a time; newest first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::{Tokens, dollars, session_id};
use super::{Asker, Refusal, budget, rfc3339};
use crate::project;
use crate::store::{SessionFilter, SessionRow};

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Only this agent's sessions.
    pub agent_source: String,
    /// Path or name of a project. Default: all.
    pub project: String,
    /// Minutes to look back. Default: everything.
    pub since_min: Option<i64>,
    /// Also sessions in which nobody asked and nothing ran.
    pub all: bool,
    /// Sessions per page. Default: all of them.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    pub session_id: String,
    pub agent_source: String,
    pub title: Option<String>,
    pub project: Option<String>,
    pub cwd: Option<String>,
    pub model: Option<String>,
    pub started_at: String,
    pub last_activity_at: String,
    pub duration_minutes: i64,
    pub live: bool,
    pub user_prompts: i64,
    pub tool_call_count: i64,
    pub tool_error_count: i64,
    pub tokens: Tokens,
    /// `null` where nothing has a price.
    #[schemars(extend("x-money" = true))]
    pub cost_usd: Option<f64>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    /// Newest first.
    pub sessions: Vec<Line>,
    pub next_cursor: Option<String>,
    pub note: Option<String>,
}

impl Asker {
    /// Sessions by last activity.
    ///
    /// # Errors
    /// Names the argument that is wrong.
    pub fn list_sessions(&self, params: &Params) -> Result<Answer, Refusal> {
        let agents = match params.agent_source.trim() {
            "" | "all" | "*" => Vec::new(),
            name => vec![self.agent_named(name)?],
        };
        let before = match params.cursor.as_str() {
            "" => None,
            cursor => Some(
                position(cursor)
                    .ok_or_else(|| Refusal::user("argument `cursor`: not a next_cursor of an earlier answer"))?,
            ),
        };
        let projects = self.projects_named(&params.project)?;
        let limit = params.limit.map_or(usize::MAX - 1, |limit| limit as usize);
        let mut rows = self.store.sessions(&SessionFilter {
            agents,
            projects,
            since: params.since_min.map(|minutes| self.now() - minutes.max(0).saturating_mul(60_000)),
            active_only: !params.all,
            before,
            limit: limit + 1,
        })?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|s| format!("{}.{}", s.last_activity, s.row));
        let note = if rows.is_empty() { Some("no session fits".to_owned()) } else { self.freshness()? };
        Ok(Answer { sessions: rows.iter().map(|row| self.line(row)).collect(), next_cursor, note })
    }

    fn line(&self, s: &SessionRow) -> Line {
        let base = s.project_root.as_deref().or(s.cwd.as_deref());
        Line {
            session_id: session_id(&s.session_id),
            agent_source: s.agent.name().to_owned(),
            title: s.title.as_deref().map(|t| budget::line(t, 120)),
            project: base.map(|root| budget::name(project::label(root))),
            cwd: s.cwd.as_deref().map(budget::path),
            model: s.model.as_deref().map(budget::name),
            started_at: rfc3339(s.started),
            last_activity_at: rfc3339(s.last_activity),
            duration_minutes: (s.last_activity - s.started).max(0) / 60_000,
            live: self.is_live(s),
            user_prompts: s.user_prompts,
            tool_call_count: s.tool_calls,
            tool_error_count: s.tool_errors,
            tokens: Tokens {
                input: s.input_tokens,
                output: s.output_tokens,
                cache_read: s.cache_read_tokens,
                cache_creation: s.cache_creation_tokens,
                reasoning: s.reasoning_tokens,
            },
            cost_usd: dollars(s.cost_nanos, s.priced_requests),
        }
    }
}

fn position(cursor: &str) -> Option<(i64, i64)> {
    let (at, row) = cursor.split_once('.')?;
    Some((at.parse().ok()?, row.parse().ok()?))
}
