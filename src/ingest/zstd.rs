//! Text compressed with zstd, in as many frames as there are: whole, or as it comes.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Inflated at a time.
const STEP: usize = 128 * 1024;

/// Whether bytes begin a zstd frame.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Whether the file's lines are compressed: by its name, as the agents name them.
pub(super) fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "zst")
}

/// The first bytes of what lies in `input`, as the file's parser would read them.
pub(super) fn beginning(path: &Path, input: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What cannot be read is said when all of it is read.
    let _ = if is_packed(path) {
        Inflating::new(BufReader::new(input)).take(most).read_to_end(&mut bytes)
    } else {
        input.take(most).read_to_end(&mut bytes)
    };
    bytes
}

/// What `bytes` hold; `None`: broken, or more than `most`.
pub(super) fn inflated(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    Inflating::new(bytes).take(limit).read_to_end(&mut text).ok()?;
    (text.len() <= most).then_some(text)
}

/// Reads what is compressed in its input.
pub(super) struct Inflating<R> {
    input: R,
    frame: Option<FrameDecoder>,
}

impl<R: BufRead> Inflating<R> {
    pub fn new(input: R) -> Self {
        Self { input, frame: None }
    }

    /// Goes on to the next frame that holds something; `false`: there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            let decoder = self.frame.get_or_insert_with(FrameDecoder::new);
            match decoder.init(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.input).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

impl<R: BufRead> Read for Inflating<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(decoder) = &mut self.frame {
                let read = decoder.read(buffer)?;
                if read > 0 {
                    return Ok(read);
                }
                if !decoder.is_finished() {
                    let some = ruzstd::decoding::BlockDecodingStrategy::UptoBytes(STEP);
                    decoder
                        .decode_blocks(&mut self.input, some)
                        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
                    continue;
                }
            }
            if !self.next_frame()? {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames as `zstd -c` writes them: `{"a":1}` and a line feed, with a checksum.
    fn frame(text: &[u8]) -> Vec<u8> {
        let mut frame = MAGIC.to_vec();
        // One segment, its size in one byte, no checksum; then one raw block, the last.
        frame.extend([0x20, u8::try_from(text.len()).unwrap()]);
        let head = u32::try_from(text.len()).unwrap() << 3 | 1;
        frame.extend(&head.to_le_bytes()[..3]);
        frame.extend(text);
        frame
    }

    #[test]
    fn frames_follow_each_other_and_some_hold_nothing() {
        let mut all = frame(b"one\n");
        all.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        all.extend(frame(b"two"));
        assert!(is_one(&all));
        assert_eq!(inflated(&all, 100).unwrap(), b"one\ntwo");
        assert_eq!(inflated(&all, 6), None, "longer than it may be");
        assert_eq!(inflated(b"", 6).unwrap(), b"");
    }

    #[test]
    fn what_is_cut_off_or_no_frame_is_an_error() {
        let all = frame(b"something");
        for end in 1..all.len() {
            assert_eq!(inflated(&all[..end], 100), None, "{end}");
        }
        assert_eq!(inflated(b"{\"a\":1}", 100), None);
    }
}
