//! PHP itself, `PHPUnit`, Pest, `PHPStan` and Psalm.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_foreign, is_path, leading, number, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

/// The reports of a class's tests stand between a test and its class.
const TO_CLASS: usize = 400;

#[derive(Default)]
pub(super) struct Php {
    /// Below `There was 1 risky test:` and the like, whose entries do not fail.
    harmless: bool,
    /// The file in the heading of `PHPStan`'s table, and the line number of its last row.
    table: Option<(String, usize)>,
}

impl Format for Php {
    fn hints(&self) -> Hints {
        Hints::ERROR.or(Hints::NUMBERED).or(Hints::ROW).or(Hints::SYMBOL).or(Hints::FAIL)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        interpreter(line)
            .or_else(|| psalm(line))
            .or_else(|| self.phpunit(cursor))
            .or_else(|| testdox(cursor))
            .or_else(|| self.table_row(cursor))
            .map(Taken::one)
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        if let Some(id) = self.entry(cursor) {
            return Some(Taken::one(id.to_owned()));
        }
        if let Some(id) = testdox_id(cursor) {
            return Some(Taken::one(id));
        }
        pest(cursor.line).map(|id| Taken::one(id.to_owned()))
    }
}

/// `PHP Fatal error:  Uncaught Error: x in /p/a.php:3`, `Parse error: x in /p/a.php on line 3`.
fn interpreter(line: &str) -> Option<Diagnostic> {
    let text = line.strip_prefix("PHP ").unwrap_or(line);
    let message = ["Parse error: ", "Fatal error: "].iter().find_map(|start| text.strip_prefix(start))?.trim();
    let (message, at) = message.rsplit_once(" in ")?;
    let place = match at.split_once(" on line ") {
        Some((file, number)) => Place { file, line: number.parse().ok(), column: None },
        None => whole(at)?,
    };
    Some(place.error(message))
}

/// `ERROR: UndefinedClass - src/a.php:3:5 - Class X does not exist (see https://…)`.
fn psalm(line: &str) -> Option<Diagnostic> {
    let (code, rest) = line.strip_prefix("ERROR: ")?.split_once(" - ")?;
    let (at, message) = rest.split_once(" - ")?;
    let message = message.split(" (see ").next().unwrap_or(message);
    Some(whole(at)?.diagnostic(Severity::Error, Some(code), message))
}

/// `1) App\Tests\CartTest::testAdds with data set "x"`.
fn phpunit_id(line: &str) -> Option<&str> {
    let (count, name) = line.split_once(") ")?;
    let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let method = name.split(' ').next()?;
    (is_count && method.contains("::")).then_some(name)
}

/// The report below a name in the list: `   │ Failed asserting …` up to the place.
fn testdox(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.line.strip_prefix(" ✘ ")?;
    let report = || {
        let lines = cursor.ahead(40).map_while(|line| line.trim_start().strip_prefix('│'));
        lines.map(str::trim).filter(|line| !line.is_empty())
    };
    let message = report().next()?;
    let place = report().filter_map(whole).find(|place| place.has_extension(&["php"]) && !is_foreign(place.file))?;
    Some(place.error(message))
}

/// ` ✘ Removes` under the name of its class.
fn testdox_id(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.line.strip_prefix(" ✘ ")?;
    cursor.ahead(1).next()?.trim_start().strip_prefix('│')?;
    let class = cursor.behind(TO_CLASS).find(|line| line.starts_with(|c: char| c.is_alphanumeric()))?;
    Some(format!("{class} › {name}"))
}

fn report(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let mut lines = cursor.ahead(40);
    let message = lines.next()?.trim();
    let place = lines
        .take_while(|line| phpunit_id(line).is_none())
        .find_map(|line| whole(line.trim()).filter(|place| place.has_extension(&["php"]) && !is_foreign(place.file)))?;
    Some(place.error(message))
}

/// `   FAILED  Tests\Unit\CartTest > it adds` and the list's `⨯ it adds`.
fn pest(line: &str) -> Option<&str> {
    let text = line.trim_start();
    if let Some(name) = text.strip_prefix("FAILED  ") {
        let name = name.split("   ").next().unwrap_or(name).trim();
        return name.contains(" > ").then_some(name);
    }
    text.strip_prefix("⨯ ").map(super::jest::without_time)
}

impl Php {
    /// The name in a list of errors or failures.
    fn entry<'a>(&mut self, cursor: &Cursor<'a>) -> Option<&'a str> {
        let id = phpunit_id(cursor.line)?;
        if cursor.line.starts_with("1) ")
            && let Some(heading) = cursor.behind(2).find(|line| !line.is_empty())
        {
            self.harmless = ["risky", "skipped", "incomplete", "warning", "deprecation", "notice"]
                .iter()
                .any(|kind| heading.contains(kind));
        }
        (!self.harmless).then_some(id)
    }

    fn phpunit(&mut self, cursor: &Cursor<'_>) -> Option<Diagnostic> {
        self.entry(cursor)?;
        report(cursor)
    }

    /// `PHPStan`: `  Line   src/a.php` heads rows of `  12     message`, between rulers.
    fn table_row(&mut self, cursor: &Cursor<'_>) -> Option<Diagnostic> {
        let line = cursor.line;
        let (row, rest) = number(line.strip_prefix("  ").or_else(|| line.strip_prefix(' '))?)?;
        let message = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(' '))?.trim();
        let is_next = self.table.as_ref().is_some_and(|(_, last)| cursor.number - last <= 6);
        if !is_next {
            let heading = cursor.behind(2).find_map(|above| above.trim_start().strip_prefix("Line "));
            let file = heading?.trim();
            if !is_path(file) {
                return None;
            }
            self.table = Some((file.to_owned(), cursor.number));
        } else if let Some(file) = cursor.behind(2).find_map(|above| above.trim_start().strip_prefix("Line ")) {
            self.table = Some((file.trim().to_owned(), cursor.number));
        }
        let (file, last) = self.table.as_mut()?;
        *last = cursor.number;
        let place = Place { file, line: Some(row), column: None };
        (!message.is_empty() && leading(message).is_none()).then(|| place.error(message))
    }
}
