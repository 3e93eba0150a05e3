//! From transcript lines to facts: what each record is, whose it is and when it was written.

use std::path::PathBuf;
use std::sync::Arc;

use super::events::{event, shorten};
use super::notes::title;
use super::state::State;
use super::wire::{ForkedFrom, Record};
use super::{agent_of_file, session_of_subagent_file};
use crate::adapters::framing::each_record;
use crate::adapters::{FileFacts, Parsed, Parser, json};
use crate::model::{Agent, Fact, Millis, SessionId, TitleRank};

/// Records that repeat what others say better, or only serve the client itself.
const WITHOUT_USE: &[&str] = &[
    "progress",
    "file-history-snapshot",
    "file-history-delta",
    "attribution-snapshot",
    "content-replacement",
    "api-request",
    "api-request-shape",
    "api-request-blob",
    "cost-state",
    "tools-used",
    "last-prompt",
    "atis-latch",
    "mode",
    "agent-color",
    "agent-setting",
    "tag",
    "task-summary",
    "history-suppression",
    "speculation-accept",
    "bridge-session",
    "fork-context-ref",
    "frame-link",
    "started",
    "result",
];

/// Records worth keeping as events.
const EVENTS: &[&str] =
    &["pr-link", "worktree-state", "queue-operation", "permission-mode", "relocated", "continued-in"];

/// The end of the year 9999: what lies beyond is no time.
const LATEST: Millis = 253_402_207_200_000;

/// Reads a session's file, or that of one of its sub-agents.
pub(super) struct Transcript {
    path: PathBuf,
    /// Stands in for the time of records before the first that has one.
    begins_ms: Millis,
    pub state: State,
    /// What was last said of cwd, branch and version, so that it is said again only when it changes.
    pub noted: Option<(String, String, String, String)>,
    /// The fork, and its parent, that was said last.
    pub forks: Option<(String, Arc<str>)>,
}

/// The record at hand, with what every kind of record shares.
pub(super) struct Context {
    pub session: SessionId,
    pub at: Millis,
    pub agent_id: Option<String>,
    pub sidechain: bool,
    pub uuid: String,
    pub line: u64,
}

impl Transcript {
    pub fn new(file: &FileFacts<'_>, state: Option<&str>) -> Self {
        Self {
            path: file.path.to_owned(),
            begins_ms: first_time(file.beginning).unwrap_or(file.modified_ms),
            state: State::load(state),
            noted: None,
            forks: None,
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
        let told = json::time(record.timestamp);
        let at = told.filter(|at| (0..=LATEST).contains(at));
        if told != at {
            out.skip("number out of range", line);
        }
        self.state.last_ms = at.or(self.state.last_ms);
        if kind == "summary" {
            out.records += 1;
            if let (Some(title), Some(leaf)) = (json::string(record.summary), json::string(record.leaf_uuid)) {
                out.facts.push(Fact::TitleOf { record_id: leaf, session_agent: Agent::ClaudeCode, title });
            }
            return;
        }
        let Some(context) = self.context(record, &kind, at, text, line, out) else {
            if WITHOUT_USE.contains(&&*kind) {
                out.records += 1;
            } else {
                out.skip("record without a session", line);
            }
            return;
        };
        self.note_session(record, &context, at.is_some(), out);
        out.records += 1;
        match &*kind {
            "user" => self.user(record, &context, out),
            "assistant" => self.assistant(record, &context, out),
            "system" => Self::system(text, record, &context, out),
            "attachment" => Self::attachment(text, record, &context, out),
            // A thread's name is not its session's.
            "custom-title" | "ai-title" | "agent-name" if agent_of_file(&self.path).is_some() => {}
            "custom-title" => title(&context, TitleRank::ByUser, record.custom_title, out),
            "ai-title" => title(&context, TitleRank::Generated, record.ai_title, out),
            "agent-name" => title(&context, TitleRank::AgentName, record.agent_name, out),
            known if WITHOUT_USE.contains(&known) => {}
            other => {
                if !EVENTS.contains(&other) {
                    out.skip(format!("unknown record type {}", shorten(other)), line);
                }
                event(&context, shorten(other), text, false, out);
            }
        }
    }

    fn context(
        &mut self,
        record: &Record<'_>,
        kind: &str,
        at: Option<Millis>,
        text: &str,
        line: u64,
        out: &mut Parsed,
    ) -> Option<Context> {
        let sidechain = json::flag(record.is_sidechain);
        let agent_file = agent_of_file(&self.path);
        let own = match json::string(record.session_id).or_else(|| json::string(record.session_id_snake)) {
            // Some versions put the thread's own name there; the session is the one it hangs under.
            Some(id) if (sidechain || agent_file.is_some()) && id.starts_with("agent-") => {
                session_of_subagent_file(&self.path).map_or(id, str::to_owned)
            }
            Some(id) => id,
            None => self.state.session.clone().or_else(|| self.session_by_name(kind))?,
        };
        if self.state.session.as_deref() != Some(own.as_str()) {
            self.state.session = Some(own.clone());
        }
        // A copied record belongs to the session it was copied from.
        let forked = json::read::<ForkedFrom<'_>>(record.forked_from).filter(|f| f.is_object);
        let parent = forked.and_then(|f| json::string(f.session_id));
        let own_uuid = json::string(record.uuid);
        let uuid = forked
            .and_then(|f| json::string(f.message_uuid))
            .or_else(|| own_uuid.clone())
            .unwrap_or_else(|| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes())));
        let agent_id = json::string(record.agent_id).or_else(|| {
            sidechain.then(|| {
                if let Some(id) = agent_file {
                    return id.to_owned();
                }
                let parent = json::string(record.parent);
                self.state.thread(own_uuid.as_deref().unwrap_or(&uuid), parent.as_deref())
            })
        });
        let context = Context {
            session: SessionId::new(Agent::ClaudeCode, parent.as_deref().unwrap_or(&own)),
            at: at.or(self.state.last_ms).unwrap_or(self.begins_ms),
            // Records of the main thread may name the agent that a whole session runs as.
            agent_id: agent_id.filter(|_| sidechain || agent_file.is_some()),
            sidechain,
            uuid,
            line,
        };
        if parent.is_some() && context.agent_id.is_none() {
            self.note_fork(&own, &context, out);
        }
        Some(context)
    }

    /// Old files hold lone records that name no session: it is the file's.
    fn session_by_name(&self, kind: &str) -> Option<String> {
        if !matches!(kind, "user" | "assistant" | "system") {
            return None;
        }
        let stem = || self.path.file_stem().and_then(|stem| stem.to_str());
        session_of_subagent_file(&self.path).or_else(stem).map(str::to_owned)
    }
}

impl Parser for Transcript {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record: &Record<'_>, out| {
            self.record(text, record, number, out);
        })
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

/// The first time that the file tells: records before it are as old as it, not as young as the file.
fn first_time(beginning: &[u8]) -> Option<Millis> {
    const FIELD: &[u8] = b"\"timestamp\":";
    let mut rest = beginning;
    loop {
        rest = &rest[memchr::memmem::find(rest, FIELD)? + FIELD.len()..];
        let text = rest.trim_ascii_start().strip_prefix(b"\"").unwrap_or_default();
        let end = memchr::memchr(b'"', text).unwrap_or(0);
        let time = std::str::from_utf8(&text[..end]).ok().and_then(|t| t.parse::<jiff::Timestamp>().ok());
        if let Some(time) = time {
            return Some(time.as_millisecond());
        }
    }
}
