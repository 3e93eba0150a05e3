//! What our plugin tells of a running OpenClaw, one payload a hook, and what it takes back.
//!
//! The plugin (`adapters/openclaw/plugin/index.js`) puts event and context into one object, with names in snake case.

mod calls;
mod payload;
mod registered;
#[cfg(test)]
mod tests;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use self::payload::Payload;
use super::{prompts, shorten};
use crate::adapters::hooks::body_text;
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start, json};
use crate::model::{
    Agent, Fact, Message, Millis, Piece, RawEvent, Role, SessionId, SessionNote, Skip, SourceKind, SubagentNote,
};

pub(super) struct OpenclawHooks;

/// What all facts of one payload share.
struct Telling<'a> {
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    /// The id of the thread's own session.
    own: String,
    agent_id: Option<String>,
    at: Millis,
    /// Of the event.
    key: u64,
    cwd: Option<String>,
}

impl Hooks for OpenclawHooks {
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
        let event = shorten(named.as_deref().or(posted.event).unwrap_or("unknown"));
        let parent = json::string(payload.parent_session_id);
        // Of a sub-agent nothing is told before it is known whose it is: it has no session of its own.
        let lost = parent.is_none() && json::text(payload.session_key).is_some_and(|key| key.contains(":subagent:"));
        let own = json::string(payload.session_id).filter(|_| !lost);
        let agent_id = own.clone().filter(|_| parent.is_some());
        let session = parent.or_else(|| own.clone()).map(|id| SessionId::new(Agent::Openclaw, &id));
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
            compaction: event == "after_compaction" && agent_id.is_none(),
        }));
        let moment = moment(event, &payload);
        if let (Some(session), Some(own)) = (session.clone(), own) {
            let (agent_id, cwd) = (agent_id.clone(), cwd.clone());
            Telling { event, payload, session, own, agent_id, at: posted.at, key, cwd }.tell(moment, &mut parsed);
        } else if !lost && !registered::WITHOUT_SESSION.contains(&event) {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        Some(Heard { parsed, session, event: event.to_owned(), moment, agent_id, cwd, transcript_path: None })
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
        self.note_session(out);
        match self.event {
            "before_prompt_build" => {
                self.subagent(out);
                if moment == (Moment::Prompt { by_person: true }) {
                    self.prompt(out);
                }
            }
            "before_agent_finalize" => self.answer(out),
            "before_tool_call" => self.call_begins(out),
            "after_tool_call" => self.call_ends(out),
            _ => {}
        }
    }

    fn note_session(&self, out: &mut Parsed) {
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        // A sub-agent may work elsewhere and with another model.
        if self.agent_id.is_none() {
            // Another context of the same conversation takes over; what is asked next is asked of this one.
            let goes_on = json::text(self.payload.reason).as_deref() == Some("compaction");
            note.ended = self.event == "session_end" && !goes_on;
            note.cwd.clone_from(&self.cwd);
            note.model = json::string(self.payload.model_id);
            note.window = json::int(self.payload.context_token_budget).filter(|window| *window > 0);
        }
        out.facts.push(Fact::Session(note));
    }

    fn prompt(&self, out: &mut Parsed) {
        let text = json::text(self.payload.prompt).unwrap_or_default();
        let words = prompts::words(&text);
        // Where only an image was sent there is nothing to tell yet: its record says more.
        if !words.trim().is_empty() {
            out.facts.push(Fact::Message(self.overheard(Role::User, &words)));
        }
    }

    /// The last words of a turn.
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
            pieces: vec![Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() }],
            model: None,
            agent_id: self.agent_id.clone(),
            turn: None,
            overheard: true,
        }
    }

    fn subagent(&self, out: &mut Parsed) {
        let Some(agent_id) = self.agent_id.clone() else { return };
        out.facts.push(Fact::Subagent(SubagentNote {
            session: self.session.clone(),
            agent_id,
            at: Some(self.at),
            agent_type: None,
            description: json::string(self.payload.subagent_label),
            call_id: None,
        }));
    }
}

/// The event's own identity, where it cannot happen twice with the same one: two registrations may tell it.
fn identity(event: &str, payload: &Payload<'_>) -> Option<u64> {
    let run = || json::string(payload.run_id);
    let what = match event {
        "before_tool_call" | "after_tool_call" => json::string(payload.tool_call_id)?,
        "before_prompt_build" => {
            format!("{}\0{:016x}", run()?, xxh3_64(json::text(payload.prompt)?.as_bytes()))
        }
        "before_agent_finalize" => {
            let words = json::string(payload.last_assistant_message)?;
            format!("{}\0{:016x}", run()?, xxh3_64(words.as_bytes()))
        }
        "agent_end" => run()?,
        _ => return None,
    };
    let session = json::text(payload.session_id).unwrap_or_default();
    Some(xxh3_64(format!("openclaw hook\0{session}\0{event}\0{what}").as_bytes()))
}

fn moment(event: &str, payload: &Payload<'_>) -> Moment {
    match event {
        "session_start" if json::present(payload.resumed_from) => Moment::SessionStart(Start::Resume),
        "session_start" => Moment::SessionStart(Start::Startup),
        "before_prompt_build" => {
            let asked = json::text(payload.trigger).is_none_or(|trigger| matches!(&*trigger, "user" | "manual"));
            let by_person = json::text(payload.input_kind).is_none_or(|kind| kind == "external_user");
            let text = json::text(payload.prompt).unwrap_or_default();
            Moment::Prompt { by_person: asked && by_person && prompts::is_prompt(&prompts::words(&text)) }
        }
        "before_tool_call" => Moment::BeforeTool,
        "after_tool_call" if calls::failed(payload) => Moment::AfterFailure,
        "after_tool_call" => Moment::AfterTool,
        "before_compaction" => Moment::BeforeCompaction,
        "before_agent_finalize" => Moment::Stop { held: json::flag(payload.stop_hook_active) },
        "session_end" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
