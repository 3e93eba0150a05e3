//! What our plugin posts: nothing required, nothing interpreted. `adapters/opencode/plugin/tma1.js` makes it.

use crate::adapters::json::wire;

wire! {
    /// Any event; each uses a few of these.
    Payload {
        event: "hook_event_name",
        session_id: "session_id",
        root: "root_session_id",
        cwd: "cwd",
        version: "version",
        window: "context_window",
        model: "model",
        info: "info",
        message: "message",
        parts: "parts",
        part: "part",
        permission: "permission",
    }
}

wire! {
    /// What a person is asked.
    Asked {
        permission: "permission",
        // Until 1.1.
        kind: "type",
        patterns: "patterns",
        metadata: "metadata",
    }
}
