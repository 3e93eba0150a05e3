//! What opencode writes and posts, as it stands there: nothing required, nothing interpreted.

use crate::adapters::json::wire;

wire! {
    /// A row of the database, or a file of the tree before it: those spell their fields otherwise.
    Record {
        table: "table",
        id: "id",
        session_id: "session_id",
        session_id_camel: "sessionID",
        message_id: "message_id",
        message_id_camel: "messageID",
        parent_id: "parent_id",
        parent_id_camel: "parentID",
        root: "root",
        session_directory: "session_directory",
        message_role: "message_role",
        message_created: "message_created",
        directory: "directory",
        title: "title",
        version: "version",
        agent: "agent",
        revert: "revert",
        time: "time",
        time_created: "time_created",
        time_updated: "time_updated",
        time_archived: "time_archived",
        data: "data",
        role: "role",
        kind: "type",
    }
}

wire! {
    Time {
        created: "created",
        updated: "updated",
        completed: "completed",
        archived: "archived",
        start: "start",
        end: "end",
    }
}

wire! {
    Message {
        role: "role",
        time: "time",
        parent: "parentID",
        model_id: "modelID",
        model: "model",
        cost: "cost",
        tokens: "tokens",
        error: "error",
        summary: "summary",
    }
}

wire! {
    Model {
        id: "modelID",
        id_short: "id",
    }
}

wire! {
    /// Of a person's message: what it was about.
    Summary {
        title: "title",
    }
}

wire! {
    Tokens {
        total: "total",
        input: "input",
        output: "output",
        reasoning: "reasoning",
        cache: "cache",
    }
}

wire! {
    Cache {
        read: "read",
        write: "write",
    }
}

wire! {
    Failure {
        name: "name",
        message: "message",
    }
}

wire! {
    /// Of any message; each kind uses a few of these.
    Part {
        id: "id",
        message_id: "messageID",
        kind: "type",
        text: "text",
        synthetic: "synthetic",
        ignored: "ignored",
        time: "time",
        tool: "tool",
        call_id: "callID",
        state: "state",
        filename: "filename",
        url: "url",
        source: "source",
        prompt: "prompt",
    }
}

wire! {
    /// Where a file that came with a prompt is named in its text.
    Source {
        text: "text",
    }
}

wire! {
    /// Of a call.
    State {
        status: "status",
        input: "input",
        output: "output",
        error: "error",
        metadata: "metadata",
        time: "time",
    }
}

wire! {
    Input {
        command: "command",
        file_path: "filePath",
        content: "content",
        patch: "patchText",
        todos: "todos",
        description: "description",
        subagent_type: "subagent_type",
    }
}

wire! {
    Metadata {
        exit: "exit",
        session_id: "sessionId",
        interrupted: "interrupted",
        output_path: "outputPath",
        display: "display",
        filediff: "filediff",
        files: "files",
    }
}

wire! {
    Display {
        kind: "type",
    }
}

wire! {
    /// What became of one file.
    Changed {
        file: "file",
        file_path: "filePath",
        move_path: "movePath",
        before: "before",
        after: "after",
    }
}

wire! {
    Todo {
        id: "id",
        content: "content",
        status: "status",
    }
}
