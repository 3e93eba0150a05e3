//! Events that could not be stored at once, kept in order until they are.
//!
//! Hooks append; the one sidecar takes, stores, then says what it has consumed. A crash in between delivers the same
//! entries again: their ids make that harmless.

mod counters;
mod entry;
mod frame;
mod own;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::paths;
use counters::Counters;
use own::OwnFile;
use shared::{Shared, Stand};

/// Room that the sidecar keeps ahead, so that hooks can spool when the disk is full.
pub const RESERVE: u64 = 8 * 1024 * 1024;

/// How long the reader waits for a hook that holds the file; a stopped one must not hold it up for good.
const READER_WAIT: Duration = Duration::from_secs(1);

/// One hook call, as it is posted to the sidecar and as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// 128 random bits in hexadecimal: the same call, told twice, is one.
    pub id: String,
    /// When the hook ran, UTC milliseconds.
    pub at: i64,
    /// The agent, as the command line or the URL names it.
    pub source: String,
    /// The form of the answer, where one is asked for.
    pub envelope: Option<String>,
    /// The event, where the payload may not name it.
    pub event: Option<String>,
    /// The agent's own process: number and start in the system's unit (0: not told).
    pub process: Option<(u32, u64)>,
    /// Variables of the hook's environment that tell an agent, session or project.
    pub hints: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The form of an answer where none is wanted.
pub const MUTE: &str = "none";

#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("the spool is full: start the sidecar with `tma1 serve`, it stores what waits")]
    Full,
    #[error("the spool is held by another process: try again")]
    Busy,
    #[error("the spool can't be used: {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// What waits, and what went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    pub entries: u64,
    /// Files that hold something waiting.
    pub files: u64,
    pub bytes: u64,
    /// Events that could neither be stored nor kept, ever.
    pub lost: u64,
    /// Places that could not be read, ever.
    pub damaged: u64,
}

/// Entries that wait, oldest first. They wait on until [`Spool::consumed`].
#[derive(Debug, Default)]
pub struct Taken {
    entries: Vec<Entry>,
    /// How far this reaches into the shared file, and how many of the entries are from there.
    stand: Option<Stand>,
    shared: u64,
    files: Vec<PathBuf>,
    damaged: u64,
}

impl Taken {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Nothing was there, not even damage that consuming would clear away.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.damaged == 0
    }
}

/// The spool of one data directory. Holds nothing open, so that it works on whatever is there at the moment.
pub struct Spool {
    dir: PathBuf,
    shared: Shared,
    counters: Counters,
}

impl Spool {
    pub fn new(data_dir: &Path) -> Self {
        let dir = data_dir.join("spool");
        Self { shared: Shared::new(&dir), counters: Counters::new(&dir), dir }
    }

    /// Keeps `entry`, in the shared file if that is free before `deadline`, else in a file of its own.
    ///
    /// # Errors
    /// Nothing of the entry is kept then.
    pub fn append(&self, entry: &Entry, deadline: Instant) -> Result<(), SpoolError> {
        self.make_dir()?;
        let payload = entry::encode(entry);
        if payload.len() > frame::MOST_PAYLOAD {
            return Err(SpoolError::Full);
        }
        match self.shared.append(&payload, deadline) {
            Err(SpoolError::Busy | SpoolError::Io { .. }) => own::write(&self.dir, entry, &payload),
            done => done,
        }
    }

    /// Counts an event that could not be kept, as well as can be.
    pub fn count_lost(&self) {
        if self.make_dir().is_ok() {
            self.counters.add_lost();
        }
    }

    /// Makes room ahead, for the time when the disk is full.
    ///
    /// # Errors
    /// There was no room; what fitted stays.
    pub fn reserve(&self, bytes: u64) -> Result<(), SpoolError> {
        self.make_dir()?;
        self.counters.reserve();
        self.shared.reserve(bytes, reader_deadline())
    }

    /// Whether anything waits. Cheap; when in doubt, yes.
    pub fn pending(&self) -> bool {
        self.shared.is_pending() || own::any(&self.dir)
    }

    /// The oldest entries, up to about `max_bytes` of them and at least one. For one reader at a time.
    ///
    /// # Errors
    /// The spool is held or can't be read; nothing is changed.
    pub fn take(&self, max_bytes: usize) -> Result<Taken, SpoolError> {
        let mut taken = Taken::default();
        if !self.dir.is_dir() {
            return Ok(taken);
        }
        own::tidy(&self.dir, SystemTime::now());
        // Both are looked at while nobody appends: else a session's later event could come without its earlier one.
        let (stand, held) = self.shared.stand(reader_deadline())?;
        let mut files = own::list(&self.dir).into_iter().peekable();
        drop(held);
        let mut frames = Frames::open(&self.shared, stand)?;
        let mut bytes = 0;
        while bytes < max_bytes.max(1) {
            frames.look(&mut taken.damaged)?;
            let of_frame = frames.ahead.as_ref().map(|(entry, _)| entry.at);
            let entry = match (of_frame, files.peek()) {
                (None, None) => break,
                (Some(at), Some(file)) if file.at < at => taken.open(files.next())?,
                (None, Some(_)) => taken.open(files.next())?,
                (Some(_), _) => frames.step().inspect(|_| taken.shared += 1),
            };
            if let Some(entry) = entry {
                bytes += entry.body.len() + 128;
                taken.entries.push(entry);
            }
        }
        taken.stand = Some(frames.stand);
        Ok(taken)
    }

    /// Forgets what was taken: it is stored.
    ///
    /// # Errors
    /// It will be taken again.
    pub fn consumed(&self, taken: Taken) -> Result<(), SpoolError> {
        if let Some(stand) = taken.stand {
            self.shared.forget(stand, taken.shared, reader_deadline())?;
        }
        for path in taken.files {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(SpoolError::Io { path, source });
                }
                _ => {}
            }
        }
        if taken.damaged > 0 {
            self.counters.add_damaged(taken.damaged);
        }
        Ok(())
    }

    pub fn state(&self) -> State {
        let (entries, bytes) = self.shared.waiting();
        let (own, own_bytes) = own::sizes(&self.dir);
        State {
            entries: entries + own as u64,
            files: u64::from(entries > 0) + own as u64,
            bytes: bytes + own_bytes,
            lost: self.counters.lost(),
            damaged: self.counters.damaged(),
        }
    }

    fn make_dir(&self) -> Result<(), SpoolError> {
        if self.dir.is_dir() {
            return Ok(());
        }
        paths::private_dir(&self.dir).map_err(|source| SpoolError::Io { path: self.dir.clone(), source })
    }
}

impl Taken {
    fn open(&mut self, file: Option<OwnFile>) -> Result<Option<Entry>, SpoolError> {
        let Some(file) = file else { return Ok(None) };
        let entry = own::read(&file)?;
        self.damaged += u64::from(entry.is_none());
        self.files.push(file.path);
        Ok(entry)
    }
}

/// Walks over the shared file's frames, one ahead.
struct Frames {
    file: std::fs::File,
    /// Behind what was handed out.
    stand: Stand,
    ahead: Option<(Entry, u64)>,
}

impl Frames {
    fn open(shared: &Shared, stand: Stand) -> Result<Self, SpoolError> {
        Ok(Self { file: shared.open()?, stand, ahead: None })
    }

    /// Makes sure that the next entry, if there is one, is at hand; steps over what is damaged.
    fn look(&mut self, damaged: &mut u64) -> Result<(), SpoolError> {
        let (file, stand) = (&self.file, &mut self.stand);
        let failed = |source| SpoolError::Io { path: PathBuf::from("hooks.spool"), source };
        while self.ahead.is_none() && stand.at < stand.end {
            let frame = frame::frame_at(file, stand.at, stand.end, Some(stand.generation)).map_err(failed)?;
            let Some(frame) = frame else {
                stand.at = frame::next_whole(file, stand.at + 1, stand.end, stand.generation).map_err(failed)?;
                *damaged += 1;
                continue;
            };
            if let Some(entry) = entry::decode(frame.payload) {
                self.ahead = Some((entry, frame.next));
            } else {
                stand.at = frame.next;
                *damaged += 1;
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Option<Entry> {
        let (entry, next) = self.ahead.take()?;
        self.stand.at = next;
        Some(entry)
    }
}

fn reader_deadline() -> Instant {
    Instant::now() + READER_WAIT
}
