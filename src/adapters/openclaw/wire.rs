//! What OpenClaw writes, as it stands there: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One event of a session.
    Record {
        kind: "type",
        id: "id",
        timestamp: "timestamp",
        cwd: "cwd",
        parent_session: "parentSession",
        message: "message",
        model: "modelId",
        custom_type: "customType",
        content: "content",
        data: "data",
        summary: "summary",
        name: "name",
        table: "table",
        cold: "kind",
        row: "row",
    }
}

wire! {
    /// A row of the database; each table has a few of these.
    Row {
        table: "table",
        session_id: "session_id",
        session_key: "session_key",
        event: "event_json",
        packed: "event_zstd",
        created: "created_at",
        updated: "updated_at",
        parent_key: "parent_session_key",
        spawned_by: "spawned_by",
        display_name: "display_name",
        label: "label",
        current: "current_session_id",
        entry: "entry_json",
        forked_from: "fork_source_session_id",
        archive: "archive_blob",
        app_version: "app_version",
    }
}

wire! { Entry { window: "contextTokens", report: "systemPromptReport" } }
wire! { Report { workspace: "workspaceDir" } }

wire! {
    /// Of any role; each uses a few of these.
    Message {
        role: "role",
        content: "content",
        timestamp: "timestamp",
        provider: "provider",
        model: "model",
        api: "api",
        usage: "usage",
        stop_reason: "stopReason",
        error: "errorMessage",
        call_id: "toolCallId",
        tool: "toolName",
        is_error: "isError",
        details: "details",
        provenance: "provenance",
        key: "idempotencyKey",
        meta: "__openclaw",
        mirror: "openclawDeliveryMirror",
        custom_type: "customType",
        summary: "summary",
        command: "command",
        output: "output",
    }
}

wire! { Provenance { kind: "kind" } }
wire! { Meta { mirror_origin: "mirrorOrigin" } }

wire! {
    Block {
        kind: "type",
        text: "text",
        thinking: "thinking",
        id: "id",
        name: "name",
        arguments: "arguments",
        input: "input",
    }
}

wire! {
    Tokens {
        input: "input",
        output: "output",
        cache_read: "cacheRead",
        cache_write: "cacheWrite",
        cache_write_1h: "cacheWrite1h",
        reasoning: "reasoningTokens",
        cost: "cost",
    }
}
wire! { Cost { total: "total" } }

wire! {
    /// Arguments of the tools we know; each uses a few of these.
    Arguments {
        command: "command",
        cmd: "cmd",
        workdir: "workdir",
        cwd: "cwd",
        path: "path",
        file_path: "file_path",
        file_path_camel: "filePath",
        content: "content",
        offset: "offset",
        limit: "limit",
        input: "input",
        patch: "patch",
        plan: "plan",
        session_id: "sessionId",
        task: "task",
        label: "label",
        agent: "agentId",
        found: "id",
        args: "args",
    }
}

wire! { Step { text: "step", status: "status" } }

wire! {
    /// What a result says beside its text; also the call of a tool within another, as a message of its own.
    Details {
        status: "status",
        exit_code: "exitCode",
        exit_reason: "exitReason",
        duration: "durationMs",
        server: "mcpServer",
        kind: "kind",
        content: "content",
        patch: "patch",
        cwd: "cwd",
        process: "sessionId",
        command: "command",
        child_key: "childSessionKey",
        missing: "openclawSyntheticMissingToolResult",
        result: "result",
        parent_call: "parentToolCallId",
        call_id: "toolCallId",
        tool: "toolName",
        input: "input",
        is_error: "isError",
        started: "startedAt",
        ended: "timestamp",
    }
}

wire! { ToolResult { content: "content", details: "details" } }
