//! An import that another tma1 process asked for: the sidecar is the writer, so it reads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::{mpsc, watch};

use crate::adapters::Places;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{Import, ImportReport, Progress};
use crate::model::Agent;
use crate::redact::{Redactor, UnknownLevel};
use crate::serve::http::ImportOrder;
use crate::store::WriterHandle;

/// Between two lines that say how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);

const OPEN_WITHIN: Duration = Duration::from_mins(1);

pub(super) struct Run {
    pub config: Config,
    pub redactor: Redactor,
    pub clock: Clock,
    pub writer: watch::Receiver<Option<WriterHandle>>,
    pub scan: Arc<Mutex<()>>,
}

impl Run {
    /// Blocks until the import is done; the last line is its report, or what went wrong.
    pub fn tell(&self, order: ImportOrder, lines: &mpsc::Sender<String>) {
        let progress = Progress::default();
        let done = AtomicBool::new(false);
        let last = std::thread::scope(|scope| {
            let work = scope.spawn(|| {
                let outcome = self.import(order, &progress);
                done.store(true, Ordering::Release);
                outcome
            });
            while !done.load(Ordering::Acquire) && !work.is_finished() {
                std::thread::park_timeout(TELL_EVERY);
                let line = json!({
                    "bytes_done": progress.bytes_done.load(Ordering::Relaxed),
                    "bytes_total": progress.bytes_total.load(Ordering::Relaxed),
                });
                // Whoever asked has left: the import goes on, it is of use all the same.
                let _ = lines.try_send(line.to_string());
            }
            work.join().unwrap_or_else(|_| Err("internal error in the import".to_owned()))
        });
        let line = match last {
            Ok(report) => json!({ "report": report.to_json() }),
            Err(message) => json!({ "error": message }),
        };
        let _ = lines.blocking_send(line.to_string());
    }

    /// A sidecar that was just started opens its store in a moment; a large one may be brought up to date first.
    fn opened(&self) -> Option<WriterHandle> {
        let until = Instant::now() + OPEN_WITHIN;
        loop {
            if let Some(writer) = &*self.writer.borrow() {
                return Some(writer.clone());
            }
            if Instant::now() > until || self.writer.has_changed().is_err() {
                return None;
            }
            std::thread::sleep(TELL_EVERY / 20);
        }
    }

    fn import(&self, order: ImportOrder, progress: &Progress) -> Result<ImportReport, String> {
        let agent = order.agent.map(|name| name.parse::<Agent>().map_err(|e| e.to_string())).transpose()?;
        let redactor = match order.redaction {
            Some(level) => Redactor::new(level.parse().map_err(|e: UnknownLevel| e.to_string())?),
            None => self.redactor,
        };
        let places = match order.places {
            Some(places) => serde_json::from_value::<Places>(places).map_err(|e| format!("places: {e}"))?,
            None => self.config.places.clone(),
        };
        let Some(writer) = self.opened() else {
            return Err("the store cannot be opened; `tma1 status` says why".to_owned());
        };
        let import =
            Import { agent, path: order.path.map(Into::into), since_ms: order.since_ms, places, clock: self.clock };
        let _one_at_a_time = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        import.run(&writer, &redactor, progress).map_err(|e| e.to_string())
    }
}
