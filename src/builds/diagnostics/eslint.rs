//! eslint, biome, stylelint and prettier: rows under the name of a file.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, leading, number, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// Messages of several lines may stand between a row and its heading.
const TO_HEADING: usize = 40;

#[derive(Default)]
pub(super) struct Eslint {
    heading: Option<Heading>,
    /// The last row that turned out to have no heading, as when the output's head is cut off.
    orphan: Option<usize>,
}

struct Heading {
    file: String,
    /// Number of the last line that belongs to it.
    last: usize,
}

impl Format for Eslint {
    fn hints(&self) -> Hints {
        Hints::ROW.or(Hints::ERROR).or(Hints::WARNING).or(Hints::SYMBOL).or(Hints::COLON_NUMBER)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        if let Some(found) = prettier(line).or_else(|| unix(line)).or_else(|| compact(line)) {
            return Some(Taken::one(found));
        }
        if line.ends_with("━━") {
            return biome(cursor);
        }
        if line.ends_with(']') && line.starts_with(' ') {
            return framed(cursor).map(Taken::one);
        }
        let row = row(line.trim_start())?;
        let file = self.heading(cursor)?;
        let place = Place { file, line: Some(row.line), column: Some(row.column) };
        Some(Taken::one(place.diagnostic(row.severity, row.rule, row.message)))
    }
}

impl Eslint {
    /// The file named above the row. Rows in between are not read again: the distance to the last
    /// row is all that is looked at.
    fn heading(&mut self, cursor: &Cursor<'_>) -> Option<&str> {
        if self.orphan.is_some_and(|orphan| orphan + 1 == cursor.number) {
            self.orphan = Some(cursor.number);
            return None;
        }
        let distance = self.heading.as_ref().map_or(usize::MAX, |heading| cursor.number - heading.last);
        let mut is_same = distance == 1;
        if !is_same {
            let heading = self.heading.take();
            for (at, line) in cursor.behind(TO_HEADING).enumerate() {
                if at + 1 == distance {
                    is_same = true;
                    self.heading = heading;
                    break;
                }
                if line.is_empty() {
                    break;
                }
                if is_path(line) {
                    is_same = true;
                    self.heading = Some(Heading { file: line.to_owned(), last: cursor.number });
                    break;
                }
            }
        }
        if !is_same {
            self.orphan = Some(cursor.number);
            return None;
        }
        let heading = self.heading.as_mut()?;
        heading.last = cursor.number;
        Some(&heading.file)
    }
}

struct Row<'a> {
    line: u32,
    column: u32,
    severity: Severity,
    message: &'a str,
    rule: Option<&'a str>,
}

/// `3:5  error  Missing semicolon  semi`; Next's linter writes `3:5  Error: …`, stylelint `3:5  ✖  …`.
fn row(text: &str) -> Option<Row<'_>> {
    let (line, rest) = number(text)?;
    let (column, rest) = number(rest.strip_prefix(':')?)?;
    let rest = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(' '))?.trim_start();
    let (severity, message) = [
        ("error ", Severity::Error),
        ("Error: ", Severity::Error),
        ("✖ ", Severity::Error),
        ("warning ", Severity::Warning),
        ("Warning: ", Severity::Warning),
        ("⚠ ", Severity::Warning),
    ]
    .into_iter()
    .find_map(|(word, severity)| rest.strip_prefix(word).map(|message| (severity, message.trim())))?;
    let (message, rule) = match message.rsplit_once("  ") {
        Some((message, rule)) if !rule.contains(' ') => (message.trim(), Some(rule.trim_matches(['(', ')']))),
        _ => (message, None),
    };
    Some(Row { line, column, severity, message, rule })
}

/// `/p/a.js:3:5: Missing semicolon [Error/semi]`.
fn unix(line: &str) -> Option<Diagnostic> {
    let (text, rule) = line.strip_suffix(']')?.rsplit_once(" [")?;
    let severity = match rule.split('/').next()? {
        "Error" => Severity::Error,
        "Warning" => Severity::Warning,
        _ => return None,
    };
    let (place, rest) = leading(text)?;
    Some(place.diagnostic(severity, rule.split_once('/').map(|(_, rule)| rule), rest.strip_prefix(": ")?))
}

/// `/p/a.js: line 3, col 5, Error - Missing semicolon (semi)`.
fn compact(line: &str) -> Option<Diagnostic> {
    let (file, rest) = line.split_once(": line ")?;
    let (line, rest) = number(rest)?;
    let (column, rest) = number(rest.strip_prefix(", col ")?)?;
    let (word, message) = rest.strip_prefix(", ")?.split_once(" - ")?;
    let severity = if word == "Error" { Severity::Error } else { Severity::Warning };
    let place = Place { file, line: Some(line), column: Some(column) };
    let (message, rule) = match message.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
        Some((message, rule)) if !rule.contains(' ') => (message, Some(rule)),
        _ => (message, None),
    };
    is_path(file).then(|| place.diagnostic(severity, rule, message))
}

/// oxlint and others that frame the code: `  × eslint(no-debugger): message`, then
/// `   ╭─[src/a.js:3:5]`; without Unicode `x`, `!` and `,-[`.
fn framed(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    const TO_MESSAGE: usize = 8;
    let text = cursor.line.trim_start();
    let at = text.strip_prefix("╭─[").or_else(|| text.strip_prefix(",-["))?.strip_suffix(']')?;
    let place = whole(at)?;
    let (severity, message) = cursor.behind(TO_MESSAGE).take_while(|line| !line.is_empty()).find_map(|line| {
        [("× ", Severity::Error), ("x ", Severity::Error), ("⚠ ", Severity::Warning), ("! ", Severity::Warning)]
            .into_iter()
            .find_map(|(sign, severity)| line.trim_start().strip_prefix(sign).map(|message| (severity, message)))
    })?;
    let (code, message) = match message.split_once(": ") {
        Some((code, message)) if code.ends_with(')') && !code.contains(' ') => (Some(code), message),
        _ => (None, message),
    };
    Some(place.diagnostic(severity, code, message))
}

/// `src/a.ts:3:5 lint/style/useConst ━━━`, and the message below after a sign.
fn biome(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let text = cursor.line.trim_end_matches('━').trim_end();
    let (place, rest) = leading(text).or_else(|| {
        let (file, rest) = text.split_once(' ')?;
        is_path(file).then(|| (Place::file(file), rest))
    })?;
    let code = rest.split_whitespace().next();
    let (severity, message) = cursor.ahead(6).find_map(|line| {
        [
            ("✖ ", Severity::Error),
            ("× ", Severity::Error),
            ("⚠ ", Severity::Warning),
            ("! ", Severity::Warning),
            ("ℹ ", Severity::Note),
            ("i ", Severity::Note),
        ]
        .into_iter()
        .find_map(|(sign, severity)| line.trim_start().strip_prefix(sign).map(|message| (severity, message)))
    })?;
    Some(Taken::one(place.diagnostic(severity, code, message)))
}

/// `[warn] src/a.ts` for a file that is not formatted, `[error] src/a.ts: SyntaxError: … (3:5)`.
fn prettier(line: &str) -> Option<Diagnostic> {
    if let Some(file) = line.strip_prefix("[warn] ") {
        return is_path(file)
            .then(|| Place::file(file).diagnostic(Severity::Warning, None, "not formatted (prettier)"));
    }
    let (file, message) = line.strip_prefix("[error] ")?.split_once(": SyntaxError: ")?;
    let (message, at) = message.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).unwrap_or((message, ""));
    let (line, column) =
        at.split_once(':').map_or((None, None), |(line, column)| (line.parse().ok(), column.parse().ok()));
    is_path(file).then(|| Place { file, line, column }.error(format!("SyntaxError: {message}")))
}
