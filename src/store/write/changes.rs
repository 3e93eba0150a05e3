//! What happened to files, and whose doing it was; the second may be found out later.

use rusqlite::params;

use super::{Result, Writer};
use crate::model::{Attribution, FileChange};

impl Writer {
    /// Told again, only the verdict is new.
    pub(super) fn file_change(&mut self, change: &FileChange) -> Result<()> {
        let project = self.sessions.project(&self.db, &change.project)?;
        let session = change.verdict.session.as_ref().map(|s| self.sessions.row(&self.db, s)).transpose()?;
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for part in [change.project.root.as_bytes(), change.path.as_bytes(), change.kind.name().as_bytes()] {
            hash.update(part);
            hash.update(&[0]);
        }
        hash.update(&change.at.to_le_bytes());
        self.db
            .prepare_cached(
                "INSERT INTO file_change (key, ts_ms, project, path, old_path, change, files, exact, ignored, before_hash, after_hash,
                   attribution, session, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (key) DO UPDATE SET attribution = ?12, session = ?13, reason = ?14",
            )?
            .execute(params![
                hash.digest().cast_signed(),
                change.at,
                project,
                change.path,
                change.old_path,
                change.kind.name(),
                change.files,
                change.exact,
                change.ignored,
                change.before,
                change.after,
                change.verdict.by.map(Attribution::name),
                session,
                change.verdict.reason
            ])?;
        Ok(())
    }
}
