//! Edits of other programs' files that leave every other byte alone, and can be undone to the byte.

mod diff;
mod document;
mod error;
pub mod file;
mod items;
mod json;
mod layout;
mod lines;
mod lock;
pub mod markers;
mod memory;
mod op;
mod plan;
#[cfg(test)]
pub(super) mod tests;
mod text;
mod toml;
mod tree;
mod value;

pub use diff::unified;
pub use document::{Document, Done, apply};
pub use error::{EditError, Fault};
pub use json::Json;
pub use memory::{Memory, Note};
pub use op::{Claim, Keys, List, Op, Pick, Step, keys, steps};
pub use plan::{Change, Edit, Manner, Memories, Planned, Written, plan, write};
pub use text::Place;
pub use toml::Toml;
pub use value::Value;
