//! rustc, cargo, clippy, rustfmt, libtest and nextest; zig and others that print `error: …` alike.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, nowhere, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// How far below its headline a diagnostic's `-->` may stand; messages can have several lines.
const TO_ARROW: usize = 12;

#[derive(Default)]
pub(super) struct Rust;

impl Format for Rust {
    fn hints(&self) -> Hints {
        Hints::ERROR.or(Hints::WARNING).or(Hints::PANIC).or(Hints::FAIL).or(Hints::PHRASE)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        if let Some(rest) = line.strip_prefix("error") {
            return headline(cursor, Severity::Error, rest);
        }
        if let Some(rest) = line.strip_prefix("warning") {
            return headline(cursor, Severity::Warning, rest);
        }
        panic(cursor).or_else(|| misformatted(line))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        if line == "failures:" {
            return Some(failures(cursor));
        }
        if let Some(test) = line.strip_prefix("test ") {
            let name = test.strip_suffix(" ... FAILED")?;
            let name = name.strip_suffix(" - should panic").unwrap_or(name);
            return Some(Taken::one(without_line_number(name)));
        }
        nextest(line).map(|name| Taken::one(name.to_owned()))
    }
}

/// `error[E0308]: mismatched types`, and below it `--> src/a.rs:3:5`.
fn headline(cursor: &Cursor<'_>, severity: Severity, rest: &str) -> Option<Taken<Diagnostic>> {
    let (code, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let message = rest.strip_prefix(": ")?;
    if is_summary(message) {
        return Some(Taken { found: died(cursor, message).into_iter().collect(), lines: 1 });
    }
    // black's.
    if message.starts_with("cannot parse: ") || message.starts_with("cannot format ") {
        return None;
    }
    if message.starts_with("linking with ")
        && let Some(found) = unlinked(cursor)
    {
        return Some(Taken::one(found));
    }
    let mut lines = 1;
    let mut above = "";
    for below in cursor.ahead(TO_ARROW) {
        lines += 1;
        // Only errors have messages of several paragraphs.
        let is_end = below.is_empty() && severity == Severity::Warning;
        if is_end || below.starts_with("error") || below.starts_with("warning") {
            break;
        }
        let arrow = below.trim_start().strip_prefix("--> ").or(below.trim_start().strip_prefix("::: "));
        if let Some(place) = arrow.map(spaced_place) {
            if lines > 2 && names_rule(above) {
                break;
            }
            let found = place.diagnostic(severity, Some(code), message);
            return Some(Taken::one(found).through(lines));
        }
        above = below;
    }
    // Without a place only cargo's own complaints are worth keeping; JavaScript's stacks and Elixir's
    // corners are read by others.
    let is_foreign = cursor
        .ahead(30)
        .take_while(|below| !below.starts_with("error"))
        .map(str::trim_start)
        .any(|below| below.starts_with("at ") || below.starts_with("└─ "));
    if severity == Severity::Error && !is_foreign {
        let mut found = nowhere(message);
        found.code = (!code.is_empty()).then(|| code.to_owned());
        return Some(Taken::one(found));
    }
    None
}

/// lld's words in cargo's note: `rust-lld: error: undefined symbol: f` and
/// `>>> referenced by main.rs:2 (src/main.rs:2)`. (Those of ld are read where they stand.)
fn unlinked(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    const TO_SYMBOL: usize = 60;
    let mut below = cursor.ahead(TO_SYMBOL).skip_while(|line| !line.contains("undefined symbol: "));
    let (_, symbol) = below.next()?.split_once("undefined symbol: ")?;
    let user = below.next().and_then(|line| line.trim_start().strip_prefix(">>> referenced by "));
    let place = user.and_then(|user| whole(user.rsplit_once('(')?.1.strip_suffix(')')?));
    Some(place.unwrap_or_default().error(format!("undefined symbol: {symbol}")))
}

/// A test that takes the whole process down is named by nobody: `error: test failed, …`, `Caused by:`
/// and `  process didn't exit successfully: `…` (signal: 6, SIGABRT: …)`.
fn died(cursor: &Cursor<'_>, message: &str) -> Option<Diagnostic> {
    if !message.starts_with("test failed, to rerun") {
        return None;
    }
    let cause = cursor.ahead(4).find(|line| line.trim_start().starts_with("process didn't exit successfully"))?;
    let (_, signal) = cause.rsplit_once(" (signal: ")?;
    Some(nowhere(format!("the test process died (signal: {signal}")))
}

/// ruff's complaints start with their rule: `F401 [*] message`, and have the same arrow.
fn names_rule(line: &str) -> bool {
    let code = line.split(' ').next().unwrap_or_default();
    let digits = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_code = digits.len() < code.len() && digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    is_code || code == "invalid-syntax:"
}

/// `my dir/a.rs:3:5`: the arrow vouches for it, blanks and all.
fn spaced_place(text: &str) -> Place<'_> {
    let mut parts = text.rsplitn(3, ':');
    let (column, line, file) = (parts.next(), parts.next(), parts.next());
    match (file, line.map(str::parse), column.map(str::parse)) {
        (Some(file), Some(Ok(line)), Some(Ok(column))) => Place { file, line: Some(line), column: Some(column) },
        _ => whole(text).unwrap_or(Place::file(text)),
    }
}

/// What cargo and others say after the real complaints.
fn is_summary(message: &str) -> bool {
    const STARTS: &[&str] = &[
        "found ",
        "could not compile",
        "aborting due to",
        "test failed, to rerun",
        "doctest failed, to rerun",
        "build failed",
        "test run failed",
        "process didn't exit successfully",
        "Recipe `",
        "recipe `",
        "failed to run custom build command",
        "command failed",
        "bench failed",
        "task failed",
        "could not document",
        "the following build command failed",
        "Process completed with exit code",
    ];
    STARTS.iter().any(|start| message.starts_with(start))
        || message.contains(" generated ") && message.contains(" warning")
        || message.contains(" target") && message.contains(" failed")
        || message.contains("exited with code")
        || message.ends_with("warnings emitted")
        || message.ends_with("warning emitted")
}

/// `thread 'x' panicked at src/a.rs:3:5:` and the message below, or the older form in one line.
fn panic(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    if !cursor.shows(Hints::PANIC) {
        return None;
    }
    if let Some(at) = cursor.line.strip_prefix("note: test did not panic as expected at ") {
        return Some(Taken::one(whole(at)?.error("test did not panic as expected")));
    }
    let (before, at) = cursor.line.split_once("panicked at ")?;
    if !before.trim_start().starts_with("thread '") {
        return None;
    }
    if let Some((message, place)) = at.rsplit_once("', ") {
        let place = whole(place)?;
        return Some(Taken::one(place.error(message.trim_start_matches('\''))));
    }
    let place = whole(at.strip_suffix(':')?)?;
    let mut message = String::new();
    let mut lines = 1;
    for below in cursor.ahead(8) {
        let text = below.trim_start();
        let is_value = text.starts_with("left:") || text.starts_with("right:");
        if text.is_empty() || text.starts_with("note:") || text.starts_with("stack backtrace") {
            break;
        }
        // The first line is the message; of an assertion the two sides are worth having.
        if lines == 1 || is_value {
            let gap = if lines == 1 { "" } else { ", " };
            message = format!("{message}{gap}{text}");
        }
        lines += 1;
    }
    if message.is_empty() {
        "panicked".clone_into(&mut message);
    }
    Some(Taken::one(place.error(message)).through(lines))
}

/// `cargo fmt --check`: `Diff in /p/src/a.rs:3:` (`at line 3:` before 2024).
fn misformatted(line: &str) -> Option<Taken<Diagnostic>> {
    let at = line.strip_prefix("Diff in ")?.strip_suffix(':')?;
    let (file, number) = at.rsplit_once(" at line ").or_else(|| at.rsplit_once(':'))?;
    let place = Place { file, line: number.parse().ok(), column: None };
    Some(Taken::one(place.error("not formatted (rustfmt)")))
}

/// The names, indented by four, after the second `failures:`; after the first comes a blank line.
fn failures(cursor: &Cursor<'_>) -> Taken<String> {
    let names: Vec<String> = cursor
        .ahead(1000)
        .map_while(|line| line.strip_prefix("    "))
        .filter(|name| !name.is_empty() && !name.starts_with(' '))
        .map(without_line_number)
        .collect();
    let lines = names.len() + 1;
    Taken { found: names, lines }
}

/// `src/lib.rs - parse (line 12)`: a documentation test keeps its name when lines move.
fn without_line_number(name: &str) -> String {
    let line = name.rsplit_once(" (line ").filter(|(_, line)| line.ends_with(')'));
    line.map_or(name, |(name, _)| name).to_owned()
}

/// `        FAIL [   0.012s] (1/2) shop::bin module::test`.
fn nextest(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let text = text
        .strip_prefix("TRY ")
        .map_or(text, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '));
    let (status, rest) = text.split_once(" [")?;
    if !matches!(status, "FAIL" | "TIMEOUT" | "SIGABRT" | "SIGSEGV" | "LEAK-FAIL" | "FAIL + LEAK") {
        return None;
    }
    let (time, rest) = rest.split_once(']')?;
    let is_time = time.trim().trim_start_matches('>').ends_with('s');
    let name = rest.rsplit(' ').next()?;
    (is_time && !name.is_empty() && rest.starts_with(' ')).then_some(name)
}
