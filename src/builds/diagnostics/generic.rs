//! `file:line:column: message` of tools nobody has taught us, when the message sounds like a complaint.
//!
//! A place alone is not enough: `grep -n`, logs and stack traces have places too.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::leading;
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
        if let Some(found) = lua(cursor) {
            return Some(Taken::one(found));
        }
        let (place, rest) = cursor.place().filter(|(place, _)| place.column.is_some())?;
        let message = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" - "))?.trim_end();
        // Code that a search has found starts with blanks or is full of its signs.
        if message.starts_with(' ') || message.ends_with([';', '{', '}', ',', '(']) {
            return None;
        }
        let lower = message.to_ascii_lowercase();
        let severity = if complains(&lower) {
            Severity::Error
        } else if lower.contains("warning") || lower.contains("deprecated") || lower.contains("unused") {
            Severity::Warning
        } else {
            return None;
        };
        Some(Taken::one(place.diagnostic(severity, None, message)))
    }
}

fn complains(lower: &str) -> bool {
    COMPLAINTS.iter().any(|word| {
        lower
            .match_indices(word)
            .any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '.'))
    })
}

/// luacheck's indented `    a.lua:3:1: message`, and Lua's own `lua: a.lua:3: message`.
fn lua(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let text = cursor.line.trim_start();
    let own = text.strip_prefix("lua").and_then(|rest| rest.split_once(": ")).map(|(_, rest)| rest);
    let (place, rest) = leading(own.unwrap_or(text)).filter(|(place, _)| place.has_extension(&["lua"]))?;
    let message = rest.strip_prefix(": ")?;
    let is_luacheck = place.column.is_some() && cursor.line.starts_with("    ") && !message.starts_with(' ');
    if own.is_none() && !is_luacheck {
        return None;
    }
    let severity = if own.is_some() || complains(message) { Severity::Error } else { Severity::Warning };
    Some(place.diagnostic(severity, None, message))
}
