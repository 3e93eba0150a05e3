//! The slow part of starting, and the threads that go on after it: the store, the spool, the transcripts.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::drain::Drain;
use super::intake::Intake;
use super::sense::{Senses, Sensing};
use super::stop::Stop;
use super::troubles::{Topic, Troubles};
use crate::answer::Refusal;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{Tail, TailHandle, TailSetup};
use crate::link;
use crate::redact::Redactor;
use crate::store::{IdleReaders, StoreError, Writer, WriterHandle, WriterThread};

/// While another process writes, such as an import.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// After a failure that may last.
const LATER: Duration = Duration::from_millis(500);
const LOCKED_FOR_LONG: Duration = Duration::from_secs(5);
/// Kept free for events that come while the disk is full.
const RESERVE: u64 = 8 * 1024 * 1024;
/// Nothing was committed for this long.
const QUIET: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_secs(2);
const SWEEP_EVERY: Duration = Duration::from_hours(6);

/// Gives the writer back when all is done.
pub(super) struct Work(JoinHandle<Option<WriterThread>>);

impl Work {
    pub fn start(
        config: &Config,
        intake: &Arc<Intake>,
        drain: Drain,
        opened: watch::Sender<Option<WriterHandle>>,
        stop: &Arc<Stop>,
        redactor: Redactor,
    ) -> Result<Self, Refusal> {
        let (config, intake, troubles) = (config.clone(), Arc::clone(intake), Arc::clone(&intake.troubles));
        let stop = Arc::clone(stop);
        let main = spawn("tma1 work", move || {
            let writer = open(&config, &troubles, &stop)?;
            let thread = match WriterThread::start_live(writer) {
                Ok(thread) => thread,
                Err(error) => {
                    troubles.note(Topic::Store, error.to_string());
                    return None;
                }
            };
            let handle = thread.handle();
            opened.send_replace(Some(handle.clone()));
            tracing::info!("the store is open");
            std::thread::scope(|scope| {
                let (config, handle, stop) = (&config, &handle, &*stop);
                scope.spawn(move || drain.run(handle, stop));
                let idle = Arc::clone(&intake.speaker.idle);
                scope.spawn(move || tidy_up(&idle, config, handle, stop));
                if let Some(sensing) = Sensing::start(senses(config, &intake, handle, redactor)) {
                    // Set once: there is one sidecar in a process.
                    let _ = intake.sense.set(Arc::clone(&sensing.sense));
                    scope.spawn(move || sensing.run(stop));
                }
                if let Err(error) = intake.spool.reserve(RESERVE) {
                    let what = "no room could be set aside for events that come while the disk is full";
                    troubles.note(Topic::Reserve, format!("{what}: {error}"));
                }
                follow(config, &intake, handle, redactor, stop);
            });
            Some(thread)
        })?;
        Ok(Self(main))
    }

    /// Everything handed over is stored, the log folded back.
    pub fn finish(self) {
        let writer = self.0.join().ok().flatten();
        if let Some(Ok(mut writer)) = writer.map(WriterThread::finish)
            && let Err(error) = writer.settle()
        {
            tracing::warn!("the log of the store could not be folded back: {error}");
        }
    }
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Refusal> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|e| Refusal::internal(format!("the sidecar cannot start: {e}")))
}

fn senses(config: &Config, intake: &Arc<Intake>, writer: &WriterHandle, redactor: Redactor) -> Senses {
    let (waiting, load) = (Arc::clone(intake), writer.clone());
    let nothing_waits = move || {
        let tail = waiting.tail.get().map(TailHandle::counters);
        let read = tail.is_some_and(|tail| tail.caught_up && tail.waiting_files == 0);
        read && load.load().urgent == 0 && !waiting.spool.pending()
    };
    Senses {
        nothing_waits: Box::new(nothing_waits),
        data_dir: config.data_dir.clone(),
        home: config.home.clone(),
        clock: intake.clock,
        redactor,
        idle: Arc::clone(&intake.speaker.idle),
        writer: writer.clone(),
        troubles: Arc::clone(&intake.troubles),
    }
}

/// Follows the transcripts until the order to stop.
fn follow(config: &Config, intake: &Arc<Intake>, writer: &WriterHandle, redactor: Redactor, stop: &Stop) {
    let publisher = Arc::clone(&intake.publisher);
    let tail = Tail::start(TailSetup {
        places: config.places.clone(),
        clock: intake.clock,
        redactor,
        writer: writer.clone(),
        committed: Box::new(move |_| publisher.nudge()),
    });
    match tail {
        Ok(tail) => {
            intake.followed_by(tail.handle());
            stop.wait();
            tail.stop();
        }
        Err(error) => {
            intake.troubles.note(Topic::Transcripts, format!("transcripts are not followed: {error}"));
            stop.wait();
        }
    }
}

/// Opens the store as soon as nobody else writes. `None`: stopped before that, or it cannot be opened.
fn open(config: &Config, troubles: &Troubles, stop: &Stop) -> Option<Writer> {
    let began = Instant::now();
    loop {
        match Writer::open(&config.data_dir) {
            Ok(writer) => {
                troubles.over(Topic::Store);
                return Some(writer);
            }
            // An import of a moment is no trouble.
            Err(StoreError::Locked(_)) if began.elapsed() < LOCKED_FOR_LONG => {}
            Err(error) => troubles.note(Topic::Store, format!("{error}; events wait in the spool")),
        }
        if stop.sleep(if troubles.has(Topic::Store) { LATER } else { AGAIN_AFTER }) {
            return None;
        }
    }
}

/// Lets old rows go now and then, and folds the log back in quiet moments: never while somebody waits.
fn tidy_up(idle: &IdleReaders, config: &Config, writer: &WriterHandle, stop: &Stop) {
    let mut sweep_at = Instant::now() + QUIET;
    let (mut commits, mut since, mut folded) = (writer.load().commits, Instant::now(), false);
    // What ended while no sidecar ran, too.
    end_builds(idle, config, writer);
    while !stop.sleep(LOOK_EVERY) {
        end_builds(idle, config, writer);
        let now = writer.load().commits;
        if now != commits {
            (commits, since, folded) = (now, Instant::now(), false);
            continue;
        }
        if since.elapsed() < QUIET {
            continue;
        }
        if Instant::now() > sweep_at {
            sweep_at = Instant::now() + SWEEP_EVERY;
            sweep(config, writer);
        }
        if !folded {
            folded = true;
            if let Ok(Err(error)) = writer.with(Writer::rest) {
                tracing::warn!("the log of the store could not be folded back: {error}");
            }
        }
    }
}

/// A wrapper that was killed tells no end.
fn end_builds(idle: &IdleReaders, config: &Config, writer: &WriterHandle) {
    let Ok(reader) = idle.take(&config.data_dir) else { return };
    let running = reader.wrapped_builds().unwrap_or_default();
    idle.give_back(reader);
    for (row, process) in running {
        if !link::is_there((process.pid, process.started)) {
            let now = Clock::SYSTEM.now_ms();
            // Where it cannot be stored now it is found again.
            let _ = writer.with(move |writer| writer.build_is_gone(row, now));
        }
    }
}

fn sweep(config: &Config, writer: &WriterHandle) {
    let now = Clock::SYSTEM.now_ms();
    let raw_before = config.data_ttl_ms.map_or(i64::MIN, |ttl| now - ttl);
    let history_before = config.history_ttl_ms.map(|ttl| now - ttl);
    if let Ok(Err(error)) = writer.with(move |writer| writer.sweep(raw_before, history_before)) {
        tracing::warn!("old rows could not be let go: {error}");
    }
}
