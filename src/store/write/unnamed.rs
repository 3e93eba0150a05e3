//! Calls that hooks told without naming them, and the records of the same calls: one call, whoever comes first.
//!
//! A telling means the call that asked the same, nearest in time, that no telling of its kind means already: so two
//! calls that look alike stay two. Until the call's own record comes, a row stands in for it under the id of the
//! telling; then everything it has goes to the record's row.

#[cfg(test)]
mod tests;

use rusqlite::{OptionalExtension, ToSql, params};

use super::{Result, Writer, key};
use crate::model::{Agent, Millis, SessionId, ToolCall, UNNAMED_ID, Unnamed};

/// A hook and the record of the same call are no further apart.
const APART_MS: Millis = 10 * 60 * 1000;

/// Where a telling is looked for.
struct Told<'a> {
    session: i64,
    asked: i64,
    agent_id: Option<&'a str>,
    how: Unnamed,
    at: Millis,
}

impl Told<'_> {
    fn params(&self) -> [&dyn ToSql; 6] {
        [&self.session, &self.asked, &self.agent_id, &self.how.before, &self.how.voice, &self.at]
    }
}

impl Writer {
    /// A call that a hook told: the one it means, else a row of its own.
    pub(super) fn unnamed_call(&mut self, mut call: ToolCall, how: Unnamed) -> Result<()> {
        let session = self.sessions.row(&self.db, &call.session)?;
        let telling = telling(&call.session, &call.call_id);
        let known = self.db.prepare_cached("SELECT 1 FROM unnamed_call WHERE key = ?1")?.exists([telling])?;
        let at = if how.before { call.started_at } else { call.ended_at };
        let (Some(asked), Some(at), false) = (call.asked, at, known) else { return Ok(()) };
        let agent_id = call.agent_id.clone();
        let told = Told { session, asked: asked.cast_signed(), agent_id: agent_id.as_deref(), how, at };
        call.unnamed = None;
        let Some((row, alone)) = self.meant(&told)? else {
            let added = self.insert_call(session, &call)?;
            return added.map_or(Ok(()), |row| self.keep_telling(telling, &told, row, true));
        };
        self.keep_telling(telling, &told, row, alone)?;
        self.merge_call(row, session, call)
    }

    fn keep_telling(&self, key: i64, told: &Told<'_>, row: i64, alone: bool) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO unnamed_call (key, session, call, asked, before, voice, at_ms, alone)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![key, told.session, row, told.asked, told.how.before, told.how.voice, told.at, alone])?;
        Ok(())
    }

    /// The call that is meant, and whether only hooks told of it.
    fn meant(&self, told: &Told<'_>) -> Result<Option<(i64, bool)>> {
        let found = self.other_end(told)?;
        if found.is_some() { Ok(found) } else { self.nearest(told) }
    }

    /// What the same voice told of the call's other end: of a call that ended, the newest beginning before it.
    fn other_end(&self, told: &Told<'_>) -> Result<Option<(i64, bool)>> {
        let mut find = self.db.prepare_cached(
            "SELECT u.call, u.alone FROM unnamed_call u JOIN tool_call c ON c.id = u.call
             WHERE u.session = ?1 AND u.asked = ?2 AND c.agent_id IS ?3 AND u.voice = ?5 AND u.before <> ?4
               AND CASE ?4 WHEN 1 THEN u.at_ms >= ?6 ELSE u.at_ms <= ?6 END
               AND NOT EXISTS (SELECT 1 FROM unnamed_call o WHERE o.call = u.call AND o.voice = ?5 AND o.before = ?4)
             ORDER BY abs(u.at_ms - ?6) LIMIT 1",
        )?;
        Ok(find.query_row(told.params(), |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// A call that asked the same about then, of which the same voice told no such thing yet. Of a long call its end
    /// lies near, not its beginning.
    fn nearest(&self, told: &Told<'_>) -> Result<Option<(i64, bool)>> {
        let mut find = self.db.prepare_cached(&format!(
            "WITH asking AS (
               SELECT id, CASE ?4 WHEN 1 THEN at_ms ELSE coalesce(ended_ms, at_ms) END AS near
               FROM tool_call WHERE session = ?1 AND at_ms <= ?6 + {APART_MS} AND asked = ?2 AND agent_id IS ?3)
             SELECT id, EXISTS (SELECT 1 FROM unnamed_call u WHERE u.call = asking.id AND u.alone = 1) FROM asking
             WHERE near BETWEEN ?6 - {APART_MS} AND ?6 + {APART_MS}
               AND NOT EXISTS (SELECT 1 FROM unnamed_call u WHERE u.call = asking.id AND u.voice = ?5 AND u.before = ?4)
             ORDER BY abs(near - ?6) LIMIT 1"
        ))?;
        Ok(find.query_row(told.params(), |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// After the record of `call` was stored in `row`: what stood in for it is at home now.
    pub(super) fn name_call(&mut self, session: i64, row: i64, call: &ToolCall) -> Result<()> {
        let (Some(asked), Some(at)) = (call.asked, call.started_at.or(call.ended_at)) else { return Ok(()) };
        let asked = asked.cast_signed();
        let stand_in: Option<i64> = self
            .db
            .prepare_cached(&format!(
                "SELECT u.call FROM unnamed_call u JOIN tool_call c ON c.id = u.call
                 WHERE u.session = ?1 AND u.asked = ?2 AND u.alone = 1 AND c.agent_id IS ?3
                   AND c.at_ms BETWEEN ?4 - {APART_MS} AND ?4 + {APART_MS}
                   AND NOT EXISTS (SELECT 1 FROM unnamed_call o WHERE o.call = ?5)
                 ORDER BY abs(c.at_ms - ?4), c.id LIMIT 1"
            ))?
            .query_row(params![session, asked, call.agent_id, at, row], |row| row.get(0))
            .optional()?;
        let Some(stand_in) = stand_in else { return Ok(()) };
        let Some((_, kept)) = self.kept_call(stand_in, &call.session)? else { return Ok(()) };
        self.db
            .prepare_cached("UPDATE unnamed_call SET call = ?2, alone = 0 WHERE call = ?1")?
            .execute([stand_in, row])?;
        self.db
            .prepare_cached(
                "UPDATE tool_call SET asked_ms = (SELECT asked_ms FROM tool_call WHERE id = ?1)
                 WHERE id = ?2 AND asked_ms IS NULL",
            )?
            .execute([stand_in, row])?;
        self.touches_go_to(session, stand_in, call)?;
        self.build_goes_to(&kept, call)?;
        self.drop_call(stand_in, session, &kept)?;
        self.merge_call(row, session, kept)
    }

    /// The row and id of the call that a hook's telling `call_id` means; `None`: it is no such id.
    pub(super) fn named(&self, session: &SessionId, call_id: &str) -> Result<Option<(i64, String)>> {
        if !call_id.starts_with(UNNAMED_ID) {
            return Ok(None);
        }
        let mut find = self.db.prepare_cached(NAMED)?;
        let found = find.query_row([telling(session, call_id)], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    /// Touches are known by the id of their call.
    fn touches_go_to(&self, session: i64, stand_in: i64, call: &ToolCall) -> Result<()> {
        let agent = call.session.agent;
        let mut find = self.db.prepare_cached("SELECT key, path FROM file_touch WHERE call = ?1")?;
        let touches = find.query_map([stand_in], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let touches: Vec<(i64, String)> = touches.collect::<Result<_, _>>()?;
        for (old, path) in touches {
            let new = key(agent, &path, &call.call_id);
            self.db
                .prepare_cached("DELETE FROM file_touch WHERE session = ?1 AND key = ?2")?
                .execute([session, old])?;
            self.db
                .prepare_cached("INSERT INTO file_touch (session, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute([session, new])?;
            self.db
                .prepare_cached(
                    "UPDATE file_view SET last_touch = ?4 WHERE session = ?1 AND path = ?2 AND last_touch = ?3",
                )?
                .execute(params![session, path, old, new])?;
        }
        Ok(())
    }

    fn build_goes_to(&self, stand_in: &ToolCall, call: &ToolCall) -> Result<()> {
        let agent = call.session.agent;
        let (old, new) = (build_key(agent, &stand_in.call_id), build_key(agent, &call.call_id));
        let moved =
            self.db.prepare_cached("UPDATE OR IGNORE build_run SET key = ?2 WHERE key = ?1")?.execute([old, new])?;
        if moved == 0 {
            self.db.prepare_cached("DELETE FROM build_run WHERE key = ?1")?.execute([old])?;
        }
        Ok(())
    }
}

/// The call that a telling means.
pub(in crate::store) const NAMED: &str =
    "SELECT c.id, c.tool_call_id FROM unnamed_call u JOIN tool_call c ON c.id = u.call WHERE u.key = ?1";

/// Identity of a telling.
pub(in crate::store) fn telling(session: &SessionId, call_id: &str) -> i64 {
    key(session.agent, "unnamed", &format!("{}\0{call_id}", session.id))
}

/// Identity of the build that a call runs.
pub(super) fn build_key(agent: Agent, run_id: &str) -> i64 {
    key(agent, "build", run_id)
}
