//! Takes connections, bounded in number and patience, and lets them go when it is time to stop.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::body::{BodyLimits, Larger};
use super::guard::{Rules, Way};
use super::patient::Patient;
use super::{Backend, route};
use crate::clock::Clock;
use crate::config::LiveSettings;
use crate::model::Millis;
use crate::store::IdleReaders;

#[derive(Debug, Clone)]
pub struct DoorSettings {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    /// As it was configured; requests may name it.
    pub host: String,
    /// The port that is listened on, if any.
    pub port: Option<u16>,
    /// Asked of everybody but the socket's; without one an address that others can reach answers nobody.
    pub token: Option<String>,
    pub clock: Clock,
}

/// How much of everything; tests are less patient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For the head of a request, and for the next one on the same connection.
    pub head: Duration,
    pub body: BodyLimits,
    /// Bodies that are not small, at once.
    pub larger: usize,
    pub connections: usize,
    /// A write without progress.
    pub stall: Duration,
    /// For requests in flight when it is time to stop.
    pub closing: Duration,
    pub streams: usize,
    pub heartbeat: Duration,
    /// Questions at once, and how long one may take.
    pub questions: usize,
    pub question_time: Duration,
    /// Statements at once, how long one may take, and how long it may wait for its turn.
    pub statements: usize,
    pub statement_time: Duration,
    pub turn: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: BodyLimits { bytes: 16 * 1024 * 1024, time: Duration::from_secs(30) },
            larger: 16,
            connections: 512,
            stall: Duration::from_secs(30),
            closing: Duration::from_secs(2),
            streams: 64,
            heartbeat: Duration::from_secs(15),
            questions: 16,
            question_time: Duration::from_secs(10),
            statements: 4,
            statement_time: Duration::from_secs(5),
            turn: Duration::from_secs(5),
        }
    }
}

/// Counted since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub requests: AtomicU64,
    /// By the rules of who may ask.
    pub refused: AtomicU64,
    pub panics: AtomicU64,
    pub turned_away: AtomicU64,
}

impl Counts {
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Everything that requests share.
pub struct Door {
    pub(super) settings: DoorSettings,
    pub(super) limits: Limits,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) live: LiveSettings,
    pub(super) idle: Arc<IdleReaders>,
    pub(super) larger: Larger,
    pub(super) streams: Arc<Semaphore>,
    pub(super) questions: Arc<Semaphore>,
    pub(super) statements: Arc<Semaphore>,
    pub(super) counts: Counts,
    pub(super) since: Millis,
}

impl Door {
    pub fn new(settings: DoorSettings, backend: Arc<dyn Backend>, idle: Arc<IdleReaders>) -> Self {
        Self::with_limits(settings, backend, idle, Limits::default())
    }

    pub(super) fn with_limits(
        settings: DoorSettings,
        backend: Arc<dyn Backend>,
        idle: Arc<IdleReaders>,
        limits: Limits,
    ) -> Self {
        let since = settings.clock.now_ms();
        let room = |places| Arc::new(Semaphore::new(places));
        let (larger, streams) = (room(limits.larger), room(limits.streams));
        let (questions, statements) = (room(limits.questions), room(limits.statements));
        let counts = Counts::default();
        let live = backend.settings();
        Self { settings, limits, backend, live, idle, larger, streams, questions, statements, counts, since }
    }

    pub(super) fn rules(&self, way: Way) -> Rules<'_> {
        let DoorSettings { host, port, token, .. } = &self.settings;
        Rules { way, host, port: *port, token: token.as_deref() }
    }
}

/// Serves the socket until `stop` turns true or its sender is gone.
#[cfg(unix)]
pub async fn serve_unix(listener: UnixListener, door: Arc<Door>, stop: watch::Receiver<bool>) {
    serve(listener, door, stop).await;
}

/// Serves the port until `stop` turns true or its sender is gone.
pub async fn serve_tcp(listener: TcpListener, door: Arc<Door>, stop: watch::Receiver<bool>) {
    serve(listener, door, stop).await;
}

trait Listener: Send {
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn way(&self) -> Way;
    fn next(&self) -> impl Future<Output = io::Result<Self::Io>> + Send;
}

impl Listener for TcpListener {
    type Io = tokio::net::TcpStream;

    fn way(&self) -> Way {
        Way::Tcp { public: !self.local_addr().is_ok_and(|address| address.ip().is_loopback()) }
    }

    async fn next(&self) -> io::Result<Self::Io> {
        let (stream, _) = self.accept().await?;
        // An answer does not wait for a fuller packet; where it can't be set, it only comes later.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}

#[cfg(unix)]
impl Listener for UnixListener {
    type Io = tokio::net::UnixStream;

    fn way(&self) -> Way {
        Way::Unix
    }

    async fn next(&self) -> io::Result<Self::Io> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

async fn serve<L: Listener>(listener: L, door: Arc<Door>, mut stop: watch::Receiver<bool>) {
    /// After a failure to take a connection: descriptors come back when others end.
    const AGAIN_AFTER: Duration = Duration::from_millis(20);
    let way = listener.way();
    let places = Arc::new(Semaphore::new(door.limits.connections));
    let mut open = JoinSet::new();
    loop {
        let next = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_ended) = open.join_next(), if !open.is_empty() => continue,
            next = listener.next() => next,
        };
        match (next, Arc::clone(&places).try_acquire_owned()) {
            (Ok(io), Ok(place)) => {
                let (door, stop) = (Arc::clone(&door), stop.clone());
                open.spawn(async move {
                    converse(io, &door, way, stop).await;
                    drop(place);
                });
            }
            (Ok(io), Err(_full)) => {
                Counts::add(&door.counts.turned_away);
                open.spawn(turn_away(io));
            }
            (Err(_), _) => tokio::time::sleep(AGAIN_AFTER).await,
        }
    }
    drop(listener);
    let all_ended = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(door.limits.closing, all_ended).await.is_err() {
        open.shutdown().await;
    }
}

/// One connection, request by request.
async fn converse<I>(io: I, door: &Arc<Door>, way: Way, mut stop: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Of heads, and of bodies between two reads.
    const BUFFER: usize = 128 * 1024;
    let stopping = stop.clone();
    let service = service_fn(move |request| {
        let (door, stopping) = (Arc::clone(door), stopping.clone());
        async move { Ok::<_, Infallible>(route::handle(&door, way, stopping, request).await) }
    });
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(door.limits.head).max_buf_size(BUFFER);
    let io = TokioIo::new(Patient::new(io, door.limits.stall));
    let mut conversation = pin!(protocol.serve_connection(io, service));
    let stopped_first = tokio::select! {
        // However it ended: whoever was there has left.
        _ = conversation.as_mut() => false,
        () = stopped(&mut stop) => true,
    };
    if stopped_first {
        conversation.as_mut().graceful_shutdown();
        let _ = conversation.await;
    }
}

async fn turn_away<I: AsyncWrite + Unpin>(mut io: I) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n\
        Connection: close\r\nContent-Length: 67\r\n\r\n\
        {\"error\":{\"code\":\"busy\",\"message\":\"too many connections are open\"}}";
    let told = async {
        io.write_all(FULL).await?;
        io.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::from_millis(100), told).await;
}

/// Until it is time to stop; a sender that is gone means that it is.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
