//! A tool call: start and end in one noun, and the files it touched.

use serde::{Deserialize, Serialize};

use super::{Millis, SessionId};

/// What a tool does, whatever its agent calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    Shell,
    Read,
    Edit,
    Search,
    Web,
    Agent,
    Mcp,
    Other,
}

impl ToolKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Search => "search",
            Self::Web => "web",
            Self::Agent => "agent",
            Self::Mcp => "mcp",
            Self::Other => "other",
        }
    }
}

/// How a call ended. A call without an end is `None`: running while its session lives, interrupted after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    Ok,
    Error,
    Denied,
    Interrupted,
}

impl CallStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Denied => "denied",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether the call counts among the session's `tool_errors`.
    pub const fn counts_as_error(self) -> bool {
        !matches!(self, Self::Ok)
    }
}

/// One call of one tool. Start and end may come from different records and sources, in either order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    pub session: SessionId,
    /// Unique per agent.
    pub call_id: String,
    /// The agent's own spelling; `None` when only the end was seen.
    pub tool: Option<String>,
    pub kind: Option<ToolKind>,
    pub started_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    pub duration_ms: Option<i64>,
    pub status: Option<CallStatus>,
    pub file_path: Option<String>,
    pub command: Option<String>,
    /// What was asked, as short JSON.
    pub input: Option<String>,
    /// What came back: head and tail when long.
    pub output: Option<String>,
    /// Why it failed, in the agent's words.
    pub error: Option<String>,
    pub exit_code: Option<i32>,
    pub agent_id: Option<String>,
    /// Where the agent put an output too long for its record; read while ingesting, never stored.
    pub output_file: Option<String>,
}

impl ToolCall {
    pub fn new(session: SessionId, call_id: String) -> Self {
        Self {
            session,
            call_id,
            tool: None,
            kind: None,
            started_at: None,
            ended_at: None,
            duration_ms: None,
            status: None,
            file_path: None,
            command: None,
            input: None,
            output: None,
            error: None,
            exit_code: None,
            agent_id: None,
            output_file: None,
        }
    }

    /// Adds what `other`, seen of the same call, knows more. What is known stays, except that a failure
    /// told by any record wins over `ok`.
    pub fn absorb(&mut self, other: Self) {
        fn fill<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        // Who tells the start knows the thread. Side threads hold copies of the main thread's calls, which
        // stay the main thread's.
        self.agent_id = match (self.started_at.is_some(), other.started_at.is_some()) {
            (true, true) => self.agent_id.take().filter(|_| other.agent_id.is_some()),
            (true, false) => self.agent_id.take(),
            (false, true) => other.agent_id.clone(),
            (false, false) => self.agent_id.take().or_else(|| other.agent_id.clone()),
        };
        self.status = self.status.max(other.status);
        self.started_at = match (self.started_at, other.started_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        fill(&mut self.tool, other.tool);
        fill(&mut self.kind, other.kind);
        fill(&mut self.ended_at, other.ended_at);
        fill(&mut self.duration_ms, other.duration_ms);
        fill(&mut self.file_path, other.file_path);
        fill(&mut self.command, other.command);
        fill(&mut self.input, other.input);
        fill(&mut self.output, other.output);
        fill(&mut self.error, other.error);
        fill(&mut self.exit_code, other.exit_code);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TouchKind {
    Read,
    Edit,
}

/// A session saw or changed a file: its view of that file is now this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTouch {
    pub session: SessionId,
    pub path: String,
    pub at: Millis,
    pub kind: TouchKind,
    /// The call that touched it: the same call told twice is one touch.
    pub call_id: String,
    /// Hash of the whole content as the session now knows it, where the record holds it whole.
    pub content_hash: Option<i64>,
    pub agent_id: Option<String>,
}
