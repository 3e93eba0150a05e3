//! Writes keys and values of ours in TOML: tables under a header where they can, in braces where they must.

use std::fmt::Write as _;

use super::super::op::Step;
use super::super::value::Value;

pub(super) fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { text(name) }
}

/// A path as it stands in a header, without the elements of arrays.
pub(super) fn path(at: &[Step]) -> String {
    let names = at.iter().filter_map(|step| match step {
        Step::Key(name) => Some(key(name)),
        Step::Index(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// On one line, which every version of TOML allows.
pub(super) fn value(of: &Value) -> String {
    match of {
        // TOML has no null; an empty text is what agents take for "not set".
        Value::Null => "\"\"".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Literal(literal) => literal.clone(),
        Value::Text(of) => text(of),
        Value::Array(elements) => format!("[{}]", elements.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Table(members) if members.is_empty() => "{}".to_owned(),
        Value::Table(members) => format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", ")),
    }
}

fn member((name, of): &(String, Value)) -> String {
    format!("{} = {}", key(name), value(of))
}

/// A header and its pairs. A table that holds only another table is told in the header's name.
pub(super) fn block(at: &[Step], of: &Value, is_element: bool, line_end: &str) -> String {
    if let (Value::Table(members), false) = (of, is_element)
        && let [(name, inner @ Value::Table(within))] = &members[..]
        && !within.is_empty()
    {
        return block(&[at, &[Step::Key(name.clone())]].concat(), inner, false, line_end);
    }
    let header = if is_element { format!("[[{}]]", path(at)) } else { format!("[{}]", path(at)) };
    let pairs = match of {
        Value::Table(members) => members.iter().map(member).collect(),
        _ => Vec::new(),
    };
    [vec![header], pairs].concat().join(line_end)
}

fn text(of: &str) -> String {
    let mut out = String::from("\"");
    for c in of.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
