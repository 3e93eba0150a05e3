//! A JSON file being edited: every edit is a few cuts in the user's own text, read again afterwards.

mod parse;
mod render;

use super::document::{Document, Shape, only_keys};
use super::error::Fault;
use super::items::{self, Container, New};
use super::layout::{Style, style};
use super::memory::Memory;
use super::op::Step;
use super::text::{BOM, Cut, cut, indent_of, line_end};
use super::tree::{Kind, Node};
use super::value::Value;
use parse::{comments, parse};
use render::{member, render};

pub struct Json {
    text: String,
    root: Option<Node>,
    existed: bool,
}

impl Json {
    /// `None` where there is no file. Anything but an object (or nothing at all) at the top is an error.
    pub fn open(text: Option<&str>) -> Result<Self, Fault> {
        let existed = text.is_some();
        let text = text.unwrap_or_default();
        let root = parse(text)?;
        if let Some(root) = &root
            && !matches!(root.kind, Kind::Table(_))
        {
            return Err(Fault::unfit(root.span.start, "the file should hold one object in braces"));
        }
        Ok(Self { text: text.to_owned(), root, existed })
    }

    fn node(&self, at: &[Step]) -> Option<&Node> {
        self.root.as_ref()?.node(at)
    }

    fn take(&mut self, cuts: Vec<Cut>) -> Result<(), Fault> {
        let text = cut(&self.text, cuts);
        let existed = self.existed;
        // Fails only where a cut of ours is wrong; then nothing is written.
        *self = Self::open(Some(&text))?;
        self.existed = existed;
        Ok(())
    }

    fn append(&mut self, into: &[Step], new: New<'_>, memory: &mut Memory) -> Result<(), Fault> {
        let Some((root, node)) = self.root.as_ref().zip(self.node(into)) else { return Ok(()) };
        let style = style(&self.text, node, root);
        let (cuts, inner) = items::append(&self.text, Container { node, style: &style, comments }, new);
        if let Some(inner) = inner.filter(|inner| !inner.is_empty())
            && let Some(keys) = only_keys(into)
        {
            memory.emptied(&keys, &inner);
        }
        self.take(cuts)
    }

    /// The whole of a file that held nothing.
    fn found(&mut self, value: &Value, memory: &mut Memory) -> Result<(), Fault> {
        let before = self.text.clone();
        let end = line_end(&before).unwrap_or("\n");
        let style = Style { line_end: end, unit: "  ".into(), colon: ": ".into(), inline: false };
        let mark = if before.starts_with(BOM) { BOM } else { "" };
        let kept = if before.trim_start_matches(BOM).trim().is_empty() { mark } else { &before };
        let joint = if kept == mark || kept.ends_with(['\n', '\r']) { "" } else { end };
        let text = format!("{kept}{joint}{}{end}", render(value, "", &style));
        memory.blank(self.existed.then(|| before.clone()));
        self.take(vec![Cut::replace(0..before.len(), text)])
    }
}

impl Document for Json {
    fn text(&self) -> &str {
        &self.text
    }

    fn shape(&self, at: &[Step]) -> Option<Shape> {
        let Some(root) = &self.root else { return at.is_empty().then_some(Shape::Table) };
        Some(match root.node(at)?.kind {
            Kind::Table(_) => Shape::Table,
            Kind::Array(_) => Shape::Array,
            Kind::Scalar(_) => Shape::Scalar,
        })
    }

    fn value(&self, at: &[Step]) -> Option<Value> {
        Some(self.node(at)?.value())
    }

    fn raw(&self, at: &[Step]) -> Option<String> {
        self.text.get(self.node(at)?.span.clone()).map(str::to_owned)
    }

    fn offset(&self, at: &[Step]) -> usize {
        self.node(at).map_or(0, |node| node.span.start)
    }

    fn insert(&mut self, parent: &[Step], key: &str, value: &Value, memory: &mut Memory) -> Result<(), Fault> {
        if self.root.is_none() {
            return self.found(&Value::table([(key, value.clone())]), memory);
        }
        self.append(parent, &|indent, style| member(key, value, indent, style), memory)
    }

    fn push(&mut self, array: &[Step], value: &Value, memory: &mut Memory) -> Result<(), Fault> {
        self.append(array, &|indent, style| render(value, indent, style), memory)
    }

    fn replace(&mut self, at: &[Step], value: &Value) -> Result<(), Fault> {
        let Some(root) = &self.root else { return Ok(()) };
        let Some((holder, index)) = root.holder(at) else { return Ok(()) };
        let Some(item) = holder.items().and_then(|items| items.get(index)) else { return Ok(()) };
        let style = style(&self.text, holder, root);
        let new = render(value, indent_of(&self.text, item.start()), &style);
        self.take(vec![Cut::replace(item.value.span.clone(), new)])
    }

    fn restore(&mut self, at: &[Step], raw: &str) -> Result<(), Fault> {
        let Some(node) = self.node(at) else { return Ok(()) };
        let cuts = vec![Cut::replace(node.span.clone(), raw)];
        self.take(cuts)
    }

    fn remove(&mut self, at: &[Step]) -> Result<(), Fault> {
        let Some(root) = &self.root else { return Ok(()) };
        let Some((node, index)) = root.holder(at) else { return Ok(()) };
        let style = style(&self.text, node, root);
        let cuts = items::remove(&self.text, Container { node, style: &style, comments }, index);
        self.take(cuts)
    }

    fn is_hollow(&self, at: &[Step]) -> bool {
        let Some(node) = self.node(at) else { return self.root.is_none() };
        node.items().is_some_and(<[_]>::is_empty) && comments(&self.text, node.span.clone()).is_empty()
    }

    fn close(&mut self, at: &[Step]) -> Result<(), Fault> {
        self.remove(at)
    }

    fn refill(&mut self, at: &[Step], inner: &str) -> Result<(), Fault> {
        let Some(node) = self.node(at) else { return Ok(()) };
        let cuts = vec![Cut::replace(node.span.start + 1..node.span.end - 1, inner)];
        self.take(cuts)
    }

    fn rest(&self) -> String {
        let span = self.root.as_ref().map_or(0..0, |root| root.span.clone());
        cut(&self.text, vec![Cut::delete(span)])
    }
}
