//! What was said: prompts, answers, thoughts, and what stands beside them.

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::content_text;
use super::parser::{Context, Session, role};
use super::wire::{Block, Message as WireMessage};
use super::{entries, is_ours, prompts, shorten, usage};
use crate::adapters::{Parsed, json};
use crate::model::{Fact, Message, Piece, Role};

impl Session {
    pub(super) fn message(&mut self, text: &str, message: &WireMessage<'_>, context: &Context, out: &mut Parsed) {
        match &*role(message) {
            "user" => say(context, Role::User, &prompts::as_typed(&content_text(message.content)), out),
            "assistant" => self.answer(message, context, out),
            "toolResult" => self.call_ends(message, context, out),
            "custom" if is_ours(json::text(message.custom_type).as_deref()) => {}
            "custom" => say(context, Role::System, &content_text(message.content), out),
            "branchSummary" | "compactionSummary" => {
                say(context, Role::System, &json::text(message.summary).unwrap_or_default(), out);
            }
            // A command of its person, not of the agent.
            "bashExecution" => entries::event(context, "bashExecution", text, false, out),
            // The client's own prompt.
            "system" => {}
            other => out.skip(format!("unknown role {}", shorten(other)), context.line),
        }
    }

    fn answer(&mut self, message: &WireMessage<'_>, context: &Context, out: &mut Parsed) {
        let model = json::string(message.model);
        self.speaks_with(model.clone(), context, out);
        let blocks: Vec<Block<'_>> = json::objects(message.content);
        let (mut text, mut thinking) = (Vec::new(), Vec::new());
        if blocks.is_empty() {
            text.extend(json::text(message.content).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
        }
        for block in &blocks {
            match json::text(block.kind).as_deref() {
                Some("text") => text.extend(json::text(block.text).filter(|t| !t.trim().is_empty()).map(|t| piece(&t))),
                Some("thinking") => {
                    thinking.extend(json::text(block.thinking).filter(|t| !t.trim().is_empty()).map(|t| piece(&t)));
                }
                _ => {}
            }
        }
        if !thinking.is_empty() {
            out.facts.push(Fact::Message(said(context, Role::Thinking, thinking, model.clone())));
        }
        out.facts.push(Fact::Message(said(context, Role::Assistant, text, model.clone())));
        usage::spent(message.usage, &context.identity, model, None, context, out);
        let stop = json::text(message.stop).unwrap_or_default();
        // What it asked for then was never run.
        let stopped = matches!(&*stop, "error" | "aborted");
        let calls = blocks.iter().filter(|block| json::text(block.kind).as_deref() == Some("toolCall"));
        for (index, block) in calls.enumerate() {
            self.call_begins(block, index, stopped, context, out);
        }
        if stopped {
            let words = message.error.map_or("null", |raw| raw.get());
            entries::event(context, &stop, &format!("{{\"errorMessage\":{words}}}"), false, out);
        }
    }
}

pub(super) fn say(context: &Context, role: Role, text: &str, out: &mut Parsed) {
    let pieces = if text.is_empty() { Vec::new() } else { vec![piece(text)] };
    // An empty prompt is still something a person sent.
    if role == Role::User || !pieces.is_empty() {
        out.facts.push(Fact::Message(said(context, role, pieces, None)));
    }
}

fn said(context: &Context, role: Role, pieces: Vec<Piece>, model: Option<String>) -> Message {
    Message {
        session: context.session.clone(),
        message_id: context.identity.clone(),
        record_id: None,
        at: context.at,
        role,
        pieces,
        model,
        agent_id: None,
        turn: None,
        overheard: false,
    }
}

pub(super) fn piece(text: &str) -> Piece {
    Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() }
}
