//! Reads where HEAD and branches point, from the files alone.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::bounded;
use super::git_dir::GitDir;

const REF_LIMIT: u64 = 4 * 1024;
/// Some 200,000 refs. A branch beyond that is reported without its commit.
const PACKED_REFS_LIMIT: u64 = 16 * 1024 * 1024;
/// Git's own bound on refs that point to refs.
const SYMBOLIC_DEPTH: usize = 5;
/// What HEAD holds when the repository keeps its refs in reftables, which only git can read.
const REFTABLE_STUB: &str = "refs/heads/.invalid";

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub branch: Option<String>,
    pub commit: Option<String>,
}

pub(super) fn head(git: &GitDir) -> Option<Head> {
    let Some(name) = symbolic_target(&git.own.join("HEAD")) else {
        let text = bounded::text(&git.own.join("HEAD"), REF_LIMIT)?;
        return Some(Head { branch: None, commit: object_id(&text) });
    };
    if name == REFTABLE_STUB {
        return Some(Head::default());
    }
    let commit = commit_of(git, &name);
    let branch = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
    Some(Head { branch: Some(branch), commit })
}

pub(super) fn commit_of(git: &GitDir, name: &str) -> Option<String> {
    let mut name = name.to_owned();
    for _ in 0..SYMBOLIC_DEPTH {
        if !is_ref_name(&name) {
            return None;
        }
        // Only bisect, worktree and rewritten refs belong to one worktree; HEAD rarely names one.
        let loose = [&git.own, &git.common].map(|dir| dir.join(&name));
        if let Some(next) = loose.iter().find_map(|path| symbolic_target(path)) {
            name = next;
            continue;
        }
        return loose
            .iter()
            .find_map(|path| object_id(&bounded::text(path, REF_LIMIT)?))
            .or_else(|| packed(&git.common.join("packed-refs"), &name));
    }
    None
}

/// A name from a file must not lead out of the git directory.
fn is_ref_name(name: &str) -> bool {
    name.starts_with("refs/") && !name.split('/').any(|part| part == "..")
}

fn symbolic_target(path: &Path) -> Option<String> {
    if let Ok(target) = path.read_link() {
        let target = target.to_str()?;
        return target.starts_with("refs/").then(|| target.to_owned());
    }
    let text = bounded::text(path, REF_LIMIT)?;
    Some(text.strip_prefix("ref:")?.trim().to_owned())
}

fn packed(path: &Path, name: &str) -> Option<String> {
    let lines = BufReader::new(File::open(path).ok()?.take(PACKED_REFS_LIMIT)).lines();
    lines.map_while(Result::ok).find_map(|line| {
        let (id, rest) = line.split_once(' ')?;
        (rest.trim_end() == name).then(|| object_id(id)).flatten()
    })
}

/// SHA-1 or SHA-256 in full.
fn object_id(text: &str) -> Option<String> {
    let text = text.trim();
    (matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| text.to_ascii_lowercase())
}
