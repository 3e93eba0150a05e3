//! What rules look at: one session and what is around it, loaded once and then only read.

use std::sync::Arc;

use crate::model::{Attribution, BuildKind, ChangeKind, Millis};
use crate::store::SessionRef;

/// All lists are newest first. Paths are absolute.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub now: Millis,
    pub me: Me,
    /// The last calls of the session, its sub-agents' included.
    pub calls: Vec<Call>,
    /// Files that it has seen.
    pub files: Vec<FileSeen>,
    /// Edits of its own, with what they left.
    pub edits: Vec<Edit>,
    /// When a person asked something.
    pub prompts: Vec<Millis>,
    /// What changed in its working tree since it began.
    pub changes: Vec<ChangeSeen>,
    /// Runs in its working tree, whoever made them.
    pub builds: Vec<BuildSeen>,
    /// Other sessions in its working tree.
    pub peers: Vec<Peer>,
    /// Of the last request of the main thread; `None`: not known, or compacted since.
    pub context: Option<Occupancy>,
    pub spent: Spent,
    pub limits: Limits,
    pub about: About,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Me {
    pub session: SessionRef,
    pub root: Option<String>,
    pub started: Millis,
}

/// What is being answered.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    Prompt,
    /// A call that is about to run; it is the first of `calls`.
    Before,
    /// A call that has just ended; it is the first of `calls`.
    After,
    Stop,
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub id: String,
    pub tool: String,
    /// As `tool_calls.kind`.
    pub kind: String,
    pub at: Millis,
    pub ended: Option<Millis>,
    /// `ok`, `error`, `denied`, `interrupted`; `None`: it runs.
    pub status: Option<String>,
    pub command: Option<String>,
    pub path: Option<String>,
    /// Hash of what was asked: tool and input.
    pub asked: u64,
    /// Hash of what came back; `None`: nothing yet.
    pub answered: Option<u64>,
    pub background: bool,
    pub sub_agent: bool,
}

/// A file as the session saw it last.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSeen {
    pub path: String,
    pub read: Option<Millis>,
    pub edited: Option<Millis>,
    /// Of its content then; `None`: not known.
    pub hash: Option<i64>,
    pub lies: Lies,
}

impl FileSeen {
    /// When it was seen last.
    pub fn seen(&self) -> Millis {
        self.read.max(self.edited).unwrap_or(0)
    }
}

/// What lies on the disk now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    Unknown,
    Gone,
    Content(i64),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    pub path: String,
    pub at: Millis,
    /// Of the content before it; `None`: not known.
    pub before: Option<i64>,
    /// Of what it left.
    pub hash: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ChangeSeen {
    pub at: Millis,
    pub path: String,
    /// Of a rename.
    pub old_path: Option<String>,
    pub kind: ChangeKind,
    /// `None`: nobody can tell.
    pub by: Option<Attribution>,
    pub session: Option<SessionRef>,
    /// Not this session, whoever else it was; for a change that is too fresh to name somebody.
    pub by_another: bool,
    pub before: Option<i64>,
    pub after: Option<i64>,
    /// More than one: `path` is the directory that holds them.
    pub files: u32,
    pub ignored: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BuildSeen {
    /// `None`: a person's, by the wrapper.
    pub session: Option<SessionRef>,
    /// The command family.
    pub tag: String,
    /// What is compared of two runs: family and target, without what says nothing.
    pub same: String,
    pub kind: BuildKind,
    /// The directory it ran in.
    pub cwd: Option<String>,
    pub started: Option<Millis>,
    pub ended: Option<Millis>,
    /// `running`, `passed`, `failed`, `stopped`; `None`: the exit code was hidden.
    pub status: Option<String>,
    /// Files that errors point at.
    pub errors_in: Arc<[String]>,
    /// The first error in a line.
    pub error: Option<String>,
    pub failing_tests: Arc<[String]>,
    /// Equal for the same failure.
    pub fingerprint: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Peer {
    pub session: SessionRef,
    pub last: Millis,
    pub ended: bool,
    /// Files and when it edited them last.
    pub edited: Vec<(String, Millis)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occupancy {
    pub tokens: i64,
    pub window: Option<i64>,
    /// When it was told.
    pub at: Millis,
}

/// In dollars; `None`: nothing of it has a price.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spent {
    pub session: Option<f64>,
    /// The local day, over everything.
    pub day: Option<f64>,
    /// The project in the local month.
    pub project: Option<f64>,
    pub unpriced: Vec<String>,
}

/// What the user has set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Takes the place of the share of the window.
    pub context_tokens: Option<i64>,
    /// Shares of the window; `None`: the usual ones.
    pub context_share: Option<f64>,
    pub context_high_share: Option<f64>,
    pub session_usd: Option<f64>,
    pub day_usd: Option<f64>,
    pub project_usd: Option<f64>,
    pub enforce: bool,
}
