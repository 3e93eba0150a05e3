//! Decides which directory is the project of a working directory, and which repository it shares.

use std::path::{Path, PathBuf};

use super::{elsewhere, git_dir, spelling};

/// Canonical identity of a project. Two worktrees of one repository share `repo`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Root {
    pub root: PathBuf,
    /// Git's common directory; of a place that another system has, the one spelling that stands for all of its own.
    pub repo: Option<PathBuf>,
    pub exists: bool,
}

/// Other version control; such a directory counts as much as `.git`, but names no repository.
const OTHER_REPOSITORIES: &[&str] = &[".jj", ".hg", ".svn"];

/// Files that stand at the top of a project. What every subdirectory has too (`CMakeLists.txt`,
/// `Makefile`, `meson.build`) is left out: the nearest one would be the wrong one.
const MARKERS: &[&str] = &[
    "go.work",
    "go.mod",
    "package.json",
    "deno.json",
    "Cargo.toml",
    "pyproject.toml",
    "setup.py",
    "pom.xml",
    "settings.gradle",
    "settings.gradle.kts",
    "build.gradle",
    "build.gradle.kts",
    "build.sbt",
    "composer.json",
    "Gemfile",
    "mix.exs",
    "pubspec.yaml",
    "Package.swift",
    "build.zig",
    "stack.yaml",
    "cabal.project",
];

/// The project a working directory belongs to: the nearest repository, else the nearest manifest,
/// else the directory itself.
///
/// The home directory and `/` are projects only for those who work right there, whatever
/// lies around in them. A path that is not there keeps its spelling and is its own root; only
/// its repository is looked for, in what is left above it, so that a removed worktree or
/// subdirectory still knows where it belonged. What Windows calls by another name is looked for
/// where WSL shows it.
#[must_use]
pub fn resolve(cwd: &Path, home: Option<&Path>) -> Root {
    if let Some(text) = cwd.to_str().filter(|text| is_elsewhere(cwd, text)) {
        return match elsewhere::shown_here(cwd).filter(|here| here.is_dir()) {
            Some(here) => resolve(&here, home),
            None => Root {
                root: spelling::trim_foreign(text).into(),
                repo: Some(elsewhere::unified(text).into()),
                exists: false,
            },
        };
    }
    let home = home.map(|home| spelling::real(home).unwrap_or_else(|| spelling::tidy(home)));
    let Some(real) = spelling::real(cwd) else {
        return absent(cwd, home.as_deref());
    };
    let start = match real.parent() {
        Some(parent) if real.is_file() => parent,
        _ => &real,
    };
    let search = Search { start, is_cwd: true, home: home.as_deref() };
    let top = search.repository().or_else(|| search.manifest());
    let root = top.unwrap_or(start);
    Root { repo: shared_directory(root), root: root.to_path_buf(), exists: true }
}

/// Two slashes begin a share, unless they were only typed.
fn is_elsewhere(cwd: &Path, text: &str) -> bool {
    spelling::is_foreign(cwd) || text.starts_with("//") && elsewhere::is_foreign(text) && !cwd.exists()
}

fn absent(cwd: &Path, home: Option<&Path>) -> Root {
    let root = spelling::tidy(cwd);
    let left_above = root.ancestors().skip(1).filter(|dir| dir.is_absolute()).find_map(spelling::real);
    let repo = left_above
        .as_deref()
        .and_then(|start| {
            let search = Search { start, is_cwd: false, home };
            search.repository()
        })
        .and_then(shared_directory);
    Root { root, repo, exists: false }
}

fn shared_directory(root: &Path) -> Option<PathBuf> {
    let common = git_dir::repository(root)?;
    Some(spelling::real(&common).unwrap_or_else(|| spelling::tidy(&common)))
}

struct Search<'a> {
    start: &'a Path,
    /// Whether someone works right in `start`, which makes even the home directory a project.
    is_cwd: bool,
    home: Option<&'a Path>,
}

impl<'a> Search<'a> {
    fn repository(&self) -> Option<&'a Path> {
        self.start
            .ancestors()
            .filter(|dir| self.may_be_root(dir))
            .find(|dir| git_dir::marks_top(dir) || OTHER_REPOSITORIES.iter().any(|name| dir.join(name).is_dir()))
    }

    /// Looks no higher than the home directory: what lies above it is nobody's project.
    fn manifest(&self) -> Option<&'a Path> {
        self.start
            .ancestors()
            .take_while(|dir| *dir == self.start || Some(*dir) != self.home)
            .filter(|dir| self.may_be_root(dir))
            .find(|dir| MARKERS.iter().any(|name| dir.join(name).is_file()))
    }

    fn may_be_root(&self, dir: &Path) -> bool {
        (self.is_cwd && dir == self.start) || !(dir.parent().is_none() || Some(dir) == self.home || is_everyones(dir))
    }
}

/// A directory for temporary files, recognised by its permissions: all may write, none may remove
/// what is another's. A stray manifest there must not join all that lies below.
#[cfg(unix)]
fn is_everyones(dir: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const STICKY_AND_WRITABLE_BY_ALL: u32 = 0o1002;
    dir.metadata()
        .is_ok_and(|meta| meta.permissions().mode() & STICKY_AND_WRITABLE_BY_ALL == STICKY_AND_WRITABLE_BY_ALL)
}

#[cfg(not(unix))]
fn is_everyones(_dir: &Path) -> bool {
    false
}

/// What to call a project: the last component of its root, in the spelling of any system.
#[must_use]
pub fn label(root: &str) -> &str {
    let trimmed = root.trim_end_matches(['/', '\\']);
    if trimmed.is_empty() {
        return root.get(..1).unwrap_or(root);
    }
    trimmed.rsplit(['/', '\\']).next().unwrap_or(trimmed)
}

#[cfg(test)]
mod tests;
