//! Files of one entry each, for hooks that could not get at the shared file in time.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::frame::{MOST_PAYLOAD, frame_at, framed, write_at};
use super::{Entry, SpoolError, entry};
use crate::paths;

const MOST_FILES: usize = 4096;
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// After so long a file under its passing name belongs to a hook that is no more.
const LEFT_OVER: Duration = Duration::from_mins(1);

/// Files begin no new generation.
const GENERATION: u32 = 0;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnFile {
    pub at: i64,
    name: String,
    pub path: PathBuf,
}

pub fn write(dir: &Path, entry: &Entry, payload: &[u8]) -> Result<(), SpoolError> {
    let (count, bytes) = sizes(dir);
    if count >= MOST_FILES || bytes + payload.len() as u64 > MOST_BYTES {
        return Err(SpoolError::Full);
    }
    let id: String = entry.id.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let passing = dir.join(format!("{}-{id}.tmp", entry.at));
    let written = paths::private_file(&passing)
        .and_then(|file| write_at(&file, &framed(payload, GENERATION), 0))
        .and_then(|()| fs::rename(&passing, dir.join(format!("{}-{id}.event", entry.at))));
    written.map_err(|source| {
        let _ = fs::remove_file(&passing);
        SpoolError::Io { path: passing, source }
    })
}

/// `None`: neither now nor later an entry.
pub fn read(file: &OwnFile) -> Result<Option<Entry>, SpoolError> {
    match File::open(&file.path).and_then(|open| frame_at(&open, 0, u64::MAX, Some(GENERATION))) {
        Ok(frame) => Ok(frame.and_then(|frame| entry::decode(frame.payload))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => Ok(None),
        Err(source) => Err(SpoolError::Io { path: file.path.clone(), source }),
    }
}

/// Oldest first.
pub fn list(dir: &Path) -> Vec<OwnFile> {
    let mut files: Vec<OwnFile> = names(dir).filter_map(|(name, path)| of(name, path)).collect();
    files.sort_unstable();
    files
}

pub fn any(dir: &Path) -> bool {
    names(dir).any(|(name, path)| of(name, path).is_some())
}

/// How many wait, and their bytes.
pub fn sizes(dir: &Path) -> (usize, u64) {
    names(dir).filter_map(|(name, path)| of(name, path)).fold((0, 0), |(count, bytes), file| {
        (count + 1, bytes + file.path.metadata().map_or(0, |meta| meta.len().min(MOST_PAYLOAD as u64)))
    })
}

/// Removes what hooks left that ended while they wrote.
pub fn tidy(dir: &Path, now: SystemTime) {
    for (_, path) in names(dir).filter(|(_, path)| path.extension().is_some_and(|e| e == "tmp")) {
        let made = path.metadata().and_then(|meta| meta.modified());
        if made.is_ok_and(|made| now.duration_since(made).is_ok_and(|age| age > LEFT_OVER)) {
            let _: io::Result<()> = fs::remove_file(path);
        }
    }
}

fn of(name: String, path: PathBuf) -> Option<OwnFile> {
    let stem = name.strip_suffix(".event")?;
    let at = stem.get(..stem.rfind('-')?)?.parse().ok()?;
    Some(OwnFile { at, name, path })
}

fn names(dir: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
}
