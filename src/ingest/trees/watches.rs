//! The watches of all trees together, and when there are enough.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Pace;
use super::filesystem;
use super::inbox::Inbox;
use super::keeper::Ground;
use super::tree::Tree;
use crate::ingest::watcher::{Trouble, Watcher};

/// After a refusal the system is asked again.
const ASKED_AGAIN: Duration = Duration::from_mins(10);

/// Why a tree is looked at although its file system tells of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    ManyHere(usize),
    ManyInAll(usize),
    System(Trouble),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyHere(most) => write!(f, "more than {most} directories in one tree are not watched"),
            Self::ManyInAll(most) => write!(f, "more than {most} directories in all trees are not watched"),
            Self::System(trouble) => trouble.fmt(f),
        }
    }
}

pub(super) struct Watches {
    watcher: Option<Watcher>,
    inbox: Arc<Inbox>,
    /// By the hash of the path, how many trees hold it.
    held: HashMap<u64, u16>,
    trouble: Option<(Trouble, Instant)>,
}

impl Watches {
    pub fn new(inbox: &Arc<Inbox>, events: bool) -> Self {
        let mut watches = Self { watcher: None, inbox: Arc::clone(inbox), held: HashMap::new(), trouble: None };
        if events {
            watches.ask();
        } else {
            watches.trouble = Some((Trouble::Other("it was not wanted".to_owned()), Instant::now()));
        }
        watches
    }

    fn ask(&mut self) {
        let inbox = Arc::clone(&self.inbox);
        self.trouble = None;
        match Watcher::start(move |event| inbox.heard(event)) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(trouble) => self.trouble = Some((trouble, Instant::now())),
        }
    }

    /// True: what was refused some time ago may be granted now.
    pub fn ask_again(&mut self) -> bool {
        let due = self.trouble.as_ref().is_some_and(|(_, at)| at.elapsed() >= ASKED_AGAIN);
        if due && self.watcher.is_some() {
            self.trouble = None;
        } else if due {
            self.ask();
        }
        due && self.watcher.is_some()
    }

    /// The watcher itself has failed, and tells nobody of anything.
    pub fn failed(&mut self, trouble: Trouble) {
        self.watcher = None;
        self.held.clear();
        self.trouble = Some((trouble, Instant::now()));
    }

    pub fn has_failed(&self) -> bool {
        self.watcher.is_none()
    }

    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref().map(|(trouble, _)| trouble)
    }

    /// Whether what happens in `dir` is told from now on, to a tree that has `here` already.
    pub fn add(&mut self, dir: &Path, here: usize, pace: &Pace) -> Result<bool, Refusal> {
        if here >= pace.dirs_here {
            return Err(Refusal::ManyHere(pace.dirs_here));
        }
        let key = hash(dir);
        if !self.held.contains_key(&key) && self.held.len() >= pace.dirs_in_all {
            return Err(Refusal::ManyInAll(pace.dirs_in_all));
        }
        let told = self.renew(dir)?;
        if told {
            *self.held.entry(key).or_default() += 1;
        }
        Ok(told)
    }

    /// Another directory may have come to the place of one that is held.
    pub fn renew(&mut self, dir: &Path) -> Result<bool, Refusal> {
        let Some(watcher) = &mut self.watcher else {
            let unknown = || Trouble::Other("no watcher".to_owned());
            return Err(Refusal::System(self.trouble().cloned().unwrap_or_else(unknown)));
        };
        watcher.watch(dir).map_err(|trouble| {
            // With no room for one more, those that are there go on.
            match &trouble {
                Trouble::Directories => self.trouble = Some((trouble.clone(), Instant::now())),
                Trouble::Instances | Trouble::Other(_) => self.failed(trouble.clone()),
            }
            Refusal::System(trouble)
        })
    }

    pub fn remove(&mut self, dir: &Path) {
        let key = hash(dir);
        let Some(count) = self.held.get_mut(&key) else { return };
        *count -= 1;
        if *count == 0 {
            self.held.remove(&key);
            if let Some(watcher) = &mut self.watcher {
                watcher.unwatch(dir);
            }
        }
    }
}

impl Tree {
    pub fn is_looked_at(&self) -> bool {
        self.looked_at.is_some()
    }

    /// Whether the system tells of what happens in `path` from now on.
    pub fn watch(&mut self, ground: &mut Ground, path: &Path) -> bool {
        if self.is_looked_at() {
            return false;
        }
        match ground.watches.add(&self.root.join(path), self.watched, &ground.pace) {
            Ok(told) => {
                self.watched += usize::from(told);
                told
            }
            Err(why) => {
                self.look_instead(ground, &why);
                false
            }
        }
    }

    /// Another directory may be at the place of the one that was watched.
    pub fn renew_watch(&mut self, ground: &mut Ground, path: &Path) {
        if self.known.dir(path).is_some_and(|dir| dir.watched) {
            if let Err(why) = ground.watches.renew(&self.root.join(path)) {
                self.look_instead(ground, &why);
            }
        } else {
            let watched = self.watch(ground, path);
            if let Some(dir) = self.known.dir_mut(path) {
                dir.watched = watched;
            }
        }
    }

    pub fn unwatch(&mut self, ground: &mut Ground, path: &Path, watched: bool) {
        if watched && !self.is_looked_at() {
            self.watched -= 1;
            ground.watches.remove(&self.root.join(path));
        }
    }

    pub fn unwatch_all(&mut self, ground: &mut Ground) {
        for path in self.known.below(Path::new("")) {
            let Some(dir) = self.known.dir_mut(&path) else { continue };
            if std::mem::take(&mut dir.watched) {
                ground.watches.remove(&self.root.join(&path));
            }
        }
        self.watched = 0;
    }

    fn look_instead(&mut self, ground: &mut Ground, why: &Refusal) {
        self.unwatch_all(ground);
        self.looked_at = Some(why.to_string());
        self.surveys.next = Instant::now();
    }

    /// The watcher has failed.
    pub fn lose_watches(&mut self, ground: &mut Ground) {
        if !self.is_looked_at() {
            let unknown = || Trouble::Other("no watcher".to_owned());
            let trouble = ground.watches.trouble().cloned().unwrap_or_else(unknown);
            self.look_instead(ground, &Refusal::System(trouble));
        }
    }

    /// The system may tell of changes again.
    pub fn watch_again(&mut self, ground: &mut Ground) {
        if !self.is_looked_at() || filesystem::silent(&self.root).is_some() {
            return;
        }
        self.looked_at = None;
        for path in self.known.below(Path::new("")) {
            self.renew_watch(ground, &path);
            if self.is_looked_at() {
                return;
            }
        }
        self.survey_soon();
    }
}

fn hash(path: &Path) -> u64 {
    xxhash_rust::xxh3::xxh3_64(path.as_os_str().as_encoded_bytes())
}
