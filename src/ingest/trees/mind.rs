//! Files that an agent has seen: known whatever the rules say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dirty::Heard;
use super::keeper::Ground;
use super::look::Found;
use super::rules::Rules;
use super::snapshot::{Dir, Entry, Stamp};
use super::tree::{Class, Tree};

/// More in one tree were not read by agents one by one.
const MOST: usize = 4096;
/// Between two looks whether ignored directories are still those that are watched.
const AGAIN: Duration = Duration::from_secs(2);

impl Tree {
    pub fn mind(&mut self, ground: &mut Ground, path: &Path) {
        let Ok(inside) = path.strip_prefix(&self.root) else { return };
        let inside = inside.to_owned();
        if inside.components().any(|part| part.as_os_str() == ".git") || inside.file_name().is_none() {
            return;
        }
        let room = self.minded.len() < MOST;
        if self.minded.contains(&inside) || room {
            self.minded.insert(inside.clone());
            if self.known.dir(Path::new("")).is_some() {
                self.mind_inside(ground, &inside);
            }
        }
    }

    /// Takes the file in if it is not known yet, and reads it.
    pub fn mind_inside(&mut self, ground: &mut Ground, path: &Path) {
        self.take_in_minded(ground, path);
        self.know(ground, path);
    }

    fn take_in_minded(&mut self, ground: &mut Ground, path: &Path) {
        if !self.has_place(ground, path) || self.known.entry(path).is_some() {
            return;
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return };
        let metadata = fs::symlink_metadata(self.root.join(path)).ok().filter(|m| m.is_file() || m.is_symlink());
        if let Some(metadata) = metadata.filter(|_| self.class(path, false) == Class::Minded) {
            self.known.put(parent, Entry::new(name.to_owned(), &metadata, Class::Minded));
        }
    }

    /// After the rules have changed, with what was known of it.
    pub fn mind_again(&mut self, ground: &mut Ground, path: &Path, entry: Entry, heard: Heard, found: &mut Found) {
        if !self.has_place(ground, path) {
            return;
        }
        if let Some(parent) = path.parent().filter(|_| self.known.entry(path).is_none()) {
            self.known.put(parent, Entry { ignored: true, ..entry });
            self.look(ground, path, heard, found);
        }
    }

    /// Whether the directory that it lies in is known, by now at least.
    fn has_place(&mut self, ground: &mut Ground, path: &Path) -> bool {
        let Some(parent) = path.parent() else { return false };
        if self.known.dir(parent).is_some() {
            return true;
        }
        let Some(rules) = self.ignored_above(path) else { return false };
        // Missing now, it may come.
        self.next_minded.get_or_insert_with(|| Instant::now() + AGAIN);
        let watched = self.watch(ground, parent);
        let metadata = fs::symlink_metadata(self.root.join(parent)).ok().filter(fs::Metadata::is_dir);
        let Some(metadata) = metadata else {
            self.unwatch(ground, parent, watched);
            return false;
        };
        let inode = Stamp::of(&metadata).inode;
        self.known.put_dir(parent.to_owned(), Dir { inode, narrow: true, watched, rules, entries: Vec::new() });
        true
    }

    /// The rules by which a directory above `path` is ignored; `None`: it is not, or belongs to itself.
    fn ignored_above(&self, path: &Path) -> Option<Arc<Rules>> {
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        let mut rules = None;
        for dir in above.into_iter().skip(1) {
            if self.is_tree(dir) {
                return None;
            }
            let around = dir.parent().and_then(|around| self.known.dir(around)).filter(|around| !around.narrow);
            if let Some(around) = around.filter(|around| around.rules.ignores(dir, true)) {
                rules = Some(Arc::clone(&around.rules));
            }
        }
        rules
    }

    /// Ignored directories come and go with nobody watching above them.
    pub fn look_for_minded(&mut self, ground: &mut Ground) {
        self.next_minded = None;
        let heard = Heard::at(ground.now(), true);
        let places: BTreeMap<PathBuf, PathBuf> =
            self.minded.iter().filter_map(|path| Some((path.parent()?.to_owned(), path.clone()))).collect();
        for (place, path) in places {
            match self.known.dir(&place).map(|dir| (dir.narrow, dir.inode)) {
                Some((true, known)) => {
                    self.next_minded.get_or_insert_with(|| Instant::now() + AGAIN);
                    let inode = fs::symlink_metadata(self.root.join(&place)).map_or(0, |m| Stamp::of(&m).inode);
                    if inode != known {
                        self.renew_watch(ground, &place);
                        if let Some(dir) = self.known.dir_mut(&place) {
                            dir.inode = inode;
                        }
                        self.touch_minded(&place, heard);
                    }
                }
                None if self.has_place(ground, &path) => self.touch_minded(&place, heard),
                Some((false, _)) | None => {}
            }
        }
    }

    fn touch_minded(&mut self, place: &Path, heard: Heard) {
        for path in self.minded.iter().filter(|path| path.parent() == Some(place)) {
            self.dirty.touch(path, heard);
        }
    }
}
