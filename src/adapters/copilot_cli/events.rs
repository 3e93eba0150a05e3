//! Records that are kept as events, under the names that the agent gives them.

use xxhash_rust::xxh3::xxh3_64;

use super::parser::Context;
use crate::adapters::Parsed;
use crate::adapters::json::Raw;
use crate::model::{Fact, RawEvent, SourceKind};

/// Events worth keeping as such.
pub(super) const EVENTS: &[&str] = &[
    "session.error",
    "session.warning",
    "session.truncation",
    "session.handoff",
    "session.plan_changed",
    "session.task_complete",
    "session.mode_changed",
    "session.context_cleared",
    "session.permissions_changed",
    "session.snapshot_rewind",
    "session.auto_mode_resolved",
    "subagent.failed",
    "skill.invoked",
    "model.call_failure",
];

/// Records that repeat what others say better, or only serve the client.
pub(super) const WITHOUT_USE: &[&str] = &[
    "session.info",
    "session.idle",
    "session.usage_checkpoint",
    "session.usage_info",
    "session.compaction_start",
    "session.workspace_file_changed",
    "session.todos_changed",
    "session.tools_updated",
    "session.background_tasks_changed",
    "session.skills_loaded",
    "session.mcp_servers_loaded",
    "session.mcp_server_status_changed",
    "session.extensions_loaded",
    "session.custom_agents_updated",
    "session.remote_steerable_changed",
    "assistant.turn_start",
    "assistant.turn_end",
    "assistant.intent",
    "assistant.message_start",
    "tool.user_requested",
    "subagent.completed",
    "subagent.selected",
    "subagent.deselected",
    "subagent.configured",
    "hook.start",
];

pub(super) fn event(context: &Context, event_type: &str, raw: Raw<'_>, compaction: bool, out: &mut Parsed) {
    let payload = raw.map_or("{}", |raw| raw.get());
    out.facts.push(Fact::Event(RawEvent {
        session: Some(context.session.clone()),
        key: xxh3_64(
            format!("copilot_cli {event_type}\0{}\0{}", context.session.id, context.id_of(payload)).as_bytes(),
        ),
        at: context.at,
        source: SourceKind::Transcript,
        event_type: event_type.to_owned(),
        tool: None,
        payload: Some(payload.to_owned()),
        // A thread's context is not its session's.
        compaction: compaction && context.agent_id.is_none(),
    }));
}
