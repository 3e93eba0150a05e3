//! The place a question is about: its project and what the store holds of that, found out once a question.

use std::path::{Path, PathBuf};

use super::{Asker, Refusal, budget};
use crate::project;
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
            Some(cwd) if is_of_another_system(cwd) => PathBuf::from(cwd),
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
            rows = self::rows(&all, |p| p.repo == above.repo);
        }
        let tree = self::rows(&all, |p| rows.contains(&p.row) && (lies_in(&p.root, &root) || !found.exists));
        Ok(Here { root, exists: found.exists, rows, repo, tree })
    }

    /// The project that a directory lay in which is gone, as far as the store remembers.
    fn nearest_above<'a>(&self, all: &'a [ProjectRow], gone: &Path) -> Option<&'a ProjectRow> {
        let around = all.iter().filter(|p| {
            let root = Path::new(&p.root);
            gone.starts_with(root) && root.parent().is_some() && root != self.around.home
        });
        around.max_by_key(|p| p.root.len())
    }

    /// The projects that `wanted` names: a path in the spelling of any system (with what lies below it), or a
    /// bare name. `None` for a blank: all.
    pub(super) fn projects_named(&self, wanted: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let wanted = wanted.trim();
        if wanted.is_empty() {
            return Ok(None);
        }
        if is_of_another_system(wanted) {
            return Ok(Some(rows(&self.store.projects()?, |p| lies_in(&p.root, wanted))));
        }
        if wanted.contains('/') || matches!(wanted, "." | ".." | "~") {
            return Ok(Some(self.here(Some(wanted))?.rows));
        }
        Ok(Some(rows(&self.store.projects()?, |p| project::label(&p.root).eq_ignore_ascii_case(wanted))))
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

/// A drive or a share: nothing that this disk could be asked about.
fn is_of_another_system(path: &str) -> bool {
    let drive = matches!(path.as_bytes(), [letter, b':', rest @ ..]
        if letter.is_ascii_alphabetic() && matches!(rest.first(), None | Some(b'/' | b'\\')));
    let share = path.starts_with(r"\\") || path.starts_with("//");
    cfg!(not(windows)) && (drive || share || (path.contains('\\') && !path.starts_with('/')))
}

/// Whether `root` is `place` or below it.
fn lies_in(root: &str, place: &str) -> bool {
    if is_of_another_system(place) {
        let (root, place) = (unified(root), unified(place));
        return root == place || root.strip_prefix(&place).is_some_and(|rest| rest.starts_with('/'));
    }
    let place = place.trim_end_matches('/');
    root.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One spelling for the paths of a system that knows no case: forward slashes, nothing at the end.
fn unified(path: &str) -> String {
    let path = path.strip_prefix(r"\\?\UNC\").map_or_else(|| path.to_owned(), |share| format!(r"\\{share}"));
    let path = path.strip_prefix(r"\\?\").unwrap_or(&path).replace('\\', "/");
    path.trim_end_matches('/').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn places_hold_what_lies_in_them() {
        for (root, place, want) in [
            ("/w/app", "/w/app", true),
            ("/w/app/sub", "/w/app", true),
            ("/w/app2", "/w/app", false),
            ("/w", "/w/app", false),
            ("/w/app", "/", true),
            (r"C:\Work\App", "c:/work/app/", true),
            (r"C:\Work\App\sub", r"C:\work\app", true),
            (r"C:\Work\App2", r"C:\work\app", false),
            (r"\\server\share\app", "//SERVER/share/app", true),
            (r"C:\work\app", r"\\?\C:\work\app", true),
        ] {
            assert_eq!(lies_in(root, place), want, "{root} in {place}");
        }
    }
}
