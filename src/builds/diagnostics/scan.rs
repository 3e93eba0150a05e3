//! Runs the formats over an output.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::hints::Hints;
use super::lines::{Cursor, cut};
use super::{FORMATS, Format, Taken};
use crate::builds::ansi::strip_ansi;
use crate::model::{Diagnostic, Severity};

/// What one test prints is not followed further up.
const MAX_PRINTED: usize = 60;

/// Longest message or test id that is kept.
const MAX_MESSAGE: usize = 300;

/// Diagnostics in the order printed, without repetitions. When there are more than `limit`, errors
/// go before warnings and warnings before notes.
#[must_use]
pub fn diagnostics(output: &str, limit: usize) -> Vec<Diagnostic> {
    let text = strip_ansi(output);
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut seen = HashSet::new();
    let mut errors = 0;
    let mut others = 0;
    scan(
        &text,
        |format, cursor| format.diagnostic(cursor),
        |mut found: Diagnostic| {
            found.message = tidy(&found.message);
            let count = if found.severity == Severity::Error { &mut errors } else { &mut others };
            if *count < limit && seen.insert(hash_of(&found)) {
                *count += 1;
                kept.push(found);
            }
            errors < limit
        },
    );
    drop_least(&mut kept, limit);
    kept
}

/// Ids of failing tests in the order printed, without repetitions, at most `limit`.
#[must_use]
pub fn failing_tests(output: &str, limit: usize) -> Vec<String> {
    let text = strip_ansi(output);
    let mut ids: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    // Short names may turn out to be parts of longer ones, so some more are read than wanted.
    let reach = limit.saturating_mul(2);
    scan(
        &text,
        |format, cursor| format.failing_test(cursor),
        |id: String| {
            let id = tidy(&id);
            if !id.is_empty() && seen.insert(id.clone()) {
                ids.push(id);
            }
            ids.len() < reach
        },
    );
    let ids = without_short_names(ids);
    ids.into_iter().take(limit).collect()
}

/// Feeds every line to the formats and what they find to `keep`, until that says `false`.
fn scan<T>(text: &str, read: fn(&mut dyn Format, &Cursor<'_>) -> Option<Taken<T>>, mut keep: impl FnMut(T) -> bool) {
    let mut formats: Vec<(Hints, Box<dyn Format>)> =
        FORMATS.iter().map(|make| make()).map(|format| (format.hints(), format)).collect();
    let any = formats.iter().fold(Hints::default(), |all, (hints, _)| all.or(*hints));
    let mut next = Cursor::first(text);
    let mut skip = 0_usize;
    while let Some(mut cursor) = next {
        next = cursor.following();
        if skip > 0 {
            skip -= 1;
            continue;
        }
        cursor.hints = Hints::of(cursor.line);
        if !cursor.shows(any) {
            continue;
        }
        let taken = formats
            .iter_mut()
            .filter(|(wanted, _)| cursor.shows(*wanted))
            .find_map(|(_, format)| read(format.as_mut(), &cursor));
        if let Some(taken) = taken {
            skip = taken.lines - 1;
            if taken.found.is_empty() || is_printed(&cursor) {
                continue;
            }
            for found in taken.found {
                if !keep(found) {
                    return;
                }
            }
        }
    }
}

/// Whether the line is what a test printed, as jest (`  console.log` above, indented) and vitest
/// (`stdout | a.test.ts > adds` above, up to a blank line) show it.
fn is_printed(cursor: &Cursor<'_>) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_console =
        |line: &str| line.trim_start().strip_prefix("console.").is_some_and(|rest| !rest.contains([' ', '(']));
    let own = indent(cursor.line);
    if own >= 4 {
        let mut above = cursor.behind(MAX_PRINTED).skip_while(|line| line.is_empty() || indent(line) >= own);
        if above.next().is_some_and(is_console) {
            return true;
        }
    }
    cursor
        .behind(MAX_PRINTED)
        .take_while(|line| !line.is_empty())
        .any(|line| line.starts_with("stdout | ") || line.starts_with("stderr | "))
}

fn hash_of(diagnostic: &Diagnostic) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Diagnostic { file, line, column, severity: _, code, message } = diagnostic;
    (file, line, column, code, message).hash(&mut hasher);
    hasher.finish()
}

/// Keeps the order and drops from the least severe, the last first.
fn drop_least(kept: &mut Vec<Diagnostic>, limit: usize) {
    let mut surplus = kept.len().saturating_sub(limit);
    for severity in [Severity::Note, Severity::Warning, Severity::Error] {
        let of_kind = kept.iter().filter(|found| found.severity == severity).count();
        let mut stay = of_kind.saturating_sub(surplus);
        surplus -= of_kind - stay;
        kept.retain(|found| {
            let keep = found.severity != severity || stay > 0;
            stay -= usize::from(found.severity == severity && stay > 0);
            keep
        });
    }
}

/// Runners name a test shortly in the list and fully in the report (`adds`, `cart › adds`); the
/// full name stays.
fn without_short_names(ids: Vec<String>) -> Vec<String> {
    let mut tails: HashSet<String> = HashSet::new();
    for id in &ids {
        for separator in [" › ", " > ", " # "] {
            for (at, found) in id.match_indices(separator) {
                tails.insert(id[at + found.len()..].to_owned());
            }
        }
        // `com.x.CartTest.adds` covers `CartTest.adds`.
        if !id.contains(' ') {
            let dots: Vec<usize> = id.match_indices('.').map(|(at, _)| at).collect();
            if dots.len() > 1 {
                tails.extend(dots.iter().rev().skip(1).map(|at| id[at + 1..].to_owned()));
            }
        }
    }
    ids.into_iter().filter(|id| !tails.contains(id)).collect()
}

/// One line, single-spaced, at most as long as a message may be.
fn tidy(message: &str) -> String {
    let mut text = String::with_capacity(message.len().min(MAX_MESSAGE));
    for word in message.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
        if text.len() > MAX_MESSAGE {
            break;
        }
    }
    cut(&text, MAX_MESSAGE).to_owned()
}
