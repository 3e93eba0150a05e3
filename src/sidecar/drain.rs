//! Brings what waits in the spool into the store, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::counters::Counters;
use super::live::Publisher;
use super::stop::Stop;
use super::troubles::{Topic, Troubles};
use crate::clock::Clock;
use crate::ingest::HookReader;
use crate::spool::{Entry, Spool};
use crate::store::WriterHandle;

/// Hooks spool without telling us when we did not answer.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Read at a time.
const CHUNK: usize = 1024 * 1024;

/// Wakes the drainer, and waits for it.
#[derive(Clone)]
pub(super) struct Nudge {
    wake: SyncSender<()>,
    /// Rounds in which the spool was emptied.
    rounds: watch::Receiver<u64>,
    stuck: Arc<AtomicBool>,
}

impl Nudge {
    pub fn wake(&self) {
        // Full: it is awake already.
        let _ = self.wake.try_send(());
    }

    /// Whether the spool was emptied in time. Nobody is kept waiting while nothing can be stored.
    pub async fn drained(&self, until: Instant) -> bool {
        if self.stuck.load(Ordering::Relaxed) {
            return false;
        }
        let mut rounds = self.rounds.clone();
        rounds.mark_unchanged();
        self.wake();
        tokio::time::timeout_at(until, rounds.changed()).await.is_ok_and(|changed| changed.is_ok())
    }
}

/// What draining works with.
pub(super) struct Drained {
    pub spool: Arc<Spool>,
    pub reader: Arc<HookReader>,
    pub counters: Arc<Counters>,
    pub publisher: Arc<Publisher>,
    pub troubles: Arc<Troubles>,
    pub clock: Clock,
}

pub(super) struct Drain {
    with: Drained,
    woken: Receiver<()>,
    rounds: watch::Sender<u64>,
    /// Nothing could be stored the last time.
    stuck: Arc<AtomicBool>,
}

/// What became of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Stored,
    /// Nothing can be stored now.
    NotNow,
}

impl Drain {
    pub fn new(with: Drained) -> (Self, Nudge) {
        let (wake, woken) = sync_channel(1);
        let (sender, rounds) = watch::channel(0);
        let stuck = Arc::new(AtomicBool::new(false));
        (Self { with, woken, rounds: sender, stuck: Arc::clone(&stuck) }, Nudge { wake, rounds, stuck })
    }

    /// Until the order to stop; what waits then is stored before.
    pub fn run(&self, writer: &WriterHandle, stop: &Stop) {
        loop {
            let outcome = self.empty(writer);
            self.stuck.store(outcome == Outcome::NotNow, Ordering::Relaxed);
            let over = match outcome {
                Outcome::Stored => self.woken.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Disconnected),
                // Whatever wakes us now only waits for the same.
                Outcome::NotNow => stop.sleep(AGAIN_AFTER),
            };
            if over || stop.is_given() {
                self.empty(writer);
                return;
            }
        }
    }

    /// Once, as far as it goes.
    fn empty(&self, writer: &WriterHandle) -> Outcome {
        // What could not be stored a moment ago is tried with as little as can be.
        let mut chunk = if self.stuck.load(Ordering::Relaxed) { 1 } else { CHUNK };
        while self.with.spool.pending() {
            let taken = match self.with.spool.take(chunk) {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::warn!("the spool could not be read: {error}");
                    return Outcome::NotNow;
                }
            };
            if let Outcome::NotNow = self.store(writer, taken.entries()) {
                return Outcome::NotNow;
            }
            if let Err(error) = self.with.spool.consumed(taken) {
                tracing::warn!("the spool could not be moved on: {error}");
                return Outcome::NotNow;
            }
            self.with.publisher.nudge();
            chunk = CHUNK;
        }
        self.with.troubles.over(Topic::Storing);
        self.rounds.send_modify(|rounds| *rounds += 1);
        Outcome::Stored
    }

    fn store(&self, writer: &WriterHandle, entries: &[Entry]) -> Outcome {
        let (tell, told) = sync_channel(entries.len());
        // A later event of a session must not be stored without its earlier one.
        let failed = Arc::new(AtomicBool::new(false));
        let mut under_way = 0;
        for entry in entries {
            match self.with.reader.read(entry, self.with.clock.now_ms()) {
                Ok(read) => {
                    let (tell, fail) = (tell.clone(), Arc::clone(&failed));
                    let handed_over = writer.submit_urgent_unless(read.batch, &failed, move |outcome| {
                        let again = outcome.as_ref().is_err_and(|error| !error.is_of_the_batch());
                        fail.fetch_or(again, Ordering::AcqRel);
                        let _ = tell.send(outcome);
                    });
                    match handed_over {
                        Ok(()) => under_way += 1,
                        Err(_full) => return Outcome::NotNow,
                    }
                }
                Err(error) => {
                    Counters::add(&self.with.counters.hooks_unreadable);
                    tracing::debug!("spooled hook of {}: {error}", entry.source);
                }
            }
        }
        drop(tell);
        let mut outcome = Outcome::Stored;
        for _ in 0..under_way {
            match told.recv() {
                Ok(Ok(())) => {
                    self.with.counters.spool_drained.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Err(error)) if error.is_of_the_batch() => {
                    tracing::error!("an event cannot be stored, and is given up: {error}");
                    self.with.spool.count_lost();
                }
                // Those behind the one that failed are no news.
                Ok(Err(_)) if matches!(outcome, Outcome::NotNow) => {}
                Ok(Err(error)) => {
                    Counters::add(&self.with.counters.commit_failures);
                    self.with.troubles.note(Topic::Storing, format!("events cannot be stored yet: {error}"));
                    outcome = Outcome::NotNow;
                }
                Err(_gone) => return Outcome::NotNow,
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Level, Redactor};
    use crate::store::{IdleReaders, Reader, Writer, WriterThread};

    fn prompt(number: i64, words: &str) -> Entry {
        let body = serde_json::json!({"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": words});
        Entry {
            id: format!("{number:032}"),
            at: 1_795_168_800_000 + number,
            source: "claude_code".to_owned(),
            body: body.to_string().into_bytes(),
            ..Entry::default()
        }
    }

    /// The small one would find room where the large one finds none.
    #[test]
    fn a_later_event_does_not_overtake_one_that_finds_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Arc::new(Spool::new(dir.path()));
        let soon = || std::time::Instant::now() + Duration::from_secs(5);
        let many: Vec<String> =
            (0..20_000_u64).map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let many = many.join(" ");
        spool.append(&prompt(1, &many), soon()).unwrap();
        spool.append(&prompt(2, "few words"), soon()).unwrap();
        let troubles = Arc::new(Troubles::default());
        let (drain, nudge) = Drain::new(Drained {
            spool: Arc::clone(&spool),
            reader: Arc::new(HookReader::new(Redactor::new(Level::Preview), dir.path())),
            counters: Arc::default(),
            publisher: Arc::new(Publisher::new(dir.path().to_owned(), Arc::new(IdleReaders::default()))),
            troubles: Arc::clone(&troubles),
            clock: Clock::SYSTEM,
        });
        let thread = WriterThread::start_live(Writer::open(dir.path()).unwrap()).unwrap();
        let writer = thread.handle();
        let leave_room = |pages: i64| writer.with(move |w| w.leave_room(pages)).unwrap().unwrap();
        leave_room(4);
        assert_eq!(drain.empty(&writer), Outcome::NotNow);
        assert_eq!((spool.state().entries, troubles.has(Topic::Storing)), (2, true));
        drain.stuck.store(true, Ordering::Relaxed);
        let waited = nudge.drained(Instant::now() + Duration::from_hours(1));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert!(!runtime.block_on(waited), "nobody waits for what cannot be");
        leave_room(100_000);
        assert_eq!(drain.empty(&writer), Outcome::Stored);
        assert_eq!((spool.state().entries, troubles.has(Topic::Storing)), (0, false));
        drop(thread.finish().unwrap());
        let mut reader = Reader::open(dir.path()).unwrap();
        let rows = reader.sql("SELECT ts_ms FROM events ORDER BY id", Duration::from_secs(5), 10).unwrap().rows;
        let at: Vec<String> = rows.iter().map(|row| format!("{:?}", row[0])).collect();
        assert!(at.len() == 2 && at.is_sorted(), "{at:?}");
    }
}
