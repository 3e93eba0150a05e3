//! What was read of every file there is, in as little memory as tells whether one has changed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::inbox::hash;
use crate::ingest::source::Stamp;
use crate::store::SourcePosition;

/// What is known without asking the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The store may know.
    Unknown,
    /// The store has nothing of it.
    Nothing,
    ReadTo(i64),
}

#[derive(Clone, Copy)]
struct Mark {
    inode: i64,
    size: i64,
    mtime_ns: i64,
    /// `None`: nothing is stored.
    offset: Option<i64>,
    /// The listing that met it last.
    round: u32,
}

#[derive(Default)]
struct Marks {
    by_path: HashMap<u64, Mark>,
    round: u32,
}

/// Shared by both threads.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Marks>);

impl Ledger {
    /// Whether all of the file was read as it is now.
    pub fn is_read(&self, path: &Path, stamp: Stamp) -> bool {
        let mut marks = self.lock();
        let round = marks.round;
        let Some(mark) = marks.by_path.get_mut(&hash(path)) else { return false };
        mark.round = round;
        mark.offset.is_some() && (mark.inode, mark.size, mark.mtime_ns) == (stamp.inode, stamp.size, stamp.mtime_ns)
    }

    pub fn seen(&self, path: &Path) -> Seen {
        match self.lock().by_path.get(&hash(path)) {
            None => Seen::Unknown,
            Some(Mark { offset: None, .. }) => Seen::Nothing,
            Some(Mark { offset: Some(offset), .. }) => Seen::ReadTo(*offset),
        }
    }

    /// What the store holds of the file.
    pub fn note(&self, path: &Path, position: Option<&SourcePosition>) {
        let mut marks = self.lock();
        let round = marks.round;
        let mark = match position {
            Some(p) => Mark { inode: p.inode, size: p.size, mtime_ns: p.mtime_ns, offset: Some(p.offset), round },
            None => Mark { inode: 0, size: 0, mtime_ns: 0, offset: None, round },
        };
        marks.by_path.insert(hash(path), mark);
    }

    pub fn begin_listing(&self) {
        self.lock().round += 1;
    }

    /// Forgets what the listing did not meet: of files that come back the store knows more.
    pub fn end_listing(&self) {
        let mut marks = self.lock();
        let round = marks.round;
        marks.by_path.retain(|_, mark| mark.round == round);
        let roomy = marks.by_path.capacity() > 4 * marks.by_path.len() + 1024;
        if roomy {
            marks.by_path.shrink_to_fit();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
