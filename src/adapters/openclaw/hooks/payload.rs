//! What the plugin posts, as it stands in the payload: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// Any event; each has a few of these.
    Payload {
        event: "hook_event_name",
        session_id: "session_id",
        session_key: "session_key",
        parent_session_id: "parent_session_id",
        subagent_label: "subagent_label",
        run_id: "run_id",
        cwd: "cwd",
        trigger: "trigger",
        input_kind: "input_kind",
        model_id: "model_id",
        context_token_budget: "context_token_budget",
        prompt: "prompt",
        last_assistant_message: "last_assistant_message",
        stop_hook_active: "stop_hook_active",
        resumed_from: "resumed_from",
        reason: "reason",
        tool_name: "tool_name",
        tool_call_id: "tool_call_id",
        parent_tool_call_id: "parent_tool_call_id",
        parent_tool_name: "parent_tool_name",
        params: "params",
        result: "result",
        error: "error",
        duration_ms: "duration_ms",
    }
}
