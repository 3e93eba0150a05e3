//! Lines of a growing file, of any length, in bounded memory.

use std::io::{self, Read};

/// Longer lines are counted and passed over: no record that matters comes near this, and two readers plus
/// the writer must stay within the memory of an import.
pub(super) const LONGEST: usize = 24 * 1024 * 1024;
const CHUNK: usize = 256 * 1024;

/// What the reader gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A whole line, without its line feed.
    Whole(&'a [u8]),
    /// The rest of the file, without a line feed: may still grow.
    Rest(&'a [u8]),
    /// A line of this many bytes that was too long to read; `ended` by a line feed or not.
    TooLong { bytes: u64, ended: bool },
}

pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// Unread bytes are `buffer[start..]`; none of the first `scanned` of them is a line feed.
    start: usize,
    scanned: usize,
    over: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), start: 0, scanned: 0, over: false }
    }

    /// The next line, or what is left at the end; `None` after that.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let unread = self.start + self.scanned;
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[unread..]) {
                let (from, to) = (self.start, unread + at);
                self.start = to + 1;
                self.scanned = 0;
                return Ok(Some(Line::Whole(&self.buffer[from..to])));
            }
            self.scanned = self.buffer.len() - self.start;
            if self.over {
                if self.scanned == 0 {
                    return Ok(None);
                }
                let from = self.start;
                self.start = self.buffer.len();
                self.scanned = 0;
                return Ok(Some(Line::Rest(&self.buffer[from..])));
            }
            if self.scanned > LONGEST {
                return self.pass_over().map(Some);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let kept = self.buffer.len();
        self.buffer.resize(kept + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[kept..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(kept + read);
        self.over = read == 0;
        Ok(())
    }

    fn pass_over(&mut self) -> io::Result<Line<'_>> {
        let mut bytes = 0;
        loop {
            bytes += (self.buffer.len() - self.start) as u64;
            self.buffer.clear();
            self.buffer.shrink_to(CHUNK);
            self.start = 0;
            self.scanned = 0;
            self.fill()?;
            if self.over {
                return Ok(Line::TooLong { bytes, ended: false });
            }
            if let Some(at) = memchr::memchr(b'\n', &self.buffer) {
                self.start = at + 1;
                return Ok(Line::TooLong { bytes: bytes + at as u64, ended: true });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(usize, bool)> {
        let mut lines = Lines::new(bytes);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push(match line {
                Line::Whole(l) => (l.len(), true),
                Line::Rest(l) => (l.len(), false),
                Line::TooLong { bytes, ended } => (usize::try_from(bytes).unwrap(), ended),
            });
        }
        seen
    }

    #[test]
    fn lines_the_rest_and_nothing() {
        assert_eq!(all(b""), []);
        assert_eq!(all(b"ab\n\nc"), [(2, true), (0, true), (1, false)]);
        assert_eq!(all(b"ab\n"), [(2, true)]);
    }

    #[test]
    fn a_line_too_long_is_measured_and_passed_over() {
        let mut bytes = vec![b'x'; LONGEST * 2];
        bytes.extend_from_slice(b"\nnext\n");
        assert_eq!(all(&bytes), [(LONGEST * 2, true), (4, true)]);
        assert_eq!(all(&vec![0; LONGEST + CHUNK * 3]), [(LONGEST + CHUNK * 3, false)]);
    }
}
