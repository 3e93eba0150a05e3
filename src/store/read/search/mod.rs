//! Full-text search over prompts, answers, commands and errors; hits are ordered by time.

mod newest;
mod query;

use rusqlite::{OptionalExtension, params};

use super::{Reader, Result, id_list};
use crate::model::Millis;
use crate::store::write::{Part, SEARCH_PARTS};

/// So many documents are looked up one by one (a microsecond each); of words in more of them only the newest are.
const FEW: usize = 4_000;
/// Of a word that is in more documents than this, the documents stored last are searched.
const MOST: i64 = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub doc: i64,
    pub at: Millis,
    /// `user` or `assistant`; `command` and `error` for those of tool calls.
    pub role: String,
    pub text: String,
    pub session_id: String,
    pub agent: String,
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct SearchFilter<'a> {
    /// Words and quoted phrases, all of which must occur.
    pub query: &'a str,
    pub agent: Option<&'a str>,
    pub projects: Option<&'a [i64]>,
    pub since: Option<Millis>,
    /// Older than this hit: (time, document).
    pub before: Option<(Millis, i64)>,
    pub limit: usize,
}

impl SearchFilter<'_> {
    /// In the time and on the page that is asked for.
    fn takes(&self, at: Millis, doc: i64) -> bool {
        self.since.is_none_or(|since| at >= since) && self.before.is_none_or(|before| (at, doc) < before)
    }
}

#[derive(Debug, Clone)]
struct Candidate {
    doc: i64,
    at: Millis,
    session_id: String,
    agent: String,
}

impl Reader {
    /// Hits, newest first.
    pub fn search(&self, filter: &SearchFilter<'_>) -> Result<Vec<Hit>> {
        let Some(query) = self.fts_query(filter.query)? else { return Ok(Vec::new()) };
        let docs = self.documents(&query)?;
        let mut candidates =
            if docs.len() <= FEW { self.looked_up(&docs, filter)? } else { self.newest_of(&docs, filter)? };
        candidates.sort_by_key(|c| std::cmp::Reverse((c.at, c.doc)));
        candidates.truncate(filter.limit);
        candidates.into_iter().filter_map(|c| self.hit(c).transpose()).collect()
    }

    /// Every document that fits, the last stored first.
    fn documents(&self, query: &str) -> Result<Vec<i64>> {
        let mut find = self.db.prepare_cached(
            "SELECT rowid FROM search_index WHERE search_index MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
        )?;
        let rows = find.query_map(params![query, MOST], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn looked_up(&self, docs: &[i64], filter: &SearchFilter<'_>) -> Result<Vec<Candidate>> {
        let mut of_message = self.db.prepare_cached(
            "SELECT m.ts_ms, s.session_id, s.agent FROM message m JOIN session s ON s.id = m.session
             WHERE m.id = ?1 AND (?2 IS NULL OR s.agent = ?2) AND (?3 IS NULL OR s.project IN (SELECT value FROM json_each(?3)))",
        )?;
        let mut of_call = self.db.prepare_cached(
            "SELECT c.at_ms, s.session_id, s.agent FROM tool_call c JOIN session s ON s.id = c.session
             WHERE c.id = ?1 AND (?2 IS NULL OR s.agent = ?2) AND (?3 IS NULL OR s.project IN (SELECT value FROM json_each(?3)))",
        )?;
        let projects = filter.projects.map(id_list);
        let mut found = Vec::new();
        for &doc in docs {
            let (id, part) = Part::of(doc);
            let of_row = if matches!(part, Part::Message) { &mut of_message } else { &mut of_call };
            let candidate = of_row.query_row(params![id, filter.agent, projects], |r| {
                let at: Option<i64> = r.get(0)?;
                Ok(Candidate { doc, at: at.unwrap_or(0), session_id: r.get(1)?, agent: r.get(2)? })
            });
            found.extend(candidate.optional()?.filter(|c| filter.takes(c.at, doc)));
        }
        Ok(found)
    }

    fn hit(&self, candidate: Candidate) -> Result<Option<Hit>> {
        let (id, part) = Part::of(candidate.doc);
        let (sql, role) = SEARCH_PARTS[part as usize];
        let text: Option<(Option<String>, Option<String>)> =
            self.db.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((Some(text), own_role)) = text else { return Ok(None) };
        Ok(Some(Hit {
            doc: candidate.doc,
            at: candidate.at,
            role: own_role.unwrap_or_else(|| role.to_owned()),
            text,
            session_id: candidate.session_id,
            agent: candidate.agent,
        }))
    }
}
