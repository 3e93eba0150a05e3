//! The place a question is about: its project and what the store holds of that, found out once a question.

use std::path::{Path, PathBuf};

use super::{Asker, Refusal, budget};
use crate::project::{self, lies_in};
use crate::store::ProjectRow;

#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    /// Canonical; of a path that is not there, as it is spelt.
    pub root: String,
    pub exists: bool,
    /// The store's rows for the project, other worktrees of its repository, and projects nested in it.
    pub rows: Vec<i64>,
    /// What all worktrees of its repository have in common.
    pub repo: String,
    /// Of `rows` those of this working tree, and of projects nested in it.
    pub tree: Vec<i64>,
}

impl Here {
    /// What the project is called.
    pub fn label(&self) -> String {
        budget::name(project::label(&self.root))
    }
}

impl Asker {
    /// Where the question is about: the argument, else the agent's project, else the working directory.
    pub fn directory(&self, cwd: Option<&str>) -> PathBuf {
        match cwd.map(str::trim).filter(|cwd| !cwd.is_empty()) {
            Some(cwd) if project::is_foreign(cwd) => PathBuf::from(cwd),
            Some("~") => self.around.home.clone(),
            Some(cwd) => match cwd.strip_prefix("~/") {
                Some(below) => self.around.home.join(below),
                None => self.around.cwd.join(cwd),
            },
            None => self.around.project_dir.clone().unwrap_or_else(|| self.around.cwd.clone()),
        }
    }

    pub(super) fn here(&self, cwd: Option<&str>) -> Result<Here, Refusal> {
        let directory = self.directory(cwd);
        let found = project::resolve(&directory, Some(&self.around.home));
        let root = found.root.to_string_lossy().into_owned();
        let repo = found.repo.map_or_else(|| root.clone(), |repo| repo.to_string_lossy().into_owned());
        let all = self.store.projects()?;
        let mut rows = rows(&all, |p| p.repo == repo || lies_in(&p.root, &root));
        if rows.is_empty()
            && !found.exists
            && let Some(above) = self.nearest_above(&all, &found.root)
        {
            rows = self::rows(&all, |p| p.repo == above.repo || lies_in(&p.root, &above.root));
        }
        let tree = self::rows(&all, |p| rows.contains(&p.row) && (lies_in(&p.root, &root) || !found.exists));
        Ok(Here { root, exists: found.exists, rows, repo, tree })
    }

    /// The project that a directory lay in which is gone, as far as the store remembers.
    fn nearest_above<'a>(&self, all: &'a [ProjectRow], gone: &Path) -> Option<&'a ProjectRow> {
        let gone = gone.to_string_lossy();
        let around = all.iter().filter(|p| {
            let root = Path::new(&p.root);
            let is_everything =
                if project::is_foreign(&p.root) { holds_homes(&p.root) } else { root.parent().is_none() };
            lies_in(&gone, &p.root) && !is_everything && root != self.around.home
        });
        around.max_by_key(|p| p.root.len())
    }

    /// The projects that `wanted` names: a path in the spelling of any system, or a bare name; each with what lies
    /// below it. `None` for a blank: all.
    pub(super) fn projects_named(&self, wanted: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let wanted = wanted.trim();
        if wanted.is_empty() {
            return Ok(None);
        }
        if wanted.contains('/') || matches!(wanted, "." | ".." | "~") || project::is_foreign(wanted) {
            return Ok(Some(self.here(Some(wanted))?.rows));
        }
        let all = self.store.projects()?;
        let named = || all.iter().filter(|p| project::label(&p.root).eq_ignore_ascii_case(wanted));
        let is_of = |p: &ProjectRow, top: &ProjectRow| p.repo == top.repo || lies_in(&p.root, &top.root);
        Ok(Some(rows(&all, |p| named().any(|top| is_of(p, top)))))
    }

    /// Says which projects there are, where none is called `wanted`.
    pub(super) fn no_such_project(&self, wanted: &str) -> Result<String, Refusal> {
        const NAMED: usize = 8;
        let all = self.store.projects()?;
        let mut names: Vec<String> = all.iter().map(|p| budget::name(project::label(&p.root))).collect();
        names.sort_unstable();
        names.dedup();
        let more = if names.len() > NAMED { ", …" } else { "" };
        names.truncate(NAMED);
        let known = if names.is_empty() { String::new() } else { format!("; known: {}{more}", names.join(", ")) };
        Ok(format!("no project \"{}\" is known{known}", budget::name(wanted)))
    }
}

fn rows(all: &[ProjectRow], fits: impl Fn(&ProjectRow) -> bool) -> Vec<i64> {
    all.iter().filter(|p| fits(p)).map(|p| p.row).collect()
}

/// A drive as a whole, or a directory of Windows in which people have their homes.
fn holds_homes(root: &str) -> bool {
    let parts: Vec<&str> = root.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let is_drive = parts.first().is_some_and(|first| first.ends_with(':'));
    is_drive && (parts.len() < 2 || parts.len() < 4 && parts[1].eq_ignore_ascii_case("users"))
}
