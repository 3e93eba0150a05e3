//! Linkers, make, `CMake`, ctest, `GoogleTest`, Catch2, assertions, `XCTest`. (gcc and clang print the
//! common form.)

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_foreign, is_path, leading, nowhere};
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
            .or_else(|| sanitizer(cursor))
            .or_else(|| driver(line))
            .map(Taken::one)
            .or_else(|| summary(cursor))
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
    let below = || {
        let mut lines = cursor.ahead(6).filter(|line| !line.is_empty()).map(str::trim);
        let message = lines.next()?;
        let more = message.ends_with(':').then(|| lines.next()).flatten();
        Some(more.map_or_else(|| message.to_owned(), |more| format!("{message} {more}")))
    };
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

/// What make, linker drivers and ninja say after the real complaint. The linker's own words have no
/// sign to find them by, so they are looked for from here.
fn summary(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    const LINKER_SAYS: usize = 20;
    let (program, rest) = cursor.line.split_once(": ")?;
    let is_make = program.starts_with("make") && rest.starts_with("*** ");
    let is_driver = rest.contains("linker command failed") || rest.contains("ld returned");
    if is_driver {
        let mut found: Vec<Diagnostic> = cursor
            .behind(LINKER_SAYS)
            .take_while(|line| !line.is_empty() && !line.contains("ld returned"))
            .filter_map(linker_alone)
            .collect();
        found.reverse();
        return Some(Taken { found, lines: 1 });
    }
    (is_make || program == "ninja" && rest.starts_with("build stopped")).then(Taken::nothing)
}

/// `dup.c:(.text+0x0): multiple definition of `f'; …` and `/usr/bin/ld: cannot find -lx: …`.
fn linker_alone(line: &str) -> Option<Diagnostic> {
    if let Some((at, symbol)) = line.split_once(": multiple definition of ") {
        let at = at.split(":(").next().unwrap_or(at);
        let at = at.rsplit(' ').next().unwrap_or(at);
        let place = leading(at).map(|(place, _)| place).or_else(|| is_path(at).then(|| Place::file(at)));
        let symbol = symbol.split(';').next().unwrap_or(symbol);
        return Some(place.unwrap_or_default().error(format!("multiple definition of {symbol}")));
    }
    let (_, library) = line.split_once("cannot find ")?;
    Some(nowhere(format!("cannot find {library}")))
}

/// `gcc: fatal error: no input files`, `cc1: fatal error: a.c: No such file or directory`.
fn driver(line: &str) -> Option<Diagnostic> {
    let (program, rest) = line.split_once(": ")?;
    let message = rest.strip_prefix("fatal error: ").or_else(|| rest.strip_prefix("error: "))?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_driver =
        ["cc", "gcc", "g++", "c++", "cc1", "cc1plus", "clang", "clang++", "ld", "lld", "ld.lld"].contains(&name);
    (is_driver && !message.contains("linker command failed")).then(|| nowhere(message))
}

/// `==7==ERROR: AddressSanitizer: heap-use-after-free on address …` and the first frame of ours:
/// `    #1 0x55 in main /p/a.c:3:5`.
fn sanitizer(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    const TO_FRAME: usize = 30;
    let (_, message) = cursor.line.split_once("ERROR: ").or_else(|| cursor.line.split_once("WARNING: "))?;
    if !message.split(": ").next()?.ends_with("Sanitizer") {
        return None;
    }
    let end = [" on address ", " on unknown address ", " (pid="].iter().filter_map(|sign| message.find(sign)).min();
    let message = &message[..end.unwrap_or(message.len())];
    let frame = cursor
        .ahead(TO_FRAME)
        .filter(|line| line.trim_start().starts_with('#'))
        .filter_map(|line| leading(line.rsplit(' ').next()?).map(|(place, _)| place))
        .find(|place| !is_foreign(place.file) && !place.file.starts_with("../"));
    Some(frame.unwrap_or_default().error(message))
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
    if line == "unknown file: Failure" {
        return cursor.ahead(1).next().map(nowhere);
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
