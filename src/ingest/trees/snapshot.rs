//! What is known of a tree: its directories, and in each the files as they were when they were looked at last.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rules::Rules;
use crate::model::Millis;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stamp {
    pub inode: u64,
    pub size: u64,
    pub mtime_ns: i64,
    /// 0: not known on this system.
    pub ctime_ns: i64,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let ns = |s: i64, ns: i64| s.saturating_mul(1_000_000_000).saturating_add(ns);
            Self {
                inode: metadata.ino(),
                size: metadata.len(),
                mtime_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
                ctime_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
            }
        }
        #[cfg(not(unix))]
        {
            let modified = metadata.modified().ok().and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok());
            let mtime_ns = i64::try_from(modified.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX);
            Self { inode: 0, size: metadata.len(), mtime_ns, ctime_ns: 0 }
        }
    }

    pub fn changed_ms(self) -> Millis {
        self.ctime_ns / 1_000_000
    }

    /// Moved, or its rights changed, but not written to.
    pub fn is_same_file(self, other: Self) -> bool {
        self.inode != 0 && (self.inode, self.size, self.mtime_ns) == (other.inode, other.size, other.mtime_ns)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub name: Box<OsStr>,
    pub stamp: Stamp,
    pub hash: Option<i64>,
    pub link: bool,
    pub ignored: bool,
    /// Changed so shortly before it was read that a further change may leave the same stamp.
    pub racy: bool,
}

pub(super) struct Dir {
    pub inode: u64,
    /// Lies in an ignored place: only what was asked for is known in it.
    pub narrow: bool,
    /// The system tells of what happens in it.
    pub watched: bool,
    /// Those that hold inside.
    pub rules: Arc<Rules>,
    /// By name.
    pub entries: Vec<Entry>,
}

impl Dir {
    pub fn entry(&self, name: &OsStr) -> Option<&Entry> {
        self.place(name).ok().map(|at| &self.entries[at])
    }

    fn place(&self, name: &OsStr) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (*entry.name).cmp(name))
    }
}

/// Paths are relative to the tree's root, which is "".
#[derive(Default)]
pub(super) struct Snapshot {
    dirs: BTreeMap<PathBuf, Dir>,
    files: usize,
}

/// Directory and name of a file.
pub(super) fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    Some((path.parent()?, path.file_name()?))
}

impl Snapshot {
    pub fn files(&self) -> usize {
        self.files
    }

    pub fn dirs(&self) -> usize {
        self.dirs.len()
    }

    pub fn dir(&self, path: &Path) -> Option<&Dir> {
        self.dirs.get(path)
    }

    pub fn dir_mut(&mut self, path: &Path) -> Option<&mut Dir> {
        self.dirs.get_mut(path)
    }

    pub fn put_dir(&mut self, path: PathBuf, mut dir: Dir) {
        dir.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        dir.entries.shrink_to_fit();
        self.files += dir.entries.len();
        if let Some(old) = self.dirs.insert(path, dir) {
            self.files -= old.entries.len();
        }
    }

    pub fn take_dir(&mut self, path: &Path) -> Option<Dir> {
        let dir = self.dirs.remove(path)?;
        self.files -= dir.entries.len();
        Some(dir)
    }

    pub fn entry(&self, path: &Path) -> Option<&Entry> {
        let (parent, name) = split(path)?;
        self.dirs.get(parent)?.entry(name)
    }

    pub fn entry_mut(&mut self, path: &Path) -> Option<&mut Entry> {
        let (parent, name) = split(path)?;
        let dir = self.dirs.get_mut(parent)?;
        let at = dir.place(name).ok()?;
        dir.entries.get_mut(at)
    }

    /// Gives back what was there before. Where the directory is not known, nothing is put.
    pub fn put(&mut self, dir: &Path, entry: Entry) -> Option<Entry> {
        let dir = self.dirs.get_mut(dir)?;
        match dir.place(&entry.name) {
            Ok(at) => Some(std::mem::replace(&mut dir.entries[at], entry)),
            Err(at) => {
                dir.entries.insert(at, entry);
                self.files += 1;
                None
            }
        }
    }

    pub fn take(&mut self, path: &Path) -> Option<Entry> {
        let (parent, name) = split(path)?;
        let dir = self.dirs.get_mut(parent)?;
        let at = dir.place(name).ok()?;
        self.files -= 1;
        Some(dir.entries.remove(at))
    }

    /// `path` and the directories below it, each before those in it.
    pub fn below(&self, path: &Path) -> Vec<PathBuf> {
        let from = (Bound::Included(path), Bound::Unbounded);
        let below = self.dirs.range::<Path, _>(from).take_while(|(dir, _)| dir.starts_with(path));
        below.map(|(dir, _)| dir.clone()).collect()
    }

    /// The directory after `path`, in the order of all; `None`: the first.
    pub fn after(&self, path: Option<&Path>) -> Option<&Path> {
        let from = path.map_or(Bound::Unbounded, Bound::Excluded);
        self.dirs.range::<Path, _>((from, Bound::Unbounded)).next().map(|(dir, _)| dir.as_path())
    }

    /// Known directories directly in `path`.
    pub fn inside(&self, path: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut at = self.after(Some(path));
        while let Some(dir) = at.filter(|dir| dir.starts_with(path)) {
            let name = dir.strip_prefix(path).ok().and_then(|rest| rest.components().next());
            let Some(child) = name.map(|name| path.join(name)) else { break };
            at = self.past(&child);
            if self.dirs.contains_key(&child) {
                found.push(child);
            }
        }
        found
    }

    /// The first directory behind all that lies below `path`.
    fn past(&self, path: &Path) -> Option<&Path> {
        let mut behind = path.as_os_str().to_owned();
        // No name holds it, and no other name of the same beginning comes before it.
        behind.push("\0");
        self.dirs
            .range::<Path, _>((Bound::Included(Path::new(&behind)), Bound::Unbounded))
            .next()
            .map(|(dir, _)| dir.as_path())
    }
}
