//! The file that all hooks append to, one at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::frame::{self, HEADER, Header, Told};
use super::{RESERVE, SpoolError};
use crate::paths;

/// Between the first frame that waits and the last.
const MOST_WAITING: u64 = 64 * 1024 * 1024;

/// While the reader follows closely but never catches up, the file may grow to this.
const MOST_BYTES: u64 = 2 * MOST_WAITING;

/// Room that a hook makes when it makes the file: little enough for its time.
const FIRST_RESERVE: u64 = 256 * 1024;

/// How long whoever waits for the lock sleeps between two tries.
const NAP: Duration = Duration::from_millis(1);

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

pub struct Shared {
    path: PathBuf,
    counters: Counters,
}

/// Where in the file a reader is.
#[derive(Debug, Clone, Copy)]
pub struct Stand {
    pub generation: u32,
    pub at: u64,
    pub end: u64,
}

impl Shared {
    pub fn new(dir: &Path) -> Self {
        Self { path: dir.join("hooks.spool"), counters: Counters::new(dir) }
    }

    pub fn append(&self, payload: &[u8], deadline: Instant) -> Result<(), SpoolError> {
        let (file, mut header) = self.locked(deadline)?;
        let frame = frame::framed(payload, header.generation);
        let end = header.end + frame.len() as u64;
        if end - header.begin > MOST_WAITING || end > MOST_BYTES {
            return Err(SpoolError::Full);
        }
        // The frame counts from the moment that the header says so; until then it is nothing.
        self.write(&file, &frame, header.end)?;
        header.end = end;
        header.entries += 1;
        self.write(&file, &header.bytes(), 0)
    }

    /// Makes sure of `bytes` beyond what waits: they can be written when the disk is full.
    pub fn reserve(&self, bytes: u64, deadline: Instant) -> Result<(), SpoolError> {
        let (file, header) = self.locked(deadline)?;
        self.fill(&file, header.end + bytes)
    }

    /// Where the reader goes on. While the file that comes with it lives, nothing is appended.
    pub fn stand(&self, deadline: Instant) -> Result<(Stand, File), SpoolError> {
        let (file, header) = self.locked(deadline)?;
        Ok((Stand { generation: header.generation, at: header.begin, end: header.end }, file))
    }

    /// For reading frames; the reader needs no lock, for only it moves the beginning.
    pub fn open(&self) -> Result<File, SpoolError> {
        File::open(&self.path).map_err(|e| self.failed(e))
    }

    /// Forgets `entries` up to `stand.at`; begins anew when nothing is left.
    pub fn forget(&self, stand: Stand, entries: u64, deadline: Instant) -> Result<(), SpoolError> {
        let (file, mut header) = self.locked(deadline)?;
        if header.generation != stand.generation || stand.at <= header.begin || stand.at > header.end {
            return Ok(());
        }
        if stand.at < header.end {
            header.begin = stand.at;
            header.entries = header.entries.saturating_sub(entries);
            return self.write(&file, &header.bytes(), 0);
        }
        header = Header { generation: header.generation.wrapping_add(1).max(1), ..Header::EMPTY };
        self.write(&file, &header.bytes(), 0)?;
        // Should the header break before the next frame is written, the old first one must not come back.
        self.write(&file, &[0; 4], HEADER)?;
        if file.metadata().map_err(|e| self.failed(e))?.len() > HEADER + RESERVE {
            file.set_len(HEADER + RESERVE).map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// What waits, without a lock: entries and bytes. A header caught half-written counts as one.
    pub fn waiting(&self) -> (u64, u64) {
        let Ok(file) = File::open(&self.path) else { return (0, 0) };
        match frame::read_header(&file) {
            Ok(Told::Header(header)) => (header.entries, header.end - header.begin),
            Ok(Told::Nothing) => (0, 0),
            Ok(Told::Damaged) | Err(_) => (1, 0),
        }
    }

    /// Cheaper than [`Self::waiting`]; when in doubt, yes.
    pub fn is_pending(&self) -> bool {
        let Ok(file) = File::open(&self.path) else { return false };
        match frame::read_header(&file) {
            Ok(Told::Header(header)) => header.begin < header.end,
            Ok(Told::Nothing) => false,
            Ok(Told::Damaged) | Err(_) => true,
        }
    }

    /// The file, ours alone until it is dropped, with a header that holds.
    fn locked(&self, deadline: Instant) -> Result<(File, Header), SpoolError> {
        let file = paths::private_file(&self.path).map_err(|e| self.failed(e))?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(NAP),
                Err(TryLockError::WouldBlock) => return Err(SpoolError::Busy),
                Err(TryLockError::Error(error)) => return Err(self.failed(error)),
            }
        }
        match frame::read_header(&file).map_err(|e| self.failed(e))? {
            Told::Header(header) => Ok((file, header)),
            Told::Nothing => {
                self.write(&file, &Header::EMPTY.bytes(), 0)?;
                // Less room than wanted is no reason to keep nothing.
                let _ = self.fill(&file, FIRST_RESERVE);
                self.counters.reserve();
                Ok((file, Header::EMPTY))
            }
            Told::Damaged => {
                let header = frame::rebuilt(&file).map_err(|e| self.failed(e))?;
                self.write(&file, &header.bytes(), 0)?;
                self.counters.add_damaged(1);
                Ok((file, header))
            }
        }
    }

    /// Zeros from the end of the file to `until`. Holes would not do: they take room when they are written.
    fn fill(&self, file: &File, until: u64) -> Result<(), SpoolError> {
        let mut at = file.metadata().map_err(|e| self.failed(e))?.len();
        while at < until {
            let piece = usize::try_from(until - at).unwrap_or(ZEROS.len()).min(ZEROS.len());
            self.write(file, &ZEROS[..piece], at)?;
            at += piece as u64;
        }
        Ok(())
    }

    fn write(&self, file: &File, bytes: &[u8], at: u64) -> Result<(), SpoolError> {
        frame::write_at(file, bytes, at).map_err(|e| self.failed(e))
    }

    fn failed(&self, source: io::Error) -> SpoolError {
        SpoolError::Io { path: self.path.clone(), source }
    }
}
