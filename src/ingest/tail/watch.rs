//! The directories that are kept in view: told of by the system where it can, looked at where it cannot.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::inbox::Inbox;
use crate::ingest::source::Stamp;
use crate::ingest::watcher::{Trouble, Watcher};
use crate::model::Millis;

/// After a refusal the system is asked again.
const ASKED_AGAIN: Duration = Duration::from_mins(10);

struct Dir {
    stamp: Stamp,
    /// When something in it was written last: the one longest silent makes room first.
    at: Millis,
    /// Never makes room.
    foothold: bool,
    told: bool,
}

pub(super) struct Watches {
    watcher: Option<Watcher>,
    inbox: Arc<Inbox>,
    dirs: HashMap<PathBuf, Dir>,
    most: usize,
    trouble: Option<(Trouble, Instant)>,
}

impl Watches {
    /// With `events`, the system is asked to tell of changes.
    pub fn new(inbox: &Arc<Inbox>, most: usize, events: bool) -> Self {
        let mut watches = Self { watcher: None, inbox: Arc::clone(inbox), dirs: HashMap::new(), most, trouble: None };
        if events {
            watches.ask();
        }
        watches
    }

    fn ask(&mut self) {
        let inbox = Arc::clone(&self.inbox);
        match Watcher::start(move |event| inbox.heard(event)) {
            Ok(watcher) => {
                self.watcher = Some(watcher);
                self.trouble = None;
            }
            Err(trouble) => self.trouble = Some((trouble, Instant::now())),
        }
    }

    /// Asks again for what was refused some time ago.
    pub fn ask_again(&mut self) {
        if self.trouble.as_ref().is_none_or(|(_, at)| at.elapsed() < ASKED_AGAIN) {
            return;
        }
        self.ask();
        self.renew();
    }

    /// Watches may have ended unheard.
    pub fn renew(&mut self) {
        let dirs: Vec<PathBuf> = self.dirs.keys().cloned().collect();
        for dir in dirs {
            let told = self.tell_of(&dir);
            self.dirs.entry(dir).and_modify(|dir| dir.told = told);
        }
    }

    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref().map(|(trouble, _)| trouble)
    }

    /// The watcher itself has failed.
    pub fn failed(&mut self, trouble: Trouble) {
        self.watcher = None;
        self.trouble = Some((trouble, Instant::now()));
        for dir in self.dirs.values_mut() {
            dir.told = false;
        }
    }

    pub fn is_polling(&self) -> bool {
        self.watcher.is_none()
    }

    /// Directories that the system tells of.
    pub fn told(&self) -> usize {
        self.dirs.values().filter(|dir| dir.told).count()
    }

    /// Whether changes of files directly in `dir` are told.
    pub fn tells_of(&self, dir: &Path) -> bool {
        self.dirs.get(dir).is_some_and(|dir| dir.told)
    }

    /// Takes `path` into view. True: it was not there before, so that whatever lies in it has to be looked at.
    pub fn add(&mut self, path: &Path, at: Millis) -> bool {
        self.put(path, at, false)
    }

    /// As [`Watches::add`], for good.
    pub fn add_foothold(&mut self, path: &Path) -> bool {
        self.put(path, Millis::MAX, true)
    }

    fn put(&mut self, path: &Path, at: Millis, foothold: bool) -> bool {
        let Some(stamp) = fs::metadata(path).ok().filter(fs::Metadata::is_dir).map(|m| Stamp::of(&m)) else {
            self.forget(path);
            return false;
        };
        match self.dirs.get_mut(path) {
            Some(dir) if is_same(dir.stamp, stamp) => {
                dir.at = dir.at.max(at);
                dir.foothold |= foothold;
                return false;
            }
            Some(_) => self.forget(path),
            None => {}
        }
        // By another way to it the system would tell of one of the two only.
        if stamp.inode != 0 && self.dirs.values().any(|dir| is_same(dir.stamp, stamp)) {
            return false;
        }
        if !foothold && !self.make_room(at) {
            return false;
        }
        let told = self.tell_of(path);
        self.dirs.insert(path.to_owned(), Dir { stamp, at, foothold, told });
        true
    }

    /// Whether there is room for a directory that was written to at `at`.
    fn make_room(&mut self, at: Millis) -> bool {
        let below = self.dirs.iter().filter(|(_, dir)| !dir.foothold);
        if below.clone().count() < self.most {
            return true;
        }
        match below.min_by_key(|(_, dir)| dir.at).map(|(path, dir)| (path.clone(), dir.at)) {
            Some((silent, since)) if since < at => {
                self.drop_one(&silent);
                true
            }
            _ => false,
        }
    }

    fn tell_of(&mut self, path: &Path) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        watcher.watch(path).unwrap_or_else(|trouble| {
            self.failed(trouble);
            false
        })
    }

    /// Leaves out all that is no foothold, not in `wanted`, and was not taken in since then.
    pub fn keep(&mut self, wanted: &HashMap<&Path, Millis>, since: Millis) {
        let rest: Vec<PathBuf> = self
            .dirs
            .iter()
            .filter(|(path, dir)| !dir.foothold && dir.at < since && !wanted.contains_key(path.as_path()))
            .map(|(path, _)| path.clone())
            .collect();
        for path in rest {
            self.drop_one(&path);
        }
        for (path, at) in wanted {
            if let Some(dir) = self.dirs.get_mut(*path) {
                dir.at = *at;
            }
        }
    }

    /// `footholds` are what is left for good; others may make room again.
    pub fn keep_footholds(&mut self, footholds: &[PathBuf]) {
        let rest: Vec<PathBuf> = self
            .dirs
            .iter()
            .filter(|(path, dir)| dir.foothold && !footholds.contains(path))
            .map(|(path, _)| path.clone())
            .collect();
        for path in rest {
            self.drop_one(&path);
        }
    }

    /// `path` is gone, and all that lay below it.
    pub fn forget(&mut self, path: &Path) {
        let gone: Vec<PathBuf> = self.dirs.keys().filter(|dir| dir.starts_with(path)).cloned().collect();
        for dir in gone {
            self.drop_one(&dir);
        }
    }

    fn drop_one(&mut self, path: &Path) {
        let told = self.dirs.remove(path).is_some_and(|dir| dir.told);
        if let Some(watcher) = self.watcher.as_mut().filter(|_| told) {
            watcher.unwatch(path);
        }
    }

    /// Whether anything has to be looked at because the system does not tell of it.
    pub fn has_untold(&self) -> bool {
        self.dirs.values().any(|dir| !dir.told)
    }

    /// Directories that the system does not tell of and that changed since the last look.
    pub fn changed(&mut self) -> Vec<PathBuf> {
        let mut changed = Vec::new();
        for (path, dir) in self.dirs.iter_mut().filter(|(_, dir)| !dir.told) {
            match fs::metadata(path).map(|m| Stamp::of(&m)) {
                Ok(stamp) if stamp == dir.stamp => {}
                // Another one by now: it is taken in anew.
                Ok(stamp) if !is_same(stamp, dir.stamp) => changed.push(path.clone()),
                Ok(stamp) => {
                    dir.stamp = stamp;
                    changed.push(path.clone());
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => changed.push(path.clone()),
                Err(_) => {}
            }
        }
        changed
    }
}

/// The same directory, whatever was written in it.
fn is_same(a: Stamp, b: Stamp) -> bool {
    (a.device, a.inode) == (b.device, b.inode)
}
