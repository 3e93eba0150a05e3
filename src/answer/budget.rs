//! How long an answer may be. Tokens are counted as bytes of compact JSON by four.

use serde::Serialize;
use serde_json::Value;

use crate::builds;

/// Of any answer, whatever was asked for.
pub const MOST_TOKENS: usize = 8_000;
/// Of an answer to a question with default arguments.
pub const DEFAULT_TOKENS: usize = 2_000;

/// Tokens that `value` takes as JSON.
pub fn tokens<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len().div_ceil(4))
}

/// The beginning of `text`, on a character boundary, with `…` where it was cut.
pub fn head(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    format!("{}…", text[..text.floor_char_boundary(most_bytes.saturating_sub(3))].trim_end())
}

/// One line without terminal sequences: control characters and runs of blanks become single blanks.
pub fn line(text: &str, most_bytes: usize) -> String {
    let text = &*builds::strip_ansi(text);
    let mut plain = String::with_capacity(text.len().min(most_bytes + 64));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
        if plain.len() > most_bytes {
            break;
        }
    }
    head(&plain, most_bytes)
}

/// Both ends of a text that is too long.
pub fn ends(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let half = most_bytes.saturating_sub(" … ".len()) / 2;
    let (from, to) = (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
    format!("{} … {}", text[..from].trim_end(), text[to..].trim_start())
}

/// A name of something (a model, a branch, a tool), on one line.
pub fn name(text: &str) -> String {
    line(text, 80)
}

/// A path: where it is too long, both ends of it.
pub fn path(text: &str) -> String {
    ends(text, 240)
}

/// Keeps as many of the first `items` as fit `most_tokens`; tells whether any were left out.
pub fn fit<T: Serialize>(items: &mut Vec<T>, most_tokens: usize) -> bool {
    let mut used = 0;
    let fits = items.iter().take_while(|item| {
        used += tokens(item) + 1;
        used <= most_tokens
    });
    let keep = fits.count();
    let cut = keep < items.len();
    items.truncate(keep);
    cut
}

/// What is said of an answer that had to be cut without its question knowing where.
const CUT: &str = "cut to fit; ask about less for the rest";

/// The promise behind every answer's own measures: `answer` is made to fit `most_tokens`, whatever others wrote
/// into the store. The longest text or list is halved until it does; then the longest parts go.
pub fn hold(answer: &mut Value, most_tokens: usize) {
    while tokens(answer) > most_tokens && (halve_longest(answer) || drop_longest(answer)) {
        if let Some(fields) = answer.as_object_mut() {
            fields.entry("truncated").or_insert_with(|| CUT.into());
        }
    }
}

/// Whether there was anything left to halve.
fn halve_longest(value: &mut Value) -> bool {
    /// Shorter texts and lists are left alone: to cut them gains nothing.
    const SHORT: usize = 64;
    let Some(longest) = longest(value).filter(|longest| longest.bytes > SHORT) else { return false };
    let mut place = value;
    for step in longest.way {
        let next = match (place, step) {
            (Value::Object(fields), Step::Field(name)) => fields.get_mut(&name),
            (Value::Array(items), Step::Item(index)) => items.get_mut(index),
            _ => None,
        };
        let Some(next) = next else { return false };
        place = next;
    }
    match place {
        Value::String(text) => *text = head(text, text.len() / 2),
        Value::Array(items) => items.truncate(items.len() / 2),
        Value::Object(fields) => {
            let keep = fields.len() / 2;
            let gone: Vec<String> = fields.keys().skip(keep).cloned().collect();
            for name in gone {
                fields.remove(&name);
            }
        }
        _ => return false,
    }
    true
}

/// Whether there was a part of a part to leave out: the first level always stays.
fn drop_longest(answer: &mut Value) -> bool {
    let parts = answer.as_object_mut().into_iter().flatten().map(|(_, part)| part);
    let whole = parts.flat_map(|part| match part {
        Value::Array(items) => items.iter_mut().collect(),
        other => vec![other],
    });
    let Some(fields) = whole.filter_map(Value::as_object_mut).max_by_key(tokens) else { return false };
    let longest = fields.iter().max_by_key(|(_, field)| tokens(field)).map(|(name, _)| name.clone());
    longest.is_some_and(|name| fields.remove(&name).is_some())
}

enum Step {
    Field(String),
    Item(usize),
}

struct Longest {
    bytes: usize,
    /// From the root.
    way: Vec<Step>,
}

/// The longest text, list of plain values, or list of short objects: whichever goes deepest where it is long.
fn longest(value: &Value) -> Option<Longest> {
    /// Objects with more fields than any answer has are lists by name.
    const FIELDS: usize = 40;
    let here = tokens(value) * 4;
    let parts: Vec<(Step, &Value)> = match value {
        Value::String(_) => return Some(Longest { bytes: here, way: Vec::new() }),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (Step::Item(index), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (Step::Field(name.clone()), field)).collect(),
        _ => return None,
    };
    let (many, list) = (parts.len() > 1, value.is_array() || parts.len() > FIELDS);
    let deepest = parts.into_iter().filter_map(|(step, part)| longest(part).map(|found| (step, found)));
    let best = deepest.max_by_key(|(_, found)| found.bytes);
    match best {
        // One text or inner list makes up most of this: cut there.
        Some((step, mut found)) if found.bytes * 3 > here || !list => {
            found.way.insert(0, step);
            Some(found)
        }
        _ => many.then(|| Longest { bytes: here, way: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cuts_fall_between_characters() {
        assert_eq!(head("häuser", 5), "h…");
        assert_eq!(line("a\n\tb  c\u{1b}[31md\u{7}", 99), "a b cd");
        assert!(ends(&"ü".repeat(100), 20).len() <= 20);
    }

    #[test]
    fn as_many_as_fit() {
        let mut items = vec!["x".repeat(38); 5];
        assert!(fit(&mut items, 25));
        assert_eq!(items.len(), 2);
        assert!(!fit(&mut items, 25));
    }

    #[test]
    fn whatever_was_written_is_made_to_fit() {
        let long = json!({
            "title": "x".repeat(100_000), "id": "short",
            "files": (0..5_000).map(|n| format!("src/file_{n}.rs")).collect::<Vec<_>>(),
            "sessions": [{"messages": vec![json!({"content": "\"".repeat(3_000)}); 40]}],
            "tools": (0..3_000).map(|n| (format!("tool_{n}"), json!(n))).collect::<serde_json::Map<_, _>>(),
        });
        for most in [200, 2_000, 8_000] {
            let mut held = long.clone();
            hold(&mut held, most);
            assert!(tokens(&held) <= most, "{} of {most}", tokens(&held));
            assert_eq!((held["id"].as_str(), held["truncated"].as_str()), (Some("short"), Some(CUT)));
        }
        let mut fits = json!({"a": "b"});
        hold(&mut fits, 200);
        assert_eq!(fits, json!({"a": "b"}));
    }
}
