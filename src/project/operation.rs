//! What git is in the middle of, and since when.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::bounded;
use super::git_dir::GitDir;
use crate::model::Millis;

/// A merge, a rebase or the like that was begun and is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// `merge`, `rebase`, `cherry-pick`, `revert`, `bisect` or `am`.
    pub name: &'static str,
    /// When it was begun, if that can be seen.
    pub since: Option<Millis>,
}

/// Each by the file that tells of it and by one that is written when it begins, and never again. The outermost comes
/// first: a rebase picks commits by cherry-picking, so both may be there.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("rebase-apply/applying", "am", "rebase-apply/applying"),
    ("rebase-merge", "rebase", "rebase-merge/head-name"),
    ("rebase-apply", "rebase", "rebase-apply/head-name"),
    ("MERGE_HEAD", "merge", "MERGE_HEAD"),
    ("CHERRY_PICK_HEAD", "cherry-pick", "CHERRY_PICK_HEAD"),
    ("REVERT_HEAD", "revert", "REVERT_HEAD"),
    ("BISECT_LOG", "bisect", "BISECT_START"),
];
/// Of a series of picks, written at its start.
const SERIES: &str = "sequencer/head";

/// In the working tree `root`, from git's own files.
pub fn operation(root: &Path) -> Option<Operation> {
    in_progress(&GitDir::of(root)?)
}

pub(super) fn in_progress(git: &GitDir) -> Option<Operation> {
    let found = OPERATIONS.iter().find(|(marker, ..)| git.own.join(marker).exists());
    let Some((_, name, begun)) = found else {
        return between_picks(git).map(|name| Operation { name, since: written(&git.own.join(SERIES)) });
    };
    let series = if matches!(*name, "cherry-pick" | "revert") { written(&git.own.join(SERIES)) } else { None };
    Some(Operation { name, since: series.or_else(|| written(&git.own.join(begun))) })
}

fn written(file: &Path) -> Option<Millis> {
    let since = file.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Millis::try_from(since.as_millis()).ok()
}

/// Between two steps of a series only the list of what is left tells of it.
fn between_picks(git: &GitDir) -> Option<&'static str> {
    let todo = bounded::text(&git.own.join("sequencer/todo"), 256 * 1024)?;
    match todo.split_whitespace().next()? {
        "pick" | "p" => Some("cherry-pick"),
        "revert" => Some("revert"),
        _ => None,
    }
}
