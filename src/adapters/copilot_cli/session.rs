//! What records say of the session itself: where, since when, with which model, and that it is over.

use super::events;
use super::parser::{Context, Session, time};
use super::wire::{Data, HookOutput, Place};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, SessionNote, SubagentNote, TitleRank};

impl Session {
    /// A session starts, or goes on in another process.
    pub(super) fn begins(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let started = time(data.start_time);
        self.state.since = Some(context.at.min(started.unwrap_or(context.at)));
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.origin = started.filter(|_| context.agent_id.is_none());
        note.agent_version = json::string(data.version);
        note.parent = json::string(data.spawned_by);
        note.model = real_model(json::string(data.selected_model));
        self.state.model = note.model.clone().or(self.state.model.take());
        self.is_at(data, &mut note);
        out.facts.push(Fact::Session(note));
    }

    pub(super) fn moves(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        self.is_at(data, &mut note);
        out.facts.push(Fact::Session(note));
    }

    fn is_at(&mut self, data: &Data<'_>, note: &mut SessionNote) {
        let place: Place<'_> = json::object(data.context).unwrap_or_default();
        note.cwd = json::string(place.cwd).or_else(|| json::string(data.cwd));
        note.git_branch = json::string(place.branch).or_else(|| json::string(data.branch));
        self.cwd = note.cwd.clone().or(self.cwd.take());
    }

    /// A sub-agent does not speak for its session.
    pub(super) fn model_changes(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let Some(model) = real_model(json::string(data.new_model)).filter(|_| context.agent_id.is_none()) else {
            return;
        };
        self.state.model = Some(model.clone());
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.model = Some(model);
        out.facts.push(Fact::Session(note));
    }

    pub(super) fn title(data: &Data<'_>, context: &Context, out: &mut Parsed) {
        if let Some(title) = json::string(data.title) {
            let mut note = SessionNote::new(context.session.clone());
            note.title = Some((TitleRank::Generated, context.at, title));
            out.facts.push(Fact::Session(note));
        }
    }

    /// How much the model's context holds: said often, told when it is another.
    pub(super) fn window(&mut self, said: Option<i64>, context: &Context, out: &mut Parsed) {
        let Some(window) = said.filter(|window| *window > 0) else { return };
        if context.agent_id.is_none() && self.state.window != Some(window) {
            self.state.window = Some(window);
            let mut note = SessionNote::new(context.session.clone());
            note.window = Some(window);
            out.facts.push(Fact::Session(note));
        }
    }

    pub(super) fn ends(&mut self, raw: Raw<'_>, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        self.taken_by_models(data, context, out);
        let mut note = SessionNote::new(context.session.clone());
        note.at = Some(context.at);
        note.ended = true;
        out.facts.push(Fact::Session(note));
        events::event(context, "session.shutdown", raw, false, out);
    }

    pub(super) fn compacted(&mut self, raw: Raw<'_>, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let failed = data.success.is_some_and(|raw| raw.get() == "false");
        self.window(json::int(data.token_limit), context, out);
        self.compaction_took(data.compaction_tokens, context, out);
        events::event(context, "session.compaction_complete", raw, !failed, out);
    }

    pub(super) fn subagent(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let call_id = json::string(data.call_id);
        let Some(agent_id) = context.agent_id.clone().or_else(|| call_id.clone()) else {
            out.skip("sub-agent without an id", context.line);
            return;
        };
        if let Some(call_id) = &call_id {
            self.state.agent_began(call_id, &agent_id);
        }
        out.facts.push(Fact::Subagent(SubagentNote {
            session: context.session.clone(),
            agent_id,
            at: Some(context.at),
            agent_type: json::string(data.agent_name),
            description: json::string(data.agent_description).or_else(|| json::string(data.agent_title)),
            call_id,
        }));
    }

    /// A hook that holds the agent back speaks under the person's name then.
    pub(super) fn hook_ended(&mut self, data: &Data<'_>) {
        let output: HookOutput<'_> = json::object(data.output).unwrap_or_default();
        let blocks = json::text(output.decision).as_deref() == Some("block");
        let stops = json::text(data.hook_type).as_deref() == Some("agentStop");
        if let Some(reason) = json::text(output.reason).filter(|_| blocks && stops) {
            self.state.held_for = Some(xxhash_rust::xxh3::xxh3_64(reason.trim().as_bytes()));
        }
    }
}

/// `auto` is whichever the client chooses, which other records tell.
fn real_model(model: Option<String>) -> Option<String> {
    model.filter(|model| model != "auto")
}
