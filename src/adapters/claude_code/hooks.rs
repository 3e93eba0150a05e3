//! Claude Code's hooks: what a running client tells of itself, one payload an event.
//!
//! Source of the format: hook calls of versions 2.0.76, 2.1.110 and 2.1.328; `docs/reference/hooks-claude-code.md`
//! says what becomes what.

mod calls;
mod identity;
mod payload;
mod registered;
mod result;
mod said;
mod subagents;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::payload::Payload;
use super::events::shorten;
use crate::adapters::hooks::body_text;
use crate::adapters::{Heard, Hooks, Moment, Parsed, Posted, RegisteredEvent, Start, json};
use crate::model::{
    Agent, Fact, Millis, PlanChange, PlanItem, PlanStatus, RawEvent, SessionId, SessionNote, Skip, SourceKind,
    TitleRank,
};

pub(super) struct ClaudeHooks;

/// What all facts of one payload share.
struct Telling<'a> {
    event: &'a str,
    payload: Payload<'a>,
    session: SessionId,
    at: Millis,
    /// Of the event.
    key: u64,
    agent_id: Option<String>,
    /// The id of the prompt under work: the client's own count of turns.
    turn: Option<String>,
}

impl Hooks for ClaudeHooks {
    fn events(&self) -> &'static [RegisteredEvent] {
        registered::EVENTS
    }

    fn known(&self) -> &'static [&'static str] {
        registered::KNOWN
    }

    fn read(&self, posted: &Posted<'_>) -> Option<Heard> {
        let text = body_text(posted.body);
        let payload: Payload<'_> = serde_json::from_str(&text).ok()?;
        if !payload.is_object {
            return None;
        }
        let named = json::text(payload.event).filter(|name| !name.is_empty());
        let event = shorten(named.as_deref().or(posted.event).unwrap_or("unknown"));
        let session = json::string(payload.session_id).map(|id| SessionId::new(Agent::ClaudeCode, &id));
        let agent_id = json::string(payload.agent_id);
        let key = identity::of(event, &payload).unwrap_or(posted.key);
        let mut parsed = Parsed { records: 1, ..Parsed::default() };
        if !registered::KNOWN.contains(&event) {
            skip(&mut parsed, format!("unknown hook event {event}"), event);
        }
        parsed.facts.push(Fact::Event(RawEvent {
            session: session.clone(),
            key,
            at: posted.at,
            source: SourceKind::Hook,
            event_type: event.to_owned(),
            tool: json::string(payload.tool_name),
            payload: Some(text.to_string()),
            // Said once in every version, and only after the fact: what is about to be compacted may be stopped.
            compaction: event == "SessionStart" && start(&payload) == Start::Compact,
        }));
        if let Some(session) = session.clone() {
            let turn = json::string(payload.prompt_id);
            let telling = Telling { event, payload, session, at: posted.at, key, agent_id: agent_id.clone(), turn };
            telling.tell(&mut parsed);
        } else {
            skip(&mut parsed, "hook without a session".to_owned(), event);
        }
        Some(Heard {
            parsed,
            session,
            event: event.to_owned(),
            moment: moment(event, &payload),
            agent_id,
            cwd: json::string(payload.cwd),
            transcript_path: json::string(payload.transcript_path),
        })
    }

    fn context(&self, event: &str, text: &str) -> Option<Value> {
        registered::context(event, text)
    }

    fn shows(&self, event: &str, version: Option<&str>) -> bool {
        registered::shows(event, version)
    }

    fn hold(&self, event: &str, reason: &str) -> Option<Value> {
        (event == "Stop").then(|| json!({"decision": "block", "reason": reason}))
    }

    fn ask(&self, event: &str, reason: &str) -> Option<Value> {
        (event == "PreToolUse").then(|| {
            json!({"hookSpecificOutput": {
                "hookEventName": event, "permissionDecision": "ask", "permissionDecisionReason": reason,
            }})
        })
    }

    fn keep(&self, event: &str, text: &str) -> Option<String> {
        (event == "PreCompact").then(|| text.to_owned())
    }
}

impl Telling<'_> {
    fn tell(&self, out: &mut Parsed) {
        self.note_session(out);
        match self.event {
            "UserPromptSubmit" => self.prompt(out),
            "Stop" => self.answer(out),
            "PreToolUse" => self.call_begins(out),
            "PostToolUse" => self.call_ends(out),
            "PostToolUseFailure" => self.call_fails(out),
            "PermissionRequest" => self.call_is_asked_for(out),
            "PermissionDenied" => self.call_is_refused(out),
            "SubagentStart" => self.subagent_starts(out),
            "SubagentStop" => self.subagent_stops(out),
            "TaskCreated" => self.task(PlanStatus::Pending, out),
            "TaskCompleted" => self.task(PlanStatus::Completed, out),
            _ => {}
        }
    }

    fn note_session(&self, out: &mut Parsed) {
        let mut note = SessionNote::new(self.session.clone());
        note.at = Some(self.at);
        note.ended = self.event == "SessionEnd";
        // A sub-agent may work elsewhere and with another model.
        if self.agent_id.is_none() {
            note.cwd = json::string(self.payload.cwd);
            note.model = match self.event {
                "SessionStart" => json::string(self.payload.model),
                "PostModelSwitch" => json::string(self.payload.to_model),
                _ => None,
            };
            note.title = json::string(self.payload.session_title).map(|title| (TitleRank::Generated, self.at, title));
        }
        out.facts.push(Fact::Session(note));
    }

    fn task(&self, status: PlanStatus, out: &mut Parsed) {
        let Some(key) = json::string(self.payload.task_id) else {
            skip(out, "task hook without a task".to_owned(), self.event);
            return;
        };
        let item = PlanItem { key, text: json::string(self.payload.task_subject), status: Some(status) };
        out.facts.push(Fact::Plan { session: self.session.clone(), at: self.at, change: PlanChange::Item(item) });
    }
}

fn moment(event: &str, payload: &Payload<'_>) -> Moment {
    match event {
        "SessionStart" => Moment::SessionStart(start(payload)),
        "UserPromptSubmit" => Moment::Prompt { by_person: said::by_person(payload) },
        "PreToolUse" => Moment::BeforeTool,
        "PostToolUse" => Moment::AfterTool,
        "PostToolUseFailure" => Moment::AfterFailure,
        "PreCompact" => Moment::BeforeCompaction,
        "Stop" => Moment::Stop { held: json::flag(payload.stop_hook_active) || plans(payload) || will_wake(payload) },
        "SessionEnd" => Moment::SessionEnd,
        _ => Moment::Other,
    }
}

fn plans(payload: &Payload<'_>) -> bool {
    json::text(payload.permission_mode).is_some_and(|mode| mode == "plan")
}

/// It stops only until work in the background, or the clock, wakes it.
fn will_wake(payload: &Payload<'_>) -> bool {
    let over = |task: &payload::Task<'_>| {
        json::text(task.status).is_some_and(|status| matches!(&*status, "completed" | "failed" | "killed" | "stopped"))
    };
    let tasks: Vec<payload::Task<'_>> = json::list(payload.background_tasks);
    let crons: Vec<payload::Task<'_>> = json::list(payload.session_crons);
    !crons.is_empty() || tasks.iter().any(|task| !over(task))
}

fn start(payload: &Payload<'_>) -> Start {
    match json::text(payload.source).as_deref() {
        Some("resume") => Start::Resume,
        Some("clear") => Start::Clear,
        Some("compact") => Start::Compact,
        Some("fork") => Start::Fork,
        _ => Start::Startup,
    }
}

fn skip(out: &mut Parsed, reason: String, event: &str) {
    out.skips.push(Skip { reason, sample: event.to_owned() });
}
