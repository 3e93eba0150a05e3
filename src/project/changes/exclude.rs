//! What git ignores: the person's excludes, the repository's, and a `.gitignore` in any directory.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::wildmatch;
use super::{Bounds, Stop};
use crate::project::git_dir::GitDir;

/// A longer list was not written by anybody.
const LIMIT: u64 = 1024 * 1024;

/// A line of a list.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    glob: Vec<u8>,
    /// So many bytes of it are to be taken as they are.
    plain: usize,
    negated: bool,
    only_dirs: bool,
    /// Of the name alone, wherever it lies.
    by_name: bool,
}

impl Pattern {
    pub fn parse(line: &[u8]) -> Option<Self> {
        let (negated, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (only_dirs, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let by_name = !line.contains(&b'/');
        let glob = line.strip_prefix(b"/").unwrap_or(line).to_vec();
        let plain = glob.iter().position(|byte| wildmatch::is_special(*byte)).unwrap_or(glob.len());
        (!line.is_empty()).then_some(Self { glob, plain, negated, only_dirs, by_name })
    }

    /// `path` lies in the directory of the list, whose name with its slash is `base` bytes long.
    pub fn matches(&self, path: &[u8], base: usize, is_dir: bool, fold: bool) -> bool {
        if self.only_dirs && !is_dir {
            return false;
        }
        let same = |a: &[u8], b: &[u8]| if fold { a.eq_ignore_ascii_case(b) } else { a == b };
        let (plain, rest) = self.glob.split_at_checked(self.plain).unwrap_or_default();
        if self.by_name {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
            return match rest {
                [] => same(plain, name),
                [b'*', end @ ..] if plain.is_empty() && !end.iter().any(|byte| wildmatch::is_special(*byte)) => {
                    name.len().checked_sub(end.len()).is_some_and(|at| same(end, name.get(at..).unwrap_or_default()))
                }
                _ => wildmatch::matches(&self.glob, name, fold),
            };
        }
        let inside = path.get(base..).unwrap_or_default();
        let Some((begin, left)) = inside.split_at_checked(plain.len()) else { return false };
        // Git looks at what is left of both, as if they began there.
        same(plain, begin) && (rest.is_empty() && left.is_empty() || wildmatch::matches(rest, left, fold))
    }
}

/// The lists that hold where the walk is.
pub(super) struct Excludes {
    /// The weakest first; with how much of a path is its directory.
    lists: Vec<(usize, Vec<Pattern>)>,
    fold: bool,
}

impl Excludes {
    pub fn new(git: &GitDir, config: &Config, bounds: Bounds) -> Result<Self, Stop> {
        let personal = config.file("core.excludesfile", "ignore", bounds)?;
        let mut lists = Vec::new();
        for file in personal.into_iter().chain([git.common.join("info/exclude")]) {
            lists.push((0, read(&file, fs::metadata(&file).ok(), bounds)?));
        }
        Ok(Self { lists, fold: config.is("core.ignorecase", false) })
    }

    /// Begins with the directory `dir`, whose path with its slash is `base` bytes long.
    pub fn enter(&mut self, dir: &Path, base: usize, has_list: bool, bounds: Bounds) -> Result<(), Stop> {
        let file = dir.join(".gitignore");
        // Git does not follow a link here.
        let metadata = if has_list { fs::symlink_metadata(&file).ok() } else { None };
        self.lists.push((base, read(&file, metadata, bounds)?));
        Ok(())
    }

    pub fn leave(&mut self) {
        self.lists.pop();
    }

    /// The directory in which `path` lies is not ignored.
    pub fn ignores(&self, path: &[u8], is_dir: bool) -> bool {
        let lines = self.lists.iter().rev().flat_map(|(base, list)| list.iter().rev().map(move |line| (*base, line)));
        let mut matching = lines.filter(|(base, line)| line.matches(path, *base, is_dir, self.fold));
        matching.next().is_some_and(|(_, line)| !line.negated)
    }
}

fn read(file: &PathBuf, metadata: Option<fs::Metadata>, bounds: Bounds) -> Result<Vec<Pattern>, Stop> {
    let Some(metadata) = metadata.filter(fs::Metadata::is_file) else { return Ok(Vec::new()) };
    if metadata.len() > LIMIT {
        bounds.doubt("a long list of ignored files")?;
    }
    let mut bytes = Vec::new();
    let Ok(opened) = File::open(file) else { return Ok(Vec::new()) };
    opened.take(LIMIT).read_to_end(&mut bytes).map_err(|_| Stop::Doubt("a list of ignored files"))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !line.starts_with(b"#")).filter_map(|line| Pattern::parse(trimmed(line))).collect())
}

/// Without the spaces at its end, unless they are escaped.
fn trimmed(line: &[u8]) -> &[u8] {
    let (mut end, mut escaped) = (0, false);
    for (at, byte) in line.iter().enumerate() {
        if escaped || *byte != b' ' {
            end = at + 1;
        }
        escaped = !escaped && *byte == b'\\';
    }
    line.get(..end).unwrap_or(line)
}
