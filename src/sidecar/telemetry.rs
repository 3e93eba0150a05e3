//! OpenTelemetry's way: read off the threads that serve everybody, stored behind what hooks wait for, counted.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use super::counters::Counters;
use crate::answer::rfc3339;
use crate::answer::status::Telemetry as Arrived;
use crate::clock::Clock;
use crate::ingest::otlp::{self, Form, Told};
use crate::model::Signal;
use crate::redact::Redactor;
use crate::serve::http::{TelemetryPost, TelemetryReply};
use crate::store::{Batch, StoreError, WriterHandle};

/// Requests that are read and stored at once; more wait a little.
const AT_ONCE: usize = 4;
const TURN: Duration = Duration::from_secs(2);
/// For the store to open, and then to store: exporters wait ten seconds for an answer.
const STORED_WITHIN: Duration = Duration::from_secs(5);
/// Services of no agent we know are one.
const OTHERS: &str = "other";

pub(super) struct Telemetry {
    pub clock: Clock,
    pub redactor: Redactor,
    pub counters: Arc<Counters>,
    pub writer: watch::Receiver<Option<WriterHandle>>,
    turns: Arc<Semaphore>,
    arrived: Mutex<BTreeMap<String, Arrived>>,
}

impl Telemetry {
    pub fn new(
        clock: Clock,
        redactor: Redactor,
        counters: Arc<Counters>,
        writer: watch::Receiver<Option<WriterHandle>>,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { clock, redactor, counters, writer, turns, arrived: Mutex::default() }
    }

    /// By agent, what came since the start.
    pub fn arrived(&self) -> BTreeMap<String, Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub async fn take(self: Arc<Self>, post: TelemetryPost) -> TelemetryReply {
        Counters::add(&self.counters.telemetry_received);
        let form = if post.json { Form::Json } else { Form::Protobuf };
        let until = Instant::now() + STORED_WITHIN;
        let Ok(Ok(turn)) = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await else {
            return self.not_now(form);
        };
        let Some(writer) = self.open(until).await else { return self.not_now(form) };
        let this = Arc::clone(&self);
        let work = tokio::task::spawn_blocking(move || {
            let reply = this.stored(&post, form, &writer, until);
            drop(turn);
            reply
        });
        work.await.unwrap_or_else(|_panicked| self.not_now(form))
    }

    async fn open(&self, until: Instant) -> Option<WriterHandle> {
        let mut writer = self.writer.clone();
        let open = tokio::time::timeout_at(until.into(), writer.wait_for(Option::is_some)).await;
        open.ok()?.ok()?.clone()
    }

    fn stored(&self, post: &TelemetryPost, form: Form, writer: &WriterHandle, until: Instant) -> TelemetryReply {
        let mut told = match otlp::read(post.signal, form, &post.body, self.redactor, self.clock.now_ms()) {
            Ok(told) => told,
            Err(error) => {
                Counters::add(&self.counters.telemetry_unreadable);
                tracing::debug!("telemetry: {error}");
                return TelemetryReply::Unreadable(otlp::unreadable(form, &error));
            }
        };
        for batch in std::mem::take(&mut told.batches) {
            if !commit(writer, batch, until) {
                return self.not_now(form);
            }
        }
        self.note(post.signal, &told);
        TelemetryReply::Taken(otlp::accepted(post.signal, form, &told))
    }

    fn note(&self, signal: Signal, told: &Told) {
        let all = match signal {
            Signal::Logs => &self.counters.telemetry_logs,
            Signal::Traces => &self.counters.telemetry_spans,
            Signal::Metrics => &self.counters.telemetry_data_points,
        };
        Counters::add_many(all, told.count());
        Counters::add_many(&self.counters.telemetry_rejected, told.rejected);
        let now = rfc3339(self.clock.now_ms());
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        for (service, count) in &told.counts {
            let agent = otlp::agent_of(service).map_or(OTHERS, crate::model::Agent::name);
            let of = arrived.entry(agent.to_owned()).or_default();
            let sum = match signal {
                Signal::Logs => &mut of.logs,
                Signal::Traces => &mut of.spans,
                Signal::Metrics => &mut of.data_points,
            };
            of.requests += 1;
            *sum = sum.saturating_add(i64::try_from(*count).unwrap_or(i64::MAX));
            of.last_at = Some(now.clone());
        }
    }

    fn not_now(&self, form: Form) -> TelemetryReply {
        Counters::add(&self.counters.telemetry_refused);
        TelemetryReply::NotNow(otlp::busy(form))
    }
}

/// Whether it is stored in time. It may still be later; sent again it is one.
fn commit(writer: &WriterHandle, batch: Batch, until: Instant) -> bool {
    let (tell, told) = sync_channel(1);
    let handed_over = writer.submit(batch, move |outcome: Result<(), StoreError>| {
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(outcome);
    });
    let outcome = handed_over.and_then(|()| {
        told.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap_or(Err(StoreError::Busy))
    });
    if let Err(error) = &outcome {
        tracing::debug!("telemetry could not be stored: {error}");
    }
    outcome.is_ok()
}
