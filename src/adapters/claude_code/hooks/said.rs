//! What was said, as a hook tells it: a person's prompt, and the words an agent stopped with.

use super::Telling;
use super::payload::Payload;
use crate::adapters::claude_code::messages::piece;
use crate::adapters::claude_code::prompts;
use crate::adapters::{Parsed, json};
use crate::model::{Fact, Message, Role, SessionNote, TitleRank};

/// Where prompts come from that nobody asked.
const NOBODY: &[&str] = &["system", "loop_wakeup", "schedule_wakeup", "poll_event"];

/// Whether a person asked; wake-ups, finished background work and the like are submitted as prompts too.
pub(super) fn by_person(payload: &Payload<'_>) -> bool {
    !json::text(payload.source).is_some_and(|source| NOBODY.contains(&&*source))
        && prompts::is_prompt(&json::text(payload.prompt).unwrap_or_default())
}

impl Telling<'_> {
    pub(super) fn prompt(&self, out: &mut Parsed) {
        let text = json::text(self.payload.prompt).unwrap_or_default();
        // Where only an image was sent there is nothing to tell yet: its record says more.
        if !by_person(&self.payload) || text.trim().is_empty() {
            return;
        }
        if prompts::is_typed_command(&text) {
            if let Some(command) = prompts::typed_command_line(&text).filter(|_| self.agent_id.is_none()) {
                let mut note = SessionNote::new(self.session.clone());
                // Of equal rank the later wins; of first prompts it must be the earlier.
                note.title = Some((TitleRank::FirstPrompt, -self.at, command));
                out.facts.push(Fact::Session(note));
            }
            return;
        }
        let id = self.turn.clone().unwrap_or_else(|| format!("{:016x}", self.key));
        out.facts.push(Fact::Message(self.overheard(Role::User, &id, &text)));
    }

    /// The last words of a turn, or of a sub-agent.
    pub(super) fn answer(&self, out: &mut Parsed) {
        let text = json::text(self.payload.last_assistant_message).unwrap_or_default();
        if !text.trim().is_empty() {
            let id = format!("{:016x}", self.key);
            out.facts.push(Fact::Message(self.overheard(Role::Assistant, &id, &text)));
        }
    }

    fn overheard(&self, role: Role, id: &str, text: &str) -> Message {
        Message {
            session: self.session.clone(),
            message_id: format!("hook:{id}"),
            record_id: None,
            at: self.at,
            role,
            pieces: vec![piece(text)],
            model: None,
            agent_id: self.agent_id.clone(),
            turn: self.turn.clone(),
            overheard: true,
        }
    }
}
