//! What is in a file, as one number.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::snapshot::Stamp;

/// Of a larger file nobody asks for the content.
pub(super) const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A file as it was when it was opened, and its content if that can be known.
pub(super) struct Content {
    pub stamp: Stamp,
    pub hash: Option<i64>,
}

/// The content's hash; `None`: too large, unreadable, or no file. A link's content is where it points to.
#[cfg(test)]
pub(super) fn content_hash(path: &Path) -> Option<i64> {
    read(path, MOST_BYTES).ok().and_then(|content| content.hash)
}

/// # Errors
/// Nothing is there, or nobody may know what.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Content> {
    // Whatever was there before may be a pipe by now, which would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => return read_link(path),
        Err(error) => return Err(error.into()),
    };
    let metadata = file.metadata()?;
    let stamp = Stamp::of(&metadata);
    if !metadata.is_file() || metadata.len() > most {
        return Ok(Content { stamp, hash: None });
    }
    let mut state = Xxh3::new();
    let mut piece = [0; 16 * 1024];
    let mut read = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Content { stamp, hash: Some(state.digest().cast_signed()) }),
            Ok(length) => {
                state.update(&piece[..length]);
                read += length as u64;
                // It grows while it is read.
                if read > most {
                    return Ok(Content { stamp, hash: None });
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn read_link(path: &Path) -> io::Result<Content> {
    let stamp = Stamp::of(&fs::symlink_metadata(path)?);
    let target = fs::read_link(path)?;
    Ok(Content { stamp, hash: Some(xxh3_64(target.as_os_str().as_encoded_bytes()).cast_signed()) })
}
