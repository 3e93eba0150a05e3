//! Records that are kept as events, under the names that the agent gives them.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::{Context, Rollout};
use super::shorten;
use super::wire::Payload;
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{CallStatus, Fact, RawEvent, SessionNote, SourceKind, TitleRank, ToolCall};

/// Events worth keeping as such.
const EVENTS: &[&str] = &[
    "thread_rolled_back",
    "entered_review_mode",
    "exited_review_mode",
    "error",
    "stream_error",
    "guardian_assessment",
    "thread_goal_updated",
    "sub_agent_activity",
    "undo_completed",
];

/// Events that repeat what other records say better, or only serve the client.
const WITHOUT_USE: &[&str] = &[
    "task_started",
    "turn_started",
    "task_complete",
    "turn_complete",
    "agent_message",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "context_compacted",
    "web_search_end",
    "image_generation_end",
    "view_image_tool_call",
    "exec_command_begin",
    "mcp_tool_call_begin",
    "patch_apply_begin",
    "web_search_begin",
    "item_started",
    "turn_diff",
    "plan_update",
    "background_event",
    "session_configured",
    "collab_agent_spawn_end",
    "collab_agent_interaction_end",
    "collab_waiting_end",
    "collab_close_end",
    "collab_resume_end",
    "dynamic_tool_call_request",
    "dynamic_tool_call_response",
    "hook_started",
    "hook_completed",
    "shutdown_complete",
    "warning",
];

impl Rollout {
    pub(super) fn event(&mut self, raw: Raw<'_>, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let kind = json::text(payload.kind).unwrap_or_default();
        match &*kind {
            "user_message" => self.user_message(payload, context, out),
            "item_completed" => self.item(payload, context, out),
            "token_count" => self.token_count(payload, context, out),
            "exec_command_end" | "patch_apply_end" | "mcp_tool_call_end" => self.call_end(&kind, payload, context, out),
            "thread_settings_applied" => self.settings(raw, context, out),
            "thread_name_updated" => {
                if let Some(name) = json::string(payload.thread_name).filter(|_| context.agent_id.is_none()) {
                    let mut note = SessionNote::new(context.session.clone());
                    note.title = Some((TitleRank::ByUser, context.at, name));
                    out.facts.push(Fact::Session(note));
                }
            }
            "turn_aborted" => {
                self.stopped(context, out);
                event(context, "turn_aborted", raw.map_or("{}", |raw| raw.get()), false, out);
            }
            known if WITHOUT_USE.contains(&known) => {}
            other => {
                if !EVENTS.contains(&other) {
                    out.skip(format!("unknown event {}", shorten(other)), context.line);
                }
                event(context, shorten(other), raw.map_or("{}", |raw| raw.get()), false, out);
            }
        }
    }

    /// The turn is over, and with it what was under work.
    fn stopped(&mut self, context: &Context, out: &mut Parsed) {
        self.shown.clear();
        self.tasks.clear();
        for call_id in self.state.take_open() {
            let mut call = ToolCall::new(context.session.clone(), call_id);
            call.status = Some(CallStatus::Interrupted);
            call.ended_at = Some(context.at);
            call.agent_id.clone_from(&context.agent_id);
            call.thread_known = true;
            out.facts.push(Fact::ToolCall(call));
        }
    }
}

pub(super) fn event(context: &Context, event_type: &str, payload: &str, compaction: bool, out: &mut Parsed) {
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxh3_64(format!("codex {event_type}\0{}", context.id_of(payload)).as_bytes()),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        // A thread's context is not its session's.
        compaction: compaction && context.agent_id.is_none(),
    }));
}
