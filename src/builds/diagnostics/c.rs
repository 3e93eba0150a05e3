//! Linkers, make, `CMake`, ctest, `GoogleTest`, Catch2, assertions, `XCTest`. (gcc and clang print the
//! common form.)

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, leading, nowhere};
use super::{Format, Taken};
use crate::model::Diagnostic;

#[derive(Default)]
pub(super) struct C;

impl Format for C {
    fn hints(&self) -> Hints {
        Hints::UNDEFINED
            .or(Hints::EXCEPTION)
            .or(Hints::COLON_NUMBER)
            .or(Hints::ERROR)
            .or(Hints::FAIL)
            .or(Hints::SYMBOL)
            .or(Hints::PHRASE)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        linker(cursor)
            .or_else(|| apple_linker(cursor))
            .or_else(|| cmake(cursor))
            .or_else(|| make(cursor))
            .or_else(|| assertion(cursor))
            .map(Taken::one)
            .or_else(|| summary(line))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        gtest(line).or_else(|| ctest(line)).or_else(|| xctest(line)).map(|name| Taken::one(name.to_owned()))
    }
}

/// `a.c:(.text+0x5): undefined reference to 'f'`, with or without the linker's name before.
fn linker(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.shows(Hints::UNDEFINED) {
        return None;
    }
    let (before, symbol) = cursor.line.split_once("undefined reference to ")?;
    let at = before.trim_end_matches([':', ' ']);
    // A section's offset is in brackets and changes with every edit.
    let at = at.split(":(").next().unwrap_or(at);
    let at = at.rsplit(' ').next().unwrap_or(at);
    let message = format!("undefined reference to {symbol}");
    let place = leading(at).map(|(place, _)| place);
    let place = place.or_else(|| is_path(at).then(|| Place::file(at)));
    Some(place.unwrap_or_default().error(message))
}

/// `Undefined symbols for architecture arm64:` and `  "_f", referenced from:`.
fn apple_linker(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.line.strip_prefix("Undefined symbols for architecture ")?;
    let symbol = cursor.ahead(1).next()?.trim().strip_suffix(", referenced from:")?;
    Some(nowhere(format!("undefined symbol {symbol}")))
}

/// `CMake Error at CMakeLists.txt:12 (find_package):` and the message below.
fn cmake(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let rest = cursor.line.strip_prefix("CMake Error")?;
    let below = || cursor.ahead(4).find(|line| !line.is_empty()).map(str::trim);
    if let Some(message) = rest.strip_prefix(": ") {
        return Some(nowhere(message));
    }
    let (place, _) = leading(rest.strip_prefix(" at ")?)?;
    Some(place.error(below()?))
}

/// `Makefile:12: *** missing separator.  Stop.`, `make: *** No rule to make target …`.
fn make(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.shows(Hints::EXCEPTION) {
        return None;
    }
    if let Some((place, rest)) = cursor.place()
        && let Some(message) = rest.strip_prefix(": *** ")
    {
        return Some(place.error(message));
    }
    let (program, message) = cursor.line.split_once(": *** ")?;
    (program.starts_with("make") && message.starts_with("No rule")).then(|| nowhere(message))
}

/// What make, linker drivers and ninja say after the real complaint.
fn summary(line: &str) -> Option<Taken<Diagnostic>> {
    let (program, rest) = line.split_once(": ")?;
    let is_make = program.starts_with("make") && rest.starts_with("*** ");
    let is_driver = rest.contains("linker command failed") || rest.contains("ld returned");
    (is_make || is_driver || program == "ninja" && rest.starts_with("build stopped")).then(Taken::nothing)
}

/// `GoogleTest`'s `a.cc:3: Failure`, Catch2's `a.cpp:3: FAILED:`, and C's own
/// `a.out: a.c:3: main: Assertion 'x' failed.`
fn assertion(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let line = cursor.line;
    if line.contains(": Assertion `") {
        let (_, rest) = line.split_once(": ")?;
        let (place, rest) = leading(rest).or_else(|| cursor.place())?;
        let (_, message) = rest.split_once("Assertion ")?;
        return Some(place.error(format!("Assertion {message}")));
    }
    let (place, rest) = cursor.place()?;
    if !matches!(rest, ": Failure" | ": FAILED:") {
        return None;
    }
    let message: Vec<&str> = cursor.ahead(3).take_while(|line| !line.is_empty()).map(str::trim).collect();
    Some(place.error(message.join("; ")))
}

/// `[  FAILED  ] Cart.Adds (0 ms)`.
fn gtest(line: &str) -> Option<&str> {
    let name = line.strip_prefix("[  FAILED  ] ")?;
    let name = name.split([' ', ',']).next()?;
    name.contains('.').then_some(name)
}

/// `  3 - cart (Failed)` and ` 3/10 Test  #3: cart ...........***Failed    0.01 sec`.
fn ctest(line: &str) -> Option<&str> {
    if let Some((_, rest)) = line.split_once(" Test ") {
        let (name, verdict) = rest.split_once('#')?.1.split_once(": ")?.1.split_once(' ')?;
        let failed =
            verdict.contains("***Failed") || verdict.contains("***Exception") || verdict.contains("***Timeout");
        return failed.then_some(name);
    }
    let (number, rest) = line.trim_start().split_once(" - ")?;
    let name = ["(Failed)", "(Timeout)", "(SEGFAULT)", "(Not Run)"]
        .iter()
        .find_map(|end| rest.trim_end().strip_suffix(end))?;
    number.bytes().all(|b| b.is_ascii_digit()).then(|| name.trim())
}

/// `Test Case '-[Shop.CartTests testAdds]' failed (0.001 seconds).`, `✘ Test "adds" failed after …`.
fn xctest(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("✘ Test ") {
        let (name, tail) = rest.split_once(" failed after ")?;
        return tail.contains("second").then_some(name);
    }
    let (name, _) = line.strip_prefix("Test Case '")?.split_once("' failed (")?;
    Some(name.trim_start_matches("-[").trim_end_matches(']'))
}
