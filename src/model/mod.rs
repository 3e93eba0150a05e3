//! The nouns every other module speaks: plain data, serde at most, no I/O and no outside format.
//!
//! An adapter turns an agent's bytes into [`Fact`]s; the store keeps them; answers read them back.

mod agent;
mod build;
mod change;
mod fact;
mod message;
mod project;
mod session;
mod telemetry;
mod tool;
mod usage;

pub use agent::{Agent, UnknownAgent};
pub use build::{BuildKind, BuildOrigin, BuildRun, BuildStatus, Diagnostic, Severity};
pub use change::{Attribution, ChangeKind, FileChange, Verdict};
pub use fact::{Fact, PlanChange, PlanItem, PlanStatus, RawEvent, Skip, SourceKind};
pub use message::{Message, Piece, Role};
pub use project::Project;
pub use session::{LIVE_MS, ProcessId, ProcessNote, SessionId, SessionNote, SubagentNote, TitleRank};
pub use telemetry::{Signal, TelemetryLog};
pub use tool::{CallAsked, CallStatus, FileTouch, ToolCall, ToolKind, TouchKind, UNNAMED_ID, Unnamed};
pub use usage::{Cost, CostBasis, RequestTraits, TokenCounts, Usage};

/// Milliseconds since the Unix epoch, UTC. Every time in the store is one of these.
pub type Millis = i64;
