//! What is kept of an output while it passes by: its first bytes and its last, however long it is.

use std::sync::{Mutex, PoisonError};

use crate::builds;

const HEAD: usize = 64 * 1024;
const TAIL: usize = 256 * 1024;

/// Beginning and end of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<u8>,
    /// The last bytes behind the head, as a ring once it is full.
    tail: Vec<u8>,
    /// Where the ring begins.
    oldest: usize,
    total: u64,
}

impl Kept {
    pub fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = HEAD - self.head.len();
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        let mut rest = &rest[rest.len().saturating_sub(TAIL)..];
        let (grown, over) = rest.split_at((TAIL - self.tail.len()).min(rest.len()));
        self.tail.extend_from_slice(grown);
        rest = over;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(TAIL - self.oldest));
            self.tail[self.oldest..self.oldest + now.len()].copy_from_slice(now);
            self.oldest = (self.oldest + now.len()) % TAIL;
            rest = later;
        }
    }

    /// As text without terminal colours; where something is missing, no half lines stand.
    pub fn text(&self) -> String {
        let (end, begin) = self.tail.split_at(self.oldest);
        let gap = self.total - (self.head.len() + self.tail.len()) as u64;
        let mut bytes = Vec::with_capacity(self.head.len() + self.tail.len() + 64);
        if gap == 0 {
            for part in [&self.head[..], begin, end] {
                bytes.extend_from_slice(part);
            }
        } else {
            let tail = [begin, end].concat();
            let whole = |at: Option<usize>| at.map_or(0, |at| at + 1);
            let (head_end, tail_begin) =
                (whole(memchr::memrchr(b'\n', &self.head)), whole(memchr::memchr(b'\n', &tail)));
            bytes.extend_from_slice(&self.head[..head_end]);
            let gap = gap + (self.head.len() - head_end + tail_begin) as u64;
            bytes.extend_from_slice(format!("… [{gap} bytes left out] …\n").as_bytes());
            bytes.extend_from_slice(&tail[tail_begin..]);
        }
        builds::strip_ansi(&String::from_utf8_lossy(&bytes)).into_owned()
    }
}

/// Where the copying leaves what it copied, and whoever keeps it takes it.
pub(super) trait Listener: Send + Sync {
    /// Must be quick: the command waits.
    fn heard(&self, bytes: &[u8]);
}

/// Keeps the whole run.
#[derive(Debug, Default)]
pub(super) struct Keeper(Mutex<Kept>);

impl Keeper {
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

impl Listener for Keeper {
    fn heard(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(parts: &[&[u8]]) -> Kept {
        let mut kept = Kept::default();
        for part in parts {
            kept.push(part);
        }
        kept
    }

    #[test]
    fn what_fits_is_whole_and_clean() {
        assert_eq!(kept(&[b"a\x1b[31mb", b"\x1b[0m\nc"]).text(), "ab\nc");
        assert_eq!(kept(&[]).text(), "");
        let lines = (0..40_000).fold(String::new(), |lines, n| lines + &format!("{n:07}\n"));
        assert_eq!(kept(&[lines.as_bytes()]).text(), lines);
    }

    #[test]
    fn of_what_is_too_long_both_ends_stay_in_whole_lines() {
        let lines = (0..200_000).fold(String::new(), |lines, n| lines + &format!("line {n:07}\n"));
        let pieces: Vec<&[u8]> = lines.as_bytes().chunks(7001).collect();
        for text in [kept(&pieces).text(), kept(&[lines.as_bytes()]).text()] {
            assert!(text.starts_with("line 0000000\nline 0000001\n"), "{}", &text[..60]);
            assert!(text.ends_with("line 0199999\n"));
            assert!(text.len() < HEAD + TAIL + 100);
            let (mut gaps, mut whole) = (0, 0);
            for line in text.lines() {
                if line.contains("bytes left out") {
                    gaps += 1;
                } else {
                    assert_eq!(line.len(), 12, "{line}");
                    whole += 1;
                }
            }
            let said: usize = text.split_once("… [").unwrap().1.split_once(' ').unwrap().0.parse().unwrap();
            assert_eq!((gaps, said + whole * 13), (1, lines.len()));
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(sizes in prop::collection::vec(1_usize..150_000, 1..12)) {
            let total: usize = sizes.iter().sum();
            let line = b"a line of some words, and its end\n";
            let bytes: Vec<u8> = line.iter().copied().cycle().take(total).collect();
            let mut kept = Kept::default();
            let mut rest = &bytes[..];
            for size in sizes {
                let (now, later) = rest.split_at(size);
                kept.push(now);
                rest = later;
            }
            prop_assert_eq!(kept.text(), { let mut whole = Kept::default(); whole.push(&bytes); whole.text() });
        }
    }
}
