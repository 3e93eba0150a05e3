//! Walks a project once, breadth first and within fixed limits, and remembers the names it saw.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::FileType;
use std::path::{Path, PathBuf};

use super::super::bounded;

pub(super) const ENTRY_LIMIT: usize = 5_000;
/// A directory full of data must not use up what the source directories need.
const ROOT_LIMIT: usize = 2_000;
const FOLDER_LIMIT: usize = 1_000;
const LEVEL_LIMIT: usize = 4;
/// Directories that hold nothing but one directory (Java packages) cost no level, up to here.
const DEPTH_LIMIT: usize = 12;

/// Dependencies, build output and caches: neither walked nor shown. Hidden directories are left
/// out as a matter of course.
const SKIPPED: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    "target",
    "dist",
    "build",
    "out",
    "obj",
    "vendor",
    "venv",
    "virtualenv",
    "site-packages",
    "__pycache__",
    "__pypackages__",
    "htmlcov",
    "coverage",
    "_build",
    "deps",
    "elm-stuff",
    "dist-newstyle",
    "zig-cache",
    "zig-out",
    "Pods",
    "Carthage",
    "DerivedData",
];

/// Shown, but not walked: what lies in there says little about the project's own code.
const UNCOUNTED: &[&str] =
    &["third_party", "generated", "__generated__", "testdata", "fixtures", "__fixtures__", "__snapshots__"];

#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The root first, then its children, and so on.
    pub folders: Vec<Folder>,
    pub visited: usize,
    /// Whether a limit on entries cut something off.
    pub truncated: bool,
    /// Files that were read or looked for besides.
    asked: RefCell<Vec<PathBuf>>,
}

#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Relative to the root, with `/`; empty for the root.
    pub path: String,
    pub depth: usize,
    /// Sorted names, hidden files included.
    pub files: Vec<String>,
    /// Sorted names of what is neither hidden nor build output.
    pub dirs: Vec<String>,
    pub truncated: bool,
}

impl Folder {
    pub fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    pub fn child(&self, name: &str) -> String {
        if self.is_root() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// Another checkout, or what a tool has marked as its own: it says nothing of this project.
    fn is_not_ours(&self, root: &Path) -> bool {
        let has = |name: &str| self.files.iter().any(|file| file == name);
        has("pyvenv.cfg")
            || has("CACHEDIR.TAG")
            || (has(".git")
                && bounded::text(&root.join(&self.path).join(".git"), 8 * 1024)
                    .is_some_and(|text| text.contains("/worktrees/")))
    }
}

struct Visit {
    path: String,
    depth: usize,
    level: usize,
}

impl Survey {
    /// What the answer depends on besides the directories.
    pub fn asked(&self) -> Vec<PathBuf> {
        self.asked.borrow().clone()
    }

    pub fn asks(&self, path: &Path) {
        self.asked.borrow_mut().push(path.to_owned());
    }

    pub fn of(root: &Path) -> Self {
        let mut survey = Self::default();
        let mut queue = VecDeque::from([Visit { path: String::new(), depth: 0, level: 0 }]);
        while let Some(visit) = queue.pop_front() {
            if survey.visited >= ENTRY_LIMIT {
                survey.truncated = true;
                break;
            }
            let folder = survey.list(root, &visit);
            if !folder.is_root() && folder.is_not_ours(root) {
                continue;
            }
            queue.extend(next_visits(&folder, &visit));
            survey.folders.push(folder);
        }
        survey
    }

    fn list(&mut self, root: &Path, visit: &Visit) -> Folder {
        let mut folder = Folder { path: visit.path.clone(), depth: visit.depth, ..Folder::default() };
        let Ok(entries) = std::fs::read_dir(root.join(&visit.path)) else {
            return folder;
        };
        let own_limit = if folder.is_root() { ROOT_LIMIT } else { FOLDER_LIMIT };
        let limit = own_limit.min(ENTRY_LIMIT - self.visited);
        for (seen, entry) in entries.flatten().enumerate() {
            if seen == limit {
                folder.truncated = true;
                self.truncated = true;
                break;
            }
            self.visited += 1;
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                continue;
            };
            if kind.is_dir() && !is_skipped(&name) {
                folder.dirs.push(name);
            } else if kind.is_file() || is_linked_landmark(&folder, &entry.path(), kind) {
                folder.files.push(name);
            }
        }
        folder.files.sort_unstable();
        folder.dirs.sort_unstable();
        folder
    }
}

/// Links are not followed, save for files at the root: `CLAUDE.md` is often one to `AGENTS.md`.
fn is_linked_landmark(folder: &Folder, path: &Path, kind: FileType) -> bool {
    folder.is_root() && kind.is_symlink() && path.is_file()
}

fn is_skipped(name: &str) -> bool {
    name.starts_with('.') || SKIPPED.contains(&name) || name.starts_with("cmake-build-") || name.starts_with("bazel-")
}

fn next_visits(folder: &Folder, visit: &Visit) -> Vec<Visit> {
    let is_passage = !folder.is_root() && folder.files.is_empty() && folder.dirs.len() == 1;
    let level = visit.level + usize::from(!is_passage);
    if level > LEVEL_LIMIT || visit.depth == DEPTH_LIMIT {
        return Vec::new();
    }
    folder
        .dirs
        .iter()
        .filter(|name| !UNCOUNTED.contains(&name.as_str()))
        .map(|name| Visit { path: folder.child(name), depth: visit.depth + 1, level })
        .collect()
}
