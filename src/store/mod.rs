//! The store: one SQLite file in WAL mode. The only module that knows SQL.
//!
//! One [`Writer`] at a time applies batches; each batch commits its rows together with the position of the
//! source they came from, so that a crash anywhere leaves the store as if the batch had not begun. Any number
//! of [`Reader`]s look on. Agents' own ids are kept as told; uniqueness goes by their 64-bit hash (with ten
//! million rows, the chance that any two collide is about one in 400,000).

mod migrate;
mod read;
mod retention;
mod write;

use std::path::{Path, PathBuf};

pub use migrate::SCHEMA_VERSION;
pub use read::*;
pub use write::{
    Batch, FindingNow, Noticed, SourcePosition, Standing, Telling, Writer, WriterHandle, WriterLoad, WriterThread,
};

/// Why the store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no store at {0} yet")]
    Missing(PathBuf),
    #[error("{path} was made by a newer tma1 (schema {found}, this one knows {known})")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} has an older schema ({found} of {known}); the next writer brings it up to date")]
    Older { path: PathBuf, found: i64, known: i64 },
    #[error("the disk is full: {0} could not be written; what was committed before is intact")]
    DiskFull(PathBuf),
    #[error("{0} is being written by another tma1 process")]
    Locked(PathBuf),
    #[error("{0} is damaged, or no tma1 store")]
    NotAStore(PathBuf),
    #[error("cannot {action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Statement(String),
    #[error("the statement ran longer than {0} seconds and was stopped")]
    Timeout(u64),
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the writer has stopped")]
    WriterGone,
    #[error("more waits to be stored than can be stored soon")]
    Busy,
    #[error("storing failed through a fault of tma1's own; it was counted, and nothing of the batch was kept")]
    Panicked,
}

impl StoreError {
    /// Whether the place of the store is at fault: nothing else that is to be stored would fare better.
    pub fn is_of_the_place(&self) -> bool {
        matches!(self, Self::DiskFull(_) | Self::Locked(_) | Self::NotAStore(_) | Self::Io { .. })
    }

    /// Whether what was to be stored is at fault: it would fail again and again.
    pub fn is_of_the_batch(&self) -> bool {
        use rusqlite::ErrorCode::{ConstraintViolation, ParameterOutOfRange, TooBig, TypeMismatch};
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => {
                matches!(e.code, ConstraintViolation | ParameterOutOfRange | TooBig | TypeMismatch)
            }
            Self::Sqlite(_) | Self::Panicked => true,
            _ => false,
        }
    }

    /// What those are told who were to be stored together with what failed.
    fn for_others(&self) -> impl Fn() -> Self + use<> {
        let full = if let Self::DiskFull(path) = self { Some(path.clone()) } else { None };
        move || full.clone().map_or(Self::WriterGone, Self::DiskFull)
    }

    /// Names the file where SQLite only says that there was no room.
    fn at(self, path: &Path) -> Self {
        match self {
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _))
                if e.code == rusqlite::ErrorCode::DiskFull || e.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE =>
            {
                Self::DiskFull(path.to_owned())
            }
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) if e.code == rusqlite::ErrorCode::DatabaseBusy => {
                Self::Locked(path.to_owned())
            }
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _))
                if matches!(e.code, rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) =>
            {
                Self::NotAStore(path.to_owned())
            }
            other => other,
        }
    }
}

pub type Result<T, E = StoreError> = std::result::Result<T, E>;
