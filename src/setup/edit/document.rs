//! What an operation needs of a format, and the operations in terms of it.

mod apply;
mod elements;

use super::error::Fault;
use super::memory::Memory;
use super::op::{Keys, Step};
use super::value::Value;

pub use apply::{Done, apply};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Table,
    Array,
    Scalar,
}

/// A text being edited. A path that leads nowhere is never an error: then there is nothing to do.
pub trait Document {
    fn text(&self) -> &str;

    /// What stands at a path; a document that holds nothing is a table.
    fn shape(&self, at: &[Step]) -> Option<Shape>;
    fn value(&self, at: &[Step]) -> Option<Value>;

    /// The value as it is written, where it is written in one piece.
    fn raw(&self, at: &[Step]) -> Option<String>;

    /// Where it begins, for errors.
    fn offset(&self, at: &[Step]) -> usize;

    /// Puts a new member at the end of a table, an element at the end of an array.
    fn insert(&mut self, parent: &[Step], key: &str, value: &Value, memory: &mut Memory) -> Result<(), Fault>;
    fn push(&mut self, array: &[Step], value: &Value, memory: &mut Memory) -> Result<(), Fault>;

    fn replace(&mut self, at: &[Step], value: &Value) -> Result<(), Fault>;

    /// Puts a value back as it was written.
    fn restore(&mut self, at: &[Step], raw: &str) -> Result<(), Fault>;
    fn remove(&mut self, at: &[Step]) -> Result<(), Fault>;

    /// Whether a table or array stands there with nothing in it, not even a comment.
    fn is_hollow(&self, at: &[Step]) -> bool;

    /// Removes what is hollow.
    fn close(&mut self, at: &[Step]) -> Result<(), Fault>;

    /// Puts the blanks back that were between its brackets.
    fn refill(&mut self, at: &[Step], inner: &str) -> Result<(), Fault>;

    /// The text without the hollow root.
    fn rest(&self) -> String;
}

/// A path without elements of arrays: only such places are remembered, others move.
pub(super) fn only_keys(at: &[Step]) -> Option<Keys> {
    at.iter()
        .map(|step| match step {
            Step::Key(key) => Some(key.clone()),
            Step::Index(_) => None,
        })
        .collect()
}
