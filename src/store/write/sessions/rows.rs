//! What a batch changes of a session's row and of the roll-ups beside it, and the statements that add it to them.

use rusqlite::{Connection, params};

use crate::model::{Millis, TitleRank, TokenCounts};
use crate::store::Result;

/// What is written this soon after a session's end was said before it.
const END_GRACE_MS: i64 = 2000;

/// Counters of a session; added to the row when the batch is flushed.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    pub user_prompts: i64,
    pub assistant_messages: i64,
    pub tool_calls: i64,
    pub tool_errors: i64,
    pub requests: i64,
    pub priced: i64,
    pub tokens: TokenSums,
    pub cost_nanos: i64,
}

#[derive(Debug, Default, Clone, Copy)]
pub struct TokenSums {
    pub input: i64,
    pub output: i64,
    pub cache_read: i64,
    pub cache_creation: i64,
    pub reasoning: i64,
}

impl TokenSums {
    pub fn add(&mut self, tokens: &TokenCounts, sign: i64) {
        self.input += sign * tokens.input;
        self.output += sign * tokens.output;
        self.cache_read += sign * tokens.cache_read;
        self.cache_creation += sign * tokens.cache_creation();
        self.reasoning += sign * tokens.reasoning;
    }
}

#[derive(Debug, Default)]
pub struct Change {
    pub seen: Option<(Millis, Millis)>,
    pub origin: Option<Millis>,
    pub ended: Option<Millis>,
    /// Since when, where, and what project that is: the earliest counts.
    pub cwd: Option<(Millis, String, Option<i64>)>,
    pub branch: Option<(Millis, String)>,
    pub model: Option<(Millis, String)>,
    pub version: Option<(Millis, String)>,
    pub parent: Option<String>,
    pub window: Option<i64>,
    pub title: Option<(TitleRank, Millis, String)>,
    pub counts: Counts,
}

#[derive(Debug, Default)]
pub struct UsageSums {
    pub requests: i64,
    pub priced: i64,
    pub tokens: TokenSums,
    pub cost_nanos: i64,
}

#[derive(Debug, Default)]
pub struct ThreadChange {
    /// Something of it went to another session.
    pub left: bool,
    pub seen: Option<(Millis, Millis)>,
    pub tool_calls: i64,
    pub usage: UsageSums,
}

pub fn widen(span: &mut Option<(Millis, Millis)>, at: Millis) {
    *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
}

pub fn write_change(db: &Connection, row: i64, c: &Change) -> Result<()> {
    let (first, last) = c.seen.unzip();
    let (branch_ms, branch) = c.branch.as_ref().map(|(ms, b)| (*ms, b)).unzip();
    let (model_ms, model) = c.model.as_ref().map(|(ms, m)| (*ms, m)).unzip();
    let (cwd_ms, cwd, project) = match &c.cwd {
        Some((ms, cwd, project)) => (Some(*ms), Some(cwd), *project),
        None => (None, None, None),
    };
    let (version_ms, version) = c.version.as_ref().map(|(ms, v)| (*ms, v)).unzip();
    let (rank, title_ms, title) = match &c.title {
        Some((rank, ms, title)) => (*rank as i64, *ms, Some(title)),
        None => (0, 0, None),
    };
    let n = &c.counts;
    db.prepare_cached(
        "UPDATE session SET
           started_ms = min(coalesce(started_ms, ?2), coalesce(?2, started_ms)),
           last_activity_ms = max(coalesce(last_activity_ms, ?3), coalesce(?3, last_activity_ms)),
           origin_ms = min(coalesce(origin_ms, ?4), coalesce(?4, origin_ms)),
           ended_ms = CASE WHEN ?5 + ?31 >= max(coalesce(last_activity_ms, 0), coalesce(?3, 0)) THEN ?5
                           WHEN ?3 > ended_ms + ?31 THEN NULL ELSE ended_ms END,
           cwd = CASE WHEN ?30 < cwd_ms OR cwd IS NULL THEN coalesce(?6, cwd) ELSE cwd END,
           project = CASE WHEN ?30 < cwd_ms OR project IS NULL THEN coalesce(?7, project) ELSE project END,
           cwd_ms = min(coalesce(cwd_ms, ?30), coalesce(?30, cwd_ms)),
           git_branch = CASE WHEN ?8 >= coalesce(branch_ms, 0) THEN ?9 ELSE git_branch END,
           branch_ms = max(coalesce(branch_ms, 0), coalesce(?8, 0)),
           model = CASE WHEN ?10 >= coalesce(model_ms, 0) THEN ?11 ELSE model END,
           model_ms = max(coalesce(model_ms, 0), coalesce(?10, 0)),
           agent_version = CASE WHEN agent_version IS NULL OR ?29 >= coalesce(version_ms, 0) THEN coalesce(?12, agent_version)
                                ELSE agent_version END,
           version_ms = max(coalesce(version_ms, 0), coalesce(?29, 0)),
           parent_session_id = coalesce(parent_session_id, ?13), context_window = coalesce(?32, context_window),
           title = CASE WHEN ?14 > title_rank OR ?14 = title_rank AND ?15 >= title_ms THEN ?16 ELSE title END,
           title_ms = CASE WHEN ?14 > title_rank OR ?14 = title_rank AND ?15 >= title_ms THEN ?15 ELSE title_ms END,
           title_rank = max(title_rank, ?14),
           user_prompts = user_prompts + ?17, assistant_messages = assistant_messages + ?18,
           tool_calls = tool_calls + ?19, tool_errors = tool_errors + ?20,
           requests = requests + ?21, priced_requests = priced_requests + ?22,
           input_tokens = input_tokens + ?23, output_tokens = output_tokens + ?24,
           cache_read_tokens = cache_read_tokens + ?25, cache_creation_tokens = cache_creation_tokens + ?26,
           reasoning_tokens = reasoning_tokens + ?27, cost_nanos = cost_nanos + ?28
         WHERE id = ?1",
    )?
    .execute(params![
        row,
        first,
        last,
        c.origin,
        c.ended,
        cwd,
        project,
        branch_ms,
        branch,
        model_ms,
        model,
        version,
        c.parent,
        rank,
        title_ms,
        title,
        n.user_prompts,
        n.assistant_messages,
        n.tool_calls,
        n.tool_errors,
        n.requests,
        n.priced,
        n.tokens.input,
        n.tokens.output,
        n.tokens.cache_read,
        n.tokens.cache_creation,
        n.tokens.reasoning,
        n.cost_nanos,
        version_ms,
        cwd_ms,
        END_GRACE_MS,
        c.window
    ])?;
    Ok(())
}

pub fn write_bucket(db: &Connection, bucket: Millis, session: i64, model: &str, s: &UsageSums) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO usage_bucket VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (bucket_ms, session, model) DO UPDATE SET
           requests = requests + excluded.requests, priced_requests = priced_requests + excluded.priced_requests,
           input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
           cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
           cache_creation_tokens = cache_creation_tokens + excluded.cache_creation_tokens,
           reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, cost_nanos = cost_nanos + excluded.cost_nanos",
    )?
    .execute(params![
        bucket, session, model, s.requests, s.priced, s.tokens.input, s.tokens.output, s.tokens.cache_read,
        s.tokens.cache_creation, s.tokens.reasoning, s.cost_nanos
    ])?;
    Ok(())
}

pub fn write_thread(db: &Connection, session: i64, agent_id: &str, t: &ThreadChange) -> Result<()> {
    let (first, last) = t.seen.unzip();
    db.prepare_cached(
        "INSERT INTO subagent (session, agent_id, started_ms, last_ms, tool_calls, requests, input_tokens, output_tokens, cost_nanos)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (session, agent_id) DO UPDATE SET
           started_ms = min(coalesce(started_ms, excluded.started_ms), coalesce(excluded.started_ms, started_ms)),
           last_ms = max(coalesce(last_ms, excluded.last_ms), coalesce(excluded.last_ms, last_ms)),
           tool_calls = tool_calls + excluded.tool_calls, requests = requests + excluded.requests,
           input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
           cost_nanos = cost_nanos + excluded.cost_nanos",
    )?
    .execute(params![
        session, agent_id, first, last, t.tool_calls, t.usage.requests, t.usage.tokens.input, t.usage.tokens.output,
        t.usage.cost_nanos
    ])?;
    if t.left {
        // A thread that was only a copy leaves nothing behind.
        db.prepare_cached(
            "DELETE FROM subagent WHERE session = ?1 AND agent_id = ?2 AND tool_calls = 0 AND requests = 0
               AND coalesce(agent_type, description, call_id) IS NULL
               AND NOT EXISTS (SELECT 1 FROM message WHERE message.session = ?1 AND message.agent_id = ?2)",
        )?
        .execute(params![session, agent_id])?;
    }
    Ok(())
}
