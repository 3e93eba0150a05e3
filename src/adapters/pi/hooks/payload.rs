//! What our extension posts, as it stands in the payload: the client's own fields under their own names, ours in snake
//! case beside them.

use crate::adapters::json::wire;

wire! {
    /// Any event; each uses a few of these.
    Payload {
        kind: "type",
        session_id: "session_id",
        session_id_camel: "sessionId",
        cwd: "cwd",
        transcript_path: "transcript_path",
        timestamp: "timestamp",
        version: "version",
        model: "model",
        window: "context_window",
        reason: "reason",
        prompt: "prompt",
        message_type: "messageType",
        tool: "toolName",
        call_id: "toolCallId",
        input: "input",
        content: "content",
        details: "details",
        is_error: "isError",
        response_at: "response_at",
        last_assistant_message: "last_assistant_message",
        stop: "stop_reason",
        held: "stop_hook_active",
        is_cut: "cut",
    }
}
