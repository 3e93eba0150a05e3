//! The questions one can ask, one file each; tools, commands and pages all ask here, so they cannot disagree.
//!
//! A question has a name, typed parameters and a typed answer, both with schemas. Adding one is one file and
//! one line in [`ALL`]. Answers are what a model reads: short plain keys, nothing null or empty, newest first,
//! and within [`budget`]'s limits.

mod asker;
pub mod budget;
mod error;
mod question;
mod time;
mod whose;

pub use asker::{Asker, Surroundings};
pub use error::{Kind, Refusal};
pub use question::{AnyQuestion, Question, erase};
pub use time::{ago, rfc3339};

/// Every question, in the order in which they are listed.
pub fn all() -> Vec<AnyQuestion> {
    vec![]
}
