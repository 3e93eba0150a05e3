//! Messages that hooks told, and the records of the same messages: one message, whoever comes first.
//!
//! A hook tells a prompt or an answer without the id that its record has. Until the record comes, a row of its
//! own stands in for it; then the record takes its place. Each telling stands for one record, so that the same
//! words said twice stay two messages.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::messages::{Kept, join};
use super::search::{Part, doc_id};
use super::{Result, Writer, key};
use crate::model::{Message, Millis, Role};

/// A record is written within moments of the hook; far apart, the same words are other words.
const APART_MS: Millis = 10 * 60 * 1000;

/// Nor are more messages than these written between the two; each way.
const NEAREST: usize = 40;

/// So many letters at the beginning tell a long text from every other one nearby.
const TELLING: usize = 512;

/// Between two tellings of one thing: nobody says the same words twice so soon.
const MOMENT_MS: Millis = 500;

/// Sessions in which a telling still stands alone, and how many do.
#[derive(Debug, Default)]
pub(super) struct Alone(HashMap<i64, i64>);

impl Alone {
    pub fn load(db: &Connection) -> Result<Self> {
        let mut all = db.prepare("SELECT session, count(*) FROM overheard WHERE alone = 1 GROUP BY session")?;
        let counts = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(counts.collect::<Result<_, _>>()?))
    }

    fn add(&mut self, session: i64) {
        *self.0.entry(session).or_default() += 1;
    }

    fn remove(&mut self, session: i64) {
        if let Some(count) = self.0.get_mut(&session) {
            *count -= 1;
            if *count <= 0 {
                self.0.remove(&session);
            }
        }
    }

    fn any(&self, session: i64) -> bool {
        self.0.contains_key(&session)
    }
}

impl Writer {
    /// A message that a hook told: the record's, where that is here, else a row of its own.
    pub(super) fn overhear(&mut self, m: &Message) -> Result<()> {
        let session = self.sessions.row(&self.db, &m.session)?;
        self.title_from(session, m);
        let telling =
            key(m.session.agent, "overheard", &format!("{}\0{}\0{}", m.session.id, m.role.name(), m.message_id));
        let known = self.db.prepare_cached("SELECT 1 FROM overheard WHERE key = ?1")?.exists([telling])?;
        if known {
            return Ok(());
        }
        if self.told_a_moment_ago(session, m)? {
            return Ok(());
        }
        let record = self.record_of(session, m)?;
        let alone = record.is_none();
        let content = || join(m.pieces.iter().map(|p| p.text.as_str()));
        let message = if alone { self.insert_message(session, m, content())? } else { record };
        let Some(message) = message else { return Ok(()) };
        self.db
            .prepare_cached("INSERT INTO overheard (key, session, message, at_ms, alone) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![telling, session, message, m.at, alone])?;
        if alone {
            self.alone.add(session);
        }
        Ok(())
    }

    /// Two registrations of one hook tell everything twice, each under a number of its own.
    fn told_a_moment_ago(&self, session: i64, m: &Message) -> Result<bool> {
        let mut find = self.db.prepare_cached(
            "SELECT m.content FROM overheard o JOIN message m ON m.id = o.message
             WHERE o.session = ?1 AND m.role = ?2 AND o.at_ms BETWEEN ?3 AND ?4 AND m.agent_id IS ?5
               AND (?6 IS NULL OR m.turn IS NULL OR m.turn = ?6)",
        )?;
        let near = params![session, m.role.name(), m.at - MOMENT_MS, m.at + MOMENT_MS, m.agent_id, m.turn];
        let mut rows = find.query(near)?;
        while let Some(row) = rows.next()? {
            let content: String = row.get(0)?;
            if words(&content).eq(m.pieces.iter().flat_map(|p| words(&p.text))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The record of what `m` tells that no other telling stands for: with the same words, else of the same turn.
    fn record_of(&self, session: i64, m: &Message) -> Result<Option<i64>> {
        self.likest(
            &format!(
                "WITH near AS (
                   SELECT * FROM (SELECT id, ts_ms, content, pieces, turn, role, agent_id FROM message
                                  WHERE session = ?1 AND ts_ms BETWEEN ?3 AND (?3 + ?4) / 2
                                  ORDER BY ts_ms DESC LIMIT {NEAREST})
                   UNION ALL
                   SELECT * FROM (SELECT id, ts_ms, content, pieces, turn, role, agent_id FROM message
                                  WHERE session = ?1 AND ts_ms > (?3 + ?4) / 2 AND ts_ms <= ?4
                                  ORDER BY ts_ms LIMIT {NEAREST}))
                 SELECT id, ts_ms, content, pieces, turn, role FROM near
                 WHERE agent_id IS ?2 AND role IN (?5, 'system')
                   AND NOT EXISTS (SELECT 1 FROM overheard o WHERE o.message = near.id AND +o.session = ?1)"
            ),
            session,
            m,
        )
    }

    /// The same the other way round.
    fn stand_in_for(&self, session: i64, m: &Message) -> Result<Option<i64>> {
        self.likest(
            "SELECT m.id, m.ts_ms, m.content, m.pieces, m.turn, m.role FROM overheard o JOIN message m ON m.id = o.message
             WHERE o.session = ?1 AND o.alone = 1 AND m.agent_id IS ?2 AND m.ts_ms BETWEEN ?3 AND ?4
               AND (m.role = ?5 OR ?5 = 'system')",
            session,
            m,
        )
    }

    /// Of the rows that `sql` finds, the one most like `m`.
    fn likest(&self, sql: &str, session: i64, m: &Message) -> Result<Option<i64>> {
        let mut find = self.db.prepare_cached(sql)?;
        let near = params![session, m.agent_id, m.at - APART_MS, m.at + APART_MS, m.role.name()];
        let rows = find.query_map(near, |row| {
            let likeness = Likeness {
                at: row.get(1)?,
                content: row.get(2)?,
                hashes: hashes(&row.get::<_, Vec<u8>>(3)?),
                turn: row.get(4)?,
                same_role: row.get::<_, String>(5)? == m.role.name(),
            };
            Ok((row.get::<_, i64>(0)?, likeness))
        })?;
        let mut best: Option<(u8, Millis, i64)> = None;
        for row in rows {
            let (id, likeness) = row?;
            if let Some(rank) = likeness.to(m) {
                let found = (rank, (likeness.at - m.at).abs(), id);
                best = Some(best.map_or(found, |known| known.min(found)));
            }
        }
        Ok(best.map(|(_, _, id)| id))
    }

    /// After the record `m` was stored in `row`: a telling that stands alone for it is at home now.
    pub(super) fn settle_overheard(&mut self, session: i64, row: i64, m: &Message) -> Result<()> {
        if !self.alone.any(session) || !matches!(m.role, Role::User | Role::Assistant | Role::System) {
            return Ok(());
        }
        let taken = self
            .db
            .prepare_cached("SELECT 1 FROM overheard WHERE message = ?1 AND session = ?2")?
            .exists([row, session])?;
        if taken {
            return Ok(());
        }
        let Some(stand_in) = self.stand_in_for(session, m)? else { return Ok(()) };
        let Some((role, kept)) = self.kept_by_row(stand_in)? else { return Ok(()) };
        self.db
            .prepare_cached("UPDATE overheard SET message = ?2, alone = 0 WHERE message = ?1")?
            .execute([stand_in, row])?;
        self.db.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute([stand_in])?;
        self.docs.remove(doc_id(stand_in, Part::Message));
        self.count_message(session, role, kept.agent_id.as_deref(), -1);
        self.alone.remove(session);
        Ok(())
    }

    fn kept_by_row(&self, row: i64) -> Result<Option<(Role, Kept)>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT id, session, ts_ms, content, pieces, record_id, model, agent_id, turn, role FROM message WHERE id = ?1",
            )?
            .query_row([row], |row| {
                let role = if row.get::<_, String>(9)? == "user" { Role::User } else { Role::Assistant };
                Ok((role, Kept::read(row)?))
            })
            .optional()?)
    }
}

/// What is compared of two tellings.
struct Likeness {
    at: Millis,
    content: String,
    hashes: Vec<u64>,
    turn: Option<String>,
    same_role: bool,
}

impl Likeness {
    /// How sure it is that `m` is the same message, 0 the surest; `None`: it is another.
    fn to(&self, m: &Message) -> Option<u8> {
        if m.pieces.iter().any(|piece| self.hashes.contains(&piece.hash)) {
            return Some(u8::from(!self.same_role));
        }
        // Redacted before it was told, or put together from other pieces.
        let told = m.pieces.iter().flat_map(|p| words(&p.text));
        if (self.same_role || !self.content.is_empty()) && words(&self.content).eq(told) {
            return Some(2 + u8::from(!self.same_role));
        }
        // Long texts are cut on their ways, not always alike.
        let beginning = || m.pieces.iter().flat_map(|p| words(&p.text)).take(TELLING);
        if self.same_role && beginning().count() == TELLING && words(&self.content).take(TELLING).eq(beginning()) {
            return Some(4);
        }
        // Of the same turn and moment. A fork's copies name the turn that they were copied in.
        let same_turn = self.turn.is_some() && self.turn == m.turn && m.role == Role::User;
        (same_turn && self.same_role && (self.at - m.at).abs() <= MOMENT_MS).then_some(5)
    }
}

fn words(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace())
}

pub(super) fn hashes(blob: &[u8]) -> Vec<u64> {
    blob.as_chunks::<8>().0.iter().map(|c| u64::from_le_bytes(*c)).collect()
}
