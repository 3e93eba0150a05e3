//! Documents that only make sense together: each is followed by those that lie along it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{DOCUMENT_BYTES, Give, Piece};
use crate::adapters::Adapter;

impl Piece<'_> {
    /// What is read with a document; a file that cannot be read is left out.
    pub(super) fn along<E: From<io::Error>>(
        &mut self,
        adapter: &dyn Adapter,
        path: &Path,
        document: &[u8],
        give: Give<'_, E>,
    ) -> Result<(), E> {
        let dirs = adapter.along(path, document);
        let Some(entries) = dirs.iter().find_map(|dir| fs::read_dir(dir).ok()) else { return Ok(()) };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        for file in files {
            let mut next = Vec::new();
            let read = File::open(&file).and_then(|open| open.take(DOCUMENT_BYTES).read_to_end(&mut next));
            if read.is_err() {
                continue;
            }
            self.at.line += 1;
            self.parser.line(&next, self.at.line.cast_unsigned(), true, &mut self.parsed);
            (self.progress)(next.len() as u64);
            self.drain();
            self.give_if_heavy(give)?;
            self.along(adapter, &file, &next, give)?;
        }
        Ok(())
    }
}
