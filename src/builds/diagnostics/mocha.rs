//! mocha, playwright, ava, node's own runner, deno's, and the Test Anything Protocol.

use super::hints::Hints;
use super::jest::without_time;
use super::lines::Cursor;
use super::place::{Place, in_frame, is_foreign, is_path, leading, number, whole};
use super::{Format, Taken};
use crate::model::Diagnostic;

const MAX_REPORT: usize = 60;

#[derive(Default)]
pub(super) struct Mocha {
    /// Below `2 failing`, where numbers stand before reports and not before names.
    in_report: bool,
    /// Below `failing tests:`, where node repeats what it has listed.
    repeats: bool,
    tree: Tree,
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
        if cursor.shows(Hints::NOT_OK) {
            let failed = self.tree.tap(cursor)?;
            return Some(Taken {
                found: failed.and_then(|id| tap_report(cursor, &id)).into_iter().collect(),
                lines: 1,
            });
        }
        if marked(cursor.line).is_some() {
            return node_report(cursor);
        }
        let (_, below) = self.report(cursor)?;
        let mut lines =
            cursor.ahead(MAX_REPORT).skip(below).filter(|line| !line.is_empty() && line.trim() != "Message:");
        let message = lines.next()?.trim().to_owned();
        let frame = lines
            .take_while(|line| numbered(line).is_none())
            .find_map(|line| in_frame(line).filter(|place| !is_foreign(place.file)));
        // What takes too long has no stack, but mocha names its file.
        let named = || message.strip_suffix(')')?.rsplit_once('(').map(|(_, file)| file).filter(|file| is_path(file));
        let found = frame.or_else(|| named().map(Place::file)).unwrap_or_default().error(message.clone());
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
        if cursor.shows(Hints::NOT_OK) {
            return Some(Taken { found: self.tree.tap(cursor)?.into_iter().collect(), lines: 1 });
        }
        if line.trim_start().starts_with("▶ ") {
            self.tree.heading(line);
            return Some(Taken::nothing());
        }
        if let Some(name) = deno(line) {
            return Some(Taken::one(name.to_owned()));
        }
        if let Some(name) = marked(line) {
            if self.repeats && self.tree.any || cursor.ahead(1).any(sums_up) {
                return Some(Taken::nothing());
            }
            return Some(Taken { found: self.tree.verdict(line, name).into_iter().collect(), lines: 1 });
        }
        let (title, _) = self.report(cursor)?;
        Some(Taken::one(title))
    }
}

impl Mocha {
    fn starts_report(&mut self, line: &str) -> bool {
        if line == "✖ failing tests:" {
            self.repeats = true;
            return true;
        }
        let count = line.trim_start().strip_suffix(" failing");
        let starts = count.is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()));
        self.in_report |= starts;
        starts
    }

    /// The title of a numbered report, and how many more lines it takes. Jasmine's says `Message:` below.
    fn report(&self, cursor: &Cursor<'_>) -> Option<(String, usize)> {
        if self.in_report {
            return titles(cursor);
        }
        let title = numbered(cursor.line)?;
        (cursor.ahead(1).next()?.trim() == "Message:").then(|| (title.to_owned(), 0))
    }
}

/// The suites that a line stands in, told by indentation.
#[derive(Default)]
struct Tree {
    suites: Vec<(usize, String)>,
    /// The suites of the last failure: that they fail too says nothing new.
    red: Vec<String>,
    any: bool,
}

impl Tree {
    /// Leaves the suites that end at this indentation.
    fn leave(&mut self, line: &str) -> usize {
        let indent = line.len() - line.trim_start().len();
        while self.suites.last().is_some_and(|(at, _)| *at >= indent) {
            self.suites.pop();
        }
        indent
    }

    /// `▶ cart` opens a suite, `▶ cart (1.2ms)` closes it.
    fn heading(&mut self, line: &str) {
        let indent = self.leave(line);
        let name = line.trim_start().trim_start_matches("▶ ");
        if without_time(name).len() == name.len() {
            self.suites.push((indent, name.to_owned()));
        }
    }

    /// The id of what failed, unless it is a suite with a failure that is known.
    fn verdict(&mut self, line: &str, name: &str) -> Option<String> {
        self.leave(line);
        let path: Vec<String> = self.suites.iter().map(|(_, suite)| suite.clone()).chain([name.to_owned()]).collect();
        self.any = true;
        if self.red.starts_with(&path) {
            return None;
        }
        let id = path.join(" › ");
        self.red = path;
        self.red.pop();
        Some(id)
    }

    /// `not ok 2 - adds`, its suites told by `# Subtest: cart` above or `not ok 1 - cart {`.
    #[expect(clippy::option_option, reason = "no line of this protocol, or one that is no failure of its own")]
    fn tap(&mut self, cursor: &Cursor<'_>) -> Option<Option<String>> {
        let line = cursor.line;
        if let Some(name) = line.trim_start().strip_prefix("# Subtest: ") {
            let indent = self.leave(line);
            self.suites.push((indent, name.to_owned()));
            return Some(None);
        }
        let name = tap(line)?;
        if line.ends_with(" {") {
            let indent = self.leave(line);
            self.suites.push((indent, name.to_owned()));
            return Some(None);
        }
        let of_children = cursor.ahead(8).any(|below| below.trim() == "failureType: 'subtestsFailed'");
        Some(self.verdict(line, name).filter(|_| !of_children))
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

/// The block below `not ok`: `error: '1 == 2'` and a stack, or frames as mocha prints them.
fn tap_report(cursor: &Cursor<'_>, id: &str) -> Option<Diagnostic> {
    let mut message: Option<&str> = None;
    let mut stated = None;
    let mut place = None;
    let mut continues = false;
    let report = cursor.ahead(MAX_REPORT).map(str::trim_start);
    for line in report.take_while(|line| *line != "..." && tap(line).is_none() && !line.starts_with("ok ")) {
        let value = line.strip_prefix("error: ").or_else(|| line.strip_prefix("message: "));
        if let Some(value) = value {
            continues = value.starts_with('|');
            message = message.or((!continues).then(|| value.trim_matches(['\'', '"'])));
        } else if std::mem::take(&mut continues) {
            message = message.or(Some(line));
        } else if let Some(at) = line.strip_prefix("location: ") {
            stated = whole(at.trim_matches('\''));
        } else if let Some(at) = line.strip_prefix("# (in test file ") {
            let (file, number_text) = at.split_once(", line ")?;
            place = Some(Place { file, line: number(number_text).map(|(line, _)| line), column: None });
        } else if let Some(text) = line.strip_prefix("#  ") {
            message = message.or(Some(text.trim()));
        } else if message.is_none() && line.contains("Error") && line.contains(": ") && !line.starts_with("name:") {
            message = Some(line);
        } else if place.is_none() && (line.ends_with(')') || line.starts_with("at ")) {
            let inner = line.rsplit_once('(').map_or(line, |(_, inner)| inner.trim_end_matches(')'));
            place = in_frame(line).or_else(|| whole(inner)).filter(|place| !is_foreign(place.file));
        }
    }
    let place = place.or(stated);
    (message.is_some() || place.is_some()).then(|| place.unwrap_or_default().error(message.unwrap_or(id)))
}

/// What node says of a suite: `'2 subtests failed'`.
fn sums_up(error: &str) -> bool {
    error.trim_start().starts_with('\'') && error.contains(" subtest") && error.ends_with(" failed'")
}

/// Below `✖ adds (1.2ms)`: the error, indented, and its stack.
fn node_report(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let error = cursor.ahead(1).next()?.trim_start();
    if sums_up(error) {
        return Some(Taken::nothing());
    }
    if !error.contains("Error") {
        return None;
    }
    let frame = cursor
        .ahead(MAX_REPORT)
        .take_while(|line| marked(line).is_none() && !line.trim_start().starts_with(['▶', '✔']))
        .find_map(|line| in_frame(line).filter(|place| !is_foreign(place.file)))?;
    Some(Taken::one(frame.error(error)).through(2))
}

/// `not ok 2 - adds # time=1ms`, unless it may fail.
fn tap(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("not ok ")?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let rest = rest.strip_suffix(" {").unwrap_or(rest);
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
        return Some(name.strip_suffix(" Error thrown in test").unwrap_or(name));
    }
    let name = text.strip_prefix("✖ ")?;
    let plain = without_time(name);
    // Without a time it is a heading (`failing tests:`) or a linter's count.
    (plain.len() < name.trim_end().len()).then_some(plain)
}
