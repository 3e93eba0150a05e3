//! Sessions made for tests, and whoever asks about them.

use std::ops::{Deref, DerefMut};
use std::path::Path;

use super::{Asker, Surroundings};
use crate::clock::Clock;
use crate::model::{
    Agent, CallStatus, Fact, FileTouch, Message, Millis, Piece, RequestTraits, Role, SessionId, SessionNote,
    TokenCounts, ToolCall, ToolKind, TouchKind, Usage,
};
use crate::project;
use crate::store::{Batch, Reader, Writer};

/// 2026-11-20T10:00:00Z.
pub(super) const NOW: Millis = 1_795_168_800_000;
pub(super) const MINUTE: Millis = 60_000;
pub(super) const HOUR: Millis = 60 * MINUTE;

/// What one session told, in the order of telling.
pub(super) struct Told {
    pub session: SessionId,
    pub facts: Vec<Fact>,
}

impl Told {
    pub fn new(agent: Agent, id: &str, root: &str) -> Self {
        let session = SessionId::new(agent, id);
        let mut note = SessionNote::new(session.clone());
        note.cwd = Some(root.to_owned());
        note.project = Some(project::identity(Path::new(root), None));
        Self { session, facts: vec![Fact::Session(note)] }
    }

    pub fn says(mut self, role: Role, at: Millis, text: &str) -> Self {
        let id = format!("m{}-{}", self.facts.len(), self.session.id);
        let piece = Piece { hash: u64::try_from(at).unwrap(), text: text.to_owned() };
        self.facts.push(Fact::Message(Message {
            session: self.session.clone(),
            message_id: id,
            record_id: None,
            at,
            role,
            pieces: vec![piece],
            model: None,
            agent_id: None,
            turn: None,
            overheard: false,
        }));
        self
    }

    /// A shell command that took ten seconds, or still runs.
    pub fn runs(self, command: &str, at: Millis, status: Option<CallStatus>) -> Self {
        self.calls(ToolKind::Shell, at, |call| {
            call.command = Some(command.to_owned());
            call.status = status;
            call.ended_at = status.map(|_| at + 10_000);
        })
    }

    pub fn calls(mut self, kind: ToolKind, at: Millis, more: impl FnOnce(&mut ToolCall)) -> Self {
        let mut call = ToolCall::new(self.session.clone(), format!("c{}-{}", self.facts.len(), self.session.id));
        call.tool = Some(if kind == ToolKind::Shell { "Bash" } else { "Edit" }.to_owned());
        call.kind = Some(kind);
        call.started_at = Some(at);
        call.thread_known = true;
        more(&mut call);
        self.facts.push(Fact::ToolCall(call));
        self
    }

    pub fn costs(mut self, cents: i64, at: Millis) -> Self {
        self.facts.push(Fact::Usage(Usage {
            session: self.session.clone(),
            response_id: format!("r{}-{}", self.facts.len(), self.session.id),
            request_id: None,
            at,
            model: Some("claude-opus-5-5".to_owned()),
            tokens: TokenCounts { input: 1_000, output: 50, ..TokenCounts::default() },
            traits: RequestTraits::default(),
            reported_nanos: Some(cents * 10_000_000),
            agent_id: None,
            sidechain: false,
            told: crate::model::Told::default(),
            timing: crate::model::Timing::default(),
        }));
        self
    }

    pub fn ends(mut self) -> Self {
        let mut note = SessionNote::new(self.session.clone());
        note.ended = true;
        note.at = Some(NOW);
        self.facts.push(Fact::Session(note));
        self
    }
}

impl Told {
    pub fn forked_from(mut self, parent: &str) -> Self {
        let mut note = SessionNote::new(self.session.clone());
        note.parent = Some(parent.to_owned());
        self.facts.push(Fact::Session(note));
        self
    }

    pub fn touches(mut self, kind: TouchKind, path: &str, at: Millis) -> Self {
        self.facts.push(Fact::File(FileTouch {
            session: self.session.clone(),
            path: path.to_owned(),
            at,
            kind,
            call_id: format!("t{}-{}", self.facts.len(), self.session.id),
            content_hash: None,
            before_hash: None,
            agent_id: None,
        }));
        self
    }

    pub fn edits(self, path: &str, at: Millis) -> Self {
        self.touches(TouchKind::Edit, path, at)
    }

    pub fn reads(self, path: &str, at: Millis) -> Self {
        self.touches(TouchKind::Read, path, at)
    }
}

/// Asks at `NOW`; its store goes with it.
pub(super) struct Stage {
    asker: Asker,
    _dir: tempfile::TempDir,
}

impl Deref for Stage {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Asker {
        &mut self.asker
    }
}

/// A store that holds these sessions.
pub(super) fn asker(told: Vec<Told>) -> Stage {
    asker_with(told, |_| {})
}

/// The same, to which more was told.
pub(super) fn asker_with(told: Vec<Told>, more: impl FnOnce(&mut Writer)) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let mut batch = Batch::told(NOW);
    told.into_iter().flat_map(|told| told.facts).for_each(|fact| batch.push(fact));
    let mut writer = Writer::open(dir.path()).unwrap();
    writer.apply(batch).unwrap();
    more(&mut writer);
    let store = Reader::open(dir.path()).unwrap();
    Stage { asker: Asker::with(store, Surroundings::default(), Clock::fixed(NOW)), _dir: dir }
}
