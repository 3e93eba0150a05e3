//! Finds the git directory behind a `.git` entry: a directory, a worktree's file or a submodule's.

use std::path::{Path, PathBuf};

use super::bounded;

/// Paths inside `.git` files are short; anything longer is not one.
const POINTER_LIMIT: u64 = 8 * 1024;

/// The two directories git itself distinguishes.
pub(super) struct GitDir {
    /// HEAD and whatever is in progress; each worktree has its own.
    pub own: PathBuf,
    /// Branches and objects, shared by all worktrees of a repository.
    pub common: PathBuf,
}

impl GitDir {
    /// `None` unless `root` itself is the top of a working tree whose repository is there.
    pub fn of(root: &Path) -> Option<Self> {
        let own = pointed_to(root)?;
        if !has_head(&own) {
            return None;
        }
        let common = match bounded::text(&own.join("commondir"), POINTER_LIMIT) {
            Some(text) => own.join(text.trim()),
            None => own.clone(),
        };
        common.is_dir().then_some(Self { own, common })
    }
}

/// Whether `.git` at `dir` makes it the top of a working tree. Git walks past an empty `.git`
/// directory but stops at a `.git` file, even when its worktree was pruned.
pub(super) fn marks_top(dir: &Path) -> bool {
    pointed_to(dir).is_some_and(|own| own != dir.join(".git") || has_head(&own))
}

/// The shared directory that identifies the repository at `root`.
pub(super) fn repository(root: &Path) -> Option<PathBuf> {
    if let Some(found) = GitDir::of(root) {
        return Some(found.common);
    }
    // The entry of a pruned worktree is gone, yet its address still names the repository.
    let own = pointed_to(root)?;
    let worktrees = own.parent()?;
    let common = worktrees.parent()?;
    (worktrees.ends_with("worktrees") && has_head(common)).then(|| common.to_path_buf())
}

fn pointed_to(root: &Path) -> Option<PathBuf> {
    let entry = root.join(".git");
    if entry.metadata().ok()?.is_dir() {
        return Some(entry);
    }
    let text = bounded::text(&entry, POINTER_LIMIT)?;
    let target = text.strip_prefix("gitdir:")?.trim();
    (!target.is_empty()).then(|| root.join(target))
}

/// HEAD was a symbolic link once, and a dangling one before the first commit.
fn has_head(git_dir: &Path) -> bool {
    git_dir.join("HEAD").symlink_metadata().is_ok()
}
