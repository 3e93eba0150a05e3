//! What can stop an edit: each names the file, and the place in it, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::text::Place;

#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("{}:{place}: {what}: mend this line, then run the command again; nothing was written", path.display())]
    Syntax { path: PathBuf, place: Place, what: String },
    #[error("{}:{place}: this byte is no UTF-8: save the file as UTF-8, then run the command again; nothing was written", path.display())]
    Encoding { path: PathBuf, place: Place },
    #[error("{}:{place}: {what}: change or rename it, then run the command again; nothing was written", path.display())]
    Unfit { path: PathBuf, place: Place, what: String },
    #[error("{} is read-only: allow writing with `chmod u+w`, then run the command again", path.display())]
    ReadOnly { path: PathBuf },
    #[error("the folder {} can't be written to: allow writing in it, then run the command again", path.display())]
    Folder { path: PathBuf },
    #[error("{} is no regular file: put a file in its place, then run the command again", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} has {links} hard links, which replacing it would part: make it a single file or a symbolic link, then run the command again", path.display())]
    HardLinked { path: PathBuf, links: u64 },
    #[error("{} belongs to somebody else (user {user}), who would lose it: run the command as that user", path.display())]
    Owner { path: PathBuf, user: u32 },
    #[error("{} changes faster than it can be edited: close the programs that write it, then run the command again", path.display())]
    Restless { path: PathBuf },
    #[error("{} is locked by {}: wait for the program that holds it, or remove the lock where none runs", path.display(), lock.display())]
    Locked { path: PathBuf, lock: PathBuf },
    #[error("{}: {source}: make it accessible, then run the command again", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl EditError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// What is wrong in a text, before anybody knows which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub offset: usize,
    pub what: String,
    /// The text is sound, but something stands where we must write.
    pub unfit: bool,
}

impl Fault {
    pub(super) fn syntax(offset: usize, what: impl Into<String>) -> Self {
        Self { offset, what: what.into(), unfit: false }
    }

    pub(super) fn unfit(offset: usize, what: impl Into<String>) -> Self {
        Self { offset, what: what.into(), unfit: true }
    }

    pub(super) fn in_file(self, path: &Path, text: &str) -> EditError {
        let (path, place) = (path.to_owned(), Place::of(text, self.offset));
        if self.unfit {
            EditError::Unfit { path, place, what: self.what }
        } else {
            EditError::Syntax { path, place, what: self.what }
        }
    }
}
