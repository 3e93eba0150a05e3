//! What a session knows of a file's content, once it has read or written it.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

/// Larger files are not read while a hook waits.
const MOST: u64 = 1024 * 1024;

/// The hash of what lies on the disk now, unless the agent is known to have seen or written something else.
///
/// An agent may show a file otherwise than it is (without a byte-order mark, with other line ends), and a part of it
/// is a view of the whole.
pub(super) fn content(path: &Path, told: Option<i64>) -> Option<i64> {
    let Some(bytes) = read(path) else { return told };
    let lies = xxh3_64(&bytes).cast_signed();
    match told {
        Some(told) if told != lies && told != xxh3_64(&plain(&bytes)).cast_signed() => Some(told),
        _ => Some(lies),
    }
}

/// The hash of what lies there, in the way of views; `None`: it cannot be told.
pub fn view_of(path: &Path) -> Option<i64> {
    read(path).map(|bytes| xxh3_64(&bytes).cast_signed())
}

fn read(path: &Path) -> Option<Vec<u8>> {
    if !path.is_absolute() {
        return None;
    }
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok().filter(|m| m.is_file() && m.len() <= MOST)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(MOST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MOST).then_some(bytes)
}

fn plain(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_counts_unless_something_else_was_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        let hash = |text: &str| Some(xxh3_64(text.as_bytes()).cast_signed());
        assert_eq!(content(&path, None), None);
        assert_eq!(content(&path, hash("x")), hash("x"), "gone by now");
        std::fs::write(&path, "\u{feff}one\r\ntwo\r\n").unwrap();
        let whole = hash("\u{feff}one\r\ntwo\r\n");
        for (told, want) in [(None, whole), (hash("one\ntwo\n"), whole), (whole, whole), (hash("one\n"), hash("one\n"))]
        {
            assert_eq!(content(&path, told), want);
        }
        assert_eq!(content(Path::new("a.txt"), None), None, "relative to nobody knows what");
    }
}
