//! A file that changed, and whose doing it was.

use super::{Millis, Project, SessionId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    Added,
    Modified,
    Deleted,
    Renamed,
}

impl ChangeKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Added, Self::Modified, Self::Deleted, Self::Renamed].into_iter().find(|known| known.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribution {
    Human,
    /// An agent's own tool.
    Agent,
    /// A command that an agent ran.
    Command,
}

impl Attribution {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Agent => "agent",
            Self::Command => "command",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Human, Self::Agent, Self::Command].into_iter().find(|known| known.name() == name)
    }
}

/// Whose doing a change was, and why that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `None`: nobody can tell.
    pub by: Option<Attribution>,
    /// Of an agent's tool or command.
    pub session: Option<SessionId>,
    pub reason: String,
}

/// One file, or many that changed at once in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub project: Project,
    /// Relative to the project's root; of many, the directory that holds them.
    pub path: String,
    /// Of a renamed file.
    pub old_path: Option<String>,
    pub kind: ChangeKind,
    pub at: Millis,
    /// Whether `at` was read from the file rather than from when the change was noticed.
    pub exact: bool,
    /// Hashes of the content, where they are known.
    pub before: Option<i64>,
    pub after: Option<i64>,
    /// More than one: a summary.
    pub files: u32,
    /// By git's rules.
    pub ignored: bool,
    pub verdict: Verdict,
}
