//! Elixir's compiler, `ExUnit`, Credo and Dialyzer.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, leading, nowhere, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// A compiler's complaint shows the code between its message and its place.
const TO_PLACE: usize = 25;

#[derive(Default)]
pub(super) struct Elixir;

impl Format for Elixir {
    fn hints(&self) -> Hints {
        Hints::EXCEPTION
            .or(Hints::ERROR)
            .or(Hints::WARNING)
            .or(Hints::NUMBERED)
            .or(Hints::SYMBOL)
            .or(Hints::COLON_NUMBER)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let text = cursor.line.trim_start();
        exception(cursor, text)
            .or_else(|| compiler(cursor, text))
            .or_else(|| exunit(cursor))
            .or_else(|| credo(cursor, text))
            .or_else(|| dialyzer(cursor))
            .map(Taken::one)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        exunit_id(cursor).map(|id| Taken::one(id.to_owned()))
    }
}

fn is_elixir(place: &Place<'_>) -> bool {
    [".ex", ".exs", ".eex", ".heex", ".erl"].iter().any(|end| place.file.ends_with(end))
}

/// `** (CompileError) lib/a.ex:3: message`; other exceptions, at the start of a line, with the first
/// frame below that has a file.
fn exception(cursor: &Cursor<'_>, text: &str) -> Option<Diagnostic> {
    let (class, message) = text.strip_prefix("** (")?.split_once(") ")?;
    if let Some((place, rest)) = leading(message) {
        return Some(place.error(format!("{class}: {}", rest.trim_start_matches(':').trim())));
    }
    if let Some((before, at)) = message.trim_end_matches(':').rsplit_once(" on ")
        && let Some(place) = whole(at)
    {
        return Some(place.error(format!("{class}: {before}")));
    }
    // Inside a test's report the test's own place is better; `Mix` only sums up.
    if class == "Mix" || !cursor.line.starts_with("**") {
        return None;
    }
    let frame = cursor.ahead(10).find_map(|line| {
        let frame = line.trim_start();
        let frame = frame.strip_prefix('(').and_then(|rest| rest.split_once(") ")).map_or(frame, |(_, frame)| frame);
        leading(frame).map(|(place, _)| place).filter(is_elixir)
    });
    let message = format!("{class}: {message}");
    Some(frame.map_or_else(|| nowhere(message.clone()), |place| place.error(message.clone())))
}

/// `    error: undefined variable "x"`, and below `    └─ lib/a.ex:3:5: A.f/1`; before 1.16 the place
/// stands alone in the next line.
fn compiler(cursor: &Cursor<'_>, text: &str) -> Option<Diagnostic> {
    let (severity, message) = match text.strip_prefix("error: ") {
        Some(message) => (Severity::Error, message),
        None => (Severity::Warning, text.strip_prefix("warning: ")?),
    };
    let next = cursor.ahead(1).next().and_then(|line| leading(line.trim_start()));
    let place = next.map(|(place, _)| place).filter(is_elixir).or_else(|| {
        cursor
            .ahead(TO_PLACE)
            .map(str::trim_start)
            .take_while(|line| !(line.is_empty() || line.starts_with("error: ") || line.starts_with("warning: ")))
            .find_map(|line| leading(line.strip_prefix("└─ ")?))
            .map(|(place, _)| place)
    })?;
    Some(place.diagnostic(severity, None, message))
}

/// `  1) test adds (Shop.CartTest)`, with the file in the line below.
fn exunit_id<'a>(cursor: &Cursor<'a>) -> Option<&'a str> {
    let (count, name) = cursor.line.trim_start().split_once(") ")?;
    let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    if !is_count || !name.ends_with(')') || !name.contains(" (") {
        return None;
    }
    let place = whole(cursor.ahead(1).next()?.trim())?;
    is_elixir(&place).then_some(name)
}

fn exunit(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    exunit_id(cursor)?;
    let mut lines = cursor.ahead(14).map(str::trim);
    let place = whole(lines.next()?)?;
    let mut message = lines.next()?.to_owned();
    for line in lines.take_while(|line| !line.is_empty() && !line.starts_with("stacktrace:")) {
        if line.starts_with("left:") || line.starts_with("right:") {
            message.push_str("; ");
            message.push_str(line);
        }
    }
    Some(place.error(message))
}

/// `┃ [W] ↗ message`, then `┃       lib/a.ex:3:5 #(A.f)`.
fn credo(cursor: &Cursor<'_>, text: &str) -> Option<Diagnostic> {
    let (grade, message) = text.strip_prefix("┃ [")?.split_once("] ")?;
    let below = cursor.ahead(3).find_map(|line| leading(line.trim_start().trim_start_matches(['┃', ' '])))?;
    let message = message.trim_start_matches(|c: char| !c.is_ascii()).trim();
    Some(below.0.diagnostic(Severity::Warning, Some(grade), message))
}

/// `lib/a.ex:3:no_return`, with what it means in the next line.
fn dialyzer(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place().filter(|(place, _)| is_elixir(place))?;
    let code = rest.strip_prefix(':')?;
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let message = cursor.ahead(1).find(|line| !line.is_empty())?;
    is_code.then(|| place.diagnostic(Severity::Warning, Some(code), message))
}
