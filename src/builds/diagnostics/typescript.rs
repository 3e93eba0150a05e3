//! tsc's pretty form, and the bundlers: webpack, Next, esbuild, Vite, svelte-check, deno.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, in_frame, is_path, leading, leading_in_brackets, nowhere, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

#[derive(Default)]
pub(super) struct TypeScript;

impl Format for TypeScript {
    fn hints(&self) -> Hints {
        Hints::ERROR.or(Hints::WARNING).or(Hints::PAREN_NUMBER).or(Hints::PHRASE)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        let coded = cursor.shows(Hints::TS_CODE);
        let tsc = coded.then(|| pretty(line).or_else(|| global(line))).flatten();
        tsc.map(Taken::one)
            .or_else(|| deno(cursor))
            .or_else(|| esbuild(cursor))
            .or_else(|| webpack(cursor))
            .or_else(|| bundle(cursor).map(Taken::one))
            .or_else(|| below_place(cursor))
            .or_else(|| rollup(cursor).map(Taken::one))
    }
}

/// `TS2304: message` → code and message.
fn coded(text: &str) -> Option<(&str, &str)> {
    let (code, message) = text.split_once(": ")?;
    let digits = code.strip_prefix("TS")?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some((code, message))
}

/// `src/a.ts:3:5 - error TS2304: Cannot find name 'x'.`
fn pretty(line: &str) -> Option<Diagnostic> {
    let (before, after) = line.split_once(" - error TS")?;
    // Runners of several packages put a name before the path.
    let place = before.rsplit(' ').next().and_then(whole)?;
    let (code, message) = coded(&line[line.len() - after.len() - 2..])?;
    Some(place.diagnostic(Severity::Error, Some(code), message))
}

/// `error TS18003: No inputs were found`.
fn global(line: &str) -> Option<Diagnostic> {
    let (code, message) = coded(line.strip_prefix("error ")?)?;
    Some(Place::default().diagnostic(Severity::Error, Some(code), message))
}

/// `TS2304 [ERROR]: Cannot find name 'x'.`, the code, and `    at file:///p/a.ts:3:5`.
fn deno(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    if !cursor.shows(Hints::TS_CODE) {
        return None;
    }
    let (code, message) = cursor.line.split_once(" [ERROR]: ")?;
    let code = code.rsplit(' ').next().filter(|code| code.starts_with("TS"))?;
    let place = cursor.ahead(8).find_map(in_frame)?;
    Some(Taken::one(place.diagnostic(Severity::Error, Some(code), message)))
}

/// `✘ [ERROR] No matching export`, and below `    src/a.ts:3:5:`.
fn esbuild(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let text = cursor.line.trim_start();
    let (severity, message) = match text.strip_prefix("✘ [ERROR] ") {
        Some(message) => (Severity::Error, message),
        None => (Severity::Warning, text.strip_prefix("▲ [WARNING] ")?),
    };
    let place = cursor.ahead(4).find_map(|line| whole(line.trim_start().strip_suffix(':')?));
    let (code, message) = coded(message).map_or((None, message), |(code, message)| (Some(code), message));
    Some(Taken::one(place.unwrap_or_default().diagnostic(severity, code, message)))
}

/// `ERROR in ./src/a.ts 3:5-9` (or `:3:5`, or `(3,5)`), and the message below.
fn webpack(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let (severity, rest) = match cursor.line.strip_prefix("ERROR in ") {
        Some(rest) => (Severity::Error, rest),
        None => (Severity::Warning, cursor.line.strip_prefix("WARNING in ")?),
    };
    let (file, numbers) = rest.split_once(' ').unwrap_or((rest, ""));
    let place = leading(rest)
        .map(|(place, _)| place)
        .or_else(|| leading_in_brackets(rest).map(|(place, _)| place))
        .or_else(|| {
            let mut numbers = numbers.split([':', '-']).map(str::parse);
            let line = numbers.next().and_then(Result::ok);
            let column = numbers.next().and_then(Result::ok);
            is_path(file).then_some(Place { file, line, column })
        })?;
    let message = cursor.ahead(2).find(|line| !line.is_empty())?;
    let message = message.strip_prefix("[tsl] ").unwrap_or(message).trim();
    let (code, message) = coded(message).map_or((None, message), |(code, message)| (Some(code), message));
    Some(Taken::one(place.diagnostic(severity, code, message)).through(2))
}

/// Vite's `error during build:` with the message and `file: /p/a.ts:3:5` below, and rollup's
/// `[!] RollupError: message` with `src/a.ts (3:5)` or the file alone.
fn bundle(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if cursor.line == "error during build:" {
        let mut below = cursor.ahead(6);
        let message = below.next()?;
        // Where the place stands in the message, it is read from there.
        let at = below.find_map(|line| line.strip_prefix("file: "))?;
        let place = whole(at).unwrap_or_else(|| Place::file(at));
        let is_read = leading(message).is_some() || message.contains("): ") || message.ends_with(':');
        return (!is_read).then(|| place.error(message));
    }
    let (_, message) = cursor.line.strip_prefix("[!] ")?.split_once("Error: ")?;
    let place = cursor.ahead(2).find_map(|line| {
        let (file, at) = line.split_once(" (").unwrap_or((line, ""));
        let (row, column) = at.trim_end_matches(')').split_once(':').unwrap_or_default();
        is_path(file).then(|| Place { file, line: row.parse().ok(), column: column.parse().ok() })
    });
    Some(place.unwrap_or_default().error(message))
}

/// A line that is only a place, then `Type error: …` (Next), `Error: …` (svelte-check) or
/// `Module not found: …`.
fn below_place(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let line = cursor.line;
    let (severity, message) =
        ["Type error: ", "Error: ", "Warn: ", "Syntax Error: ", "Module not found: "].iter().find_map(|start| {
            let severity = if *start == "Warn: " { Severity::Warning } else { Severity::Error };
            let message = line.strip_prefix(start)?;
            Some((severity, if start.starts_with("Module") { line } else { message }))
        })?;
    let above = cursor.previous()?;
    match whole(above) {
        Some(place) => Some(Taken::one(place.diagnostic(severity, None, message))),
        None if is_path(above) && above.starts_with("./") => Some(Taken::one(Place::file(above).error(message))),
        None => missing_page(line),
    }
}

/// Next: an error about the whole build names no file.
fn missing_page(line: &str) -> Option<Taken<Diagnostic>> {
    let message = line.strip_prefix("Type error: ")?;
    Some(Taken::one(nowhere(message)))
}

/// `src/a.ts (3:5): "x" is not exported by "src/b.ts"`.
fn rollup(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.shows(Hints::PAREN_NUMBER) {
        return None;
    }
    let (file, rest) = cursor.line.split_once(" (")?;
    let (at, message) = rest.split_once("): ")?;
    let (line, column) = at.split_once(':')?;
    let place = Place { file, line: line.parse().ok(), column: column.parse().ok() };
    (is_path(file) && place.line.is_some() && place.column.is_some()).then(|| place.error(message))
}
