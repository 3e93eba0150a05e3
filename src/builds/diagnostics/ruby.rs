//! Ruby itself, `RSpec`, minitest and `RuboCop`.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, has_extension, is_foreign, leading, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

const MAX_REPORT: usize = 60;

#[derive(Default)]
pub(super) struct Ruby;

impl Format for Ruby {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::NUMBERED).or(Hints::FAIL).or(Hints::ERROR)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        raised(cursor)
            .or_else(|| rubocop(cursor))
            .map(Taken::one)
            .or_else(|| rspec(cursor))
            .or_else(|| minitest(cursor))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        rspec_id(cursor.line).or_else(|| minitest_id(cursor).map(str::to_owned)).map(Taken::one)
    }
}

fn is_ruby(place: &Place<'_>) -> bool {
    [".rb", ".rake", ".ru", ".gemspec", ".erb", "Rakefile", "Gemfile"].iter().any(|end| place.file.ends_with(end))
}

/// `a.rb:3:in 'f': undefined local variable (NameError)`, `a.rb:3: syntax error, …`.
fn raised(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place().filter(|(place, _)| is_ruby(place))?;
    let rest = rest.strip_prefix(':')?;
    if let Some(syntax) = rest.trim_start().strip_prefix("syntax error") {
        return Some(place.error(format!("syntax error{syntax}")));
    }
    let message = match rest.strip_prefix("in ") {
        Some(named) => named.split_once("': ").or_else(|| named.split_once(": "))?.1,
        None => rest.trim_start(),
    };
    let (_, class) = message.strip_suffix(')')?.rsplit_once(" (")?;
    let is_class = class.ends_with("Error") || class.ends_with("Exception") || class.contains("::");
    is_class.then(|| place.error(message))
}

/// `a.rb:3:5: C: [Correctable] Layout/X: message`.
fn rubocop(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (place, rest) = cursor.place().filter(|(place, _)| place.column.is_some())?;
    let (grade, rest) = rest.strip_prefix(": ")?.split_once(": ")?;
    let severity = match grade {
        "E" | "F" => Severity::Error,
        "C" | "W" | "R" => Severity::Warning,
        "I" => Severity::Note,
        _ => return None,
    };
    let rest = rest.strip_prefix("[Correctable] ").unwrap_or(rest);
    let (cop, message) = rest.split_once(": ")?;
    let is_cop = cop.contains('/') && !cop.contains(' ');
    let (code, message) = if is_cop { (Some(cop), message) } else { (None, rest) };
    Some(place.diagnostic(severity, code, message))
}

/// `rspec ./spec/a_spec.rb:3 # Cart adds`: the id without the line, which moves.
fn rspec_id(line: &str) -> Option<String> {
    let rest = line.strip_prefix("rspec ")?;
    let (at, title) = rest.split_once(" # ")?;
    let file = leading(at).map_or_else(|| at.split('[').next().unwrap_or(at), |(place, _)| place.file);
    has_extension(file, &["rb"]).then(|| format!("{file} # {title}"))
}

/// `1) Cart adds`, `Failure/Error: expect(…)`, what was expected, and `# ./spec/a_spec.rb:3:in …`.
fn rspec(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let text = cursor.line.trim_start();
    let failed = text.strip_prefix("Failure/Error: ")?;
    let mut message = failed.to_owned();
    for line in cursor.ahead(MAX_REPORT) {
        let text = line.trim();
        if text.starts_with("Failure/Error: ") {
            break;
        }
        if let Some(frame) = text.strip_prefix("# ") {
            let place = leading(frame).map(|(place, _)| place).filter(|place| !is_foreign(place.file));
            if let Some(place) = place {
                return Some(Taken::one(place.error(message)));
            }
        } else if text.starts_with("expected")
            || text.starts_with("got:")
            || text.ends_with("Error:")
            || text.contains("Error: ")
        {
            message.push_str("; ");
            message.push_str(text);
        } else if text.starts_with("Finished in") {
            break;
        }
    }
    None
}

/// The line below `  1) Failure:`: `CartTest#test_adds [test/cart_test.rb:3]:`.
fn minitest_id<'a>(cursor: &Cursor<'a>) -> Option<&'a str> {
    let head = cursor.line.trim_start();
    let head = head
        .split_once(") ")
        .filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
        .map_or(head, |(_, head)| head);
    if !matches!(head, "Failure:" | "Error:") {
        return None;
    }
    let named = cursor.ahead(1).next()?;
    let name = named.split([' ', ':']).next()?;
    name.contains('#').then_some(name)
}

fn minitest(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    minitest_id(cursor)?;
    let mut lines = cursor.ahead(20);
    let named = lines.next()?;
    let message = lines.next()?.trim();
    let stated = named.split_once(" [").and_then(|(_, at)| whole(at.trim_end_matches(':').strip_suffix(']')?));
    let next = lines.next().unwrap_or_default();
    let message = if next.trim_start().starts_with("Actual:") {
        format!("{message}, {}", next.trim())
    } else {
        message.to_owned()
    };
    let place = stated.or_else(|| {
        std::iter::once(next)
            .chain(lines)
            .take_while(|line| !line.is_empty())
            .filter_map(|line| leading(line.trim_start()).map(|(place, _)| place))
            .find(|place| is_ruby(place) && !is_foreign(place.file))
    })?;
    Some(Taken::one(place.error(message)))
}
