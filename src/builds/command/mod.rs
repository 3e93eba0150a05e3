//! Which shell command lines build, test, lint or type-check, under which name, and whether their
//! exit code can be believed.
//!
//! What "the same command" means here:
//! - `family` is the tool and its sub-command; two runs of one family are comparable.
//! - `target` is what remains after normalisation. `cd`, assignments, wrappers, redirections and
//!   pipes are gone; `family` and `target` together are the command.
//! - In a chain (`cargo fmt --check && cargo clippy && cargo test`) the exit code belongs to all
//!   of it. The family is the first build-like command's; `target` holds the rest of the chain, so
//!   that the chain is never taken for its first command alone. Parts that build nothing
//!   (`cd web &&`, `&& git commit …`) are left out.
//! - Of commands that are only put one after another (`;`, new lines), the one that the shell's
//!   exit code belongs to is taken, else the first.
//! - A code that is not zero may come from what follows with `&&` and builds nothing. It is
//!   believed all the same: zero still means that the build passed.

mod classify;
mod directory;
mod families;
mod programs;
mod scripts;
mod shell;
#[cfg(test)]
mod tests;
mod tools;
mod verdict;
mod words;
mod wrappers;

use crate::model::BuildKind;
pub use classify::classify;
pub use directory::directory;
pub use programs::{Programs, programs};
use wrappers::program_name;

/// A command line that builds, tests, lints or type-checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCommand {
    pub kind: BuildKind,
    /// The tool and its sub-command: `cargo test`, `npm run build`, `pytest`.
    pub family: String,
    /// What remains after normalisation, single-spaced.
    pub target: String,
    /// The shell's exit code is not this command's.
    pub verdict_hidden: bool,
}
