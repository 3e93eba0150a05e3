//! Finds the files of an agent's history, and those that changed since they were read.

use std::collections::HashMap;
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

/// What a search came to.
#[derive(Default)]
pub(super) struct Finds {
    pub files: Vec<Found>,
    pub unchanged: usize,
    pub unreadable: Vec<(&'static dyn Adapter, PathBuf, io::Error)>,
}

impl Finds {
    /// Takes `path`, or all that lies below it, unless it is where it was read to.
    pub fn search(
        &mut self,
        adapter: &'static dyn Adapter,
        path: &Path,
        known: &HashMap<String, SourcePosition>,
        since_ms: Option<i64>,
    ) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(adapter, path, known, since_ms),
            Ok(metadata) => self.take(adapter, path.to_owned(), Stamp::of(&metadata), known, since_ms),
            Err(e) => self.unreadable.push((adapter, path.to_owned(), e)),
        }
    }

    fn walk(
        &mut self,
        adapter: &'static dyn Adapter,
        dir: &Path,
        known: &HashMap<String, SourcePosition>,
        since_ms: Option<i64>,
    ) {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(e) => {
                self.unreadable.push((adapter, dir.to_owned(), e));
                return;
            }
        };
        for entry in entries.flatten() {
            // Links are not followed: what they point at is found where it lies, and circles have no end.
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                self.walk(adapter, &path, known, since_ms);
            } else if kind.is_file() && adapter.shape(&path).is_some() {
                match entry.metadata() {
                    Ok(metadata) => self.take(adapter, path, Stamp::of(&metadata), known, since_ms),
                    Err(e) => self.unreadable.push((adapter, path, e)),
                }
            }
        }
    }

    fn take(
        &mut self,
        adapter: &'static dyn Adapter,
        path: PathBuf,
        stamp: Stamp,
        known: &HashMap<String, SourcePosition>,
        since_ms: Option<i64>,
    ) {
        if since_ms.is_some_and(|since| stamp.modified_ms() < since) {
            return;
        }
        if known.get(&*path.to_string_lossy()).is_some_and(|k| stamp.is_at(k)) {
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
