//! What Copilot CLI posts, in both dialects, as it stands in the payload: nothing required, nothing interpreted.

use crate::adapters::json::{self, Raw, wire};

wire! {
    /// Any event; each uses a few of these. The second of each pair is that of the dialect that Claude Code speaks.
    Payload {
        session_id: "sessionId",
        session_id_snake: "session_id",
        event: "hookName",
        event_snake: "hook_event_name",
        timestamp: "timestamp",
        cwd: "cwd",
        traceparent: "traceparent",
        tool: "toolName",
        tool_snake: "tool_name",
        arguments: "toolArgs",
        arguments_snake: "tool_input",
        asked: "toolInput",
        call_id: "toolCallId",
        call_id_snake: "tool_use_id",
        result: "toolResult",
        result_snake: "tool_result",
        error: "error",
        prompt: "prompt",
        source: "source",
        agent_id: "agentId",
        agent_id_snake: "agent_id",
        agent_type: "agentType",
        agent_type_snake: "agent_type",
        parent: "parentAgentId",
        parent_snake: "parent_agent_id",
        agent_name: "agentName",
        agent_name_snake: "agent_name",
        agent_description: "agentDescription",
        agent_description_snake: "agent_description",
        response: "response",
        stop_active: "stop_hook_active",
        stop_active_camel: "stopHookActive",
        transcript: "transcriptPath",
        transcript_snake: "transcript_path",
        permission_mode: "permission_mode",
    }
}

wire! { Outcome { kind: "resultType", kind_snake: "result_type", text: "textResultForLlm", text_snake: "text_result_for_llm" } }
wire! { Failure { message: "message" } }

/// Whichever of a pair is there.
pub(super) fn either<'a>(a: Raw<'a>, b: Raw<'a>) -> Raw<'a> {
    if json::present(a) { a } else { b }
}

impl Payload<'_> {
    /// In the dialect that Claude Code speaks: a hook of its settings, or one registered under its names.
    pub fn is_claudes(&self) -> bool {
        json::present(self.session_id_snake) && !json::present(self.session_id)
    }
}
