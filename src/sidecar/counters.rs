//! What the sidecar did since it started, by number.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one run; whoever counts holds it in an `Arc`.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub hooks_received: AtomicU64,
    pub hooks_stored: AtomicU64,
    /// Kept in the spool, because they could not be stored at once.
    pub hooks_spooled: AtomicU64,
    /// Refused: whoever sent them keeps them.
    pub hooks_refused: AtomicU64,
    /// No JSON, or of an agent we do not know.
    pub hooks_unreadable: AtomicU64,
    pub hooks_answered: AtomicU64,
    /// Answers given up because they took too long.
    pub answers_late: AtomicU64,
    /// Requests, and what was in them.
    pub telemetry_received: AtomicU64,
    pub telemetry_logs: AtomicU64,
    pub telemetry_spans: AtomicU64,
    pub telemetry_data_points: AtomicU64,
    /// Log records that are not kept: too long, or too many at once.
    pub telemetry_rejected: AtomicU64,
    /// Requests that are none, and those that could not be stored.
    pub telemetry_unreadable: AtomicU64,
    pub telemetry_refused: AtomicU64,
    pub spool_drained: AtomicU64,
    pub commit_failures: AtomicU64,
    pub task_panics: AtomicU64,
}

impl Counters {
    pub fn add(counter: &AtomicU64) {
        Self::add_many(counter, 1);
    }

    pub fn add_many(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }

    pub fn all(&self) -> BTreeMap<String, i64> {
        let each = [
            ("hooks_received", &self.hooks_received),
            ("hooks_stored", &self.hooks_stored),
            ("hooks_spooled", &self.hooks_spooled),
            ("hooks_refused", &self.hooks_refused),
            ("hooks_unreadable", &self.hooks_unreadable),
            ("hooks_answered", &self.hooks_answered),
            ("answers_late", &self.answers_late),
            ("telemetry_received", &self.telemetry_received),
            ("telemetry_logs", &self.telemetry_logs),
            ("telemetry_spans", &self.telemetry_spans),
            ("telemetry_data_points", &self.telemetry_data_points),
            ("telemetry_rejected", &self.telemetry_rejected),
            ("telemetry_unreadable", &self.telemetry_unreadable),
            ("telemetry_refused", &self.telemetry_refused),
            ("spool_drained", &self.spool_drained),
            ("commit_failures", &self.commit_failures),
            ("task_panics", &self.task_panics),
        ];
        each.into_iter()
            .map(|(name, counter)| {
                (name.to_owned(), i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX))
            })
            .collect()
    }
}
