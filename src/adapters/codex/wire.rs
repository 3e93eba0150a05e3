//! What Codex writes and posts, as it stands there: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One line of a rollout. Before September 2025 an item stood there bare, without `payload`.
    Record {
        timestamp: "timestamp",
        ordinal: "ordinal",
        kind: "type",
        payload: "payload",
        id: "id",
        mark: "record_type",
    }
}

wire! {
    /// Of any record; each kind uses a few of these.
    Payload {
        kind: "type",
        id: "id",
        role: "role",
        content: "content",
        summary: "summary",
        name: "name",
        namespace: "namespace",
        arguments: "arguments",
        input: "input",
        call_id: "call_id",
        output: "output",
        action: "action",
        status: "status",
        message: "message",
        images: "images",
        local_images: "local_images",
        item: "item",
        turn_id: "turn_id",
        started_ms: "started_at_ms",
        completed_ms: "completed_at_ms",
        info: "info",
        success: "success",
        changes: "changes",
        exit_code: "exit_code",
        duration: "duration",
        command: "command",
        parsed_cmd: "parsed_cmd",
        aggregated_output: "aggregated_output",
        stderr: "stderr",
        invocation: "invocation",
        result: "result",
        thread_name: "thread_name",
    }
}

wire! {
    /// `session_meta`, and the first line of the bare format.
    Meta {
        id: "id",
        session_id: "session_id",
        timestamp: "timestamp",
        cwd: "cwd",
        cli_version: "cli_version",
        git: "git",
        source: "source",
        forked_from: "forked_from_id",
        parent_thread: "parent_thread_id",
        agent_role: "agent_role",
        history_start: "subagent_history_start_ordinal",
        history_base: "history_base",
    }
}

wire! { Git { branch: "branch" } }
wire! { HistoryBase { end: "end_ordinal_exclusive" } }
wire! { Source { subagent: "subagent", internal: "internal" } }
wire! { Subagent { spawn: "thread_spawn", other: "other" } }
wire! { Spawn { parent: "parent_thread_id", role: "agent_role" } }

wire! { TurnContext { turn_id: "turn_id", cwd: "cwd", model: "model" } }
wire! { SettingsApplied { settings: "thread_settings" } }
wire! { Settings { cwd: "cwd", model: "model", tier: "service_tier" } }

wire! { Block { kind: "type", text: "text" } }

wire! {
    /// A piece of work that is done, as versions from 0.146 on tell it.
    Item {
        kind: "type",
        id: "id",
        content: "content",
        command: "command",
        cwd: "cwd",
        parsed_cmd: "parsed_cmd",
        aggregated_output: "aggregated_output",
        exit_code: "exit_code",
        status: "status",
        duration: "duration",
        changes: "changes",
        stderr: "stderr",
        server: "server",
        tool: "tool",
        arguments: "arguments",
        result: "result",
        error: "error",
        receivers: "receiver_thread_ids",
        prompt: "prompt",
    }
}

wire! { Duration { secs: "secs", nanos: "nanos" } }
wire! { ParsedCommand { kind: "type", path: "path" } }
wire! { Change { kind: "type", content: "content", move_path: "move_path" } }
wire! { Invocation { server: "server", tool: "tool", arguments: "arguments" } }
wire! { McpResult { ok: "Ok", err: "Err", is_error: "isError", is_error_snake: "is_error", content: "content", structured: "structuredContent" } }

wire! {
    /// Arguments of the tools we know; each uses a few of these.
    Arguments {
        cmd: "cmd",
        command: "command",
        workdir: "workdir",
        session_id: "session_id",
        plan: "plan",
        path: "path",
        message: "message",
        prompt: "prompt",
        agent_type: "agent_type",
        task_name: "task_name",
    }
}

wire! { Step { text: "step", status: "status" } }
wire! { Spawned { agent_id: "agent_id", nickname: "nickname" } }

wire! { JsonOutput { output: "output", content: "content", metadata: "metadata", is_error: "isError" } }
wire! { OutputMetadata { exit_code: "exit_code", seconds: "duration_seconds" } }

wire! { TokenInfo { total: "total_token_usage", last: "last_token_usage", window: "model_context_window" } }
wire! { UsageRecord { response_id: "response_id", model: "model", usage: "usage", totals: "thread_token_usage" } }
wire! {
    Tokens {
        input: "input_tokens",
        cached: "cached_input_tokens",
        cache_write: "cache_write_input_tokens",
        output: "output_tokens",
        reasoning: "reasoning_output_tokens",
        total: "total_tokens",
    }
}
