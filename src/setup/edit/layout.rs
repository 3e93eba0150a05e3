//! How a file is laid out around the place of an edit: new lines copy their neighbours.

use super::text::{indent_of, line_end_near};
use super::tree::{Item, Node};

/// How a file is laid out around the place of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) line_end: &'static str,
    /// One level of indentation.
    pub(super) unit: String,
    /// Between a key and its value, `:` or `=` with its blanks.
    pub(super) colon: String,
    /// Everything on one line.
    pub(super) inline: bool,
}

/// Blanks directly before a place.
pub(super) fn blanks_before(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().trim_end_matches([' ', '\t', '\n', '\r']).len()
}

pub(super) fn has_line(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// How things are laid out in a container, from its own items, else from the file.
/// `root` is the whole document where that is one value.
pub(super) fn style(text: &str, node: &Node, root: &Node) -> Style {
    let items = node.items().unwrap_or_default();
    let spans_lines = |node: &Node| has_line(text.get(node.span.clone()).unwrap_or_default());
    // An empty root says nothing about layout, any other container lies within one that does.
    let inline = match items.last() {
        Some(item) => !has_line(&text[blanks_before(text, item.start())..item.start()]),
        None => !spans_lines(root) && root.items().is_some_and(|items| !items.is_empty()),
    };
    Style {
        line_end: line_end_near(text, node.span.end),
        unit: unit(text, root),
        colon: colon(text, items, root),
        inline,
    }
}

/// The text between key and value of a neighbour, where it is plain.
fn colon(text: &str, items: &[Item], root: &Node) -> String {
    let items = items.iter().rev().chain(root.items().unwrap_or_default().iter().rev());
    let mut gaps = items.filter_map(|item| text.get(item.key.as_ref()?.span.end..item.value.span.start));
    let plain = |gap: &&str| gap.chars().all(|c| matches!(c, ' ' | '\t' | ':'));
    gaps.find(plain).unwrap_or(": ").to_owned()
}

/// One level of indentation: how much deeper the first item of the root (or of what lies in it) stands.
fn unit(text: &str, root: &Node) -> String {
    let mut node = root;
    for _ in 0..4 {
        let outer = indent_of(text, node.span.start);
        let Some(items) = node.items() else { break };
        for item in items {
            let lead = &text[blanks_before(text, item.start())..item.start()];
            if let Some(deeper) = indent_of(text, item.start()).strip_prefix(outer)
                && has_line(lead)
                && !deeper.is_empty()
            {
                return deeper.to_owned();
            }
        }
        let Some(next) = items.iter().find(|item| item.value.items().is_some()) else { break };
        node = &next.value;
    }
    "  ".to_owned()
}
