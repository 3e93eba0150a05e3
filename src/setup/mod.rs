//! Wires agents to tma1, and takes every trace of it out again.
//!
//! What an agent is wired with is said in its file in `agents`, as changes to files with their reverse. `install` and
//! `uninstall` carry them out, all or none; the manifest remembers what the reverse cannot see.

pub mod agents;
mod detect;
pub mod doctor;
pub mod edit;
mod install;
mod manifest;
mod ours;
pub mod service;
mod shared;
#[cfg(test)]
mod tests;
mod texts;
mod uninstall;
mod wanted;

pub use detect::{Client, Version, find_program, looks_installed};
pub use install::{Installed, Order, Outcome, Wired, install};
pub use manifest::{Manifest, ManifestError, Record};
pub use ours::{Program, is_known_name, own_path};
pub use uninstall::{Uninstalled, uninstall};
pub use wanted::{Part, Piece, Surroundings, Target, Wanted};

use edit::EditError;

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}
