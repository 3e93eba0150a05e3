//! From a session file's lines to facts: what each entry is, whose it is and when it was written.

use std::collections::HashMap;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::calls::Asked;
use super::state::State;
use super::wire::{Message, Record};
use super::{entries, shorten};
use crate::adapters::framing::each_record;
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Fact, Millis, SessionId, SessionNote};

/// Entries that serve the client or an extension of it, or that others say better.
const WITHOUT_USE: &[&str] = &["thinking_level_change", "label", "custom", "context_edit"];

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Reads one session's file.
pub(super) struct Session {
    /// Stands in for the time of entries before the first that has one.
    begins_ms: Millis,
    pub state: State,
    /// Where the session works; not remembered, the beginning of the file tells it again.
    pub cwd: Option<String>,
    /// The session's id as the file's name has it, for a file that lost its header.
    named: Option<String>,
    /// The files that open calls are about. A stop between a call and its end loses them.
    pub files: HashMap<String, Asked>,
}

/// The entry at hand, with what every kind of entry shares.
pub(super) struct Context {
    pub session: SessionId,
    pub at: Millis,
    /// Of the entry: the same in every copy of it.
    pub identity: String,
    /// When the message began, which is the same in every copy.
    pub began: Millis,
    pub line: u64,
}

impl Session {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        let state = State::load(state);
        let header = if state.session.is_some() { header_in(file.beginning) } else { None };
        Self {
            begins_ms: file.modified_ms,
            cwd: header.and_then(|header| json::string(header.cwd)),
            state,
            named: id_in_name(file.path),
            files: HashMap::new(),
        }
    }

    fn record(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        let Some(kind) = json::text(record.kind) else {
            out.skip("record without a type", line);
            return;
        };
        let at = in_range(json::time(record.timestamp), line, out);
        self.state.last_ms = at.or(self.state.last_ms);
        if kind == "session" {
            self.header(record, at, line, out);
            return;
        }
        let message = (kind == "message").then(|| json::object::<Message<'_>>(record.message));
        if let Some(None) = message {
            out.skip("message entry without a message", line);
            return;
        }
        let message = message.flatten();
        let Some(context) = self.context(text, record, message.as_ref(), at, line, out) else {
            out.skip("record without a session", line);
            return;
        };
        self.older(&context, at.is_some(), out);
        out.records += 1;
        match &*kind {
            "message" => self.message(text, &message.unwrap_or_default(), &context, out),
            "usage" => entries::usage(record, &context, out),
            "model_change" => self.speaks_with(json::string(record.model_id), &context, out),
            "compaction" => entries::summary(record, true, &context, out),
            "branch_summary" => entries::summary(record, false, &context, out),
            "custom_message" => entries::custom_message(record, &context, out),
            "session_info" => entries::title(record, &context, out),
            known if WITHOUT_USE.contains(&known) => {}
            other => {
                out.skip(format!("unknown entry type {}", shorten(other)), line);
                entries::event(&context, shorten(other), text, false, out);
            }
        }
    }

    /// The first line. Old versions wrote it twice into forks.
    fn header(&mut self, record: &Record<'_>, at: Option<Millis>, line: u64, out: &mut Parsed) {
        let Some(id) = json::string(record.id) else {
            out.skip("session without an id", line);
            return;
        };
        out.records += 1;
        if self.state.session.as_deref() != Some(id.as_str()) {
            self.state = State::default();
        }
        let parent = json::text(record.parent_session).or_else(|| json::text(record.branched_from));
        self.state.session = Some(id.clone());
        self.state.born = at;
        self.state.origin = at;
        self.state.forked = parent.is_some();
        self.state.model = json::string(record.model_id);
        self.cwd = json::string(record.cwd).or(self.cwd.take());
        let mut note = SessionNote::new(SessionId::new(Agent::Pi, &id));
        note.at = at;
        note.origin = at;
        note.cwd.clone_from(&self.cwd);
        note.model.clone_from(&self.state.model);
        note.parent = parent.and_then(|path| id_in_name(Path::new(&*path))).filter(|parent| *parent != id);
        out.facts.push(Fact::Session(note));
    }

    /// Until 0.30 the header was written with the first answer: a session of its own began with its oldest entry.
    fn older(&mut self, context: &Context, dated: bool, out: &mut Parsed) {
        let earlier = self.state.origin.is_none_or(|origin| context.at < origin);
        if dated && earlier && !self.state.forked {
            self.state.origin = Some(context.at);
            let mut note = SessionNote::new(context.session.clone());
            note.at = Some(context.at);
            note.origin = Some(context.at);
            out.facts.push(Fact::Session(note));
        }
    }

    /// The model of the session from now on.
    pub fn speaks_with(&mut self, model: Option<String>, context: &Context, out: &mut Parsed) {
        if model.is_none() || model == self.state.model {
            return;
        }
        self.state.model.clone_from(&model);
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.model = model;
        out.facts.push(Fact::Session(note));
    }

    fn context(
        &self,
        text: &str,
        record: &Record<'_>,
        message: Option<&Message<'_>>,
        at: Option<Millis>,
        line: u64,
        out: &mut Parsed,
    ) -> Option<Context> {
        let session = self.state.session.as_deref().or(self.named.as_deref())?;
        let began = in_range(message.and_then(|message| json::time(message.timestamp)), line, out);
        let written = at.or(self.state.last_ms).or(began).or(self.state.born).unwrap_or(self.begins_ms);
        // The first versions dated the entries that they copied into a fork anew.
        let copied = |began: &Millis| self.state.forked && self.state.born.is_some_and(|born| *began < born);
        let identity = match (began.or(at), message) {
            // Entries of the first version get ids only when a later one opens their file, and other entries of other
            // sessions may have the same: the moment and what was said there tell them apart.
            (Some(moment), Some(message)) => identity(moment, role(message).as_bytes(), message.content),
            (Some(moment), None) => {
                let kind = record.kind.map_or("", |raw| raw.get());
                identity(moment, kind.as_bytes(), record.summary.or(record.usage).or(record.content).or(record.name))
            }
            (None, _) => {
                let place = json::string(record.id).unwrap_or_else(|| line.to_string());
                format!("{session}:{place}:{:016x}", xxh3_64(text.as_bytes()))
            }
        };
        Some(Context {
            session: SessionId::new(Agent::Pi, session),
            at: began.filter(copied).unwrap_or(written),
            identity,
            began: began.unwrap_or(written),
            line,
        })
    }
}

/// Messages of extensions had another name until version 3.
pub(super) fn role<'a>(message: &Message<'a>) -> std::borrow::Cow<'a, str> {
    let role = json::text(message.role).unwrap_or_default();
    if role == "hookMessage" { "custom".into() } else { role }
}

fn identity(moment: Millis, kind: &[u8], content: Raw<'_>) -> String {
    let content = content.map_or("", |raw| raw.get()).as_bytes();
    format!("{moment}:{:016x}", xxh3_64(&[kind, b"\0", content].concat()))
}

fn in_range(told: Option<Millis>, line: u64, out: &mut Parsed) -> Option<Millis> {
    let at = told.filter(|at| (0..=LATEST).contains(at));
    if told != at {
        out.skip("number out of range", line);
    }
    at
}

impl Parser for Session {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record: &Record<'_>, out| {
            self.record(text, record, number, out);
        })
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

/// What OpenClaw, which grew out of Pi, puts into its own files.
const ANOTHERS: &[&[u8]] = &[br#""__openclaw""#, br#""openclaw."#, br#""openclaw:"#, br#""model-snapshot""#];

/// Whether a file begins as sessions of Pi do.
pub(super) fn is_session(beginning: &[u8]) -> bool {
    let is_header = |header: &Record<'_>| {
        json::text(header.kind).as_deref() == Some("session") && json::present(header.id) && json::present(header.cwd)
    };
    let anothers = || ANOTHERS.iter().any(|mark| memchr::memmem::find(beginning, mark).is_some());
    header_in(beginning).is_some_and(|header| is_header(&header)) && !anothers()
}

/// The header, where the file begins with it as a whole.
fn header_in(beginning: &[u8]) -> Option<Record<'_>> {
    let first = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    json::parse(std::str::from_utf8(first).ok()?)
}

/// The id in a name such as `2026-11-20T10-12-04-080Z_01a1f871-196f-7033.jsonl`, on whatever system it lay.
fn id_in_name(path: &Path) -> Option<String> {
    let name = path.to_str()?.rsplit(['/', '\\']).next()?;
    let (time, id) = name.strip_suffix(".jsonl")?.split_once('_')?;
    (time.starts_with(|c: char| c.is_ascii_digit()) && !id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_session_after_its_moment() {
        for (path, want) in [
            ("/h/--w--/2026-11-20T10-12-04-080Z_01a1-7033.jsonl", Some("01a1-7033")),
            (r"C:\Users\j\2026-01-01T00-00-00-000Z_my_own.jsonl", Some("my_own")),
            ("/orig/session.jsonl", None),
            ("/orig/my_session.jsonl", None),
            ("/h/2026_.jsonl", None),
            ("", None),
        ] {
            assert_eq!(id_in_name(Path::new(path)).as_deref(), want, "{path}");
        }
    }
}
