//! A home with an agent's history in it, a real store, and a deadline for everything that is waited for.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::adapters::Places;
use crate::clock::Clock;
use crate::ingest::tail::{Pace, Tail, TailNews, TailSetup};
use crate::redact::{Level, Redactor};
use crate::store::{Reader, SqlValue, Writer, WriterHandle, WriterThread};

pub const LONG: Duration = Duration::from_hours(1);

/// Nothing is found but what the system tells of.
pub const TOLD: Pace = Pace { poll: LONG, safety: LONG, listing: LONG, share: 1, ..Pace::LIVE };

/// The system tells of nothing.
pub const LOOKED_AT: Pace = Pace {
    poll: Duration::from_millis(5),
    safety: Duration::from_millis(5),
    listing: LONG,
    share: 1,
    events: false,
    ..Pace::LIVE
};

pub struct Scene {
    pub home: TempDir,
    pub tail: Tail,
    pub news: Receiver<TailNews>,
    pub writer: WriterThread,
}

impl Scene {
    pub fn new(pace: Pace) -> Self {
        Self::after(pace, |root| fs::create_dir_all(root).unwrap())
    }

    /// Follows once `prepare` was done with the root of Claude Code's history.
    pub fn after(pace: Pace, prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        prepare(&root_of(home.path()));
        let writer = WriterThread::start_live(Writer::open(&home.path().join(".tma1")).unwrap()).unwrap();
        let (setup, news) = setup(home.path(), writer.handle());
        let tail = Tail::start_at(setup, pace).unwrap();
        let scene = Self { home, tail, news, writer };
        scene.until("caught up", |scene| scene.tail.handle().counters().caught_up);
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        root_of(self.home.path()).join(name)
    }

    /// The news by which all of the file was stored.
    pub fn stored(&self, path: &Path) -> TailNews {
        let whole = fs::metadata(path).unwrap().len();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(news) if news.path == path && news.read_to == whole => return news,
                Ok(_) => {}
                Err(e) => panic!("{} was not stored, {e}: {:?}", path.display(), self.tail.handle().counters()),
            }
        }
    }

    pub fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is(self) {
            assert!(Instant::now() < deadline, "not {what}: {:?}", self.tail.handle().counters());
            std::thread::yield_now();
        }
    }

    pub fn texts(&self) -> Vec<String> {
        texts(self.home.path())
    }
}

pub fn root_of(home: &Path) -> PathBuf {
    home.join(".claude/projects")
}

pub fn setup(home: &Path, writer: WriterHandle) -> (TailSetup, Receiver<TailNews>) {
    let (tell, news) = channel();
    let tell = Mutex::new(tell);
    let committed = Box::new(move |news: &TailNews| {
        let _ = tell.lock().unwrap().send(news.clone());
    });
    let places = Places { home: home.to_owned(), ..Places::default() };
    (TailSetup { places, clock: Clock::SYSTEM, redactor: Redactor::new(Level::Preview), writer, committed }, news)
}

/// What people said, in order.
pub fn texts(home: &Path) -> Vec<String> {
    let mut rows: Vec<String> = rows(home, "SELECT content FROM messages").into_iter().flatten().collect();
    rows.sort();
    rows
}

pub fn rows(home: &Path, sql: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::open(&home.join(".tma1")).unwrap();
    let table = reader.sql(sql, Duration::from_secs(20), 100_000).unwrap();
    let text = |cell: &SqlValue| match cell {
        SqlValue::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    table.rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

pub fn said(session: &str, text: &str) -> String {
    format!(
        "{{\"type\":\"user\",\"uuid\":\"{session}-{text}\",\"sessionId\":\"{session}\",\"cwd\":\"/nowhere\",\
         \"timestamp\":\"2026-11-20T10:00:00.000Z\",\"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n"
    )
}

pub fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

pub fn make_dir(path: &Path) {
    fs::create_dir_all(path).unwrap();
}
