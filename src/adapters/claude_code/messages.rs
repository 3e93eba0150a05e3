//! What was said: prompts and what stands beside them, answers and the calls and tokens in them.

use super::events::event;
use super::parser::{Context, Transcript};
use super::usage::usage_of;
use super::wire::{Block, Message as WireMessage, Record, Usage as WireUsage};
use super::{prompts, results};
use crate::adapters::{Parsed, json};
use crate::model::{Fact, Message, Piece, Role, SessionNote, TitleRank};

/// Notices that the client makes up carry this model: nobody was asked, nothing was spent.
const SYNTHETIC: &str = "<synthetic>";

impl Transcript {
    pub(super) fn user(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) =
            json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object && json::present(m.content))
        else {
            out.skip("user record without content", context.line);
            return;
        };
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut has_result = false;
        for block in blocks.iter().filter(|b| json::text(b.kind).as_deref() == Some("tool_result")) {
            has_result = true;
            self.tool_result(record, block, context, out);
        }
        let text = results::content_text(message.content);
        // An image or an empty text is still something a person sent.
        let sent = || blocks.iter().any(|b| matches!(json::text(b.kind).as_deref(), Some("text" | "image")));
        if text.is_empty() && (has_result || !sent()) {
            return;
        }
        let machine = has_result
            || json::flag(record.is_meta)
            || json::flag(record.is_compact_summary)
            || json::flag(record.is_transcript_only)
            || json::flag(record.is_companion)
            || !prompts::is_prompt(&text);
        if prompts::is_interruption(&text) {
            if json::present(record.interrupted_message) {
                self.stopped(context, out);
            }
            event(context, "interruption", "{}", false, out);
        }
        let role = if machine { Role::System } else { Role::User };
        if context.agent_id.is_none()
            && let Some(command) = prompts::command_line(&text)
        {
            let mut note = SessionNote::new(context.session.clone());
            // Of equal rank the later wins; of first prompts it must be the earlier.
            note.title = Some((TitleRank::FirstPrompt, -context.at, command));
            out.facts.push(Fact::Session(note));
        }
        out.facts.push(Fact::Message(Message {
            session: context.session.clone(),
            message_id: context.uuid.clone(),
            record_id: None,
            at: context.at,
            role,
            pieces: vec![piece(&text)],
            model: None,
            agent_id: context.agent_id.clone(),
            turn: json::string(record.prompt_id).filter(|_| role == Role::User),
            overheard: false,
        }));
    }

    pub(super) fn assistant(&mut self, record: &Record<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) = json::read::<WireMessage<'_>>(record.message).filter(|m| m.is_object) else {
            out.skip("assistant record without a message", context.line);
            return;
        };
        self.state.take_refused();
        let model = json::string(message.model);
        let blocks: Vec<Block<'_>> = json::list(message.content);
        let mut text = Vec::new();
        let mut thinking = Vec::new();
        if blocks.is_empty() {
            text.extend(json::text(message.content).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
        }
        for (index, block) in blocks.iter().enumerate() {
            match json::text(block.kind).as_deref() {
                Some("text") => text.extend(json::text(block.text).filter(|t| !t.trim().is_empty()).map(|t| piece(&t))),
                Some("thinking") => {
                    thinking.extend(json::text(block.thinking).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
                }
                Some("tool_use") => self.tool_use(block, index, context, out),
                _ => {}
            }
        }
        if model.as_deref() == Some(SYNTHETIC) {
            out.facts.push(Fact::Message(said(context, Role::System, &context.uuid, text, None)));
            return;
        }
        let response = json::string(message.id).unwrap_or_else(|| context.uuid.clone());
        if !thinking.is_empty() {
            out.facts.push(Fact::Message(said(context, Role::Thinking, &response, thinking, model.clone())));
        }
        out.facts.push(Fact::Message(said(context, Role::Assistant, &response, text, model.clone())));
        if let Some(usage) = json::read::<WireUsage<'_>>(message.usage).filter(|u| u.is_object) {
            let usage = usage_of(record, &usage, context, response, model, out);
            out.facts.push(Fact::Usage(usage));
        }
    }
}

fn said(context: &Context, role: Role, id: &str, pieces: Vec<Piece>, model: Option<String>) -> Message {
    Message {
        session: context.session.clone(),
        message_id: id.to_owned(),
        record_id: (id != context.uuid).then(|| context.uuid.clone()),
        at: context.at,
        role,
        pieces,
        model,
        agent_id: context.agent_id.clone(),
        turn: None,
        overheard: false,
    }
}

pub(super) fn piece(text: &str) -> Piece {
    Piece { hash: xxhash_rust::xxh3::xxh3_64(text.as_bytes()), text: text.to_owned() }
}
