//! The door over a real port and a real socket, with somebody behind it who only remembers.

mod answers;
mod bodies;
mod closing;
mod rules;
mod streams;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use super::door::Limits;
use super::{
    Backend, Door, DoorSettings, HookReply, ImportOrder, Later, LiveEvent, TelemetryPost, TelemetryReply, serve_tcp,
    serve_unix,
};
use crate::answer::status::Sidecar;
use crate::clock::Clock;
use crate::config::LiveSettings;
use crate::spool::Entry;

/// 2026-11-20T10:00:00Z
const NOW: i64 = 1_795_168_800_000;
/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Looks until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    in_time(what, looking).await;
}

struct Fake {
    entries: Mutex<Vec<Entry>>,
    reply: Mutex<HookReply>,
    /// Hooks panic.
    broken: AtomicBool,
    /// Hooks wait until they are let go.
    held: AtomicBool,
    let_go: Notify,
    live: broadcast::Sender<Arc<LiveEvent>>,
    orders: Mutex<Vec<ImportOrder>>,
    /// Lines that an import told before nobody listened any more.
    lines: Arc<AtomicUsize>,
    /// An import never ends.
    endless: AtomicBool,
    stop: watch::Sender<bool>,
    settings: LiveSettings,
}

impl Backend for Arc<Fake> {
    fn telemetry(&self, post: TelemetryPost) -> Later<TelemetryReply> {
        Box::pin(async move { TelemetryReply::Taken(post.body) })
    }

    fn settings(&self) -> LiveSettings {
        self.settings.clone()
    }

    fn hook(&self, entry: Entry) -> Later<HookReply> {
        let fake = Arc::clone(self);
        Box::pin(async move {
            fake.entries.lock().unwrap().push(entry);
            assert!(!fake.broken.load(Ordering::SeqCst), "a bug");
            if fake.held.load(Ordering::SeqCst) {
                fake.let_go.notified().await;
            }
            fake.reply.lock().unwrap().clone()
        })
    }

    fn live(&self) -> broadcast::Receiver<Arc<LiveEvent>> {
        self.live.subscribe()
    }

    fn sidecar(&self) -> Sidecar {
        Sidecar {
            running: true,
            pid: Some(42),
            queue: 3,
            counters: BTreeMap::from([("hooks_received".to_owned(), 7), ("followed_files".to_owned(), 2)]),
            ..Sidecar::default()
        }
    }

    fn import(&self, order: ImportOrder) -> mpsc::Receiver<String> {
        self.orders.lock().unwrap().push(order);
        let (lines, told) = mpsc::channel(1);
        let (count, endless) = (Arc::clone(&self.lines), self.endless.load(Ordering::SeqCst));
        tokio::spawn(async move {
            for n in 0.. {
                if (!endless && n == 3) || lines.send(format!("{{\"n\":{n}}}")).await.is_err() {
                    break;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
            count.fetch_add(1_000_000_000, Ordering::SeqCst);
        });
        told
    }

    fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Fake {
    fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    /// Something happened.
    fn tell(&self, id: i64, session: &str) {
        let data = format!("{{\"event_id\":{id},\"session_id\":\"{session}\"}}");
        // Nobody may listen.
        let _ = self.live.send(Arc::new(LiveEvent { id, session_id: Some(session.to_owned()), data }));
    }
}

struct House {
    dir: tempfile::TempDir,
    door: Arc<Door>,
    fake: Arc<Fake>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: Vec<JoinHandle<()>>,
}

impl House {
    async fn open() -> Self {
        Self::with(Limits::default(), None).await
    }

    async fn with(limits: Limits, token: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tcp = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let unix = UnixListener::bind(dir.path().join("tma1.sock")).unwrap();
        let address = tcp.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let fake = Arc::new(Fake {
            entries: Mutex::default(),
            settings: LiveSettings::new(dir.path(), &|_| None),
            reply: Mutex::new(HookReply::Kept { body: String::new(), json: false }),
            broken: AtomicBool::new(false),
            held: AtomicBool::new(false),
            let_go: Notify::new(),
            live: broadcast::channel(16).0,
            orders: Mutex::default(),
            lines: Arc::default(),
            endless: AtomicBool::new(false),
            stop: stop.clone(),
        });
        let settings = DoorSettings {
            data_dir: dir.path().to_owned(),
            home: PathBuf::from("/nowhere"),
            host: "127.0.0.1".to_owned(),
            port: Some(address.port()),
            token: token.map(str::to_owned),
            clock: Clock::fixed(NOW),
        };
        let backend: Arc<dyn Backend> = Arc::new(Arc::clone(&fake));
        let door = Arc::new(Door::with_limits(settings, backend, Arc::default(), limits));
        let served = vec![
            tokio::spawn(serve_tcp(tcp, Arc::clone(&door), stopped.clone())),
            tokio::spawn(serve_unix(unix, Arc::clone(&door), stopped)),
        ];
        Self { dir, door, fake, address, stop, served }
    }

    async fn tcp(&self) -> Line<TcpStream> {
        Line::new(TcpStream::connect(self.address).await.unwrap())
    }

    async fn unix(&self) -> Line<UnixStream> {
        Line::new(UnixStream::connect(self.dir.path().join("tma1.sock")).await.unwrap())
    }

    /// As a script on this machine asks.
    async fn get(&self, path: &str) -> Heard {
        self.get_with(path, "").await
    }

    async fn get_with(&self, path: &str, headers: &str) -> Heard {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", self.address);
        self.tcp().await.ask(head.as_bytes()).await
    }

    async fn post(&self, path: &str, headers: &str, body: &[u8]) -> Heard {
        self.tcp().await.ask(&posted(path, &self.address.to_string(), headers, body)).await
    }

    async fn post_json(&self, path: &str, body: &str) -> Heard {
        self.post(path, JSON, body.as_bytes()).await
    }

    /// As our own client asks.
    async fn post_on_socket(&self, path: &str, headers: &str, body: &[u8]) -> Heard {
        self.unix().await.ask(&posted(path, "tma1", headers, body)).await
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

fn posted(path: &str, host: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An answer as it came over the line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.text()))
    }

    /// Status and code of an error.
    fn fault(&self) -> (u16, String) {
        let json = self.json();
        assert!(json["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{json}");
        (self.status, json["error"]["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn fault(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// One connection, as bytes.
struct Line<I> {
    io: I,
    read: Vec<u8>,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Line<I> {
    fn new(io: I) -> Self {
        Self { io, read: Vec::new() }
    }

    async fn send(&mut self, bytes: &[u8]) {
        in_time("sending", self.io.write_all(bytes)).await.unwrap();
    }

    async fn ask(&mut self, request: &[u8]) -> Heard {
        self.send(request).await;
        let without_body = request.starts_with(b"HEAD ");
        self.hear(without_body).await
    }

    /// Whether more came; not at the end.
    async fn more(&mut self) -> bool {
        let mut part = vec![0; 16 * 1024];
        let length = in_time("an answer", self.io.read(&mut part)).await.unwrap_or(0);
        self.read.extend_from_slice(&part[..length]);
        length > 0
    }

    /// Everything up to the end.
    async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    /// What came up to and with `mark`.
    async fn up_to(&mut self, mark: &str) -> String {
        loop {
            if let Some(at) = find(&self.read, mark.as_bytes()) {
                let taken: Vec<u8> = self.read.drain(..at + mark.len()).collect();
                return String::from_utf8(taken).unwrap();
            }
            assert!(self.more().await, "ended before {mark:?}: {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    async fn head(&mut self) -> Heard {
        let head = self.up_to("\r\n\r\n").await;
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Heard { status, headers, body: Vec::new() }
    }

    async fn hear(&mut self, without_body: bool) -> Heard {
        let mut heard = self.head().await;
        if without_body {
            return heard;
        }
        if heard.header("transfer-encoding") == "chunked" {
            while let Some(part) = self.chunk().await {
                heard.body.extend(part);
            }
        } else {
            let length: usize = heard.header("content-length").parse().unwrap();
            while self.read.len() < length {
                assert!(self.more().await, "the body ended early");
            }
            heard.body = self.read.drain(..length).collect();
        }
        heard
    }

    /// `None`: the last one.
    async fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.up_to("\r\n").await;
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        while self.read.len() < size + 2 {
            assert!(self.more().await, "a chunk ended early");
        }
        let mut chunk: Vec<u8> = self.read.drain(..size + 2).collect();
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }
}

fn find(within: &[u8], wanted: &[u8]) -> Option<usize> {
    within.windows(wanted.len()).position(|window| window == wanted)
}
