//! `file:line:column: error: message`, which gcc began and half of the world prints: clang, mypy,
//! pyright, swiftc, javac, ghc, zig, shellcheck and actionlint.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, leading};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

#[derive(Default)]
pub(super) struct Located;

impl Format for Located {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line.trim_start();
        let indented = || cursor.shows(Hints::COLON_NUMBER).then(|| leading(line).or_else(|| behind_a_name(line)))?;
        let Some((place, rest)) = cursor.place().or_else(indented) else {
            return no_line(line).map(Taken::one);
        };
        // pyright writes a dash. One blank: more is code that a search has found (`a.ts:3:    error: x`).
        let rest = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(" - "))?;
        let (severity, code, message) = graded(rest)?;
        let (message, tail) = with_trailing_code(message.trim());
        let code = code.or(tail);
        if severity == Attached {
            return Some(Taken::nothing());
        }
        // ghc puts the message on the lines below.
        let below = cursor.ahead(2).find(|line| !line.trim().is_empty()).unwrap_or_default();
        let message = if message.is_empty() { below.trim().trim_start_matches("• ") } else { message };
        Some(Taken::one(place.diagnostic(severity.into(), code, message)))
    }
}

/// How a complaint grades itself. A note belongs to the complaint before it and is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Bad(Severity),
    Attached,
}

use Grade::{Attached, Bad};

impl From<Grade> for Severity {
    fn from(grade: Grade) -> Self {
        match grade {
            Bad(severity) => severity,
            Attached => Self::Note,
        }
    }
}

/// `error: message`, `fatal error: message`, `warning[code]: message`, `error: [GHC-1]`.
fn graded(text: &str) -> Option<(Grade, Option<&str>, &str)> {
    const WORDS: &[(&str, Grade)] = &[
        ("error", Bad(Severity::Error)),
        ("fatal error", Bad(Severity::Error)),
        ("fatal", Bad(Severity::Error)),
        ("Error", Bad(Severity::Error)),
        ("ERROR", Bad(Severity::Error)),
        ("warning", Bad(Severity::Warning)),
        ("Warning", Bad(Severity::Warning)),
        ("WARNING", Bad(Severity::Warning)),
        ("note", Attached),
        ("help", Attached),
        ("remark", Attached),
        ("info", Bad(Severity::Note)),
        ("information", Bad(Severity::Note)),
        ("style", Bad(Severity::Note)),
    ];
    let (grade, rest) = WORDS.iter().find_map(|(word, grade)| {
        let rest = text.strip_prefix(word)?;
        rest.starts_with([':', '[', ' ']).then_some((*grade, rest))
    })?;
    let (code, rest) = bracketed(rest);
    let rest = rest.strip_prefix(':')?;
    let (second, rest) = bracketed(rest.trim_start());
    Some((grade, code.or(second), rest))
}

fn bracketed(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((code, rest)) if !code.contains(' ') => (Some(code), rest),
        _ => (None, text),
    }
}

/// `message  [arg-type]`, `message [-Wunused]`, `message (reportCall)`.
fn with_trailing_code(message: &str) -> (&str, Option<&str>) {
    let bracket = message.strip_suffix(']').and_then(|text| text.rsplit_once(" ["));
    let round = || {
        let (text, code) = message.strip_suffix(')')?.rsplit_once(" (")?;
        code.starts_with("report").then_some((text, code))
    };
    match bracket.or_else(round) {
        Some((text, code))
            if !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=+/.".contains(&b)) =>
        {
            (text.trim_end(), Some(code))
        }
        _ => (message, None),
    }
}

/// Runners of many packages and older tools put one word before: `> src/a.ts:3:5: error: …`.
fn behind_a_name(line: &str) -> Option<(Place<'_>, &str)> {
    let (_, rest) = line.split_once(' ')?;
    leading(rest).filter(|_| line.starts_with("> ") || line.split(' ').next().is_some_and(|word| word.ends_with(':')))
}

/// `lib/a.py: error: …` and `cc1plus: fatal error: a.cpp: No such file`.
fn no_line(line: &str) -> Option<Diagnostic> {
    let (file, rest) = line.split_once(": ")?;
    if !is_path(file) {
        return None;
    }
    match graded(rest)? {
        (Bad(severity), code, message) => {
            let (message, tail) = with_trailing_code(message.trim());
            Some(Place::file(file).diagnostic(severity, code.or(tail), message))
        }
        (Attached, ..) => None,
    }
}
