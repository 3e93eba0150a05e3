//! pytest and unittest.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, has_extension, is_foreign, leading, number};
use super::{Format, Taken};
use crate::model::Diagnostic;

/// Printed output, locals and code may stand between what is looked for and the line it is looked for from.
const MAX_SECTION: usize = 2000;
const MAX_REPORT: usize = 80;

#[derive(Default)]
pub(super) struct Pytest {
    /// The first line marked `E` of the failure being read; its place comes after it.
    went_wrong: Option<String>,
    /// The last frame of the failure being read that is not a library's.
    frame: Option<(String, Option<u32>)>,
    /// Once failures have places, the summary's lines without any add nothing.
    placed: bool,
}

impl Format for Pytest {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::PYTEST_E).or(Hints::RULER).or(Hints::FAIL).or(Hints::ERROR).or(Hints::TRACEBACK)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        if line.starts_with("___") {
            self.went_wrong = None;
            self.frame = None;
            self.placed |= line.ends_with("___") && cursor.ahead(1).any(|line| line.starts_with("Traceback "));
            return Some(Taken::nothing());
        }
        if let Some(printed) = captured(cursor) {
            return Some(Taken::nothing().through(printed));
        }
        if let Some(wrong) = line.strip_prefix("E   ") {
            return Some(self.marked(cursor, wrong.trim()));
        }
        if let Some((id, message)) = summary(line) {
            return Some(self.summarised(id, message));
        }
        self.place(cursor)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        if let Some(printed) = captured(cursor) {
            return Some(Taken::nothing().through(printed));
        }
        let id = summary(line).map(|(id, _)| id.to_owned());
        id.or_else(|| verbose(line)).or_else(|| unittest(line)).map(Taken::one)
    }
}

impl Pytest {
    fn marked(&mut self, cursor: &Cursor<'_>, wrong: &str) -> Taken<Diagnostic> {
        let continues = cursor.previous().is_some_and(|above| above == "E" || above.starts_with("E   "));
        if wrong.is_empty() || continues && self.went_wrong.is_some() {
            return Taken::nothing();
        }
        self.went_wrong = Some(wrong.to_owned());
        if let Some(found) = unparsable(cursor, wrong) {
            self.placed = true;
            return Taken::one(found);
        }
        // The long forms repeat the place below, with the exception's name.
        if self.frame.is_none() || names_place_below(cursor) {
            return Taken::nothing();
        }
        self.placed = true;
        Taken { found: self.frame.take().map(|at| at_frame(&at).error(wrong)).into_iter().collect(), lines: 1 }
    }

    /// `tests/x.py:3: AssertionError` ends a failure, `tests/x.py:3: in test_y` and `tests/x.py:3: `
    /// are frames. With `--tb=line` the whole message follows the place.
    fn place(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let (place, rest) = cursor.place().filter(|(place, _)| place.has_extension(&["py"]))?;
        if place.column.is_some() {
            return None;
        }
        let rest = rest.strip_prefix(':')?.trim();
        if rest.is_empty() || rest.starts_with("in ") {
            if !is_foreign(place.file) || self.frame.is_none() {
                self.frame = Some((place.file.to_owned(), place.line));
            }
            self.went_wrong = None;
            return Some(Taken::nothing());
        }
        let error = rest.split([':', ' ']).next().unwrap_or(rest);
        let names_exception = is_exception(error) && (rest == error || rest[error.len()..].starts_with(": "));
        let repeats = self.went_wrong.as_ref().is_some_and(|wrong| wrong == rest);
        if !names_exception && !repeats {
            return None;
        }
        self.placed = true;
        let message = match self.went_wrong.take() {
            Some(wrong) if names_exception && rest == error => with_exception(error, wrong),
            _ => rest.to_owned(),
        };
        let frame = self.frame.take().filter(|_| is_foreign(place.file));
        Some(Taken::one(frame.map_or_else(|| place.error(message.clone()), |at| at_frame(&at).error(message.clone()))))
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

fn at_frame((file, line): &(String, Option<u32>)) -> Place<'_> {
    Place { file, line: *line, column: None }
}

/// `--- Captured stdout call ---`: what the test printed, up to the next heading, is no complaint of
/// ours. How many lines that is.
fn captured(cursor: &Cursor<'_>) -> Option<usize> {
    if !cursor.line.starts_with("---") || !cursor.line.contains(" Captured ") || !cursor.line.ends_with("---") {
        return None;
    }
    let is_heading = |line: &str| {
        let text = line.trim_start_matches(['-', '=', '_']);
        text.len() + 3 <= line.len() && (text.is_empty() || text.starts_with(' ')) && line.ends_with(['-', '=', '_'])
    };
    // With `--tb=line` the place follows at once.
    let ends = |line: &str| {
        is_heading(line)
            || leading(line).is_some_and(|(place, rest)| {
                place.file.starts_with('/') && place.column.is_none() && place.has_extension(&["py"]) && rest.len() > 2
            })
    };
    Some(1 + cursor.ahead(MAX_SECTION).take_while(|line| !ends(line)).count())
}

/// A module that does not parse: `E     File "/p/a.py", line 4`, code, and `E   SyntaxError: …`.
fn unparsable(cursor: &Cursor<'_>, wrong: &str) -> Option<Diagnostic> {
    let (file, rest) = wrong.strip_prefix("File \"")?.split_once("\", line ")?;
    let (line, _) = number(rest)?;
    let error = cursor.ahead(6).map_while(|line| line.strip_prefix("E   ")).find(|line| !line.starts_with(' '))?;
    Some(Place { file, line: Some(line), column: None }.error(error))
}

/// Whether the failure's place with the exception's name still comes.
fn names_place_below(cursor: &Cursor<'_>) -> bool {
    cursor
        .ahead(MAX_REPORT)
        .take_while(|line| !(line.starts_with("___") || line.starts_with("---") || line.starts_with("===")))
        .filter_map(leading)
        .find(|(place, _)| place.has_extension(&["py"]))
        .and_then(|(_, rest)| rest.strip_prefix(": "))
        .is_some_and(|rest| is_exception(rest.split([':', ' ']).next().unwrap_or(rest)))
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
