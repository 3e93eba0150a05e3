//! What was said: prompts, answers, thoughts, and what nobody said.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::{Context, Session};
use super::prompts;
use super::wire::{Data, Notified};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, Message, Piece, Role, ToolCall, ToolKind};

/// Stands in a prompt for what was attached.
const ATTACHMENT: &str = "[attachment]";

impl Session {
    pub(super) fn user_message(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let mut text = json::text(data.content).unwrap_or_default().into_owned();
        if text.trim().is_empty() {
            text = prompts::inner(&json::text(data.transformed).unwrap_or_default());
        }
        if text.trim().is_empty() {
            text = vec![ATTACHMENT; json::list::<Raw<'_>>(data.attachments).len()].join("\n");
        }
        // What a hook wanted done comes back as a prompt, once.
        let held = self.state.held_for.take() == Some(xxh3_64(text.trim().as_bytes()));
        let source = json::text(data.source);
        // A sub-agent is asked by its session.
        let by_person = prompts::by_person(source.as_deref())
            || context.agent_id.is_some() && source.as_deref().is_some_and(|source| source.starts_with("agent-"));
        let asked = by_person && !held && !json::flag(data.autopilot) && prompts::is_prompt(&text);
        let id = json::string(data.message_id);
        say(context, if asked { Role::User } else { Role::System }, id, &text, None, out);
    }

    pub(super) fn system_message(data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let text = json::text(data.content).unwrap_or_default();
        if !text.trim().is_empty() {
            say(context, Role::System, None, &text, None, out);
        }
    }

    /// Work in the background is done, and the like.
    pub(super) fn notified(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        Self::system_message(data, context, out);
        let about: Notified<'_> = json::object(data.kind).unwrap_or_default();
        let code = json::int(about.exit_code).and_then(|code| i32::try_from(code).ok());
        if let Some(shell) = json::string(about.shell_id)
            && let Some(code) = code
        {
            self.command_done(&shell, code, None, context, out);
        }
    }

    /// A command that went on when its call ended.
    pub(super) fn command_done(
        &mut self,
        shell: &str,
        code: i32,
        output: Option<&str>,
        context: &Context,
        out: &mut Parsed,
    ) {
        let Some(call_id) = self.state.shell_done(shell) else { return };
        let mut call = ToolCall::new(context.session.clone(), call_id);
        call.kind = Some(ToolKind::Shell);
        call.ended_at = Some(context.at);
        call.exit_code = Some(code);
        call.status = Some(super::outcome::by_code(code));
        call.output = output.map(str::to_owned).filter(|text| !text.is_empty());
        if code != 0 {
            call.error.clone_from(&call.output);
        }
        out.facts.push(Fact::ToolCall(call));
    }

    /// A response may be told again, or piece by piece: under one id.
    pub(super) fn assistant_message(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let text = json::text(data.content).unwrap_or_default();
        let thought = json::text(data.reasoning).unwrap_or_default();
        let model = json::string(data.model);
        let id = json::string(data.message_id).unwrap_or_else(|| context.id_of(&text));
        let known = self.state.thought.take() == Some(xxh3_64(thought.as_bytes()));
        if !thought.trim().is_empty() && !known {
            say(context, Role::Thinking, Some(id.clone()), &thought, model.clone(), out);
        }
        let model = model.or_else(|| self.state.model.clone().filter(|_| context.agent_id.is_none()));
        Self::response_came_to(data, &id, model.clone(), context, out);
        say(context, Role::Assistant, Some(id), &text, model, out);
    }

    pub(super) fn reasoning(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let text = json::text(data.content).unwrap_or_default();
        if !text.trim().is_empty() {
            self.state.thought = Some(xxh3_64(text.as_bytes()));
            say(context, Role::Thinking, json::string(data.reasoning_id), &text, None, out);
        }
    }
}

fn say(context: &Context, role: Role, id: Option<String>, text: &str, model: Option<String>, out: &mut Parsed) {
    let message_id = id.unwrap_or_else(|| context.id_of(text));
    let piece = Piece { hash: xxh3_64(text.as_bytes()), text: text.to_owned() };
    out.facts.push(Fact::Message(Message {
        session: context.session.clone(),
        record_id: context.id.clone().filter(|id| *id != message_id),
        message_id,
        at: context.at,
        role,
        pieces: if text.trim().is_empty() { Vec::new() } else { vec![piece] },
        model,
        agent_id: context.agent_id.clone(),
        turn: None,
        overheard: false,
    }));
}
