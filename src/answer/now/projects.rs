//! The projects in which agents are at work: where git stands, what is red, and what changed lately.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::build_status::{OtherRun, status};
use crate::answer::external_changes::Change;
use crate::answer::{Asker, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::project;
use crate::store::{BuildFilter, SessionRow};

const PROJECTS: usize = 8;
const CHANGES: usize = 12;
const BUILDS: usize = 6;
/// Older changes are history.
const CHANGED_MS: Millis = 60 * 60 * 1000;
const BUILT_MS: Millis = 24 * 60 * 60 * 1000;
const RUNS: usize = 40;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProjectNow {
    pub project: String,
    pub root: String,
    pub branch: Option<String>,
    pub head: Option<String>,
    /// `merge`, `rebase`, `cherry-pick`, `revert`, `bisect` or `am`.
    pub in_progress: Option<String>,
    /// The newest run of each command family of the last day.
    pub builds: Vec<OtherRun>,
    /// Files that changed in the last hour.
    pub changes: Vec<Change>,
}

impl Asker {
    pub(super) fn projects_now(&self, live: &[SessionRow]) -> Result<Vec<ProjectNow>, Refusal> {
        let mut roots: Vec<&str> = Vec::new();
        for root in live.iter().filter_map(|session| session.project_root.as_deref()) {
            if !roots.contains(&root) && roots.len() < PROJECTS {
                roots.push(root);
            }
        }
        let all = self.store.projects()?;
        roots
            .into_iter()
            .map(|root| {
                let rows: Vec<i64> =
                    all.iter().filter(|project| project.root == root).map(|project| project.row).collect();
                self.project_now(root, &rows)
            })
            .collect()
    }

    fn project_now(&self, root: &str, rows: &[i64]) -> Result<ProjectNow, Refusal> {
        let vcs = project::head(Path::new(root)).unwrap_or_default();
        let since = Some(self.now() - BUILT_MS);
        let filter = BuildFilter { projects: Some(rows), since, limit: RUNS, ..BuildFilter::default() };
        let mut builds: Vec<OtherRun> = Vec::new();
        for run in self.store.builds(&filter, self.live_since())? {
            if builds.len() < BUILDS && builds.iter().all(|known| known.tag != run.tag) {
                builds.push(OtherRun {
                    tag: budget::name(&run.tag),
                    status: status(&run).to_owned(),
                    ended_at: run.ended.map(rfc3339),
                });
            }
        }
        let changes = self.store.file_changes(rows, self.now() - CHANGED_MS, CHANGES)?;
        Ok(ProjectNow {
            project: budget::name(project::label(root)),
            root: budget::path(root),
            branch: vcs.branch.as_deref().map(budget::name),
            head: vcs.head,
            in_progress: vcs.in_progress,
            builds,
            changes: changes.into_iter().map(|row| Change::of(row, None)).collect(),
        })
    }
}
