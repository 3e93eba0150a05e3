//! The Go compiler, vet, golangci-lint, `go test` and panics.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_foreign, leading, nowhere};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// More log lines are not kept while their tests' verdicts are awaited.
const MAX_PENDING: usize = 100;
const TO_FRAME: usize = 60;

#[derive(Default)]
pub(super) struct Go {
    /// With `-v` a test's lines come before its verdict; they count only if it fails.
    pending: Vec<(String, Diagnostic)>,
    /// The test whose lines are being read.
    running: String,
    failing: bool,
}

impl Format for Go {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::RULER).or(Hints::PANIC).or(Hints::WARNING)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        let text = line.trim_start();
        if let Some(name) = text.strip_prefix("--- FAIL: ") {
            self.failing = true;
            self.running.clear();
            let found = self.lines_of(untimed(name));
            return Some(Taken { found, lines: 1 });
        }
        if let Some(name) = text.strip_prefix("--- PASS: ").or_else(|| text.strip_prefix("--- SKIP: ")) {
            self.failing = false;
            self.running.clear();
            self.lines_of(untimed(name));
            return Some(Taken::nothing());
        }
        let started = ["=== RUN ", "=== CONT ", "=== NAME "].iter().find_map(|start| text.strip_prefix(start));
        if let Some(name) = started {
            self.failing = false;
            name.trim().clone_into(&mut self.running);
            return Some(Taken::nothing());
        }
        if line == "WARNING: DATA RACE" {
            return Some(race(cursor));
        }
        if let Some(message) = line.strip_prefix("panic: ") {
            self.running.clear();
            return panic(cursor, message);
        }
        if line.starts_with("    ") {
            return self.test_log(cursor, text);
        }
        // What a test prints while it runs is no complaint of the compiler.
        if !self.running.is_empty() {
            return cursor.place().map(|_| Taken::nothing());
        }
        compiler(cursor)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let text = cursor.line.trim_start();
        if text.starts_with("panic: test timed out after ") {
            return Some(timed_out(cursor));
        }
        // gotestsum prints `=== FAIL: package TestX (0.00s)`.
        let name = text.strip_prefix("--- FAIL: ").or_else(|| {
            let named = text.strip_prefix("=== FAIL: ")?;
            named.split_once(' ').map(|(_, name)| name)
        })?;
        Some(Taken::one(untimed(name).to_owned()))
    }
}

/// `TestAdds (0.00s)` → `TestAdds`.
fn untimed(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

/// The tests that were still running: `running tests:` and below it `\tTestAdds (1s)`; before 1.20
/// only the stacks tell.
fn timed_out(cursor: &Cursor<'_>) -> Taken<String> {
    let mut lines = cursor.ahead(TO_FRAME);
    let listed = lines.any(|line| line.trim() == "running tests:");
    let found = if listed {
        lines.map_while(|line| line.strip_prefix('\t')).map(|name| untimed(name).to_owned()).collect()
    } else {
        let stacks = cursor.ahead(TO_FRAME).filter(|line| line.contains(".Test") && line.ends_with(')'));
        let names = stacks.filter_map(|line| line.rsplit_once('.')?.1.split_once('('));
        names.map(|(name, _)| name.to_owned()).filter(|name| name.starts_with("Test")).take(1).collect()
    };
    Taken { found, lines: 1 }
}

/// The race detector's report, with the first frame of ours.
fn race(cursor: &Cursor<'_>) -> Taken<Diagnostic> {
    let frame = cursor
        .ahead(TO_FRAME)
        .take_while(|line| !line.starts_with("==="))
        .filter(|line| line.starts_with("      "))
        .filter_map(|line| leading(line.trim_start()).map(|(place, _)| place))
        .find(|place| !is_foreign(place.file));
    Taken::one(frame.map_or_else(|| nowhere("data race"), |place| place.error("data race")))
}

impl Go {
    fn lines_of(&mut self, test: &str) -> Vec<Diagnostic> {
        let (of_test, others) = std::mem::take(&mut self.pending).into_iter().partition(|(name, _)| name == test);
        self.pending = others;
        let of_test: Vec<(String, Diagnostic)> = of_test;
        of_test.into_iter().map(|(_, found)| found).collect()
    }

    /// `    x_test.go:3: got 1, want 2`.
    fn test_log(&mut self, cursor: &Cursor<'_>, text: &str) -> Option<Taken<Diagnostic>> {
        let (place, rest) = leading(text).filter(|(place, _)| place.has_extension(&["go"]))?;
        let message = rest.strip_prefix(':')?.trim();
        let message = if message.is_empty() { testify(cursor) } else { message.to_owned() };
        // The race detector has said it before, with the place.
        if place.file == "testing.go" {
            return Some(Taken::nothing());
        }
        let found = place.error(message);
        if self.failing {
            return Some(Taken::one(found));
        }
        if self.pending.len() < MAX_PENDING {
            self.pending.push((self.running.clone(), found));
        }
        Some(Taken::nothing())
    }
}

/// testify puts what went wrong below, in a table: `Error:`, `expected:`, `actual  :`.
fn testify(cursor: &Cursor<'_>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for line in cursor.ahead(16) {
        let text = line.trim();
        if let Some(error) = text.strip_prefix("Error:") {
            parts.push(error.trim());
        } else if text.starts_with("expected:") || text.starts_with("actual") && !parts.is_empty() {
            parts.push(text);
        } else if text.starts_with("Test:") || text.starts_with("---") {
            break;
        }
    }
    parts.join(" ")
}

/// `./a.go:3:5: undefined: x`, `vet: ./a.go:3:5: …`, `a.go:3:5: … (errcheck)`. The column tells it
/// from a `grep -n`.
fn compiler(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let vetted = cursor.line.strip_prefix("vet: ");
    let (place, rest) =
        vetted.map_or_else(|| cursor.place(), leading).filter(|(place, _)| place.has_extension(&["go"]))?;
    place.column?;
    let message = rest.strip_prefix(": ")?.trim();
    if message.is_empty() {
        return None;
    }
    if message.ends_with(':')
        && let Some(reason) = cursor.ahead(1).find_map(|line| line.strip_prefix('\t'))
    {
        return Some(Taken::one(place.error(format!("{message} {}", reason.trim()))));
    }
    let (message, code) = with_linter(message);
    Some(Taken::one(place.diagnostic(Severity::Error, code, message)))
}

/// golangci-lint ends a message with the linter's name in brackets.
fn with_linter(message: &str) -> (&str, Option<&str>) {
    let linter = message.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    match linter {
        Some((text, name)) if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
            (text, Some(name))
        }
        _ => (message, None),
    }
}

/// `panic: …`, then the stack of a goroutine with the place in our code.
fn panic(cursor: &Cursor<'_>, message: &str) -> Option<Taken<Diagnostic>> {
    if !cursor.ahead(12).take_while(|line| !line.starts_with("panic: ")).any(|line| line.starts_with("goroutine ")) {
        return None;
    }
    let frame = cursor
        .ahead(TO_FRAME)
        .filter_map(|line| line.strip_prefix('\t'))
        .filter_map(|frame| leading(frame).map(|(place, _)| place))
        .find(|place| place.has_extension(&["go"]) && !is_foreign(place.file) && place.file != "_testmain.go");
    let message = message.split(" [recovered").next().unwrap_or(message);
    let message = format!("panic: {message}");
    let found = frame.map_or_else(|| nowhere(message.clone()), |place: Place<'_>| place.error(message.clone()));
    Some(Taken::one(found))
}
