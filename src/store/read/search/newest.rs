//! The newest of very many hits: sessions are walked from the newest backwards, until no other can hold a newer hit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::params;

use super::{Candidate, Reader, Result, SearchFilter};
use crate::model::Millis;
use crate::store::read::id_list;
use crate::store::write::Part;

struct Walked {
    row: i64,
    session_id: String,
    agent: String,
    last_activity: Millis,
}

/// The best so far: the newest `limit` hits, the oldest of them on top.
struct Best<'a> {
    filter: &'a SearchFilter<'a>,
    /// Falling.
    docs: &'a [i64],
    heap: BinaryHeap<Reverse<(Millis, i64, usize)>>,
}

impl Best<'_> {
    /// Nothing older can get in.
    fn floor(&self) -> Millis {
        let since = self.filter.since.unwrap_or(Millis::MIN);
        match self.heap.peek() {
            Some(Reverse((oldest, _, _))) if self.heap.len() >= self.filter.limit => since.max(*oldest),
            _ => since,
        }
    }

    fn offer(&mut self, at: Millis, doc: i64, session: usize) {
        let fits = self.filter.takes(at, doc) && self.docs.binary_search_by(|d| doc.cmp(d)).is_ok();
        if fits {
            self.heap.push(Reverse((at, doc, session)));
            if self.heap.len() > self.filter.limit {
                self.heap.pop();
            }
        }
    }
}

impl Reader {
    /// The newest of `docs` (falling) that the filter takes.
    pub(super) fn newest_of(&self, docs: &[i64], filter: &SearchFilter<'_>) -> Result<Vec<Candidate>> {
        let sessions = self.walked(filter)?;
        let mut best = Best { filter, docs, heap: BinaryHeap::new() };
        for (index, session) in sessions.iter().enumerate() {
            if session.last_activity < best.floor() {
                break;
            }
            self.walk(session.row, index, &mut best)?;
        }
        let found = best.heap.into_iter().map(|Reverse((at, doc, index))| {
            let session = &sessions[index];
            Candidate { doc, at, session_id: session.session_id.clone(), agent: session.agent.clone() }
        });
        Ok(found.collect())
    }

    fn walked(&self, filter: &SearchFilter<'_>) -> Result<Vec<Walked>> {
        let mut find = self.db.prepare_cached(
            "SELECT id, session_id, agent, last_activity_ms FROM session
             WHERE last_activity_ms >= ?1 AND (?2 IS NULL OR agent = ?2)
               AND (?3 IS NULL OR project IN (SELECT value FROM json_each(?3)))
             ORDER BY last_activity_ms DESC",
        )?;
        let since = filter.since.unwrap_or(Millis::MIN);
        let rows = find.query_map(params![since, filter.agent, filter.projects.map(id_list)], |row| {
            Ok(Walked { row: row.get(0)?, session_id: row.get(1)?, agent: row.get(2)?, last_activity: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Both lists come from an index that holds all they need.
    fn walk(&self, session: i64, index: usize, best: &mut Best<'_>) -> Result<()> {
        let until = best.filter.before.map_or(Millis::MAX, |(at, _)| at);
        for (sql, parts) in [
            (
                "SELECT id, ts_ms FROM message WHERE session = ?1 AND ts_ms <= ?2 ORDER BY ts_ms DESC",
                &[Part::Message][..],
            ),
            (
                "SELECT id, at_ms FROM tool_call WHERE session = ?1 AND at_ms <= ?2 ORDER BY at_ms DESC",
                &[Part::Command, Part::Error],
            ),
        ] {
            let mut find = self.db.prepare_cached(sql)?;
            let mut rows = find.query(params![session, until])?;
            while let Some(row) = rows.next()? {
                let (id, at): (i64, Millis) = (row.get(0)?, row.get(1)?);
                if at < best.floor() {
                    break;
                }
                for part in parts {
                    best.offer(at, doc_id(id, *part), index);
                }
            }
        }
        Ok(())
    }
}

/// The document of a part of a row, as the writer numbers them.
fn doc_id(row: i64, part: Part) -> i64 {
    row << 2 | part as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_numbered_as_they_are_read() {
        for part in [Part::Message, Part::Command, Part::Error] {
            let (row, found) = Part::of(doc_id(7, part));
            assert_eq!((row, found as i64), (7, part as i64));
        }
    }
}
