//! Full-text search over prompts, answers, commands and errors.

use rusqlite::{OptionalExtension, params};

use super::{Reader, Result, id_list};
use crate::model::Millis;
use crate::store::write::{Part, SEARCH_PARTS};

/// Index entries looked at for one page: past that, common words are cut to the newest entries.
const CANDIDATES: usize = 2_000;

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

struct Candidate {
    doc: i64,
    at: Millis,
    session_id: String,
    agent: String,
}

impl Reader {
    /// Hits, newest first.
    pub fn search(&self, filter: &SearchFilter<'_>) -> Result<Vec<Hit>> {
        let Some(query) = fts_query(filter.query) else { return Ok(Vec::new()) };
        let mut candidates = self.candidates(&query, filter)?;
        candidates.sort_by_key(|c| std::cmp::Reverse((c.at, c.doc)));
        candidates.truncate(filter.limit);
        candidates.into_iter().filter_map(|c| self.hit(c).transpose()).collect()
    }

    fn candidates(&self, query: &str, filter: &SearchFilter<'_>) -> Result<Vec<Candidate>> {
        let mut docs =
            self.db.prepare_cached("SELECT rowid FROM search_index WHERE search_index MATCH ?1 ORDER BY rowid DESC")?;
        let mut of_message = self.db.prepare_cached(
            "SELECT m.ts_ms, s.session_id, s.agent FROM message m JOIN session s ON s.id = m.session
             WHERE m.id = ?1 AND (?2 IS NULL OR s.agent = ?2) AND (?3 IS NULL OR s.project IN (SELECT value FROM json_each(?3)))",
        )?;
        let mut of_call = self.db.prepare_cached(
            "SELECT c.at_ms, s.session_id, s.agent FROM tool_call c JOIN session s ON s.id = c.session
             WHERE c.id = ?1 AND (?2 IS NULL OR s.agent = ?2) AND (?3 IS NULL OR s.project IN (SELECT value FROM json_each(?3)))",
        )?;
        let projects = filter.projects.map(id_list);
        let mut rows = docs.query([query])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let doc: i64 = row.get(0)?;
            let (id, part) = Part::of(doc);
            let of_row = if matches!(part, Part::Message) { &mut of_message } else { &mut of_call };
            let candidate = of_row
                .query_row(params![id, filter.agent, projects], |r| {
                    let at: Option<i64> = r.get(0)?;
                    Ok(Candidate { doc, at: at.unwrap_or(0), session_id: r.get(1)?, agent: r.get(2)? })
                })
                .optional()?;
            let Some(candidate) = candidate else { continue };
            let in_time = filter.since.is_none_or(|since| candidate.at >= since);
            let on_page = filter.before.is_none_or(|before| (candidate.at, doc) < before);
            if in_time && on_page {
                found.push(candidate);
                if found.len() == CANDIDATES {
                    break;
                }
            }
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

/// The words of `text` as FTS5 understands them: each quoted, all of them required; the last one as a prefix
/// when it is unfinished with `*`. `None` where there is nothing to look for.
fn fts_query(text: &str) -> Option<String> {
    let mut terms = Vec::new();
    for (index, piece) in text.split('"').enumerate() {
        if index % 2 == 1 {
            push_term(&mut terms, piece, false);
        } else {
            for word in piece.split_whitespace() {
                let prefix = word.len() > 1 && word.ends_with('*');
                push_term(&mut terms, word.trim_end_matches('*'), prefix);
            }
        }
    }
    (!terms.is_empty()).then(|| terms.join(" "))
}

fn push_term(terms: &mut Vec<String>, text: &str, prefix: bool) {
    if text.chars().any(char::is_alphanumeric) {
        terms.push(format!("\"{}\"{}", text.replace('"', "\"\""), if prefix { "*" } else { "" }));
    }
}

#[cfg(test)]
mod tests {
    use super::fts_query;

    #[test]
    fn whatever_is_typed_becomes_a_legal_query() {
        for (typed, want) in [
            ("auth token", Some("\"auth\" \"token\"")),
            ("\"auth token\" src/a.rs", Some("\"auth token\" \"src/a.rs\"")),
            ("refr*", Some("\"refr\"*")),
            ("a AND (b OR NOT c)", Some("\"a\" \"AND\" \"(b\" \"OR\" \"NOT\" \"c)\"")),
            ("\"unfinished", Some("\"unfinished\"")),
            ("***", None),
            ("  ", None),
            ("-- ; '", None),
        ] {
            assert_eq!(fts_query(typed).as_deref(), want, "{typed}");
        }
    }
}
