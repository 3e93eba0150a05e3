//! The files of the index against those on disk: stat first, and the content where that differs.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha1_smol::Sha1;

use super::attributes::Attributes;
use super::config::Config;
use super::staged::{Staged, count};
use super::staging::{Entry, Staging};
use super::{Bounds, Id, Stop};
use crate::project::git_dir::GitDir;

const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;
/// Of a file without content.
const EMPTY: Id = [
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4, 0x8c, 0x53,
    0x91,
];
const PIECE: usize = 64 * 1024;

/// The path of a file in git's spelling on disk.
pub(super) fn on_disk(root: &Path, path: &[u8]) -> PathBuf {
    root.join(OsStr::from_bytes(path))
}

/// How many paths that HEAD or the index has were changed.
pub(super) fn dirty(
    root: &Path,
    git: &GitDir,
    staging: &Staging,
    staged: &Staged,
    config: &Config,
    bounds: Bounds,
) -> Result<u32, Stop> {
    let mut look = Look {
        root,
        staging,
        attributes: Attributes::read(root, git, config, bounds)?,
        executable: config.is("core.filemode", true),
        sparse: config.is("core.sparsecheckout", false),
        real: Vec::new(),
        bounds,
    };
    let intends = staging.entries.iter().any(|entry| entry.intended);
    let (mut dirty, mut gone, mut new) = (0, false, false);
    for (entry, touched) in staging.entries.iter().zip(&staged.touched).filter(|(entry, _)| entry.stage == 0) {
        bounds.in_time()?;
        let state = if *touched && !intends { State::Changed } else { look.at(entry)? };
        gone |= state == State::Gone && !entry.intended;
        new |= state != State::Gone && entry.intended;
        dirty += usize::from(*touched || entry.intended || state != State::Same);
    }
    // On disk one may be the other under another name.
    if gone && new {
        bounds.doubt("a renamed file that is only intended to be added")?;
    }
    Ok(count(dirty).saturating_add(staged.removed).saturating_add(staged.unmerged))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Same,
    Changed,
    Gone,
}

struct Look<'a> {
    root: &'a Path,
    staging: &'a Staging,
    attributes: Attributes<'a>,
    executable: bool,
    sparse: bool,
    /// The directory that was last found to be one, without a link on the way to it.
    real: Vec<u8>,
    bounds: Bounds,
}

impl Look<'_> {
    fn at(&mut self, entry: &Entry) -> Result<State, Stop> {
        let path = self.staging.path(entry);
        if entry.assumed_valid || entry.skipped {
            if entry.skipped && self.sparse && on_disk(self.root, path).symlink_metadata().is_ok() {
                self.bounds.doubt("a file outside of a sparse checkout")?;
            }
            return Ok(State::Same);
        }
        if !self.lies_in_real(path) {
            return Ok(State::Gone);
        }
        let file = on_disk(self.root, path);
        let metadata = match file.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(State::Gone);
            }
            Err(_) => {
                self.bounds.doubt("a file that cannot be looked at")?;
                return Ok(State::Same);
            }
        };
        match (entry.mode & KIND, metadata.mode() & KIND) {
            (SUBMODULE, _) if metadata.is_dir() => {
                if file.join(".git").symlink_metadata().is_ok() {
                    self.bounds.doubt("a submodule")?;
                }
                Ok(State::Same)
            }
            (kind, _) if kind != SUBMODULE && metadata.is_dir() => Ok(State::Gone),
            (FILE, FILE) if self.executable && (entry.mode ^ metadata.mode()) & 0o100 != 0 => Ok(State::Changed),
            (FILE, FILE) | (LINK, LINK) => self.content(entry, &file, &metadata),
            _ => Ok(State::Changed),
        }
    }

    fn lies_in_real(&mut self, path: &[u8]) -> bool {
        let Some(end) = path.iter().rposition(|byte| *byte == b'/') else { return true };
        let dir = path.get(..=end).unwrap_or_default();
        if self.real == dir {
            return true;
        }
        let shared = self.real.iter().zip(dir).take_while(|(a, b)| a == b).count();
        let slashes = dir.iter().enumerate().filter(|(at, byte)| **byte == b'/' && *at >= shared);
        for (slash, _) in slashes {
            let above = dir.get(..slash).unwrap_or_default();
            if !on_disk(self.root, above).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                return false;
            }
        }
        self.real = dir.to_vec();
        true
    }

    fn content(&mut self, entry: &Entry, file: &Path, metadata: &Metadata) -> Result<State, Stop> {
        let untrusted = entry.stat.size == 0 && entry.id != EMPTY;
        let racy = self.staging.written <= i64::from(entry.stat.mtime.0);
        if !untrusted && !racy && is_same(entry, metadata) {
            return Ok(State::Same);
        }
        if entry.stat.size != 0 && entry.stat.size != low(metadata.size()) {
            return Ok(State::Changed);
        }
        let is_link = metadata.is_symlink();
        let conversion =
            if is_link { <_>::default() } else { self.attributes.of(self.staging.path(entry), self.bounds)? };
        if conversion.other {
            self.bounds.doubt("a filter")?;
        }
        let read = if is_link { link(file) } else { self.hash(file, metadata.size())? };
        let Some((id, returns)) = read else {
            self.bounds.doubt("a file that cannot be read")?;
            return Ok(State::Changed);
        };
        if returns && conversion.line_ends {
            self.bounds.doubt("line ends that git converts")?;
        }
        Ok(if id == entry.id { State::Same } else { State::Changed })
    }

    /// Of the content as git would keep it, and whether there is a carriage return in it.
    fn hash(&self, file: &Path, size: u64) -> Result<Option<(Id, bool)>, Stop> {
        let Ok(mut opened) = File::open(file) else { return Ok(None) };
        let mut hash = begin(size);
        let (mut piece, mut returns) = (vec![0; PIECE], false);
        loop {
            self.bounds.in_time()?;
            match opened.read(&mut piece) {
                Ok(0) => return Ok(Some((hash.digest().bytes(), returns))),
                Ok(length) => {
                    let read = piece.get(..length).unwrap_or_default();
                    returns |= memchr::memchr(b'\r', read).is_some();
                    hash.update(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Ok(None),
            }
        }
    }
}

fn link(file: &Path) -> Option<(Id, bool)> {
    let target = fs::read_link(file).ok()?;
    let target = target.as_os_str().as_bytes();
    let mut hash = begin(target.len() as u64);
    hash.update(target);
    Some((hash.digest().bytes(), false))
}

fn begin(size: u64) -> Sha1 {
    Sha1::from(format!("blob {size}\0"))
}

fn is_same(entry: &Entry, metadata: &Metadata) -> bool {
    let time = |kept: (u32, u32), seconds: i64, rest: i64| {
        // Not every git keeps what is below seconds.
        kept.0 == low(seconds.cast_unsigned()) && (kept.1 == 0 || kept.1 == low(rest.cast_unsigned()))
    };
    let stat = &entry.stat;
    time(stat.mtime, metadata.mtime(), metadata.mtime_nsec())
        && time(stat.ctime, metadata.ctime(), metadata.ctime_nsec())
        && (stat.inode, stat.uid, stat.gid) == (low(metadata.ino()), metadata.uid(), metadata.gid())
        && stat.size == low(metadata.size())
}

/// As much as the index keeps of a number.
fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}
