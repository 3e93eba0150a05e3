//! Learns the contents of a tree's files, at leisure and those first that were written last.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::content::{self, MOST_BYTES};
use super::keeper::Ground;
use super::snapshot::Stamp;
use super::tree::Tree;
use crate::model::Millis;

const PIECE: Duration = Duration::from_millis(5);
/// Of a larger file the content is read when it changes.
const LARGE: u64 = 1024 * 1024;
/// Bytes read of one tree.
const MOST: u64 = 256 * 1024 * 1024;
const HOUR_MS: Millis = 60 * 60 * 1000;
/// One pass over the tree each: files written to so lately.
const AGES: [Millis; 4] = [HOUR_MS, 24 * HOUR_MS, 30 * 24 * HOUR_MS, Millis::MAX];
/// A file that changed so shortly before it was read may change again and keep its stamp: the system's clock for files
/// stands still for up to ten milliseconds.
const RACY_MS: Millis = 30;

pub(super) struct Knowing {
    pub next: Instant,
    pass: usize,
    dir: Option<PathBuf>,
    /// Files of the next directory that were passed.
    passed: usize,
    left: u64,
}

impl Knowing {
    pub fn new() -> Self {
        Self { next: Instant::now(), pass: 0, dir: None, passed: 0, left: MOST }
    }
}

impl Tree {
    /// There are files that nobody knows yet.
    pub fn know_again(&mut self) {
        let left = self.knowing.as_ref().map_or(MOST, |knowing| knowing.left);
        self.knowing = Some(Knowing { left, ..Knowing::new() });
    }

    /// Reads for a while.
    pub fn know_more(&mut self, ground: &Ground) {
        let Some(mut knowing) = self.knowing.take() else { return };
        let began = Instant::now();
        while began.elapsed() < PIECE {
            if !self.know_one(ground, &mut knowing) {
                return;
            }
        }
        knowing.next = Instant::now() + began.elapsed() * ground.pace.reading.saturating_sub(1);
        self.knowing = Some(knowing);
    }

    /// False: that was all.
    fn know_one(&mut self, ground: &Ground, knowing: &mut Knowing) -> bool {
        let Some(age) = AGES.get(knowing.pass).filter(|_| knowing.left > 0) else { return false };
        let since = ground.clock.now_ms().saturating_sub(*age);
        let Some(dir) = self.known.after(knowing.dir.as_deref()).map(Path::to_owned) else {
            *knowing = Knowing { pass: knowing.pass + 1, dir: None, passed: 0, next: knowing.next, left: knowing.left };
            return true;
        };
        let entries = self.known.dir(&dir).map_or(&[][..], |dir| &dir.entries);
        let wanted = entries.iter().enumerate().skip(knowing.passed).find(|(_, entry)| {
            entry.hash.is_none() && entry.stamp.size <= LARGE && entry.stamp.mtime_ns / 1_000_000 >= since
        });
        if let Some((at, entry)) = wanted {
            knowing.passed = at + 1;
            knowing.left = knowing.left.saturating_sub(entry.stamp.size);
            let path = dir.join(&*entry.name);
            self.know(ground, &path);
        } else {
            (knowing.dir, knowing.passed) = (Some(dir), 0);
        }
        true
    }

    /// Reads the file, if it is still the one that is known.
    pub fn know(&mut self, ground: &Ground, path: &Path) {
        let most = if self.minded.contains(path) { MOST_BYTES } else { LARGE };
        let absolute = self.root.join(path);
        let Some(entry) = self.known.entry_mut(path).filter(|entry| entry.hash.is_none()) else { return };
        let now = ground.clock.now_ms();
        match content::read(&absolute, most) {
            Ok(content) if content.stamp == entry.stamp => {
                entry.hash = content.hash;
                entry.racy = is_racy(content.stamp, now);
            }
            // Whoever changed it is heard of.
            _ => {}
        }
    }
}

/// Whether the file may change after `now`, when it was read, and look as it did.
pub(super) fn is_racy(stamp: Stamp, now: Millis) -> bool {
    (stamp.changed_ms() - now).abs() <= RACY_MS
}
