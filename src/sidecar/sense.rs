//! What happens to files around the agents: seen by the file sensor, told whose doing it was, stored.
//!
//! The moment of a change is known at once, who did it often a moment later: the end of a call is still on its way.
//! So a change is stored when it is seen, and judged again until nothing more is to be expected.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stop::Stop;
use super::troubles::{Topic, Troubles};
use crate::clock::Clock;
use crate::ingest::{Change, FileEvent, HookRead, Trees, TreesHandle, TreesSetup};
use crate::link;
use crate::model::{Agent, Attribution, ChangeKind, Fact, FileChange, Millis, Project, SessionId, Verdict};
use crate::perceive::whose::{Alive, Evidence, SETTLED_MS, Seen, Whose, goes_on, leaves_behind, whose};
use crate::project;
use crate::redact::{Level, Redactor};
use crate::store::{Batch, CallAround, IdleReaders, Result, SessionRef, WriterHandle};

/// So many changes at once are told one by one; of more, those that an agent has seen, and the rest in one line.
const EACH: usize = 100;
/// Files seen longer ago are nobody's business.
const SEEN_MS: Millis = 24 * 60 * 60 * 1000;
/// Who works where is looked up this often, for agents that tell nothing by hooks, and what goes on beside them.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const AT_WORK_MS: Millis = 15 * 60 * 1000;
/// After its moment a change is judged again: what agents told late may tell whose it was.
const AGAIN_MS: &[Millis] = &[SETTLED_MS + 100, 3_000, 8_000, 30_000, 180_000];
/// Changes that wait to be judged; older ones keep what was said of them last.
const WAITING: usize = 2_000;
/// A hook tells of its directory this often.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Calls around a change are looked for this long before and after it.
const AROUND_MS: Millis = 10_000;

/// Told of hooks, from any thread; never waits.
pub(super) struct Sense {
    trees: TreesHandle,
    told: Mutex<HashMap<PathBuf, Instant>>,
}

impl Sense {
    pub fn hook(&self, read: &HookRead) {
        if let Some(root) = read.root.as_deref() {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.get(root).is_none_or(|at| at.elapsed() > TOLD_EVERY) {
                told.retain(|_, at| at.elapsed() <= TOLD_EVERY);
                told.insert(root.to_owned(), Instant::now());
                self.trees.seen(root);
            }
        }
        for path in &read.touched {
            self.trees.mind(path);
        }
    }

    pub fn trees(&self) -> &TreesHandle {
        &self.trees
    }
}

/// What sensing works with.
pub(super) struct Senses {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    pub clock: Clock,
    pub redactor: Redactor,
    pub idle: Arc<IdleReaders>,
    pub writer: WriterHandle,
    /// Whether all that agents told has been stored.
    pub nothing_waits: Box<dyn Fn() -> bool + Send + Sync>,
    pub troubles: Arc<Troubles>,
}

type Round = (PathBuf, Vec<FileEvent>);

/// The sensor, and the thread that judges what it sees.
pub(super) struct Sensing {
    pub sense: Arc<Sense>,
    trees: Trees,
    rounds: Receiver<Round>,
    judge: Judge,
}

impl Sensing {
    /// `None`: files cannot be watched here; said where troubles are shown.
    pub fn start(senses: Senses) -> Option<Self> {
        // At level `full` no path is kept.
        if senses.redactor.level() == Level::Full {
            return None;
        }
        let (sender, rounds): (SyncSender<Round>, _) = sync_channel(64);
        let setup = TreesSetup {
            home: senses.home.clone(),
            clock: senses.clock,
            changed: Box::new(move |root, events| {
                // The receiver is gone when everything stops.
                let _ = sender.send((root.to_owned(), events));
            }),
        };
        match Trees::start(setup) {
            Ok(trees) => {
                let sense = Arc::new(Sense { trees: trees.handle(), told: Mutex::default() });
                Some(Self { sense, trees, rounds, judge: Judge::new(senses) })
            }
            Err(error) => {
                senses.troubles.note(Topic::Files, format!("files are not watched: {error}"));
                None
            }
        }
    }

    /// Until the order to stop.
    pub fn run(mut self, stop: &Stop) {
        let mut look_at = Instant::now();
        while !stop.is_given() {
            if Instant::now() >= look_at {
                look_at = Instant::now() + LOOK_EVERY;
                self.look_who_works();
                if !self.sense.trees.counters().roots.is_empty() {
                    self.judge.look_beside();
                }
            }
            let wait = self.judge.wait().min(Duration::from_millis(500));
            match self.rounds.recv_timeout(wait) {
                Ok((root, events)) => self.judge.round(&root, events),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.judge.again();
        }
        drop(self.rounds);
        self.trees.stop();
    }

    fn look_who_works(&self) {
        let since = self.judge.with.clock.now_ms() - AT_WORK_MS;
        let roots = self.judge.read(|reader| reader.roots_at_work(since));
        for root in roots.unwrap_or_default() {
            self.sense.trees.seen(Path::new(&root));
        }
    }
}

/// One change that was told, and when it is to be judged again.
struct Waiting {
    due: Millis,
    times: usize,
    change: FileChange,
    root: PathBuf,
    together: usize,
    /// Of calls that were under way: whether a process of theirs was there.
    alive: Arc<HashMap<String, Alive>>,
}

struct Judge {
    with: Senses,
    projects: HashMap<PathBuf, Project>,
    spelled: HashMap<PathBuf, PathBuf>,
    waiting: VecDeque<Waiting>,
    /// Since when no process of a call that goes on is there.
    gone: HashMap<String, Millis>,
}

impl Judge {
    fn new(with: Senses) -> Self {
        Self { with, projects: HashMap::new(), spelled: HashMap::new(), waiting: VecDeque::new(), gone: HashMap::new() }
    }

    fn read<T>(&self, ask: impl FnOnce(&crate::store::Reader) -> Result<T>) -> Option<T> {
        let reader = self.with.idle.take(&self.with.data_dir).ok()?;
        let told = ask(&reader);
        self.with.idle.give_back(reader);
        told.inspect_err(|error| tracing::warn!("whose change it was could not be looked up: {error}")).ok()
    }

    /// How long nothing has to be judged again.
    fn wait(&self) -> Duration {
        let next = self.waiting.iter().map(|waiting| waiting.due).min();
        let left = next.map_or(60_000, |due| (due - self.with.clock.now_ms()).clamp(0, 60_000));
        Duration::from_millis(left.unsigned_abs())
    }

    fn round(&mut self, root: &Path, events: Vec<FileEvent>) {
        let project = self.project(root);
        let together = events.len();
        let (told, rest) = self.picked(&project, events);
        let mut changes: Vec<FileChange> = told.iter().map(|event| self.change(&project, root, event)).collect();
        changes.extend(summary(&project, root, &rest));
        let (Some(first), Some(last)) =
            (changes.iter().map(|change| change.at).min(), changes.iter().map(|change| change.at).max())
        else {
            return;
        };
        let mut evidence = self.evidence(first, last);
        evidence.alive = self.alive(&evidence.calls, first);
        let alive = Arc::new(evidence.alive.clone());
        let mut batch = Batch::told(evidence.now);
        for mut change in changes {
            let whose = judged(&change, root, together, &evidence);
            let settled = whose.settled && whose.by != Some(Attribution::Human);
            change.verdict = verdict(whose);
            if !settled {
                let due = change.at + AGAIN_MS[0];
                let (root, alive) = (root.to_owned(), Arc::clone(&alive));
                self.waiting.push_back(Waiting { due, times: 1, change: change.clone(), root, together, alive });
            }
            batch.push(Fact::Change(change));
        }
        while self.waiting.len() > WAITING {
            self.waiting.pop_front();
        }
        self.store(batch);
    }

    /// Those that are told one by one, and the rest of a storm.
    fn picked(&self, project: &Project, events: Vec<FileEvent>) -> (Vec<FileEvent>, Vec<FileEvent>) {
        if events.len() <= EACH {
            return (events, Vec::new());
        }
        let since = self.with.clock.now_ms() - SEEN_MS;
        let seen = self.read(|reader| {
            let rows: Vec<i64> = reader.projects()?.iter().filter(|p| p.root == project.root).map(|p| p.row).collect();
            reader.seen_since(&rows, since)
        });
        let seen: std::collections::HashSet<String> = seen.unwrap_or_default().into_iter().collect();
        let (mut told, mut rest): (Vec<_>, Vec<_>) =
            events.into_iter().partition(|event| seen.contains(&*event.path.to_string_lossy()));
        let too_many = told.split_off(told.len().min(EACH));
        rest.extend(too_many);
        (told, rest)
    }

    fn change(&self, project: &Project, root: &Path, event: &FileEvent) -> FileChange {
        let inside = |path: &Path| {
            let path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
            self.with.redactor.scrub(&path).into_owned()
        };
        let (kind, old_path) = match &event.change {
            Change::Added => (ChangeKind::Added, None),
            Change::Modified => (ChangeKind::Modified, None),
            Change::Deleted => (ChangeKind::Deleted, None),
            Change::Renamed { from } => (ChangeKind::Renamed, Some(inside(from))),
        };
        FileChange {
            project: project.clone(),
            path: inside(&event.path),
            old_path,
            kind,
            at: event.at,
            exact: event.exact,
            before: event.before,
            after: event.after,
            files: 1,
            ignored: event.ignored,
            verdict: Verdict { by: None, session: None, reason: String::new() },
        }
    }

    /// Judges again what is due.
    fn again(&mut self) {
        let now = self.with.clock.now_ms();
        let (due, waiting): (VecDeque<Waiting>, VecDeque<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.due <= now);
        self.waiting = waiting;
        let (Some(first), Some(last)) = (due.iter().map(|w| w.change.at).min(), due.iter().map(|w| w.change.at).max())
        else {
            return;
        };
        let mut evidence = self.evidence(first, last);
        let mut batch = Batch::told(now);
        for mut waiting in due {
            evidence.alive.clone_from(&waiting.alive);
            let whose = judged(&waiting.change, &waiting.root, waiting.together, &evidence);
            let settled = whose.settled && !matches!(whose.by, Some(Attribution::Human));
            let verdict = verdict(whose);
            if verdict != waiting.change.verdict {
                waiting.change.verdict = verdict;
                batch.push(Fact::Change(waiting.change.clone()));
            }
            if let (false, Some(after)) = (settled, AGAIN_MS.get(waiting.times)) {
                waiting.due = waiting.change.at + after;
                waiting.times += 1;
                self.waiting.push_back(waiting);
            }
        }
        self.store(batch);
    }

    fn evidence(&mut self, first: Millis, last: Millis) -> Evidence {
        let (from, to) = (first - AROUND_MS, last + AROUND_MS);
        // Asked first: what comes meanwhile is no harm.
        let nothing_waits = (self.with.nothing_waits)();
        let told = self.read(|reader| Ok((reader.calls_around(from, to)?, reader.edits_around(from, to)?)));
        let complete = nothing_waits && told.is_some();
        let (mut calls, mut edits) = told.unwrap_or_default();
        for path in calls.iter_mut().filter_map(|call| call.file_path.as_mut()) {
            *path = self.spelled(path);
        }
        for edit in &mut edits {
            edit.path = self.spelled(&edit.path);
        }
        Evidence { calls, edits, alive: HashMap::new(), complete, now: self.with.clock.now_ms() }
    }

    /// An agent may name a file by another way to it.
    fn spelled(&mut self, path: &str) -> String {
        let path = Path::new(path);
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else { return path.display().to_string() };
        if self.spelled.len() > 4_096 {
            self.spelled.clear();
        }
        let dir =
            self.spelled.entry(dir.to_owned()).or_insert_with(|| dir.canonicalize().unwrap_or_else(|_| dir.to_owned()));
        dir.join(name).to_string_lossy().into_owned()
    }

    /// Whether processes of the calls that may still run are there now, for changes at `at`. What is gone by now may
    /// have changed a file with its last breath: of a call that has ended it counts only if it was gone before.
    fn alive(&mut self, calls: &[CallAround], at: Millis) -> HashMap<String, Alive> {
        /// Between the hook before a call and its process.
        const EARLY_MS: Millis = 500;
        let now = self.with.clock.now_ms();
        let mut seen: HashMap<u32, Option<link::Offspring>> = HashMap::new();
        let mut alive = HashMap::new();
        for call in calls.iter().filter(|call| call.ended.is_none() || goes_on(call)) {
            let Some(process) = call.process else { continue };
            let offspring =
                seen.entry(process.pid).or_insert_with(|| link::offspring((process.pid, process.started), now));
            let Some(offspring) = offspring else { continue };
            let last = call.ended.map_or(Millis::MAX, |ended| ended + EARLY_MS);
            let of_it = |at: &Millis| (call.started - EARLY_MS..=last).contains(at);
            // As long as the agent lives, a command is its child, but for what it leaves behind.
            let may_stray = !offspring.of_living || call.ended.is_some() && leaves_behind(call);
            let stray = may_stray && offspring.strays.iter().any(of_it);
            let there = match (offspring.children.iter().any(of_it), stray) {
                (true, _) => Alive::Yes,
                (false, true) => Alive::Perhaps,
                (false, false) => Alive::No,
            };
            if there != Alive::No {
                self.gone.remove(&call.call_id);
            } else if call.ended.is_some() && *self.gone.entry(call.call_id.clone()).or_insert(now) >= at {
                continue;
            }
            alive.insert(call.call_id.clone(), there);
        }
        alive
    }

    /// Notices when that ends which calls left behind.
    fn look_beside(&mut self) {
        const MANY: usize = 10_000;
        let now = self.with.clock.now_ms();
        let calls = self.read(|reader| reader.calls_around(now, now)).unwrap_or_default();
        let is_open = |call: &CallAround| call.ended.is_some() && !self.gone.contains_key(&call.call_id);
        let beside: Vec<CallAround> = calls.into_iter().filter(is_open).collect();
        if self.gone.len() > MANY {
            self.gone.clear();
        }
        self.alive(&beside, now);
    }

    fn project(&mut self, root: &Path) -> Project {
        let home = &self.with.home;
        self.projects.entry(root.to_owned()).or_insert_with(|| project::identity(root, Some(home))).clone()
    }

    fn store(&self, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let troubles = Arc::clone(&self.with.troubles);
        let handed_over = self.with.writer.submit_urgent(batch, move |outcome| match outcome {
            Ok(()) => troubles.over(Topic::Changes),
            Err(error) => troubles.note(Topic::Changes, format!("changes of files could not be stored: {error}")),
        });
        if let Err(error) = handed_over {
            tracing::warn!("changes of files could not be stored: {error}");
        }
    }
}

fn judged(change: &FileChange, root: &Path, together: usize, evidence: &Evidence) -> Whose {
    let root_name = root.to_string_lossy();
    let path = root.join(&change.path).to_string_lossy().into_owned();
    let seen = Seen {
        path: &path,
        inside: &change.path,
        root: &root_name,
        repo: &change.project.repo,
        at: change.at,
        exact: change.exact,
        after: change.after,
        together,
    };
    whose(&seen, evidence)
}

fn verdict(whose: Whose) -> Verdict {
    let session = |told: SessionRef| Some(SessionId::new(Agent::of_name(&told.agent), &told.session_id));
    Verdict { by: whose.by, session: whose.session.and_then(session), reason: whose.reason }
}

/// Many files in one line: how many, below which directory.
fn summary(project: &Project, root: &Path, events: &[FileEvent]) -> Option<FileChange> {
    let first = events.first()?;
    let inside = |event: &FileEvent| event.path.strip_prefix(root).unwrap_or(&event.path).to_owned();
    let mut common = inside(first).parent().map(Path::to_owned).unwrap_or_default();
    for event in events {
        while !inside(event).starts_with(&common) && common.pop() {}
    }
    let kind = |event: &FileEvent| match event.change {
        Change::Added => ChangeKind::Added,
        Change::Modified => ChangeKind::Modified,
        Change::Deleted => ChangeKind::Deleted,
        Change::Renamed { .. } => ChangeKind::Renamed,
    };
    let alike = events.iter().all(|event| kind(event) == kind(first));
    let path = if common.as_os_str().is_empty() { ".".to_owned() } else { common.to_string_lossy().into_owned() };
    Some(FileChange {
        project: project.clone(),
        path,
        old_path: None,
        kind: if alike { kind(first) } else { ChangeKind::Modified },
        at: events.iter().map(|event| event.at).max()?,
        exact: events.iter().all(|event| event.exact),
        before: None,
        after: None,
        files: u32::try_from(events.len()).unwrap_or(u32::MAX),
        ignored: false,
        verdict: Verdict { by: None, session: None, reason: String::new() },
    })
}
