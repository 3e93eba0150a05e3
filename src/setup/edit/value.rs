//! A value as both formats know it: what we want to stand in a file, and what a rule looks at to find our own.

use serde::{Deserialize, Serialize};

use super::op::Step;

/// Members keep their order, because that is the order they are written in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Null,
    Bool(bool),
    /// A number, or a date of TOML, exactly as it is written.
    Literal(String),
    Text(String),
    Array(Vec<Value>),
    Table(Vec<(String, Value)>),
}

impl Value {
    pub fn table<K: Into<String>, V: Into<Value>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Table(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    pub fn array<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }

    /// The member of that name; of duplicates the last, as JSON's readers have it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(members) => members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            _ => &[],
        }
    }

    pub fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Array(elements) => elements.is_empty(),
            Self::Table(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Whether a reader sees the same: the order of members and the way a number is written do not count.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table(_), Self::Table(_)) => self.within(other) && other.within(self),
            (Self::Array(a), Self::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Self::Literal(a), Self::Literal(b)) => a == b || number(a).is_some_and(|a| Some(a) == number(b)),
            _ => self == other,
        }
    }

    fn within(&self, other: &Self) -> bool {
        let Self::Table(members) = self else { return false };
        members.iter().all(|(key, _)| match (self.get(key), other.get(key)) {
            (Some(a), Some(b)) => a.same(b),
            _ => false,
        })
    }

    /// Sets what a path leads to; what is told twice counts as it is told last.
    pub(super) fn put(&mut self, at: &[Step], value: Self) {
        match (self, at) {
            (of, []) => *of = value,
            (Self::Table(members), [Step::Key(key), rest @ ..]) => {
                let known = members.iter().rposition(|(name, _)| name == key);
                // A key told twice hides the first one whole; only TOML's dotted keys add to each other.
                let index = known.filter(|_| !rest.is_empty()).unwrap_or_else(|| {
                    members.push((key.clone(), Self::empty(rest)));
                    members.len() - 1
                });
                members[index].1.put(rest, value);
            }
            (Self::Array(elements), [Step::Index(index), rest @ ..]) => {
                elements.resize_with((index + 1).max(elements.len()), || Self::empty(rest));
                elements[*index].put(rest, value);
            }
            _ => {}
        }
    }

    fn empty(next: &[Step]) -> Self {
        if matches!(next.first(), Some(Step::Index(_))) { Self::Array(Vec::new()) } else { Self::Table(Vec::new()) }
    }

    pub(super) fn at(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.elements().get(*index),
        })
    }

    /// Whether it stands on one line without harm to the eye.
    pub(super) fn is_flat(&self) -> bool {
        match self {
            Self::Array(elements) => elements.iter().all(|element| !matches!(element, Self::Array(_) | Self::Table(_))),
            Self::Table(members) => members.is_empty(),
            _ => true,
        }
    }
}

fn number(written: &str) -> Option<u64> {
    written.parse::<f64>().ok().map(f64::to_bits)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Literal(number.to_string())
    }
}
