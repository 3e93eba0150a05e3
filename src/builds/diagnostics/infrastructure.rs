//! Terraform, shellcheck, hadolint, actionlint, Docker, OCaml's places.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, nowhere, number};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

#[derive(Default)]
pub(super) struct Infrastructure;

impl Format for Infrastructure {
    fn hints(&self) -> Hints {
        Hints::ERROR
            .or(Hints::SYMBOL)
            .or(Hints::FILE)
            .or(Hints::COLON_NUMBER)
            .or(Hints::PAREN_NUMBER)
            .or(Hints::WARNING)
            .or(Hints::PHRASE)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        terraform(cursor)
            .or_else(|| hadolint(cursor))
            .or_else(|| actionlint(cursor))
            .or_else(|| docker(line))
            .or_else(|| shellcheck(cursor))
            .or_else(|| shell(line))
            .or_else(|| ocaml(cursor))
            .map(Taken::one)
    }
}

/// `│ Error: message` (the bars are left out without colours), and below `on main.tf line 3, in …`.
fn terraform(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let text = cursor.line.trim_start_matches(['│', '╷', ' ']);
    let (severity, message) = match text.strip_prefix("Error: ") {
        Some(message) => (Severity::Error, message),
        None => (Severity::Warning, text.strip_prefix("Warning: ")?),
    };
    let (file, line) = cursor.ahead(5).find_map(|below| {
        let at = below.trim_start_matches(['│', ' ']).strip_prefix("on ")?;
        let (file, rest) = at.split_once(" line ")?;
        Some((file, number(rest)?.0))
    })?;
    Some(Place { file, line: Some(line), column: None }.diagnostic(severity, None, message))
}

/// `Dockerfile:3 DL3008 warning: message`.
fn hadolint(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place()?;
    let (code, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let severity = match rest.split(": ").next()? {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "info" | "style" => Severity::Note,
        _ => return None,
    };
    let is_rule = ["DL", "SC"].iter().any(|start| code.starts_with(start));
    is_rule.then(|| place.diagnostic(severity, Some(code), rest.split_once(": ").map_or(rest, |(_, message)| message)))
}

/// `.github/workflows/ci.yml:3:5: message [rule]`.
fn actionlint(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place().filter(|(place, _)| place.column.is_some())?;
    if !place.has_extension(&["yml", "yaml"]) {
        return None;
    }
    let (message, rule) = rest.strip_prefix(": ")?.strip_suffix(']')?.rsplit_once(" [")?;
    Some(place.diagnostic(Severity::Error, Some(rule), message))
}

/// `In a.sh line 3:`, the code, and `     ^--^ SC2086 (info): message`.
fn shellcheck(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    const TO_PLACE: usize = 12;
    let text = cursor.line.trim_start();
    let (_, rest) = text.strip_prefix('^')?.split_once(" SC")?;
    let (digits, rest) = rest.split_once(" (")?;
    let (grade, message) = rest.split_once("): ")?;
    let severity = match grade {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => Severity::Note,
    };
    let column = u32::try_from(cursor.line.len() - text.len() + 1).ok();
    let (file, line) = cursor.behind(TO_PLACE).find_map(|above| {
        let (file, number_text) = above.strip_prefix("In ")?.strip_suffix(':')?.rsplit_once(" line ")?;
        Some((file, number(number_text)?.0))
    })?;
    Some(Place { file, line: Some(line), column }.diagnostic(severity, Some(&format!("SC{digits}")), message))
}

/// The shells' own: `a.sh: line 3: nope: command not found`.
fn shell(line: &str) -> Option<Diagnostic> {
    let (file, rest) = line.split_once(": line ")?;
    let (line, rest) = number(rest)?;
    let message = rest.strip_prefix(": ")?;
    let complains = message.contains("syntax error")
        || message.contains("unexpected")
        || message.ends_with("command not found")
        || message.ends_with("unbound variable");
    (complains && is_path(file)).then(|| Place { file, line: Some(line), column: None }.error(message))
}

/// `ERROR: failed to solve: …` and `Dockerfile:3` alone do not say more together than the first.
fn docker(line: &str) -> Option<Diagnostic> {
    line.strip_prefix("ERROR: failed to ").map(|message| nowhere(format!("failed to {message}")))
}

/// `File "bin/a.ml", line 3, characters 5-8:`, code, then `Error: message`.
fn ocaml(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (file, rest) = cursor.line.strip_prefix("File \"")?.split_once("\", line ")?;
    let (line, rest) = number(rest)?;
    let column = number(rest.strip_prefix(", characters ")?).map(|(column, _)| column);
    let (severity, message) = cursor.ahead(12).find_map(|below| {
        let error = below.strip_prefix("Error: ").map(|message| (Severity::Error, message));
        error.or_else(|| below.strip_prefix("Warning ").map(|message| (Severity::Warning, message)))
    })?;
    Some(Place { file, line: Some(line), column }.diagnostic(severity, None, message))
}
