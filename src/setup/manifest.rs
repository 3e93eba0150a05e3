//! What was installed where: the memory that the exact reverse needs. One JSON file in the data directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::detect::Version;
use super::edit::Memories;
use super::wanted::{Piece, Target};
use crate::paths;

const NAME: &str = "install.json";
const LOCK: &str = "install.lock";
const LAYOUT: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("{}: {source}: make it accessible, then run the command again", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is held: another tma1 is installing or uninstalling; wait for it, then run the command again", path.display())]
    Busy { path: PathBuf },
    #[error(
        "{}: {what}: move the file away, then run the command again; what tma1 has written is recognised without it, \
         but what it took the place of is forgotten",
        path.display()
    )]
    Unreadable { path: PathBuf, what: String },
}

pub fn hash_of(bytes: &[u8]) -> String {
    format!("{:016x}", xxh3_64(bytes))
}

/// One agent, in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub agent: String,
    pub target: Target,
    /// The binary it calls.
    pub tma1: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Version>,
    #[serde(default)]
    pub otel: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    layout: u32,
    pub records: Vec<Record>,
    /// By real path: what undoing takes.
    pub files: Memories,
    /// Files that are all ours, and the hash of what we wrote.
    pub own: BTreeMap<PathBuf, String>,
    /// The file of the sidecar's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<PathBuf>,
    /// Folders that we made.
    pub folders: BTreeSet<PathBuf>,
    /// There was none: things that only a memory tells to be ours are left alone.
    #[serde(skip)]
    pub is_new: bool,
}

impl Manifest {
    /// Held while something is installed or taken out.
    ///
    /// # Errors
    /// Somebody else holds it, or the data directory cannot be written to.
    pub fn hold(data_dir: &Path) -> Result<File, ManifestError> {
        let path = data_dir.join(LOCK);
        let fail = |source| ManifestError::Io { path: path.clone(), source };
        paths::private_dir(data_dir).map_err(fail)?;
        let file = paths::private_file(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(ManifestError::Busy { path }),
            Err(fs::TryLockError::Error(source)) => Err(fail(source)),
        }
    }

    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(NAME)
    }

    /// # Errors
    /// It is there and cannot be read.
    pub fn load(data_dir: &Path) -> Result<Self, ManifestError> {
        let path = Self::path(data_dir);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { layout: LAYOUT, is_new: true, ..Self::default() });
            }
            other => other.map_err(|source| ManifestError::Io { path: path.clone(), source })?,
        };
        let unreadable = |what: String| ManifestError::Unreadable { path: path.clone(), what };
        let manifest: Self = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if manifest.layout > LAYOUT {
            return Err(unreadable(format!("a newer tma1 wrote it (layout {})", manifest.layout)));
        }
        Ok(manifest)
    }

    /// Whole or not at all; gone once nothing is left in it.
    ///
    /// # Errors
    /// The data directory cannot be written to.
    pub fn save(&self, data_dir: &Path) -> Result<(), ManifestError> {
        let path = Self::path(data_dir);
        let fail = |source| ManifestError::Io { path: path.clone(), source };
        if self.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fail(error)),
                _ => Ok(()),
            };
        }
        paths::private_dir(data_dir).map_err(fail)?;
        let text = serde_json::to_string_pretty(self).map_err(|error| fail(error.into()))?;
        let beside = data_dir.join(format!("{NAME}.{}", std::process::id()));
        let written = paths::private_file(&beside).and_then(|mut file: File| {
            file.set_len(0)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        });
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            fail(error)
        })
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.files.is_empty() && self.own.is_empty()
    }

    pub fn of<'a>(&'a self, agent: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records.iter().filter(move |record| record.agent == agent)
    }

    /// Whether a file that is all ours is as we wrote it, now or with an older version.
    pub fn has_written(&self, piece: &Piece, real: &Path, bytes: &[u8]) -> bool {
        piece.own.as_ref().is_some_and(|text| text.as_bytes() == bytes)
            || self.own.get(real).is_some_and(|hash| *hash == hash_of(bytes))
    }

    pub fn keep(&mut self, record: Record) {
        self.records.retain(|known| known.agent != record.agent || known.target != record.target);
        self.records.push(record);
    }
}
