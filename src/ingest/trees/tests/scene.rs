//! A home, a tree in it, and what is told of the tree.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::clock::Clock;
use crate::ingest::trees::content::content_hash;
use crate::ingest::trees::{Change, FileEvent, Pace, RootState, Trees, TreesSetup};

const LONG: Duration = Duration::from_hours(1);
const DEADLINE: Duration = Duration::from_secs(30);

/// Nothing is found but what the system tells of.
pub const TOLD: Pace = Pace { poll: LONG, safety: LONG, lock: LONG, reading: 1, ..Pace::LIVE };

/// The system tells of nothing.
pub const LOOKED_AT: Pace = Pace { poll: Duration::from_millis(5), share: 1, events: false, ..TOLD };

pub struct Scene {
    home: TempDir,
    pub root: PathBuf,
    pub trees: Trees,
    told: Receiver<(PathBuf, Vec<FileEvent>)>,
    markers: usize,
}

impl Scene {
    /// Attached once `prepare` was done with the root.
    pub fn new(pace: Pace, prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work/tree");
        fs::create_dir_all(&root).unwrap();
        prepare(&root);
        if !root.join(".git").exists() {
            write(&root, ".git/HEAD", "ref: refs/heads/main\n");
        }
        let (tell, told) = channel();
        let tell = Mutex::new(tell);
        let changed = Box::new(move |root: &Path, events: Vec<FileEvent>| {
            let _ = tell.lock().unwrap().send((root.to_owned(), events));
        });
        let setup = TreesSetup { home: home.path().to_owned(), clock: Clock::SYSTEM, changed };
        let trees = Trees::start_at(setup, pace).unwrap();
        let scene = Self { home, root, trees, told, markers: 0 };
        scene.attach(&scene.root);
        scene
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        write(&self.root, name, text);
    }

    pub fn attach(&self, root: &Path) {
        self.trees.handle().seen(root);
        self.until("known", |scene| scene.state_of(root).is_some_and(|state| state.known));
    }

    pub fn state_of(&self, root: &Path) -> Option<RootState> {
        self.trees.handle().counters().roots.into_iter().find(|state| state.root == root)
    }

    pub fn state(&self) -> RootState {
        self.state_of(&self.root).unwrap()
    }

    /// What is counted is published after what is told.
    pub fn until_dirs(&self, count: usize) {
        self.until("as many directories", |scene| scene.state().directories == count);
    }

    pub fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !is(self) {
            assert!(Instant::now() < deadline, "not {what}: {:?}", self.trees.handle().counters());
            std::thread::yield_now();
        }
    }

    /// The next round of changes.
    pub fn round(&self) -> Vec<FileEvent> {
        match self.told.recv_timeout(DEADLINE) {
            Ok((_, events)) => events,
            Err(e) => panic!("nothing was told, {e}: {:?}", self.trees.handle().counters()),
        }
    }

    /// All that is told up to a file that is written now. Whatever happened before it has settled by then.
    pub fn rounds(&mut self) -> Vec<Vec<FileEvent>> {
        self.markers += 1;
        let marker = self.path(&format!("marker-{}", self.markers));
        fs::write(&marker, format!("marker {}", self.markers)).unwrap();
        let mut rounds = Vec::new();
        loop {
            let mut events = self.round();
            let last = events.iter().position(|event| event.path == marker);
            if let Some(at) = last {
                events.remove(at);
            }
            events.retain(|event| !event.path.to_string_lossy().contains("/marker-"));
            if !events.is_empty() {
                rounds.push(events);
            }
            if last.is_some() {
                return rounds;
            }
        }
    }

    pub fn events(&mut self) -> Vec<FileEvent> {
        self.rounds().concat()
    }

    /// Applies what is told to `state` until it is what is there.
    pub fn lead_on(&mut self, state: &mut BTreeMap<PathBuf, i64>) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            for round in self.rounds() {
                apply(state, &round);
            }
            let mut now = state_of(&self.root);
            now.retain(|path, _| !path.to_string_lossy().contains("/marker-"));
            if *state == now {
                return;
            }
            assert!(Instant::now() < deadline, "told: {state:#?}\nthere: {now:#?}");
        }
    }

    /// What happens meanwhile settles together, however long it takes.
    pub fn at_once(&self, deed: impl FnOnce()) {
        let lock = self.path(".git/index.lock");
        fs::write(&lock, "").unwrap();
        deed();
        fs::remove_file(lock).unwrap();
    }

    /// The changes up to now as short lines, in order of their paths.
    pub fn lines(&mut self) -> Vec<String> {
        let mut lines: Vec<String> = self.events().iter().map(|event| self.line(event)).collect();
        lines.sort();
        lines
    }

    fn line(&self, event: &FileEvent) -> String {
        let short = |path: &Path| path.strip_prefix(&self.root).unwrap().to_string_lossy().into_owned();
        let ignored = if event.ignored { " (ignored)" } else { "" };
        let path = short(&event.path);
        match &event.change {
            Change::Added => format!("+ {path}{ignored}"),
            Change::Modified => format!("* {path}{ignored}"),
            Change::Deleted => format!("- {path}{ignored}"),
            Change::Renamed { from } => format!("{} > {path}{ignored}", short(from)),
        }
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.root, self.home.path(), arguments)
    }
}

pub fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn git(root: &Path, home: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main"])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(root)
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every file below `root` but those in `.git`, with its content.
pub fn state_of(root: &Path) -> BTreeMap<PathBuf, i64> {
    let mut state = BTreeMap::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                if entry.file_name() != ".git" {
                    dirs.push(entry.path());
                }
            } else {
                state.insert(entry.path(), content_hash(&entry.path()).unwrap());
            }
        }
    }
    state
}

/// What `state` is after the events, each of which has to fit to what was there.
pub fn apply(state: &mut BTreeMap<PathBuf, i64>, events: &[FileEvent]) {
    let mut taken = BTreeMap::new();
    for event in events {
        match &event.change {
            Change::Deleted => {
                let was = state.remove(&event.path);
                assert!(was.is_some() && (event.before.is_none() || event.before == was), "{event:?}, was {was:?}");
            }
            Change::Renamed { from } => {
                let was = state.remove(from);
                assert!(was.is_some(), "{event:?}");
                taken.insert(event.path.clone(), event);
            }
            Change::Added | Change::Modified => {
                taken.insert(event.path.clone(), event);
            }
        }
    }
    for (path, event) in taken {
        let was = state.insert(path, event.after.unwrap());
        match event.change {
            Change::Modified => {
                assert!(was.is_some() && (event.before.is_none() || event.before == was), "{event:?}, was {was:?}");
            }
            _ => assert!(was.is_none(), "{event:?}, was {was:?}"),
        }
    }
}

pub fn set_mtime(path: &Path, at: std::time::SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}
