//! The Go compiler, vet, golangci-lint, `go test` and panics.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_foreign, leading, nowhere};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// More log lines of one test are not kept while its verdict is awaited.
const MAX_PENDING: usize = 20;
const TO_FRAME: usize = 60;

#[derive(Default)]
pub(super) struct Go {
    /// With `-v` a test's lines come before its verdict; they count only if it fails.
    pending: Vec<Diagnostic>,
    failing: bool,
}

impl Format for Go {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::RULER).or(Hints::PANIC)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        let text = line.trim_start();
        if text.starts_with("--- FAIL: ") {
            self.failing = true;
            let found = std::mem::take(&mut self.pending);
            return Some(Taken { found, lines: 1 });
        }
        let is_other_test =
            ["--- PASS", "--- SKIP", "=== RUN", "=== CONT", "=== NAME"].iter().any(|start| text.starts_with(start));
        if is_other_test {
            self.failing = false;
            if text.starts_with("---") || text.starts_with("=== RUN") {
                self.pending.clear();
            }
            return Some(Taken::nothing());
        }
        if let Some(message) = line.strip_prefix("panic: ") {
            return panic(cursor, message);
        }
        if line.starts_with("    ") {
            return self.test_log(cursor, text);
        }
        compiler(cursor)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let text = cursor.line.trim_start();
        // gotestsum prints `=== FAIL: package TestX (0.00s)`.
        let name = text.strip_prefix("--- FAIL: ").or_else(|| {
            let named = text.strip_prefix("=== FAIL: ")?;
            named.split_once(' ').map(|(_, name)| name)
        })?;
        let name = name.split(" (").next().unwrap_or(name);
        Some(Taken::one(name.to_owned()))
    }
}

impl Go {
    /// `    x_test.go:3: got 1, want 2`.
    fn test_log(&mut self, cursor: &Cursor<'_>, text: &str) -> Option<Taken<Diagnostic>> {
        let (place, rest) = leading(text).filter(|(place, _)| place.has_extension(&["go"]))?;
        let message = rest.strip_prefix(':')?.trim();
        let message = if message.is_empty() { testify(cursor) } else { message.to_owned() };
        let found = place.error(message);
        if self.failing {
            return Some(Taken::one(found));
        }
        if self.pending.len() < MAX_PENDING {
            self.pending.push(found);
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
        .find(|place| place.has_extension(&["go"]) && !is_foreign(place.file));
    let message = message.split(" [recovered").next().unwrap_or(message);
    let message = format!("panic: {message}");
    let found = frame.map_or_else(|| nowhere(message.clone()), |place: Place<'_>| place.error(message.clone()));
    Some(Taken::one(found))
}
