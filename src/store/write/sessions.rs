//! Session rows and every roll-up that hangs on them: changes are gathered per batch and written once.

mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, params};

use self::rows::{Change, Counts, ThreadChange, UsageSums, widen, write_bucket, write_change, write_thread};
use super::Result;
use crate::model::{Millis, Project, SessionId, SessionNote, SubagentNote, TitleRank, TokenCounts};

/// A quarter of an hour: every time zone's day and hour is a sum of these.
pub(super) const BUCKET_MS: i64 = 15 * 60 * 1000;

#[derive(Debug, Clone)]
struct Known {
    row: i64,
    origin: Option<Millis>,
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
        let row = db.last_insert_rowid();
        if !session.agent.is_known() {
            db.prepare_cached("INSERT OR IGNORE INTO other_agent (name) VALUES (?1)")?
                .execute([session.agent.name()])?;
        }
        Ok(Known { row, origin: None })
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
                      (SELECT 1 FROM event b WHERE b.session = ?1 AND b.compaction = 1 AND b.source = e.source AND e.source = 'hook'
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
