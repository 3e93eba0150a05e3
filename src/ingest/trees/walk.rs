//! Takes directories in, each watched before it is listed, so that nothing falls between.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::Pace;
use super::dirty::{Heard, Moment};
use super::keeper::Ground;
use super::knowing::Knowing;
use super::look::Found;
use super::rules::Rules;
use super::snapshot::{Dir, Entry, Stamp};
use super::tree::{Class, Tree};

/// A directory as it is on disk.
pub(super) struct Listed {
    pub inode: u64,
    pub files: Vec<(OsString, Metadata)>,
    pub dirs: Vec<(OsString, Metadata)>,
    pub has_git: bool,
}

impl Tree {
    /// Takes in what is there at the beginning.
    pub fn take_in(&mut self, ground: &mut Ground, until: Instant) {
        let mut unwalked = std::mem::take(&mut self.unwalked);
        while let Some((path, rules)) = unwalked.pop() {
            self.walk_one(ground, &path, &rules, None, &mut unwalked);
            if Instant::now() >= until {
                break;
            }
        }
        self.unwalked = unwalked;
        if !self.unwalked.is_empty() {
            return;
        }
        self.gone = self.known.dir(Path::new("")).is_none();
        self.knowing = Some(Knowing::new());
        if !self.surveys.missed {
            let pace = &ground.pace;
            self.surveys.next = Instant::now() + if self.is_looked_at() { pace.poll } else { pace.safety };
        }
        for path in self.minded.clone() {
            self.mind_inside(ground, &path);
        }
    }

    /// Takes in a directory that is new. With `found`, what is in it is news.
    pub fn walk(
        &mut self,
        ground: &mut Ground,
        path: &Path,
        above: &Arc<Rules>,
        mut found: Option<(&mut Found, Heard)>,
    ) {
        if found.is_none() {
            self.know_again();
        }
        let mut unwalked = vec![(path.to_owned(), Arc::clone(above))];
        while let Some((path, rules)) = unwalked.pop() {
            let found = found.as_mut().map(|(found, heard)| (&mut **found, *heard));
            self.walk_one(ground, &path, &rules, found, &mut unwalked);
        }
    }

    fn walk_one(
        &mut self,
        ground: &mut Ground,
        path: &Path,
        above: &Arc<Rules>,
        found: Option<(&mut Found, Heard)>,
        unwalked: &mut Vec<(PathBuf, Arc<Rules>)>,
    ) {
        // It may have been known for what was asked for in it.
        let before = self.known.take_dir(path);
        self.unwatch(ground, path, before.as_ref().is_some_and(|dir| dir.watched));
        if self.known.files() + self.known.dirs() >= ground.pace.files {
            self.too_large = true;
            return;
        }
        // First, so that nothing falls between.
        let watched = self.watch(ground, path);
        let listed = list(&self.root.join(path));
        let Ok(Listed { inode, files, dirs, has_git }) = listed else {
            self.unwatch(ground, path, watched);
            return;
        };
        if has_git && path != Path::new("") {
            // A tree of its own.
            self.unwatch(ground, path, watched);
            return;
        }
        let has_rules = files.iter().any(|(name, _)| name == ".gitignore");
        let rules = if has_rules { above.inside(&self.root, path) } else { Arc::clone(above) };
        let now = ground.now();
        let mut entries = Vec::new();
        let mut news = Vec::new();
        for (name, metadata) in files {
            let file = path.join(&name);
            let class = self.class_by(&rules, false, &file, false);
            if class == Class::Nothing {
                continue;
            }
            let known = before.as_ref().and_then(|dir| dir.entry(&name));
            if let Some((found, heard)) = &found
                && known.is_none()
                && !found.0.contains_key(&file)
                && is_young(&metadata, now, &ground.pace)
            {
                // Somebody is still writing it: it is told when it has come to rest.
                let first = Moment { ms: heard.first.ms, ..now };
                self.dirty.touch(&file, Heard { first, last: now, moved: false });
                continue;
            }
            let mut entry = Entry::new(name, &metadata, class);
            match known {
                Some(known) if known.stamp == entry.stamp => entry.hash = known.hash,
                known => news.push((file, known.cloned())),
            }
            entries.push(entry);
        }
        if let Some((found, heard)) = found {
            for (file, known) in news {
                found.note(&file, known, heard);
            }
        }
        for (name, _) in dirs {
            let dir = path.join(name);
            if self.class_by(&rules, false, &dir, true) == Class::Plain {
                unwalked.push((dir, Arc::clone(&rules)));
            }
        }
        self.known.put_dir(path.to_owned(), Dir { inode, narrow: false, watched, rules, entries });
        if !self.is_looked_at() {
            return;
        }
        // The watch that it was given may have been the last.
        if let Some(dir) = self.known.dir_mut(path) {
            dir.watched = false;
        }
    }
}

fn is_young(metadata: &Metadata, now: Moment, pace: &Pace) -> bool {
    let age = now.ms - Stamp::of(metadata).changed_ms();
    u128::try_from(age).is_ok_and(|age| age < pace.quiet.as_millis())
}

impl Entry {
    pub fn new(name: OsString, metadata: &Metadata, class: Class) -> Self {
        Self {
            name: name.into_boxed_os_str(),
            stamp: Stamp::of(metadata),
            hash: None,
            link: metadata.is_symlink(),
            ignored: class == Class::Minded,
            racy: false,
        }
    }
}

/// Files, links and directories in `dir`; what goes meanwhile is left out.
pub(super) fn list(dir: &Path) -> io::Result<Listed> {
    let inode = Stamp::of(&fs::symlink_metadata(dir)?).inode;
    let mut listed = Listed { inode, files: Vec::new(), dirs: Vec::new(), has_git: false };
    for entry in fs::read_dir(dir)? {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        if name == ".git" {
            listed.has_git = true;
            continue;
        }
        // Of the entry itself, not of what a link points to.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            listed.dirs.push((name, metadata));
        } else if metadata.is_file() || metadata.is_symlink() {
            listed.files.push((name, metadata));
        }
    }
    Ok(listed)
}
