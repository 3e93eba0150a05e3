//! From transcript lines to facts: what each record is, whose it is and when it was written.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use super::framing::each_record;
use super::notes::title;
use super::state::State;
use super::usage::usage_of;
use super::wire::{Attachment, Block, ForkedFrom, Message as WireMessage, Record, Usage as WireUsage};
use super::{agent_of_file, prompts, results, session_of_subagent_file};
use crate::adapters::json;
use crate::adapters::{FileFacts, Parsed, Parser};
use crate::model::{
    Agent, Fact, Message, Millis, Piece, RawEvent, Role, SessionId, SessionNote, SourceKind, TitleRank,
};

/// Notices that the client makes up carry this model: nobody was asked, nothing was spent.
const SYNTHETIC: &str = "<synthetic>";

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

/// Attachments that tell something that happened; the others are texts for the model.
const ATTACHMENT_EVENTS: &[&str] = &["edited_text_file", "queued_command", "plan_mode", "plan_mode_exit"];

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
            sidechain.then(|| match agent_file {
                Some(id) => id.to_owned(),
                None => {
                    let parent = json::string(record.parent);
                    self.state.thread(own_uuid.as_deref().unwrap_or(&uuid), parent.as_deref())
                }
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

    fn user(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) =
            json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object && json::present(m.content))
        else {
            out.skip("user record without content", context.line);
            return;
        };
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut has_result = false;
        for block in blocks.iter().filter(|b| json::text(b.kind).as_deref() == Some("tool_result")) {
            has_result = true;
            self.tool_result(record, block, context, out);
        }
        let text = results::content_text(message.content);
        // An image or an empty text is still something a person sent.
        let sent = || blocks.iter().any(|b| matches!(json::text(b.kind).as_deref(), Some("text" | "image")));
        if text.is_empty() && (has_result || !sent()) {
            return;
        }
        let machine = has_result
            || json::flag(record.is_meta)
            || json::flag(record.is_compact_summary)
            || json::flag(record.is_transcript_only)
            || json::flag(record.is_companion)
            || !prompts::is_prompt(&text);
        if prompts::is_interruption(&text) {
            event(context, "interruption", "{}", false, out);
        }
        let role = if machine { Role::System } else { Role::User };
        if context.agent_id.is_none()
            && let Some(command) = prompts::command_line(&text)
        {
            let mut note = SessionNote::new(context.session.clone());
            // Of equal rank the later wins; of first prompts it must be the earlier.
            note.title = Some((TitleRank::FirstPrompt, -context.at, command));
            out.facts.push(Fact::Session(note));
        }
        out.facts.push(Fact::Message(Message {
            session: context.session.clone(),
            message_id: context.uuid.clone(),
            record_id: None,
            at: context.at,
            role,
            pieces: vec![piece(&text)],
            model: None,
            agent_id: context.agent_id.clone(),
        }));
    }

    fn assistant(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) = json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object) else {
            out.skip("assistant record without a message", context.line);
            return;
        };
        let model = json::string(message.model);
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut text = Vec::new();
        let mut thinking = Vec::new();
        if blocks.is_empty() {
            text.extend(json::text(message.content).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
        }
        for (index, block) in blocks.iter().enumerate() {
            match json::text(block.kind).as_deref() {
                Some("text") => text.extend(json::text(block.text).filter(|t| !t.trim().is_empty()).map(|t| piece(&t))),
                Some("thinking") => {
                    thinking.extend(json::text(block.thinking).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)))
                }
                Some("tool_use") => self.tool_use(block, index, context, out),
                _ => {}
            }
        }
        if model.as_deref() == Some(SYNTHETIC) {
            out.facts.push(Fact::Message(said(context, Role::System, &context.uuid, text, None)));
            return;
        }
        let response = json::string(message.id).unwrap_or_else(|| context.uuid.clone());
        if !thinking.is_empty() {
            out.facts.push(Fact::Message(said(context, Role::Thinking, &response, thinking, model.clone())));
        }
        out.facts.push(Fact::Message(said(context, Role::Assistant, &response, text, model.clone())));
        if let Some(usage) = json::read::<WireUsage<'_>>(message.usage).filter(|u| u.is_object) {
            let usage = usage_of(record, &usage, context, response, model, out);
            out.facts.push(Fact::Usage(usage));
        }
    }

    fn system(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let subtype = json::text(record.subtype).unwrap_or(Cow::Borrowed("system"));
        // The hooks' own summary of what they ran says nothing about the session.
        if subtype == "stop_hook_summary" {
            return;
        }
        event(context, shorten(&subtype), text, subtype == "compact_boundary", out);
    }

    fn attachment(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let attachment: Attachment<'_> = json::read(record.attachment).unwrap_or_default();
        let kind = json::text(attachment.kind).unwrap_or_default();
        if ATTACHMENT_EVENTS.contains(&&*kind) {
            event(context, &kind, text, false, out);
        }
    }
}

impl Parser for Transcript {
    fn line(&mut self, line: &[u8], number: u64, terminated: bool, out: &mut Parsed) -> usize {
        each_record(line, number, terminated, out, |text, record, out| self.record(text, record, number, out))
    }

    fn state(&self) -> Option<String> {
        self.state.save()
    }
}

fn said(context: &Context, role: Role, id: &str, pieces: Vec<Piece>, model: Option<String>) -> Message {
    Message {
        session: context.session.clone(),
        message_id: id.to_owned(),
        record_id: (id != context.uuid).then(|| context.uuid.clone()),
        at: context.at,
        role,
        pieces,
        model,
        agent_id: context.agent_id.clone(),
    }
}

fn piece(text: &str) -> Piece {
    Piece { hash: xxhash_rust::xxh3::xxh3_64(text.as_bytes()), text: text.to_owned() }
}

fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxhash_rust::xxh3::xxh3_64(format!("{event_type}\0{}", context.uuid).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        compaction,
    }));
}

/// Names of foreign kinds stay readable in counters.
fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
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
