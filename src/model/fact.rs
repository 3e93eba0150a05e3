//! What adapters say and the store keeps: one statement about one noun.

use super::{
    BuildRun, CallAsked, FailedRequest, FileChange, FileTouch, Message, Millis, ProcessNote, SessionId, SessionNote,
    SubagentNote, TelemetryLog, TelemetryPoint, TelemetrySpan, ToolCall, Usage,
};

/// Where a statement was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    Hook,
    Transcript,
    Otlp,
    Api,
}

impl SourceKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Transcript => "transcript",
            Self::Otlp => "otlp",
            Self::Api => "api",
        }
    }
}

/// An agent's own event that is no message, call or request: kept as it was told, cut and redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    pub session: Option<SessionId>,
    /// Tells the same event, read twice, from another one.
    pub key: u64,
    pub at: Millis,
    pub source: SourceKind,
    /// The agent's own spelling.
    pub event_type: String,
    pub tool: Option<String>,
    /// JSON.
    pub payload: Option<String>,
    /// The event is a compaction of the context.
    pub compaction: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanStatus {
    Pending,
    InProgress,
    Completed,
    Deleted,
}

impl PlanStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Deleted => "deleted",
        }
    }

    /// The spellings agents use; anything else is pending.
    pub fn parse(text: &str) -> Self {
        match text {
            "in_progress" | "in-progress" | "active" => Self::InProgress,
            "completed" | "done" => Self::Completed,
            "deleted" | "cancelled" => Self::Deleted,
            _ => Self::Pending,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanItem {
    /// Identity within the session's plan.
    pub key: String,
    /// `None`: as it was.
    pub text: Option<String>,
    pub status: Option<PlanStatus>,
}

/// A step of the session's own plan or to-do list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanChange {
    /// The list as a whole, in order.
    Replace(Vec<PlanItem>),
    /// One entry, added or changed.
    Item(PlanItem),
}

/// Bytes of a source that were not understood, counted per reason and named by a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub reason: String,
    /// Line number, or what else finds the place again.
    pub sample: String,
}

/// One statement. Told twice, it changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    Session(SessionNote),
    Message(Message),
    ToolCall(ToolCall),
    CallAsked(CallAsked),
    Usage(Usage),
    FailedRequest(FailedRequest),
    Event(RawEvent),
    File(FileTouch),
    Plan {
        session: SessionId,
        at: Millis,
        change: PlanChange,
    },
    Subagent(SubagentNote),
    Build(BuildRun),
    Change(FileChange),
    Process(ProcessNote),
    Log(TelemetryLog),
    Span(TelemetrySpan),
    Point(TelemetryPoint),
    /// A request or call of a thread, told by somebody who does not know whether the thread is a session or one that a
    /// session has started. Of a thread that is not known yet it tells nothing.
    OfThread(Box<Fact>),
    /// A title for whichever session holds this record.
    TitleOf {
        record_id: String,
        session_agent: super::Agent,
        title: String,
    },
}
