//! From lines to facts: what each record is, whose it is and when it was written.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::rows::Windows;
use super::state::State;
use super::wire::Record;
use crate::adapters::framing::each_record;
use crate::adapters::json;
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Millis, SessionId};

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Directories, and calls whose files are not told yet, that are kept in mind.
const KEPT: usize = 4096;

/// Reads a session's file, or the database with the sessions of one of OpenClaw's agents.
pub(super) struct History {
    /// Stands in for the time of records before the first that has one.
    begins_ms: Millis,
    pub state: State,
    /// Where sessions work. Not remembered, like all below: paths and words are not kept with a position.
    cwds: HashMap<String, String>,
    /// What calls asked for, until their results say what became of it.
    pub asked: HashMap<String, Asked>,
    pub windows: Windows,
}

/// As much of a call as its result needs.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The file that it is about.
    pub path: Option<String>,
    /// What the file holds then, where the call says it whole.
    pub content_hash: Option<i64>,
    /// Only a part of the file was asked for.
    pub part: bool,
    /// The files that a command shows.
    pub shown: Vec<String>,
    pub task: Option<String>,
    pub agent_type: Option<String>,
}

/// What is known of a record before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// Whose it is; `None`: the file's.
    pub session: Option<&'a str>,
    /// When it was stored.
    pub at: Option<Millis>,
}

/// The record at hand, with what every kind of record shares.
pub(super) struct Context {
    pub session: SessionId,
    pub agent_id: Option<String>,
    /// The id that its own thread has, a session's or a sub-agent's.
    pub own: String,
    pub at: Millis,
    /// The record's identity: a copy of it, in whatever file or session, has the same.
    pub key: String,
    pub line: u64,
}

impl History {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        let mut history = Self {
            begins_ms: file.modified_ms,
            state: State::load(state),
            cwds: HashMap::new(),
            asked: HashMap::new(),
            windows: Windows::default(),
        };
        match history.state.file.clone() {
            Some(own) => history.recall(&own, file.beginning),
            None => history.state.side = is_side_thread(file.beginning),
        }
        history
    }

    /// The first record names the directory.
    fn recall(&mut self, own: &str, beginning: &[u8]) {
        let first = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let record: Record<'_> = std::str::from_utf8(first).ok().and_then(json::parse).unwrap_or_default();
        if let Some(cwd) = json::string(record.cwd) {
            self.works_in(own, &cwd);
        }
    }

    pub fn works_in(&mut self, own: &str, cwd: &str) {
        if self.cwds.len() >= KEPT {
            self.cwds.clear();
        }
        self.cwds.insert(own.to_owned(), cwd.to_owned());
    }

    pub fn cwd(&self, own: &str) -> Option<&str> {
        self.cwds.get(own).map(String::as_str)
    }

    pub fn asks(&mut self, call_id: &str, asked: Asked) {
        if self.asked.len() >= KEPT {
            self.asked.clear();
        }
        self.asked.insert(call_id.to_owned(), asked);
    }

    fn line_read(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
        } else if json::present(record.table) {
            self.row(text, line, out);
        } else if json::present(record.cold) && !json::present(record.kind) {
            self.cold(record, None, line, out);
        } else {
            self.record(text, record, Told::default(), line, out);
        }
    }

    pub fn record(&mut self, text: &str, record: &Record<'_>, told: Told<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        if told.session.is_none() && json::text(record.kind).as_deref() == Some("session") {
            match json::string(record.id) {
                Some(id) => self.state.file = Some(id),
                None => out.skip("session without an id", line),
            }
        }
        let Some(own) = told.session.map(str::to_owned).or_else(|| self.state.file.clone()) else {
            out.skip("record without a session", line);
            return;
        };
        // What the vendor calls a probe: models are tried out there.
        if self.windows.is_probe(&own) {
            out.records += 1;
            return;
        }
        let dated = json::time(record.timestamp);
        let at = dated.filter(|at| (0..=LATEST).contains(at));
        if dated != at {
            out.skip("number out of range", line);
        }
        let begins_ms = self.begins_ms;
        let talk = self.state.talk(&own);
        let moment = at.or(told.at).or(talk.last_ms).unwrap_or(begins_ms);
        talk.last_ms = Some(moment);
        let key = match (json::string(record.id), at) {
            (Some(id), Some(at)) => format!("{id}:{at}"),
            (Some(id), None) => format!("{own}:{id}"),
            (None, _) => format!("{own}:{moment}:{:016x}", xxh3_64(text.as_bytes())),
        };
        // Of a sub-agent whose session nobody names, at least that it is one.
        let side = self.windows.is_side(&own) || self.state.side && told.session.is_none();
        let agent_id = Some(own.clone()).filter(|_| side);
        let session = self.windows.session_of(&own).unwrap_or_else(|| own.clone());
        let session = SessionId::new(Agent::Openclaw, &session);
        self.event(text, record, &Context { session, agent_id, own, at: moment, key, line }, out);
    }
}

impl Parser for History {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record: &Record<'_>, out| {
            self.line_read(text, record, number, out);
        })
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

/// Whether a file begins as sessions do, with something that only OpenClaw writes: Pi's begin in the same way.
pub(super) fn is_session(beginning: &[u8]) -> bool {
    let first = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let record: Record<'_> = std::str::from_utf8(first).ok().and_then(json::parse).unwrap_or_default();
    let header = json::text(record.kind).as_deref() == Some("session") && json::present(record.id);
    let says = |words: &str| memchr::memmem::find(beginning, words.as_bytes()).is_some();
    header && [r#""__openclaw""#, r#""openclaw."#, r#""openclaw:"#, r#""model-snapshot""#].iter().any(|mark| says(mark))
}

/// Whether a file begins with a task that another session gave. That session's file does not say which one this is, nor
/// does this one say whose it is.
fn is_side_thread(beginning: &[u8]) -> bool {
    let first_answer = memchr::memmem::find(beginning, br#""role":"assistant""#);
    let asked = &beginning[..first_answer.unwrap_or(beginning.len())];
    [&b"[Subagent Context]"[..], b"[Subagent Task]"].iter().any(|words| memchr::memmem::find(asked, words).is_some())
}
