//! Writes a value of ours the way its neighbours are written.

use std::fmt::Write as _;

use super::super::layout::Style;
use super::super::value::Value;

pub(super) fn member(key: &str, value: &Value, indent: &str, style: &Style) -> String {
    let mut out = String::new();
    text(&mut out, key);
    out.push_str(&style.colon);
    write(&mut out, value, indent, style);
    out
}

pub(super) fn render(of: &Value, indent: &str, style: &Style) -> String {
    let mut out = String::new();
    write(&mut out, of, indent, style);
    out
}

fn write(out: &mut String, value: &Value, indent: &str, style: &Style) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Literal(literal) => out.push_str(literal),
        Value::Text(of) => text(out, of),
        Value::Array(elements) => {
            let inline = style.inline || value.is_flat();
            list(out, ['[', ']'], elements, indent, &Style { inline, ..style.clone() }, |out, element, indent| {
                write(out, element, indent, style);
            });
        }
        Value::Table(members) => list(out, ['{', '}'], members, indent, style, |out, (key, value), indent| {
            out.push_str(&member(key, value, indent, style));
        }),
    }
}

fn list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    of: &[T],
    indent: &str,
    style: &Style,
    mut each: impl FnMut(&mut String, &T, &str),
) {
    out.push(open);
    let deeper = format!("{indent}{}", style.unit);
    for (at, item) in of.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if !style.inline {
            out.push_str(style.line_end);
            out.push_str(&deeper);
        } else if at > 0 && style.colon.ends_with([' ', '\t']) {
            out.push(' ');
        }
        each(out, item, &deeper);
    }
    if !style.inline && !of.is_empty() {
        out.push_str(style.line_end);
        out.push_str(indent);
    }
    out.push(close);
}

fn text(out: &mut String, of: &str) {
    out.push('"');
    for c in of.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // The two line ends of Unicode are legal in JSON, but not in every reader built on JavaScript.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
