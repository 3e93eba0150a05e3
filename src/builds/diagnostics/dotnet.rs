//! The form of `MSBuild`, `file(line,column): error CODE: message`, which C#, F#, MSVC and tsc share, and
//! `dotnet test`.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, leading_in_brackets, nowhere, number};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

#[derive(Default)]
pub(super) struct DotNet;

impl Format for DotNet {
    fn hints(&self) -> Hints {
        Hints::PAREN_NUMBER.or(Hints::ERROR).or(Hints::WARNING).or(Hints::FAIL)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        // Their grade is part of the form, and finding brackets costs more than knowing that.
        let graded = cursor.shows(Hints::ERROR.or(Hints::WARNING));
        let built = graded.then(|| msbuild(cursor.line.trim_start())).flatten();
        built.map(Taken::one).or_else(|| failed(cursor))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        failed_name(cursor.line).map(|name| Taken::one(name.to_owned()))
    }
}

fn msbuild(line: &str) -> Option<Diagnostic> {
    // Runners of several packages put a name before the path.
    let (place, rest) = leading_in_brackets(line)
        .or_else(|| line.split_once(' ').and_then(|(_, rest)| leading_in_brackets(rest)))
        .or_else(|| without_place(line))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix("fatal ").unwrap_or(rest);
    let (severity, rest) = match rest.strip_prefix("error ") {
        Some(rest) => (Severity::Error, rest),
        None => (Severity::Warning, rest.strip_prefix("warning ")?),
    };
    let (code, message) = rest.split_once(':')?;
    if code.trim().is_empty() || code.trim().contains(' ') {
        return None;
    }
    // The project comes last, and would make one complaint two where it is built twice.
    let message = message
        .rsplit_once(" [")
        .filter(|(_, project)| project.ends_with("proj]"))
        .map_or(message, |(message, _)| message);
    Some(place.diagnostic(severity, Some(code.trim()), message.trim()))
}

/// `CSC : error CS5001: …`, `a.obj : error LNK2019: …`, `/p/x.csproj : error NU1101: …`.
fn without_place(line: &str) -> Option<(Place<'_>, &str)> {
    let (origin, _) = line.split_once(" : ")?;
    let is_tool = matches!(origin, "CSC" | "MSBUILD" | "LINK" | "FSC" | "VBC" | "CVTRES" | "NUGET");
    let place = if is_tool { Place::default() } else { Place::file(origin) };
    (is_tool || is_path(origin)).then(|| (place, &line[origin.len()..]))
}

/// `  Failed Shop.CartTests.Adds [12 ms]` and xunit's `[xUnit.net 00:00:01.2]     X.Y [FAIL]`.
fn failed_name(line: &str) -> Option<&str> {
    if let Some(rest) = line.trim_start().strip_prefix("[xUnit.net ") {
        let (_, name) = rest.split_once(']')?;
        return name.strip_suffix(" [FAIL]").map(str::trim);
    }
    let rest = line.strip_prefix("  Failed ")?;
    let (name, time) = rest.strip_suffix(']')?.rsplit_once(" [")?;
    let time = time.trim_start_matches("< ");
    time.starts_with(|c: char| c.is_ascii_digit()).then_some(name)
}

/// Below `Failed X [1 s]`: `Error Message:` with the message in the next line, and frames that end
/// in ` in /p/T.cs:line 12`.
fn failed(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    if cursor.line.trim_start().starts_with('[') {
        return None;
    }
    failed_name(cursor.line)?;
    let mut message = "";
    let mut place = None;
    let mut lines = cursor.ahead(40);
    while let Some(line) = lines.next() {
        if line.trim() == "Error Message:" {
            message = lines.next().unwrap_or_default();
        } else if failed_name(line).is_some() {
            break;
        } else if let Some((_, at)) = line.rsplit_once(" in ")
            && let Some((file, number_text)) = at.split_once(":line ")
        {
            let line = number(number_text).map(|(line, _)| line);
            place = Some(Place { file, line, column: None });
            break;
        }
    }
    let message = if message.is_empty() { "test failed" } else { message };
    Some(Taken::one(place.map_or_else(|| nowhere(message), |place| place.error(message))))
}
