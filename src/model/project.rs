//! A project: the canonical root that sessions, builds and changes are keyed by.

/// Where a session works. Worktrees of one repository have different roots and the same `repo`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Project {
    pub root: String,
    /// The repository's common directory, or the root itself where there is none.
    pub repo: String,
}
