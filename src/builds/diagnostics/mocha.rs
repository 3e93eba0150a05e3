//! mocha, playwright, ava, node's own runner, deno's, and the Test Anything Protocol.

use super::hints::Hints;
use super::jest::without_time;
use super::lines::Cursor;
use super::place::{Place, in_frame, is_foreign, leading, nowhere};
use super::{Format, Taken};
use crate::model::Diagnostic;

const MAX_REPORT: usize = 60;

#[derive(Default)]
pub(super) struct Mocha {
    /// Below `2 failing`, where numbers stand before reports and not before names.
    in_report: bool,
}

impl Format for Mocha {
    fn hints(&self) -> Hints {
        Hints::FAIL.or(Hints::NUMBERED).or(Hints::NOT_OK).or(Hints::SYMBOL)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        if self.starts_report(cursor.line) {
            return Some(Taken::nothing());
        }
        if let Some((place, _)) = playwright(cursor.line) {
            return cursor.line.trim_start().starts_with(|c: char| c.is_ascii_digit()).then(|| {
                let message = cursor.ahead(4).find(|line| !line.is_empty()).unwrap_or("test failed");
                Taken::one(place.error(message.trim()))
            });
        }
        let (_, below) = self.in_report.then(|| titles(cursor)).flatten()?;
        let mut lines = cursor.ahead(MAX_REPORT).skip(below).filter(|line| !line.is_empty());
        let message = lines.next()?.trim().to_owned();
        let frame = lines
            .take_while(|line| numbered(line).is_none())
            .find_map(|line| in_frame(line).filter(|place| !is_foreign(place.file)));
        let found = frame.map_or_else(|| nowhere(message.clone()), |place| place.error(message.clone()));
        Some(Taken::one(found))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        if self.starts_report(line) {
            return Some(Taken::nothing());
        }
        if let Some((_, id)) = playwright(line) {
            return Some(Taken::one(id));
        }
        if let Some(name) = tap(line).or_else(|| deno(line)).or_else(|| marked(line)) {
            return Some(Taken::one(name.to_owned()));
        }
        let (title, _) = self.in_report.then(|| titles(cursor)).flatten()?;
        Some(Taken::one(title))
    }
}

impl Mocha {
    fn starts_report(&mut self, line: &str) -> bool {
        let count = line.trim_start().strip_suffix(" failing");
        let starts = count.is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()));
        self.in_report |= starts;
        starts
    }
}

fn numbered(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[digits..].strip_prefix(") ").filter(|_| digits > 0)
}

/// The suites and the name of a report's heading, up to the line that ends with a colon, and how
/// many lines below the first that is.
fn titles(cursor: &Cursor<'_>) -> Option<(String, usize)> {
    let mut title = numbered(cursor.line)?.to_owned();
    let mut below = 0;
    let mut lines = cursor.ahead(10);
    while !title.ends_with(':') {
        let line = lines.next().filter(|line| !line.is_empty())?;
        title.push_str(" › ");
        title.push_str(line.trim());
        below += 1;
    }
    title.pop();
    Some((title, below))
}

/// `1) [chromium] › tests/a.spec.ts:3:5 › cart › adds ───`, or in the list `✘  1 [chromium] › …`.
fn playwright(line: &str) -> Option<(Place<'_>, String)> {
    let text = line.trim_start();
    let is_list = text.starts_with('✘');
    let rest = numbered(text).or(text.strip_prefix('✘'))?;
    let (before, rest) = if rest.contains("] › ") { rest.split_once("] › ")? } else { ("", rest) };
    if !(is_list || before.is_empty() || before.starts_with('[')) {
        return None;
    }
    let (place, title) = rest.trim_start().split_once(" › ")?;
    let (place, _) = leading(place)?;
    let title = without_time(title.trim_end_matches(['─', '=', ' ']));
    let id = format!("{} › {title}", place.file);
    Some((place, id))
}

/// `not ok 2 - adds # time=1ms`, unless it may fail.
fn tap(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("not ok ")?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let name = rest.strip_prefix("- ").unwrap_or(rest);
    let (name, directive) = name.split_once(" # ").unwrap_or((name, ""));
    let allowed = directive.starts_with("TODO") || directive.starts_with("SKIP");
    (!allowed && !name.is_empty()).then_some(name)
}

/// `cart adds ... FAILED (5ms)`.
fn deno(line: &str) -> Option<&str> {
    let (name, time) = line.split_once(" ... FAILED (")?;
    time.ends_with(')').then_some(name.trim())
}

/// `✖ adds (1.2ms)` of node, `✘ [fail]: cart › adds` of ava.
fn marked(line: &str) -> Option<&str> {
    let text = line.trim_start();
    if let Some(name) = text.strip_prefix("✘ [fail]: ") {
        return Some(name);
    }
    let name = text.strip_prefix("✖ ")?;
    let plain = without_time(name);
    // Without a time it is a heading (`failing tests:`) or a linter's count.
    (plain.len() < name.trim_end().len()).then_some(plain)
}
