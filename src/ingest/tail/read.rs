//! One reading of one file: its pieces committed one after the other, whatever goes wrong contained.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use super::{Committed, TailNews, TailSetup};
use crate::adapters::{Adapter, Places};
use crate::clock::Clock;
use crate::ingest::projects::Projects;
use crate::ingest::source::{Reading, Stamp, read_pieces, unreadable};
use crate::model::{Fact, SessionId};
use crate::redact::Redactor;
use crate::store::{self, Batch, SourcePosition, StoreError, WriterHandle};

/// What a hook has to wait for while history is read: stored in some hundredths of a second.
const PIECE_WEIGHT: usize = 768 * 1024;

/// A batch up to this weight costs less than a hook may wait, and so goes with the hooks.
const LIGHT: usize = 32 * 1024;
/// More urgent jobs than this mean that hooks come as fast as they can be stored.
const CROWDED: usize = 256;

/// A file to read.
pub(super) struct Job {
    pub adapter: &'static dyn Adapter,
    pub path: PathBuf,
    /// As it was when the job was made.
    pub stamp: Stamp,
    pub known: Known,
}

/// How far the file was read before.
pub(super) enum Known {
    Nothing,
    At(Box<SourcePosition>),
    /// The store knows.
    Ask,
}

/// How a reading ended.
#[derive(Debug)]
pub(super) enum End {
    Read,
    /// No such file any more.
    Gone,
    /// It cannot be opened or read.
    Closed(io::Error),
    /// The store did not take it.
    Refused(StoreError),
    /// A fault of ours.
    Fault,
    /// Following ends.
    Stopped,
}

pub(super) struct Outcome {
    pub adapter: &'static dyn Adapter,
    pub path: PathBuf,
    pub stamp: Stamp,
    /// Where the last committed piece ends; `None`: nothing was committed.
    pub position: Option<SourcePosition>,
    pub end: End,
    pub took: Duration,
}

/// A reading whose last piece may still be on its way to the disk.
pub(super) struct Unsettled {
    outcome: Outcome,
    piece: Option<Piece>,
}

/// Handed to the writer.
struct Piece {
    told: Receiver<store::Result<()>>,
    end: SourcePosition,
    news: Option<TailNews>,
}

enum Failure {
    File(io::Error),
    Store(StoreError),
    Stopped,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// What both threads share.
pub(super) struct Shared {
    pub places: Places,
    pub clock: Clock,
    pub redactor: Redactor,
    pub writer: WriterHandle,
    committed: Committed,
    pub halt: Arc<AtomicBool>,
    /// Faults of ours and failed commits.
    pub failures: AtomicU64,
}

impl Shared {
    pub fn new(setup: TailSetup, halt: &Arc<AtomicBool>) -> Self {
        let TailSetup { places, clock, redactor, writer, committed } = setup;
        Self { places, clock, redactor, writer, committed, halt: Arc::clone(halt), failures: AtomicU64::new(0) }
    }

    pub fn halted(&self) -> bool {
        self.halt.load(Ordering::Relaxed)
    }

    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How far the store has the file.
    pub fn position(&self, path: &Path) -> store::Result<Option<SourcePosition>> {
        let name = path.to_string_lossy().into_owned();
        self.writer.with(move |writer| store::position(writer, &name))?
    }

    /// Counts a path that cannot be read.
    pub fn note_closed(&self, adapter: &dyn Adapter, path: &Path, error: &io::Error) -> store::Result<()> {
        self.writer.commit(unreadable(adapter, path, error, self.clock.now_ms()))
    }

    fn tell(&self, news: &TailNews) {
        if catch_unwind(AssertUnwindSafe(|| (self.committed)(news))).is_err() {
            self.failed();
        }
    }
}

/// Reads for one thread.
pub(super) struct Hand {
    pub shared: Arc<Shared>,
    projects: Projects,
    lane: Lane,
}

/// Which batches wait for which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// What is light goes with the hooks.
    Live,
    Bulk,
}

impl Hand {
    pub fn new(shared: Arc<Shared>, lane: Lane) -> Self {
        let projects = Projects::new(&shared.places.home);
        Self { shared, projects, lane }
    }

    /// Directories may have become other projects by now.
    pub fn forget_projects(&mut self) {
        self.projects = Projects::new(&self.shared.places.home);
    }

    /// Reads what is new. Of one file there is never more than one piece on its way: a failed one must not be
    /// passed over by the next.
    pub fn read(&mut self, job: Job) -> Unsettled {
        let began = Instant::now();
        let Job { adapter, path, stamp, known } = job;
        let outcome = Outcome { adapter, path, stamp, position: None, end: End::Read, took: Duration::ZERO };
        let mut unsettled = Unsettled { outcome, piece: None };
        let known = match known {
            Known::Nothing => None,
            Known::At(position) => Some(*position),
            Known::Ask => match self.shared.position(&unsettled.outcome.path) {
                Ok(position) => position,
                Err(error) => {
                    unsettled.outcome.end = End::Refused(error);
                    return unsettled;
                }
            },
        };
        let read = catch_unwind(AssertUnwindSafe(|| self.pieces(known.as_ref(), &mut unsettled)));
        let outcome = &mut unsettled.outcome;
        outcome.end = match read {
            Ok(Ok(())) => End::Read,
            Ok(Err(Failure::File(e))) if e.kind() == io::ErrorKind::NotFound => End::Gone,
            Ok(Err(Failure::File(error))) => End::Closed(error),
            Ok(Err(Failure::Store(error))) => End::Refused(error),
            Ok(Err(Failure::Stopped)) => End::Stopped,
            Err(_panic) => End::Fault,
        };
        outcome.took = began.elapsed();
        unsettled
    }

    fn pieces(&mut self, known: Option<&SourcePosition>, unsettled: &mut Unsettled) -> Result<(), Failure> {
        let Unsettled { outcome, piece } = unsettled;
        let (shared, lane) = (&*self.shared, self.lane);
        let mut reading = Reading {
            adapter: outcome.adapter,
            redactor: &shared.redactor,
            projects: &mut self.projects,
            now: shared.clock.now_ms(),
            weight: PIECE_WEIGHT,
            progress: &mut |_| {},
        };
        read_pieces(&outcome.path, known, &mut reading, &mut |batch, end| {
            if let Some(before) = piece.take() {
                outcome.position = Some(before.settle(shared).map_err(Failure::Store)?);
                if shared.halted() {
                    return Err(Failure::Stopped);
                }
            }
            let news = (!batch.is_empty()).then(|| TailNews {
                agent: outcome.adapter.agent(),
                path: outcome.path.clone(),
                sessions: sessions(batch.facts()),
                records: batch.records(),
                read_to: end.offset.cast_unsigned(),
            });
            let told = hand_over(shared, lane, batch).map_err(Failure::Store)?;
            *piece = Some(Piece { told, end, news });
            Ok(())
        })
    }

    /// Waits for the last piece.
    pub fn settle(&self, unsettled: Unsettled) -> Outcome {
        let Unsettled { mut outcome, piece } = unsettled;
        match piece.map(|piece| piece.settle(&self.shared)) {
            None => {}
            Some(Ok(position)) => outcome.position = Some(position),
            Some(Err(error)) => outcome.end = End::Refused(error),
        }
        outcome
    }
}

fn hand_over(shared: &Shared, lane: Lane, batch: Batch) -> store::Result<Receiver<store::Result<()>>> {
    let (tell, told) = sync_channel(1);
    let done = move |outcome| {
        let _ = tell.send(outcome);
    };
    if lane == Lane::Live && batch.weight() <= LIGHT && shared.writer.load().urgent < CROWDED {
        shared.writer.submit_urgent(batch, done)?;
    } else {
        shared.writer.submit(batch, done)?;
    }
    Ok(told)
}

impl Piece {
    fn settle(self, shared: &Shared) -> store::Result<SourcePosition> {
        self.told.recv().unwrap_or(Err(StoreError::WriterGone))?;
        if let Some(news) = self.news {
            shared.tell(&news);
        }
        Ok(self.end)
    }
}

fn sessions(facts: &[Fact]) -> Vec<SessionId> {
    let mut found: Vec<SessionId> = Vec::new();
    for session in facts.iter().filter_map(session_of) {
        // Nearly always the one before.
        if found.last() != Some(session) && !found.contains(session) {
            found.push(session.clone());
        }
    }
    found
}

fn session_of(fact: &Fact) -> Option<&SessionId> {
    match fact {
        Fact::Session(x) => Some(&x.session),
        Fact::Message(x) => Some(&x.session),
        Fact::ToolCall(x) => Some(&x.session),
        Fact::Usage(x) => Some(&x.session),
        Fact::FailedRequest(x) => Some(&x.session),
        Fact::Event(x) => x.session.as_ref(),
        Fact::File(x) => Some(&x.session),
        Fact::Plan { session, .. } => Some(session),
        Fact::Subagent(x) => Some(&x.session),
        Fact::Build(x) => x.session.as_ref(),
        Fact::Process(x) => Some(&x.session),
        Fact::CallAsked(x) => Some(&x.session),
        Fact::Change(_) | Fact::Log(_) | Fact::Span(_) | Fact::Point(_) | Fact::OfThread(_) | Fact::TitleOf { .. } => {
            None
        }
    }
}
