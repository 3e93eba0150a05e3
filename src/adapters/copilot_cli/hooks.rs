//! Copilot's hooks: what a running client tells of itself, one payload an event, in one of two dialects.
//!
//! Source of the format: hook calls of version 1.0.102, of its own hooks and of those in a project's `.claude`.

mod calls;
mod identity;
mod payload;
mod registered;
#[cfg(test)]
mod tests;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use self::payload::{Payload, either};
use super::prompts;
use crate::adapters::hooks::body_text;
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start, json};
use crate::model::{
    Agent, Fact, Message, Millis, Piece, RawEvent, Role, SessionId, SessionNote, Skip, SourceKind, SubagentNote,
};

pub(super) struct CopilotHooks;

/// A payload that is older than this when it is told, or from the future, has no time that is believed.
const OLD_MS: Millis = 10 * 60 * 1000;
const AHEAD_MS: Millis = 1_000;

/// What all facts of one payload share.
struct Telling<'a> {
    /// Under the client's own name.
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    at: Millis,
    /// Of the event.
    key: u64,
    /// Of the call that told it.
    delivery: u64,
    agent_id: Option<String>,
    cwd: Option<String>,
}

impl Hooks for CopilotHooks {
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
        let named = json::text(either(payload.event_snake, payload.event)).filter(|name| !name.is_empty());
        let event = super::shorten(named.as_deref().or(posted.event).unwrap_or("unknown"));
        let own = registered::own_name(event);
        let agent_id = json::string(either(payload.agent_id, payload.agent_id_snake));
        let session = session(&payload, agent_id.as_deref()).map(|id| SessionId::new(Agent::CopilotCli, &id));
        let at = moment_of(&payload, posted.at);
        let cwd = json::string(payload.cwd);
        let key = identity::of(event, &payload).unwrap_or(posted.key);
        let mut parsed = Parsed { records: 1, ..Parsed::default() };
        if !registered::KNOWN.contains(&event) {
            skip(&mut parsed, format!("unknown hook event {event}"), event);
        }
        parsed.facts.push(Fact::Event(RawEvent {
            session: session.clone(),
            key,
            at,
            source: SourceKind::Hook,
            event_type: event.to_owned(),
            tool: json::string(either(payload.tool, payload.tool_snake)),
            payload: Some(text.to_string()),
            // What is about to be compacted may be stopped; that it was, the records tell.
            compaction: false,
        }));
        if let Some(session) = session.clone() {
            let (agent_id, cwd) = (agent_id.clone(), cwd.clone());
            let telling = Telling { event: own, payload, session, at, key, delivery: posted.key, agent_id, cwd };
            telling.tell(&mut parsed);
        } else {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        Some(Heard {
            parsed,
            session,
            event: event.to_owned(),
            moment: moment(own, &payload, agent_id.is_some()),
            agent_id,
            cwd,
            transcript_path: json::string(either(payload.transcript, payload.transcript_snake)),
        })
    }

    fn wrote(&self, posted: &Posted<'_>) -> bool {
        let text = body_text(posted.body);
        let payload: Payload<'_> = json::parse(&text).unwrap_or_default();
        let records = json::text(payload.transcript_snake).is_some_and(|path| session_in(&path).is_some());
        // Claude Code does not trace, nor say when it was; and it always says where its records are.
        let dated = json::present(payload.timestamp) && !json::present(payload.transcript_snake);
        json::present(payload.session_id)
            || records
            || (json::present(payload.traceparent) || dated) && !json::present(payload.permission_mode)
    }

    fn context(&self, event: &str, text: &str) -> Option<Value> {
        registered::context(event, text)
    }

    fn shows(&self, event: &str, version: Option<&str>) -> bool {
        registered::shows(event, version)
    }

    fn hold(&self, event: &str, reason: &str) -> Option<Value> {
        registered::hold(event, reason)
    }

    fn ask(&self, event: &str, reason: &str) -> Option<Value> {
        registered::ask(event, reason)
    }
}

impl Telling<'_> {
    fn tell(&self, out: &mut Parsed) {
        self.note_session(out);
        match self.event {
            "userPromptSubmitted" => self.prompt(out),
            "preToolUse" => self.call_begins(out),
            "postToolUse" => self.call_ends(out),
            "postToolUseFailure" => self.call_fails(out),
            "permissionRequest" => self.call_is_asked_for(out),
            "subagentStart" => self.subagent(out),
            "subagentStop" => {
                self.subagent(out);
                self.answer(out);
            }
            _ => {}
        }
    }

    fn note_session(&self, out: &mut Parsed) {
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        note.ended = self.event == "sessionEnd" && self.agent_id.is_none();
        // A sub-agent may work elsewhere.
        if self.agent_id.is_none() {
            note.cwd.clone_from(&self.cwd);
        }
        out.facts.push(Fact::Session(note));
    }

    fn prompt(&self, out: &mut Parsed) {
        let text = json::text(self.payload.prompt).unwrap_or_default();
        // Where only something was attached there is nothing to tell yet: its record says more.
        if prompts::is_prompt(&text) && !text.trim().is_empty() {
            out.facts.push(Fact::Message(self.overheard(Role::User, &text)));
        }
    }

    /// The last words of a sub-agent.
    fn answer(&self, out: &mut Parsed) {
        let text = json::text(self.payload.response).unwrap_or_default();
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
        let p = &self.payload;
        let kind = either(either(p.agent_name, p.agent_name_snake), either(p.agent_type, p.agent_type_snake));
        out.facts.push(Fact::Subagent(SubagentNote {
            session: self.session.clone(),
            agent_id,
            at: Some(self.at).filter(|_| self.event == "subagentStart"),
            agent_type: json::string(kind),
            description: json::string(either(p.agent_description, p.agent_description_snake)),
            call_id: None,
        }));
    }
}

/// Whose it is: inside a sub-agent the payload names that one as the session, and the session as its parent.
fn session(payload: &Payload<'_>, agent_id: Option<&str>) -> Option<String> {
    let told = json::string(either(payload.session_id, payload.session_id_snake))?;
    let parent = json::string(either(payload.parent, payload.parent_snake));
    let inside = agent_id == Some(told.as_str());
    if !inside {
        return Some(told);
    }
    // One that another sub-agent started names that one; the file of its records names the session.
    let path = json::text(either(payload.transcript, payload.transcript_snake));
    let in_path = path.as_deref().and_then(session_in);
    in_path.or(parent).or(Some(told))
}

/// The session that a file of records is of.
fn session_in(path: &str) -> Option<String> {
    let mut parts = path.rsplit(['/', '\\']);
    let (name, dir) = (parts.next()?, parts.next()?);
    (name == "events.jsonl" && !dir.is_empty()).then(|| dir.to_owned())
}

/// The payload's own time: nearer to that of the record than that of the hook.
fn moment_of(payload: &Payload<'_>, posted: Millis) -> Millis {
    let told = json::time(payload.timestamp);
    told.filter(|told| (posted - OLD_MS..=posted + AHEAD_MS).contains(told)).unwrap_or(posted)
}

fn moment(event: &str, payload: &Payload<'_>, inside: bool) -> Moment {
    match event {
        "sessionStart" => Moment::SessionStart(start(payload)),
        "userPromptSubmitted" => {
            let by_person = prompts::is_prompt(&json::text(payload.prompt).unwrap_or_default());
            Moment::Prompt { by_person: by_person && !inside }
        }
        "preToolUse" => Moment::BeforeTool,
        "postToolUse" => Moment::AfterTool,
        "postToolUseFailure" => Moment::AfterFailure,
        "preCompact" => Moment::BeforeCompaction,
        // A sub-agent's runs under the same name.
        "agentStop" if !inside => {
            Moment::Stop { held: json::flag(either(payload.stop_active, payload.stop_active_camel)) }
        }
        "sessionEnd" if !inside => Moment::SessionEnd,
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
