//! What Gemini CLI posts, as it stands in the payload: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// Any event; each uses a few of these.
    Payload {
        session_id: "session_id",
        event: "hook_event_name",
        cwd: "cwd",
        transcript_path: "transcript_path",
        timestamp: "timestamp",
        source: "source",
        prompt: "prompt",
        tool_name: "tool_name",
        original_name: "original_request_name",
        tool_input: "tool_input",
        tool_response: "tool_response",
        mcp: "mcp_context",
        stop_hook_active: "stop_hook_active",
        notification: "notification_type",
        details: "details",
    }
}

wire! { ToolResponse { content: "llmContent", display: "returnDisplay", error: "error" } }
wire! { Failure { message: "message" } }
wire! { Details { kind: "type", command: "command", server: "serverName", tool: "toolName" } }
