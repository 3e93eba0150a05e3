//! One simple command: its kind, its family and what remains.

mod dispatch;
mod javascript;
mod native;
mod python;

use crate::model::BuildKind;

pub(super) use dispatch::part;

/// A build-like simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: BuildKind,
    pub(super) family: String,
    /// The words that are not in the family, in their order.
    pub(super) rest: Vec<String>,
}
