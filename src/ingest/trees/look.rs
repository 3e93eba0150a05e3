//! Looks at what has come to rest, and finds which paths are not what they were.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::FileEvent;
use super::dirty::Heard;
use super::keeper::Ground;
use super::snapshot::{Dir, Entry, Stamp};
use super::tree::{Class, Tree};
use super::walk::list;

/// What was known of each path that is another now, before a round; what is there now is known already.
#[derive(Default)]
pub(super) struct Found(pub BTreeMap<PathBuf, (Option<Entry>, Heard)>);

impl Found {
    /// What was known first counts.
    pub fn note(&mut self, path: &Path, before: Option<Entry>, heard: Heard) {
        self.0.entry(path.to_owned()).or_insert((before, heard));
    }
}

impl Tree {
    /// Looks at all that rests.
    pub fn settle(&mut self, ground: &mut Ground, now: Instant) -> Vec<FileEvent> {
        let due = self.dirty.take(now, &ground.pace);
        let Some(all) = due.iter().map(|(_, heard)| *heard).reduce(Heard::and) else { return Vec::new() };
        let mut found = Found::default();
        // Rules first: what has just become ignored is no news, whatever happened to it.
        if self.excludes.changed() {
            self.base = self.excludes.rules();
            let base = Arc::clone(&self.base);
            self.reload(ground, Path::new(""), &base, all, &mut found);
        }
        for (path, heard) in &due {
            if path.file_name().is_some_and(|name| name == ".gitignore") && self.is_another(path) {
                self.reload_below(ground, path.parent().unwrap_or(path), *heard, &mut found);
            }
        }
        for (path, heard) in &due {
            self.look(ground, path, *heard, &mut found);
        }
        self.judge(ground, found)
    }

    fn is_another(&self, path: &Path) -> bool {
        let stamp = fs::symlink_metadata(self.root.join(path)).ok().map(|m| Stamp::of(&m));
        self.known.entry(path).map(|entry| entry.stamp) != stamp
    }

    pub fn look(&mut self, ground: &mut Ground, path: &Path, heard: Heard, found: &mut Found) {
        if let Some(parent) = path.parent() {
            // Only what is known for a file in it has nobody above.
            if self.known.dir(parent).is_none() && self.known.dir(path).is_none() {
                return;
            }
            if path.file_name().is_some_and(|name| name == ".git") {
                if parent != Path::new("") && fs::symlink_metadata(self.root.join(path)).is_ok() {
                    // It has become a tree of its own.
                    self.forget(ground, parent);
                }
                return;
            }
        }
        match fs::symlink_metadata(self.root.join(path)) {
            Ok(metadata) if metadata.is_dir() => self.look_at_dir(ground, path, &metadata, heard, found),
            Ok(metadata) => {
                self.dir_went(ground, path, heard, found);
                if metadata.is_file() || metadata.is_symlink() {
                    self.look_at_file(path, &metadata, heard, found);
                } else {
                    self.file_went(path, heard, found);
                }
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                self.file_went(path, heard, found);
                self.dir_went(ground, path, heard, found);
            }
            // Nobody may know at the moment.
            Err(_) => {}
        }
    }

    pub fn look_at_file(&mut self, path: &Path, metadata: &Metadata, heard: Heard, found: &mut Found) {
        let class = self.class(path, false);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return };
        if class == Class::Nothing {
            return;
        }
        let entry = Entry::new(name.to_owned(), metadata, class);
        let known = self.known.entry(path);
        if known.is_some_and(|known| known.stamp == entry.stamp && known.link == entry.link && !known.racy) {
            return;
        }
        let before = self.known.put(parent, entry);
        found.note(path, before, heard);
    }

    fn look_at_dir(&mut self, ground: &mut Ground, path: &Path, metadata: &Metadata, heard: Heard, found: &mut Found) {
        self.file_went(path, heard, found);
        match self.known.dir(path) {
            Some(dir) if dir.inode == Stamp::of(metadata).inode && !heard.moved => {
                self.look_inside(ground, path, heard, found);
            }
            Some(dir) if dir.inode == Stamp::of(metadata).inode => {
                // Somewhere else for a moment, it lost its watches and those below.
                for below in self.known.below(path) {
                    self.renew_watch(ground, &below);
                    self.look_inside(ground, &below, heard, found);
                }
            }
            Some(dir) if dir.narrow => {
                let Some(dir) = self.known.dir_mut(path) else { return };
                dir.inode = Stamp::of(metadata).inode;
                self.renew_watch(ground, path);
                self.look_inside(ground, path, heard, found);
            }
            Some(_) => {
                self.dir_went(ground, path, heard, found);
                self.walk_new(ground, path, heard, found);
            }
            None => self.walk_new(ground, path, heard, found),
        }
    }

    fn walk_new(&mut self, ground: &mut Ground, path: &Path, heard: Heard, found: &mut Found) {
        if path == Path::new("") {
            let base = Arc::clone(&self.base);
            self.walk(ground, path, &base, Some((found, heard)));
        } else if self.class(path, true) == Class::Plain
            && let Some(rules) =
                path.parent().and_then(|parent| self.known.dir(parent)).map(|dir| Arc::clone(&dir.rules))
        {
            self.walk(ground, path, &rules, Some((found, heard)));
        }
    }

    /// Looks at what lies directly in a known directory and is not as it was.
    fn look_inside(&mut self, ground: &mut Ground, path: &Path, heard: Heard, found: &mut Found) {
        for other in self.compare(path) {
            self.look(ground, &other, heard, found);
        }
    }

    /// Paths directly in a known directory that are not what they were.
    pub fn compare(&self, path: &Path) -> Vec<PathBuf> {
        let Some(dir) = self.known.dir(path) else { return Vec::new() };
        let Ok(listed) = list(&self.root.join(path)) else {
            return vec![path.to_owned()];
        };
        let mut others = Vec::new();
        if dir.inode != listed.inode {
            others.push(path.to_owned());
        }
        if listed.has_git && path != Path::new("") && !dir.narrow {
            return vec![path.join(".git")];
        }
        let mut met = 0;
        for (name, metadata) in &listed.files {
            let known = dir.entry(name);
            met += usize::from(known.is_some());
            let same = known.is_some_and(|known| known.stamp == Stamp::of(metadata) && !known.racy);
            if !same {
                let file = path.join(name);
                if known.is_some() || self.class(&file, false) != Class::Nothing {
                    others.push(file);
                }
            }
        }
        if met < dir.entries.len() {
            let there: HashSet<_> = listed.files.iter().map(|(name, _)| name.as_os_str()).collect();
            let went = dir.entries.iter().filter(|entry| !there.contains(&*entry.name));
            others.extend(went.map(|entry| path.join(&*entry.name)));
        }
        let mut inside = self.known.inside(path);
        for (name, metadata) in &listed.dirs {
            let child = path.join(name);
            inside.retain(|known| *known != child);
            let known = self.known.dir(&child).map(|dir| dir.inode);
            let news = known.is_none() && self.class(&child, true) == Class::Plain && !self.is_tree(&child);
            if news || known.is_some_and(|inode| inode != Stamp::of(metadata).inode) {
                others.push(child);
            }
        }
        others.extend(inside);
        others
    }

    /// Whether `path` belongs to itself.
    pub fn is_tree(&self, path: &Path) -> bool {
        fs::symlink_metadata(self.root.join(path).join(".git")).is_ok()
    }

    pub fn file_went(&mut self, path: &Path, heard: Heard, found: &mut Found) {
        if let Some(entry) = self.known.take(path) {
            found.note(path, Some(entry), heard);
        }
    }

    /// All that was known in `path` is gone.
    pub fn dir_went(&mut self, ground: &mut Ground, path: &Path, heard: Heard, found: &mut Found) {
        if self.known.dir(path).is_none() && self.known.inside(path).is_empty() {
            return;
        }
        self.gone |= path == Path::new("");
        for (below, dir) in self.take_below(ground, path) {
            for entry in dir.entries {
                found.note(&below.join(&*entry.name), Some(entry), heard);
            }
        }
    }

    /// As if it had never been known; but what was asked for in it is given back.
    pub fn forget(&mut self, ground: &mut Ground, path: &Path) -> Vec<(PathBuf, Entry)> {
        let mut minded = Vec::new();
        for (below, dir) in self.take_below(ground, path) {
            let entries = dir.entries.into_iter().map(|entry| (below.join(&*entry.name), entry));
            minded.extend(entries.filter(|(path, _)| self.minded.contains(path)));
        }
        minded
    }

    fn take_below(&mut self, ground: &mut Ground, path: &Path) -> Vec<(PathBuf, Dir)> {
        let mut taken = Vec::new();
        for below in self.known.below(path) {
            if let Some(dir) = self.known.take_dir(&below) {
                self.unwatch(ground, &below, dir.watched);
                taken.push((below, dir));
            }
        }
        taken
    }
}
