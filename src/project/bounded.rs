//! Reads a text file only as far as a limit, so that no file of a stranger's can cost much.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// `None` for anything but a regular file of at most `limit` bytes. The check comes before the
/// opening, because opening a named pipe would wait for a writer.
pub(super) fn text(path: &Path, limit: u64) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 > limit {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes);
    Some(text.trim_start_matches('\u{feff}').to_owned())
}
