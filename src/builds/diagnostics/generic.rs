//! `file:line:column: message` of tools nobody has taught us, when the message sounds like a complaint.
//!
//! A place alone is not enough: `grep -n`, logs and stack traces have places too.

use super::hints::Hints;
use super::lines::Cursor;
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// Words of complaints. Each must stand at a word's start, after the place.
const COMPLAINTS: &[&str] = &[
    "error",
    "fatal",
    "undefined",
    "undeclared",
    "unexpected",
    "unknown",
    "invalid",
    "cannot ",
    "can't ",
    "expected ",
    "mismatch",
    "not found",
    "unresolved",
    "missing ",
    "syntax",
];

#[derive(Default)]
pub(super) struct Generic;

impl Format for Generic {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let (place, rest) = cursor.place().filter(|(place, _)| place.column.is_some())?;
        let message = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" - "))?.trim_end();
        // Code that a search has found starts with blanks or is full of its signs.
        if message.starts_with(' ') || message.ends_with([';', '{', '}', ',', '(']) {
            return None;
        }
        let lower = message.to_ascii_lowercase();
        let complains = |word: &&str| {
            lower.match_indices(*word).any(|(at, _)| {
                !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '.')
            })
        };
        let severity = if COMPLAINTS.iter().any(complains) {
            Severity::Error
        } else if lower.contains("warning") || lower.contains("deprecated") || lower.contains("unused") {
            Severity::Warning
        } else {
            return None;
        };
        Some(Taken::one(place.diagnostic(severity, None, message)))
    }
}
