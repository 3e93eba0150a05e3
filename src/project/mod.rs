//! What a directory is: the project it belongs to, how that project is built, and where its git stands.
//!
//! Reads the file system and may run `git`; knows nothing of agents or of the store.

mod bounded;
#[cfg(unix)]
mod changes;
mod elsewhere;
mod git_dir;
mod index;
mod operation;
mod reflog;
mod refs;
mod root;
mod spelling;
mod status;
mod vcs;

pub use elsewhere::{is_foreign, lies_in};
pub use index::{Shape, index};
pub use operation::{Operation, operation};
pub use reflog::{Entry, HeadMove, reflog};
pub use root::{Root, label, resolve};
pub use vcs::{Vcs, head, vcs, vcs_at_once};

use std::path::Path;

use crate::model::Project;

/// The project that work in `cwd` belongs to, as the store keeps it.
pub fn identity(cwd: &Path, home: Option<&Path>) -> Project {
    let found = resolve(cwd, home);
    let root = found.root.to_string_lossy().into_owned();
    let repo = found.repo.map_or_else(|| root.clone(), |repo| repo.to_string_lossy().into_owned());
    Project { root, repo }
}
