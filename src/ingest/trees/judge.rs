//! What the paths that were found mean: content decides what is a change, and what was moved is one change.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::content::{self, MOST_BYTES};
use super::dirty::Heard;
use super::keeper::Ground;
use super::knowing::is_racy;
use super::look::Found;
use super::snapshot::{Entry, Stamp};
use super::tree::Tree;
use super::{Change, FileEvent};
use crate::model::Millis;

/// The clock for files is coarser than ours, and an event may come late.
const SLACK_MS: Millis = 1_000;

struct Gone {
    path: PathBuf,
    entry: Entry,
    heard: Heard,
}

struct Came {
    path: PathBuf,
    heard: Heard,
    from: Option<Gone>,
}

enum Read {
    There,
    Unreadable,
    Gone,
}

impl Tree {
    /// The changes, by path.
    pub fn judge(&mut self, ground: &Ground, found: Found) -> Vec<FileEvent> {
        let mut gone = Vec::new();
        let mut came = Vec::new();
        let mut events = Vec::new();
        for (path, (before, heard)) in found.0 {
            match (before, self.known.entry(&path).is_some()) {
                (None, false) => {}
                (None, true) => came.push(Came { path, heard, from: None }),
                (Some(entry), false) => gone.push(Gone { path, entry, heard }),
                (Some(entry), true) => match self.read(ground, &path) {
                    Read::Gone => gone.push(Gone { path, entry, heard }),
                    read => events.extend(self.modified(ground, &path, &entry, heard, &read)),
                },
            }
        }
        self.pair_moved(&mut came, &mut gone);
        came.retain_mut(|came| {
            let there = self.is_read(ground, came);
            if !there {
                gone.extend(came.from.take());
            }
            there
        });
        self.pair_alike(&mut came, &mut gone);
        events.extend(came.into_iter().filter_map(|came| self.came(ground, came)));
        let mut emptied = HashMap::new();
        events.extend(gone.into_iter().map(|gone| self.deleted(gone, &mut emptied)));
        events.sort_by(|a, b| a.path.cmp(&b.path));
        events
    }

    fn modified(
        &mut self,
        ground: &Ground,
        path: &Path,
        before: &Entry,
        heard: Heard,
        read: &Read,
    ) -> Option<FileEvent> {
        let entry = self.known.entry_mut(path)?;
        if entry.hash.is_none() && entry.stamp.is_same_file(before.stamp) {
            // Its rights changed.
            entry.hash = before.hash;
        }
        let differs = if let (Some(before), Some(after)) = (before.hash, entry.hash) {
            before != after
        } else {
            // As long as it was, it may be the same: a touch must not be told as a change.
            let closed = matches!(read, Read::Unreadable) && entry.hash.is_none();
            before.stamp.size != entry.stamp.size || closed && before.stamp.mtime_ns != entry.stamp.mtime_ns
        };
        let entry = entry.clone();
        (differs || before.link != entry.link)
            .then(|| self.event(ground, path, Change::Modified, before.hash, &entry, heard))
    }

    /// Whether it is still there, and what is in it is known as far as it can be.
    fn is_read(&mut self, ground: &Ground, came: &mut Came) -> bool {
        let known = self.known.entry(&came.path).is_some_and(|entry| entry.hash.is_some());
        if !known && matches!(self.read(ground, &came.path), Read::Gone) {
            return false;
        }
        if let Some(from) = &mut came.from {
            from.entry.hash = from.entry.hash.or(self.known.entry(&came.path).and_then(|entry| entry.hash));
        }
        true
    }

    fn came(&self, ground: &Ground, came: Came) -> Option<FileEvent> {
        let Came { path, heard, from } = came;
        let entry = self.known.entry(&path)?;
        Some(match from {
            None => self.event(ground, &path, Change::Added, None, entry, heard),
            Some(gone) => {
                let change = Change::Renamed { from: self.root.join(&gone.path) };
                let mut event = self.event(ground, &path, change, gone.entry.hash, entry, heard);
                // With a directory that was moved, nothing happens to the file itself.
                if gone.entry.stamp.ctime_ns == entry.stamp.ctime_ns {
                    (event.at, event.exact) = (heard.last.ms, false);
                }
                event
            }
        })
    }

    fn event(
        &self,
        ground: &Ground,
        path: &Path,
        change: Change,
        before: Option<i64>,
        entry: &Entry,
        heard: Heard,
    ) -> FileEvent {
        let at = entry.stamp.changed_ms();
        // What was moved here from elsewhere may have been changed last a year ago.
        let exact = at >= heard.first.ms - SLACK_MS && at <= ground.clock.now_ms() + SLACK_MS;
        FileEvent {
            path: self.root.join(path),
            change,
            at: if exact { at } else { heard.last.ms },
            exact,
            before,
            after: entry.hash,
            ignored: entry.ignored,
        }
    }

    /// `emptied`: when the directories were written to last.
    fn deleted(&self, gone: Gone, emptied: &mut HashMap<PathBuf, Option<Millis>>) -> FileEvent {
        let Gone { path, entry, heard } = gone;
        let parent = self.root.join(path.parent().unwrap_or(&path));
        let written = *emptied.entry(parent).or_insert_with_key(|parent| {
            fs::symlink_metadata(parent).ok().map(|metadata| Stamp::of(&metadata).mtime_ns / 1_000_000)
        });
        // Not before the file went, and perhaps long before anybody noticed.
        let written = written.filter(|at| *at >= heard.first.ms - SLACK_MS && *at < heard.last.ms);
        FileEvent {
            path: self.root.join(&path),
            change: Change::Deleted,
            at: written.unwrap_or(heard.last.ms),
            exact: false,
            before: entry.hash,
            after: None,
            ignored: entry.ignored,
        }
    }

    /// The same file at another place.
    fn pair_moved(&mut self, came: &mut [Came], gone: &mut Vec<Gone>) {
        if came.is_empty() || gone.is_empty() {
            return;
        }
        let by_inode = places(gone, |gone| Some(gone.entry.stamp.inode));
        let mut left: Vec<Option<Gone>> = std::mem::take(gone).into_iter().map(Some).collect();
        for came in came {
            let Some(entry) = self.known.entry_mut(&came.path) else { continue };
            // A number is given again at once; so long as nobody wrote to it, it is the same file.
            let is_same = |gone: &Gone| gone.entry.stamp.is_same_file(entry.stamp) && gone.entry.link == entry.link;
            let candidates = by_inode.get(&entry.stamp.inode).map_or(&[][..], Vec::as_slice);
            let Some(at) = candidates.iter().find(|at| left[**at].as_ref().is_some_and(is_same)) else { continue };
            came.from = left[*at].take();
            let known = came.from.as_ref().filter(|gone| !gone.entry.racy).and_then(|gone| gone.entry.hash);
            entry.hash = known;
        }
        *gone = left.into_iter().flatten().collect();
    }

    /// The same content at another place.
    fn pair_alike(&self, came: &mut [Came], gone: &mut Vec<Gone>) {
        if came.is_empty() || gone.is_empty() {
            return;
        }
        let by_hash = places(gone, |gone| gone.entry.hash.filter(|_| gone.entry.stamp.size > 0));
        let mut left: Vec<Option<Gone>> = std::mem::take(gone).into_iter().map(Some).collect();
        for came in came.iter_mut().filter(|came| came.from.is_none()) {
            let Some(hash) = self.known.entry(&came.path).and_then(|entry| entry.hash) else { continue };
            let candidates = by_hash.get(&hash).map_or(&[][..], Vec::as_slice);
            let mut free = candidates.iter().copied().filter(|at| left[*at].is_some());
            let named = |at: &usize| left[*at].as_ref().is_some_and(|g| g.path.file_name() == came.path.file_name());
            let at = free.clone().find(named).or_else(|| free.next());
            came.from = at.and_then(|at| left[at].take());
        }
        *gone = left.into_iter().flatten().collect();
    }

    /// Reads what is at a known path now.
    fn read(&mut self, ground: &Ground, path: &Path) -> Read {
        let now = ground.clock.now_ms();
        match content::read(&self.root.join(path), MOST_BYTES) {
            Ok(content) => {
                if let Some(entry) = self.known.entry_mut(path) {
                    entry.stamp = content.stamp;
                    entry.hash = content.hash;
                    entry.racy = is_racy(content.stamp, now);
                }
                Read::There
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                self.known.take(path);
                Read::Gone
            }
            Err(_) => Read::Unreadable,
        }
    }
}

/// Where in the list each key is found.
fn places<K: std::hash::Hash + Eq>(gone: &[Gone], key: impl Fn(&Gone) -> Option<K>) -> HashMap<K, Vec<usize>> {
    let mut places: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, gone) in gone.iter().enumerate() {
        if let Some(key) = key(gone) {
            places.entry(key).or_default().push(at);
        }
    }
    places
}
