//! The cuts that insert and remove a member or an element between brackets, each the exact reverse of the other.

use std::ops::Range;

use super::layout::{Style, blanks_before, has_line};
use super::text::{Cut, indent_of, line_end, past_line_end};
use super::tree::{Item, Node};

/// Finds the comments in a span, and tells of each whether it ends with its line.
pub(super) type Comments = fn(&str, Range<usize>) -> Vec<(Range<usize>, bool)>;

/// Writes what is new at an indentation.
pub(super) type New<'a> = &'a dyn Fn(&str, &Style) -> String;

/// A table or array in brackets, and how things are written in it.
#[derive(Clone, Copy)]
pub(super) struct Container<'a> {
    pub(super) node: &'a Node,
    pub(super) style: &'a Style,
    pub(super) comments: Comments,
}

/// Puts something at the end of a container, and says what blanks it took the place of.
pub(super) fn append(text: &str, into: Container<'_>, new: New<'_>) -> (Vec<Cut>, Option<String>) {
    let (style, marks) = (into.style, into.comments);
    let items = into.node.items().unwrap_or_default();
    let Some(last) = items.last() else { return fill(text, into, new) };
    let anchor = last.comma.map_or(last.end(), |comma| comma + 1);
    let (tail, line_comment) = same_line(text, anchor..into.node.span.end - 1, marks);
    let mut lead = lead(text, items, style);
    if line_comment && !has_line(&lead) {
        lead = format!("{}{}", style.line_end, indent_of(text, last.start()));
    }
    let indent = match lead.rfind(['\n', '\r']) {
        Some(at) => lead[at + 1..].to_owned(),
        None => indent_of(text, into.node.span.start).to_owned(),
    };
    let item = new(&indent, style);
    let cuts = match last.comma {
        Some(_) => vec![Cut::insert(tail, format!("{lead}{item},"))],
        None => vec![Cut::insert(last.end(), ","), Cut::insert(tail, format!("{lead}{item}"))],
    };
    (cuts, None)
}

/// The blanks before a new item: those of its neighbour, without empty lines.
fn lead(text: &str, items: &[Item], style: &Style) -> String {
    let Some(last) = items.last() else { return String::new() };
    let lead = &text[blanks_before(text, last.start())..last.start()];
    if let Some(at) = lead.rfind(['\n', '\r']) {
        let end = if lead[..=at].ends_with("\r\n") { at - 1 } else { at };
        return lead[end..].to_owned();
    }
    let spaced = style.colon.ends_with([' ', '\t']);
    if items.len() > 1 {
        lead
    } else if spaced || last.key.is_none() {
        " "
    } else {
        ""
    }
    .to_owned()
}

/// Past the comments that follow on the same line, and whether the last of them ends with the line.
fn same_line(text: &str, within: Range<usize>, comments: Comments) -> (usize, bool) {
    let mut at = (within.start, false);
    for (span, line) in comments(text, within) {
        if has_line(&text[at.0..span.start]) {
            break;
        }
        at = (span.end, line);
    }
    at
}

/// Puts the first item into a container.
fn fill(text: &str, into: Container<'_>, new: New<'_>) -> (Vec<Cut>, Option<String>) {
    let style = into.style;
    let (start, end) = (into.node.span.start + 1, into.node.span.end - 1);
    let outer = indent_of(text, into.node.span.start).to_owned();
    let deeper = format!("{outer}{}", style.unit);
    if let Some((span, line)) = (into.comments)(text, start..end).pop() {
        let broken = line || has_line(&text[span.end..end]);
        let lead = if broken { format!("{}{deeper}", style.line_end) } else { " ".to_owned() };
        let style = Style { inline: !broken, ..style.clone() };
        return (vec![Cut::insert(span.end, format!("{lead}{}", new(&deeper, &style)))], None);
    }
    let inner = &text[start..end];
    let filled = if style.inline {
        new(&outer, style)
    } else {
        let line_end = line_end(inner).unwrap_or(style.line_end);
        format!("{line_end}{deeper}{}{line_end}{outer}", new(&deeper, style))
    };
    (vec![Cut::replace(start..end, filled)], Some(inner.to_owned()))
}

/// Takes an item out; a container that held nothing else (not even a comment) is left without blanks.
pub(super) fn remove(text: &str, from: Container<'_>, at: usize) -> Vec<Cut> {
    let items = from.node.items().unwrap_or_default();
    let Some(item) = items.get(at) else { return Vec::new() };
    let (start, end) = (from.node.span.start + 1, from.node.span.end - 1);
    let bare = |span: Range<usize>| (from.comments)(text, span).is_empty();
    if items.len() == 1 && bare(start..item.start()) && bare(item.end()..end) {
        return vec![Cut::delete(start..end)];
    }
    if let (0, Some(comma), Some(next)) = (at, item.comma, items.get(1))
        && bare(item.end()..comma)
        && bare(comma + 1..next.start())
    {
        return vec![Cut::delete(item.start()..next.start())];
    }
    let mut cuts = Vec::new();
    // The comma after it goes; after the last one, that before it.
    let before = at.checked_sub(1).and_then(|before| items.get(before)).and_then(|item| item.comma);
    let stop = item.comma.filter(|&comma| bare(item.end()..comma)).map_or(item.end(), |comma| comma + 1);
    if stop == item.end() {
        cuts.extend(item.comma.or(before).map(|comma| Cut::delete(comma..comma + 1)));
    }
    let lead = blanks_before(text, item.start());
    // What follows must not be drawn into a line comment before us.
    let within = at.checked_sub(1).map_or(start, |before| items[before].end());
    let in_comment =
        (from.comments)(text, within..item.start()).last().is_some_and(|(span, line)| *line && span.end == lead);
    let closed = text.get(stop..).is_some_and(|rest| rest.starts_with(['\n', '\r']));
    let keep = if in_comment && !closed { past_line_end(text, lead) } else { lead };
    cuts.push(Cut::delete(keep..stop));
    cuts
}
