//! The import of everything that lies on the disk: several readers, one writer, resumable at any moment.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::discover::{Finds, Found, settle_gone};
use super::projects::Projects;
use super::source::{BATCH_WEIGHT, Reading, read_on, unreadable};
use crate::adapters::{self, Adapter, Places};
use crate::clock::Clock;
use crate::model::{Agent, Fact, SessionId};
use crate::redact::Redactor;
use crate::store::{self, Batch, SourcePosition, StoreError, WriterHandle};

/// More readers than this only wait for the writer.
const READERS: usize = 3;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{path}: {source}")]
    Path { path: PathBuf, source: io::Error },
    #[error("tma1 does not read the history of {0} yet")]
    NoAdapter(Agent),
}

/// What to import.
#[derive(Debug, Clone)]
pub struct Import {
    /// `None`: every agent that we can read.
    pub agent: Option<Agent>,
    /// `None`: where the agents keep their history.
    pub path: Option<PathBuf>,
    /// Only files modified since then.
    pub since_ms: Option<i64>,
    pub places: Places,
    pub clock: Clock,
}

/// How far an import is; read it from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    pub bytes_total: AtomicU64,
    pub bytes_done: AtomicU64,
    pub files_total: AtomicUsize,
    pub files_done: AtomicUsize,
}

/// What an import did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ImportReport {
    pub files: usize,
    pub unchanged: usize,
    pub bytes: u64,
    pub records: u64,
    /// Lines, files and directories passed over.
    pub skipped: u64,
    /// Sessions that something was read of.
    pub sessions: BTreeSet<SessionId>,
}

impl ImportReport {
    /// For another process.
    pub fn to_json(&self) -> Value {
        let sessions: Vec<Value> = self.sessions.iter().map(|s| json!([s.agent.name(), &*s.id])).collect();
        json!({
            "files": self.files, "unchanged": self.unchanged, "bytes": self.bytes, "records": self.records,
            "skipped": self.skipped, "sessions": sessions,
        })
    }

    /// What [`ImportReport::to_json`] told; what is missing counts as nothing.
    pub fn from_json(json: &Value) -> Self {
        let number = |name: &str| json[name].as_u64().unwrap_or(0);
        let count = |name: &str| usize::try_from(number(name)).unwrap_or(usize::MAX);
        let session = |pair: &Value| Some(SessionId::new(pair[0].as_str()?.parse().ok()?, pair[1].as_str()?));
        Self {
            files: count("files"),
            unchanged: count("unchanged"),
            bytes: number("bytes"),
            records: number("records"),
            skipped: number("skipped"),
            sessions: json["sessions"].as_array().into_iter().flatten().filter_map(session).collect(),
        }
    }
}

/// One reader's failure: of a file (counted, the next one is read) or of the writer (the end).
enum Failure {
    File(io::Error),
    Store,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl Import {
    /// Runs the import through `writer`.
    ///
    /// # Errors
    /// What the caller named and is not there; errors of the store. Files that cannot be read are counted.
    pub fn run(
        &self,
        writer: &WriterHandle,
        redactor: &Redactor,
        progress: &Progress,
    ) -> Result<ImportReport, ImportError> {
        let (known, closed) = writer.with(|w| {
            settle_gone(w)?;
            Ok::<_, StoreError>((store::positions(w)?, store::unreadable(w)?))
        })??;
        let finds = self.find(&known, &closed)?;
        let total = finds.files.iter().map(|f| unread(f, &known)).sum();
        progress.bytes_total.store(total, Ordering::Relaxed);
        progress.files_total.store(finds.files.len(), Ordering::Relaxed);
        let report = Mutex::new(ImportReport {
            files: finds.files.len(),
            unchanged: finds.unchanged,
            ..ImportReport::default()
        });
        let now = self.clock.now_ms();
        let storing = Storing::new(writer);
        for (adapter, path, error) in &finds.unreadable {
            note(&report, |r| r.skipped += 1);
            storing.submit(unreadable(*adapter, path, error, now));
        }
        for (adapter, path) in &finds.opened {
            storing.submit(Batch::of(adapter.agent(), &path.to_string_lossy(), true, now));
        }
        let next = AtomicUsize::new(0);
        let readers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).clamp(1, READERS);
        std::thread::scope(|scope| {
            for _ in 0..readers {
                let reader =
                    Reader { import: self, redactor, storing: &storing, known: &known, report: &report, progress };
                scope.spawn(|| reader.run(&finds.files, &next));
            }
        });
        storing.finish()?;
        let done = self.clock.now_ms().to_string();
        writer.with(move |writer| writer.set_meta("last_import_ms", &done))??;
        Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn find<'a>(
        &self,
        known: &'a HashMap<String, SourcePosition>,
        closed: &'a HashSet<String>,
    ) -> Result<Finds<'a>, ImportError> {
        let adapters: Vec<&'static dyn Adapter> = match self.agent {
            Some(agent) => vec![adapters::find(agent).ok_or(ImportError::NoAdapter(agent))?],
            None => adapters::ALL.to_vec(),
        };
        let mut finds = Finds::new(known, closed, self.since_ms);
        let Some(path) = &self.path else {
            for adapter in adapters {
                for root in adapter.roots(&self.places).iter().filter(|root| root.exists()) {
                    finds.search(adapter, root);
                }
            }
            finds.sort();
            return Ok(finds);
        };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        path.metadata().map_err(|source| ImportError::Path { path: path.clone(), source })?;
        match (self.agent, adapters.as_slice()) {
            (Some(_), [adapter]) => finds.search(*adapter, &path),
            _ => finds.search_all(&path),
        }
        finds.sort();
        Ok(finds)
    }
}

fn unread(found: &Found, known: &HashMap<String, SourcePosition>) -> u64 {
    let read = known.get(&*found.path.to_string_lossy()).map_or(0, |k| k.offset.min(found.stamp.size));
    (found.stamp.size - read).cast_unsigned()
}

fn note(report: &Mutex<ImportReport>, change: impl FnOnce(&mut ImportReport)) {
    change(&mut locked(report));
}

/// What was handed to the writer, and the first thing that went wrong with it.
struct Storing<'a> {
    writer: &'a WriterHandle,
    account: Arc<Account>,
    /// Nothing more is stored: a later batch would move its file's position past what is missing.
    broken: Arc<AtomicBool>,
}

#[derive(Default)]
struct Account {
    open: Mutex<usize>,
    settled: Condvar,
    failed: Mutex<Option<StoreError>>,
}

impl<'a> Storing<'a> {
    fn new(writer: &'a WriterHandle) -> Self {
        Self { writer, account: Arc::default(), broken: Arc::default() }
    }

    /// `false`: nothing more can be stored.
    fn submit(&self, batch: Batch) -> bool {
        if self.broken.load(Ordering::Acquire) {
            return false;
        }
        *locked(&self.account.open) += 1;
        let account = Arc::clone(&self.account);
        let handed_over = self.writer.submit_unless(batch, &self.broken, move |outcome| account.settle(outcome));
        if let Err(error) = handed_over {
            self.account.settle(Err(error));
            return false;
        }
        true
    }

    /// Waits until all is committed.
    fn finish(self) -> Result<(), StoreError> {
        let mut open = locked(&self.account.open);
        while *open > 0 {
            open = self.account.settled.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        locked(&self.account.failed).take().map_or(Ok(()), Err)
    }
}

impl Account {
    fn settle(&self, outcome: Result<(), StoreError>) {
        if let Err(error) = outcome {
            locked(&self.failed).get_or_insert(error);
        }
        *locked(&self.open) -= 1;
        self.settled.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Reader<'a> {
    import: &'a Import,
    redactor: &'a Redactor,
    storing: &'a Storing<'a>,
    known: &'a HashMap<String, SourcePosition>,
    report: &'a Mutex<ImportReport>,
    progress: &'a Progress,
}

impl Reader<'_> {
    fn run(self, files: &[Found], next: &AtomicUsize) {
        let mut projects = Projects::new(&self.import.places.home);
        while let Some(found) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            match self.read(found, &mut projects) {
                Ok(()) => {}
                Err(Failure::File(error)) => {
                    note(self.report, |r| r.skipped += 1);
                    let batch = unreadable(found.adapter, &found.path, &error, self.import.clock.now_ms());
                    if !self.storing.submit(batch) {
                        return;
                    }
                }
                // Why, is told when all is finished.
                Err(Failure::Store) => return,
            }
            self.progress.files_done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn read(&self, found: &Found, projects: &mut Projects) -> Result<(), Failure> {
        let known = self.known.get(&*found.path.to_string_lossy());
        let mut reading = Reading {
            adapter: found.adapter,
            redactor: self.redactor,
            projects,
            now: self.import.clock.now_ms(),
            weight: BATCH_WEIGHT,
            progress: &mut |bytes| {
                self.progress.bytes_done.fetch_add(bytes, Ordering::Relaxed);
                note(self.report, |r| r.bytes += bytes);
            },
        };
        read_on(&found.path, known, &mut reading, &mut |batch: Batch| {
            note(self.report, |r| {
                r.records += batch.records();
                r.skipped += batch.skips().len() as u64;
                r.sessions.extend(batch.facts().iter().filter_map(session_of));
            });
            if self.storing.submit(batch) { Ok(()) } else { Err(Failure::Store) }
        })
    }
}

fn session_of(fact: &Fact) -> Option<SessionId> {
    match fact {
        Fact::Session(note) => Some(note.session.clone()),
        _ => None,
    }
}
