//! Codex's hooks: what a running client tells of itself, one payload an event.
//!
//! Source of the format: hook calls and schemas of version 0.169; `docs/reference/hooks-codex.md` says what becomes what.

mod calls;
mod ended;
mod identity;
mod payload;
mod registered;
#[cfg(test)]
mod tests;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use self::payload::Payload;
use super::prompts;
use crate::adapters::hooks::body_text;
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start, json};
use crate::model::{
    Agent, Fact, Message, Millis, Piece, RawEvent, Role, SessionId, SessionNote, Skip, SourceKind, SubagentNote,
};

pub(super) struct CodexHooks;

/// What all facts of one payload share.
struct Telling<'a> {
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    at: Millis,
    /// Of the event.
    key: u64,
    agent_id: Option<String>,
    turn: Option<String>,
    cwd: Option<String>,
}

impl Hooks for CodexHooks {
    fn events(&self) -> &'static [RegisteredEvent] {
        registered::EVENTS
    }

    fn known(&self) -> &'static [&'static str] {
        registered::KNOWN
    }

    fn read(&self, posted: &Posted<'_>) -> Option<Heard> {
        let text = body_text(posted.body);
        let payload: Payload<'_> = json::parse(&text)?;
        if !payload.is_object {
            return None;
        }
        let named = json::text(payload.event).filter(|name| !name.is_empty());
        let event = super::shorten(named.as_deref().or(posted.event).unwrap_or("unknown"));
        let session = json::string(payload.session_id).map(|id| SessionId::new(Agent::Codex, &id));
        let agent_id = json::string(payload.agent_id);
        let cwd = json::string(payload.cwd);
        let key = identity::of(event, &payload).unwrap_or(posted.key);
        let mut parsed = Parsed { records: 1, ..Parsed::default() };
        if !registered::KNOWN.contains(&event) {
            skip(&mut parsed, format!("unknown hook event {event}"), event);
        }
        parsed.facts.push(Fact::Event(RawEvent {
            session: session.clone(),
            key,
            at: posted.at,
            source: SourceKind::Hook,
            event_type: event.to_owned(),
            tool: json::string(payload.tool_name),
            payload: Some(text.to_string()),
            // Said once, and after the fact: what is about to be compacted may be stopped.
            compaction: event == "SessionStart" && start(&payload) == Start::Compact,
        }));
        if let Some(session) = session.clone() {
            let (agent_id, cwd) = (agent_id.clone(), cwd.clone());
            let turn = json::string(payload.turn_id);
            Telling { event, payload, session, at: posted.at, key, agent_id, turn, cwd }.tell(&mut parsed);
        } else {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        Some(Heard {
            parsed,
            session,
            event: event.to_owned(),
            moment: moment(event, &payload),
            agent_id,
            cwd,
            transcript_path: json::string(payload.transcript_path),
        })
    }

    fn complete(&self, heard: &mut Heard, tail: &[u8]) -> bool {
        ended::complete(heard, tail)
    }

    fn context(&self, event: &str, text: &str) -> Option<Value> {
        registered::context(event, text)
    }

    fn hold(&self, event: &str, reason: &str) -> Option<Value> {
        registered::hold(event, reason)
    }
}

impl Telling<'_> {
    fn tell(&self, out: &mut Parsed) {
        self.note_session(out);
        match self.event {
            "UserPromptSubmit" => self.prompt(out),
            "Stop" => self.answer(out),
            "PreToolUse" => self.call_begins(out),
            "PostToolUse" => self.call_ends(out),
            "PermissionRequest" => self.call_is_asked_for(out),
            "SubagentStart" => self.subagent(out),
            "SubagentStop" => {
                self.subagent(out);
                self.answer(out);
            }
            _ => {}
        }
    }

    fn note_session(&self, out: &mut Parsed) {
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        note.ended = self.event == "SessionEnd";
        // A sub-agent may work elsewhere and with another model.
        if self.agent_id.is_none() {
            note.cwd.clone_from(&self.cwd);
            if matches!(self.event, "SessionStart" | "UserPromptSubmit") {
                note.model = json::string(self.payload.model);
            }
        }
        out.facts.push(Fact::Session(note));
    }

    fn prompt(&self, out: &mut Parsed) {
        let text = json::text(self.payload.prompt).unwrap_or_default();
        // Where only an image was sent there is nothing to tell yet: its record says more.
        if !prompts::is_prompt(&text) || text.trim().is_empty() {
            return;
        }
        // A turn may be steered: several prompts, one number.
        let id = match &self.turn {
            Some(turn) => format!("{turn}:{:016x}", xxh3_64(text.as_bytes())),
            None => format!("{:016x}", self.key),
        };
        out.facts.push(Fact::Message(self.overheard(Role::User, &id, &text)));
    }

    /// The last words of a turn, or of a sub-agent.
    fn answer(&self, out: &mut Parsed) {
        let text = json::text(self.payload.last_assistant_message).unwrap_or_default();
        if !text.trim().is_empty() {
            let id = format!("{:016x}", self.key);
            out.facts.push(Fact::Message(self.overheard(Role::Assistant, &id, &text)));
        }
    }

    fn overheard(&self, role: Role, id: &str, text: &str) -> Message {
        Message {
            session: self.session.clone(),
            message_id: format!("hook:{id}"),
            record_id: None,
            at: self.at,
            role,
            pieces: vec![Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() }],
            model: None,
            agent_id: self.agent_id.clone(),
            turn: self.turn.clone(),
            overheard: true,
        }
    }

    fn subagent(&self, out: &mut Parsed) {
        let Some(agent_id) = self.agent_id.clone() else { return };
        out.facts.push(Fact::Subagent(SubagentNote {
            session: self.session.clone(),
            agent_id,
            at: Some(self.at).filter(|_| self.event == "SubagentStart"),
            agent_type: json::string(self.payload.agent_type),
            description: None,
            call_id: None,
        }));
    }
}

fn moment(event: &str, payload: &Payload<'_>) -> Moment {
    match event {
        "SessionStart" => Moment::SessionStart(start(payload)),
        "UserPromptSubmit" => {
            Moment::Prompt { by_person: prompts::is_prompt(&json::text(payload.prompt).unwrap_or_default()) }
        }
        "PreToolUse" => Moment::BeforeTool,
        "PostToolUse" => Moment::AfterTool,
        "PreCompact" => Moment::BeforeCompaction,
        "Stop" => {
            let plans = json::text(payload.permission_mode).as_deref() == Some("plan");
            Moment::Stop { held: plans || json::flag(payload.stop_hook_active) }
        }
        "SessionEnd" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

fn start(payload: &Payload<'_>) -> Start {
    match json::text(payload.source).as_deref() {
        Some("resume") => Start::Resume,
        Some("clear") => Start::Clear,
        Some("compact") => Start::Compact,
        Some("fork") => Start::Fork,
        _ => Start::Startup,
    }
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
