//! The sidecar: one process per data directory that listens to hooks, follows transcripts and is the only writer.
//!
//! It listens before it does anything slow: the store is opened, the spool drained and the history read while
//! hooks are already answered.

mod backend;
mod counters;
mod drain;
mod hold;
mod import;
mod intake;
mod listen;
mod live;
mod log;
mod notice;
mod sense;
mod speak;
mod stop;
mod telemetry;
mod troubles;
mod upkeep;
mod work;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::watch;

use self::backend::SidecarBackend;
use self::counters::Counters;
use self::drain::{Drain, Drained};
use self::hold::Hold;
use self::intake::Intake;
use self::listen::Listening;
use self::live::Publisher;
use self::speak::Speaker;
use self::stop::Stop;
use self::troubles::{Topic, Troubles};
use self::work::Work;
use crate::answer::Refusal;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::HookReader;
use crate::link::Place;
use crate::paths;
use crate::perceive::load::Memo;
use crate::redact::Redactor;
#[cfg(unix)]
use crate::serve::http::serve_unix;
use crate::serve::http::{Door, DoorSettings, serve_tcp};
use crate::spool::Spool;
use crate::store::{IdleReaders, WriterHandle};

const CLOCK: Clock = Clock::SYSTEM;

/// How this run differs from what the settings say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub host: Option<IpAddr>,
    pub port: Option<u16>,
    /// Started by another tma1 process: nobody looks at its standard error, and no terminal may end it.
    pub detached: bool,
}

/// Runs until it is told to stop.
///
/// # Errors
/// Another one runs for this data directory, or nothing could be listened on.
pub fn run(config: &Config, options: Options) -> Result<(), Refusal> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    if options.detached {
        // Fails only where it leads a session already.
        let _ = rustix::process::setsid();
    }
    paths::private_dir(&config.data_dir)
        .map_err(|e| Refusal::internal(format!("cannot create {}: {e}", config.data_dir.display())))?;
    let place = Place::new(&config.data_dir);
    let hold = hold::take(&place)?;
    let redactor = Redactor::new(config.redaction);
    log::Log::open(&config.data_dir, redactor, !options.detached).install(config.log_level);
    let host = options.host.unwrap_or(config.host);
    let listening = listen::open(&place, host, options.port.unwrap_or(config.port), CLOCK)?;
    let Assembled { intake, door, drain, opened, stop } = assemble(config, redactor, host, &listening);
    let work = Work::start(config, &intake, drain, opened, &stop, redactor)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .thread_name("tma1 door")
        .enable_all()
        .build()
        .map_err(|e| Refusal::internal(format!("the sidecar cannot start: {e}")))?;
    let outcome = runtime.block_on(serve(&place, &hold, listening, &intake, &door, &stop));
    stop.give();
    // Whoever still looks something up: nobody is there to hear it.
    runtime.shutdown_background();
    work.finish();
    hold.release();
    tracing::info!("stopped");
    outcome
}

/// The parts, wired together.
struct Assembled {
    intake: Arc<Intake>,
    door: Arc<Door>,
    drain: Drain,
    opened: watch::Sender<Option<WriterHandle>>,
    stop: Arc<Stop>,
}

fn assemble(config: &Config, redactor: Redactor, host: IpAddr, listening: &Listening) -> Assembled {
    let counters = Arc::new(Counters::default());
    contain_panics(&counters);
    let troubles = Arc::new(Troubles::default());
    for problem in &listening.problems {
        troubles.note(Topic::Door, problem.clone());
    }
    let idle = Arc::new(IdleReaders::default());
    let spool = Arc::new(Spool::new(&config.data_dir));
    let reader = Arc::new(HookReader::new(redactor, &config.home));
    let publisher = Arc::new(Publisher::new(config.data_dir.clone(), Arc::clone(&idle)));
    let (opened, writer) = watch::channel(None);
    let stop = Arc::new(Stop::new());
    let (drain, nudge) = Drain::new(Drained {
        spool: Arc::clone(&spool),
        reader: Arc::clone(&reader),
        counters: Arc::clone(&counters),
        publisher: Arc::clone(&publisher),
        troubles: Arc::clone(&troubles),
        clock: CLOCK,
    });
    let speaker = Arc::new(Speaker {
        data_dir: config.data_dir.clone(),
        home: config.home.clone(),
        clock: CLOCK,
        idle: Arc::clone(&idle),
        counters: Arc::clone(&counters),
        settings: config.settings.clone(),
        turns: notice::Turns::default(),
        memo: Memo::default(),
    });
    let intake = Arc::new(Intake {
        reader,
        clock: CLOCK,
        counters: Arc::clone(&counters),
        spool,
        writer: writer.clone(),
        nudge,
        publisher: Arc::clone(&publisher),
        speaker,
        tail: OnceLock::new(),
        sense: OnceLock::new(),
        named: Mutex::new(HashSet::new()),
        level: config.redaction,
        troubles: Arc::clone(&troubles),
    });
    let telemetry = telemetry::Telemetry::new(CLOCK, redactor, Arc::clone(&counters), writer.clone());
    let backend = SidecarBackend {
        telemetry: Arc::new(telemetry),
        intake: Arc::clone(&intake),
        publisher,
        counters,
        writer,
        redactor,
        config: config.clone(),
        clock: CLOCK,
        info: listening.info.clone(),
        troubles,
        stop: Arc::clone(&stop),
        scan: Arc::default(),
    };
    let settings = DoorSettings {
        data_dir: config.data_dir.clone(),
        home: config.home.clone(),
        host: host.to_string(),
        port: listening.info.port,
        token: listening.token.clone(),
        clock: CLOCK,
    };
    Assembled { intake, door: Arc::new(Door::new(settings, Arc::new(backend), idle)), drain, opened, stop }
}

/// Answers until the order to stop; what is in flight then is finished.
async fn serve(
    place: &Place,
    hold: &Hold,
    listening: Listening,
    intake: &Arc<Intake>,
    door: &Arc<Door>,
    stop: &Stop,
) -> Result<(), Refusal> {
    let signals = upkeep::Signals::listen()
        .map_err(|e| Refusal::internal(format!("the sidecar cannot listen to signals: {e}")))?;
    let doors = listening.into_async()?;
    let told = tokio::spawn(Arc::clone(&intake.publisher).run());
    #[cfg(unix)]
    let unix = doors.unix.map(|socket| tokio::spawn(serve_unix(socket, Arc::clone(door), stop.watch())));
    #[cfg(not(unix))]
    let unix = None;
    let tcp = doors.tcp.map(|socket| tokio::spawn(serve_tcp(socket, Arc::clone(door), stop.watch())));
    tracing::info!("listening, process {}", std::process::id());
    upkeep::until_stopped(place, hold, signals, stop).await;
    tracing::info!("stopping");
    intake.nudge.wake();
    for door in [unix, tcp].into_iter().flatten() {
        // One that panicked is over as well.
        let _ = door.await;
    }
    told.abort();
    Ok(())
}

/// A panic in one task is counted and told by its place alone: what it says may hold what people wrote.
fn contain_panics(counters: &Arc<Counters>) {
    let counters = Arc::clone(counters);
    std::panic::set_hook(Box::new(move |panic| {
        Counters::add(&counters.task_panics);
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("internal error at {place}; the sidecar goes on");
    }));
}
