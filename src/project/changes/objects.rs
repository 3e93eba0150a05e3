//! Git's objects: commits and trees, each in a file of its own or in a pack.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;

use super::pack::Pack;
use super::{Bounds, Id, Stop};
use crate::project::bounded;

/// A larger tree or commit was not made by hand.
pub(super) const MOST_BYTES: u64 = 64 * 1024 * 1024;
const LIST: u64 = 1024 * 1024;
/// Git's own bound on stores that borrow from stores.
const DEPTH: usize = 5;
const MISSING: Stop = Stop::Doubt("an object that is not here");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Other,
}

#[derive(Debug)]
pub(super) struct Object {
    pub kind: Kind,
    pub content: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Commit {
    pub tree: Id,
    pub parents: Vec<Id>,
    /// Seconds.
    pub at: i64,
}

/// One line of a tree.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub mode: u32,
    pub name: &'a [u8],
    pub id: Id,
}

pub(super) struct Objects {
    stores: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// Commits whose parents were not fetched.
    shallow: HashSet<Id>,
    bounds: Bounds,
}

impl Objects {
    pub fn open(common: &Path, bounds: Bounds) -> Result<Self, Stop> {
        // Commits that stand for others.
        let replaced = common.join("refs/replace").read_dir().is_ok_and(|mut dir| dir.next().is_some());
        let grafted = bounded::text(&common.join("info/grafts"), LIST).is_some_and(|text| !text.trim().is_empty());
        if replaced || grafted {
            bounds.doubt("a replaced commit")?;
        }
        let mut stores = Vec::new();
        collect(&common.join("objects"), 0, &mut stores);
        let mut packs = Vec::new();
        for store in &stores {
            let found = fs::read_dir(store.join("pack")).into_iter().flatten().flatten();
            for path in found.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "idx")) {
                packs.extend(Pack::open(&path)?);
            }
        }
        let shallow = bounded::text(&common.join("shallow"), LIST).unwrap_or_default();
        let shallow = shallow.lines().filter_map(id).collect();
        Ok(Self { stores, packs, shallow, bounds })
    }

    pub fn commit(&mut self, id: &Id) -> Result<Commit, Stop> {
        let object = self.object(id, Kind::Commit)?;
        let mut commit = commit(&object.content).ok_or(Stop::Broken("a commit"))?;
        if self.shallow.contains(id) {
            commit.parents.clear();
        }
        Ok(commit)
    }

    pub fn tree(&mut self, id: &Id) -> Result<Vec<u8>, Stop> {
        Ok(self.object(id, Kind::Tree)?.content)
    }

    fn object(&mut self, id: &Id, wanted: Kind) -> Result<Object, Stop> {
        self.bounds.in_time()?;
        let mut found = None;
        for pack in &mut self.packs {
            if let Some(offset) = pack.offset(id)? {
                found = Some(pack.object(offset, self.bounds)?);
                break;
            }
        }
        let found = found.or_else(|| self.stores.iter().find_map(|store| loose(store, id)));
        found.filter(|object| object.kind == wanted).ok_or(MISSING)
    }
}

fn collect(store: &Path, depth: usize, stores: &mut Vec<PathBuf>) {
    if depth > DEPTH || stores.iter().any(|known| known == store) {
        return;
    }
    stores.push(store.to_owned());
    let borrowed = bounded::text(&store.join("info/alternates"), LIST).unwrap_or_default();
    for line in borrowed.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        collect(&store.join(line), depth + 1, stores);
    }
}

fn loose(store: &Path, id: &Id) -> Option<Object> {
    let name = hex(id);
    let (dir, file) = name.split_at_checked(2)?;
    let file = File::open(store.join(dir).join(file)).ok()?;
    let mut bytes = Vec::new();
    ZlibDecoder::new(BufReader::with_capacity(4096, file)).take(MOST_BYTES + 64).read_to_end(&mut bytes).ok()?;
    let end = memchr::memchr(0, &bytes)?;
    let header = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let (kind, size) = header.split_once(' ')?;
    let kind = match kind {
        "commit" => Kind::Commit,
        "tree" => Kind::Tree,
        _ => Kind::Other,
    };
    let size: usize = size.parse().ok()?;
    let content = bytes.split_off(end + 1);
    (size == content.len()).then_some(Object { kind, content })
}

fn commit(content: &[u8]) -> Option<Commit> {
    let mut lines = content.split(|byte| *byte == b'\n').map(|line| std::str::from_utf8(line).unwrap_or_default());
    let tree = id(lines.next()?.strip_prefix("tree ")?)?;
    let mut parents = Vec::new();
    let mut line = lines.next()?;
    while let Some(parent) = line.strip_prefix("parent ") {
        parents.push(id(parent)?);
        line = lines.next()?;
    }
    // The name may be in any encoding; the seconds stand behind its mail.
    let at = memchr::memmem::find(content, b"\ncommitter ")?;
    let rest = content.get(at + 1..)?;
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let behind = line.rsplit(|byte| *byte == b'>').next()?;
    let at = std::str::from_utf8(behind).ok()?.split_whitespace().next()?.parse().ok()?;
    Some(Commit { tree, parents, at })
}

/// The lines of a tree as git orders them; `None` at a broken one.
pub(super) fn lines(tree: &[u8]) -> impl Iterator<Item = Option<Line<'_>>> {
    let mut rest = tree;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let line = line(&mut rest);
        if line.is_none() {
            rest = &[];
        }
        Some(line)
    })
}

fn line<'a>(rest: &mut &'a [u8]) -> Option<Line<'a>> {
    let end = memchr::memchr(0, rest)?;
    let (head, behind) = rest.split_at_checked(end)?;
    let space = memchr::memchr(b' ', head)?;
    let mode = u32::from_str_radix(std::str::from_utf8(head.get(..space)?).ok()?, 8).ok()?;
    let (id, behind) = behind.get(1..)?.split_first_chunk()?;
    *rest = behind;
    Some(Line { mode, name: head.get(space + 1..)?, id: *id })
}

/// Of forty digits.
pub(super) fn id(text: &str) -> Option<Id> {
    let (pairs, rest) = text.trim_end().as_bytes().as_chunks::<2>();
    let mut id = Id::default();
    if pairs.len() != id.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(id)
}

fn hex(id: &Id) -> String {
    use std::fmt::Write as _;
    id.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
