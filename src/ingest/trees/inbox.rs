//! What waits for the thread: each changed path once, however often it was told, and what hooks ask for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::EventKind;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};

use super::dirty::{Heard, Moment};
use crate::clock::Clock;

/// More paths than this are not told one by one: everything is looked at instead.
const MOST_PATHS: usize = 32 * 1024;
/// Hooks name their tree with every call.
const SEEN_AGAIN: Duration = Duration::from_secs(1);
/// Trees and files that may be asked for between two looks.
const MOST_ASKED: usize = 4096;

pub(super) struct Inbox {
    clock: Clock,
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Default)]
struct Waiting {
    mail: Mail,
    #[cfg(test)]
    deaf: bool,
    seen: HashMap<PathBuf, Instant>,
    /// Touched paths can wait for the deadline.
    patient: bool,
}

/// All that came since the last look.
#[derive(Default)]
pub(super) struct Mail {
    pub touched: HashMap<PathBuf, Heard>,
    pub seen: Vec<PathBuf>,
    pub minded: Vec<PathBuf>,
    /// Changes were lost: more came than could be told.
    pub overflows: u64,
    /// The watcher failed, and why.
    pub trouble: Option<String>,
    pub stop: bool,
}

impl Mail {
    fn is_urgent(&self) -> bool {
        !self.seen.is_empty() || !self.minded.is_empty() || self.overflows > 0 || self.trouble.is_some() || self.stop
    }
}

impl Inbox {
    pub fn new(clock: Clock) -> Self {
        Self { clock, waiting: Mutex::default(), filled: Condvar::new() }
    }

    /// Called by the watcher, on its own thread.
    pub fn heard(&self, event: notify::Result<notify::Event>) {
        let event = match event {
            Ok(event) if event.need_rescan() => return self.put(|waiting| waiting.mail.overflows += 1),
            Ok(event) => event,
            Err(error) => return self.put(|waiting| waiting.mail.trouble = Some(error.to_string())),
        };
        let moved = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Create(CreateKind::File)
            | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => false,
            // Somebody reads, ourselves for one; and both halves of a move were told before.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return,
            _ => true,
        };
        let now = Heard::at(Moment { at: Instant::now(), ms: self.clock.now_ms() }, moved);
        self.put(|waiting| {
            for path in event.paths {
                waiting.touch(path, now);
            }
        });
    }

    pub fn seen(&self, root: &Path) {
        self.put(|waiting| {
            let now = Instant::now();
            if waiting.seen.get(root).is_some_and(|at| now.duration_since(*at) < SEEN_AGAIN) {
                return;
            }
            if waiting.seen.len() >= MOST_ASKED {
                waiting.seen.clear();
            }
            waiting.seen.insert(root.to_owned(), now);
            waiting.mail.seen.push(root.to_owned());
        });
    }

    pub fn mind(&self, path: &Path) {
        self.put(|waiting| {
            if waiting.mail.minded.len() < MOST_ASKED {
                waiting.mail.minded.push(path.to_owned());
            }
        });
    }

    /// Whatever is told while this is done, is lost.
    #[cfg(test)]
    pub fn heard_nothing_of(&self, deed: impl FnOnce()) {
        self.put(|waiting| waiting.deaf = true);
        deed();
        self.put(|waiting| waiting.deaf = false);
    }

    pub fn stop(&self) {
        self.put(|waiting| waiting.mail.stop = true);
    }

    fn put(&self, change: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.lock();
        change(&mut waiting);
        if waiting.is_ready() {
            self.filled.notify_one();
        }
    }

    /// What has come, or nothing at `deadline`. With `patience` touched paths alone end no waiting.
    pub fn take(&self, deadline: Instant, patience: bool) -> Mail {
        let mut waiting = self.lock();
        waiting.patient = patience;
        while !waiting.is_ready() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            waiting = self.filled.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut waiting.mail)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_ready(&self) -> bool {
        self.mail.is_urgent() || !self.patient && !self.mail.touched.is_empty()
    }

    fn touch(&mut self, path: PathBuf, heard: Heard) {
        #[cfg(test)]
        if self.deaf {
            return;
        }
        let touched = &mut self.mail.touched;
        touched.entry(path).and_modify(|known| *known = known.and(heard)).or_insert(heard);
        if touched.len() > MOST_PATHS {
            self.mail.touched = HashMap::new();
            self.mail.overflows += 1;
        }
    }
}
