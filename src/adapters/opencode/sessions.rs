//! A session's own record: a session of a person, or of a sub-agent.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::Context;
use super::wire::{Record, Time};
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{Fact, RawEvent, SessionNote, SourceKind, SubagentNote, TitleRank};

/// What a session is called until its model has thought of something.
const UNNAMED: &[&str] = &["New session - ", "Child session - "];

pub(super) fn session(record: &Record<'_>, time: &Time<'_>, context: &Context<'_>, out: &mut Parsed) {
    let title = json::string(record.title).filter(|title| UNNAMED.iter().all(|begin| !title.starts_with(begin)));
    if let Some(agent_id) = context.owner.agent_id() {
        let (description, named) = title.as_deref().map_or((None, None), described);
        out.facts.push(Fact::Subagent(SubagentNote {
            session: context.owner.session.clone(),
            agent_id,
            at: Some(context.at),
            agent_type: json::string(record.agent).or(named),
            description,
            call_id: None,
        }));
        return;
    }
    let mut note = SessionNote::new(context.owner.session.clone());
    (note.at, note.origin) = (Some(context.at), Some(context.at));
    note.cwd.clone_from(&context.owner.cwd);
    note.agent_version = json::string(record.version);
    let changed = json::time(record.time_updated).or_else(|| json::time(time.updated)).unwrap_or(context.at);
    note.title = title.map(|title| (TitleRank::Generated, changed, title));
    out.facts.push(Fact::Session(note));
    if let Some(at) = json::time(record.time_archived).or_else(|| json::time(time.archived)) {
        let mut put_away = SessionNote::new(context.owner.session.clone());
        (put_away.at, put_away.ended) = (Some(at), true);
        out.facts.push(Fact::Session(put_away));
    }
    if let Some(revert) = record.revert.filter(|raw| raw.get().starts_with('{')) {
        event(context, "revert", revert.get(), revert.get(), false, out);
    }
}

/// `Count files (@general subagent)`: the task, and the kind of sub-agent.
fn described(title: &str) -> (Option<String>, Option<String>) {
    match title.strip_suffix(" subagent)").and_then(|title| title.rsplit_once(" (@")) {
        Some((task, kind)) => (Some(task.to_owned()), Some(kind.to_owned())),
        None => (Some(title.to_owned()), None),
    }
}

/// `id`: what tells it from other events of its kind.
pub(super) fn event(
    context: &Context<'_>,
    event_type: &str,
    id: &str,
    payload: &str,
    compaction: bool,
    out: &mut Parsed,
) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.owner.session.clone()),
        key: xxh3_64(format!("opencode {event_type}\0{}\0{id}", context.owner.own).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        // A sub-agent's context is not its session's.
        compaction: compaction && context.owner.agent_id().is_none(),
    }));
}
