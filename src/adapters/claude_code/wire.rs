//! What Claude Code writes, as it stands in the line: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One line of a transcript.
    Record {
        kind: "type",
        subtype: "subtype",
        uuid: "uuid",
        parent: "parentUuid",
        session_id: "sessionId",
        session_id_snake: "session_id",
        timestamp: "timestamp",
        cwd: "cwd",
        git_branch: "gitBranch",
        version: "version",
        is_sidechain: "isSidechain",
        is_meta: "isMeta",
        is_compact_summary: "isCompactSummary",
        is_transcript_only: "isVisibleInTranscriptOnly",
        is_companion: "turnCompanion",
        agent_id: "agentId",
        forked_from: "forkedFrom",
        request_id: "requestId",
        prompt_id: "promptId",
        message: "message",
        tool_use_result: "toolUseResult",
        tool_denial: "toolDenialKind",
        denied_before_run: "toolDenialBeforeRun",
        interrupted_message: "interruptedMessageId",
        cost_usd: "costUSD",
        summary: "summary",
        leaf_uuid: "leafUuid",
        custom_title: "customTitle",
        ai_title: "aiTitle",
        agent_name: "agentName",
        attachment: "attachment",
        operation: "operation",
    }
}

wire! { Message { id: "id", role: "role", model: "model", content: "content", usage: "usage" } }

wire! {
    Block {
        kind: "type",
        text: "text",
        thinking: "thinking",
        id: "id",
        name: "name",
        input: "input",
        tool_use_id: "tool_use_id",
        content: "content",
        is_error: "is_error",
    }
}

wire! {
    Usage {
        input: "input_tokens",
        output: "output_tokens",
        cache_read: "cache_read_input_tokens",
        cache_creation: "cache_creation_input_tokens",
        cache_creation_split: "cache_creation",
        output_details: "output_tokens_details",
        server_tools: "server_tool_use",
        service_tier: "service_tier",
        speed: "speed",
        geo: "inference_geo",
    }
}

wire! { CacheCreation { short: "ephemeral_5m_input_tokens", long: "ephemeral_1h_input_tokens" } }
wire! { OutputDetails { thinking: "thinking_tokens" } }
wire! { ServerTools { searches: "web_search_requests" } }
wire! { ForkedFrom { session_id: "sessionId", message_uuid: "messageUuid" } }
wire! { Attachment { kind: "type" } }

wire! {
    /// Inputs of the tools we know; each uses a few of these.
    Input {
        command: "command",
        file_path: "file_path",
        notebook_path: "notebook_path",
        content: "content",
        todos: "todos",
        task_id: "taskId",
        subject: "subject",
        status: "status",
        description: "description",
        subagent_type: "subagent_type",
        agent_type: "agentType",
        background: "run_in_background",
    }
}

wire! { Todo { id: "id", content: "content", status: "status" } }

wire! {
    /// `toolUseResult`: the structured output; its shape depends on the tool.
    Outcome {
        file_path: "filePath",
        file: "file",
        interrupted: "interrupted",
        persisted: "persistedOutputPath",
        code_meaning: "returnCodeInterpretation",
        agent_id: "agentId",
        agent_type: "agentType",
        description: "description",
        task: "task",
        duration_ms: "durationMs",
        total_duration_ms: "totalDurationMs",
        background: "backgroundTaskId",
    }
}

wire! { ReadFile { file_path: "filePath" } }
wire! { Task { id: "id", subject: "subject" } }

wire! {
    /// `agent-<id>.meta.json`.
    SubagentMeta { agent_type: "agentType", description: "description", tool_use_id: "toolUseId" }
}
