//! What Claude Code posts, as it stands in the payload: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// Any event; each uses a few of these.
    Payload {
        session_id: "session_id",
        event: "hook_event_name",
        cwd: "cwd",
        transcript_path: "transcript_path",
        prompt_id: "prompt_id",
        agent_id: "agent_id",
        agent_type: "agent_type",
        source: "source",
        model: "model",
        to_model: "to_model",
        session_title: "session_title",
        prompt: "prompt",
        tool_name: "tool_name",
        tool_input: "tool_input",
        tool_use_id: "tool_use_id",
        tool_response: "tool_response",
        tool_calls: "tool_calls",
        duration_ms: "duration_ms",
        error: "error",
        is_interrupt: "is_interrupt",
        reason: "reason",
        stop_hook_active: "stop_hook_active",
        permission_mode: "permission_mode",
        background_tasks: "background_tasks",
        session_crons: "session_crons",
        last_assistant_message: "last_assistant_message",
        task_id: "task_id",
        task_subject: "task_subject",
    }
}

wire! {
    /// Of work in the background.
    Task { status: "status" }
}

wire! { BatchedCall { tool_use_id: "tool_use_id" } }

wire! {
    /// `tool_response` where it is an object; its shape depends on the tool.
    Response {
        kind: "type",
        stdout: "stdout",
        stderr: "stderr",
        is_image: "isImage",
        file: "file",
        content: "content",
        result: "result",
        file_names: "filenames",
        task: "task",
        original: "originalFile",
        old: "oldString",
        new: "newString",
        replace_all: "replaceAll",
        user_modified: "userModified",
    }
}

wire! {
    /// What a reading tool read.
    FileRead {
        file_path: "filePath",
        content: "content",
        start_line: "startLine",
        lines: "numLines",
        total_lines: "totalLines",
    }
}

wire! { TaskRead { output: "output" } }
wire! { EditInput { old: "old_string", new: "new_string", replace_all: "replace_all", content: "content" } }
