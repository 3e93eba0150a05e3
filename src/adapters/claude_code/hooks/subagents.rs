//! Sub-agents: that they began, and what they ended with.

use super::Telling;
use crate::adapters::claude_code::wire::{Input, Outcome};
use crate::adapters::{Parsed, json};
use crate::model::{Fact, SubagentNote, ToolCall};

impl Telling<'_> {
    pub(super) fn subagent_starts(&self, out: &mut Parsed) {
        let Some(agent_id) = self.agent_id.clone() else { return };
        out.facts.push(Fact::Subagent(SubagentNote {
            session: self.session.clone(),
            agent_id,
            at: Some(self.at),
            agent_type: json::string(self.payload.agent_type),
            description: None,
            call_id: None,
        }));
    }

    pub(super) fn subagent_stops(&self, out: &mut Parsed) {
        // The client's own helpers, such as the one that sums up for a compaction, are of an empty type; version
        // 2.0 names no type at all.
        if self.agent_id.is_none() || json::text(self.payload.agent_type).is_some_and(|name| name.is_empty()) {
            return;
        }
        self.subagent_starts(out);
        self.answer(out);
    }

    /// The call that ran a sub-agent names it when it is over.
    pub(super) fn subagent_ran(&self, call: &ToolCall, outcome: &Outcome<'_>, input: &Input<'_>, out: &mut Parsed) {
        let Some(agent_id) = json::string(outcome.agent_id) else { return };
        out.facts.push(Fact::Subagent(SubagentNote {
            session: self.session.clone(),
            agent_id,
            at: None,
            agent_type: json::string(outcome.agent_type).or_else(|| json::string(input.subagent_type)),
            description: json::string(outcome.description).or_else(|| json::string(input.description)),
            call_id: Some(call.call_id.clone()),
        }));
    }
}
