//! One sidecar per data directory: held by a lock, which goes with the process however that ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::answer::Refusal;
use crate::link::{Place, ServerInfo};
use crate::paths;

/// One that is just stopping is given this long.
const PATIENCE: Duration = Duration::from_millis(500);

pub(super) struct Hold {
    file: File,
    path: PathBuf,
    place: Place,
}

/// # Errors
/// Another sidecar holds the directory; the message says which.
pub(super) fn take(place: &Place) -> Result<Hold, Refusal> {
    let path = place.lock();
    let file =
        paths::private_file(&path).map_err(|e| Refusal::internal(format!("cannot open {}: {e}", path.display())))?;
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Hold { file, path, place: place.clone() }),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                // Locks cannot be waited for with an end.
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(held_by(place)),
            Err(TryLockError::Error(e)) => {
                return Err(Refusal::internal(format!("cannot lock {}: {e}", path.display())));
            }
        }
    }
}

fn held_by(place: &Place) -> Refusal {
    let dir = place.data_dir().display();
    let who = match ServerInfo::read(place) {
        Some(info) => {
            let port = info.port.map(|port| format!(", http://{}:{port}", info.host)).unwrap_or_default();
            format!("process {} since {}{port}", info.pid, info.started_at)
        }
        None => "another process".to_owned(),
    };
    Refusal::internal(format!("a sidecar already runs for {dir}: {who}")).hint("Stop it with `tma1 stop`.")
}

impl Hold {
    /// Whether the lock file is still the one that lies there: a data directory that was removed or moved away
    /// needs nobody.
    pub fn stands(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let held = self.file.metadata().map(|m| (m.dev(), m.ino()));
            let lying = self.path.metadata().map(|m| (m.dev(), m.ino()));
            matches!((held, lying), (Ok(a), Ok(b)) if a == b)
        }
        #[cfg(not(unix))]
        self.path.exists()
    }

    /// Takes the signs away, then lets go.
    pub fn release(self) {
        if self.stands() {
            let _ = std::fs::remove_file(self.place.server_json());
            #[cfg(unix)]
            let _ = std::fs::remove_file(self.place.socket());
        }
    }
}
