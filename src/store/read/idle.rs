//! Connections that wait for the next question: to open one costs more than most questions do.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{Reader, Result, SCHEMA_VERSION, migrate};

/// More at once are rare; what is over is closed.
const KEPT: usize = 2;

#[derive(Default)]
pub struct IdleReaders(Mutex<Vec<Reader>>);

impl IdleReaders {
    /// One that waits, else a new one.
    ///
    /// # Errors
    /// Those of [`Reader::open`]: one that waits is only given where it would be opened just so.
    pub fn take(&self, data_dir: &Path) -> Result<Reader> {
        while let Some(reader) = self.pop() {
            if reader.is_of(data_dir) {
                return Ok(reader);
            }
        }
        Reader::open(data_dir)
    }

    /// Only of a question that is answered for good: nobody may still mean to interrupt it.
    pub fn give_back(&self, reader: Reader) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < KEPT {
            waiting.push(reader);
        }
    }

    fn pop(&self) -> Option<Reader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// Which file a path means just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    pub fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        path.metadata().ok().map(|meta| Self(meta.dev(), meta.ino()))
    }

    /// Files have no number there that the standard library tells; every connection is opened anew.
    #[cfg(not(unix))]
    pub fn of(_path: &Path) -> Option<Self> {
        None
    }
}

impl Reader {
    /// Whether the store in `data_dir` is still the file and the schema that this connection was opened for.
    fn is_of(&self, data_dir: &Path) -> bool {
        let file = FileId::of(&data_dir.join("tma1.db"));
        file.is_some() && file == self.file && migrate::version(&self.db).is_ok_and(|found| found == SCHEMA_VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{StoreError, Writer};

    #[cfg(unix)]
    #[test]
    fn a_store_that_was_replaced_or_is_gone_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let idle = IdleReaders::default();
        drop(Writer::open(dir.path()).unwrap());
        let first = idle.take(dir.path()).unwrap();
        let file = first.file;
        idle.give_back(first);
        assert_eq!(idle.take(dir.path()).map(|again| again.file).unwrap(), file);

        idle.give_back(idle.take(dir.path()).unwrap());
        std::fs::rename(dir.path().join("tma1.db"), dir.path().join("old.db")).unwrap();
        assert!(matches!(idle.take(dir.path()), Err(StoreError::Missing(_))));
        drop(Writer::open(dir.path()).unwrap());
        let other = idle.take(dir.path()).unwrap();
        assert_ne!(other.file, file);
    }
}
