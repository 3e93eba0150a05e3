//! Ruby itself, `RSpec`, minitest and `RuboCop`.

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, has_extension, is_foreign, leading, number, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

const MAX_REPORT: usize = 60;

#[derive(Default)]
pub(super) struct Ruby;

impl Format for Ruby {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER.or(Hints::NUMBERED).or(Hints::FAIL).or(Hints::ERROR).or(Hints::PAREN_NUMBER)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        raised(cursor)
            .or_else(|| rubocop(cursor))
            .map(Taken::one)
            .or_else(|| rspec(cursor))
            .or_else(|| minitest(cursor))
            .or_else(|| test_unit(cursor))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        rspec_id(cursor.line)
            .or_else(|| minitest_id(cursor).map(str::to_owned))
            .or_else(|| test_unit_id(cursor).map(|(id, _)| id))
            .map(Taken::one)
    }
}

fn is_ruby(place: &Place<'_>) -> bool {
    [".rb", ".rake", ".ru", ".gemspec", ".erb", "Rakefile", "Gemfile"].iter().any(|end| place.file.ends_with(end))
}

/// `a.rb:3:in 'f': undefined local variable (NameError)`, `a.rb:3: syntax error, …`.
fn raised(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let internal = || {
        let (_, rest) = cursor.line.strip_prefix("<internal:")?.split_once(">:")?;
        Some((Place::default(), number(rest)?.1))
    };
    let (place, rest) = cursor.place().filter(|(place, _)| is_ruby(place)).or_else(internal)?;
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
    if !is_class {
        return None;
    }
    let caller = || {
        let frames = cursor.ahead(MAX_REPORT).map_while(|line| line.trim_start().strip_prefix("from "));
        frames.filter_map(|frame| leading(frame).map(|(place, _)| place)).find(|place| !is_foreign(place.file))
    };
    let is_ours = !place.file.is_empty() && !is_foreign(place.file);
    Some(if is_ours { place } else { caller().unwrap_or(place) }.error(message))
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
    // Examples that share a line are told by number: `'./spec/a_spec.rb[1:2]'`.
    let at = at.trim_matches('\'');
    let file = leading(at).map_or_else(|| at.split('[').next().unwrap_or(at), |(place, _)| place.file);
    has_extension(file, &["rb"]).then(|| format!("{file} # {title}"))
}

/// `1) Cart adds`, `Failure/Error: expect(…)`, what was expected, and `# ./spec/a_spec.rb:3:in …`.
fn rspec(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let text = cursor.line.trim_start();
    let failed = text.strip_prefix("Failure/Error: ")?;
    // One that is pending may fail; its reason stands between the title and the error.
    if cursor.behind(1).any(|above| above.trim_start().starts_with("# ")) {
        return Some(Taken::nothing());
    }
    let mut message = failed.to_owned();
    let mut raised = false;
    for line in cursor.ahead(MAX_REPORT) {
        let text = line.trim();
        if std::mem::take(&mut raised) {
            message.push(' ');
            message.push_str(text);
            continue;
        }
        raised = text.ends_with("Error:") || text.ends_with("Exception:");
        if text.starts_with("Failure/Error: ") {
            break;
        }
        if let Some(frame) = text.strip_prefix("# ") {
            let place = leading(frame).map(|(place, _)| place).filter(|place| !is_foreign(place.file));
            if let Some(place) = place {
                return Some(Taken::one(place.error(message)));
            }
        } else if text.starts_with("expected") || text.starts_with("got:") || raised || text.contains("Error: ") {
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
    // Names of specs are sentences.
    let name = named.split(" [").next()?.trim_end_matches(':');
    name.split(' ').next()?.contains('#').then_some(name)
}

fn minitest(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    minitest_id(cursor)?;
    let mut lines = cursor.ahead(20);
    let named = lines.next()?;
    let message = lines.next()?.trim();
    let stated = named.split_once(" [").and_then(|(_, at)| whole(at.trim_end_matches(':').strip_suffix(']')?));
    let next = lines.next().unwrap_or_default();
    let mut message = message.to_owned();
    // A message of the test's own comes before what was compared.
    for line in std::iter::once(next).chain(cursor.ahead(4).skip(3)).map(str::trim) {
        if line.starts_with("Expected") || line.starts_with("Actual:") {
            let gap = if message.ends_with('.') { "" } else { "," };
            message = format!("{message}{gap} {line}");
        }
    }
    let place = stated.or_else(|| {
        std::iter::once(next)
            .chain(lines)
            .take_while(|line| !line.is_empty())
            .filter_map(|line| leading(line.trim_start()).map(|(place, _)| place))
            .find(|place| is_ruby(place) && !is_foreign(place.file))
    })?;
    Some(Taken::one(place.error(message)))
}

/// test-unit's `Failure: test_adds(CartTest): text` between rulers: id and text.
fn test_unit_id<'a>(cursor: &Cursor<'a>) -> Option<(String, &'a str)> {
    let line = cursor.line;
    let rest = line.strip_prefix("Failure: ").or_else(|| line.strip_prefix("Error: "))?;
    let (method, rest) = rest.split_once('(')?;
    let (class, text) = rest.split_once(')')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '/', '.']);
    let is_ruled = cursor.previous().is_some_and(|above| above.starts_with("====="));
    (is_ruled && is_name(method) && is_name(class))
        .then(|| (format!("{class}#{method}"), text.trim_start_matches(": ")))
}

/// The place in the lines below, and what was expected behind the code.
fn test_unit(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    let (_, text) = test_unit_id(cursor)?;
    let below = || cursor.ahead(MAX_REPORT).take_while(|line| !line.starts_with("====="));
    let place = below()
        .filter_map(|line| leading(line).map(|(place, _)| place))
        .find(|place| is_ruby(place) && !is_foreign(place.file))?;
    let compared: Vec<&str> = below().filter(|line| line.starts_with('<')).take(2).collect();
    let own = below().take_while(|line| !line.starts_with('<')).filter(|line| !line.starts_with(' ')).last();
    let own = own.filter(|line| leading(line).is_none() && text.is_empty() && !compared.is_empty()).unwrap_or(text);
    let message: Vec<&str> = std::iter::once(own).chain(compared).filter(|part| !part.is_empty()).collect();
    let message = if message.is_empty() { "test failed".to_owned() } else { message.join(" ") };
    Some(Taken::one(place.error(message)))
}
