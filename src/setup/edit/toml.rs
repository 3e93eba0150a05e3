//! A TOML file being edited: lines added, taken out or changed in the user's own text, read again afterwards.

mod parse;
mod render;

use super::document::{Document, Shape, only_keys};
use super::error::Fault;
use super::items::{self, Container, New};
use super::layout::Style;
use super::lines;
use super::memory::Memory;
use super::op::Step;
use super::text::{BOM, Cut, cut, line_end_near};
use super::tree::{Kind, Node};
use super::value::Value;
use parse::{Entry, Pair, comments, parse};

pub struct Toml {
    text: String,
    entries: Vec<Entry>,
    tree: Value,
    existed: bool,
}

impl Toml {
    /// `None` where there is no file.
    pub fn open(text: Option<&str>) -> Result<Self, Fault> {
        let existed = text.is_some();
        let text = text.unwrap_or_default();
        let entries = parse(text)?;
        let mut tree = Value::Table(Vec::new());
        for entry in &entries {
            match entry {
                Entry::Pair(pair) => tree.put(&pair.path, pair.value.value()),
                Entry::Header(header) if tree.at(&header.path).is_none() => {
                    tree.put(&header.path, Value::Table(Vec::new()));
                }
                Entry::Header(_) => {}
            }
        }
        Ok(Self { text: text.to_owned(), entries, tree, existed })
    }

    fn take(&mut self, cuts: Vec<Cut>) -> Result<(), Fault> {
        let text = cut(&self.text, cuts);
        let existed = self.existed;
        *self = Self::open(Some(&text))?;
        self.existed = existed;
        Ok(())
    }

    fn pairs(&self) -> impl DoubleEndedIterator<Item = &Pair> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Pair(pair) => Some(pair),
            Entry::Header(_) => None,
        })
    }

    /// The pair whose value holds what a path leads to, and the path within that value.
    fn pair<'p>(&self, at: &'p [Step]) -> Option<(&Pair, &'p [Step])> {
        self.pairs().find_map(|pair| Some((pair, at.strip_prefix(&pair.path[..])?)))
    }

    fn node(&self, at: &[Step]) -> Option<&Node> {
        let (pair, rest) = self.pair(at)?;
        pair.value.node(rest)
    }

    fn header(&self, at: &[Step]) -> Option<&Entry> {
        self.entries.iter().find(|entry| matches!(entry, Entry::Header(header) if header.path == at))
    }

    fn append(&mut self, at: &[Step], node: &Node, new: New<'_>, memory: &mut Memory) -> Result<(), Fault> {
        let style = style(&self.text, node);
        let (cuts, inner) = items::append(&self.text, Container { node, style: &style, comments }, new);
        if let (Some(inner), Some(keys)) = (inner.filter(|inner| !inner.is_empty()), only_keys(at)) {
            memory.emptied(&keys, &inner);
        }
        self.take(cuts)
    }

    /// Under its header, if it has one: after its last pair there.
    fn add_pair(&mut self, parent: &[Step], line: &str) -> Option<Cut> {
        let last = self.pairs().rfind(|pair| pair.under == parent);
        if let Some(last) = last {
            return Some(lines::add_below(&self.text, last.value.span.end, Some(last.start), line));
        }
        if let Some(header) = self.header(parent) {
            return Some(lines::add_below(&self.text, header.span().end, None, line));
        }
        if !parent.is_empty() {
            return None;
        }
        Some(match self.entries.first() {
            Some(first) => lines::add_above(&self.text, first.span().start, line),
            None if self.text.trim_start_matches(BOM).is_empty() || self.text.ends_with(['\n', '\r']) => {
                Cut::insert(self.text.len(), format!("{line}{}", line_end_near(&self.text, self.text.len())))
            }
            None => Cut::insert(self.text.len(), format!("{}{line}", line_end_near(&self.text, self.text.len()))),
        })
    }

    /// Beside dotted keys of the same table, which forbid a header.
    fn add_dotted(&self, parent: &[Step], key: &str, value: &Value) -> Option<Cut> {
        let inside = |pair: &&Pair| pair.path.starts_with(parent) && pair.under.len() < parent.len();
        let pair = self.pairs().rfind(inside)?;
        let path = [&parent[pair.under.len()..], &[Step::Key(key.to_owned())]].concat();
        let line = format!("{} = {}", render::path(&path), render::value(value));
        Some(lines::add_below(&self.text, pair.value.span.end, Some(pair.start), &line))
    }

    fn add_block(&self, at: &[Step], value: &Value, is_element: bool) -> Option<Cut> {
        // A header reaches only the last element of an array of tables: not always the one that is meant.
        let parent = &at[..at.len().saturating_sub(usize::from(is_element))];
        if parent.iter().any(|step| matches!(step, Step::Index(_))) {
            return None;
        }
        let end = line_end_near(&self.text, self.text.len());
        Some(lines::add_block(&self.text, &render::block(parent, value, is_element, end)))
    }
}

/// Within brackets; a table there stays on its line, as older readers want it.
fn style(text: &str, node: &Node) -> Style {
    let plain = super::layout::style(text, node, node);
    let colon = if plain.colon.contains('=') { plain.colon } else { " = ".to_owned() };
    Style { colon, inline: node.items().is_some_and(<[_]>::is_empty) || plain.inline, ..plain }
}

impl Document for Toml {
    fn text(&self) -> &str {
        &self.text
    }

    fn shape(&self, at: &[Step]) -> Option<Shape> {
        Some(match self.tree.at(at)? {
            Value::Table(_) => Shape::Table,
            Value::Array(_) => Shape::Array,
            _ => Shape::Scalar,
        })
    }

    fn value(&self, at: &[Step]) -> Option<Value> {
        self.tree.at(at).cloned()
    }

    fn raw(&self, at: &[Step]) -> Option<String> {
        self.text.get(self.node(at)?.span.clone()).map(str::to_owned)
    }

    fn offset(&self, at: &[Step]) -> usize {
        let first = self.entries.iter().find(|entry| entry.path().starts_with(at) || at.starts_with(entry.path()));
        self.node(at).map(|node| node.span.start).or_else(|| Some(first?.span().start)).unwrap_or(0)
    }

    fn insert(&mut self, parent: &[Step], key: &str, value: &Value, memory: &mut Memory) -> Result<(), Fault> {
        if self.text.is_empty() && !self.existed {
            memory.blank(None);
        }
        if let Some(node) = self.node(parent).filter(|node| matches!(node.kind, Kind::Table(_))).cloned() {
            let new = |_: &str, style: &Style| format!("{}{}{}", render::key(key), style.colon, render::value(value));
            return self.append(parent, &node, &new, memory);
        }
        let at = [parent, &[Step::Key(key.to_owned())]].concat();
        let has_pairs = self.pairs().any(|pair| pair.under == parent);
        let line = format!("{} = {}", render::key(key), render::value(value));
        let dotted = self.add_dotted(parent, key, value);
        let is_block = value.is_table() && !value.is_empty() && (parent.is_empty() || !has_pairs);
        let block = if is_block && dotted.is_none() { self.add_block(&at, value, false) } else { None };
        if let Some(cut) = block.or(dotted).or_else(|| self.add_pair(parent, &line)) {
            return self.take(vec![cut]);
        }
        // Known only by what lies in it: it gets a header of its own.
        let table = Value::table([(key, value.clone())]);
        let cut = self.add_block(parent, &table, false).ok_or_else(|| self.unfit(parent))?;
        if let Some(keys) = only_keys(parent) {
            memory.made(&keys);
        }
        self.take(vec![cut])
    }

    fn push(&mut self, array: &[Step], value: &Value, memory: &mut Memory) -> Result<(), Fault> {
        if let Some(node) = self.node(array).cloned() {
            return self.append(array, &node, &|_, _| render::value(value), memory);
        }
        let at = [array, &[Step::Index(0)]].concat();
        let cut = self.add_block(&at, value, true).ok_or_else(|| self.unfit(array))?;
        self.take(vec![cut])
    }

    fn replace(&mut self, at: &[Step], value: &Value) -> Result<(), Fault> {
        self.restore(at, &render::value(value))
    }

    fn restore(&mut self, at: &[Step], raw: &str) -> Result<(), Fault> {
        let Some(node) = self.node(at) else { return Err(self.unfit(at)) };
        let cuts = vec![Cut::replace(node.span.clone(), raw)];
        self.take(cuts)
    }

    fn remove(&mut self, at: &[Step]) -> Result<(), Fault> {
        let mut cuts: Vec<Cut> = Vec::new();
        let mut block: Option<std::ops::Range<usize>> = None;
        for entry in &self.entries {
            let inside = entry.path().starts_with(at);
            match (entry, &mut block) {
                (Entry::Header(_), _) => {
                    cuts.extend(block.take().map(|span| lines::remove_block(&self.text, &span)));
                    block = inside.then(|| entry.span());
                }
                (Entry::Pair(_), Some(span)) => span.end = entry.span().end,
                (Entry::Pair(_), None) if inside => cuts.push(lines::remove_line(&self.text, &entry.span())),
                _ => {}
            }
        }
        cuts.extend(block.map(|span| lines::remove_block(&self.text, &span)));
        if cuts.is_empty()
            && let Some((pair, rest)) = self.pair(at)
            && let Some((node, index)) = pair.value.holder(rest)
        {
            let style = style(&self.text, node);
            cuts = items::remove(&self.text, Container { node, style: &style, comments }, index);
        }
        self.take(cuts)
    }

    fn is_hollow(&self, at: &[Step]) -> bool {
        if at.is_empty() {
            return self.entries.is_empty();
        }
        match self.node(at) {
            Some(node) => {
                node.items().is_some_and(<[_]>::is_empty) && comments(&self.text, node.span.clone()).is_empty()
            }
            None => self.header(at).is_some() && !self.pairs().any(|pair| pair.under == at),
        }
    }

    fn close(&mut self, at: &[Step]) -> Result<(), Fault> {
        match self.header(at).map(Entry::span) {
            Some(span) => self.take(vec![lines::remove_block(&self.text, &span)]),
            None => self.remove(at),
        }
    }

    fn refill(&mut self, at: &[Step], inner: &str) -> Result<(), Fault> {
        let Some(node) = self.node(at) else { return Ok(()) };
        let cuts = vec![Cut::replace(node.span.start + 1..node.span.end - 1, inner)];
        self.take(cuts)
    }

    fn rest(&self) -> String {
        self.text.clone()
    }
}

impl Toml {
    fn unfit(&self, at: &[Step]) -> Fault {
        Fault::unfit(self.offset(at), format!("`{}` can't be added to the way it is written", render::path(at)))
    }
}
