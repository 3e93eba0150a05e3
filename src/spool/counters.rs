//! Two numbers that can be raised when the disk is full: events lost, and places that were damaged.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::frame::{read_at, write_at};
use crate::paths;

const LOST: u64 = 0;
const DAMAGED: u64 = 8;

/// Whoever adds waits so often for somebody else who adds, then goes on: a count may be missed, an event not held up.
const TRIES: usize = 10;

/// Each number is eight bytes of one file, overwritten in place: no room is needed once the file is there.
pub struct Counters {
    path: PathBuf,
}

impl Counters {
    pub fn new(dir: &Path) -> Self {
        Self { path: dir.join("lost") }
    }

    /// Makes the file while there is room for it.
    pub fn reserve(&self) {
        if !self.path.exists() {
            let _ = self.add(LOST, 0);
            let _ = self.add(DAMAGED, 0);
        }
    }

    // Where not even a number can be written there is nobody left to tell.

    pub fn add_lost(&self) {
        let _ = self.add(LOST, 1);
    }

    pub fn add_damaged(&self, places: u64) {
        let _ = self.add(DAMAGED, places);
    }

    pub fn lost(&self) -> u64 {
        File::open(&self.path).map_or(0, |file| number(&file, LOST))
    }

    pub fn damaged(&self) -> u64 {
        File::open(&self.path).map_or(0, |file| number(&file, DAMAGED))
    }

    fn add(&self, at: u64, more: u64) -> io::Result<()> {
        let file = paths::private_file(&self.path)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
                Ok(()) | Err(TryLockError::Error(_)) => break,
            }
        }
        write_at(&file, &number(&file, at).saturating_add(more).to_le_bytes(), at)
    }
}

fn number(file: &File, at: u64) -> u64 {
    let mut bytes = [0; 8];
    match read_at(file, &mut bytes, at) {
        Ok(8) => u64::from_le_bytes(bytes),
        _ => 0,
    }
}
