//! opencode's events as our plugin tells them, one payload an event. What an event is about comes as opencode has it,
//! a session, a message with its parts, one part: each is read as its record in the database is.

mod payload;
mod registered;
#[cfg(test)]
mod tests;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use self::payload::{Asked, Payload};
use super::parser::{Context, Owner, Whole};
use super::wire::{Message, Part, Record, State, Time};
use super::{messages, parts, sessions, shorten, tools};
use crate::adapters::hooks::body_text;
use crate::adapters::json::{self, Raw};
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start};
use crate::model::{CallAsked, Fact, Millis, RawEvent, SessionNote, Skip, SourceKind, ToolKind};

pub(super) struct OpencodeHooks;

impl Hooks for OpencodeHooks {
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
        let cwd = json::string(payload.cwd);
        let root = json::text(payload.root).filter(|root| !root.is_empty());
        let owner = json::string(payload.session_id).map(|own| Owner::of(own, root.as_deref(), cwd.clone()));
        let mut parsed = Parsed { records: 1, ..Parsed::default() };
        if !registered::KNOWN.contains(&event) {
            skip(&mut parsed, format!("unknown hook event {event}"), event);
        }
        let part: Part<'_> = json::object(payload.part).unwrap_or_default();
        let agent_id = owner.as_ref().and_then(Owner::agent_id);
        parsed.facts.push(Fact::Event(RawEvent {
            session: owner.as_ref().map(|owner| owner.session.clone()),
            key: own_key(event, &payload, &part).unwrap_or(posted.key),
            at: posted.at,
            source: SourceKind::Hook,
            event_type: event.to_owned(),
            tool: json::string(part.tool),
            payload: Some(text.to_string()),
            compaction: event == "session.compacted" && agent_id.is_none(),
        }));
        match &owner {
            Some(owner) => tell(event, &payload, &part, owner, posted.at, &mut parsed),
            None => skip(&mut parsed, "hook without a session".to_owned(), event),
        }
        let moment = moment(event, &payload, agent_id.is_some());
        let session = owner.map(|owner| owner.session);
        Some(Heard { parsed, session, event: event.to_owned(), moment, agent_id, cwd, transcript_path: None })
    }

    fn context(&self, event: &str, text: &str) -> Option<Value> {
        registered::context(event, text)
    }

    fn keep(&self, event: &str, text: &str) -> Option<String> {
        registered::keep(event, text)
    }
}

fn tell(event: &str, payload: &Payload<'_>, part: &Part<'_>, owner: &Owner, at: Millis, out: &mut Parsed) {
    let context = Context { owner, at, written: at, line: 0 };
    if owner.agent_id().is_none() {
        let mut note = SessionNote::new(owner.session.clone());
        note.at = Some(at);
        note.cwd.clone_from(&owner.cwd);
        note.agent_version = json::string(payload.version);
        note.window = json::int(payload.window).filter(|window| *window > 0);
        note.model = messages::named(payload.model).filter(|_| event == "chat.message");
        note.ended = event == "session.deleted";
        out.facts.push(Fact::Session(note));
    }
    match event {
        "session.created" => {
            let info: Record<'_> = json::object(payload.info).unwrap_or_default();
            let time: Time<'_> = json::object(info.time).unwrap_or_default();
            let at = json::time(time.created).unwrap_or(at);
            sessions::session(&info, &time, &Context { at, ..context }, out);
        }
        "chat.message" => prompt(payload, &context, out),
        "tool.execute.before" | "tool.execute.after" | "message.part.updated" => {
            if json::present(part.call_id) {
                let time = Time::default();
                let whole = Whole { id: String::new(), by_user: false, at: None, copied: false };
                parts::part(part, &time, "", &whole, &context, out);
            } else {
                skip(out, "tool hook without a call".to_owned(), event);
            }
        }
        "permission.asked" | "permission.updated" => asked(payload.permission, &context, out),
        _ => {}
    }
}

/// A prompt has its id already: the record that follows is the same message.
fn prompt(payload: &Payload<'_>, context: &Context<'_>, out: &mut Parsed) {
    let message: Message<'_> = json::object(payload.message).unwrap_or_default();
    let time: Time<'_> = json::object(message.time).unwrap_or_default();
    let named: Record<'_> = json::object(payload.message).unwrap_or_default();
    let Some(id) = json::string(named.id) else {
        skip(out, "prompt without an id".to_owned(), "chat.message");
        return;
    };
    let at = json::time(time.created).or(Some(context.at));
    let whole = Whole { id, by_user: true, at, copied: false };
    for part in json::objects::<Part<'_>>(payload.parts) {
        // Words beside it are kept once their record is there.
        if json::flag(part.synthetic) || json::flag(part.ignored) {
            continue;
        }
        let id = json::string(part.id).unwrap_or_default();
        parts::part(&part, &Time::default(), &id, &whole, context, out);
    }
}

/// The request names its call, but not its tool.
fn asked(raw: Raw<'_>, context: &Context<'_>, out: &mut Parsed) {
    let asked: Asked<'_> = json::object(raw).unwrap_or_default();
    let Some(tool) = json::string(asked.permission).or_else(|| json::string(asked.kind)) else { return };
    let command = || {
        let metadata: State<'_> = json::object(asked.metadata).unwrap_or_default();
        let told: super::wire::Input<'_> = json::object(metadata.input.or(asked.metadata)).unwrap_or_default();
        let pattern = json::list::<Raw<'_>>(asked.patterns).first().and_then(|raw| json::string(*raw));
        json::string(told.command).or(pattern)
    };
    let command = (tools::kind(&tool) == ToolKind::Shell).then(command).flatten();
    out.facts.push(Fact::CallAsked(CallAsked {
        session: context.owner.session.clone(),
        at: context.at,
        tool,
        command,
    }));
}

fn moment(event: &str, payload: &Payload<'_>, in_subagent: bool) -> Moment {
    match event {
        "session.created" if !in_subagent => Moment::SessionStart(Start::Startup),
        "session.compacted" if !in_subagent => Moment::SessionStart(Start::Compact),
        "chat.message" => {
            let is_said = |part: &Part<'_>| {
                let words = json::text(part.text).is_some_and(|text| !text.trim().is_empty());
                words && !json::flag(part.synthetic) && !json::flag(part.ignored)
            };
            let said = json::objects::<Part<'_>>(payload.parts).iter().any(is_said);
            Moment::Prompt { by_person: said && !in_subagent }
        }
        "tool.execute.before" => Moment::BeforeTool,
        "tool.execute.after" => Moment::AfterTool,
        "message.part.updated" => Moment::AfterFailure,
        "experimental.session.compacting" => Moment::BeforeCompaction,
        // Nothing makes it go on.
        "session.idle" if !in_subagent => Moment::Stop { held: true },
        "session.deleted" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

/// The identity of an event that cannot happen twice: the plugin may stand in two places.
fn own_key(event: &str, payload: &Payload<'_>, part: &Part<'_>) -> Option<u64> {
    let what = match event {
        "tool.execute.before" | "tool.execute.after" | "message.part.updated" => json::string(part.call_id)?,
        "chat.message" => json::string(json::object::<Record<'_>>(payload.message)?.id)?,
        "session.created" => String::new(),
        _ => return None,
    };
    let session = json::text(payload.session_id)?;
    Some(xxh3_64(format!("opencode hook\0{session}\0{event}\0{what}").as_bytes()))
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
