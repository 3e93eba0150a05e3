//! `file:line:column: error: message`, which gcc began and half of the world prints: clang, mypy,
//! pyright, swiftc, javac, ghc, zig, shellcheck and actionlint.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_foreign, is_path, leading, number};
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
        // Gradle's plain console does not end the line of the task.
        let line = line.strip_prefix(':').and_then(|task| task.find('/').map(|at| &task[at..])).unwrap_or(line);
        let indented = || cursor.shows(Hints::COLON_NUMBER).then(|| leading(line).or_else(|| behind_a_name(line)))?;
        let Some((place, rest)) = cursor.place().or_else(indented) else {
            return no_line(line).map(Taken::one);
        };
        // pyright writes a dash. One blank: more is code that a search has found (`a.ts:3:    error: x`).
        let rest = after_end(rest);
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
        if let Some(message) = wrapped(cursor, &place, message).filter(|_| code.is_none()) {
            let (message, code) = with_trailing_code(&message);
            return Some(Taken::one(place.diagnostic(severity.into(), code, message)));
        }
        if message.ends_with(';') && place.has_extension(&["scala"]) {
            let more: Vec<&str> =
                cursor.ahead(2).filter(|line| line.contains(" : ") || line.contains(": ")).map(str::trim).collect();
            return Some(Taken::one(place.diagnostic(severity.into(), code, format!("{message} {}", more.join(", ")))));
        }
        let place = used_from(cursor, &place).unwrap_or(place);
        if message == "cannot find symbol" {
            let symbol = cursor.ahead(5).find_map(|line| line.trim_start().strip_prefix("symbol:"));
            let message = format!("{message}: {}", symbol.unwrap_or_default().trim());
            return Some(Taken::one(place.diagnostic(severity.into(), code, message.trim_end_matches([':', ' ']))));
        }
        Some(Taken::one(place.diagnostic(severity.into(), code, message)))
    }
}

/// `mypy --pretty` wraps its messages; the code stands at the end, above the source.
fn wrapped(cursor: &Cursor<'_>, place: &Place<'_>, message: &str) -> Option<String> {
    if !place.has_extension(&["py", "pyi"]) {
        return None;
    }
    let mut whole = message.to_owned();
    for line in cursor.ahead(4).take_while(|line| !line.is_empty() && !line.starts_with(' ')) {
        if leading(line).is_some() {
            return None;
        }
        whole.push(' ');
        whole.push_str(line);
        if line.ends_with(']') {
            return Some(whole);
        }
    }
    None
}

/// mypy can print where a complaint ends: `a.py:3:5:3:9: error: …`.
fn after_end(rest: &str) -> &str {
    let end = || number(number(rest.strip_prefix(':')?)?.1.strip_prefix(':')?);
    end().map_or(rest, |(_, rest)| rest)
}

/// A complaint inside a library's header is about the line of ours that uses it.
fn used_from<'a>(cursor: &Cursor<'a>, place: &Place<'a>) -> Option<Place<'a>> {
    const ABOVE: usize = 20;
    const BELOW: usize = 80;
    if !is_foreign(place.file) || !is_header(place.file) {
        return None;
    }
    // gcc says it before, clang after.
    let gcc = cursor
        .behind(ABOVE)
        .take_while(|line| graded_place(line).is_none())
        .find(|line| line.ends_with("required from here"));
    let clang = || {
        let mut below =
            cursor.ahead(BELOW).take_while(|line| !graded_place(line).is_some_and(|grade| grade != Attached));
        below.find(|line| {
            line.ends_with(" requested here") && leading(line).is_some_and(|(place, _)| !is_foreign(place.file))
        })
    };
    gcc.or_else(clang)
        .and_then(|line| leading(line.trim_start()))
        .map(|(place, _)| place)
        .filter(|place| !is_foreign(place.file))
}

fn graded_place(line: &str) -> Option<Grade> {
    let (_, rest) = leading(line)?;
    graded(rest.strip_prefix(": ")?).map(|(grade, ..)| grade)
}

fn is_header(file: &str) -> bool {
    file.contains("/include/")
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
        ("runtime error", Bad(Severity::Error)),
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
    let bracketed_word = text.strip_prefix('[').and_then(|text| text.split_once("] "));
    if let Some((word, message)) = bracketed_word
        && let Some((_, grade)) = WORDS.iter().find(|(known, _)| *known == word)
    {
        return Some((*grade, None, message));
    }
    let (grade, rest) = WORDS.iter().find_map(|(word, grade)| {
        let rest = text.strip_prefix(word)?;
        rest.starts_with([':', '[', ' ']).then_some((*grade, rest))
    })?;
    let (code, rest) = bracketed(rest);
    // ty leaves the colon out behind a code.
    let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix(' ').filter(|_| code.is_some()))?;
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
