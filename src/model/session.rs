//! A session: one conversation of one agent, and what is said about it as a whole.

use std::sync::Arc;

use super::{Agent, Millis, Project};

/// Identity of a session: the agent's own id, unique per agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId {
    pub agent: Agent,
    pub id: Arc<str>,
}

impl SessionId {
    pub fn new(agent: Agent, id: &str) -> Self {
        Self { agent, id: id.into() }
    }
}

/// A session lives while its newest activity is younger than this and its agent did not end it.
pub const LIVE_MS: Millis = 15 * 60 * 1000;

/// How good a title is; a better one replaces a worse one, an equal one replaces an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TitleRank {
    FirstPrompt = 1,
    Summary = 2,
    AgentName = 3,
    Generated = 4,
    ByUser = 5,
}

/// What a record says about its session. Absent means "says nothing", not "is empty".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionNote {
    pub session: SessionId,
    pub at: Option<Millis>,
    /// First moment this session itself wrote in this file. Among sessions that hold copies of the same
    /// records the one with the earlier origin owns them.
    pub origin: Option<Millis>,
    pub cwd: Option<String>,
    /// What `cwd` belongs to; whoever can look at the disk fills it in.
    pub project: Option<Project>,
    pub git_branch: Option<String>,
    pub agent_version: Option<String>,
    /// What the main thread speaks with from now on.
    pub model: Option<String>,
    pub parent: Option<String>,
    /// Tokens that the model's context holds, where the agent says so.
    pub window: Option<i64>,
    /// How good, as of when, and what.
    pub title: Option<(TitleRank, Millis, String)>,
    /// The session is over (the agent said so).
    pub ended: bool,
}

impl SessionNote {
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            at: None,
            origin: None,
            cwd: None,
            project: None,
            git_branch: None,
            agent_version: None,
            model: None,
            parent: None,
            window: None,
            title: None,
            ended: false,
        }
    }
}

/// The agent's own process, as a hook that it ran saw it: whatever else that process starts serves this session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessNote {
    pub session: SessionId,
    pub at: Millis,
    pub process: ProcessId,
}

/// A process of this machine. Numbers are used again, the moment of the start tells two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProcessId {
    pub pid: u32,
    /// In the system's own unit; 0 where it is not told.
    pub started: u64,
}

/// What is known of a sub-agent's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubagentNote {
    pub session: SessionId,
    pub agent_id: String,
    pub at: Option<Millis>,
    /// Kind of sub-agent, such as `Explore`.
    pub agent_type: Option<String>,
    pub description: Option<String>,
    /// The tool call that started it.
    pub call_id: Option<String>,
}
