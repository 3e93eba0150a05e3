//! Blocks of made-up worlds: a project on the disk, sessions in a store, a clock that stands.

mod hostile;
mod stories;

use std::path::PathBuf;

use jiff::tz::TimeZone;
use tempfile::TempDir;

use super::{Block, Noticed as Notes, Occasion, block_in};
use crate::answer::{Asker, Surroundings};
use crate::clock::Clock;
use crate::model::{
    Agent, BuildKind, BuildOrigin, BuildRun, BuildStatus, CallStatus, Diagnostic, Fact, FileTouch, Message, Millis,
    Piece, PlanChange, PlanItem, PlanStatus, Project, Role, SessionId, SessionNote, Severity, ToolCall, ToolKind,
    TouchKind,
};
use crate::project;
use crate::store::{Batch, Noticed, Reader, Writer};

/// 2026-11-20T10:00:00Z, a Friday.
const NOW: Millis = 1_795_168_800_000;
const MINUTE: Millis = 60_000;

struct World {
    dir: TempDir,
    writer: Writer,
    now: Millis,
    /// Facts told so far, so that each has an id of its own.
    told: usize,
}

impl World {
    /// With a project `app` in Rust.
    fn new() -> Self {
        let world = Self::empty();
        world.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
        world.write("app/src/lib.rs", "");
        world.write("app/.git/HEAD", "ref: refs/heads/main\n");
        world.write("app/.git/refs/heads/main", "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d\n");
        world
    }

    fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&dir.path().join("data")).unwrap();
        // All that agents did is known.
        writer.set_meta("last_import_ms", &(NOW + MINUTE).to_string()).unwrap();
        Self { dir, writer, now: NOW, told: 0 }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(below)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Git's log of HEAD gets a line more.
    fn log(&self, minutes_ago: i64, sha: &str, message: &str) {
        self.log_in("app", minutes_ago, sha, message);
    }

    fn log_in(&self, directory: &str, minutes_ago: i64, sha: &str, message: &str) {
        let log = format!("{directory}/.git/logs/HEAD");
        let before = std::fs::read_to_string(self.path(&log)).unwrap_or_default();
        let (old, new, at) = ("0".repeat(40), sha.repeat(40), self.at(minutes_ago) / 1000);
        self.write(&log, &format!("{before}{old} {new} Ann <a@b.c> {at} +0000\t{message}\n"));
    }

    fn at(&self, minutes_ago: i64) -> Millis {
        self.now - minutes_ago * MINUTE
    }

    fn tell(&mut self, fact: Fact) {
        let mut batch = Batch::told(self.now);
        batch.push(fact);
        self.writer.apply(batch).unwrap();
        self.told += 1;
    }

    fn begins(&mut self, agent: Agent, id: &str, minutes_ago: i64) -> SessionId {
        self.begins_in("app", agent, id, minutes_ago)
    }

    fn begins_in(&mut self, directory: &str, agent: Agent, id: &str, minutes_ago: i64) -> SessionId {
        let cwd = self.path(directory);
        let project = project::identity(&cwd, None);
        self.begins_at(&cwd.to_string_lossy(), project, SessionId::new(agent, id), minutes_ago)
    }

    fn begins_at(&mut self, cwd: &str, project: Project, session: SessionId, minutes_ago: i64) -> SessionId {
        let mut note = SessionNote::new(session.clone());
        note.at = Some(self.at(minutes_ago));
        note.origin = note.at;
        note.cwd = Some(cwd.to_owned());
        note.project = Some(project);
        self.tell(Fact::Session(note));
        session
    }

    fn ends(&mut self, session: &SessionId, minutes_ago: i64) {
        let mut note = SessionNote::new(session.clone());
        note.at = Some(self.at(minutes_ago));
        note.ended = true;
        self.tell(Fact::Session(note));
    }

    fn asks(&mut self, session: &SessionId, minutes_ago: i64, text: &str) {
        let message = Message {
            session: session.clone(),
            message_id: format!("m{}", self.told),
            record_id: None,
            at: self.at(minutes_ago),
            role: Role::User,
            pieces: vec![Piece { hash: self.told as u64, text: text.to_owned() }],
            model: None,
            agent_id: None,
            turn: None,
            overheard: false,
        };
        self.tell(Fact::Message(message));
    }

    fn touches(&mut self, session: &SessionId, minutes_ago: i64, kind: TouchKind, file: &str) {
        let touch = FileTouch {
            session: session.clone(),
            path: self.path("app").join(file).to_string_lossy().into_owned(),
            at: self.at(minutes_ago),
            kind,
            call_id: format!("t{}", self.told),
            content_hash: None,
            before_hash: None,
            agent_id: None,
        };
        self.tell(Fact::File(touch));
    }

    fn calls(&mut self, session: &SessionId, minutes_ago: i64, kind: ToolKind, more: impl FnOnce(&mut ToolCall)) {
        let mut call = ToolCall::new(session.clone(), format!("c{}", self.told));
        call.tool = Some(if kind == ToolKind::Shell { "Bash" } else { "Edit" }.to_owned());
        call.kind = Some(kind);
        call.started_at = Some(self.at(minutes_ago));
        call.ended_at = call.started_at.map(|at| at + 1000);
        call.status = Some(CallStatus::Ok);
        call.thread_known = true;
        more(&mut call);
        self.tell(Fact::ToolCall(call));
    }

    /// `cargo test` or another family; red with that complaint at that line of `src/auth.rs`, or green.
    fn builds(&mut self, session: &SessionId, minutes_ago: i64, tag: &str, red: Option<(u32, &str)>) {
        let status = if red.is_some() { BuildStatus::Failed } else { BuildStatus::Passed };
        let diagnostic = |(line, message): (u32, &str)| Diagnostic {
            file: Some("src/auth.rs".to_owned()),
            line: Some(line),
            column: None,
            severity: Severity::Error,
            code: None,
            message: message.to_owned(),
        };
        let run = BuildRun {
            process: None,
            run_id: format!("b{}", self.told),
            session: Some(session.clone()),
            origin: BuildOrigin::AgentShell,
            kind: BuildKind::Test,
            tag: tag.to_owned(),
            command: tag.to_owned(),
            cwd: None,
            project: None,
            started_at: Some(self.at(minutes_ago) - 1000),
            ended_at: Some(self.at(minutes_ago)),
            status: Some(status),
            exit_code: None,
            diagnostics: red.map(diagnostic).into_iter().collect(),
            failing_tests: red.map(|_| "auth::tests::refresh".to_owned()).into_iter().collect(),
            tail: None,
        };
        self.tell(Fact::Build(run));
    }

    fn plans(&mut self, session: &SessionId, steps: &[(&str, PlanStatus)]) {
        let item = |(seq, (text, status)): (usize, &(&str, PlanStatus))| PlanItem {
            key: seq.to_string(),
            text: Some((*text).to_owned()),
            status: Some(*status),
        };
        let change = PlanChange::Replace(steps.iter().enumerate().map(item).collect());
        self.tell(Fact::Plan { session: session.clone(), at: self.at(5), change });
    }

    fn asker(&self) -> Asker {
        let store = Reader::open(&self.path("data")).unwrap();
        let around = Surroundings { home: self.path(""), ..Surroundings::default() };
        Asker::with(store, around, Clock::fixed(self.now))
    }

    fn block_at(&self, session: &SessionId, cwd: &str, occasion: Occasion) -> Block {
        block_in(&self.asker(), session, cwd, occasion, &Notes::default(), TimeZone::UTC).unwrap()
    }

    /// What it is told, which is remembered.
    fn told_at(&mut self, session: &SessionId, cwd: &str, occasion: Occasion) -> String {
        let block = self.block_at(session, cwd, occasion);
        let Some(text) = block.text() else { return "nothing".to_owned() };
        let most = if text.contains("\nsession: ") { 1600 } else { 600 };
        assert!(text.len() <= most, "{} bytes: {text}", text.len());
        let told = serde_json::to_string(block.told()).unwrap();
        self.keep(session, &told);
        text.to_owned()
    }

    fn keep(&mut self, session: &SessionId, told: &str) {
        let noticed = Noticed { lines: Some(told.to_owned()), ..Noticed::default() };
        self.writer.keep_noticed(session, &noticed, self.now).unwrap();
    }

    fn told(&mut self, session: &SessionId, occasion: Occasion) -> String {
        let cwd = self.path("app");
        self.told_at(session, &cwd.to_string_lossy(), occasion)
    }
}

/// The lines between the tags.
fn lines(text: &str) -> Vec<&str> {
    let inner = text.strip_prefix("<tma1-context>\n").and_then(|text| text.strip_suffix("\n</tma1-context>"));
    inner.unwrap_or_else(|| panic!("no block: {text:?}")).split('\n').collect()
}
