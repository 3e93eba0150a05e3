//! Gemini CLI's hooks: what a running client tells of itself, one payload an event.
//!
//! Source of the format: hook calls of version 0.61 and its documentation.

mod calls;
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
use crate::model::{Agent, Fact, Message, Millis, Piece, RawEvent, Role, SessionId, SessionNote, Skip, SourceKind};

pub(super) struct GeminiHooks;

/// What all facts of one payload share. Which sub-agent works there is never told.
struct Telling<'a> {
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    at: Millis,
    /// Of the event.
    key: u64,
    cwd: Option<String>,
}

impl Hooks for GeminiHooks {
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
        let session = json::string(payload.session_id).map(|id| SessionId::new(Agent::GeminiCli, &id));
        let cwd = json::string(payload.cwd);
        let key = identity(event, &payload).unwrap_or(posted.key);
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
            // `PreCompress` runs before every request; whether anything is compressed stands in the chat.
            compaction: false,
        }));
        if let Some(session) = session.clone() {
            Telling { event, payload, session, at: posted.at, key, cwd: cwd.clone() }.tell(&mut parsed);
        } else {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        Some(Heard {
            parsed,
            session,
            event: event.to_owned(),
            moment: moment(event, &payload),
            agent_id: None,
            cwd,
            transcript_path: json::string(payload.transcript_path),
        })
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
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        note.ended = self.event == "SessionEnd";
        note.cwd.clone_from(&self.cwd);
        out.facts.push(Fact::Session(note));
        match self.event {
            "BeforeAgent" => self.prompt(out),
            "BeforeTool" => self.call_begins(out),
            "AfterTool" => self.call_ends(out),
            "Notification" => self.call_is_asked_for(out),
            // What the model said comes as one text for a whole turn after it: the chat tells each response.
            _ => {}
        }
    }

    fn prompt(&self, out: &mut Parsed) {
        let told = json::text(self.payload.prompt).unwrap_or_default();
        let text = prompts::heard(&told);
        if text.is_empty() || !prompts::is_prompt(text) {
            return;
        }
        out.facts.push(Fact::Message(Message {
            session: self.session.clone(),
            message_id: format!("hook:{:016x}", self.key),
            record_id: None,
            at: self.at,
            role: Role::User,
            pieces: vec![Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() }],
            model: None,
            agent_id: None,
            turn: None,
            overheard: true,
        }));
    }
}

/// Two registrations of ours are told the same moment, to the millisecond; nothing else names an event.
fn identity(event: &str, payload: &Payload<'_>) -> Option<u64> {
    // Pieces of an answer may come in one moment.
    let at = json::string(payload.timestamp).filter(|_| !event.contains("Model"))?;
    let session = json::text(payload.session_id).unwrap_or_default();
    let about = [payload.tool_name, payload.tool_input, payload.prompt].map(|raw| raw.map_or("", |raw| raw.get()));
    Some(xxh3_64(format!("gemini hook\0{session}\0{event}\0{at}\0{}", about.join("\0")).as_bytes()))
}

fn moment(event: &str, payload: &Payload<'_>) -> Moment {
    match event {
        "SessionStart" => Moment::SessionStart(match json::text(payload.source).as_deref() {
            Some("resume") => Start::Resume,
            Some("clear") => Start::Clear,
            _ => Start::Startup,
        }),
        "BeforeAgent" => {
            let told = json::text(payload.prompt).unwrap_or_default();
            Moment::Prompt { by_person: prompts::is_prompt(prompts::heard(&told)) }
        }
        "BeforeTool" => Moment::BeforeTool,
        // Of a call that failed the model gets the error alone, and nothing that is said there.
        "AfterTool" if calls::failure(payload).is_some() => Moment::Other,
        "AfterTool" => Moment::AfterTool,
        "AfterAgent" => Moment::Stop { held: json::flag(payload.stop_hook_active) },
        "SessionEnd" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
