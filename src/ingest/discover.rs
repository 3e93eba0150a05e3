//! Finds the files of an agent's history, those that changed since they were read, and where they lie.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::source::Stamp;
use super::zstd;
use crate::adapters::{self, Adapter};
use crate::store::{self, SourcePosition, Writer};

/// A file to read.
pub(super) struct Found {
    pub adapter: &'static dyn Adapter,
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// A directory that was entered.
pub(super) struct FoundDir {
    pub path: PathBuf,
    pub stamp: Stamp,
    /// When the youngest of the files directly within was modified.
    pub youngest_ns: i64,
}

/// Whether the file at a path is where it was read to.
type IsRead<'a> = dyn Fn(&Path, Stamp) -> bool + 'a;

/// What was known before a search, and what it came to.
pub(super) struct Finds<'a> {
    is_read: Box<IsRead<'a>>,
    /// Paths that could not be read the last time.
    closed: &'a HashSet<String>,
    since_ms: Option<i64>,
    /// Ends the search early.
    halt: Option<&'a AtomicBool>,
    /// Nobody said whose files they are.
    ask: bool,
    /// Directories that were entered: links may lead in circles.
    entered: HashSet<(i64, i64)>,
    pub files: Vec<Found>,
    pub dirs: Vec<FoundDir>,
    pub unchanged: usize,
    pub unreadable: Vec<(&'static dyn Adapter, PathBuf, io::Error)>,
    /// Directories that could not be read before and can now.
    pub opened: Vec<(&'static dyn Adapter, PathBuf)>,
}

impl<'a> Finds<'a> {
    pub fn new(known: &'a HashMap<String, SourcePosition>, closed: &'a HashSet<String>, since_ms: Option<i64>) -> Self {
        let is_read = |path: &Path, stamp: Stamp| known.get(&*path.to_string_lossy()).is_some_and(|k| stamp.is_at(k));
        Self { since_ms, ..Self::unless(Box::new(is_read), closed) }
    }

    /// For whoever keeps account of what was read in another way.
    pub fn unless(is_read: Box<IsRead<'a>>, closed: &'a HashSet<String>) -> Self {
        Self {
            is_read,
            closed,
            since_ms: None,
            halt: None,
            ask: false,
            entered: HashSet::new(),
            files: Vec::new(),
            dirs: Vec::new(),
            unchanged: 0,
            unreadable: Vec::new(),
            opened: Vec::new(),
        }
    }

    pub fn halted_by(self, halt: &'a AtomicBool) -> Self {
        Self { halt: Some(halt), ..self }
    }

    /// Like [`Self::search`], for files of whatever agent: each is of the one that claims it, else of the first that
    /// could read it.
    pub fn search_all(&mut self, path: &Path) {
        let Some(adapter) = adapters::ALL.first() else { return };
        self.ask = true;
        self.search(*adapter, path);
        self.ask = false;
    }

    /// Takes `path`, or all that lies below it, unless it is where it was read to.
    pub fn search(&mut self, adapter: &'static dyn Adapter, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(adapter, path, Stamp::of(&metadata)),
            Ok(metadata) => self.take(adapter, path.to_owned(), self.stamp(adapter, path, &metadata)),
            Err(e) => self.unreadable.push((adapter, path.to_owned(), e)),
        }
    }

    fn walk(&mut self, adapter: &'static dyn Adapter, dir: &Path, stamp: Stamp) {
        if !self.entered.insert((stamp.device, stamp.inode)) && stamp.inode != 0 {
            return;
        }
        if self.halt.is_some_and(|halt| halt.load(Ordering::Relaxed)) {
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
        let mut youngest_ns = 0;
        let place = self.dirs.len();
        self.dirs.push(FoundDir { path: dir.to_owned(), stamp, youngest_ns });
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() && !self.ask && !adapter.enters(&path) {
                continue;
            }
            let wanted = if self.ask {
                adapters::ALL.iter().any(|adapter| adapter.shape(&path).is_some())
            } else {
                adapter.shape(&path).is_some()
            };
            if kind.is_file() && !wanted {
                continue;
            }
            // A link counts as what it leads to; one that leads nowhere is nothing.
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.walk(adapter, &path, Stamp::of(&metadata)),
                Ok(metadata) if metadata.is_file() && wanted => {
                    let stamp = self.stamp(adapter, &path, &metadata);
                    youngest_ns = youngest_ns.max(stamp.mtime_ns);
                    self.take(adapter, path, stamp);
                }
                Ok(_) => {}
                Err(_) if kind.is_symlink() => {}
                Err(e) => self.unreadable.push((adapter, path, e)),
            }
        }
        self.dirs[place].youngest_ns = youngest_ns;
    }

    fn stamp(&self, adapter: &'static dyn Adapter, path: &Path, metadata: &fs::Metadata) -> Stamp {
        let able = || adapters::ALL.iter().copied().find(|adapter| adapter.shape(path).is_some());
        Stamp::of_source(if self.ask { able().unwrap_or(adapter) } else { adapter }, path, metadata)
    }

    fn take(&mut self, adapter: &'static dyn Adapter, path: PathBuf, stamp: Stamp) {
        if self.since_ms.is_some_and(|since| stamp.modified_ms() < since) {
            return;
        }
        if (self.is_read)(&path, stamp) {
            self.unchanged += 1;
            return;
        }
        let adapter = if self.ask { whose(&path).unwrap_or(adapter) } else { adapter };
        self.files.push(Found { adapter, path, stamp });
    }

    /// Oldest first: rows then lie in the order of time, and the earlier of two copies comes first.
    pub fn sort(&mut self) {
        self.files.sort_by(|a, b| (a.stamp.mtime_ns, &a.path).cmp(&(b.stamp.mtime_ns, &b.path)));
    }
}

/// Of what could not be read and has gone since, nothing is left to be said.
pub(super) fn settle_gone(writer: &Writer) -> store::Result<()> {
    for path in store::troubled(writer)? {
        if fs::symlink_metadata(&path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            store::settled(writer, &path)?;
        }
    }
    Ok(())
}

/// Enough of a file to know whose it is.
const BEGINNING: u64 = 4096;

fn whose(path: &Path) -> Option<&'static dyn Adapter> {
    let beginning = fs::File::open(path).map(|file| zstd::beginning(path, file, BEGINNING)).unwrap_or_default();
    let mut able = adapters::ALL.iter().copied().filter(|adapter| adapter.shape(path).is_some());
    able.clone().find(|adapter| adapter.claims(&beginning)).or_else(|| able.next())
}
