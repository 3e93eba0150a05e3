//! Where a working tree stands in its repository: branch, commit, changes, unfinished business.

use std::path::Path;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(unix)]
use super::changes::{Bounds, count};
use super::git_dir::GitDir;
use super::status::Unanswered;
use super::{operation, refs, status};

/// As many digits as git itself shows in all but the largest repositories.
const SHORT_ID: usize = 7;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vcs {
    /// Absent when HEAD is detached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Abbreviated commit; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Changed and untracked files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dirty_files: Option<u32>,
    /// Commits the upstream lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u32>,
    /// Commits only the upstream has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<u32>,
    /// `merge`, `rebase`, `cherry-pick`, `revert`, `bisect` or `am`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<String>,
}

/// What the files in `.git` tell, without starting a process: branch, commit and operation in
/// progress. `None` where `root` is not the top of a working tree.
#[must_use]
pub fn head(root: &Path) -> Option<Vcs> {
    let git = GitDir::of(root)?;
    let head = refs::head(&git)?;
    Some(Vcs {
        branch: head.branch,
        head: head.commit.as_deref().map(short),
        in_progress: operation::in_progress(&git).map(|operation| operation.name.to_owned()),
        ..Vcs::default()
    })
}

/// [`head`] and, where git's files tell them within `limit`, the number of changes and the distance to upstream.
#[must_use]
pub fn vcs_at_once(root: &Path, limit: Duration) -> Option<Vcs> {
    let mut vcs = head(root)?;
    read(&mut vcs, root, Instant::now() + limit, false);
    Some(vcs)
}

/// [`head`] and, within `limit`, the number of changes and the distance to upstream.
///
/// Git's files are read; a process of git is started only where they leave room for doubt.
#[must_use]
pub fn vcs(root: &Path, limit: Duration) -> Option<Vcs> {
    let mut vcs = head(root)?;
    let began = Instant::now();
    if read(&mut vcs, root, began + limit * 3 / 4, false) {
        return Some(vcs);
    }
    match status::status(root, limit.saturating_sub(began.elapsed())) {
        Ok(status) => {
            vcs.dirty_files = Some(status.dirty_files);
            vcs.ahead = status.ahead;
            vcs.behind = status.behind;
            // Git is right where the two differ: it reads reftables, and it looked later.
            vcs.branch = status.branch;
            vcs.head = status.commit.as_deref().map(short);
        }
        Err(Unanswered::NoGit) => drop(read(&mut vcs, root, began + limit, true)),
        Err(Unanswered::Failed) => {}
    }
    Some(vcs)
}

#[cfg(unix)]
fn read(vcs: &mut Vcs, root: &Path, deadline: Instant, lenient: bool) -> bool {
    let env = |name: &str| std::env::var(name).ok();
    let counts = GitDir::of(root).and_then(|git| count(root, &git, &env, Bounds { deadline, lenient }).ok());
    if let Some(counts) = counts {
        vcs.dirty_files = Some(counts.dirty_files);
        vcs.ahead = counts.ahead;
        vcs.behind = counts.behind;
    }
    counts.is_some()
}

/// The index keeps numbers of files that only Unix has.
#[cfg(not(unix))]
fn read(_: &mut Vcs, _: &Path, _: Instant, _: bool) -> bool {
    false
}

fn short(id: &str) -> String {
    id.chars().take(SHORT_ID).collect()
}

#[cfg(test)]
mod tests;
