//! Which file is read when and by whom, and what happens to one that could not be.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Pace;
use super::background::Background;
use super::inbox::Inbox;
use super::ledger::{Ledger, Seen};
use super::plan::AWAKE_MS;
use super::queues::{Backlog, Backoff, Later};
use super::read::{End, Hand, Job, Known, Lane, Outcome, Shared};
use crate::adapters::Adapter;
use crate::ingest::source::{ABANDONED_MS, Stamp};
use crate::model::Millis;
use crate::store::{SourcePosition, StoreError};

/// The position of a file written to so lately is kept at hand.
const AT_HAND_MS: Millis = 2 * 24 * 60 * 60 * 1000;
/// Positions at hand; the store has the others.
const AT_HAND: usize = 1024;
/// Read at once; more is left to the second thread.
const SMALL: i64 = 1024 * 1024;
/// A half line longer than this is not read again with each piece that it grows by.
const LONG_HALF: i64 = 256 * 1024;
/// Paths that could not be read and were counted.
const CLOSED: usize = 1024;

/// Why a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Something was written to it now.
    Live,
    /// It was found to be unread.
    Found,
    /// Even if it has not changed.
    Anyway,
}

/// A file that is, or lately was, written to.
#[derive(Default)]
struct Followed {
    modified: Millis,
    position: Option<SourcePosition>,
    /// The second thread has it.
    away: bool,
    /// Changed meanwhile.
    again: bool,
    /// Reading it ended in a fault of ours when it was like this.
    aside: Option<Stamp>,
    backoff: Backoff,
    /// Not read again before.
    rest: Option<Instant>,
    /// Ends in half a line that nobody will finish after this.
    abandoned_at: Option<Millis>,
    /// Its surroundings are in view.
    awake: bool,
}

impl Followed {
    fn waits(&self, now: Instant) -> bool {
        self.backoff.until(now).is_some() || self.rest.is_some_and(|until| until > now)
    }
}

pub(super) struct Desk {
    shared: Arc<Shared>,
    pub ledger: Arc<Ledger>,
    pace: Pace,
    hand: Hand,
    pub background: Background,
    files: HashMap<PathBuf, Followed>,
    backlog: Backlog,
    pub later: Later,
    /// The store takes nothing for a while.
    store: Backoff,
    store_problem: Option<StoreError>,
    closed: HashSet<PathBuf>,
    /// Files that somebody has begun to write to: their surroundings have to come into view.
    pub woken: Vec<PathBuf>,
    /// The writer has gone.
    pub over: bool,
}

impl Desk {
    pub fn new(shared: &Arc<Shared>, inbox: &Arc<Inbox>, pace: Pace) -> io::Result<Self> {
        let ledger = Arc::default();
        Ok(Self {
            shared: Arc::clone(shared),
            background: Background::start(shared, &ledger, inbox)?,
            ledger,
            pace,
            hand: Hand::new(Arc::clone(shared), Lane::Live),
            files: HashMap::new(),
            backlog: Backlog::default(),
            later: Later::default(),
            store: Backoff::default(),
            store_problem: None,
            closed: HashSet::new(),
            woken: Vec::new(),
            over: false,
        })
    }

    /// Reads the file now or has it read, unless there is nothing new in it.
    pub fn consider(&mut self, adapter: &'static dyn Adapter, path: &Path, stamp: Stamp, why: Why) {
        let now = Instant::now();
        let unread = why == Why::Anyway || !self.ledger.is_read(path, stamp);
        if let Some(file) = self.files.get_mut(path) {
            file.modified = stamp.modified_ms();
            if file.away {
                file.again |= unread;
                return;
            }
            if file.aside == Some(stamp) || file.waits(now) {
                return;
            }
        }
        if !unread || self.over {
            return;
        }
        if why == Why::Found {
            self.backlog.push(adapter, path.to_owned());
        } else if let Some(until) = self.store.until(now) {
            self.later.put(until, path);
        } else if self.left(path, stamp) > SMALL {
            self.backlog.push_first(adapter, path.to_owned());
        } else {
            self.backlog.remove(path);
            let job = self.job(adapter, path, stamp);
            let unsettled = self.hand.read(job);
            let outcome = self.hand.settle(unsettled);
            self.settle(outcome);
        }
    }

    /// Bytes to read, as far as can be told without opening the file.
    fn left(&self, path: &Path, stamp: Stamp) -> i64 {
        if stamp.size <= SMALL {
            return stamp.size;
        }
        let at_hand = self.files.get(path).and_then(|file| file.position.as_ref()).map(|p| p.offset);
        let read = at_hand.unwrap_or_else(|| {
            if self.ledger.seen(path) == Seen::Unknown
                && let Ok(position) = self.shared.position(path)
            {
                self.ledger.note(path, position.as_ref());
            }
            match self.ledger.seen(path) {
                Seen::ReadTo(offset) => offset,
                Seen::Unknown | Seen::Nothing => 0,
            }
        });
        if read > stamp.size { stamp.size } else { stamp.size - read }
    }

    fn job(&mut self, adapter: &'static dyn Adapter, path: &Path, stamp: Stamp) -> Job {
        let at_hand = self.files.get_mut(path).and_then(|file| file.position.take());
        let known = match (at_hand, self.ledger.seen(path)) {
            (Some(position), _) => Known::At(Box::new(position)),
            (None, Seen::Nothing) => Known::Nothing,
            (None, _) => Known::Ask,
        };
        Job { adapter, path: path.to_owned(), stamp, known }
    }

    /// Gives the second thread what waits for it.
    pub fn send_on(&mut self) {
        while self.background.has_room() && !self.over && self.store.until(Instant::now()).is_none() {
            let Some((adapter, path)) = self.backlog.pop() else { return };
            let Some(metadata) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) else { continue };
            let stamp = Stamp::of_source(adapter, &path, &metadata);
            let file = self.files.entry(path.clone()).or_default();
            file.modified = stamp.modified_ms();
            if file.away {
                file.again = true;
            } else if file.aside != Some(stamp) && !file.waits(Instant::now()) {
                file.away = true;
                let job = self.job(adapter, &path, stamp);
                self.background.read(job);
            }
        }
    }

    /// Takes note of how a reading ended.
    pub fn settle(&mut self, outcome: Outcome) {
        let Outcome { adapter, path, stamp, position, end, took } = outcome;
        let now = Instant::now();
        let file = self.files.entry(path.clone()).or_default();
        file.modified = stamp.modified_ms();
        file.away = false;
        let again = std::mem::take(&mut file.again);
        if let Some(position) = position {
            self.ledger.note(&path, Some(&position));
            file.position = Some(position);
        }
        match end {
            End::Read => self.went_well(&path, took),
            // Unless it came back meanwhile.
            End::Gone => drop(self.files.remove(&path)),
            End::Closed(error) => {
                if error.kind() == io::ErrorKind::WouldBlock {
                    let Pace { first_wait, last_wait, .. } = self.pace;
                    self.later.put(file.backoff.failed(now, first_wait, last_wait), &path);
                }
                let counted = self.closed.contains(&path) || self.closed.len() >= CLOSED;
                if !counted && self.shared.note_closed(adapter, &path, &error).is_ok() {
                    self.closed.insert(path.clone());
                }
            }
            End::Refused(StoreError::WriterGone) => self.over = true,
            End::Fault | End::Refused(StoreError::Panicked) => {
                self.shared.failed();
                file.aside = Some(stamp);
            }
            End::Refused(error) => {
                self.shared.failed();
                let Pace { first_wait, last_wait, .. } = self.pace;
                let until = file.backoff.failed(now, first_wait, last_wait);
                self.store.failed(now, first_wait, last_wait);
                self.later.put(until, &path);
                self.store_problem = Some(error);
            }
            End::Stopped => {}
        }
        if again && let Some(metadata) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) {
            self.consider(adapter, &path, Stamp::of_source(adapter, &path, &metadata), Why::Live);
        }
    }

    fn went_well(&mut self, path: &Path, took: Duration) {
        self.store.went_well();
        self.store_problem = None;
        self.closed.remove(path);
        let now = self.shared.clock.now_ms();
        let Some(file) = self.files.get_mut(path) else { return };
        file.backoff.went_well();
        file.aside = None;
        file.rest = None;
        let half = file.position.as_ref().map_or(0, |p| p.size - p.offset);
        let abandoned_at = file.modified + ABANDONED_MS + 1;
        file.abandoned_at = (half > 0 && now < abandoned_at).then_some(abandoned_at);
        if half > LONG_HALF {
            let until = Instant::now() + (4 * took).min(Duration::from_secs(1));
            file.rest = Some(until);
            self.later.put(until, path);
        }
        if now - file.modified > AT_HAND_MS {
            self.files.remove(path);
        } else if now - file.modified < AWAKE_MS && !std::mem::replace(&mut file.awake, true) {
            self.woken.push(path.to_owned());
        }
        if self.files.len() > AT_HAND {
            self.put_down();
        }
    }

    /// Leaves the positions longest out of use to the store.
    fn put_down(&mut self) {
        let mut ages: Vec<Millis> = self.files.values().map(|file| file.modified).collect();
        ages.sort_unstable();
        let oldest = ages[ages.len() / 4];
        self.files.retain(|_, file| file.away || file.aside.is_some() || file.modified > oldest);
    }

    /// Once in a while: forgets who was silent for long. Gives the files whose half lines will not be finished.
    pub fn tidy(&mut self, now: Millis) -> Vec<PathBuf> {
        if self.later.next().is_none() {
            // Whatever the store refused was read since, or has gone.
            self.store_problem = None;
        }
        self.files.retain(|_, file| file.away || file.aside.is_some() || now - file.modified < AT_HAND_MS);
        let mut abandoned = Vec::new();
        for (path, file) in &mut self.files {
            file.awake &= now - file.modified < AWAKE_MS;
            if file.abandoned_at.is_some_and(|at| at <= now) {
                file.abandoned_at = None;
                abandoned.push(path.clone());
            }
        }
        self.hand.forget_projects();
        abandoned
    }

    /// Somebody else has seen that the file was written to.
    pub fn follow(&mut self, path: PathBuf, stamp: Stamp) {
        self.files.entry(path).or_default().modified = stamp.modified_ms();
    }

    pub fn forget(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// Files written to since then, except those that are being read.
    pub fn active(&self, since: Millis) -> Vec<PathBuf> {
        let active = self.files.iter().filter(|(_, file)| file.modified > since && !file.away);
        active.map(|(path, _)| path.clone()).collect()
    }

    /// All that was found has been read.
    pub fn is_idle(&self) -> bool {
        self.backlog.is_empty() && self.background.is_idle() && self.store_problem.is_none()
    }

    /// When files that wait can go on, where that is not told by a change.
    pub fn next(&self) -> Option<Instant> {
        let store = self.store.until(Instant::now()).filter(|_| !self.backlog.is_empty());
        [store, self.later.next()].into_iter().flatten().min()
    }

    pub fn followed(&self) -> usize {
        self.files.len()
    }

    pub fn waiting(&self) -> usize {
        self.backlog.len()
    }

    pub fn problems(&self) -> impl Iterator<Item = String> {
        let store = self.store_problem.as_ref().map(|error| format!("what was read could not be stored: {error}"));
        let aside = self.files.values().filter(|file| file.aside.is_some()).count();
        let aside = (aside > 0).then(|| {
            let files = if aside == 1 { "1 transcript".to_owned() } else { format!("{aside} transcripts") };
            format!("{files} could not be read through a fault of tma1's own")
        });
        store.into_iter().chain(aside)
    }
}
