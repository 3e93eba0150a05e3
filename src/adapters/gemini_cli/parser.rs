//! From a chat's records to facts: whose they are and when they were written. What the client itself would forget
//! (messages that were rewound, or left out by a summary) was said nevertheless, and stays.

use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::place;
use super::state::State;
use super::wire::Record;
use crate::adapters::framing::each_record;
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Fact, Millis, RawEvent, SessionId, SessionNote, SourceKind, SubagentNote, TitleRank};

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Reads one chat.
pub(super) struct Chat {
    path: PathBuf,
    /// Stands in for the time of records before the first that has one.
    begins_ms: Millis,
    /// Whose sub-agent's chat it is, as its place tells.
    parent: Option<String>,
    pub state: State,
    /// Where the project lies; not remembered, its neighbours and the beginning tell it again.
    pub cwd: Option<String>,
    /// The neighbours know better than the chat.
    placed: bool,
    /// Said of the session in this reading.
    noted: bool,
}

/// The record at hand, with what every kind of record shares.
pub(super) struct Context {
    pub session: SessionId,
    pub at: Millis,
    pub agent_id: Option<String>,
    scope: String,
    pub line: u64,
}

impl Context {
    /// Ids of records are unique in their chat only, unless they are random and long.
    pub fn unique(&self, id: &str) -> String {
        let random = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if random { id.to_owned() } else { format!("{}:{id}", self.scope) }
    }

    /// Clients make them of the tool's name, a time and chance; short ones may be in every chat.
    pub fn unique_call(&self, id: &str) -> String {
        if id.len() >= 16 { id.to_owned() } else { format!("{}:{id}", self.scope) }
    }
}

impl Chat {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        Self {
            path: file.path.to_owned(),
            begins_ms: file.modified_ms,
            parent: place::parent(file.path),
            state: State::load(state),
            cwd: place::workspace(file.beginning),
            placed: false,
            noted: false,
        }
    }

    fn record(&mut self, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        if json::present(record.rewind) {
            let Some(context) = self.context(record, line, out) else { return };
            out.records += 1;
            let to = json::text(record.rewind).unwrap_or_default();
            event(&context, "rewind", &to, false, out);
        } else if json::present(record.id) {
            out.records += u64::from(self.message(record, line, out));
        } else if json::present(record.set) {
            self.patch(record.set, line, out);
        } else if json::string(record.session_id).is_some() {
            self.opening(record, line, out);
        } else if json::present(record.messages) {
            out.skip("chat without a session", line);
        } else {
            out.skip("unknown record", line);
        }
    }

    /// A header, or a whole document. A resumed session writes another one, perhaps under another id.
    fn opening(&mut self, record: &Record<'_>, line: u64, out: &mut Parsed) {
        self.state.is_subagent |= json::text(record.chat).as_deref() == Some("subagent");
        let began = moment(record.start, line, out);
        self.state.last_ms = began.or(self.state.last_ms);
        self.belongs_to(record.session_id);
        let Some(context) = self.context(record, line, out) else { return };
        out.records += 1;
        self.begins(&context, began, record, out);
        self.listed(record.messages, line, out);
    }

    /// `$set`: what is said anew of the session, or of everything that was said in it.
    fn patch(&mut self, set: Raw<'_>, line: u64, out: &mut Parsed) {
        let Some(patch) = json::object::<Record<'_>>(set) else {
            out.skip("change of nothing", line);
            return;
        };
        let before = self.state.session.clone();
        let another = self.belongs_to(patch.session_id);
        let Some(context) = self.context(&patch, line, out) else { return };
        out.records += 1;
        if another {
            let mut note = SessionNote::new(context.session.clone());
            (note.origin, note.at, note.parent) = (Some(context.at), Some(context.at), before);
            note.cwd.clone_from(&self.cwd);
            if context.agent_id.is_none() {
                out.facts.push(Fact::Session(note));
            }
        }
        Self::titled(&patch, &context, out);
        if json::present(patch.messages) {
            self.listed(patch.messages, line, out);
            self.state.compacting = false;
        }
    }

    fn listed(&mut self, messages: Raw<'_>, line: u64, out: &mut Parsed) {
        for message in json::objects::<Record<'_>>(messages) {
            self.message(&message, line, out);
        }
    }

    /// `true`: it is another session than before.
    fn belongs_to(&mut self, session: Raw<'_>) -> bool {
        let Some(id) = json::string(session) else { return false };
        let another = self.state.session.as_ref().is_some_and(|known| *known != id);
        self.state.scope.get_or_insert_with(|| id.clone());
        self.state.session = Some(id);
        another
    }

    fn begins(&mut self, context: &Context, began: Option<Millis>, record: &Record<'_>, out: &mut Parsed) {
        self.noted = true;
        if let Some(agent_id) = context.agent_id.clone() {
            out.facts.push(Fact::Subagent(SubagentNote {
                session: context.session.clone(),
                agent_id,
                at: began,
                agent_type: None,
                description: None,
                call_id: None,
            }));
            return;
        }
        let mut note = SessionNote::new(context.session.clone());
        (note.origin, note.at) = (began, began);
        let first = || json::list::<Raw<'_>>(record.directories).first().and_then(|dir| json::string(*dir));
        note.cwd = self.cwd.clone().or_else(first);
        out.facts.push(Fact::Session(note));
        Self::titled(record, context, out);
    }

    fn titled(record: &Record<'_>, context: &Context, out: &mut Parsed) {
        if let Some(title) = json::string(record.summary).filter(|_| context.agent_id.is_none()) {
            let mut note = SessionNote::new(context.session.clone());
            note.title = Some((TitleRank::Summary, context.at, title));
            out.facts.push(Fact::Session(note));
        }
    }

    /// What all facts of `record` share; `None`, and counted: nobody said whose it is.
    pub(super) fn context(&mut self, record: &Record<'_>, line: u64, out: &mut Parsed) -> Option<Context> {
        self.state.last_ms = moment(record.timestamp, line, out).or(self.state.last_ms);
        let Some(own) = self.state.session.clone() else {
            out.skip("record without a session", line);
            return None;
        };
        let is_subagent = self.state.is_subagent || self.parent.is_some();
        let session = self.parent.as_deref().filter(|_| is_subagent).unwrap_or(&own);
        let context = Context {
            session: SessionId::new(Agent::GeminiCli, session),
            at: self.state.last_ms.unwrap_or(self.begins_ms),
            agent_id: is_subagent.then(|| own.clone()),
            scope: self.state.scope.clone().unwrap_or(own),
            line,
        };
        self.note_place(&context, out);
        Some(context)
    }

    /// A reading that goes on behind the header may know the directory by now.
    fn note_place(&mut self, context: &Context, out: &mut Parsed) {
        if std::mem::replace(&mut self.noted, true) || self.cwd.is_none() || context.agent_id.is_some() {
            return;
        }
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.cwd.clone_from(&self.cwd);
        out.facts.push(Fact::Session(note));
    }
}

pub(super) fn event(context: &Context, event_type: &str, what: &str, compaction: bool, out: &mut Parsed) {
    let id = format!("gemini {event_type}\0{}\0{what}", context.scope);
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxh3_64(id.as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: None,
        // A sub-agent's context is not its session's.
        compaction: compaction && context.agent_id.is_none(),
    }));
}

pub(super) fn moment(raw: Raw<'_>, line: u64, out: &mut Parsed) -> Option<Millis> {
    let told = json::time(raw);
    let at = told.filter(|at| (0..=LATEST).contains(at));
    if told != at {
        out.skip("number out of range", line);
    }
    at
}

impl Parser for Chat {
    fn neighbour(&mut self, path: &Path, content: &[u8]) {
        if let Some(root) = place::root(&self.path, path, content).filter(|_| !self.placed) {
            self.cwd = Some(root);
            self.placed = true;
        }
    }

    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |_, record: &Record<'_>, out| self.record(record, number, out))
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}
