//! Finds the files of an agent's history, and those that changed since they were read.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::source::Stamp;
use crate::adapters::Adapter;
use crate::store::SourcePosition;

/// A file to read.
pub(super) struct Found {
    pub adapter: &'static dyn Adapter,
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// What was known before a search, and what it came to.
pub(super) struct Finds<'a> {
    known: &'a HashMap<String, SourcePosition>,
    /// Paths that could not be read the last time.
    closed: &'a HashSet<String>,
    since_ms: Option<i64>,
    /// Directories that were entered: links may lead in circles.
    entered: HashSet<(i64, i64)>,
    pub files: Vec<Found>,
    pub unchanged: usize,
    pub unreadable: Vec<(&'static dyn Adapter, PathBuf, io::Error)>,
    /// Directories that could not be read before and can now.
    pub opened: Vec<(&'static dyn Adapter, PathBuf)>,
}

impl<'a> Finds<'a> {
    pub fn new(known: &'a HashMap<String, SourcePosition>, closed: &'a HashSet<String>, since_ms: Option<i64>) -> Self {
        Self {
            known,
            closed,
            since_ms,
            entered: HashSet::new(),
            files: Vec::new(),
            unchanged: 0,
            unreadable: Vec::new(),
            opened: Vec::new(),
        }
    }

    /// Takes `path`, or all that lies below it, unless it is where it was read to.
    pub fn search(&mut self, adapter: &'static dyn Adapter, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(adapter, path, Stamp::of(&metadata)),
            Ok(metadata) => self.take(adapter, path.to_owned(), Stamp::of(&metadata)),
            Err(e) => self.unreadable.push((adapter, path.to_owned(), e)),
        }
    }

    fn walk(&mut self, adapter: &'static dyn Adapter, dir: &Path, stamp: Stamp) {
        if !self.entered.insert((stamp.device, stamp.inode)) && stamp.inode != 0 {
            return;
        }
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(e) => {
                self.unreadable.push((adapter, dir.to_owned(), e));
                return;
            }
        };
        if self.closed.contains(&*dir.to_string_lossy()) {
            self.opened.push((adapter, dir.to_owned()));
        }
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            let wanted = adapter.shape(&path).is_some();
            if kind.is_file() && !wanted {
                continue;
            }
            // A link counts as what it leads to; one that leads nowhere is nothing.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.walk(adapter, &path, Stamp::of(&metadata)),
                Ok(metadata) if metadata.is_file() && wanted => self.take(adapter, path, Stamp::of(&metadata)),
                Ok(_) => {}
                Err(_) if kind.is_symlink() => {}
                Err(e) => self.unreadable.push((adapter, path, e)),
            }
        }
    }

    fn take(&mut self, adapter: &'static dyn Adapter, path: PathBuf, stamp: Stamp) {
        if self.since_ms.is_some_and(|since| stamp.modified_ms() < since) {
            return;
        }
        if self.known.get(&*path.to_string_lossy()).is_some_and(|k| stamp.is_at(k)) {
            self.unchanged += 1;
            return;
        }
        self.files.push(Found { adapter, path, stamp });
    }

    /// Oldest first: rows then lie in the order of time, and the earlier of two copies comes first.
    pub fn sort(&mut self) {
        self.files.sort_by(|a, b| (a.stamp.mtime_ns, &a.path).cmp(&(b.stamp.mtime_ns, &b.path)));
    }
}
