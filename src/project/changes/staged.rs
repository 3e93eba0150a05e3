//! The index against the tree of HEAD: what the next commit would change.

use std::collections::HashMap;

use super::config::Config;
use super::objects::{self, Line, Objects};
use super::staging::{Entry, Staging, Tree};
use super::{Bounds, Id, Stop};

const BROKEN: Stop = Stop::Broken("a tree");
const TREE: u32 = 0o40_000;
/// Of directories within directories.
const DEPTH: usize = 300;

#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Of each entry of the index, whether its path has changed.
    pub touched: Vec<bool>,
    /// Paths that HEAD has and the index has not, less those that were renamed.
    pub removed: u32,
    pub unmerged: u32,
}

/// `commit`: HEAD, unless there is none yet.
pub(super) fn compare(
    staging: &Staging,
    commit: Option<Id>,
    objects: &mut Objects,
    config: &Config,
    bounds: Bounds,
) -> Result<Staged, Stop> {
    let mut found = Staged { touched: vec![false; staging.entries.len()], ..Staged::default() };
    let mut last: &[u8] = &[];
    for entry in staging.entries.iter().filter(|entry| entry.stage > 0) {
        let path = staging.path(entry);
        found.unmerged += u32::from(path != last);
        last = path;
    }
    let (added, removed) = (Vec::new(), Vec::new());
    let mut walk = Walk { staging, objects, next: 0, touched: &mut found.touched, added, removed };
    if let Some(commit) = commit {
        let tree = walk.objects.commit(&commit)?.tree;
        walk.tree(&tree, &mut Vec::new(), staging.tree.as_ref(), 0)?;
    }
    walk.add_up_to(staging.entries.len());
    let (added, removed) = (walk.added, walk.removed);
    let renamed = renames(&added, &removed, config, bounds)?;
    found.removed = count(removed.len()).saturating_sub(renamed);
    Ok(found)
}

/// What is compared to tell whether a file was renamed.
type Content = (u32, Id);

struct Walk<'a> {
    staging: &'a Staging,
    objects: &'a mut Objects,
    /// The entry to come, in the order of both.
    next: usize,
    touched: &'a mut Vec<bool>,
    added: Vec<Content>,
    removed: Vec<Content>,
}

impl Walk<'_> {
    /// The tree of the directory `path`, which ends with a slash or is empty; `known` is what the index knows of it.
    fn tree(&mut self, id: &Id, path: &mut Vec<u8>, known: Option<&Tree>, depth: usize) -> Result<(), Stop> {
        let begin = self.next;
        if let Some(known) = known
            && let Some(entries) = known.entries
            && known.id == *id
            && self.below(path).is_some_and(|end| end - begin == entries)
        {
            self.next = begin + entries;
            return Ok(());
        }
        if depth > DEPTH {
            return Err(BROKEN);
        }
        let content = self.objects.tree(id)?;
        for line in objects::lines(&content) {
            let line = line.ok_or(BROKEN)?;
            let kept = path.len();
            path.extend_from_slice(line.name);
            if line.mode == TREE {
                path.push(b'/');
                self.skip_to(path);
                let known = known.and_then(|tree| tree.below.iter().find(|below| below.name == line.name));
                self.tree(&line.id, path, known, depth + 1)?;
            } else {
                self.skip_to(path);
                self.line(&line, path);
            }
            path.truncate(kept);
        }
        Ok(())
    }

    /// Where the entries of that directory end, if those to come begin with it.
    fn below(&self, path: &[u8]) -> Option<usize> {
        let rest = self.staging.entries.get(self.next..)?;
        Some(self.next + rest.partition_point(|entry| self.staging.path(entry).starts_with(path)))
    }

    fn line(&mut self, line: &Line<'_>, path: &[u8]) {
        let entry = self.staging.entries.get(self.next).filter(|entry| self.staging.path(entry) == path);
        let Some(entry) = entry else {
            self.removed.push((canonical(line.mode), line.id));
            return;
        };
        if entry.stage > 0 {
            while self.staging.entries.get(self.next).is_some_and(|entry| self.staging.path(entry) == path) {
                self.next += 1;
            }
            return;
        }
        // Whatever is only named has changed on disk.
        let same = !entry.intended && canonical(entry.mode) == canonical(line.mode) && entry.id == line.id;
        if let Some(touched) = self.touched.get_mut(self.next) {
            *touched |= !same;
        }
        self.next += 1;
    }

    /// What comes before `path` in the index is not in the tree.
    fn skip_to(&mut self, path: &[u8]) {
        let rest = self.staging.entries.get(self.next..).unwrap_or_default();
        let before = rest.iter().take_while(|entry| self.staging.path(entry) < path).count();
        self.add_up_to(self.next + before);
    }

    fn add_up_to(&mut self, end: usize) {
        for at in self.next..end {
            let Some(entry) = self.staging.entries.get(at).filter(|entry| entry.stage == 0) else { continue };
            if let Some(touched) = self.touched.get_mut(at) {
                *touched = true;
            }
            if !entry.intended {
                self.added.push(content(entry));
            }
        }
        self.next = end;
    }
}

fn content(entry: &Entry) -> Content {
    (canonical(entry.mode), entry.id)
}

/// Of regular files git knows two sorts.
fn canonical(mode: u32) -> u32 {
    if !is_regular(mode) {
        return mode;
    }
    if mode & 0o100 == 0 { 0o100_644 } else { 0o100_755 }
}

fn is_regular(mode: u32) -> bool {
    mode & 0o170_000 == 0o100_000
}

/// How many of the removed are among the added under another name.
fn renames(added: &[Content], removed: &[Content], config: &Config, bounds: Bounds) -> Result<u32, Stop> {
    if added.is_empty() || removed.is_empty() {
        return Ok(0);
    }
    match config.get("status.renames").or_else(|| config.get("diff.renames")) {
        Some("copies" | "copy") => bounds.doubt("copies")?,
        Some(_) if !config.is("status.renames", config.is("diff.renames", true)) => return Ok(0),
        _ => {}
    }
    let sort = |(mode, id): &Content| (if is_regular(*mode) { 0 } else { *mode }, *id);
    let mut sources: HashMap<Content, u32> = HashMap::new();
    for content in removed {
        *sources.entry(sort(content)).or_default() += 1;
    }
    let (mut renamed, mut others) = (0, 0);
    for content in added {
        match sources.get_mut(&sort(content)).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                renamed += 1;
            }
            None => others += u32::from(is_regular(content.0)),
        }
    }
    let left: u32 = sources.iter().filter(|((mode, _), _)| *mode == 0).map(|(_, left)| *left).sum();
    if others > 0 && left > 0 {
        bounds.doubt("a renamed file that was also edited")?;
    }
    Ok(renamed)
}

pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
