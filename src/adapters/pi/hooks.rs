//! What a running Pi tells of itself: our extension hands on the client's events, one payload each, with the session,
//! its file, directory and model beside the client's own fields.
//!
//! Source of the format: event payloads of version 0.73 and the client's types up to 1.5; `adapters/pi/extension`.

mod calls;
mod identity;
mod payload;
mod registered;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::payload::Payload;
use super::messages::piece;
use super::prompts;
use crate::adapters::hooks::body_text;
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start, json};
use crate::model::{Agent, Fact, Message, Millis, RawEvent, Role, SessionId, SessionNote, Skip, SourceKind};

/// Longer than this after the event no call of ours begins: the clock was set meanwhile.
const LATE_MS: Millis = 10_000;

pub(super) struct PiHooks;

/// What all facts of one payload share.
struct Telling<'a> {
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    at: Millis,
    /// Of the event.
    key: u64,
    cwd: Option<String>,
}

impl Hooks for PiHooks {
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
        let named = json::text(payload.kind).filter(|name| !name.is_empty());
        let event = super::shorten(named.as_deref().or(posted.event).unwrap_or("unknown"));
        let session = json::string(payload.session_id)
            .or_else(|| json::string(payload.session_id_camel))
            .map(|id| SessionId::new(Agent::Pi, &id));
        let cwd = json::string(payload.cwd);
        let mut parsed = Parsed { records: 1, ..Parsed::default() };
        if !registered::KNOWN.contains(&event) {
            skip(&mut parsed, format!("unknown hook event {event}"), event);
        }
        let key = identity::of(event, &payload).unwrap_or(posted.key);
        // Several calls may be under way at once, and the last may be the first to run.
        let told = json::time(payload.timestamp).filter(|told| (0..=LATE_MS).contains(&(posted.at - told)));
        let at = told.unwrap_or(posted.at);
        parsed.facts.push(Fact::Event(RawEvent {
            session: session.clone(),
            key,
            at,
            source: SourceKind::Hook,
            event_type: event.to_owned(),
            tool: json::string(payload.tool),
            payload: Some(text.to_string()),
            // Said once, and after the fact: what is about to be compacted may be stopped.
            compaction: event == "session_compact",
        }));
        let moment = moment(event, &payload);
        if let Some(session) = session.clone() {
            Telling { event, payload, session, at, key, cwd: cwd.clone() }.tell(moment, &mut parsed);
        } else {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        let transcript_path = json::string(payload.transcript_path);
        Some(Heard { parsed, session, event: event.to_owned(), moment, agent_id: None, cwd, transcript_path })
    }

    fn context(&self, event: &str, text: &str) -> Option<Value> {
        registered::context(event, text)
    }

    fn hold(&self, event: &str, reason: &str) -> Option<Value> {
        registered::hold(event, reason)
    }
}

impl Telling<'_> {
    fn tell(&self, moment: Moment, out: &mut Parsed) {
        self.note_session(moment, out);
        match moment {
            Moment::Prompt { by_person: true } => self.prompt(out),
            Moment::BeforeTool => self.call_begins(out),
            Moment::AfterTool | Moment::AfterFailure => self.call_ends(out),
            Moment::Stop { .. } => self.answer(out),
            _ => {}
        }
    }

    fn note_session(&self, moment: Moment, out: &mut Parsed) {
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        note.ended = moment == Moment::SessionEnd;
        note.cwd.clone_from(&self.cwd);
        note.agent_version = json::string(self.payload.version);
        note.window = json::int(self.payload.window).filter(|window| *window > 0);
        // What is selected for the next prompt; of an answer its record tells.
        if matches!(moment, Moment::SessionStart(_) | Moment::Prompt { .. }) {
            note.model = json::string(self.payload.model);
        }
        out.facts.push(Fact::Session(note));
    }

    fn prompt(&self, out: &mut Parsed) {
        let text = json::text(self.payload.prompt).unwrap_or_default();
        // Where only an image was sent there is nothing to tell yet: its record says more.
        if !text.trim().is_empty() {
            out.facts.push(Fact::Message(self.overheard(Role::User, &prompts::as_typed(&text))));
        }
    }

    /// The last words of a run.
    fn answer(&self, out: &mut Parsed) {
        let text = json::text(self.payload.last_assistant_message).unwrap_or_default();
        if !text.trim().is_empty() {
            out.facts.push(Fact::Message(self.overheard(Role::Assistant, &text)));
        }
    }

    fn overheard(&self, role: Role, text: &str) -> Message {
        Message {
            session: self.session.clone(),
            message_id: format!("hook:{:016x}", self.key),
            record_id: None,
            at: self.at,
            role,
            pieces: vec![piece(text)],
            model: None,
            agent_id: None,
            turn: None,
            overheard: true,
        }
    }
}

fn moment(event: &str, payload: &Payload<'_>) -> Moment {
    let reason = json::text(payload.reason).unwrap_or_default();
    match event {
        "session_start" => match &*reason {
            // The same session goes on; only its extensions are new.
            "reload" => Moment::Other,
            "resume" => Moment::SessionStart(Start::Resume),
            "fork" => Moment::SessionStart(Start::Fork),
            _ => Moment::SessionStart(Start::Startup),
        },
        "session_compact" => Moment::SessionStart(Start::Compact),
        "before_agent_start" => {
            // An extension may start a run with a message of its own.
            let by_person = json::text(payload.message_type).is_none_or(|kind| kind == "user");
            Moment::Prompt { by_person }
        }
        "tool_call" => Moment::BeforeTool,
        "tool_result" if json::flag(payload.is_error) => Moment::AfterFailure,
        "tool_result" => Moment::AfterTool,
        "session_before_compact" => Moment::BeforeCompaction,
        "agent_end" | "agent_before_settle" => {
            // Whoever was stopped does not go on.
            let stopped = json::text(payload.stop).is_some_and(|stop| matches!(&*stop, "aborted" | "error"));
            Moment::Stop { held: stopped || json::flag(payload.held) }
        }
        "session_shutdown" if reason != "reload" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
