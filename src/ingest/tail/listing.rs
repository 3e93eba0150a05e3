//! Lists all of the history that there is: what has changed, what is active, and where it lies.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ledger::{Ledger, Seen};
use super::plan::AWAKE_MS;
use super::read::Shared;
use crate::adapters::Adapter;
use crate::ingest::discover::{Finds, Found, FoundDir, settle_gone};
use crate::ingest::source::Stamp;
use crate::store::{self, Batch};

/// Positions asked for at a time: hooks wait for the writer meanwhile.
const ASKED: usize = 256;

/// Where to look.
pub(super) type Places = Vec<(&'static dyn Adapter, PathBuf)>;

pub(super) struct Listing {
    /// Files that were not read as they are now, the longest untouched first.
    pub changed: Vec<Found>,
    /// Files that were written to lately.
    pub recent: Vec<(PathBuf, Stamp)>,
    pub dirs: Vec<FoundDir>,
    pub took: Duration,
}

struct Walked {
    files: Vec<Found>,
    dirs: Vec<FoundDir>,
    unreadable: Vec<(&'static dyn Adapter, PathBuf, io::Error)>,
    opened: Vec<(&'static dyn Adapter, PathBuf)>,
    recent: Vec<(PathBuf, Stamp)>,
    took: Duration,
}

pub(super) struct Lister {
    shared: Arc<Shared>,
    ledger: Arc<Ledger>,
    /// Paths that could not be read and were counted; `None`: the store was not asked yet.
    closed: Option<HashSet<String>>,
}

impl Lister {
    pub fn new(shared: Arc<Shared>, ledger: Arc<Ledger>) -> Self {
        Self { shared, ledger, closed: None }
    }

    /// # Errors
    /// Those of the store.
    pub fn list(&mut self, places: &Places) -> store::Result<Listing> {
        let closed = match self.closed.take() {
            Some(closed) => closed,
            None => self.shared.writer.with(|writer| store::unreadable(writer))??,
        };
        let walked = self.walk(places, &closed);
        self.closed = Some(closed);
        let changed = self.unread(walked.files)?;
        if !self.shared.halted() {
            self.ledger.end_listing();
        }
        self.note_closed(&walked.unreadable);
        self.note_opened(&walked.opened);
        self.shared.writer.with(|writer| settle_gone(writer))??;
        Ok(Listing { changed, recent: walked.recent, dirs: walked.dirs, took: walked.took })
    }

    fn walk(&self, places: &Places, closed: &HashSet<String>) -> Walked {
        let began = Instant::now();
        self.ledger.begin_listing();
        let lately = self.shared.clock.now_ms() - AWAKE_MS;
        let recent = RefCell::new(Vec::new());
        let is_read = |path: &Path, stamp: Stamp| {
            if stamp.modified_ms() > lately {
                recent.borrow_mut().push((path.to_owned(), stamp));
            }
            self.ledger.is_read(path, stamp)
        };
        let mut finds = Finds::unless(Box::new(is_read), closed).halted_by(&self.shared.halt);
        for (adapter, place) in places.iter().filter(|(_, place)| place.exists()) {
            finds.search(*adapter, place);
        }
        let Finds { files, dirs, unreadable, opened, .. } = finds;
        Walked { files, dirs, unreadable, opened, recent: recent.take(), took: began.elapsed() }
    }

    /// Leaves out what the store knows to be read.
    fn unread(&self, files: Vec<Found>) -> store::Result<Vec<Found>> {
        let (unknown, mut changed): (Vec<Found>, Vec<Found>) =
            files.into_iter().partition(|found| self.ledger.seen(&found.path) == Seen::Unknown);
        for some in unknown.chunks(ASKED) {
            let names: Vec<String> = some.iter().map(|found| found.path.to_string_lossy().into_owned()).collect();
            let positions = self.shared.writer.with(move |writer| {
                names.iter().map(|name| store::position(writer, name)).collect::<store::Result<Vec<_>>>()
            })??;
            for (found, position) in some.iter().zip(positions) {
                self.ledger.note(&found.path, position.as_ref());
            }
        }
        changed.extend(unknown.into_iter().filter(|found| !self.ledger.is_read(&found.path, found.stamp)));
        changed.sort_by(|a, b| (a.stamp.mtime_ns, &a.path).cmp(&(b.stamp.mtime_ns, &b.path)));
        Ok(changed)
    }

    /// Counts what cannot be read, each path once until it can.
    fn note_closed(&mut self, unreadable: &[(&'static dyn Adapter, PathBuf, io::Error)]) {
        let Some(closed) = &mut self.closed else { return };
        // What has gone since it was listed is nothing.
        let there = unreadable.iter().filter(|(_, _, error)| error.kind() != io::ErrorKind::NotFound);
        for (adapter, path, error) in there {
            let name = path.to_string_lossy().into_owned();
            if !closed.contains(&name) && self.shared.note_closed(*adapter, path, error).is_ok() {
                closed.insert(name);
            }
        }
    }

    fn note_opened(&mut self, opened: &[(&'static dyn Adapter, PathBuf)]) {
        let Some(closed) = &mut self.closed else { return };
        for (adapter, path) in opened {
            let name = path.to_string_lossy().into_owned();
            let forget = Batch::of(adapter.agent(), &name, true, self.shared.clock.now_ms());
            if self.shared.writer.commit(forget).is_ok() {
                closed.remove(&name);
            }
        }
    }
}
