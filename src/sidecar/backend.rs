//! What the door asks of the sidecar.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{broadcast, mpsc, watch};

use super::counters::Counters;
use super::import;
use super::intake::Intake;
use super::live::Publisher;
use super::stop::Stop;
use super::telemetry::Telemetry;
use super::troubles::Troubles;
use crate::answer::deliveries::Wishes;
use crate::answer::status::Sidecar;
use crate::clock::Clock;
use crate::config::{Config, LiveSettings};
use crate::ingest::RootState;
use crate::link::ServerInfo;
use crate::redact::Redactor;
use crate::serve::http::{Backend, HookReply, ImportOrder, Later, LiveEvent, TelemetryPost, TelemetryReply};
use crate::spool::Entry;
use crate::store::WriterHandle;

pub(super) struct SidecarBackend {
    pub intake: Arc<Intake>,
    pub telemetry: Arc<Telemetry>,
    pub publisher: Arc<Publisher>,
    pub counters: Arc<Counters>,
    pub writer: watch::Receiver<Option<WriterHandle>>,
    pub redactor: Redactor,
    pub config: Config,
    pub clock: Clock,
    pub info: ServerInfo,
    pub troubles: Arc<Troubles>,
    pub stop: Arc<Stop>,
    /// One import at a time.
    pub scan: Arc<Mutex<()>>,
}

impl Backend for SidecarBackend {
    fn hook(&self, entry: Entry) -> Later<HookReply> {
        // A sender that hangs up meanwhile has told it all the same.
        let seen_through = tokio::spawn(Arc::clone(&self.intake).hook(entry));
        Box::pin(async move { seen_through.await.unwrap_or(HookReply::NotKept) })
    }

    fn telemetry(&self, post: TelemetryPost) -> Later<TelemetryReply> {
        Box::pin(Arc::clone(&self.telemetry).take(post))
    }

    fn live(&self) -> broadcast::Receiver<Arc<LiveEvent>> {
        self.publisher.listen()
    }

    fn settings(&self) -> LiveSettings {
        self.config.settings.clone()
    }

    fn wishes(&self) -> Wishes {
        self.config.wishes()
    }

    fn sidecar(&self) -> Sidecar {
        let load = self.writer.borrow().as_ref().map(WriterHandle::load).unwrap_or_default();
        let mut counters: BTreeMap<String, i64> = self.counters.all();
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        counters.insert("commits".to_owned(), count(load.commits));
        let mut problems = self.troubles.list();
        problems.extend(self.config.settings.problems());
        if let Some(tail) = self.intake.tail.get() {
            let tail = tail.counters();
            problems.extend(tail.problems.iter().cloned());
            let few = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            counters.extend([
                ("watched_directories".to_owned(), few(tail.watched_dirs)),
                ("followed_files".to_owned(), few(tail.followed_files)),
                ("waiting_files".to_owned(), few(tail.waiting_files)),
                ("rescans".to_owned(), count(tail.rescans)),
                ("watch_overflows".to_owned(), count(tail.overflows)),
                ("tail_failures".to_owned(), count(tail.failures)),
            ]);
        }
        if let Some(sense) = self.intake.sense.get() {
            let trees = sense.trees().counters();
            for tree in &trees.roots {
                problems.extend(tree.problem.as_ref().map(|problem| format!("{}: {problem}", tree.root.display())));
            }
            let all = |of: fn(&RootState) -> usize| {
                i64::try_from(trees.roots.iter().map(of).sum::<usize>()).unwrap_or(i64::MAX)
            };
            counters.extend([
                ("watched_projects".to_owned(), all(|_| 1)),
                (
                    "watched_project_directories".to_owned(),
                    all(|tree| if tree.looked_at { 0 } else { tree.directories }),
                ),
                ("known_project_files".to_owned(), all(|tree| tree.files)),
                ("file_event_overflows".to_owned(), count(trees.overflows)),
                ("file_sensor_failures".to_owned(), count(trees.failures)),
            ]);
        }
        Sidecar {
            running: true,
            pid: Some(self.info.pid),
            version: Some(self.info.version.clone()),
            started_at: Some(self.info.started_at.clone()),
            socket: Some(self.info.socket.clone()),
            address: self.info.port.map(|port| format!("http://{}:{port}", bracketed(&self.info.host))),
            problems,
            queue: i64::try_from(load.urgent + load.bulk).unwrap_or(i64::MAX),
            counters,
            telemetry: self.telemetry.arrived(),
        }
    }

    fn import(&self, order: ImportOrder) -> mpsc::Receiver<String> {
        let (lines, receiver) = mpsc::channel(16);
        let run = import::Run {
            config: self.config.clone(),
            redactor: self.redactor,
            clock: self.clock,
            writer: self.writer.clone(),
            scan: Arc::clone(&self.scan),
        };
        tokio::task::spawn_blocking(move || run.tell(order, &lines));
        receiver
    }

    fn stop(&self) {
        self.stop.give();
    }
}

/// As it stands in a URL.
fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
