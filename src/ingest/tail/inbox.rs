//! What waits for the following thread: each changed path once, however often it was told.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::EventKind;
use notify::event::{ModifyKind, RenameMode};

use super::background::Report;
use crate::model::Agent;

/// More paths than this are not told one by one: everything is listed instead.
const MOST_PATHS: usize = 8192;
/// Hooks name their transcript with every call; once it is followed that says nothing new.
const NAMED_AGAIN: Duration = Duration::from_secs(1);
const MOST_NAMES: usize = 1024;

#[derive(Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Default)]
struct Waiting {
    mail: Mail,
    /// Hashes of the paths in `mail`.
    touched: HashSet<u64>,
    /// When a path was named last, by its hash.
    named: HashMap<u64, Instant>,
}

/// All that came since the last look.
#[derive(Default)]
pub(super) struct Mail {
    pub touched: Vec<PathBuf>,
    /// Removed or moved away; something else may be there by now.
    pub gone: Vec<PathBuf>,
    pub named: Vec<(Agent, PathBuf)>,
    pub reports: Vec<Report>,
    /// Changes were lost: more came than could be told.
    pub overflows: u64,
    /// The watcher failed, and why.
    pub trouble: Option<String>,
    pub everything: bool,
    pub stop: bool,
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.touched.is_empty()
            && self.gone.is_empty()
            && self.named.is_empty()
            && self.reports.is_empty()
            && self.overflows == 0
            && self.trouble.is_none()
            && !self.everything
            && !self.stop
    }
}

impl Inbox {
    /// Called by the watcher, on its own thread.
    pub fn heard(&self, event: notify::Result<notify::Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.put(|waiting| waiting.mail.overflows += 1),
            // Somebody reads, ourselves for one.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(event) => {
                let gone =
                    matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)));
                self.put(|waiting| {
                    for path in event.paths {
                        if gone {
                            waiting.mail.gone.push(path.clone());
                        }
                        waiting.touch(path);
                    }
                });
            }
            Err(error) => self.put(|waiting| waiting.mail.trouble = Some(error.to_string())),
        }
    }

    pub fn named(&self, agent: Agent, path: PathBuf) {
        self.put(|waiting| {
            let now = Instant::now();
            if waiting.named.len() >= MOST_NAMES {
                waiting.named.retain(|_, at| now.duration_since(*at) < NAMED_AGAIN);
            }
            let lately = waiting.named.get(&hash(&path)).is_some_and(|at| now.duration_since(*at) < NAMED_AGAIN);
            if !lately && waiting.named.len() < MOST_NAMES {
                waiting.named.insert(hash(&path), now);
                waiting.mail.named.push((agent, path));
            }
        });
    }

    pub fn report(&self, report: Report) {
        self.put(|waiting| waiting.mail.reports.push(report));
    }

    pub fn everything(&self) {
        self.put(|waiting| waiting.mail.everything = true);
    }

    pub fn stop(&self) {
        self.put(|waiting| waiting.mail.stop = true);
    }

    fn put(&self, change: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.lock();
        change(&mut waiting);
        if !waiting.mail.is_empty() {
            self.filled.notify_one();
        }
    }

    /// What has come, or nothing at `deadline`.
    pub fn take(&self, deadline: Instant) -> Mail {
        let mut waiting = self.lock();
        while waiting.mail.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            waiting = self.filled.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        waiting.touched.clear();
        waiting.touched.shrink_to(64);
        std::mem::take(&mut waiting.mail)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn touch(&mut self, path: PathBuf) {
        if !self.touched.insert(hash(&path)) {
            return;
        }
        self.mail.touched.push(path);
        if self.touched.len().max(self.mail.gone.len()) > MOST_PATHS {
            self.touched.clear();
            self.mail.touched = Vec::new();
            self.mail.gone = Vec::new();
            self.mail.overflows += 1;
        }
    }
}

/// Stands for a path where only sameness counts.
pub(super) fn hash(path: &Path) -> u64 {
    xxhash_rust::xxh3::xxh3_64(path.as_os_str().as_encoded_bytes())
}
