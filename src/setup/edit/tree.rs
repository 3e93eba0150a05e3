//! A value as it stands in a text: what it means, and the spans of it and of what is in it.

use std::ops::Range;

use super::op::Step;
use super::value::Value;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Scalar(Value),
    Array(Vec<Item>),
    Table(Vec<Item>),
}

/// A member (with its key) or an element, and the comma after it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) key: Option<Key>,
    pub(super) value: Node,
    pub(super) comma: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    /// More than one name only in TOML, where they are joined by dots.
    pub(super) names: Vec<String>,
    pub(super) span: Range<usize>,
}

impl Item {
    pub(super) fn start(&self) -> usize {
        self.key.as_ref().map_or(self.value.span.start, |key| key.span.start)
    }

    pub(super) fn end(&self) -> usize {
        self.value.span.end
    }
}

impl Node {
    pub(super) fn items(&self) -> Option<&[Item]> {
        match &self.kind {
            Kind::Array(items) | Kind::Table(items) => Some(items),
            Kind::Scalar(_) => None,
        }
    }

    /// The item that a path leads to first, and how many of its steps that takes. Where a key is told twice, the
    /// last counts: that is the one that readers see.
    pub(super) fn find(&self, at: &[Step]) -> Option<(usize, usize)> {
        match (&self.kind, at.first()?) {
            (Kind::Array(items), Step::Index(index)) => (*index < items.len()).then_some((*index, 1)),
            (Kind::Table(items), Step::Key(_)) => {
                let leads = |item: &Item| {
                    let names = &item.key.as_ref()?.names;
                    let same = |(name, step): (&String, &Step)| matches!(step, Step::Key(key) if key == name);
                    (names.len() <= at.len() && names.iter().zip(at).all(same)).then_some(names.len())
                };
                items.iter().enumerate().rev().find_map(|(index, item)| Some((index, leads(item)?)))
            }
            _ => None,
        }
    }

    pub(super) fn node(&self, at: &[Step]) -> Option<&Self> {
        if at.is_empty() {
            return Some(self);
        }
        let (index, taken) = self.find(at)?;
        self.items()?.get(index)?.value.node(at.get(taken..)?)
    }

    /// What holds the item at a path, and which item it is.
    pub(super) fn holder(&self, at: &[Step]) -> Option<(&Self, usize)> {
        let (index, taken) = self.find(at)?;
        let rest = at.get(taken..)?;
        if rest.is_empty() { Some((self, index)) } else { self.items()?.get(index)?.value.holder(rest) }
    }

    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Array(items) => Value::Array(items.iter().map(|item| item.value.value()).collect()),
            Kind::Table(items) => {
                let mut table = Value::Table(Vec::new());
                for item in items {
                    let Some(key) = &item.key else { continue };
                    table.put(&super::op::steps(&key.names), item.value.value());
                }
                table
            }
        }
    }
}
