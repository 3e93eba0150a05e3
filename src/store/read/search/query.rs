//! What is typed, as FTS5 understands it.
//!
//! The index keeps a run of characters without blanks as one word. Chinese and Japanese have no blanks, so there
//! a part of a run is looked for among all the words of the index that are written so.

use rusqlite::params;

use super::{Reader, Result};

/// More different runs than this are not told apart.
const RUNS: i64 = 1_000;
/// Where the scripts in question begin, in the order of the index.
const FIRST: char = '\u{1100}';

/// One thing that must occur.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Phrase {
        text: String,
        prefix: bool,
    },
    /// A part of a run of characters.
    Part(String),
}

impl Reader {
    /// The expression for `typed`: all of its words are required. `None` where there is nothing to look for.
    pub(super) fn fts_query(&self, typed: &str) -> Result<Option<String>> {
        let mut parts = Vec::new();
        for term in terms(typed) {
            parts.push(match term {
                Term::Phrase { text, prefix } => format!("{}{}", quoted(&text), if prefix { "*" } else { "" }),
                Term::Part(part) => self.runs_with(&part)?,
            });
        }
        Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
    }

    /// Any of the runs that hold `part`; if there is none, a word that is nowhere.
    fn runs_with(&self, part: &str) -> Result<String> {
        // A table of this connection alone, which SQLite counts as writing all the same.
        self.db.pragma_update(None, "query_only", "OFF")?;
        let made = self.db.execute_batch(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, search_index, row)",
        );
        self.db.pragma_update(None, "query_only", "ON")?;
        made?;
        let mut find = self.db.prepare_cached(
            "SELECT term FROM temp.vocabulary WHERE term >= ?1 AND instr(term, ?2) > 0 AND term <> ?2 LIMIT ?3",
        )?;
        let runs = find.query_map(params![FIRST.to_string(), part, RUNS], |row| row.get(0))?;
        let runs: Vec<String> = runs.collect::<Result<_, _>>()?;
        let any: Vec<String> =
            std::iter::once(format!("{}*", quoted(part))).chain(runs.iter().map(|r| quoted(r))).collect();
        Ok(format!("({})", any.join(" OR ")))
    }
}

/// The words of `typed`; the last letters of one may be left open with `*`.
fn terms(typed: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (index, piece) in typed.split('"').enumerate() {
        if index % 2 == 1 {
            push(&mut terms, piece, false);
        } else {
            for word in piece.split_whitespace() {
                push(&mut terms, word.trim_end_matches('*'), word.len() > 1 && word.ends_with('*'));
            }
        }
    }
    terms
}

fn push(terms: &mut Vec<Term>, text: &str, prefix: bool) {
    if text.contains(has_no_blanks) {
        // The index cuts at punctuation, too.
        let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
        terms.extend(runs.map(|run| {
            if run.contains(has_no_blanks) {
                Term::Part(run.to_lowercase())
            } else {
                Term::Phrase { text: run.to_owned(), prefix: false }
            }
        }));
    } else if text.chars().any(char::is_alphanumeric) {
        terms.push(Term::Phrase { text: text.to_owned(), prefix });
    }
}

fn quoted(text: &str) -> String {
    // SQLite takes a NUL for the end.
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}

/// Chinese, Japanese and Korean; the last has blanks, but endings that grow on to a word.
fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}')
        || matches!(c, '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_typed_becomes_a_legal_query() {
        let reader = Reader::empty().unwrap();
        for (typed, want) in [
            ("auth token", Some("\"auth\" AND \"token\"")),
            ("\"auth token\" src/a.rs", Some("\"auth token\" AND \"src/a.rs\"")),
            ("refr*", Some("\"refr\"*")),
            ("a AND (b OR NOT c)", Some("\"a\" AND \"AND\" AND \"(b\" AND \"OR\" AND \"NOT\" AND \"c)\"")),
            ("\"unfinished", Some("\"unfinished\"")),
            ("认证 Token", Some("(\"认证\"*) AND \"Token\"")),
            ("API接口，缓存", Some("(\"api接口\"*) AND (\"缓存\"*)")),
            ("***", None),
            ("  ", None),
            ("-- ; '", None),
            ("a\0b", Some("\"a b\"")),
        ] {
            let query = reader.fts_query(typed).unwrap();
            assert_eq!(query.as_deref(), want, "{typed}");
            if let Some(query) = query {
                assert!(reader.documents(&query).unwrap().is_empty(), "{query}");
            }
        }
    }
}
