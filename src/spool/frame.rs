//! The shared file's bytes: a header that says where the waiting frames lie, and frames that can be told whole
//! from broken.

use std::fs::File;
use std::io;

use memchr::memmem;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const FILE_MARK: &[u8; 8] = b"TMA1SPL\x01";

/// 0xF5 and 0xFF occur in no UTF-8 text, so none of the texts that frames hold looks like the start of one.
const FRAME_MARK: [u8; 4] = [0xF5, b'T', b'F', 0xFF];

/// Bytes before the first frame.
pub const HEADER: u64 = 64;
const HEADER_LEN: usize = 64;
const FRAME_HEAD: usize = 24;

/// More than a hook may post, with its own head.
pub const MOST_PAYLOAD: usize = 20 * 1024 * 1024;

/// Bytes that are searched at a time for the next frame.
const STRIDE: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Grows each time that the file begins anew, so that what lies beyond the end is never taken for new.
    pub generation: u32,
    pub begin: u64,
    pub end: u64,
    pub entries: u64,
}

impl Header {
    pub const EMPTY: Self = Self { generation: 1, begin: HEADER, end: HEADER, entries: 0 };

    pub fn bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..8].copy_from_slice(FILE_MARK);
        bytes[8..16].copy_from_slice(&self.begin.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.end.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.entries.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.generation.to_le_bytes());
        let check = xxh3_64(&bytes[..56]);
        bytes[56..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != HEADER_LEN || !bytes.starts_with(FILE_MARK) || u64_at(bytes, 56)? != xxh3_64(&bytes[..56]) {
            return None;
        }
        let header = Self {
            begin: u64_at(bytes, 8)?,
            end: u64_at(bytes, 16)?,
            entries: u64_at(bytes, 24)?,
            generation: u32_at(bytes, 32)?,
        };
        (HEADER <= header.begin && header.begin <= header.end).then_some(header)
    }
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Header(Header),
    /// Nothing was ever written.
    Nothing,
    Damaged,
}

pub fn read_header(file: &File) -> io::Result<Told> {
    let mut bytes = [0; HEADER_LEN];
    let read = read_at(file, &mut bytes, 0)?;
    let bytes = &bytes[..read];
    Ok(match Header::of(bytes) {
        Some(header) => Told::Header(header),
        // A crash between the making of the file and its first header leaves no byte or zeros, and then no frame.
        None if bytes.iter().all(|byte| *byte == 0) && next_mark(file, 0, u64::MAX)?.is_none() => Told::Nothing,
        None => Told::Damaged,
    })
}

/// The header that fits the frames which are there. What was read before may come again.
pub fn rebuilt(file: &File) -> io::Result<Header> {
    let mut header = Header { generation: 0, ..Header::EMPTY };
    let mut at = HEADER;
    while let Some(mark) = next_mark(file, at, u64::MAX)? {
        let Some(frame) = frame_at(file, mark, u64::MAX, None)? else {
            at = mark + 1;
            continue;
        };
        at = frame.next;
        if frame.generation > header.generation {
            header = Header { generation: frame.generation, begin: mark, end: at, entries: 1 };
        } else if frame.generation == header.generation {
            header.end = at;
            header.entries += 1;
        }
    }
    header.generation = header.generation.max(1);
    Ok(header)
}

#[derive(Debug)]
pub struct Frame {
    pub payload: Vec<u8>,
    /// Where the next one begins.
    pub next: u64,
    generation: u32,
}

pub fn framed(payload: &[u8], generation: u32) -> Vec<u8> {
    let mut frame = Vec::with_capacity(FRAME_HEAD + payload.len());
    frame.extend_from_slice(&FRAME_MARK);
    frame.extend_from_slice(&generation.to_le_bytes());
    frame.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    frame.extend_from_slice(&check(payload, generation).to_le_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// The whole frame at `at`, before `end` and of `generation` where one is given; `None`: there is none.
pub fn frame_at(file: &File, at: u64, end: u64, generation: Option<u32>) -> io::Result<Option<Frame>> {
    let mut head = [0; FRAME_HEAD];
    if read_at(file, &mut head, at)? < FRAME_HEAD || head[..4] != FRAME_MARK {
        return Ok(None);
    }
    let (Some(told), Some(length), Some(sum)) = (u32_at(&head, 4), u64_at(&head, 8), u64_at(&head, 16)) else {
        return Ok(None);
    };
    let payload_at = at + FRAME_HEAD as u64;
    let Some(size) = usize::try_from(length).ok().filter(|size| *size <= MOST_PAYLOAD) else { return Ok(None) };
    if generation.is_some_and(|wanted| wanted != told) || payload_at + length > end {
        return Ok(None);
    }
    let mut payload = vec![0; size];
    if read_at(file, &mut payload, payload_at)? < size || check(&payload, told) != sum {
        return Ok(None);
    }
    Ok(Some(Frame { payload, next: payload_at + length, generation: told }))
}

/// Where the next whole frame behind damage begins, else `end`.
pub fn next_whole(file: &File, from: u64, end: u64, generation: u32) -> io::Result<u64> {
    let mut at = from;
    while let Some(mark) = next_mark(file, at, end)? {
        if frame_at(file, mark, end, Some(generation))?.is_some() {
            return Ok(mark);
        }
        at = mark + 1;
    }
    Ok(end)
}

/// Where something that looks like a frame begins, at `from` or later.
fn next_mark(file: &File, from: u64, end: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    let mut piece = vec![0; STRIDE];
    while at < end {
        let read = read_at(file, &mut piece, at)?;
        if let Some(found) = memmem::find(&piece[..read], &FRAME_MARK) {
            let mark = at + found as u64;
            return Ok((mark < end).then_some(mark));
        }
        if read < STRIDE {
            return Ok(None);
        }
        // A mark may lie across two pieces.
        at += (STRIDE - (FRAME_MARK.len() - 1)) as u64;
    }
    Ok(None)
}

/// Generation and length are part of the sum: a wrong one is as bad as a wrong byte.
fn check(payload: &[u8], generation: u32) -> u64 {
    xxh3_64_with_seed(payload, u64::from(generation) << 32 ^ payload.len() as u64)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Fills `buffer` from `offset` as far as the file goes.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_some(file, &mut buffer[filled..], offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(not(unix))]
fn read_some(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    io::Read::read(&mut file, buffer)
}

#[cfg(unix)]
pub fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
pub fn write_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    io::Write::write_all(&mut file, bytes)
}
