//! One file at the desk: what the store refuses, what another thread has, what a parser falls over.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::scene::{TOLD, append, said, setup, texts};
use crate::adapters::{self, Adapter, FileFacts, Parsed, Parser, Places, Shape};
use crate::clock::Clock;
use crate::ingest::source::Stamp;
use crate::ingest::tail::background::Report;
use crate::ingest::tail::desk::{Desk, Why};
use crate::ingest::tail::inbox::Inbox;
use crate::ingest::tail::read::{End, Outcome, Shared};
use crate::ingest::tail::{Pace, TailNews};
use crate::model::Agent;
use crate::store::{StoreError, Writer, WriterThread};

const LATELY: i64 = 60 * 60 * 1000;

struct AtDesk {
    home: TempDir,
    desk: Desk,
    inbox: Arc<Inbox>,
    file: PathBuf,
    news: Receiver<TailNews>,
    _writer: WriterThread,
}

impl AtDesk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let writer = WriterThread::start_live(Writer::open(&home.path().join(".tma1")).unwrap()).unwrap();
        let (setup, news) = setup(home.path(), writer.handle());
        let shared = Arc::new(Shared::new(setup, &Arc::new(AtomicBool::new(false))));
        let pace = Pace { first_wait: Duration::from_millis(30), ..TOLD };
        let inbox = Arc::default();
        let desk = Desk::new(&shared, &inbox, pace).unwrap();
        let file = home.path().join("s.jsonl");
        Self { home, desk, inbox, file, news, _writer: writer }
    }

    fn consider(&mut self, adapter: &'static dyn Adapter) {
        let stamp = Stamp::of(&fs::metadata(&self.file).unwrap());
        self.desk.consider(adapter, &self.file, stamp, Why::Live);
    }

    fn problems(&self) -> Vec<String> {
        self.desk.problems().collect()
    }
}

#[test]
fn what_the_store_does_not_take_is_read_again_later() {
    let mut at = AtDesk::new();
    let claude = adapters::find(Agent::ClaudeCode).unwrap();
    append(&at.file, &said("s", "one"));
    let refused = |at: &AtDesk| Outcome {
        adapter: claude,
        path: at.file.clone(),
        stamp: Stamp::of(&fs::metadata(&at.file).unwrap()),
        position: None,
        end: End::Refused(StoreError::DiskFull(at.file.clone())),
        took: Duration::ZERO,
    };
    at.desk.settle(refused(&at));
    let first = at.desk.next().unwrap();
    assert!(at.problems()[0].contains("disk is full"), "{:?}", at.problems());
    at.consider(claude);
    assert!(at.news.try_recv().is_err(), "nothing is tried while the store takes nothing");
    // The second wait is longer, and the change that came meanwhile is not lost.
    while Instant::now() < first {
        std::thread::yield_now();
    }
    assert!(at.desk.later.due(first).contains(&at.file));
    at.desk.settle(refused(&at));
    let second = at.desk.next().unwrap();
    assert!(second - first > Duration::from_millis(30), "the first wait");
    while Instant::now() < second {
        std::thread::yield_now();
    }
    assert!(at.desk.later.due(second).contains(&at.file));
    at.consider(claude);
    assert_eq!(at.news.recv().unwrap().records, 1);
    assert_eq!(at.problems(), [] as [String; 0]);
    assert_eq!(texts(at.home.path()), ["one"]);
}

#[test]
fn what_changes_while_the_second_thread_has_it_is_looked_at_again() {
    let mut at = AtDesk::new();
    let claude = adapters::find(Agent::ClaudeCode).unwrap();
    append(&at.file, &said("s", "one"));
    let stamp = Stamp::of(&fs::metadata(&at.file).unwrap());
    at.desk.consider(claude, &at.file, stamp, Why::Found);
    at.desk.send_on();
    let mail = at.inbox.take(Instant::now() + Duration::from_secs(20));
    append(&at.file, &said("s", "two"));
    at.consider(claude);
    assert_eq!(texts(at.home.path()), ["one"]);
    for report in mail.reports {
        let Report::Read(outcome) = report else { panic!("nothing was listed") };
        at.desk.settle(*outcome);
    }
    assert_eq!(texts(at.home.path()), ["one", "two"]);
}

/// Reads as Claude Code's does, and falls over one word.
struct Stumbling;

impl Adapter for Stumbling {
    fn agent(&self) -> Agent {
        Agent::ClaudeCode
    }

    fn roots(&self, _: &Places) -> Vec<PathBuf> {
        Vec::new()
    }

    fn shape(&self, _: &Path) -> Option<Shape> {
        Some(Shape::Lines)
    }

    fn parser(&self, file: &FileFacts<'_>, state: Option<&str>) -> Box<dyn Parser> {
        Box::new(Stumbler(adapters::find(Agent::ClaudeCode).unwrap().parser(file, state)))
    }
}

struct Stumbler(Box<dyn Parser>);

impl Parser for Stumbler {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        assert!(!line.windows(4).any(|word| word == b"boom"), "wanted by a test");
        self.0.line(line, number, terminated, out)
    }

    fn state(&self) -> Option<String> {
        self.0.state()
    }
}

#[test]
fn a_file_that_a_parser_falls_over_is_set_aside_until_it_changes() {
    let mut at = AtDesk::new();
    append(&at.file, &said("s", "one"));
    at.consider(&Stumbling);
    append(&at.file, &said("s", "boom"));
    at.consider(&Stumbling);
    at.consider(&Stumbling);
    assert_eq!(at.problems(), ["1 transcript could not be read through a fault of tma1's own"]);
    fs::write(&at.file, said("s", "one") + &said("s", "two")).unwrap();
    at.consider(&Stumbling);
    assert_eq!(at.problems(), [] as [String; 0]);
    assert_eq!(texts(at.home.path()), ["one", "two"]);
}

#[test]
fn half_a_line_that_nobody_finishes_is_looked_at_once_more() {
    let mut at = AtDesk::new();
    append(&at.file, "{\"type\":");
    at.consider(adapters::find(Agent::ClaudeCode).unwrap());
    let now = Clock::SYSTEM.now_ms();
    assert_eq!(at.desk.tidy(now), [] as [PathBuf; 0]);
    assert_eq!(at.desk.tidy(now + 2 * LATELY), [at.file.clone()]);
    assert_eq!(at.desk.tidy(now + 2 * LATELY), [] as [PathBuf; 0]);
}
