//! Messages as their own records tell them; what was said in them stands in their parts.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::{Context, Whole};
use super::sessions::event;
use super::wire::{Failure, Message as Data, Model, Summary, Time};
use super::{shorten, usage};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, Message, Piece, Role, Timing, Told, Usage};

pub(super) fn message(data: &Data<'_>, time: &Time<'_>, whole: &Whole, context: &Context<'_>, out: &mut Parsed) {
    if whole.by_user {
        // It has one when it has words of a person.
        let summary: Summary<'_> = json::object(data.summary).unwrap_or_default();
        if json::string(summary.title).is_some() {
            out.facts.push(Fact::Message(said(Role::User, &whole.id, "", context)));
        }
        return;
    }
    let model = model(data);
    let mut message = said(Role::Assistant, &whole.id, "", context);
    message.model.clone_from(&model);
    out.facts.push(Fact::Message(message));
    if let Some(tokens) = usage::tokens(data.tokens, context.line, out) {
        out.facts.push(Fact::Usage(Usage {
            session: context.owner.session.clone(),
            response_id: whole.id.clone(),
            request_id: None,
            at: json::time(time.completed).unwrap_or(context.at),
            model,
            tokens,
            traits: crate::model::RequestTraits::default(),
            reported_nanos: usage::nanos(data.cost),
            agent_id: context.owner.agent_id(),
            sidechain: context.owner.agent_id().is_some(),
            told: Told::default(),
            timing: Timing::default(),
        }));
    }
    if json::flag(data.summary) {
        // The request for it is a message of its own, which tells the same.
        let asked = json::string(data.parent).unwrap_or_else(|| whole.id.clone());
        compaction(&asked, context, out);
    }
    if let Some(error) = data.error.filter(|raw| raw.get().starts_with('{')) {
        let failure: Failure<'_> = json::object(Some(error)).unwrap_or_default();
        let name = json::string(failure.name).unwrap_or_else(|| "error".to_owned());
        event(context, shorten(&name), &whole.id, error.get(), false, out);
    }
}

/// What the context held was replaced by a summary, because the message `asked` for it.
pub(super) fn compaction(asked: &str, context: &Context<'_>, out: &mut Parsed) {
    event(context, "compaction", asked, "{}", true, out);
}

/// The model's own name: who serves it is another matter.
pub(super) fn model(data: &Data<'_>) -> Option<String> {
    json::string(data.model_id).or_else(|| named(data.model))
}

pub(super) fn named(raw: Raw<'_>) -> Option<String> {
    let model: Model<'_> = json::object(raw)?;
    json::string(model.id).or_else(|| json::string(model.id_short))
}

pub(super) fn said(role: Role, id: &str, text: &str, context: &Context<'_>) -> Message {
    let piece = Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() };
    Message {
        session: context.owner.session.clone(),
        message_id: id.to_owned(),
        record_id: None,
        at: context.at,
        role,
        pieces: if text.is_empty() { Vec::new() } else { vec![piece] },
        model: None,
        agent_id: context.owner.agent_id(),
        turn: None,
        overheard: false,
    }
}
