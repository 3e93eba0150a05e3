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

/// A hook that does not name the call it tells of. Which call it means is found out by what was asked and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unnamed {
    /// Told before the call runs; else after it.
    pub before: bool,
    /// Which of our registrations told it: several may tell of one call, and one tells of two that look alike.
    pub voice: u8,
}

/// What the ids of calls that a hook did not name begin with: they hold until the call's own is known.
pub const UNNAMED_ID: &str = "hook:";

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
    /// Whoever told this knows which thread made the call; `agent_id` counts for little otherwise.
    pub thread_known: bool,
    /// What it started goes on when the call has ended.
    pub background: bool,
    /// Where the agent put an output too long for its record; read while ingesting, never stored.
    pub output_file: Option<String>,
    /// Hash of the tool and its arguments: tells which call is meant where hooks do not name it.
    pub asked: Option<u64>,
    /// Told by such a hook: `call_id` is that of the telling.
    pub unnamed: Option<Unnamed>,
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
            thread_known: false,
            background: false,
            output_file: None,
            asked: None,
            unnamed: None,
        }
    }

    /// Adds what `other`, told of the same call by the same or another source, knows more. The outcome does not
    /// depend on who came first: a failure wins over `ok`, the earlier moment and the fuller text over the other.
    pub fn absorb(&mut self, other: Self) {
        // Side threads hold copies of the main thread's calls, which stay the main thread's.
        self.agent_id = match (self.thread_known, other.thread_known) {
            (true, true) => self.agent_id.take().filter(|_| other.agent_id.is_some()),
            (true, false) => self.agent_id.take(),
            (false, true) => other.agent_id.clone(),
            (false, false) => self.agent_id.take().or_else(|| other.agent_id.clone()),
        };
        self.thread_known |= other.thread_known;
        self.background |= other.background;
        self.status = self.status.max(other.status);
        self.started_at = earlier(self.started_at, other.started_at);
        self.ended_at = earlier(self.ended_at, other.ended_at);
        self.duration_ms = earlier(self.duration_ms, other.duration_ms);
        self.exit_code = self.exit_code.max(other.exit_code);
        self.kind = self.kind.or(other.kind);
        self.asked = self.asked.or(other.asked);
        fuller(&mut self.tool, other.tool);
        fuller(&mut self.file_path, other.file_path);
        fuller(&mut self.command, other.command);
        fuller(&mut self.input, other.input);
        fuller(&mut self.output, other.output);
        fuller(&mut self.error, other.error);
    }
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn fuller(mine: &mut Option<String>, theirs: Option<String>) {
    let rank = |text: &'_ Option<String>| text.as_deref().map_or(0, |t| t.len() + 1);
    if (rank(mine), &*mine) < (rank(&theirs), &theirs) {
        *mine = theirs;
    }
}

/// A person was asked whether a call may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAsked {
    pub session: SessionId,
    pub at: Millis,
    pub tool: String,
    pub command: Option<String>,
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
    /// The same of what an edit found, where the record holds it.
    pub before_hash: Option<i64>,
    pub agent_id: Option<String>,
}
