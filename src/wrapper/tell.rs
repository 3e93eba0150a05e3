//! Telling what a run does, beside the run: to the sidecar, else into the store, else into the spool.
//!
//! The command never waits for it. When it has ended, the rest is waited for a moment and then spooled.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::builds::report::{RunReport, SOURCE};
use crate::clock::Clock;
use crate::hook;
use crate::ingest::HookReader;
use crate::link::{self, LinkError, Place, Request};
use crate::redact::{Level, Redactor};
use crate::spool::{Entry, Spool, SpoolError};
use crate::store::{StoreError, Writer};

const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
const STARTED_WITHIN: Duration = Duration::from_secs(2);
/// After the command's end.
pub(super) const TOLD_WITHIN: Duration = Duration::from_millis(250);
const SPOOLED_WITHIN: Duration = Duration::from_millis(100);
/// Nothing can be told at the moment.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Where to, and how.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    pub level: Level,
    /// Whether a sidecar may be started.
    pub autostart: bool,
    pub clock: Clock,
}

/// Why something is not told.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the sidecar did not take it: status {0}")]
    NotTaken(u16),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells one report after the other, on a thread of its own.
pub(super) struct Teller {
    shared: Arc<Shared>,
}

struct Shared {
    delivery: Delivery,
    place: Place,
    /// Until when a sidecar that was started with us should listen.
    up_until: Instant,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// In order; of one run only what was told last.
    reports: Vec<RunReport>,
    ended: bool,
}

impl Teller {
    pub fn start(delivery: Delivery) -> Self {
        let place = Place::new(&delivery.data_dir);
        let up_until = Instant::now() + STARTED_WITHIN;
        let shared = Shared { delivery, place, up_until, waiting: Mutex::default(), changed: Condvar::new() };
        let shared = Arc::new(shared);
        let telling = Arc::clone(&shared);
        // Without a thread everything goes into the spool at the end.
        let _ = std::thread::Builder::new().name("tell".to_owned()).spawn(move || telling.run());
        Self { shared }
    }

    pub fn tell(&self, report: RunReport) {
        let mut waiting = self.shared.lock();
        match waiting.reports.iter_mut().find(|known| known.run_id == report.run_id) {
            Some(known) => *known = report,
            None => waiting.reports.push(report),
        }
        self.shared.changed.notify_all();
    }

    /// Everything is told, or lies in the spool, when this returns.
    ///
    /// # Errors
    /// It is lost.
    pub fn finish(&self) -> Result<(), SpoolError> {
        let until = Instant::now() + TOLD_WITHIN;
        let mut waiting = self.shared.lock();
        waiting.ended = true;
        self.shared.changed.notify_all();
        while !waiting.reports.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            let woken = self.shared.changed.wait_timeout(waiting, left);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        let untold = std::mem::take(&mut waiting.reports);
        drop(waiting);
        untold.iter().try_for_each(|report| self.shared.spool(report))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut waiting = self.lock();
        loop {
            let Some(report) = waiting.reports.first().cloned() else {
                if waiting.ended {
                    return;
                }
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(waiting);
            let told = self.deliver(&report);
            waiting = self.lock();
            if let Err(error) = told {
                tracing::debug!("a run could not be told yet: {error}");
                if waiting.ended {
                    // The spool is sure, another attempt is not.
                    return self.give_up(waiting);
                }
                waiting = self.changed.wait_timeout(waiting, AGAIN_AFTER).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            waiting.reports.retain(|known| *known != report);
            self.changed.notify_all();
        }
    }

    fn give_up(&self, mut waiting: MutexGuard<'_, Waiting>) {
        waiting.reports.retain(|report| self.spool(report).is_err());
        self.changed.notify_all();
    }

    fn deliver(&self, report: &RunReport) -> Result<(), Untold> {
        let entry = self.entry(report);
        match self.post(&entry) {
            // One was started with us.
            Err(Untold::Link(LinkError::NotRunning)) if self.delivery.autostart => {
                link::wait_until_up(&self.place, self.up_until);
                self.post(&entry)
            }
            Err(Untold::Link(LinkError::NotRunning)) => self.write(&entry),
            // One that was just ending.
            Err(Untold::Link(LinkError::Broken(_))) => self.post(&entry),
            told => told,
        }
    }

    fn post(&self, entry: &Entry) -> Result<(), Untold> {
        let at = entry.at.to_string();
        let path = format!("/api/hooks?source={SOURCE}");
        let headers =
            [("Content-Type", "application/json"), ("tma1-event-id", entry.id.as_str()), ("tma1-at", at.as_str())];
        let request =
            Request { path: &path, headers: &headers, body: &entry.body, deadline: Instant::now() + ANSWERED_WITHIN };
        match link::post(&self.place, &request)?.status {
            200..=299 => Ok(()),
            status => Err(Untold::NotTaken(status)),
        }
    }

    /// As the one writer, for this moment.
    fn write(&self, entry: &Entry) -> Result<(), Untold> {
        let Delivery { data_dir, home, level, clock, .. } = &self.delivery;
        let mut writer = Writer::open(data_dir)?;
        if let Ok(read) = HookReader::new(Redactor::new(*level), home).read(entry, clock.now_ms()) {
            writer.apply(read.batch)?;
        }
        Ok(())
    }

    fn spool(&self, report: &RunReport) -> Result<(), SpoolError> {
        let Delivery { data_dir, level, .. } = &self.delivery;
        let entry = hook::safe(&self.entry(report), *level);
        Spool::new(data_dir).append(&entry, Instant::now() + SPOOLED_WITHIN)
    }

    fn entry(&self, report: &RunReport) -> Entry {
        Entry {
            id: super::fresh_id(),
            at: self.delivery.clock.now_ms(),
            source: SOURCE.to_owned(),
            body: serde_json::to_vec(report).unwrap_or_default(),
            ..Entry::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BuildStatus;

    fn delivery(dir: &std::path::Path) -> Delivery {
        Delivery {
            data_dir: dir.join("data"),
            home: dir.to_owned(),
            level: Level::Preview,
            autostart: false,
            clock: Clock::SYSTEM,
        }
    }

    fn ended(run_id: &str) -> RunReport {
        RunReport {
            run_id: run_id.to_owned(),
            tag: "make".to_owned(),
            started_at: Some(1),
            ended_at: Some(2),
            status: Some(BuildStatus::Passed),
            ..RunReport::default()
        }
    }

    #[test]
    fn with_nobody_there_it_becomes_the_writer() {
        let dir = tempfile::tempdir().unwrap();
        let teller = Teller::start(delivery(dir.path()));
        teller.tell(RunReport { status: Some(BuildStatus::Running), ended_at: None, ..ended("r") });
        teller.tell(ended("r"));
        // A slow machine may not manage it in time, and has it in the spool then.
        teller.finish().unwrap();
        let data = dir.path().join("data");
        let spooled = Spool::new(&data).state().entries;
        let until = Instant::now() + Duration::from_secs(20);
        let rows = loop {
            let rows = crate::store::Reader::open(&data)
                .and_then(|mut reader| reader.sql("SELECT status FROM builds", Duration::from_secs(5), 10))
                .map(|answer| answer.rows.len())
                .unwrap_or_default();
            if rows > 0 || Instant::now() > until {
                break rows;
            }
        };
        assert!(rows == 1 || spooled > 0, "{rows} {spooled}");
    }

    #[test]
    fn while_another_writes_it_waits_in_the_spool() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let _other = Writer::open(&data).unwrap();
        let teller = Teller::start(delivery(dir.path()));
        teller.tell(RunReport { tail: Some("ghp_0123456789abcdefghijABCDEFGHIJ012345".to_owned()), ..ended("r") });
        teller.finish().unwrap();
        let taken = Spool::new(&data).take(1 << 20).unwrap();
        let [entry] = taken.entries() else { panic!("{taken:?}") };
        let report: RunReport = serde_json::from_slice(&entry.body).unwrap();
        assert_eq!(
            (entry.source.as_str(), report.run_id.as_str(), report.status),
            (SOURCE, "r", Some(BuildStatus::Passed))
        );
        assert!(!report.tail.unwrap().contains("ghp_"));
    }
}
