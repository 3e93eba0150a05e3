//! A hook call's way: read, stored (or spooled), then answered.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::counters::Counters;
use super::drain::Nudge;
use super::live::Publisher;
use super::sense::Sense;
use super::speak::Speaker;
use super::troubles::{Topic, Troubles};
use crate::clock::Clock;
use crate::hook::{DOCTOR, safe};
use crate::ingest::{HookRead, HookReader, TailHandle};
use crate::model::{Agent, Millis};
use crate::redact::Level;
use crate::serve::http::HookReply;
use crate::spool::{Entry, Spool};
use crate::store::{Batch, StoreError, WriterHandle};

/// The hook client waits a little longer than this, and then keeps the event itself.
const KEPT_WITHIN: Duration = Duration::from_millis(130);
const ANSWERED_WITHIN: Duration = Duration::from_millis(160);
/// A hook hears nothing any more that comes later than this after it began.
const HEARD_WITHIN: Duration = Duration::from_millis(200);
/// For the lock of the spool.
const SPOOL_WITHIN: std::time::Duration = std::time::Duration::from_millis(40);
/// A larger payload is read off the threads that serve everybody.
const LARGE: usize = 128 * 1024;
/// Transcripts named by hooks that need not be named again.
const NAMED: usize = 4096;

pub(super) struct Intake {
    pub reader: Arc<HookReader>,
    pub clock: Clock,
    pub counters: Arc<Counters>,
    pub spool: Arc<Spool>,
    /// `None` until the store is open.
    pub writer: watch::Receiver<Option<WriterHandle>>,
    pub nudge: Nudge,
    pub publisher: Arc<Publisher>,
    pub speaker: Arc<Speaker>,
    pub tail: OnceLock<TailHandle>,
    pub sense: OnceLock<Arc<Sense>>,
    pub named: Mutex<HashSet<(Agent, PathBuf)>>,
    /// What may lie on the disk.
    pub level: Level,
    pub troubles: Arc<Troubles>,
}

enum Kept {
    Stored,
    Spooled,
    No,
}

impl Intake {
    pub async fn hook(self: Arc<Self>, entry: Entry) -> HookReply {
        if entry.body == DOCTOR {
            return knocked(&entry);
        }
        let came = Instant::now();
        let until = came + KEPT_WITHIN;
        let within = patience(self.clock.now_ms() - entry.at);
        Counters::add(&self.counters.hooks_received);
        let (entry, read) = self.read(entry).await;
        let mut read = match read {
            Ok(read) => read,
            Err(error) => {
                Counters::add(&self.counters.hooks_unreadable);
                tracing::debug!("hook of {}: {error}", entry.source);
                return nothing();
            }
        };
        let envelope = entry.envelope.clone();
        let batch = std::mem::take(&mut read.batch);
        match self.keep(entry, batch, until).await {
            Kept::No => {
                Counters::add(&self.counters.hooks_refused);
                return HookReply::NotKept;
            }
            // What is not stored yet cannot be taken into account.
            Kept::Spooled => return nothing(),
            Kept::Stored => {}
        }
        self.publisher.nudge();
        self.follow(&read);
        if let Some(sense) = self.sense.get() {
            sense.hook(&read);
        }
        let writer = self.writer.borrow().clone();
        let reply = self.speaker.answer(read, envelope.as_deref(), writer, came + within).await;
        if !matches!(&reply, HookReply::Kept { body, .. } if body.is_empty()) {
            Counters::add(&self.counters.hooks_answered);
        }
        reply
    }

    async fn read(self: &Arc<Self>, entry: Entry) -> (Entry, Result<HookRead, crate::ingest::HookError>) {
        let (reader, now) = (Arc::clone(&self.reader), self.clock.now_ms());
        if entry.body.len() < LARGE && !reader.may_wait(&entry) {
            let read = reader.read(&entry, now);
            return (entry, read);
        }
        let kept = entry.clone();
        let work = tokio::task::spawn_blocking(move || {
            let read = reader.read(&entry, now);
            (entry, read)
        });
        work.await.unwrap_or((kept, Err(crate::ingest::HookError::NotJson)))
    }

    /// In the store, else in the spool. Behind what waits in the spool already, so that the order stays.
    async fn keep(self: &Arc<Self>, entry: Entry, batch: Batch, until: Instant) -> Kept {
        if let Some(writer) = self.writer(until).await
            && !self.spool.pending()
        {
            match stored(&writer, batch, until).await {
                Some(Ok(())) => {
                    Counters::add(&self.counters.hooks_stored);
                    return Kept::Stored;
                }
                Some(Err(error)) => {
                    Counters::add(&self.counters.commit_failures);
                    self.troubles.note(Topic::Storing, format!("events cannot be stored at once: {error}"));
                }
                // It may still be stored; told twice it is one.
                None => {}
            }
        }
        self.spooled(entry, until).await
    }

    async fn writer(&self, until: Instant) -> Option<WriterHandle> {
        let mut writer = self.writer.clone();
        if self.troubles.has(Topic::Store) {
            return writer.borrow_and_update().clone();
        }
        let open = tokio::time::timeout_at(until, writer.wait_for(Option::is_some)).await;
        open.ok()?.ok()?.clone()
    }

    async fn spooled(self: &Arc<Self>, entry: Entry, until: Instant) -> Kept {
        let spool = Arc::clone(&self.spool);
        let deadline = std::time::Instant::now() + SPOOL_WITHIN;
        let level = self.level;
        let appended = tokio::task::spawn_blocking(move || spool.append(&safe(&entry, level), deadline)).await;
        match appended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!("a hook event could not be spooled: {error}");
                return Kept::No;
            }
            Err(_panicked) => return Kept::No,
        }
        Counters::add(&self.counters.hooks_spooled);
        if self.troubles.has(Topic::Store) {
            return Kept::Spooled;
        }
        if self.nudge.drained(until).await && !self.spool.pending() { Kept::Stored } else { Kept::Spooled }
    }

    /// The transcript that the hook names is worth a look from now on.
    fn follow(&self, read: &HookRead) {
        let Some(path) = &read.transcript_path else { return };
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= NAMED {
            named.clear();
        }
        if named.insert((read.agent, path.clone()))
            && let Some(tail) = self.tail.get()
        {
            tail.look_at(read.agent, path.clone());
        }
    }

    /// From now on transcripts are followed; those that were named before, too.
    pub fn followed_by(&self, tail: TailHandle) {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        for (agent, path) in &*named {
            tail.look_at(*agent, path.clone());
        }
        // Set once: there is one sidecar in a process.
        let _ = self.tail.set(tail);
    }
}

/// How long an answer may take to a hook that began so many milliseconds ago: starting the sidecar took its time, too.
fn patience(age: Millis) -> Duration {
    let age = Duration::from_millis(age.clamp(0, 10_000).unsigned_abs());
    ANSWERED_WITHIN.min(HEARD_WITHIN.saturating_sub(age))
}

/// `None`: not in time.
async fn stored(writer: &WriterHandle, batch: Batch, until: Instant) -> Option<Result<(), StoreError>> {
    let (tell, told) = oneshot::channel();
    let handed_over = writer.submit_urgent(batch, move |outcome| {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(outcome);
    });
    if let Err(error) = handed_over {
        return Some(Err(error));
    }
    let outcome = tokio::time::timeout_at(until, told).await.ok()?;
    Some(outcome.unwrap_or(Err(StoreError::WriterGone)))
}

/// Who heard it, and whose it was.
fn knocked(entry: &Entry) -> HookReply {
    let agent: Option<Agent> = entry.source.parse().ok();
    let body = serde_json::json!({"heard": agent.map(Agent::name), "pid": std::process::id()});
    HookReply::Kept { body: body.to_string(), json: true }
}

pub(super) fn nothing() -> HookReply {
    HookReply::Kept { body: String::new(), json: false }
}
