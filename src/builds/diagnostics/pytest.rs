//! pytest and unittest.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, has_extension};
use super::{Format, Taken};
use crate::model::Diagnostic;

#[derive(Default)]
pub(super) struct Pytest {
    /// The first line marked `E` of the failure being read; its place comes after it.
    went_wrong: Option<String>,
    /// With `--tb=short` the place comes before.
    short_place: Option<(String, Option<u32>)>,
    /// Once failures have places, the summary's lines without any add nothing.
    placed: bool,
}

impl Format for Pytest {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::PYTEST_E).or(Hints::RULER).or(Hints::FAIL).or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        if line.starts_with("___") {
            self.went_wrong = None;
            self.short_place = None;
            return Some(Taken::nothing());
        }
        if let Some(wrong) = line.strip_prefix("E   ") {
            return Some(self.marked(wrong.trim()));
        }
        if let Some((id, message)) = summary(line) {
            return Some(self.summarised(id, message));
        }
        self.crash_place(cursor)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        let id = summary(line).map(|(id, _)| id.to_owned());
        id.or_else(|| verbose(line)).or_else(|| unittest(line)).map(Taken::one)
    }
}

impl Pytest {
    fn marked(&mut self, wrong: &str) -> Taken<Diagnostic> {
        if wrong.is_empty() || self.went_wrong.is_some() {
            return Taken::nothing();
        }
        self.went_wrong = Some(wrong.to_owned());
        let Some((file, line)) = self.short_place.take() else {
            return Taken::nothing();
        };
        self.placed = true;
        Taken::one(Place { file: &file, line, column: None }.error(wrong))
    }

    /// `tests/x.py:3: AssertionError` ends a failure, `tests/x.py:3: in test_y` is a frame.
    fn crash_place(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let (place, rest) = cursor.place().filter(|(place, _)| place.has_extension(&["py"]))?;
        if place.column.is_some() {
            return None;
        }
        let rest = rest.strip_prefix(':')?.trim();
        if rest.strip_prefix("in ").is_some() {
            self.short_place = Some((place.file.to_owned(), place.line));
            self.went_wrong = None;
            return Some(Taken::nothing());
        }
        // `a.py:3: ` between the frames of one failure.
        if rest.is_empty() {
            return Some(Taken::nothing());
        }
        let error = rest.split([':', ' ']).next().unwrap_or(rest);
        if !is_exception(error) || rest != error && !rest[error.len()..].starts_with(": ") {
            return None;
        }
        self.placed = true;
        let message = self.went_wrong.take().map_or_else(|| rest.to_owned(), |wrong| with_exception(error, wrong));
        Some(Taken::one(place.error(message)))
    }

    fn summarised(&mut self, id: &str, message: &str) -> Taken<Diagnostic> {
        if self.placed {
            return Taken::nothing();
        }
        let file = id.split("::").next().unwrap_or(id);
        let message = if message.is_empty() { "failed" } else { message };
        Taken::one(Place::file(file).error(message))
    }
}

/// `assert 1 == 2` alone does not say that it is an `AssertionError`.
fn with_exception(error: &str, wrong: String) -> String {
    if wrong.starts_with(error) || wrong.contains("Error: ") { wrong } else { format!("{error}: {wrong}") }
}

/// A dotted name that ends as exceptions do.
pub(super) fn is_exception(name: &str) -> bool {
    let class = name.rsplit('.').next().unwrap_or(name);
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
        && class.starts_with(|c: char| c.is_ascii_uppercase())
        && [
            "Error",
            "Exception",
            "Warning",
            "Exit",
            "Interrupt",
            "Failed",
            "Iteration",
            "NotFound",
            "DoesNotExist",
            "Timeout",
            "Invalid",
        ]
        .iter()
        .any(|end| class.ends_with(end))
}

/// `FAILED tests/x.py::test_y - AssertionError: …`: id and message.
fn summary(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    // A parameter in brackets may hold the separator itself.
    let from = rest.find('[').and_then(|open| rest[open..].find("] - ").map(|end| open + end + 1)).unwrap_or(0);
    let (id, message) = match rest[from..].find(" - ") {
        Some(at) => (&rest[..from + at], &rest[from + at + 3..]),
        None => (rest, ""),
    };
    let file = id.split("::").next().unwrap_or(id);
    // Documentation can hold tests too.
    let known = has_extension(file, &["py", "txt", "md", "rst", "ipynb"]);
    (known && !file.contains(' ')).then_some((id.trim_end(), message))
}

/// `tests/x.py::test_y FAILED [ 50%]`, or the other way round with xdist.
fn verbose(line: &str) -> Option<String> {
    let id = match line.split_once(" FAILED ") {
        Some((start, id)) if start.starts_with("[gw") => id,
        _ => {
            let rest = line.split_once(" FAILED").or_else(|| line.split_once(" ERROR"));
            rest.filter(|(_, tail)| tail.trim().is_empty() || tail.trim_start().starts_with('[')).map(|(id, _)| id)?
        }
    };
    let (file, _) = id.split_once("::")?;
    (has_extension(file, &["py"]) && !file.contains(' ')).then(|| id.trim().to_owned())
}

/// `FAIL: test_x (mod.Class)`, and since 3.11 `FAIL: test_x (mod.Class.test_x)`.
fn unittest(line: &str) -> Option<String> {
    let rest = line.strip_prefix("FAIL: ").or_else(|| line.strip_prefix("ERROR: "))?;
    let (name, rest) = rest.split_once(" (")?;
    let class = rest.split(')').next()?;
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    if !plain(name) || !plain(class) {
        return None;
    }
    if class.rsplit('.').next() == Some(name) { Some(class.to_owned()) } else { Some(format!("{class}.{name}")) }
}
