//! What was said: prompts, answers and thoughts, and what is put between them.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use super::parser::{Context, History};
use super::prompts::{self, IMAGE};
use super::shorten;
use super::usage;
use super::wire::{self, Block, Provenance};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, Message, Piece, Role};

/// A call within another call, as a message of its own.
const NESTED: &str = "openclaw.nested-tool.v1";

/// What the client calls the model of what it wrote itself.
const NO_MODELS: &[&str] = &["delivery-mirror", "gateway-injected"];

impl History {
    pub(super) fn message(&mut self, raw: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(message) = json::object::<wire::Message<'_>>(raw) else {
            out.skip("message without content", context.line);
            return;
        };
        if usage::imported(&message) {
            return;
        }
        match json::text(message.role).as_deref() {
            Some("user") => self.prompt(&message, context, out),
            Some("assistant") => self.answer(&message, context, out),
            Some("toolResult" | "tool_result" | "tool") => self.call_ends(&message, context, out),
            Some("custom") if json::text(message.custom_type).as_deref() == Some(NESTED) => {
                self.nested_call(message.details, context, out);
            }
            Some("bashExecution") => {
                let (command, output) = (json::text(message.command), json::text(message.output));
                let text = format!("$ {}\n{}", command.unwrap_or_default(), output.unwrap_or_default());
                say(context, Role::System, text.trim_end(), None, out);
            }
            Some("compactionSummary" | "branchSummary") => {
                say(context, Role::System, &json::text(message.summary).unwrap_or_default(), None, out);
            }
            Some("system" | "custom") => say(context, Role::System, &content_text(message.content), None, out),
            other => out.skip(format!("unknown role {}", shorten(other.unwrap_or("none"))), context.line),
        }
    }

    fn prompt(&mut self, message: &wire::Message<'_>, context: &Context, out: &mut Parsed) {
        let text = content_text(message.content);
        let words = prompts::words(&text);
        let provenance: Provenance<'_> = json::object(message.provenance).unwrap_or_default();
        let by_program = json::text(provenance.kind).is_some_and(|kind| kind != "external_user");
        if by_program || !prompts::is_prompt(&words) {
            say(context, Role::System, &text, None, out);
            return;
        }
        let sent = json::present(message.key);
        let told = (xxh3_64(words.as_bytes()), sent);
        // A turn that is tried again repeats its prompt, without what tells a message that was sent from another one.
        let known = self.state.talk(&context.own).prompt.replace(told);
        if let Some((hash, true)) = known.filter(|(hash, _)| !sent && *hash == told.0) {
            self.state.talk(&context.own).prompt = Some((hash, true));
            say(context, Role::System, &words, None, out);
            return;
        }
        say(context, Role::User, &words, None, out);
    }

    fn answer(&mut self, message: &wire::Message<'_>, context: &Context, out: &mut Parsed) {
        let model = json::string(message.model);
        let made_up = json::text(message.provider).as_deref() == Some("openclaw")
            && model.as_deref().is_some_and(|model| NO_MODELS.contains(&model));
        if made_up || json::present(message.mirror) {
            say(context, Role::System, &content_text(message.content), None, out);
            return;
        }
        let talk = self.state.talk(&context.own);
        let model = model.or_else(|| talk.model.clone());
        talk.model.clone_from(&model);
        let (mut texts, mut thoughts) = (Vec::new(), Vec::new());
        let stopped = matches!(json::text(message.stop_reason).as_deref(), Some("aborted" | "error"));
        if let Some(text) = message.content.filter(|raw| raw.get().starts_with('"')) {
            texts.extend(json::string(Some(text)));
        }
        for block in json::objects::<Block<'_>>(message.content) {
            match json::text(block.kind).as_deref() {
                Some("text") => texts.extend(json::string(block.text)),
                Some("thinking") => thoughts.extend(json::string(block.thinking)),
                Some("toolCall" | "tool_call" | "tool_use" | "toolUse" | "functionCall") => {
                    self.call_begins(&block, stopped, context, out);
                }
                _ => {}
            }
        }
        if !thoughts.is_empty() {
            out.facts.push(Fact::Message(one(context, Role::Thinking, thoughts, model.clone())));
        }
        out.facts.push(Fact::Message(one(context, Role::Assistant, texts, model.clone())));
        usage::spent(message, model, context, out);
        if let Some(error) = message.error.filter(|raw| raw.get() != "null") {
            super::events::event(context, "error", error.get(), false, out);
        }
    }
}

pub(super) fn say(context: &Context, role: Role, text: &str, model: Option<String>, out: &mut Parsed) {
    if !text.trim().is_empty() {
        out.facts.push(Fact::Message(one(context, role, vec![text.to_owned()], model)));
    }
}

fn one(context: &Context, role: Role, texts: Vec<String>, model: Option<String>) -> Message {
    Message {
        session: context.session.clone(),
        message_id: context.key.clone(),
        record_id: None,
        at: context.at,
        role,
        pieces: texts.into_iter().map(|text| Piece { hash: xxh3_64(text.as_bytes()), text }).collect(),
        model,
        agent_id: context.agent_id.clone(),
        turn: None,
        overheard: false,
    }
}

/// The text of a message or result: a string, or its text blocks; images leave a mark where there is nothing else.
pub(super) fn content_text(raw: Raw<'_>) -> Cow<'_, str> {
    let Some(value) = raw else { return Cow::default() };
    if !value.get().starts_with('[') {
        return json::text(raw).unwrap_or_default();
    }
    let blocks: Vec<Block<'_>> = json::objects(raw);
    let texts: Vec<Cow<'_, str>> = blocks.iter().filter_map(|block| json::text(block.text)).collect();
    if texts.is_empty() {
        let images = blocks.iter().filter(|block| json::text(block.kind).as_deref() == Some("image")).count();
        return Cow::Owned(vec![IMAGE; images].join("\n"));
    }
    Cow::Owned(texts.join("\n"))
}
