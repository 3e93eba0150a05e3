//! From a rollout's lines to facts: what each record is, whose it is and when it was written.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::state::State;
use super::wire::{Meta, Payload, Record, Settings, SettingsApplied, TurnContext};
use super::{events, outcome, prompts, shorten};
use crate::adapters::framing::each_record;
use crate::adapters::json::{self, Raw};
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{Agent, Fact, Millis, SessionId, SessionNote, SubagentNote};

/// Records that serve the client itself.
const WITHOUT_USE: &[&str] = &[
    "world_state",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "dynamic_tools_updated",
    "realtime_item",
    "security_risk_score",
    "ghost_snapshot",
];

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Reads one thread's file.
pub(super) struct Rollout {
    /// Stands in for the time of records before the first that has one.
    begins_ms: Millis,
    pub state: State,
    /// Where the thread works; not remembered, the beginning of the file tells it again.
    pub cwd: Option<String>,
    /// What the sub-agents that are being started were asked: kind and task.
    pub tasks: HashMap<String, (Option<String>, String)>,
    /// The files that open commands show. A stop between a command and its end loses them, like the tasks.
    pub shown: HashMap<String, Vec<String>>,
    /// What was last said of directory and model.
    noted: (Option<String>, Option<String>),
}

/// The record at hand, with what every kind of record shares.
pub(super) struct Context {
    pub session: SessionId,
    pub at: Millis,
    pub agent_id: Option<String>,
    /// Of the thread; part of every id that we make up.
    pub thread: String,
    pub line: u64,
    /// The record has a date of its own.
    pub dated: bool,
}

impl Context {
    /// An id for what has none: the same record, read anew or from an archived copy, has the same.
    pub fn id_of(&self, text: &str) -> String {
        let hash = xxh3_64(text.as_bytes());
        let place = if self.dated { self.at } else { self.line.cast_signed() };
        format!("{}:{place}:{hash:016x}", self.thread)
    }
}

impl Rollout {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        let state = State::load(state);
        let first = file.beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Self {
            begins_ms: file.modified_ms,
            cwd: if state.thread.id.is_some() { cwd_in(first) } else { None },
            state,
            tasks: HashMap::new(),
            shown: HashMap::new(),
            noted: (None, None),
        }
    }

    fn record(&mut self, text: &str, record: &Record<'_>, line: u64, out: &mut Parsed) {
        if !record.is_object {
            out.skip("not an object", line);
            return;
        }
        let told = json::time(record.timestamp);
        let at = told.filter(|at| (0..=LATEST).contains(at));
        if told != at {
            out.skip("number out of range", line);
        }
        self.state.last_ms = at.or(self.state.last_ms);
        let kind = json::text(record.kind).unwrap_or_default();
        if !json::present(record.payload) {
            self.bare(text, record, &kind, line, out);
            return;
        }
        if kind == "session_meta" {
            self.session_meta(record, at, line, out);
            return;
        }
        let Some(payload) = json::object::<Payload<'_>>(record.payload) else {
            out.skip("record without a payload", line);
            return;
        };
        let turn = match (&*kind, json::text(payload.kind).as_deref()) {
            ("turn_context", _) | ("event_msg", Some("task_started" | "turn_started")) => json::string(payload.turn_id),
            _ => None,
        };
        let begins_turn = turn.as_deref().or(Some("").filter(|_| kind == "turn_context"));
        if self.state.thread.copied(record, at, begins_turn, is_prompt(&kind, &payload)) {
            out.records += 1;
            return;
        }
        self.state.turn = turn.or(self.state.turn.take());
        let Some(context) = self.context(line, at.is_some()) else {
            out.skip("record without a session", line);
            return;
        };
        out.records += 1;
        match &*kind {
            "response_item" => self.response_item(&payload, &context, false, out),
            "event_msg" => self.event(record.payload, &payload, &context, out),
            "turn_context" => self.turn_context(record.payload, &context, out),
            "token_usage_record" => self.usage_record(record.payload, &context, out),
            "compacted" => events::event(&context, "compacted", "{}", true, out),
            known if WITHOUT_USE.contains(&known) => {}
            other => {
                out.skip(format!("unknown record type {}", shorten(other)), line);
                let payload = record.payload.map_or("{}", |raw| raw.get());
                events::event(&context, shorten(other), payload, false, out);
            }
        }
    }

    /// The format before September 2025: a header, then response items, none with a date.
    fn bare(&mut self, text: &str, record: &Record<'_>, kind: &str, line: u64, out: &mut Parsed) {
        if json::present(record.mark) {
            out.records += 1;
        } else if kind.is_empty() && json::present(record.id) && json::present(record.timestamp) {
            let meta: Meta<'_> = json::parse(text).unwrap_or_default();
            self.opening(&meta, json::time(record.timestamp), line, out);
        } else {
            let payload: Payload<'_> = json::parse(text).unwrap_or_default();
            match self.context(line, false).filter(|_| !kind.is_empty()) {
                Some(context) => {
                    out.records += 1;
                    self.response_item(&payload, &context, true, out);
                }
                None if kind.is_empty() => out.skip("record without a type", line),
                None => out.skip("record without a session", line),
            }
        }
    }

    fn session_meta(&mut self, record: &Record<'_>, at: Option<Millis>, line: u64, out: &mut Parsed) {
        match json::object::<Meta<'_>>(record.payload) {
            Some(meta) => self.opening(&meta, at, line, out),
            None => out.skip("record without a payload", line),
        }
    }

    fn opening(&mut self, meta: &Meta<'_>, at: Option<Millis>, line: u64, out: &mut Parsed) {
        let first = self.state.thread.id.is_none();
        let opening = self.state.thread.meta(meta);
        let Some(context) = self.context(line, true) else {
            out.skip("session without an id", line);
            return;
        };
        out.records += 1;
        let Some(opening) = opening else { return };
        self.cwd = opening.cwd.clone().or(self.cwd.take());
        let born = self.state.thread.born.or(at);
        if let Some(agent_id) = context.agent_id.clone() {
            out.facts.push(Fact::Subagent(SubagentNote {
                session: context.session,
                agent_id,
                at: born,
                agent_type: opening.agent_type,
                description: None,
                call_id: None,
            }));
            return;
        }
        let mut note = SessionNote::new(context.session);
        note.origin = born.filter(|_| first);
        note.at = at.or(born);
        note.cwd = opening.cwd;
        note.git_branch = opening.branch;
        note.agent_version = opening.version;
        note.parent = opening.forked_from;
        self.noted.0.clone_from(&note.cwd);
        out.facts.push(Fact::Session(note));
    }

    fn turn_context(&mut self, payload: Raw<'_>, context: &Context, out: &mut Parsed) {
        let turn: TurnContext<'_> = json::object(payload).unwrap_or_default();
        self.works(json::string(turn.cwd), json::string(turn.model), context, out);
    }

    pub(super) fn settings(&mut self, payload: Raw<'_>, context: &Context, out: &mut Parsed) {
        let applied: SettingsApplied<'_> = json::object(payload).unwrap_or_default();
        let settings: Settings<'_> = json::object(applied.settings).unwrap_or_default();
        self.state.tier = json::string(settings.tier).filter(|tier| tier != "default");
        self.works(json::string(settings.cwd), json::string(settings.model), context, out);
    }

    /// Where and with which model the thread works from now on. A sub-agent does not speak for its session.
    fn works(&mut self, cwd: Option<String>, model: Option<String>, context: &Context, out: &mut Parsed) {
        self.cwd = cwd.or(self.cwd.take());
        self.state.model = model.or(self.state.model.take());
        if context.agent_id.is_some() || (&self.noted.0, &self.noted.1) == (&self.cwd, &self.state.model) {
            return;
        }
        self.noted = (self.cwd.clone(), self.state.model.clone());
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.cwd.clone_from(&self.cwd);
        note.model.clone_from(&self.state.model);
        out.facts.push(Fact::Session(note));
    }

    fn context(&self, line: u64, dated: bool) -> Option<Context> {
        let thread = &self.state.thread;
        let at = self.state.last_ms.or(thread.born).unwrap_or(self.begins_ms);
        Some(Context {
            session: SessionId::new(Agent::Codex, thread.session.as_deref()?),
            at,
            agent_id: thread.agent_id(),
            thread: thread.id.clone()?,
            line,
            dated,
        })
    }
}

/// Whether the record is a person's prompt, whatever family it belongs to.
fn is_prompt(kind: &str, payload: &Payload<'_>) -> bool {
    match json::text(payload.kind).as_deref() {
        Some("user_message") => kind == "event_msg",
        Some("message") => {
            json::text(payload.role).as_deref() == Some("user")
                && prompts::is_prompt(&outcome::content_text(payload.content))
        }
        _ => false,
    }
}

impl Parser for Rollout {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record: &Record<'_>, out| {
            self.record(text, record, number, out);
        })
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

/// Whether a file begins as rollouts do: with a `session_meta`, or with the header of the bare format. The first line
/// may be cut.
pub(super) fn is_rollout(beginning: &[u8]) -> bool {
    let first = beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let head = &first[..first.len().min(512)];
    let says = |words: &[u8]| memchr::memmem::find(head, words).is_some();
    let wrapped = says(br#""type":"session_meta""#) || says(br#""type": "session_meta""#);
    let header = || {
        let record: Record<'_> = std::str::from_utf8(first).ok().and_then(json::parse).unwrap_or_default();
        let named = json::present(record.id) && json::present(record.timestamp);
        named && !json::present(record.kind) && says(br#""instructions""#)
    };
    wrapped || header()
}

/// The directory that the first record names.
fn cwd_in(first: &[u8]) -> Option<String> {
    const FIELD: &[u8] = b"\"cwd\":";
    let rest = &first[memchr::memmem::find(first, FIELD)? + FIELD.len()..];
    let text = match std::str::from_utf8(rest) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&rest[..e.valid_up_to()]).ok()?,
    };
    let value = serde_json::Deserializer::from_str(text).into_iter::<&serde_json::value::RawValue>().next()?.ok()?;
    json::string(Some(value))
}
