//! Records that are neither said nor done: where a session begins, what it is called, when its context was made smaller.

use xxhash_rust::xxh3::xxh3_64;

use super::messages::{content_text, say};
use super::parser::{Context, History};
use super::shorten;
use super::wire::Record;
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{Fact, RawEvent, Role, SessionNote, SourceKind, SubagentNote, TitleRank};

/// Records that only serve the client.
const WITHOUT_USE: &[&str] = &["thinking_level_change", "label", "leaf", "link"];

impl History {
    pub(super) fn event(&mut self, text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let kind = json::text(record.kind).unwrap_or_default();
        match &*kind {
            "session" => self.opening(record, context, out),
            "message" => self.message(record.message, context, out),
            "model_change" => self.model_change(record, context, out),
            "compaction" => {
                say(context, Role::System, &json::text(record.summary).unwrap_or_default(), None, out);
                event(context, "compaction", "{}", true, out);
            }
            "branch_summary" => {
                say(context, Role::System, &json::text(record.summary).unwrap_or_default(), None, out);
            }
            "custom_message" => say(context, Role::System, &content_text(record.content), None, out),
            "session_info" => {
                if let Some(name) = json::string(record.name).filter(|_| context.agent_id.is_none()) {
                    let mut note = SessionNote::new(context.session.clone());
                    note.title = Some((TitleRank::ByUser, context.at, name));
                    out.facts.push(Fact::Session(note));
                }
            }
            "custom" => {
                // The rest is what extensions keep for themselves.
                if json::text(record.custom_type).as_deref() == Some("openclaw:prompt-error") {
                    event(context, "prompt-error", record.data.map_or("{}", |raw| raw.get()), false, out);
                }
            }
            "reset" => event(context, "reset", "{}", false, out),
            known if WITHOUT_USE.contains(&known) => {}
            "" => {
                out.skip("record without a type", context.line);
                return;
            }
            other => {
                out.skip(format!("unknown record type {}", shorten(other)), context.line);
                event(context, shorten(other), text, false, out);
            }
        }
        out.records += 1;
    }

    fn opening(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let cwd = json::string(record.cwd);
        if let Some(cwd) = &cwd {
            self.works_in(&context.own, cwd);
        }
        let born = json::time(record.timestamp);
        if let Some(agent_id) = context.agent_id.clone() {
            let session = context.session.clone();
            let (agent_type, description, call_id) = (None, None, None);
            let note = SubagentNote { session, agent_id, at: born, agent_type, description, call_id };
            out.facts.push(Fact::Subagent(note));
            if *context.session.id != *context.own {
                return;
            }
        }
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.origin = born;
        note.cwd = cwd;
        note.parent = json::text(record.parent_session).and_then(|parent| session_in(&parent, &context.own));
        out.facts.push(Fact::Session(note));
    }

    fn model_change(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(model) = json::string(record.model) else { return };
        self.state.talk(&context.own).model = Some(model.clone());
        if context.agent_id.is_none() {
            let mut note = SessionNote::new(context.session.clone());
            note.at = Some(context.at);
            note.model = Some(model);
            out.facts.push(Fact::Session(note));
        }
    }
}

/// The session that a header names as its parent: by its id, or by its file.
fn session_in(parent: &str, own: &str) -> Option<String> {
    let name = parent.rsplit(['/', '\\']).next().unwrap_or(parent);
    let id = name.split_once(".jsonl").map_or(name, |(stem, _)| stem);
    let id = id.rsplit_once('_').map_or(id, |(_, id)| id);
    (!id.is_empty() && id != own).then(|| id.to_owned())
}

pub(super) fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxh3_64(format!("openclaw {event_type}\0{}", context.key).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        // A sub-agent's context is not its session's.
        compaction: compaction && context.agent_id.is_none(),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_named_by_its_id_or_by_its_file() {
        for (named, want) in [
            ("3b1c", Some("3b1c")),
            ("/h/.openclaw/agents/main/sessions/3b1c.jsonl", Some("3b1c")),
            ("C:\\s\\2026-11-20T10-00-00_3b1c.jsonl.reset.2026", Some("3b1c")),
            ("own", None),
            ("", None),
        ] {
            assert_eq!(session_in(named, "own").as_deref(), want, "{named}");
        }
    }
}
