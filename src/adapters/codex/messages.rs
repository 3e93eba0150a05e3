//! What was said: prompts, answers and thoughts. Prompts come from events (their items hold injected texts too),
//! answers and thoughts from items.

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::{IMAGE, content_text};
use super::parser::{Context, Rollout};
use super::wire::{Block, Item, Payload};
use super::{prompts, shorten};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, Message, Millis, Piece, Role};

/// An event and an item of one prompt are written within moments.
const TWICE_WITHIN_MS: Millis = 2000;

/// Items that hold nothing of their own.
const WITHOUT_USE: &[&str] = &["ghost_snapshot", "compaction", "context_compaction", "additional_tools", "other"];

impl Rollout {
    pub(super) fn response_item(&mut self, payload: &Payload<'_>, context: &Context, bare: bool, out: &mut Parsed) {
        let kind = json::text(payload.kind).unwrap_or_default();
        match &*kind {
            "message" => self.message(payload, context, bare, out),
            "reasoning" => self.reasoning(payload, context, out),
            "agent_message" => {
                let text = content_text(payload.content);
                say(context, Role::System, json::string(payload.id), &text, None, out);
            }
            "function_call" | "custom_tool_call" | "local_shell_call" | "tool_search_call" => {
                self.call_begins(&kind, payload, context, out);
            }
            "web_search_call" | "image_generation_call" => Self::call_of_the_model(&kind, payload, context, out),
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" | "tool_search_output" => {
                self.call_output(payload, context, out);
            }
            known if WITHOUT_USE.contains(&known) => {}
            other => out.skip(format!("unknown item {}", shorten(other)), context.line),
        }
    }

    fn message(&mut self, payload: &Payload<'_>, context: &Context, bare: bool, out: &mut Parsed) {
        let text = content_text(payload.content);
        let id = json::string(payload.id);
        match json::text(payload.role).as_deref() {
            Some("assistant") => {
                let model = self.state.model.clone();
                say(context, Role::Assistant, id, &text, model, out);
            }
            Some("user") if !prompts::is_prompt(&text) => say(context, Role::System, id, &text, None, out),
            // With an event of its own, but in the bare format.
            Some("user") if bare => say(context, Role::User, id, &text, None, out),
            _ => {}
        }
    }

    fn reasoning(&mut self, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let summary: Vec<Block<'_>> = json::objects(payload.summary);
        let texts: Vec<String> = summary.iter().filter_map(|block| json::string(block.text)).collect();
        let text = if texts.is_empty() { content_text(payload.content).into_owned() } else { texts.join("\n\n") };
        if !text.trim().is_empty() {
            say(context, Role::Thinking, json::string(payload.id), &text, self.state.model.clone(), out);
        }
    }

    pub(super) fn user_message(&mut self, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let mut text = json::text(payload.message).unwrap_or_default().into_owned();
        if text.trim().is_empty() {
            let images =
                json::list::<Raw<'_>>(payload.images).len() + json::list::<Raw<'_>>(payload.local_images).len();
            text = vec![IMAGE; images].join("\n");
        }
        self.prompt(None, &text, false, context, out);
    }

    pub(super) fn user_item(&mut self, item: &Item<'_>, context: &Context, out: &mut Parsed) {
        self.prompt(json::string(item.id), &content_text(item.content), true, context, out);
    }

    fn prompt(&mut self, id: Option<String>, text: &str, is_item: bool, context: &Context, out: &mut Parsed) {
        let told = (xxh3_64(text.as_bytes()), is_item, context.at);
        let twice = |known: (u64, bool, Millis)| {
            known.0 == told.0 && known.1 != is_item && (known.2 - told.2).abs() <= TWICE_WITHIN_MS
        };
        if self.state.prompt.replace(told).is_some_and(twice) {
            return;
        }
        let role = if prompts::is_prompt(text) { Role::User } else { Role::System };
        let id = id.unwrap_or_else(|| context.id_of(text));
        let mut message = message(context, role, id, text);
        message.turn = self.state.turn.clone().filter(|_| role == Role::User);
        out.facts.push(Fact::Message(message));
    }
}

fn say(context: &Context, role: Role, id: Option<String>, text: &str, model: Option<String>, out: &mut Parsed) {
    let id = id.unwrap_or_else(|| context.id_of(text));
    let mut message = message(context, role, id, text);
    message.model = model;
    out.facts.push(Fact::Message(message));
}

fn message(context: &Context, role: Role, message_id: String, text: &str) -> Message {
    let piece = Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() };
    Message {
        session: context.session.clone(),
        message_id,
        record_id: None,
        at: context.at,
        role,
        pieces: if text.is_empty() { Vec::new() } else { vec![piece] },
        model: None,
        agent_id: context.agent_id.clone(),
        turn: None,
        overheard: false,
    }
}
