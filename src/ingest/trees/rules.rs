//! What git ignores in a tree: the person's excludes, the repository's, and a `.gitignore` in any directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::snapshot::Stamp;

/// A longer list of rules was not written by anybody.
const MOST_BYTES: u64 = 1024 * 1024;

/// The rules of one place, and those that it adds to.
pub(super) struct Rules {
    above: Option<Arc<Rules>>,
    matcher: Gitignore,
}

impl Rules {
    /// Whether `path` is ignored; the directory that it lies in is not.
    pub fn ignores(&self, path: &Path, is_dir: bool) -> bool {
        let mut at = Some(self);
        while let Some(rules) = at {
            match rules.matcher.matched(path, is_dir) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => at = rules.above.as_deref(),
            }
        }
        false
    }

    /// The rules inside `dir`, which lies where these hold. What cannot be read or understood adds nothing.
    pub fn inside(self: &Arc<Self>, root: &Path, dir: &Path) -> Arc<Self> {
        Self::with(self, dir, &root.join(dir).join(".gitignore"))
    }

    fn with(above: &Arc<Self>, dir: &Path, file: &Path) -> Arc<Self> {
        let readable = fs::metadata(file).is_ok_and(|m| m.is_file() && m.len() <= MOST_BYTES);
        if !readable {
            return Arc::clone(above);
        }
        let mut builder = GitignoreBuilder::new(dir);
        // Lines that were not understood are left out.
        let _ = builder.add(file);
        match builder.build() {
            Ok(matcher) if !matcher.is_empty() => Arc::new(Self { above: Some(Arc::clone(above)), matcher }),
            _ => Arc::clone(above),
        }
    }
}

/// Where a working tree's repository lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    dir: PathBuf,
    common: PathBuf,
}

impl Repository {
    pub fn of(root: &Path) -> Option<Self> {
        let git = root.join(".git");
        if git.is_dir() {
            return Some(Self { common: git.clone(), dir: git });
        }
        let said = read_small(&git)?;
        let dir = root.join(said.strip_prefix("gitdir:")?.trim());
        let common = read_small(&dir.join("commondir")).map_or_else(|| dir.clone(), |path| dir.join(path.trim()));
        Some(Self { dir, common })
    }

    /// Git is at work on the files of this tree while it is there.
    pub fn lock(&self) -> PathBuf {
        self.dir.join("index.lock")
    }
}

/// The rules outside the tree, and whether they are still those that were read.
pub(super) struct Excludes {
    root: PathBuf,
    home: PathBuf,
    repository: Option<Repository>,
    read: Vec<(PathBuf, Option<Stamp>)>,
}

impl Excludes {
    pub fn new(root: &Path, home: &Path) -> Self {
        Self { root: root.to_owned(), home: home.to_owned(), repository: None, read: Vec::new() }
    }

    pub fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    pub fn changed(&self) -> bool {
        self.read.iter().any(|(path, stamp)| stamp_of(path) != *stamp)
    }

    /// Reads them: of the person, then of the repository, which come first where they say something.
    pub fn rules(&mut self) -> Arc<Rules> {
        self.repository = Repository::of(&self.root);
        let mut files = vec![self.home.join(".gitconfig"), self.home.join(".config/git/config")];
        if let Some(repository) = &self.repository {
            files.push(repository.common.join("config"));
        }
        // The repository's own setting is the strongest, the one in the home directory the next.
        let set = [files.get(2), files.first(), files.get(1)].into_iter().flatten().find_map(|file| self.setting(file));
        let global = set.unwrap_or_else(|| self.home.join(".config/git/ignore"));
        let none = Arc::new(Rules { above: None, matcher: Gitignore::empty() });
        let mut rules = Rules::with(&none, Path::new(""), &global);
        files.push(global);
        if let Some(repository) = &self.repository {
            let exclude = repository.common.join("info/exclude");
            rules = Rules::with(&rules, Path::new(""), &exclude);
            files.push(exclude);
        }
        files.push(self.root.join(".git"));
        self.read = files.into_iter().map(|file| (file.clone(), stamp_of(&file))).collect();
        rules
    }

    /// `core.excludesFile` as a configuration of git says it.
    fn setting(&self, config: &Path) -> Option<PathBuf> {
        let text = read_small(config)?;
        let mut in_core = false;
        let mut found = None;
        for line in text.lines().map(str::trim) {
            let mut rest = line;
            if let Some(header) = line.strip_prefix('[') {
                let (section, behind) = header.split_once(']').unwrap_or((header, ""));
                in_core = section.trim().eq_ignore_ascii_case("core");
                rest = behind.trim();
            }
            let Some((key, value)) = rest.split_once('=').filter(|_| in_core) else { continue };
            let value = value.trim().trim_matches('"');
            if key.trim().eq_ignore_ascii_case("excludesfile") && !value.is_empty() {
                found =
                    Some(value.strip_prefix("~/").map_or_else(|| PathBuf::from(value), |rest| self.home.join(rest)));
            }
        }
        found.filter(|path| path.is_absolute())
    }
}

fn read_small(path: &Path) -> Option<String> {
    fs::metadata(path).ok().filter(|m| m.is_file() && m.len() <= MOST_BYTES)?;
    fs::read_to_string(path).ok()
}

/// Of a directory only which one it is: what happens in it changes the rest all the time.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    let stamp = Stamp::of(&metadata);
    Some(if metadata.is_dir() { Stamp { inode: stamp.inode, ..Stamp::default() } } else { stamp })
}
