//! Session rows and every roll-up that hangs on them: changes are gathered per batch and written once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, params};

use super::Result;
use crate::model::{Millis, Project, SessionId, SessionNote, SubagentNote, TitleRank, TokenCounts};

/// What is written this soon after a session's end was said before it.
const END_GRACE_MS: i64 = 2000;

/// A quarter of an hour: every time zone's day and hour is a sum of these.
pub(super) const BUCKET_MS: i64 = 15 * 60 * 1000;

#[derive(Debug, Clone)]
struct Known {
    row: i64,
    origin: Option<Millis>,
}

/// Counters of a session; added to the row when the batch is flushed.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts {
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
pub(super) struct TokenSums {
    pub input: i64,
    pub output: i64,
    pub cache_read: i64,
    pub cache_creation: i64,
    pub reasoning: i64,
}

impl TokenSums {
    fn add(&mut self, tokens: &TokenCounts, sign: i64) {
        self.input += sign * tokens.input;
        self.output += sign * tokens.output;
        self.cache_read += sign * tokens.cache_read;
        self.cache_creation += sign * tokens.cache_creation();
        self.reasoning += sign * tokens.reasoning;
    }
}

#[derive(Debug, Default)]
struct Change {
    seen: Option<(Millis, Millis)>,
    origin: Option<Millis>,
    ended: Option<Millis>,
    /// Since when, where, and what project that is: the earliest counts.
    cwd: Option<(Millis, String, Option<i64>)>,
    branch: Option<(Millis, String)>,
    model: Option<(Millis, String)>,
    version: Option<(Millis, String)>,
    parent: Option<String>,
    window: Option<i64>,
    title: Option<(TitleRank, Millis, String)>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct UsageSums {
    requests: i64,
    priced: i64,
    tokens: TokenSums,
    cost_nanos: i64,
}

#[derive(Debug, Default)]
struct ThreadChange {
    /// Something of it went to another session.
    left: bool,
    seen: Option<(Millis, Millis)>,
    tool_calls: i64,
    usage: UsageSums,
}

/// What one request adds to the roll-ups.
pub(super) struct RequestShare<'a> {
    pub session: i64,
    pub at: Millis,
    pub model: Option<&'a str>,
    pub agent_id: Option<&'a str>,
    pub tokens: TokenCounts,
    pub cost_nanos: Option<i64>,
}

/// Sessions met in this run, and the changes of the batch under way.
#[derive(Default)]
pub(super) struct SessionBook {
    known: HashMap<SessionId, Known>,
    by_row: HashMap<i64, SessionId>,
    projects: HashMap<Project, i64>,
    changes: BTreeMap<i64, Change>,
    buckets: BTreeMap<(Millis, i64, String), UsageSums>,
    tools: BTreeMap<(i64, String), (i64, i64)>,
    threads: BTreeMap<(i64, String), ThreadChange>,
    /// Sessions whose compactions must be counted again.
    compacted: BTreeSet<i64>,
}

/// Enough for every session of a busy month; past that the map starts again from the store.
const KNOWN_LIMIT: usize = 20_000;

impl SessionBook {
    /// The session's row, made when it is new.
    pub fn row(&mut self, db: &Connection, session: &SessionId) -> Result<i64> {
        if let Some(known) = self.known.get(session) {
            return Ok(known.row);
        }
        let found = Self::load(db, session)?;
        if self.known.len() >= KNOWN_LIMIT {
            self.known.clear();
            self.by_row.clear();
        }
        self.by_row.insert(found.row, session.clone());
        self.known.insert(session.clone(), found.clone());
        Ok(found.row)
    }

    fn load(db: &Connection, session: &SessionId) -> Result<Known> {
        let mut find = db.prepare_cached("SELECT id, origin_ms FROM session WHERE agent = ?1 AND session_id = ?2")?;
        let found = find
            .query_row(params![session.agent.name(), &*session.id], |row| {
                Ok(Known { row: row.get(0)?, origin: row.get(1)? })
            })
            .optional()?;
        if let Some(found) = found {
            return Ok(found);
        }
        db.prepare_cached("INSERT INTO session (agent, session_id) VALUES (?1, ?2)")?
            .execute(params![session.agent.name(), &*session.id])?;
        Ok(Known { row: db.last_insert_rowid(), origin: None })
    }

    /// Of two sessions that hold the same record, the one that it belongs to: the earlier.
    pub fn owner(&mut self, db: &Connection, a: i64, b: i64) -> Result<i64> {
        if a == b {
            return Ok(a);
        }
        Ok(if self.origin_key(db, a)? <= self.origin_key(db, b)? { a } else { b })
    }

    fn origin_key(&mut self, db: &Connection, row: i64) -> Result<(Millis, String)> {
        if let Some(id) = self.by_row.get(&row)
            && let Some(known) = self.known.get(id)
        {
            return Ok((known.origin.unwrap_or(Millis::MAX), id.id.to_string()));
        }
        let mut find = db
            .prepare_cached("SELECT coalesce(origin_ms, 9223372036854775807), session_id FROM session WHERE id = ?1")?;
        Ok(find.query_row([row], |r| Ok((r.get(0)?, r.get(1)?)))?)
    }

    fn change(&mut self, row: i64) -> &mut Change {
        self.changes.entry(row).or_default()
    }

    pub fn counts(&mut self, row: i64) -> &mut Counts {
        &mut self.change(row).counts
    }

    /// The session did something from `first` to `last`.
    pub fn active(&mut self, db: &Connection, session: &SessionId, first: Millis, last: Millis) -> Result<()> {
        let row = self.row(db, session)?;
        self.seen(row, first);
        self.seen(row, last);
        Ok(())
    }

    fn seen(&mut self, row: i64, at: Millis) {
        widen(&mut self.change(row).seen, at);
    }

    /// The main thread spoke with this model.
    pub fn spoke_with(&mut self, row: i64, at: Millis, model: &str) {
        let change = self.change(row);
        if change.model.as_ref().is_none_or(|(known, _)| *known <= at) {
            change.model = Some((at, model.to_owned()));
        }
    }

    pub fn title(&mut self, row: i64, rank: TitleRank, at: Millis, title: &str) {
        let change = self.change(row);
        if change.title.as_ref().is_none_or(|(r, known, _)| (*r, *known) <= (rank, at)) {
            change.title = Some((rank, at, title.to_owned()));
        }
    }

    /// A compaction was told of, or belongs to another session now.
    pub fn compacted(&mut self, row: i64) {
        self.compacted.insert(row);
    }

    /// A tool call of `session` was added (`sign` 1) or taken away (-1).
    pub fn call(&mut self, session: i64, tool: &str, error: bool, agent_id: Option<&str>, sign: i64) {
        let counts = self.counts(session);
        counts.tool_calls += sign;
        counts.tool_errors += sign * i64::from(error);
        let tool = self.tools.entry((session, tool.to_owned())).or_default();
        tool.0 += sign;
        tool.1 += sign * i64::from(error);
        if let Some(agent_id) = agent_id {
            let thread = self.threads.entry((session, agent_id.to_owned())).or_default();
            thread.tool_calls += sign;
            thread.left |= sign < 0;
        }
    }

    /// A request was added (`sign` 1) or taken away (-1).
    pub fn request(&mut self, share: &RequestShare<'_>, sign: i64) {
        let priced = i64::from(share.cost_nanos.is_some());
        let nanos = share.cost_nanos.unwrap_or(0);
        let counts = self.counts(share.session);
        counts.requests += sign;
        counts.priced += sign * priced;
        counts.tokens.add(&share.tokens, sign);
        counts.cost_nanos += sign * nanos;
        let bucket = share.at - share.at.rem_euclid(BUCKET_MS);
        let model = share.model.unwrap_or("").to_owned();
        let mut sums = vec![self.buckets.entry((bucket, share.session, model)).or_default()];
        if let Some(agent_id) = share.agent_id {
            let thread = self.threads.entry((share.session, agent_id.to_owned())).or_default();
            thread.left |= sign < 0;
            sums.push(&mut thread.usage);
        }
        for sum in sums {
            sum.requests += sign;
            sum.priced += sign * priced;
            sum.tokens.add(&share.tokens, sign);
            sum.cost_nanos += sign * nanos;
        }
    }

    /// A side thread of the session did something at `at`.
    pub fn thread_seen(&mut self, session: i64, agent_id: &str, at: Millis) {
        widen(&mut self.threads.entry((session, agent_id.to_owned())).or_default().seen, at);
    }

    /// A message of a side thread went to another session.
    pub fn thread_left(&mut self, session: i64, agent_id: &str) {
        self.threads.entry((session, agent_id.to_owned())).or_default().left = true;
    }

    pub fn note(&mut self, db: &Connection, note: SessionNote) -> Result<()> {
        let row = self.row(db, &note.session)?;
        if let Some(origin) = note.origin
            && let Some(known) = self.known.get_mut(&note.session)
        {
            known.origin = Some(known.origin.map_or(origin, |o| o.min(origin)));
        }
        let project = note.project.as_ref().map(|p| self.project(db, p)).transpose()?;
        // Other notes are said anew after every pause in reading; what counts as activity must not depend on that.
        if let Some(origin) = note.origin {
            self.seen(row, origin);
        }
        if let Some((rank, at, title)) = &note.title {
            self.title(row, *rank, *at, title);
        }
        let change = self.change(row);
        change.origin = match (change.origin, note.origin) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if let Some(cwd) = note.cwd {
            let at = note.at.unwrap_or(Millis::MAX);
            if change.cwd.as_ref().is_none_or(|(known, ..)| at < *known) {
                change.cwd = Some((at, cwd, project));
            }
        }
        if let Some(branch) = note.git_branch {
            let at = note.at.unwrap_or(0);
            if change.branch.as_ref().is_none_or(|(known, _)| *known <= at) {
                change.branch = Some((at, branch));
            }
        }
        if let Some(version) = note.agent_version {
            let at = note.at.unwrap_or(0);
            if change.version.as_ref().is_none_or(|(known, _)| *known <= at) {
                change.version = Some((at, version));
            }
        }
        if let (Some(model), Some(at)) = (&note.model, note.at) {
            self.spoke_with(row, at, model);
        }
        let change = self.change(row);
        change.parent = note.parent.or(change.parent.take());
        change.window = note.window.or(change.window);
        if note.ended {
            change.ended = note.at;
        }
        Ok(())
    }

    pub fn project(&mut self, db: &Connection, project: &Project) -> Result<i64> {
        if let Some(row) = self.projects.get(project) {
            return Ok(*row);
        }
        db.prepare_cached(
            "INSERT INTO project (root, repo) VALUES (?1, ?2) ON CONFLICT (root) DO UPDATE SET repo = excluded.repo",
        )?
        .execute([&project.root, &project.repo])?;
        let row =
            db.prepare_cached("SELECT id FROM project WHERE root = ?1")?.query_row([&project.root], |r| r.get(0))?;
        self.projects.insert(project.clone(), row);
        Ok(row)
    }

    /// The project of a session, also when it was learnt only in this batch.
    pub fn project_of(&self, db: &Connection, session: i64) -> Result<Option<i64>> {
        if let Some(project) = self.changes.get(&session).and_then(|c| c.cwd.as_ref()?.2) {
            return Ok(Some(project));
        }
        Ok(db.prepare_cached("SELECT project FROM session WHERE id = ?1")?.query_row([session], |row| row.get(0))?)
    }

    pub fn subagent(&mut self, db: &Connection, note: &SubagentNote) -> Result<()> {
        let row = self.row(db, &note.session)?;
        if let Some(at) = note.at {
            self.thread_seen(row, &note.agent_id, at);
        }
        db.prepare_cached(
            "INSERT INTO subagent (session, agent_id, agent_type, description, call_id) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (session, agent_id) DO UPDATE SET
               agent_type = coalesce(agent_type, excluded.agent_type),
               description = coalesce(description, excluded.description),
               call_id = coalesce(call_id, excluded.call_id)",
        )?
        .execute(params![row, note.agent_id, note.agent_type, note.description, note.call_id])?;
        Ok(())
    }

    /// Writes what the batch changed.
    pub fn flush(&mut self, db: &Connection) -> Result<()> {
        for (row, change) in std::mem::take(&mut self.changes) {
            write_change(db, row, &change)?;
        }
        for row in std::mem::take(&mut self.compacted) {
            // Several sources tell of each, and two registrations of one hook tell it twice.
            db.prepare_cached(
                "UPDATE session SET compactions = (SELECT coalesce(max(n), 0) FROM
                   (SELECT count(*) AS n FROM event e WHERE e.session = ?1 AND e.compaction = 1 AND NOT EXISTS
                      (SELECT 1 FROM event b WHERE b.session = ?1 AND b.compaction = 1 AND b.source = e.source
                         AND (b.ts_ms, b.id) < (e.ts_ms, e.id) AND b.ts_ms > e.ts_ms - 1500)
                    GROUP BY e.source)) WHERE id = ?1",
            )?
            .execute([row])?;
        }
        for ((bucket, session, model), sums) in std::mem::take(&mut self.buckets) {
            write_bucket(db, bucket, session, &model, &sums)?;
        }
        for ((session, tool), (calls, errors)) in std::mem::take(&mut self.tools) {
            db.prepare_cached(
                "INSERT INTO session_tool (session, tool, calls, errors) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (session, tool) DO UPDATE SET calls = calls + excluded.calls, errors = errors + excluded.errors",
            )?
            .execute(params![session, tool, calls, errors])?;
            if calls <= 0 {
                // All of them were another session's.
                db.prepare_cached("DELETE FROM session_tool WHERE session = ?1 AND tool = ?2 AND calls <= 0")?
                    .execute(params![session, tool])?;
            }
        }
        for ((session, agent_id), thread) in std::mem::take(&mut self.threads) {
            write_thread(db, session, &agent_id, &thread)?;
        }
        Ok(())
    }
}

fn widen(span: &mut Option<(Millis, Millis)>, at: Millis) {
    *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
}

fn write_change(db: &Connection, row: i64, c: &Change) -> Result<()> {
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

fn write_bucket(db: &Connection, bucket: Millis, session: i64, model: &str, s: &UsageSums) -> Result<()> {
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

fn write_thread(db: &Connection, session: i64, agent_id: &str, t: &ThreadChange) -> Result<()> {
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
