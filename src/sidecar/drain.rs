//! Brings what waits in the spool into the store, in order.

use std::sync::Arc;
use std::sync::atomic::Ordering;
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
use crate::store::{StoreError, WriterHandle};

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
}

impl Nudge {
    pub fn wake(&self) {
        // Full: it is awake already.
        let _ = self.wake.try_send(());
    }

    /// Whether the spool was emptied in time.
    pub async fn drained(&self, until: Instant) -> bool {
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
}

/// What became of a chunk.
enum Outcome {
    Stored,
    /// Nothing can be stored now.
    NotNow,
}

impl Drain {
    pub fn new(with: Drained) -> (Self, Nudge) {
        let (wake, woken) = sync_channel(1);
        let (sender, rounds) = watch::channel(0);
        (Self { with, woken, rounds: sender }, Nudge { wake, rounds })
    }

    /// Until the order to stop; what waits then is stored before.
    pub fn run(&self, writer: &WriterHandle, stop: &Stop) {
        let mut wait = Duration::ZERO;
        loop {
            let woken = self.woken.recv_timeout(wait);
            if stop.is_given() || woken == Err(RecvTimeoutError::Disconnected) {
                self.empty(writer);
                return;
            }
            wait = match self.empty(writer) {
                Outcome::Stored => LOOK_EVERY,
                Outcome::NotNow => AGAIN_AFTER,
            };
        }
    }

    /// Once, as far as it goes.
    fn empty(&self, writer: &WriterHandle) -> Outcome {
        while self.with.spool.pending() {
            let taken = match self.with.spool.take(CHUNK) {
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
        }
        self.with.troubles.over(Topic::Storing);
        self.rounds.send_modify(|rounds| *rounds += 1);
        Outcome::Stored
    }

    fn store(&self, writer: &WriterHandle, entries: &[Entry]) -> Outcome {
        let (tell, told) = sync_channel(entries.len());
        let mut under_way = 0;
        for entry in entries {
            match self.with.reader.read(entry, self.with.clock.now_ms()) {
                Ok(read) => {
                    let tell = tell.clone();
                    let handed_over = writer.submit_urgent(read.batch, move |outcome| {
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
                // It would do so again and again: given up, and counted.
                Ok(Err(StoreError::Panicked)) => self.with.spool.count_lost(),
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
