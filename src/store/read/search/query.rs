//! What is typed, as FTS5 understands it.
//!
//! The index keeps a run of characters without blanks as one word. Chinese, Japanese or Thai have no blanks, so there
//! a part of a run is looked for among all the words of the index that are written so.

use rusqlite::params;

use super::{Reader, Result};

/// More different runs than this are not told apart.
const RUNS: i64 = 1_000;
/// Where the scripts in question begin, in the order of the index.
const FIRST: char = '\u{e00}';
/// Nobody types more words; an expression has to be worked off for every one.
const TERMS: usize = 32;

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

/// What must occur, and what must not.
#[derive(Debug, Default)]
struct Terms {
    wanted: Vec<Term>,
    unwanted: Vec<Term>,
}

impl Reader {
    /// The expression for `typed`: all of its words are required, and none of what is quoted behind a minus. `None`
    /// where there is nothing to look for.
    pub(super) fn fts_query(&self, typed: &str) -> Result<Option<String>> {
        let Terms { wanted, unwanted } = terms(typed);
        if wanted.is_empty() {
            return Ok(None);
        }
        let wanted = self.expressions(wanted)?.join(" AND ");
        if unwanted.is_empty() {
            return Ok(Some(wanted));
        }
        Ok(Some(format!("({wanted}) NOT ({})", self.expressions(unwanted)?.join(" OR "))))
    }

    fn expressions(&self, terms: Vec<Term>) -> Result<Vec<String>> {
        let each = terms.into_iter().take(TERMS).map(|term| match term {
            Term::Phrase { text, prefix } => Ok(format!("{}{}", quoted(&text), if prefix { "*" } else { "" })),
            Term::Part(part) => self.runs_with(&part),
        });
        each.collect()
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

/// The words of `typed`; the last letters of one may be left open with `*`. A minus counts before a quote only: before
/// a word it is nearly always that of a command's option.
fn terms(typed: &str) -> Terms {
    let mut terms = Terms::default();
    let mut minus = false;
    for (index, piece) in typed.split('"').enumerate() {
        if index % 2 == 1 {
            push(if minus { &mut terms.unwanted } else { &mut terms.wanted }, piece, false);
        } else {
            for word in piece.split_whitespace() {
                push(&mut terms.wanted, word.trim_end_matches('*'), word.len() > 1 && word.ends_with('*'));
            }
            let before = piece.strip_suffix('-');
            minus = before.is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace));
        }
    }
    terms
}

fn push(terms: &mut Vec<Term>, text: &str, prefix: bool) {
    if text.contains(has_no_blanks) {
        // The index cuts at punctuation, too.
        let runs = text.split(|c: char| !c.is_alphanumeric() || cuts_runs(c)).filter(|run| !run.is_empty());
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

/// Chinese, Japanese and Korean; the last has blanks, but endings that grow on to a word. Thai, Lao, Burmese, Khmer.
fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}')
        || matches!(c, '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3fffd}')
}

/// Vowels and tones that the index takes for the end of a word.
fn cuts_runs(c: char) -> bool {
    matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}')
        || matches!(c, '\u{ec8}'..='\u{ece}' | '\u{102b}'..='\u{103e}' | '\u{1056}'..='\u{1059}')
        || matches!(c, '\u{105e}'..='\u{1060}' | '\u{1062}'..='\u{1064}' | '\u{1067}'..='\u{106d}')
        || matches!(c, '\u{1071}'..='\u{1074}' | '\u{1082}'..='\u{108d}' | '\u{17b4}'..='\u{17d3}' | '\u{17dd}')
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
            ("token -\"the test\" -\"x\"", Some("(\"token\") NOT (\"the test\" OR \"x\")")),
            ("find -name a-\"b c\"", Some("\"find\" AND \"-name\" AND \"a-\" AND \"b c\"")),
            ("-\"only this\"", None),
            ("ทดสอบ", Some("(\"ทดสอบ\"*)")),
            ("กำลังทดสอบ", Some("(\"กำล\"*) AND (\"งทดสอบ\"*)")),
        ] {
            let query = reader.fts_query(typed).unwrap();
            assert_eq!(query.as_deref(), want, "{typed}");
            if let Some(query) = query {
                assert!(reader.documents(&query).unwrap().is_empty(), "{query}");
            }
        }
    }
}
