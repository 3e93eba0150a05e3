//! What a project was found to look like, as long as nothing has changed that this was read from.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::shape::{self, Shape};
use super::survey::Survey;

/// To look at more than so many takes as long as to read all of it again.
const INPUTS: usize = 400;
const PROJECTS: usize = 32;
/// What was written this recently may be written again without a sign of it.
const RACY: Duration = Duration::from_secs(2);

static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Known>>> = LazyLock::new(Mutex::default);

struct Known {
    shape: Shape,
    /// Directories and files, and how they were; `None`: not there.
    inputs: Vec<(PathBuf, Option<Stamp>)>,
}

#[derive(PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    size: u64,
    is_dir: bool,
}

/// What `root` looks like. Takes a bounded time however large the tree, and is empty where there
/// is nothing to read.
#[must_use]
pub fn index(root: &Path) -> Shape {
    if let Some(known) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(root)
        && known.inputs.iter().all(|(path, stamp)| stamp_of(path) == *stamp)
    {
        return known.shape.clone();
    }
    let survey = Survey::of(root);
    let shape = shape::describe(root, &survey);
    let mut all = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match inputs(root, &survey) {
        Some(inputs) => {
            if all.len() >= PROJECTS {
                all.clear();
            }
            all.insert(root.to_owned(), Known { shape: shape.clone(), inputs });
        }
        None => drop(all.remove(root)),
    }
    shape
}

/// `None`: they are too many, or still on the move.
fn inputs(root: &Path, survey: &Survey) -> Option<Vec<(PathBuf, Option<Stamp>)>> {
    let mut paths: Vec<PathBuf> = survey.folders.iter().map(|folder| root.join(&folder.path)).collect();
    paths.extend(survey.asked());
    paths.sort_unstable();
    paths.dedup();
    if paths.len() > INPUTS {
        return None;
    }
    let settled =
        |stamp: &Option<Stamp>| stamp.as_ref().is_none_or(|stamp| stamp.modified.elapsed().is_ok_and(|age| age > RACY));
    let inputs: Vec<_> =
        paths.into_iter().map(|path| (stamp_of(&path), path)).map(|(stamp, path)| (path, stamp)).collect();
    inputs.iter().all(|(_, stamp)| settled(stamp)).then_some(inputs)
}

fn stamp_of(path: &Path) -> Option<Stamp> {
    let of = |metadata: Metadata| {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Stamp { modified, size: metadata.len(), is_dir: metadata.is_dir() }
    };
    path.metadata().ok().map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(path: &Path) {
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        std::fs::File::open(path).unwrap().set_modified(long_ago).unwrap();
    }

    #[test]
    fn what_is_known_is_known_until_something_changes() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir(root.join("src")).unwrap();
        std::fs::write(root.join("Cargo.toml"), "[package]\nname = \"a\"\n").unwrap();
        std::fs::write(root.join("src/main.rs"), "").unwrap();
        let known = || KNOWN.lock().unwrap().contains_key(root);
        assert_eq!(index(root).languages, ["Rust"]);
        assert!(!known(), "it was just written");
        for path in ["Cargo.toml", "src", ""] {
            age(&root.join(path));
        }
        let first = index(root);
        assert!(known());
        assert_eq!(index(root), first);
        std::fs::write(root.join("Makefile"), "test:\n\tcargo test\n").unwrap();
        assert_ne!(index(root), first, "a file more");
        std::fs::remove_file(root.join("Makefile")).unwrap();
        age(root);
        assert_eq!(index(root), first);
        std::fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = []\n[package]\nname = \"a\"\n").unwrap();
        assert_eq!(index(root).languages, ["Rust"]);
        assert!(!known(), "a manifest has changed");
    }
}
