//! Git's index: the files that the next commit will have, as git last saw them.

use std::fs::{self, File};
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use super::{Bounds, Id, Stop};

/// A million files. A larger index is left to git.
const LIMIT: u64 = 160 * 1024 * 1024;
const BROKEN: Stop = Stop::Broken("the index");
/// Of directories within directories.
const DEPTH: usize = 300;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stat {
    pub ctime: (u32, u32),
    pub mtime: (u32, u32),
    pub inode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Zero also where git did not trust the rest.
    pub size: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub stat: Stat,
    pub mode: u32,
    pub id: Id,
    /// Above zero: one side of a conflict.
    pub stage: u8,
    pub assumed_valid: bool,
    pub skipped: bool,
    /// Named, but not yet added.
    pub intended: bool,
    name: Range<usize>,
}

/// The trees that were known when the index was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub name: Vec<u8>,
    /// How many entries lie below; none where that tree is outdated.
    pub entries: Option<usize>,
    pub id: Id,
    pub below: Vec<Tree>,
}

#[derive(Debug, Default)]
pub(super) struct Staging {
    /// By path and stage.
    pub entries: Vec<Entry>,
    pub tree: Option<Tree>,
    /// Seconds at which it was written.
    pub written: i64,
    names: Vec<u8>,
}

impl Staging {
    /// Without a file, nothing is staged.
    pub fn read(path: &Path, bounds: Bounds) -> Result<Self, Stop> {
        use std::os::unix::fs::MetadataExt as _;
        let Ok(metadata) = fs::metadata(path) else { return Ok(Self::default()) };
        if !metadata.is_file() || metadata.len() > LIMIT {
            return Err(BROKEN);
        }
        // Git puts another file in its place, so that an open one never changes.
        let mut file = File::open(path).map_err(|_| BROKEN)?;
        let written = file.metadata().map_err(|_| BROKEN)?.mtime();
        let mut bytes = Vec::new();
        file.by_ref().take(LIMIT).read_to_end(&mut bytes).map_err(|_| BROKEN)?;
        bounds.in_time()?;
        Ok(Self { written, ..Self::parse(&bytes)? })
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, Stop> {
        let content = bytes.len().checked_sub(size_of::<Id>()).and_then(|end| bytes.get(..end)).ok_or(BROKEN)?;
        let mut rest = Bytes(content);
        if rest.take(4)? != b"DIRC" {
            return Err(BROKEN);
        }
        let (version, count) = (rest.number()?, rest.number()?);
        if !(2..=4).contains(&version) {
            return Err(BROKEN);
        }
        let mut staging = Self::default();
        for _ in 0..count {
            staging.entry(&mut rest, version)?;
        }
        while !rest.0.is_empty() {
            let (name, size) = (rest.take(4)?, rest.number()?);
            let body = rest.take(size as usize)?;
            match name {
                b"TREE" => staging.tree = tree(&mut Bytes(body), 0),
                // Another file holds the rest of it; or whole directories stand for what is in them.
                b"link" => return Err(Stop::Doubt("a split index")),
                b"sdir" => return Err(Stop::Doubt("a sparse index")),
                [b'A'..=b'Z', ..] => {}
                _ => return Err(Stop::Doubt("an index of a newer git")),
            }
        }
        Ok(staging)
    }

    fn entry(&mut self, rest: &mut Bytes<'_>, version: u32) -> Result<(), Stop> {
        let begin = rest.0.len();
        let mut numbers = [0_u32; 10];
        for number in &mut numbers {
            *number = rest.number()?;
        }
        let [ctime, ctime_ns, mtime, mtime_ns, _, inode, mode, uid, gid, size] = numbers;
        let id: Id = rest.take(size_of::<Id>())?.try_into().map_err(|_| BROKEN)?;
        let flags = rest.short()?;
        let extended = if version >= 3 && flags & 0x4000 != 0 { rest.short()? } else { 0 };
        let name = self.name(rest, version)?;
        if version < 4 {
            let padded = (begin - rest.0.len()).next_multiple_of(8);
            // The zero that ends the name is the first of the padding.
            rest.take(padded.checked_sub(begin - rest.0.len()).ok_or(BROKEN)?)?;
        }
        let stage = u8::try_from(flags >> 12 & 3).unwrap_or_default();
        let entry = Entry {
            stat: Stat { ctime: (ctime, ctime_ns), mtime: (mtime, mtime_ns), inode, uid, gid, size },
            mode,
            id,
            stage,
            assumed_valid: flags & 0x8000 != 0,
            skipped: extended & 0x4000 != 0,
            intended: extended & 0x2000 != 0,
            name,
        };
        if mode == 0o40_000 {
            return Err(Stop::Doubt("a sparse index"));
        }
        let last = self.entries.last().map(|last| (self.path(last), last.stage));
        if last.is_some_and(|last| last >= (self.path(&entry), stage)) || entry.name.is_empty() {
            return Err(BROKEN);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Up to the zero behind it, which is taken too.
    fn name(&mut self, rest: &mut Bytes<'_>, version: u32) -> Result<Range<usize>, Stop> {
        let begin = self.names.len();
        if version >= 4 {
            let last = self.entries.last().map_or(0..0, |last| last.name.clone());
            let kept = last.len().checked_sub(rest.varint()?).ok_or(BROKEN)?;
            self.names.extend_from_within(last.start..last.start + kept);
        }
        let end = memchr::memchr(0, rest.0).ok_or(BROKEN)?;
        self.names.extend_from_slice(rest.take(end)?);
        rest.take(1)?;
        Ok(begin..self.names.len())
    }

    pub fn path(&self, entry: &Entry) -> &[u8] {
        self.names.get(entry.name.clone()).unwrap_or_default()
    }

    /// Where the entries of the directory `prefix`, which ends with a slash, begin and end.
    pub fn below(&self, prefix: &[u8]) -> Range<usize> {
        let begin = self.entries.partition_point(|entry| self.path(entry) < prefix);
        let rest = self.entries.get(begin..).unwrap_or_default();
        begin..begin + rest.partition_point(|entry| self.path(entry).starts_with(prefix))
    }

    /// The first entry of that path: its only one, unless it is in conflict.
    pub fn find(&self, path: &[u8]) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| self.path(entry) < path);
        self.entries.get(at).filter(|entry| self.path(entry) == path)
    }
}

/// What is outdated is as good as absent.
fn tree(rest: &mut Bytes<'_>, depth: usize) -> Option<Tree> {
    let name = rest.until(0)?.to_vec();
    let entries: i64 = std::str::from_utf8(rest.until(b' ')?).ok()?.parse().ok()?;
    let below: usize = std::str::from_utf8(rest.until(b'\n')?).ok()?.parse().ok()?;
    let mut found = Tree { name, entries: usize::try_from(entries).ok(), ..Tree::default() };
    if found.entries.is_some() {
        found.id = rest.take(size_of::<Id>()).ok()?.try_into().ok()?;
    }
    if depth > DEPTH {
        return None;
    }
    for _ in 0..below {
        found.below.push(tree(rest, depth + 1)?);
    }
    Some(found)
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Stop> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BROKEN)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_be_bytes(self.take(4)?.try_into().map_err(|_| BROKEN)?))
    }

    fn short(&mut self) -> Result<u16, Stop> {
        Ok(u16::from_be_bytes(self.take(2)?.try_into().map_err(|_| BROKEN)?))
    }

    fn until(&mut self, byte: u8) -> Option<&'a [u8]> {
        let end = memchr::memchr(byte, self.0)?;
        let found = self.take(end).ok()?;
        self.take(1).ok()?;
        Some(found)
    }

    fn varint(&mut self) -> Result<usize, Stop> {
        let mut value = 0_usize;
        for round in 0..6 {
            let byte = *self.take(1)?.first().ok_or(BROKEN)?;
            let more = usize::from(round > 0);
            value = ((value + more) << 7) | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BROKEN)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Staging;

    /// A header, and then whatever may come.
    fn index(version: u8, rest: &[u8]) -> Vec<u8> {
        [b"DIRC".as_slice(), &[0, 0, 0, version, 0, 0, 0, 3], rest].concat()
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(version in 1_u8..6, rest in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Staging::parse(&rest);
            let _ = Staging::parse(&index(version, &rest));
        }

        #[test]
        fn a_spoilt_index_is_no_catastrophe(version in 2_u8..5, at in 0_usize..300, byte: u8, cut in 0_usize..300) {
            let mut bytes = sound(version);
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(length - cut % length);
            let _ = Staging::parse(&bytes);
        }
    }

    /// Three files and the tree of an index.
    fn sound(version: u8) -> Vec<u8> {
        let mut rest = Vec::new();
        for name in [b"a/b", b"a/c", b"d/e"] {
            let mut entry = vec![0; 60];
            entry.extend([0, 3]);
            if version == 4 {
                entry.push(if rest.is_empty() { 0 } else { 3 });
            }
            entry.extend(name);
            entry.push(0);
            if version < 4 {
                entry.resize(entry.len().next_multiple_of(8), 0);
            }
            rest.extend(entry);
        }
        rest.extend(b"TREE\0\0\0\x20\x003 1\n");
        rest.extend([7; 20]);
        rest.extend(b"a\x00-1 0\n");
        rest.extend([0; 20]);
        index(version, &rest)
    }

    #[test]
    fn every_version_is_read() {
        for version in 2..5 {
            let staging = Staging::parse(&sound(version)).unwrap();
            let paths: Vec<&[u8]> = staging.entries.iter().map(|entry| staging.path(entry)).collect();
            assert_eq!(paths, [b"a/b", b"a/c", b"d/e"], "{version}");
            assert_eq!((staging.below(b"a/"), staging.below(b"b/")), (0..2, 2..2));
            assert!(staging.find(b"a/c").is_some() && staging.find(b"a").is_none());
            let tree = staging.tree.unwrap();
            assert_eq!((tree.entries, tree.below.len(), tree.below[0].entries), (Some(3), 1, None));
        }
        assert!(Staging::parse(&sound(5)).is_err());
    }
}
