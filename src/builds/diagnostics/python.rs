//! Python's own tracebacks, ruff, flake8, pylint and black.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, has_extension, is_foreign, number, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// Recursion errors print about a thousand frames, two lines each, but fold the repeated ones.
const MAX_TRACEBACK: usize = 400;

#[derive(Default)]
pub(super) struct Python;

impl Format for Python {
    fn hints(&self) -> Hints {
        Hints::TRACEBACK.or(Hints::FILE).or(Hints::COLON_NUMBER).or(Hints::PHRASE).or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        let text = line.trim_start();
        if text.starts_with("Traceback (most recent call last)") {
            return traceback(cursor);
        }
        if text.starts_with("File \"") {
            return syntax_error(cursor, text);
        }
        let unformatted = line.strip_prefix("would reformat ").or_else(|| line.strip_prefix("Would reformat: "));
        if let Some(file) = unformatted {
            return Some(Taken::one(Place::file(file).error("not formatted")));
        }
        whole_file(line).or_else(|| coded(cursor)).map(Taken::one).or_else(|| arrow(cursor, text))
    }
}

/// isort's `ERROR: /p/a.py Imports are incorrectly sorted …`, black's `error: cannot parse: a.py:1:6`,
/// before 2025 `error: cannot format a.py: Cannot parse: 1:6: def f(:`.
fn whole_file(line: &str) -> Option<Diagnostic> {
    if let Some(rest) = line.strip_prefix("ERROR: ") {
        let (file, message) = rest.split_once(' ')?;
        return (has_extension(file, &["py", "pyi"]) && message.starts_with("Imports are"))
            .then(|| Place::file(file).error(message));
    }
    if let Some(at) = line.strip_prefix("error: cannot parse: ") {
        return Some(whole(at)?.error("cannot parse (black)"));
    }
    let (file, message) = line.strip_prefix("error: cannot format ")?.split_once(": ")?;
    Some(Place::file(file).error(message))
}

/// `File "a.py", line 3`.
fn frame(text: &str) -> Option<Place<'_>> {
    let rest = text.strip_prefix("File \"")?;
    let (file, rest) = rest.split_once('"')?;
    let (line, _) = number(rest.strip_prefix(", line ")?)?;
    Some(Place { file, line: Some(line), column: None })
}

/// The exception, at the last frame that is not a library's.
fn traceback(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let indent = cursor.line.len() - cursor.line.trim_start().len();
    let mut last: Option<Place<'_>> = None;
    let mut ours: Option<Place<'_>> = None;
    for (at, line) in cursor.ahead(MAX_TRACEBACK).enumerate() {
        let text = line.trim_start();
        if let Some(place) = frame(text) {
            if !is_foreign(place.file) {
                ours = Some(place.clone());
            }
            last = Some(place);
        } else if !text.is_empty() && line.len() - text.len() <= indent {
            let place = ours.or(last)?;
            return Some(Taken::one(place.error(text)).through(at + 2));
        }
    }
    None
}

/// A file that does not parse has no traceback, only its place.
fn syntax_error(cursor: &Cursor<'_>, text: &str) -> Option<Taken<Diagnostic>> {
    let place = frame(text)?;
    let error = cursor.ahead(5).find(|line| {
        ["SyntaxError: ", "IndentationError: ", "TabError: "].iter().any(|start| line.starts_with(start))
    })?;
    Some(Taken::one(place.error(error)))
}

/// `a.py:3:5: F401 'os' imported but unused`.
fn coded(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place()?;
    let (code, message) = rule(rest.strip_prefix(": ")?)?;
    // pylint names the check again at the end and has grades; with the others all rules are equal.
    let symbol = message.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    let is_pylint = symbol.is_some_and(|(_, name)| name.contains('-') || !name.contains(' '));
    let severity = match code.bytes().next() {
        Some(b'C' | b'R' | b'W' | b'I') if is_pylint && code.len() == 5 => Severity::Warning,
        _ => Severity::Error,
    };
    Some(place.diagnostic(severity, Some(code), message))
}

/// `F401 [*] message` or `C0114: message`: a rule's code and what it says.
fn rule(text: &str) -> Option<(&str, &str)> {
    let (code, message) = text.split_once(' ')?;
    let code = code.strip_suffix(':').unwrap_or(code);
    let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = code.len() - letters;
    let is_code =
        (1..=5).contains(&letters) && (2..=5).contains(&digits) && code[letters..].bytes().all(|b| b.is_ascii_digit());
    let message = message.strip_prefix("[*] ").unwrap_or(message);
    (is_code && !message.is_empty()).then_some((code, message))
}

/// ruff's full form: `--> a.py:3:5` below `F401 [*] message`.
fn arrow(cursor: &Cursor<'_>, text: &str) -> Option<Taken<Diagnostic>> {
    let place = whole(text.strip_prefix("--> ")?)?;
    let above = cursor.previous()?;
    if above.starts_with("unformatted: ") {
        return Some(Taken::one(Place::file(place.file).error("not formatted")));
    }
    let (code, message) = rule(above).or_else(|| {
        // `invalid-syntax: Expected …`
        let (code, message) = above.split_once(": ")?;
        (code == "invalid-syntax").then_some((code, message))
    })?;
    Some(Taken::one(place.diagnostic(Severity::Error, Some(code), message)))
}
