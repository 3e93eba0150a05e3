//! What really changed in the files of the trees that agents work in: told once it has settled, and by content.
//!
//! One thread. It hears of paths from the system (or finds them by looking, where the system tells of nothing), lets
//! them come to rest, and compares what is there with what it knew: a touch, a change of rights, a save of the same
//! text are nothing, a file put in another's place is one change. What it knows is small: names, stamps and a hash.

mod content;
mod dirty;
mod filesystem;
mod inbox;
mod judge;
mod keeper;
mod knowing;
mod look;
mod mind;
mod noise;
mod reload;
mod rules;
mod snapshot;
mod survey;
#[cfg(test)]
mod tests;
mod tree;
mod walk;
mod watches;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use self::inbox::Inbox;
use self::keeper::Keeper;
use crate::clock::Clock;
use crate::model::Millis;

/// A change of a file's content, settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEvent {
    /// Below the root as it was given.
    pub path: PathBuf,
    pub change: Change,
    /// The best estimate of when it happened.
    pub at: Millis,
    /// The file itself says when; else it is when it was noticed.
    pub exact: bool,
    /// Hash of the content that was there; `None`: unknown, too large, or not there.
    pub before: Option<i64>,
    pub after: Option<i64>,
    /// By git's rules; told only of files that somebody asked for.
    pub ignored: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Added,
    Modified,
    Deleted,
    Renamed { from: PathBuf },
}

/// Told of each round's changes in one tree, on the sensor's thread: whoever listens must be quick.
pub type Changed = Box<dyn Fn(&Path, Vec<FileEvent>) + Send + Sync>;

pub struct TreesSetup {
    pub home: PathBuf,
    pub clock: Clock,
    pub changed: Changed,
}

/// How watching is going.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreesCounters {
    pub roots: Vec<RootState>,
    /// Times that changes came faster than they could be told.
    pub overflows: u64,
    /// Faults of ours; each costs a tree until an agent is seen in it again.
    pub failures: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RootState {
    pub root: PathBuf,
    pub directories: usize,
    pub files: usize,
    /// All files are known by name; changes are told from then on.
    pub attached: bool,
    /// Their contents are known too, as far as they will be.
    pub known: bool,
    /// The system does not tell of changes: files are looked at instead.
    pub looked_at: bool,
    pub problem: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TreesError {
    #[error("no thread to watch files with: {0}")]
    Thread(#[from] io::Error),
}

/// Watches until it is stopped or dropped.
pub struct Trees {
    handle: TreesHandle,
    thread: Option<JoinHandle<()>>,
}

/// Talks to [`Trees`] from any thread.
#[derive(Clone)]
pub struct TreesHandle {
    inbox: Arc<Inbox>,
    counters: Arc<Mutex<TreesCounters>>,
}

/// How long things are waited for, and how many are kept.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// A path has come to rest after this, and is waited for no longer than that.
    quiet: Duration,
    latest: Duration,
    /// The same for many paths at once.
    storm: Duration,
    /// The longest wait for git to finish.
    lock: Duration,
    /// Nobody was seen for so long: the tree is released.
    idle: Duration,
    roots: usize,
    /// Watched directories, of one tree and of all.
    dirs_here: usize,
    dirs_in_all: usize,
    /// Files known of one tree.
    files: usize,
    /// Between two looks at a tree of which the system tells nothing; longer for one of more than 5,000 files.
    poll: Duration,
    /// The same for one of which it does: it may be silent where it should not.
    safety: Duration,
    /// Looking takes at most one part in this many of a core.
    share: u32,
    /// Reading contents takes at most one part in this many.
    reading: u32,
    /// Whether the system is asked to tell of changes.
    events: bool,
}

impl Pace {
    const LIVE: Self = Self {
        quiet: Duration::from_millis(60),
        latest: Duration::from_millis(400),
        storm: Duration::from_secs(5),
        lock: Duration::from_secs(3),
        idle: Duration::from_mins(30),
        roots: 16,
        dirs_here: 8192,
        dirs_in_all: 24_000,
        files: 200_000,
        poll: Duration::from_secs(2),
        safety: Duration::from_mins(10),
        share: 100,
        reading: 4,
        events: true,
    };
}

impl Trees {
    /// # Errors
    /// The system has no thread left.
    pub fn start(setup: TreesSetup) -> Result<Self, TreesError> {
        Self::start_at(setup, Pace::LIVE)
    }

    fn start_at(setup: TreesSetup, pace: Pace) -> Result<Self, TreesError> {
        let handle = TreesHandle { inbox: Arc::new(Inbox::new(setup.clock)), counters: Arc::default() };
        let keeper = Keeper::new(setup, pace, &handle);
        let thread = std::thread::Builder::new().name("tma1 trees".to_owned()).spawn(move || keeper.run())?;
        Ok(Self { handle, thread: Some(thread) })
    }

    pub fn handle(&self) -> TreesHandle {
        self.handle.clone()
    }

    /// Ends after the piece in hand.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Trees {
    fn drop(&mut self) {
        self.handle.inbox.stop();
        if let Some(thread) = self.thread.take() {
            // Its faults were contained and counted where they happened.
            let _ = thread.join();
        }
    }
}

impl TreesHandle {
    /// An agent is at work in the working tree with this top directory: it is watched from now on.
    pub fn seen(&self, root: &Path) {
        self.inbox.seen(root);
    }

    /// An agent has seen this file: its content is known from now on, even if git ignores it.
    pub fn mind(&self, path: &Path) {
        self.inbox.mind(path);
    }

    pub fn counters(&self) -> TreesCounters {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
