//! An agent's own lock beside its file: a folder that only one process can make (as Node's proper-lockfile does it).
//!
//! Claude Code saves `~/.claude.json` under `~/.claude.json.lock`, held for milliseconds and kept fresh; a lock that
//! nobody touched for ten seconds is left over. It writes without the lock where it cannot get it, so the lock only
//! makes a collision rarer: `file::replace` is what notices one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::error::EditError;

/// proper-lockfile's own measure.
const STALE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Takes the lock, or waits for it as long as `patience` says.
pub fn take(path: &Path, folder: &Path, patience: Duration, now: fn() -> SystemTime) -> Result<Lock, EditError> {
    let mut waited = Duration::ZERO;
    loop {
        match fs::create_dir(folder) {
            Ok(()) => return Ok(Lock { folder: folder.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(EditError::io(folder, error)),
        }
        let touched = fs::symlink_metadata(folder).and_then(|about| about.modified());
        let stale = touched.is_ok_and(|at| now().duration_since(at).is_ok_and(|age| age > STALE));
        if stale && fs::remove_dir(folder).is_ok() {
            continue;
        }
        if waited >= patience {
            return Err(EditError::Locked { path: path.to_owned(), lock: folder.to_owned() });
        }
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
}
