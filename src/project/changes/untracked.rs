//! Files that git does not know and does not ignore; a directory without any known file counts as one.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::config::Config;
use super::exclude::Excludes;
use super::staging::Staging;
use super::tracked::on_disk;
use super::{Bounds, Stop};
use crate::project::bounded;
use crate::project::git_dir::GitDir;

const SUBMODULE: u32 = 0o160_000;

pub(super) fn count(
    root: &Path,
    git: &GitDir,
    staging: &Staging,
    config: &Config,
    bounds: Bounds,
) -> Result<u32, Stop> {
    let hidden = |path: &[u8]| path == b".gitignore" || path.ends_with(b"/.gitignore");
    if staging.entries.iter().any(|entry| entry.skipped && hidden(staging.path(entry))) {
        bounds.doubt("a .gitignore outside of a sparse checkout")?;
    }
    let fold = config.is("core.ignorecase", false);
    let mut walk = Walk {
        root,
        known: Known { staging, folded: fold.then(|| folded(staging)) },
        excludes: Excludes::new(git, config, bounds)?,
        composes: config.is("core.precomposeunicode", false),
        fold,
        bounds,
    };
    walk.dir(&mut Vec::new(), false)
}

/// What the index has.
struct Known<'a> {
    staging: &'a Staging,
    /// Files and directories with a slash, where case does not count.
    folded: Option<HashSet<Vec<u8>>>,
}

impl Known<'_> {
    fn file(&self, path: &[u8]) -> bool {
        self.folded
            .as_ref()
            .map_or_else(|| self.staging.find(path).is_some(), |folded| folded.contains(&path.to_ascii_lowercase()))
    }

    /// `path` ends with a slash.
    fn dir(&self, path: &[u8]) -> bool {
        self.folded
            .as_ref()
            .map_or_else(|| !self.staging.below(path).is_empty(), |folded| folded.contains(&path.to_ascii_lowercase()))
    }

    fn submodule(&self, path: &[u8]) -> bool {
        self.staging.find(path).is_some_and(|entry| entry.mode == SUBMODULE)
    }
}

fn folded(staging: &Staging) -> HashSet<Vec<u8>> {
    let mut found = HashSet::new();
    for entry in &staging.entries {
        let path = staging.path(entry).to_ascii_lowercase();
        for (slash, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            found.extend(path.get(..=slash).map(<[u8]>::to_vec));
        }
        found.insert(path);
    }
    found
}

struct Walk<'a> {
    root: &'a Path,
    known: Known<'a>,
    excludes: Excludes,
    composes: bool,
    fold: bool,
    bounds: Bounds,
}

impl Walk<'_> {
    /// In the directory `path`, which ends with a slash or is the root; `one` is enough.
    fn dir(&mut self, path: &mut Vec<u8>, one: bool) -> Result<u32, Stop> {
        self.bounds.in_time()?;
        let dir = on_disk(self.root, path);
        // What cannot be listed holds nothing that git would see.
        let Ok(listed) = fs::read_dir(&dir) else { return Ok(0) };
        let mut entries = Vec::new();
        let mut has_list = false;
        for entry in listed.flatten() {
            let name = entry.file_name();
            let is_git = if self.fold { name.eq_ignore_ascii_case(".git") } else { name == ".git" };
            has_list |= name == ".gitignore";
            if let (false, Ok(kind)) = (is_git, entry.file_type()) {
                entries.push((name, kind));
            }
        }
        self.excludes.enter(&dir, path.len(), has_list, self.bounds)?;
        let mut found = 0;
        for (name, kind) in entries {
            if self.composes && !name.as_bytes().is_ascii() {
                self.bounds.doubt("a name that git spells otherwise")?;
            }
            let length = path.len();
            path.extend_from_slice(name.as_bytes());
            found += if kind.is_dir() {
                self.subdirectory(path)?
            } else {
                let counts = (kind.is_file() || kind.is_symlink()) && !self.known.file(path);
                u32::from(counts && !self.excludes.ignores(path, false))
            };
            path.truncate(length);
            if one && found > 0 {
                break;
            }
        }
        self.excludes.leave();
        Ok(found)
    }

    fn subdirectory(&mut self, path: &mut Vec<u8>) -> Result<u32, Stop> {
        if self.known.submodule(path) || self.excludes.ignores(path, true) {
            return Ok(0);
        }
        let nested = is_repository(&on_disk(self.root, path));
        // Where git knows a file, it tells of that alone.
        let in_place = self.known.file(path);
        path.push(b'/');
        if self.known.dir(path) {
            return self.dir(path, false);
        }
        if nested || in_place {
            return Ok(u32::from(!in_place));
        }
        Ok(self.dir(path, true)?.min(1))
    }
}

/// With a working tree of its own.
fn is_repository(dir: &Path) -> bool {
    if dir.join(".git").symlink_metadata().is_err() {
        return false;
    }
    let Some(git) = GitDir::of(dir) else { return false };
    let head = bounded::text(&git.own.join("HEAD"), 4096).unwrap_or_default();
    let points = head.strip_prefix("ref:").is_some_and(|name| name.trim().starts_with("refs/"));
    let named = head.trim().len() >= 40 && head.trim().bytes().all(|byte| byte.is_ascii_hexdigit());
    (points || named) && git.common.join("objects").is_dir() && git.common.join("refs").is_dir()
}
