//! Real directories, a real store, and a deadline for everything that is waited for.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::background::Report;
use super::desk::{Desk, Why};
use super::inbox::Inbox;
use super::read::{End, Outcome, Shared};
use super::watch::Watches;
use super::{Pace, Tail, TailNews, TailSetup};
use crate::adapters::{self, Adapter, FileFacts, Parsed, Parser, Places, Shape};
use crate::clock::Clock;
use crate::ingest::source::Stamp;
use crate::ingest::watcher::Trouble;
use crate::ingest::{Import, Progress};
use crate::model::Agent;
use crate::redact::{Level, Redactor};
use crate::store::{Reader, SqlValue, StoreError, Writer, WriterHandle, WriterThread};

const LONG: Duration = Duration::from_hours(1);
const LATELY: i64 = 60 * 60 * 1000;

/// Nothing is found but what the system tells of.
const TOLD: Pace = Pace { poll: LONG, safety: LONG, listing: LONG, share: 1, ..Pace::LIVE };

/// The system tells of nothing.
const LOOKED_AT: Pace = Pace {
    poll: Duration::from_millis(5),
    safety: Duration::from_millis(5),
    listing: LONG,
    share: 1,
    events: false,
    ..Pace::LIVE
};

struct Scene {
    home: TempDir,
    tail: Tail,
    news: Receiver<TailNews>,
    writer: WriterThread,
}

impl Scene {
    fn new(pace: Pace) -> Self {
        Self::after(pace, |root| fs::create_dir_all(root).unwrap())
    }

    /// Follows once `prepare` was done with the root of Claude Code's history.
    fn after(pace: Pace, prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        prepare(&root_of(home.path()));
        let writer = WriterThread::start_live(Writer::open(&home.path().join(".tma1")).unwrap()).unwrap();
        let (setup, news) = setup(home.path(), writer.handle());
        let tail = Tail::start_at(setup, pace).unwrap();
        let scene = Self { home, tail, news, writer };
        scene.until("caught up", |scene| scene.tail.handle().counters().caught_up);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        root_of(self.home.path()).join(name)
    }

    /// The news by which all of the file was stored.
    fn stored(&self, path: &Path) -> TailNews {
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

    fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is(self) {
            assert!(Instant::now() < deadline, "not {what}: {:?}", self.tail.handle().counters());
            std::thread::yield_now();
        }
    }

    fn texts(&self) -> Vec<String> {
        texts(self.home.path())
    }
}

fn root_of(home: &Path) -> PathBuf {
    home.join(".claude/projects")
}

fn setup(home: &Path, writer: WriterHandle) -> (TailSetup, Receiver<TailNews>) {
    let (tell, news) = channel();
    let tell = Mutex::new(tell);
    let committed = Box::new(move |news: &TailNews| {
        let _ = tell.lock().unwrap().send(news.clone());
    });
    let places = Places { home: home.to_owned(), ..Places::default() };
    (TailSetup { places, clock: Clock::SYSTEM, redactor: Redactor::new(Level::Preview), writer, committed }, news)
}

/// What people said, in order.
fn texts(home: &Path) -> Vec<String> {
    let mut rows: Vec<String> = rows(home, "SELECT content FROM messages").into_iter().flatten().collect();
    rows.sort();
    rows
}

fn rows(home: &Path, sql: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::open(&home.join(".tma1")).unwrap();
    let table = reader.sql(sql, Duration::from_secs(20), 100_000).unwrap();
    let text = |cell: &SqlValue| match cell {
        SqlValue::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    table.rows.iter().map(|row| row.iter().map(text).collect()).collect()
}

fn said(session: &str, text: &str) -> String {
    format!(
        "{{\"type\":\"user\",\"uuid\":\"{session}-{text}\",\"sessionId\":\"{session}\",\"cwd\":\"/nowhere\",\
         \"timestamp\":\"2026-11-20T10:00:00.000Z\",\"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n"
    )
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn make_dir(path: &Path) {
    fs::create_dir_all(path).unwrap();
}

#[test]
fn what_lay_there_is_read_and_noted_and_what_is_appended_follows() {
    let scene = Scene::after(TOLD, |root| {
        make_dir(&root.join("p"));
        append(&root.join("p/s.jsonl"), &said("s", "one"));
    });
    assert_eq!(scene.texts(), ["one"]);
    assert!(Reader::open(&scene.home.path().join(".tma1")).unwrap().last_import().unwrap().is_some());
    let file = scene.path("p/s.jsonl");
    append(&file, &said("s", "two"));
    let news = scene.stored(&file);
    assert_eq!((news.agent, news.records, &*news.sessions[0].id), (Agent::ClaudeCode, 1, "s"));
    assert_eq!(scene.texts(), ["one", "two"]);
}

#[test]
fn half_a_line_waits_for_its_other_half() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    let (one, two) = (said("s", "one"), said("s", "two"));
    append(&file, &one);
    scene.stored(&file);
    append(&file, &two[..40]);
    // The next file comes after the half line: both were heard of in this order.
    append(&scene.path("p/other.jsonl"), &said("other", "three"));
    scene.stored(&scene.path("p/other.jsonl"));
    assert_eq!(scene.texts(), ["one", "three"]);
    append(&file, &two[40..]);
    assert_eq!(scene.stored(&file).records, 1);
    assert_eq!(scene.texts(), ["one", "three", "two"]);
    assert_eq!(rows(scene.home.path(), "SELECT * FROM sessions").len(), 2);
}

#[test]
fn a_project_that_appears_is_watched_and_what_was_written_before_the_watch_is_found() {
    let scene = Scene::new(TOLD);
    for number in 0..20 {
        let dir = scene.path(&format!("p{number}"));
        make_dir(&dir);
        append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "begun"));
        scene.stored(&dir.join("s.jsonl"));
        append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "went on"));
        scene.stored(&dir.join("s.jsonl"));
    }
    assert_eq!(scene.texts().len(), 40);
}

#[test]
fn a_root_that_appears_later_is_found_step_by_step() {
    let scene = Scene::after(TOLD, |_| {});
    let watched = scene.tail.handle().counters().watched_dirs;
    assert_eq!(watched, 1, "the home, where both roots would appear");
    make_dir(&scene.path("p"));
    append(&scene.path("p/s.jsonl"), &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    // Gone and there again: another directory.
    fs::remove_dir_all(scene.home.path().join(".claude")).unwrap();
    make_dir(&scene.path("q"));
    append(&scene.path("q/t.jsonl"), &said("t", "two"));
    scene.stored(&scene.path("q/t.jsonl"));
    append(&scene.path("q/t.jsonl"), &said("t", "three"));
    scene.stored(&scene.path("q/t.jsonl"));
    assert_eq!(scene.texts(), ["one", "three", "two"], "what was deleted stays known");
}

#[test]
fn a_directory_that_is_deleted_and_made_again_is_another_one() {
    let scene = Scene::new(TOLD);
    let file = scene.path("p/s.jsonl");
    for round in 0..20 {
        make_dir(&scene.path("p"));
        append(&file, &said("s", &format!("one {round}")));
        scene.stored(&file);
        append(&file, &said("s", &format!("two {round}")));
        scene.stored(&file);
        fs::remove_dir_all(scene.path("p")).unwrap();
    }
    assert_eq!(scene.texts().len(), 40);
}

#[test]
fn truncated_replaced_and_deleted() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    append(&file, &said("s", "one"));
    append(&file, &said("s", "two"));
    scene.stored(&file);
    fs::write(&file, said("s", "cut")).unwrap();
    scene.stored(&file);
    let new = scene.path("p/s.jsonl.new");
    fs::write(&new, said("s", "other") + &said("s", "than") + &said("s", "before")).unwrap();
    fs::rename(&new, &file).unwrap();
    scene.stored(&file);
    append(&file, &said("s", "and on"));
    scene.stored(&file);
    fs::remove_file(&file).unwrap();
    scene.until("forgotten", |s| s.tail.handle().counters().followed_files == 0);
    append(&file, &said("s", "again"));
    scene.stored(&file);
    assert_eq!(scene.texts(), ["again", "and on", "before", "cut", "one", "other", "than", "two"]);
    assert_eq!(scene.tail.handle().counters().failures, 0);
}

#[test]
fn sub_agents_are_followed_from_their_first_line() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    append(&scene.path("p/s.jsonl"), &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    for dir in ["p/s/subagents", "p/s/subagents/workflows/wf_1"] {
        make_dir(&scene.path(dir));
        let file = scene.path(dir).join(format!("agent-{}.jsonl", dir.len()));
        append(&file, &said("s", &format!("first in {dir}")));
        scene.stored(&file);
        append(&file, &said("s", &format!("second in {dir}")));
        scene.stored(&file);
    }
    assert_eq!(scene.texts().len(), 5);
}

#[test]
fn a_session_that_wakes_up_after_days_has_its_sub_agents_watched() {
    let long_ago = SystemTime::now() - Duration::from_hours(50);
    let scene = Scene::after(TOLD, |root| {
        make_dir(&root.join("p/s/subagents"));
        append(&root.join("p/s.jsonl"), &said("s", "one"));
        for name in ["p/s/subagents", "p/s", "p", "p/s.jsonl"] {
            File::open(root.join(name)).unwrap().set_modified(long_ago).unwrap();
        }
    });
    // The root and the project.
    assert_eq!(scene.tail.handle().counters().watched_dirs, watched_roots() + 1);
    append(&scene.path("p/s.jsonl"), &said("s", "two"));
    scene.stored(&scene.path("p/s.jsonl"));
    scene.until("watched", |s| s.tail.handle().counters().watched_dirs == watched_roots() + 3);
    let file = scene.path("p/s/subagents/agent-a.jsonl");
    append(&file, &said("s", "three"));
    scene.stored(&file);
}

/// The root that is there, and the home where the other one would appear.
fn watched_roots() -> usize {
    2
}

#[test]
fn many_projects_are_not_many_watches_and_none_is_missed() {
    let pace = Pace { listing: Duration::from_millis(20), safety: LONG, poll: LONG, share: 1, dirs: 64, ..Pace::LIVE };
    let scene = Scene::after(pace, |root| {
        for number in 0..100u64 {
            let dir = root.join(format!("p{number}"));
            make_dir(&dir);
            append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "one"));
            let at = SystemTime::now() - Duration::from_hours(2) + Duration::from_secs(number);
            File::open(dir.join("s.jsonl")).unwrap().set_modified(at).unwrap();
            File::open(&dir).unwrap().set_modified(at).unwrap();
        }
    });
    let most = 64 + watched_roots();
    scene.until("all watched", |s| s.tail.handle().counters().watched_dirs == most);
    // The one that was silent longest has no watch.
    append(&scene.path("p0/s.jsonl"), &said("s0", "two"));
    scene.stored(&scene.path("p0/s.jsonl"));
    append(&scene.path("p99/s.jsonl"), &said("s99", "two"));
    scene.stored(&scene.path("p99/s.jsonl"));
    assert!(scene.tail.handle().counters().watched_dirs <= most);
    assert_eq!(scene.texts().len(), 102);
}

#[test]
fn who_was_silent_longest_makes_room() {
    let home = tempfile::tempdir().unwrap();
    let dirs: Vec<PathBuf> = ["root", "a", "b", "c", "d"].iter().map(|name| home.path().join(name)).collect();
    for dir in &dirs {
        make_dir(dir);
    }
    let mut watches = Watches::new(&Arc::default(), 2, true);
    assert!(watches.add_foothold(&dirs[0]) && watches.add(&dirs[1], 10) && watches.add(&dirs[2], 20));
    assert!(!watches.add(&dirs[1], 11), "in view already");
    assert!(watches.add(&dirs[3], 30));
    assert!(!watches.add(&dirs[4], 5), "silent longer than the others");
    let told: Vec<bool> = dirs.iter().map(|dir| watches.tells_of(dir)).collect();
    assert_eq!(told, [true, false, true, true, false]);
    watches.keep(&HashMap::new(), 25);
    assert_eq!((watches.told(), watches.tells_of(&dirs[3])), (2, true));
}

#[test]
fn without_a_watcher_all_is_found_by_looking() {
    let scene = Scene::after(LOOKED_AT, |root| make_dir(&root.join("p")));
    let counters = scene.tail.handle().counters();
    assert!(counters.polling && counters.watched_dirs == 0, "{counters:?}");
    for text in ["one", "two"] {
        append(&scene.path("p/s.jsonl"), &said("s", text));
        scene.stored(&scene.path("p/s.jsonl"));
    }
    make_dir(&scene.path("q/t/subagents"));
    append(&scene.path("q/t/subagents/agent-a.jsonl"), &said("t", "three"));
    scene.stored(&scene.path("q/t/subagents/agent-a.jsonl"));
    fs::remove_dir_all(scene.path("p")).unwrap();
    scene.until("forgotten", |s| s.tail.handle().counters().followed_files == 1);
    assert_eq!(scene.texts(), ["one", "three", "two"]);
}

#[test]
fn what_a_hook_names_is_followed_wherever_it_lies() {
    let scene = Scene::new(TOLD);
    let file = scene.home.path().join("elsewhere/s.jsonl");
    scene.tail.handle().look_at(Agent::ClaudeCode, file.clone());
    // Not a transcript, and not to be waited for.
    scene.tail.handle().look_at(Agent::ClaudeCode, scene.home.path().join("notes.txt"));
    make_dir(file.parent().unwrap());
    append(&file, &said("s", "one"));
    scene.stored(&file);
    append(&file, &said("s", "two"));
    scene.stored(&file);
    let agent = file.with_extension("").join("subagents/agent-a.jsonl");
    make_dir(agent.parent().unwrap());
    append(&agent, &said("s", "three"));
    scene.stored(&agent);
    append(&file.with_file_name("stranger.jsonl"), &said("x", "none of ours"));
    append(&file, &said("s", "four"));
    scene.stored(&file);
    assert_eq!(scene.texts(), ["four", "one", "three", "two"]);
}

#[cfg(unix)]
#[test]
fn a_root_behind_a_link_is_the_same_root() {
    let scene = Scene::after(TOLD, |root| {
        let real = root.ancestors().nth(2).unwrap().join("real/p");
        make_dir(&real);
        make_dir(root.parent().unwrap());
        std::os::unix::fs::symlink(real.parent().unwrap(), root).unwrap();
    });
    let real = scene.home.path().join("real/p/s.jsonl");
    append(&real, &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    scene.tail.handle().look_at(Agent::ClaudeCode, real.clone());
    append(&real, &said("s", "two"));
    scene.stored(&scene.path("p/s.jsonl"));
    let sources = rows(scene.home.path(), "SELECT path FROM source");
    assert_eq!(sources, [[scene.path("p/s.jsonl").to_string_lossy()]]);
}

#[test]
fn changes_that_came_too_fast_are_found_by_listing() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let event = notify::Event::new(notify::EventKind::Other).set_flag(notify::event::Flag::Rescan);
    scene.tail.handle.inbox.heard(Ok(event));
    scene.until("listed again", |s| {
        let counters = s.tail.handle().counters();
        (counters.overflows, counters.rescans) == (1, 1)
    });
    scene.tail.handle().look_everywhere();
    scene.until("listed once more", |s| s.tail.handle().counters().rescans == 2);

    let inbox = Inbox::default();
    for path in ["/p/a.jsonl", "/p/b.jsonl", "/p/a.jsonl"] {
        inbox.named(Agent::ClaudeCode, PathBuf::from(path));
    }
    assert_eq!(inbox.take(Instant::now()).named.len(), 2);
    for number in 0..10_000 {
        let event = notify::Event::new(notify::EventKind::Any).add_path(PathBuf::from(format!("/p/{number}")));
        inbox.heard(Ok(event.clone()));
        inbox.heard(Ok(event));
    }
    let mail = inbox.take(Instant::now());
    assert_eq!(mail.overflows, 1);
    assert!(mail.touched.len() < 8192, "{}", mail.touched.len());
}

#[test]
fn limits_of_the_system_are_told_apart() {
    let said = |errno| Trouble::of(&notify::Error::io(io::Error::from_raw_os_error(errno))).to_string();
    assert!(said(28).contains("max_user_watches"), "{}", said(28));
    assert!(said(24).contains("max_user_instances"), "{}", said(24));
    assert_eq!(Trouble::of(&notify::Error::new(notify::ErrorKind::MaxFilesWatch)), Trouble::Directories);
}

#[test]
fn a_long_file_is_read_beside_the_others_and_goes_on_being_followed() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/long.jsonl");
    let text: String = (0..20_000).map(|n| said("long", &format!("line {n}"))).collect();
    assert!(text.len() > 1024 * 1024);
    fs::write(&file, &text).unwrap();
    append(&file, &said("long", "one more"));
    scene.stored(&file);
    append(&file, &said("long", "and another"));
    scene.stored(&file);
    assert_eq!(scene.texts().len(), 20_002);
}

#[test]
fn many_write_at_once_in_pieces_of_any_size() {
    const LINES: usize = 60;
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p0")));
    std::thread::scope(|threads| {
        for writer in 0..4usize {
            let root = root_of(scene.home.path());
            threads.spawn(move || {
                for line in 0..LINES {
                    for file in 0..3 {
                        let dir = root.join(format!("p{}", (writer + file) % 4));
                        make_dir(&dir);
                        let text = said(&format!("s{writer}{file}"), &format!("{line}"));
                        let cut = (line * 7 + writer) % text.len();
                        let path = dir.join(format!("s{writer}{file}.jsonl"));
                        append(&path, &text[..cut]);
                        append(&path, &text[cut..]);
                    }
                }
            });
        }
    });
    scene.until("all stored", |s| s.texts().len() == 4 * 3 * LINES);
    scene.until("all followed", |s| s.tail.handle().counters().followed_files == 12);
    assert_eq!(scene.tail.handle().counters().failures, 0);
}

#[test]
fn stopped_and_started_again_it_goes_on_where_it_was() {
    let mut scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    let (setup, news) = setup(scene.home.path(), scene.writer.handle());
    let second = Tail::start_at(setup, TOLD).unwrap();
    std::mem::replace(&mut scene.tail, second).stop();
    scene.news = news;
    append(&file, &said("s", "one"));
    assert_eq!(scene.stored(&file).records, 1);
    append(&file, &said("s", "two"));
    assert_eq!(scene.stored(&file).records, 1, "the first line is not read again");
    // The writer ends first: nothing to follow for.
    scene.writer.finish().unwrap();
    append(&file, &said("s", "three"));
    scene.tail.stop();
    assert_eq!(texts(scene.home.path()), ["one", "two"]);
}

// One file at the desk.

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

// In pieces and as a whole.

const TABLES: &[&str] = &[
    "SELECT * FROM sessions ORDER BY agent, session_id",
    "SELECT session_id, message_id, ts_ms, role, content, model, agent_id FROM messages ORDER BY role, message_id",
    "SELECT * FROM tool_calls ORDER BY tool_call_id",
    "SELECT session_id, request_id, ts_ms, model, input_tokens, output_tokens, cache_read_tokens, cost_usd, agent_id \
     FROM usage ORDER BY request_id, session_id",
    "SELECT session_id, ts_ms, event_type, payload FROM events ORDER BY ts_ms, event_type, session_id, payload",
    "SELECT session_id, tag, command, status, exit_code, diagnostics FROM builds ORDER BY started_ms, command",
    "SELECT session_id, path, reads, edits FROM files ORDER BY session_id, path",
];

fn dump(home: &Path) -> Vec<Vec<Vec<String>>> {
    TABLES.iter().map(|sql| rows(home, sql)).collect()
}

fn imported(text: &str) -> Vec<Vec<Vec<String>>> {
    let home = tempfile::tempdir().unwrap();
    make_dir(&root_of(home.path()).join("p"));
    fs::write(root_of(home.path()).join("p/s.jsonl"), text).unwrap();
    let writer = WriterThread::start(Writer::open(&home.path().join(".tma1")).unwrap()).unwrap();
    let places = Places { home: home.path().to_owned(), ..Places::default() };
    let import = Import { agent: None, path: None, since_ms: None, places, clock: Clock::SYSTEM };
    import.run(&writer.handle(), &Redactor::new(Level::Preview), &Arc::new(Progress::default())).unwrap();
    writer.finish().unwrap();
    dump(home.path())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_file_followed_in_pieces_comes_to_the_same_as_the_whole(
        cuts in prop::collection::vec((0.0f64..1.0, any::<bool>()), 1..12),
    ) {
        let sample = "adapters/claude-code/fixtures/2.1.328/multi/projects/-home-dev-project/\
                      22222222-2222-4222-8222-222222222222.jsonl";
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(sample)).unwrap();
        let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
        let file = scene.path("p/s.jsonl");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let mut cuts: Vec<(usize, bool)> =
            cuts.into_iter().map(|(cut, wait)| (text.floor_char_boundary((text.len() as f64 * cut) as usize), wait)).collect();
        cuts.sort_unstable();
        let mut written = 0;
        let mut told = 0;
        for (cut, wait) in cuts {
            append(&file, &text[written..cut]);
            written = cut;
            // Sometimes the next piece comes only when this one has been read.
            let whole = text[..cut].rfind('\n').map_or(0, |at| at as u64 + 1);
            while wait && told < whole {
                told = scene.news.recv_timeout(Duration::from_secs(20)).unwrap().read_to;
            }
        }
        append(&file, &text[written..]);
        while told < text.len() as u64 {
            told = scene.news.recv_timeout(Duration::from_secs(20)).unwrap().read_to;
        }
        for (followed, whole) in dump(scene.home.path()).iter().zip(&imported(&text)) {
            prop_assert_eq!(followed, whole);
        }
    }
}
