//! What was said: prompts, answers with their thoughts and calls, and what the client says in between.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::{Chat, Context, event};
use super::prompts::{self, Asked};
use super::shorten;
use super::wire::{Record, Thought};
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{Fact, Message, Piece, Role};

/// The agent's own word for it.
const COMPACTION: &str = "chat_compression";

impl Chat {
    /// A message, told for the first time or anew. `false`: it was not understood.
    pub(super) fn message(&mut self, record: &Record<'_>, line: u64, out: &mut Parsed) -> bool {
        let Some(id) = json::string(record.id) else {
            out.skip("message without an id", line);
            return false;
        };
        let Some(context) = self.context(record, line, out) else { return false };
        let known = context.unique(&id);
        match json::text(record.kind).as_deref() {
            Some("user") => self.asked(record, &id, &known, &context, out),
            Some("gemini") => self.answered(record, &id, &known, &context, out),
            Some("info" | "warning" | "error") => {
                let text = prompts::text_of(record.content);
                say(&context, Role::System, &known, [text], out);
            }
            Some(other) => {
                out.skip(format!("unknown message type {}", shorten(other)), line);
                return false;
            }
            None => {
                out.skip("message without a type", line);
                return false;
            }
        }
        true
    }

    fn asked(&mut self, record: &Record<'_>, id: &str, known: &str, context: &Context, out: &mut Parsed) {
        let asked = prompts::asked(record.content, record.display);
        if matches!(&asked, Asked::Machine(text) if prompts::is_summary(text)) {
            self.state.compacting = true;
            event(context, COMPACTION, id, true, out);
        } else if self.is_copy(id) {
            return;
        }
        match asked {
            Asked::Prompt(text) => say(context, Role::User, known, [text], out),
            Asked::Machine(text) => say(context, Role::System, known, [text], out),
            Asked::Nothing => {}
        }
    }

    fn answered(&mut self, record: &Record<'_>, id: &str, known: &str, context: &Context, out: &mut Parsed) {
        let text = prompts::text_of(record.content);
        let model = json::string(record.model);
        let has_calls = json::present(record.calls);
        let own = model.is_none() && !json::present(record.tokens) && !has_calls;
        if own && prompts::is_notice(&text) {
            if text.trim() == prompts::ACKNOWLEDGED && !self.state.compacting && !self.state.is_copy(id) {
                // The summary was not in the form that was asked for.
                self.state.copied(id);
                self.state.compacting = true;
                event(context, COMPACTION, id, true, out);
            }
            say(context, Role::System, known, [text], out);
            return;
        }
        if own && self.is_copy(id) {
            return;
        }
        self.state.compacting &= own;
        out.facts.push(Fact::Message(message(context, Role::Assistant, known, [text], model.clone())));
        let thoughts = json::objects::<Thought<'_>>(record.thoughts).into_iter().map(|thought| {
            let said = [json::string(thought.subject), json::string(thought.description)];
            said.into_iter().flatten().collect::<Vec<_>>().join("\n")
        });
        let thoughts: Vec<String> = thoughts.filter(|text| !text.trim().is_empty()).collect();
        if !thoughts.is_empty() {
            out.facts.push(Fact::Message(message(context, Role::Thinking, known, thoughts, model.clone())));
        }
        Self::spent(known, model, record.tokens, context, out);
        self.calls(record.calls, context, out);
    }

    /// What a compaction keeps is written again under new ids.
    fn is_copy(&mut self, id: &str) -> bool {
        if self.state.compacting {
            self.state.copied(id);
        }
        self.state.is_copy(id)
    }
}

fn say(context: &Context, role: Role, id: &str, texts: [String; 1], out: &mut Parsed) {
    if !texts[0].trim().is_empty() {
        out.facts.push(Fact::Message(message(context, role, id, texts, None)));
    }
}

fn message(
    context: &Context,
    role: Role,
    message_id: &str,
    texts: impl IntoIterator<Item = String>,
    model: Option<String>,
) -> Message {
    let pieces = texts
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| Piece { hash: xxh3_64(text.as_bytes()), text })
        .collect();
    Message {
        session: context.session.clone(),
        message_id: message_id.to_owned(),
        record_id: None,
        at: context.at,
        role,
        pieces,
        model,
        agent_id: context.agent_id.clone(),
        turn: None,
        overheard: false,
    }
}
