//! One working tree: taken in piece by piece, then kept in view, each piece of work in its turn.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::dirty::{Dirty, Heard, Hold};
use super::filesystem;
use super::keeper::Ground;
use super::knowing::Knowing;
use super::noise;
use super::rules::{Excludes, Rules};
use super::snapshot::Snapshot;
use super::survey::Surveys;
use super::{FileEvent, RootState};

/// A piece of work; whoever else waits has his turn after it.
pub(super) const PIECE: Duration = Duration::from_millis(10);
/// More dirty paths than this are found again by looking at everything.
const MOST_DIRTY: usize = 64 * 1024;

pub(super) struct Tree {
    pub root: PathBuf,
    pub last_seen: Instant,
    /// The root is not there any more.
    pub gone: bool,
    pub(super) known: Snapshot,
    pub(super) excludes: Excludes,
    /// The rules outside the tree.
    pub(super) base: Arc<Rules>,
    /// Paths that somebody asked for, whatever the rules say.
    pub(super) minded: BTreeSet<PathBuf>,
    pub(super) dirty: Dirty,
    hold: Hold,
    look_again: Option<Instant>,
    pub(super) unwalked: Vec<(PathBuf, Arc<Rules>)>,
    pub(super) knowing: Option<Knowing>,
    pub(super) surveys: Surveys,
    pub(super) next_minded: Option<Instant>,
    pub(super) watched: usize,
    /// Why it is looked at, if the system does not tell of its changes.
    pub(super) looked_at: Option<String>,
    pub(super) too_large: bool,
}

/// What a path is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Plain,
    /// Ignored, but asked for.
    Minded,
    Nothing,
}

impl Tree {
    pub fn new(root: &Path, ground: &mut Ground) -> Self {
        let mut excludes = Excludes::new(root, &ground.home);
        let base = excludes.rules();
        let now = ground.now();
        let silent = filesystem::silent(root).map(|name| format!("its file system ({name}) does not tell of changes"));
        let refused = || ground.watches.trouble().filter(|_| ground.watches.has_failed()).map(ToString::to_string);
        Self {
            root: root.to_owned(),
            last_seen: now.at,
            gone: false,
            known: Snapshot::default(),
            excludes,
            unwalked: vec![(PathBuf::new(), Arc::clone(&base))],
            base,
            minded: BTreeSet::new(),
            dirty: Dirty::default(),
            hold: Hold::default(),
            look_again: None,
            knowing: None,
            surveys: Surveys::new(now),
            next_minded: None,
            watched: 0,
            looked_at: silent.or_else(refused),
            too_large: false,
        }
    }

    pub fn state(&self) -> RootState {
        let looked_at = self.looked_at.as_ref().map(|why| format!("{why}; this tree is looked at instead"));
        let too_large = "it has too many files; some of them are not known";
        RootState {
            root: self.root.clone(),
            directories: self.known.dirs(),
            files: self.known.files(),
            attached: self.is_attached(),
            known: self.is_attached() && self.knowing.is_none(),
            looked_at: looked_at.is_some(),
            problem: looked_at.or_else(|| self.too_large.then(|| too_large.to_owned())),
        }
    }

    // Its turns.

    /// When it has something to do.
    pub fn next(&self, ground: &Ground) -> Option<Instant> {
        if !self.is_attached() || self.surveys.under_way.is_some() {
            return Some(Instant::now());
        }
        let settle = self.dirty.due(&ground.pace).map(|due| self.look_again.map_or(due, |again| again.max(due)));
        let knowing = self.knowing.as_ref().map(|knowing| knowing.next);
        let survey = (!self.must_settle_first()).then_some(self.surveys.next);
        let released = Some(self.last_seen + ground.pace.idle);
        [settle, knowing, self.next_minded, survey, released].into_iter().flatten().min()
    }

    /// All that was there at the beginning is known.
    fn is_attached(&self) -> bool {
        self.unwalked.is_empty()
    }

    fn must_settle_first(&self) -> bool {
        self.surveys.settle_first && !self.dirty.is_empty()
    }

    /// Something is to be settled soon, so that further events need wake nobody.
    pub fn is_settling(&self) -> bool {
        self.is_attached() && !self.dirty.is_empty()
    }

    /// One piece of work, and the changes that it has made sure of.
    pub fn work(&mut self, ground: &mut Ground) -> Vec<FileEvent> {
        let now = Instant::now();
        if !self.is_attached() {
            self.take_in(ground, now + PIECE);
            return Vec::new();
        }
        if self.surveys.under_way.is_none() && self.surveys.next <= now && !self.must_settle_first() {
            self.begin_survey(ground);
        }
        if self.surveys.under_way.is_some() {
            self.survey_on(ground, now + PIECE);
            return Vec::new();
        }
        if self.next_minded.is_some_and(|at| at <= now) {
            self.look_for_minded(ground);
        }
        if self.knowing.as_ref().is_some_and(|knowing| knowing.next <= now) {
            self.know_more(ground);
        }
        let rests = self.dirty.due(&ground.pace).is_some_and(|due| due <= now);
        if !rests || self.look_again.is_some_and(|at| at > now) {
            return Vec::new();
        }
        let locked = self.excludes.repository().is_some_and(|repository| repository.lock().exists());
        self.look_again = self.hold.until(locked, self.dirty.last(), now, &ground.pace);
        if self.look_again.is_some() {
            if !locked {
                // So that all that git did comes at once.
                self.dirty.begin_anew(now);
            }
            return Vec::new();
        }
        self.surveys.settle_first = false;
        self.settle(ground, now)
    }

    /// Something was heard of `path`.
    pub fn touch(&mut self, path: &Path, heard: Heard) {
        if self.dirty.len() >= MOST_DIRTY {
            self.survey_soon();
        } else if !self.is_attached() || self.concerns(path) {
            self.dirty.touch(path, heard);
        }
    }

    /// Whether it could be something to us.
    fn concerns(&self, path: &Path) -> bool {
        let Some(parent) = path.parent() else { return true };
        let is_something = |is_dir| self.class(path, is_dir) != Class::Nothing;
        self.known.dir(path).is_some()
            || self.known.dir(parent).is_some()
                && (is_something(false) || is_something(true) || path.file_name().is_some_and(|name| name == ".git"))
    }

    /// What `path` is, if the directory that it lies in is known.
    pub fn class(&self, path: &Path, is_dir: bool) -> Class {
        let dir = path.parent().and_then(|parent| self.known.dir(parent));
        dir.map_or(Class::Nothing, |dir| self.class_by(&dir.rules, dir.narrow, path, is_dir))
    }

    pub fn class_by(&self, rules: &Rules, narrow: bool, path: &Path, is_dir: bool) -> Class {
        let Some(name) = path.file_name().filter(|name| *name != ".git") else { return Class::Nothing };
        let noise = !is_dir && noise::is_noise(name);
        if !narrow && !noise && !rules.ignores(path, is_dir) {
            Class::Plain
        } else if !is_dir && self.minded.contains(path) {
            Class::Minded
        } else {
            Class::Nothing
        }
    }
}
