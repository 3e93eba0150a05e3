//! What Pi writes, as it stands in the line: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One line of a session file: the header or an entry.
    Record {
        kind: "type",
        id: "id",
        timestamp: "timestamp",
        cwd: "cwd",
        parent_session: "parentSession",
        branched_from: "branchedFrom",
        model: "model",
        model_id: "modelId",
        message: "message",
        usage: "usage",
        usage_kind: "kind",
        summary: "summary",
        name: "name",
        custom_type: "customType",
        content: "content",
    }
}

wire! {
    Message {
        role: "role",
        content: "content",
        model: "model",
        usage: "usage",
        stop: "stopReason",
        error: "errorMessage",
        timestamp: "timestamp",
        call_id: "toolCallId",
        tool: "toolName",
        is_error: "isError",
        details: "details",
        nested: "nestedCalls",
        custom_type: "customType",
        summary: "summary",
    }
}

wire! {
    Block {
        kind: "type",
        text: "text",
        thinking: "thinking",
        id: "id",
        name: "name",
        arguments: "arguments",
    }
}

wire! {
    Usage {
        input: "input",
        output: "output",
        cache_read: "cacheRead",
        cache_write: "cacheWrite",
        cache_write_1h: "cacheWrite1h",
        reasoning: "reasoning",
        cost: "cost",
    }
}

wire! { Cost { total: "total" } }

wire! {
    /// Arguments of the tools we know; each uses a few of these.
    Arguments {
        command: "command",
        path: "path",
        file_path: "file_path",
        content: "content",
        offset: "offset",
    }
}

wire! {
    /// What a tool tells beside its text.
    Details { truncation: "truncation", exit_code: "exitCode", todos: "todos", results: "results" }
}

wire! { Truncation { truncated: "truncated" } }
wire! { Todo { id: "id", text: "text", done: "done" } }
wire! { Delegated { agent: "agent", task: "task" } }
wire! { Nested { calls: "calls" } }

wire! {
    /// A call that a tool made while it ran.
    NestedCall {
        id: "id",
        name: "name",
        arguments: "arguments",
        status: "status",
        duration_ms: "durationMs",
        error: "error",
    }
}
