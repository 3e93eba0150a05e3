//! Records that are kept as events, under the names that the agent gives them.

use std::borrow::Cow;

use super::parser::{Context, Transcript};
use super::wire::{Attachment, Record};
use crate::adapters::{Parsed, json};
use crate::model::{Fact, RawEvent, SourceKind};

/// Attachments that tell something that happened; the others are texts for the model.
const ATTACHMENT_EVENTS: &[&str] = &["edited_text_file", "queued_command", "plan_mode", "plan_mode_exit"];

impl Transcript {
    pub(super) fn system(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let subtype = json::text(record.subtype).unwrap_or(Cow::Borrowed("system"));
        // The hooks' own summary of what they ran says nothing about the session.
        if subtype == "stop_hook_summary" {
            return;
        }
        event(context, shorten(&subtype), text, subtype == "compact_boundary", out);
    }

    pub(super) fn attachment(text: &str, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let attachment: Attachment<'_> = json::read(record.attachment).unwrap_or_default();
        let kind = json::text(attachment.kind).unwrap_or_default();
        if ATTACHMENT_EVENTS.contains(&&*kind) {
            event(context, &kind, text, false, out);
        }
    }
}

pub(super) fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
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
pub(super) fn shorten(name: &str) -> &str {
    let end = name.char_indices().nth(48).map_or(name.len(), |(at, _)| at);
    &name[..end]
}
