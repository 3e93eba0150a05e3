//! Follows agents' transcripts while they are written: a line is stored a moment after it was appended.
//!
//! Two threads. One hears of changes (from the system, from hooks, by looking) and reads what is small at once. The
//! other lists everything now and then and reads what is large, so that neither a long file nor a slow disk keeps
//! a running agent's lines waiting. No file stays open; between two readings there is only a position.

mod background;
mod desk;
mod follow;
mod inbox;
mod ledger;
mod listing;
mod plan;
mod queues;
mod read;
mod sources;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use self::follow::Follow;
use self::inbox::Inbox;
use crate::adapters::Places;
use crate::clock::Clock;
use crate::model::{Agent, SessionId};
use crate::redact::Redactor;
use crate::store::WriterHandle;

/// Told after each commit, on a thread of the tail: whoever listens must be quick.
pub type Committed = Box<dyn Fn(&TailNews) + Send + Sync>;

pub struct TailSetup {
    pub places: Places,
    pub clock: Clock,
    pub redactor: Redactor,
    pub writer: WriterHandle,
    pub committed: Committed,
}

/// What was committed of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailNews {
    pub agent: Agent,
    pub path: PathBuf,
    /// Sessions that something was said of.
    pub sessions: Vec<SessionId>,
    pub records: u64,
    /// Bytes of the file that are stored now.
    pub read_to: u64,
}

/// How following is going.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TailCounters {
    /// Directories that the system tells of.
    pub watched_dirs: usize,
    pub followed_files: usize,
    /// Files that wait to be read.
    pub waiting_files: usize,
    /// All that there was at the start has been read.
    pub caught_up: bool,
    /// Listings of everything after the first.
    pub rescans: u64,
    /// Times that changes came faster than they could be told.
    pub overflows: u64,
    /// Commits that failed, and readings that ended in a fault of ours.
    pub failures: u64,
    /// The system tells of nothing: files are looked at instead.
    pub polling: bool,
    /// What is wrong now, a sentence each.
    pub problems: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TailError {
    #[error("no thread to follow transcripts with: {0}")]
    Thread(#[from] io::Error),
}

/// Follows until it is stopped or dropped.
pub struct Tail {
    handle: TailHandle,
    halt: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Talks to a [`Tail`] from any thread.
#[derive(Clone)]
pub struct TailHandle {
    inbox: Arc<Inbox>,
    counters: Arc<Mutex<TailCounters>>,
}

/// How often things are looked at, and how many are watched.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Between two looks at active files of which the system tells nothing.
    poll: Duration,
    /// The same for files of which it does: it may be silent where it should not.
    safety: Duration,
    /// Between two listings of everything.
    listing: Duration,
    /// Whatever is done by the clock takes at most one part in this many of a core.
    share: u32,
    /// Between two notes that all is read.
    mark: Duration,
    /// The first wait after a failed commit; doubled up to the last.
    first_wait: Duration,
    last_wait: Duration,
    /// Directories below the roots that are watched.
    dirs: usize,
    /// Whether the system is asked to tell of changes.
    events: bool,
}

impl Pace {
    const LIVE: Self = Self {
        poll: Duration::from_secs(1),
        safety: Duration::from_secs(10),
        listing: Duration::from_mins(1),
        share: 500,
        mark: Duration::from_mins(1),
        first_wait: Duration::from_secs(1),
        last_wait: Duration::from_secs(30),
        dirs: 2048,
        events: true,
    };
}

impl Tail {
    /// Reads what is new in all agents' histories, then follows them.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(setup: TailSetup) -> Result<Self, TailError> {
        Self::start_at(setup, Pace::LIVE)
    }

    fn start_at(setup: TailSetup, pace: Pace) -> Result<Self, TailError> {
        let halt = Arc::new(AtomicBool::new(false));
        let handle = TailHandle { inbox: Arc::default(), counters: Arc::default() };
        let follow = Follow::new(setup, pace, &handle, &halt)?;
        let thread = std::thread::Builder::new().name("tma1 tail".to_owned()).spawn(move || follow.run())?;
        Ok(Self { handle, halt, thread: Some(thread) })
    }

    pub fn handle(&self) -> TailHandle {
        self.handle.clone()
    }

    /// Ends after the piece in hand; what was read is committed, what was not is found by the next start.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.halt.store(true, Ordering::Relaxed);
        self.handle.inbox.stop();
        if let Some(thread) = self.thread.take() {
            // Its faults were contained and counted where they happened.
            let _ = thread.join();
        }
    }
}

impl TailHandle {
    /// A hook named this transcript: it is read now and followed from now on, wherever it lies.
    pub fn look_at(&self, agent: Agent, path: PathBuf) {
        self.inbox.named(agent, path);
    }

    /// Lists everything again.
    pub fn look_everywhere(&self) {
        self.inbox.everything();
    }

    pub fn counters(&self) -> TailCounters {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
