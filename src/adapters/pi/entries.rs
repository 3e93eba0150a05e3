//! Entries beside the messages: spending of its own, summaries of what was cut or left, texts of extensions, names.

use xxhash_rust::xxh3::xxh3_64;

use super::messages::say;
use super::outcome::content_text;
use super::parser::Context;
use super::wire::Record;
use super::{is_ours, usage};
use crate::adapters::{Parsed, json};
use crate::model::{Fact, RawEvent, Role, SessionNote, SourceKind, TitleRank};

/// Spent outside of any response, to keep a cache warm for one.
pub(super) fn usage(record: &Record<'_>, context: &Context, out: &mut Parsed) {
    if !json::present(record.usage) {
        out.skip("usage without tokens", context.line);
        return;
    }
    let model = json::string(record.model).or_else(|| json::string(record.model_id));
    usage::spent(record.usage, &context.identity, model, None, context, out);
}

/// What went before, or what a branch was left with, in a model's words; their writing was paid for.
pub(super) fn summary(record: &Record<'_>, compaction: bool, context: &Context, out: &mut Parsed) {
    let text = json::text(record.summary).unwrap_or_default();
    if !text.trim().is_empty() {
        say(context, Role::System, &text, out);
    }
    let model = json::string(record.model);
    usage::spent(record.usage, &context.identity, model, None, context, out);
    let kind = if compaction { "compaction" } else { "branch_summary" };
    event(context, kind, "{}", compaction, out);
}

/// A text that an extension put before the model.
pub(super) fn custom_message(record: &Record<'_>, context: &Context, out: &mut Parsed) {
    let text = content_text(record.content);
    if !is_ours(json::text(record.custom_type).as_deref()) && !text.trim().is_empty() {
        say(context, Role::System, &text, out);
    }
}

/// The name that its user gave the session. Taken away again, the older title is as good as any.
pub(super) fn title(record: &Record<'_>, context: &Context, out: &mut Parsed) {
    let Some(name) = json::string(record.name).filter(|name| !name.trim().is_empty()) else { return };
    let mut note = SessionNote::new(context.session.clone());
    note.title = Some((TitleRank::ByUser, context.at, name));
    out.facts.push(Fact::Session(note));
}

pub(super) fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxh3_64(format!("pi {event_type}\0{}", context.identity).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        compaction,
    }));
}
