//! What Copilot CLI writes, as it stands there: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One line: an event of a session, or a row of the database.
    Record {
        kind: "type",
        data: "data",
        id: "id",
        timestamp: "timestamp",
        agent_id: "agentId",
        table: "table",
    }
}

wire! {
    /// Of any event; each kind uses a few of these.
    Data {
        session_id: "sessionId",
        start_time: "startTime",
        version: "copilotVersion",
        selected_model: "selectedModel",
        new_model: "newModel",
        context: "context",
        cwd: "cwd",
        branch: "branch",
        spawned_by: "detachedFromSpawningParentSessionId",
        title: "title",
        content: "content",
        transformed: "transformedContent",
        source: "source",
        autopilot: "isAutopilotContinuation",
        attachments: "attachments",
        message_id: "messageId",
        api_call_id: "apiCallId",
        reasoning: "reasoningText",
        reasoning_id: "reasoningId",
        output_tokens: "outputTokens",
        model: "model",
        call_id: "toolCallId",
        parent_call_id: "parentToolCallId",
        tool: "toolName",
        arguments: "arguments",
        mcp_server: "mcpServerName",
        success: "success",
        result: "result",
        error: "error",
        shell: "shellExecution",
        edits: "fileEdits",
        telemetry: "toolTelemetry",
        agent_name: "agentName",
        agent_title: "agentDisplayName",
        agent_description: "agentDescription",
        kind: "kind",
        hook_type: "hookType",
        input: "input",
        output: "output",
        request: "permissionRequest",
        usage: "usage",
        model_metrics: "modelMetrics",
        snapshot: "accountingSnapshot",
        token_details: "tokenDetails",
        current_model: "currentModel",
        session_start: "sessionStartTime",
        compaction_tokens: "compactionTokensUsed",
        token_limit: "tokenLimit",
    }
}

wire! { Place { cwd: "cwd", branch: "branch" } }

wire! {
    /// What came back from a tool.
    ToolResult { content: "content", detailed: "detailedContent" }
}
wire! { ToolError { message: "message", code: "code" } }
wire! { Shell { exit_code: "exitCode" } }
wire! { FileEdit { path: "path" } }
wire! { Telemetry { metrics: "metrics", properties: "properties" } }
wire! { Metrics { length: "resultLength", for_model: "resultForLlmLength", exit_code: "exit_code" } }
wire! { Properties { view: "viewType" } }

wire! {
    /// Arguments of the tools we know; each uses a few of these.
    Arguments {
        command: "command",
        path: "path",
        file_path: "file_path",
        file_path_camel: "filePath",
        file_text: "file_text",
        view_range: "view_range",
        input: "input",
        patch: "patch",
        todos: "todos",
    }
}

wire! { Permission { call_id: "toolCallId", command: "fullCommandText" } }
wire! { Verdict { kind: "kind" } }
wire! { Notified { kind: "type", shell_id: "shellId", exit_code: "exitCode" } }
wire! { HookInput { session_id: "sessionId" } }
wire! { HookOutput { decision: "decision", reason: "reason" } }

wire! {
    /// Tokens, in the spellings of all the records that have some.
    Tokens {
        model: "model",
        input: "inputTokens",
        output: "outputTokens",
        cache_read: "cacheReadTokens",
        cache_write: "cacheWriteTokens",
        reasoning: "reasoningTokens",
        input_short: "input",
        output_short: "output",
        cached_short: "cachedInput",
        api_call_id: "apiCallId",
        parent_call_id: "parentToolCallId",
        window: "maxPromptTokens",
        initiator: "initiator",
    }
}
wire! { ModelMetrics { usage: "usage" } }
wire! { Snapshot { model_metrics: "modelMetrics" } }
wire! { TokenDetails { input: "input", output: "output", cache_read: "cache_read", cache_write: "cache_write" } }
wire! { TokenDetail { count: "tokenCount" } }

wire! {
    /// A row of the database.
    Row {
        table: "table",
        id: "id",
        session_id: "session_id",
        agent_id: "agent_id",
        model: "model",
        input: "input_tokens",
        output: "output_tokens",
        cache_read: "cache_read_tokens",
        cache_write: "cache_write_tokens",
        reasoning: "reasoning_tokens",
        initiator: "initiator",
        created_at: "created_at",
    }
}
