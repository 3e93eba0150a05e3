//! From a session's lines to facts: what each record is, whose it is and when it was written.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::state::State;
use super::wire::{Data, HookInput, Place, Record};
use super::{events, rows, shorten};
use crate::adapters::framing::each_record;
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Millis, SessionId};

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Reads one session's file, or the rows of the database.
pub(super) struct Session {
    /// Stands in for the time of records before the first that has one.
    begins_ms: Millis,
    pub state: State,
    /// Where the session works; not remembered, the beginning of the file tells it again.
    pub cwd: Option<String>,
    /// What open calls are about. A stop between a call and its end loses it.
    pub about: HashMap<String, About>,
}

/// Files that a call reads or edits, and the content of the one that it makes.
#[derive(Debug, Default)]
pub(super) struct About {
    pub files: Vec<String>,
    pub made: Option<String>,
    /// Only a part of the file is read.
    pub part: bool,
}

/// The record at hand, with what every kind of record shares.
pub(super) struct Context {
    pub session: SessionId,
    pub at: Millis,
    pub agent_id: Option<String>,
    pub line: u64,
    /// Of the record.
    pub id: Option<String>,
}

impl Context {
    /// An id for what has none of its own: the record's, else one that the same record, read anew, has again.
    pub fn id_of(&self, text: &str) -> String {
        self.id.clone().unwrap_or_else(|| {
            format!("{}:{}:{:016x}", self.session.id, self.at, xxh3_64(format!("{}\0{text}", self.line).as_bytes()))
        })
    }
}

impl Session {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        let state = State::load(state);
        let first = file.beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Self {
            begins_ms: file.modified_ms,
            cwd: if state.session.is_some() { cwd_in(first) } else { None },
            state,
            about: HashMap::new(),
        }
    }

    fn record(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        if json::present(record.table) {
            rows::row(text, line, out);
            return;
        }
        let told = time(record.timestamp);
        let at = told.filter(|at| (0..=LATEST).contains(at));
        if told != at {
            out.skip("number out of range", line);
        }
        self.state.last_ms = at.or(self.state.last_ms);
        let kind = json::text(record.kind).unwrap_or_default();
        let Some(data) = json::object::<Data<'_>>(record.data) else {
            out.skip(if kind.is_empty() { "record without a type" } else { "record without data" }, line);
            return;
        };
        let agent_id = json::string(record.agent_id);
        self.identify(&kind, &data, agent_id.is_some());
        let Some(session) = self.state.session.as_deref() else {
            out.skip("record without a session", line);
            return;
        };
        let within = json::string(data.parent_call_id);
        let context = Context {
            session: SessionId::new(Agent::CopilotCli, session),
            at: self.state.last_ms.unwrap_or(self.begins_ms),
            // Older versions name only the call that started the sub-agent.
            agent_id: agent_id.or_else(|| within.map(|call| self.state.agent_of(&call).unwrap_or(call))),
            line,
            id: json::string(record.id),
        };
        out.records += 1;
        self.understood(&kind, record.data, &data, &context, out);
    }

    /// A file may come to hold another session; one whose beginning is lost is named by its hooks.
    fn identify(&mut self, kind: &str, data: &Data<'_>, inside: bool) {
        let told = match kind {
            "session.start" => json::string(data.session_id),
            "hook.start" if self.state.session.is_none() && !inside => {
                json::object::<HookInput<'_>>(data.input).and_then(|input| json::string(input.session_id))
            }
            _ => None,
        };
        if let Some(told) = told
            && self.state.session.as_deref() != Some(&told)
        {
            self.state = State::of(told, self.state.last_ms);
            self.about.clear();
        }
    }

    fn understood(&mut self, kind: &str, raw: Raw<'_>, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        match kind {
            "session.start" | "session.resume" => self.begins(data, context, out),
            "session.context_changed" => self.moves(data, context, out),
            "session.model_change" => self.model_changes(data, context, out),
            "session.title_changed" => Self::title(data, context, out),
            "session.usage_record" => self.usage_record(data.usage, context, out),
            "assistant.usage" => self.usage_record(raw, context, out),
            "session.shutdown" => self.ends(raw, data, context, out),
            "session.compaction_complete" => self.compacted(raw, data, context, out),
            "user.message" => self.user_message(data, context, out),
            "system.message" => Self::system_message(data, context, out),
            "system.notification" => self.notified(data, context, out),
            "assistant.message" => self.assistant_message(data, context, out),
            "assistant.reasoning" => self.reasoning(data, context, out),
            "tool.execution_start" => self.call_begins(data, context, out),
            "tool.execution_complete" => self.call_ends(data, context, out),
            "permission.requested" => self.asked_for(data, context, out),
            "permission.completed" => self.answered(data, context, out),
            "subagent.started" => self.subagent(data, context, out),
            "hook.end" => self.hook_ended(data),
            "abort" => {
                self.stopped(context, out);
                events::event(context, kind, raw, false, out);
            }
            known if events::WITHOUT_USE.contains(&known) => {}
            other => {
                if !events::EVENTS.contains(&other) {
                    out.skip(format!("unknown record type {}", shorten(other)), context.line);
                }
                events::event(context, shorten(other), raw, false, out);
            }
        }
    }
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

/// Old versions wrote times as Americans do.
pub(super) fn time(raw: Raw<'_>) -> Option<Millis> {
    json::time(raw).or_else(|| {
        let text = json::text(raw)?;
        let told = jiff::civil::DateTime::strptime("%m/%d/%Y %H:%M:%S", &*text).ok()?;
        Some(told.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
    })
}

/// Whether a file begins as a session does. The first line may be cut.
pub(super) fn is_session(beginning: &[u8]) -> bool {
    let first = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let head = &first[..first.len().min(2048)];
    let says = |words: &[u8]| memchr::memmem::find(head, words).is_some();
    let starts = says(br#""session.start""#);
    starts && (says(br#""copilotVersion""#) || says(br#""copilot-agent""#))
}

/// The directory that the first record names.
fn cwd_in(first: &[u8]) -> Option<String> {
    let record: Record<'_> = json::parse(std::str::from_utf8(first).ok()?)?;
    let data: Data<'_> = json::object(record.data)?;
    let place: Place<'_> = json::object(data.context).unwrap_or_default();
    json::string(place.cwd).or_else(|| json::string(data.cwd))
}
