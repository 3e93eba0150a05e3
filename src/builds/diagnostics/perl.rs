//! Perl itself and `Test::More`.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, number};
use super::{Format, Taken};
use crate::model::Diagnostic;

#[derive(Default)]
pub(super) struct Perl;

impl Format for Perl {
    fn hints(&self) -> Hints {
        Hints::FAIL.or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        if let Some(name) = failed(cursor) {
            return Some(Taken::one(report(cursor, name)?));
        }
        let text = cursor.line;
        text.starts_with("syntax error at ")
            .then(|| place(text).map(|place| place.error("syntax error")))
            .flatten()
            .map(Taken::one)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let name = failed(cursor)?;
        let (file, _) = at(cursor)?;
        Some(Taken::one(format!("{file} › {name}")))
    }
}

/// `#   Failed test 'adds'`, at any depth of subtests.
fn failed<'a>(cursor: &Cursor<'a>) -> Option<&'a str> {
    cursor.line.trim_start().strip_prefix("#   Failed test '")?.strip_suffix('\'')
}

/// `#   at t/a.t line 3.` in the next line.
fn at<'a>(cursor: &Cursor<'a>) -> Option<(&'a str, u32)> {
    let text = cursor.ahead(1).next()?.trim_start().strip_prefix("#   at ")?;
    let (file, rest) = text.rsplit_once(" line ")?;
    Some((file, number(rest)?.0))
}

fn report(cursor: &Cursor<'_>, name: &str) -> Option<Diagnostic> {
    let (file, line) = at(cursor)?;
    let mut message = format!("failed: {name}");
    for below in cursor.ahead(3).skip(1) {
        let value = below.trim_start().trim_start_matches('#').trim();
        if value.starts_with("got:") || value.starts_with("expected:") {
            message = format!("{message}; {value}");
        }
    }
    Some(Place { file, line: Some(line), column: None }.error(message))
}

/// `… at a.pl line 3, near "x"`.
fn place(text: &str) -> Option<Place<'_>> {
    let (_, at) = text.split_once(" at ")?;
    let (file, rest) = at.split_once(" line ")?;
    let place = Place { file, line: Some(number(rest)?.0), column: None };
    place.has_extension(&["pl", "pm", "t", "cgi"]).then_some(place)
}
