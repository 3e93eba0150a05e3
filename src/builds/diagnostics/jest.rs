//! jest, vitest, `bun test`, and errors that JavaScript runtimes print with their stack.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, in_frame, is_foreign, is_path, nowhere, whole};
use super::{Format, Taken};
use crate::model::Diagnostic;

/// A report with its code frame and differences seldom is longer.
const MAX_REPORT: usize = 80;
/// vitest prints the headings of tests that fail alike one below the other.
const MAX_HEADINGS: usize = 10;

#[derive(Default)]
pub(super) struct Jest {
    /// From the last `FAIL src/a.test.ts`; reports below it may not name the file.
    file: Option<String>,
}

impl Format for Jest {
    fn hints(&self) -> Hints {
        Hints::SYMBOL.or(Hints::FAIL).or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        let text = line.trim_start();
        if let Some(head) = fail_line(text) {
            let file = file_of(head);
            self.file = Some(file.to_owned());
            // vitest puts the error right below; jest a line that starts with `●`.
            let report = head != file;
            return report.then(|| self.report(cursor, "FAIL"));
        }
        if let Some(title) = text.strip_prefix("● ") {
            let is_test = title.contains(" › ") || title == "Test suite failed to run" || line.starts_with("  ●");
            return (is_test && title != "Console").then(|| self.report(cursor, "●"));
        }
        thrown(cursor)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let text = cursor.line.trim_start();
        if let Some(head) = fail_line(text) {
            let file = file_of(head);
            self.file = Some(file.to_owned());
            let name = head[file.len()..].trim();
            return match name.strip_prefix("> ") {
                Some(name) => Some(Taken::one(format!("{file} > {name}"))),
                // ` FAIL  src/a.test.ts [ src/a.test.ts ]`: the file itself does not load.
                None if name.starts_with('[') => Some(Taken::one(file.to_owned())),
                None => Some(Taken::nothing()),
            };
        }
        if let Some(title) = text.strip_prefix("● ") {
            if title == "Test suite failed to run" {
                return Some(self.file.clone().map_or_else(Taken::nothing, Taken::one));
            }
            let is_test = cursor.line.starts_with("  ●") && title != "Console";
            return is_test.then(|| Taken::one(title.to_owned()));
        }
        if let Some(name) = text.strip_prefix("(fail) ") {
            return Some(Taken::one(without_time(name).to_owned()));
        }
        listed(text).map(|name| Taken::one(name.to_owned()))
    }
}

/// In the list of a run suites are told by indentation only. Linters use the same signs before
/// messages, so where the runner always prints a time there must be one.
fn listed(text: &str) -> Option<&str> {
    if let Some(name) = text.strip_prefix("✕ ") {
        return Some(without_time(name));
    }
    let name = text.strip_prefix("× ").or_else(|| text.strip_prefix("✗ "))?.trim_end();
    let plain = without_time(name);
    (plain.len() < name.len() && !name.starts_with("Build failed in ")).then_some(plain)
}

impl Jest {
    /// The first line of text below a heading is the message, the first frame of ours the place.
    fn report(&self, cursor: &Cursor<'_>, next: &str) -> Taken<Diagnostic> {
        let mut message = String::new();
        let mut place = None;
        let mut headings = 0;
        for line in cursor.ahead(MAX_REPORT) {
            let text = line.trim_start();
            let is_heading = text.starts_with(next) && (next != "FAIL" || fail_line(text).is_some());
            headings += usize::from(is_heading);
            if is_heading && !message.is_empty() || headings > MAX_HEADINGS {
                break;
            }
            if is_heading || text.is_empty() {
                continue;
            }
            if let Some(found) = any_frame(text) {
                if is_foreign(found.file) {
                    continue;
                }
                place = Some(found);
                break;
            }
            // The complaint itself stands below, with its place.
            if text.starts_with("Error: Transform failed with ") {
                return Taken::nothing();
            }
            if message.is_empty() || text.starts_with("SyntaxError: ") && message.starts_with("Jest encountered") {
                text.clone_into(&mut message);
            } else if text.starts_with("Expected") || text.starts_with("Received") {
                message.push_str("; ");
                message.push_str(text);
            }
        }
        if message.is_empty() {
            "test failed".clone_into(&mut message);
        }
        let found = match (place, &self.file) {
            (Some(place), _) => place.error(message),
            (None, Some(file)) => Place::file(file).error(message),
            (None, None) => nowhere(message),
        };
        Taken::one(found)
    }
}

/// `at f (a.ts:3:5)`, or vitest's `❯ f a.ts:3:5`.
fn any_frame(line: &str) -> Option<Place<'_>> {
    let text = line.trim_start();
    text.strip_prefix("❯ ").map_or_else(|| in_frame(text), |frame| frame.rsplit(' ').next().and_then(whole))
}

/// What follows `FAIL` on a line about a JavaScript test file; projects may stand between bars.
fn fail_line(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("FAIL ").or_else(|| text.strip_prefix("❌ "))?.trim_start();
    let rest = match rest.strip_prefix('|') {
        Some(project) => project.split_once('|')?.1.trim_start(),
        None => rest,
    };
    is_script(file_of(rest)).then_some(rest)
}

fn file_of(head: &str) -> &str {
    head.split(' ').next().unwrap_or(head)
}

fn is_script(path: &str) -> bool {
    const ENDINGS: &[&str] = &["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"];
    is_path(path) && path.rsplit('.').next().is_some_and(|end| ENDINGS.contains(&end))
}

/// `adds (5 ms)`, `adds 5ms`, `adds [1.00ms]` → `adds`.
pub(super) fn without_time(name: &str) -> &str {
    let Some((start, last)) = name.trim_end().rsplit_once(' ') else {
        return name.trim_end();
    };
    let last = last.trim_matches(['(', ')', '[', ']']);
    let unit = last.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !matches!(unit, "ms" | "s" | "m" | "min") {
        return name.trim_end();
    }
    // `(5 ms)` has a blank of its own.
    let start = match start.rsplit_once(" (") {
        Some((rest, number)) if last == unit && number.bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest,
        _ if last == unit => return name.trim_end(),
        _ => start,
    };
    start.trim_end()
}

/// `TypeError: x is not a function` with frames right below.
fn thrown(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    if !cursor.shows(Hints::ERROR) {
        return None;
    }
    let line = cursor.line.strip_prefix(" Exception during run: ").unwrap_or(cursor.line);
    let (name, rest) = line.split_once(": ")?;
    // Angular's builder puts `Error: ` before what tsc prints.
    if rest.contains(" - error TS") {
        return None;
    }
    let class = name.strip_prefix("Uncaught ").unwrap_or(name);
    let is_error = class == "error" || class.ends_with("Error") || class.contains("Error [");
    if !is_error || class.starts_with(' ') || class.contains(' ') && !class.contains('[') {
        return None;
    }
    if class == "error" && !is_bun_report(cursor) {
        return None;
    }
    let is_frame = |below: &str| ["at ", "❯ "].iter().any(|start| below.trim_start().starts_with(start));
    let near = cursor.ahead(4).any(is_frame);
    if !near && class != "error" {
        return None;
    }
    let ours = cursor
        .ahead(30)
        .skip_while(|below| !is_frame(below))
        .take_while(|frame| !frame.is_empty())
        .find_map(|frame| any_frame(frame).filter(|place| !is_foreign(place.file)));
    let place = ours.or_else(|| imported_from(rest)).or_else(|| unparsable(cursor, class))?;
    let message = line.strip_prefix("error: ").unwrap_or(line);
    Some(Taken::one(place.error(message)))
}

/// `error: expect(received)…`, then only values up to the frames: others print `error: ` too.
fn is_bun_report(cursor: &Cursor<'_>) -> bool {
    let mut below = cursor.ahead(20).skip_while(|line| !line.trim_start().starts_with("at "));
    let between = cursor.ahead(20).take_while(|line| !line.trim_start().starts_with("at "));
    below.next().is_some()
        && between.into_iter().all(|line| {
            line.is_empty()
                || ["Expected", "Received", "- ", "+ ", "  "].iter().any(|start| line.starts_with(start))
                    && line.is_ascii()
        })
}

/// `Cannot find module '/p/gone.js' imported from /p/a.js`: no frame is in the project.
fn imported_from(message: &str) -> Option<Place<'_>> {
    let (_, file) = message.rsplit_once(" imported from ")?;
    let file = file.trim_matches('\'');
    is_path(file).then(|| Place::file(file))
}

/// Node prints the place of what does not parse above the code.
fn unparsable<'a>(cursor: &Cursor<'a>, class: &str) -> Option<Place<'a>> {
    if class != "SyntaxError" {
        return None;
    }
    cursor.behind(6).find_map(whole)
}
