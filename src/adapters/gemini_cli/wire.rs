//! What Gemini CLI writes and posts, as it stands there: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// One line of a chat, or the whole of one: a header, a message, or a change of what was said before.
    Record {
        id: "id",
        timestamp: "timestamp",
        kind: "type",
        content: "content",
        display: "displayContent",
        model: "model",
        thoughts: "thoughts",
        tokens: "tokens",
        calls: "toolCalls",
        session_id: "sessionId",
        start: "startTime",
        chat: "kind",
        directories: "directories",
        summary: "summary",
        messages: "messages",
        set: "$set",
        rewind: "$rewindTo",
    }
}

wire! {
    Part { text: "text", thought: "thought", answer: "functionResponse", inline: "inlineData", file: "fileData" }
}
wire! { FunctionResponse { id: "id", response: "response" } }
wire! { Response { output: "output", error: "error" } }
wire! { Thought { subject: "subject", description: "description" } }
wire! { Tokens { input: "input", output: "output", cached: "cached", thoughts: "thoughts", tool: "tool" } }

wire! {
    Call {
        id: "id",
        name: "name",
        args: "args",
        result: "result",
        status: "status",
        timestamp: "timestamp",
        agent_id: "agentId",
        shown_as: "displayName",
        display: "resultDisplay",
    }
}

wire! {
    /// What a person is shown of a result: of an edit both contents, of a sub-agent who it is.
    Display {
        file_path: "filePath",
        before: "originalContent",
        after: "newContent",
        is_new: "isNewFile",
        is_subagent: "isSubagentProgress",
        agent_name: "agentName",
    }
}

wire! {
    /// Arguments of the tools we know; each uses a few of these.
    Arguments {
        command: "command",
        is_background: "is_background",
        file_path: "file_path",
        absolute_path: "absolute_path",
        path: "path",
        start_line: "start_line",
        end_line: "end_line",
        offset: "offset",
        limit: "limit",
        todos: "todos",
        agent_name: "agent_name",
        prompt: "prompt",
        objective: "objective",
        query: "query",
        request: "request",
    }
}

wire! { Todo { text: "description", status: "status" } }

wire! {
    /// `projects.json` beside the chats.
    Registry { projects: "projects" }
}
