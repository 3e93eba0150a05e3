//! What waits: files for the second thread, files for a later moment, everything for the store to recover.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::inbox::hash;
use crate::adapters::Adapter;

/// Files to be read by the second thread, each once.
#[derive(Default)]
pub(super) struct Backlog {
    order: VecDeque<(&'static dyn Adapter, PathBuf)>,
    /// Hashes of the paths that still count.
    waiting: HashSet<u64>,
    /// Hashes of those that were put ahead.
    ahead: HashSet<u64>,
}

impl Backlog {
    pub fn push(&mut self, adapter: &'static dyn Adapter, path: PathBuf) {
        if self.waiting.insert(hash(&path)) {
            self.order.push_back((adapter, path));
        }
    }

    /// Ahead of all others, also if it waits already.
    pub fn push_first(&mut self, adapter: &'static dyn Adapter, path: PathBuf) {
        self.waiting.insert(hash(&path));
        if self.ahead.insert(hash(&path)) {
            self.order.push_front((adapter, path));
        }
    }

    pub fn remove(&mut self, path: &Path) {
        self.waiting.remove(&hash(path));
        self.ahead.remove(&hash(path));
    }

    pub fn pop(&mut self) -> Option<(&'static dyn Adapter, PathBuf)> {
        while let Some((adapter, path)) = self.order.pop_front() {
            self.ahead.remove(&hash(&path));
            if self.waiting.remove(&hash(&path)) {
                return Some((adapter, path));
            }
        }
        self.order.shrink_to_fit();
        None
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Files to be looked at again at some moment.
#[derive(Default)]
pub(super) struct Later(BTreeSet<(Instant, PathBuf)>);

impl Later {
    pub fn put(&mut self, at: Instant, path: &Path) {
        self.0.insert((at, path.to_owned()));
    }

    pub fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    pub fn due(&mut self, now: Instant) -> Vec<PathBuf> {
        let mut due = Vec::new();
        while self.next().is_some_and(|at| at <= now) {
            due.extend(self.0.pop_first().map(|(_, path)| path));
        }
        due
    }
}

/// Waits that grow from failure to failure.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    wait: Option<Duration>,
    until: Option<Instant>,
}

impl Backoff {
    pub fn failed(&mut self, now: Instant, first: Duration, last: Duration) -> Instant {
        // Failures of what was on its way together count once.
        if let Some(until) = self.until.filter(|until| *until > now) {
            return until;
        }
        let wait = self.wait.map_or(first, |wait| (wait * 2).min(last));
        self.wait = Some(wait);
        let until = now + wait;
        self.until = Some(until);
        until
    }

    pub fn went_well(&mut self) {
        *self = Self::default();
    }

    pub fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }
}
