//! What Codex posts, as it stands in the payload: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// Any event; each uses a few of these.
    Payload {
        session_id: "session_id",
        event: "hook_event_name",
        cwd: "cwd",
        transcript_path: "transcript_path",
        turn_id: "turn_id",
        agent_id: "agent_id",
        agent_type: "agent_type",
        source: "source",
        model: "model",
        permission_mode: "permission_mode",
        prompt: "prompt",
        tool_name: "tool_name",
        tool_input: "tool_input",
        tool_use_id: "tool_use_id",
        tool_response: "tool_response",
        stop_hook_active: "stop_hook_active",
        last_assistant_message: "last_assistant_message",
    }
}
