//! Folds the log back into the store beside the writer: whoever waits for a commit does not wait for the disk.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{PAGES_OF_LOG, Writer};
use crate::store::{Result, StoreError};

/// So many pages of the log are worth it.
const PAGES: i32 = 1_000;

/// Without a pause in the writing the end is never reached beside it: from here on the writer lends a hand.
const PAGES_AT_MOST: i32 = 16_000;

/// The thread that folds; it ends once the writer has let it go.
pub(super) struct Folding(JoinHandle<()>);

impl Folding {
    /// # Errors
    /// The system has no thread left, or the store cannot be opened once more.
    pub fn start(writer: &mut Writer) -> Result<Self> {
        let db = Connection::open(&writer.path)?;
        let path = writer.path.clone();
        let (wake, woken) = sync_channel(1);
        let thread =
            std::thread::Builder::new()
                .name("tma1 fold".to_owned())
                .spawn(move || fold(&db, &path, &woken))
                .map_err(|source| StoreError::Io { action: "start a thread for", path: writer.path.clone(), source })?;
        // Takes the place of SQLite's own way to do it. The commit stands, so that nothing here is an error of it.
        writer.db.wal_hook(Some(move |log: &mut rusqlite::hooks::Wal, pages| {
            if pages >= PAGES_AT_MOST {
                let _ = log.checkpoint();
            } else if pages >= PAGES {
                // Full: it is at it already.
                let _ = wake.try_send(());
            }
            Ok(())
        }))?;
        Ok(Self(thread))
    }

    /// From now on the writer does it alone.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn stop(self, writer: &mut Writer) -> Result<()> {
        writer.db.wal_hook(None::<fn(&mut rusqlite::hooks::Wal, i32) -> rusqlite::Result<()>>)?;
        writer.db.pragma_update(None, "wal_autocheckpoint", PAGES_OF_LOG)?;
        // A panic in it was told when it happened.
        let _ = self.0.join();
        Ok(())
    }
}

fn fold(db: &Connection, path: &Path, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        // It waits for nobody, and leaves what is still being read for the next time.
        if let Err(error) = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!("the log of {} could not be folded back: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_stays_small_while_it_is_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(dir.path()).unwrap();
        let folding = Folding::start(&mut writer).unwrap();
        let frames = |db: &Connection| db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i32>(1));
        let before = frames(&writer.db).unwrap();
        for round in 0..12_000 {
            writer.set_meta("round", &format!("{round:>8000}")).unwrap();
        }
        folding.stop(&mut writer).unwrap();
        assert!(frames(&writer.db).unwrap() < before + PAGES_AT_MOST, "every round is two pages at least");
        writer.set_meta("round", "last").unwrap();
        assert!(frames(&writer.db).unwrap() < 100, "what is folded back is written over");
    }
}
