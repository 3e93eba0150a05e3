//! A pack of objects and its list, of which only what is asked for is read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use flate2::bufread::ZlibDecoder;

use super::objects::{Kind, MOST_BYTES, Object};
use super::{Bounds, Id, Stop, delta};

const BROKEN: Stop = Stop::Broken("a pack");
/// The list's header and its counts by first byte.
const NAMES: u64 = 8 + 256 * 4;
const ID: u64 = size_of::<Id>() as u64;
/// Git's own bound on differences to differences.
const CHAIN: usize = 4095;
/// Names kept in memory at most, by first byte.
const KEPT: usize = 1024 * 1024;

pub(super) struct Pack {
    list: File,
    data: File,
    counts: Vec<u32>,
    names: HashMap<u8, Vec<u8>>,
}

/// How an object lies in the pack.
enum Kept {
    Whole(Kind),
    AsDeltaAt(u64),
    AsDeltaOf(Id),
}

impl Pack {
    /// By the path of its list; `None` for one that is no longer there.
    pub fn open(path: &Path) -> Result<Option<Self>, Stop> {
        let (Ok(list), Ok(data)) = (File::open(path), File::open(path.with_extension("pack"))) else { return Ok(None) };
        let mut header = vec![0; usize::try_from(NAMES).unwrap_or_default()];
        list.read_exact_at(&mut header, 0).map_err(|_| BROKEN)?;
        let (magic, counts) = header.split_at_checked(8).ok_or(BROKEN)?;
        if magic != [0xff, b't', b'O', b'c', 0, 0, 0, 2] {
            return Err(Stop::Doubt("a pack of an old version"));
        }
        let counts = counts.chunks_exact(4).map(number).collect();
        Ok(Some(Self { list, data, counts, names: HashMap::new() }))
    }

    pub fn offset(&mut self, id: &Id) -> Result<Option<u64>, Stop> {
        let first = usize::from(id[0]);
        let end = self.counts.get(first).copied().unwrap_or_default();
        let begin = first.checked_sub(1).and_then(|before| self.counts.get(before).copied()).unwrap_or_default();
        let length = end.checked_sub(begin).ok_or(BROKEN)? as usize * size_of::<Id>();
        let found = if let Some(names) = self.names.get(&id[0]) {
            position(names, id)
        } else {
            if length as u64 > self.list.metadata().map_err(|_| BROKEN)?.len() {
                return Err(BROKEN);
            }
            let mut names = vec![0; length];
            self.list.read_exact_at(&mut names, NAMES + u64::from(begin) * ID).map_err(|_| BROKEN)?;
            let found = position(&names, id);
            if length <= KEPT {
                self.names.insert(id[0], names);
            }
            found
        };
        let Some(place) = found else { return Ok(None) };
        let all = u64::from(self.counts.last().copied().unwrap_or_default());
        let place = u64::from(begin) + place as u64;
        // Behind the names: a checksum each, then the offsets, then those that need eight bytes.
        let offset = self.read_number(NAMES + all * (ID + 4) + place * 4)?;
        if offset & 1 << 31 == 0 {
            return Ok(Some(u64::from(offset)));
        }
        let large = NAMES + all * (ID + 8) + u64::from(offset & !(1 << 31)) * 8;
        let (high, low) = (self.read_number(large)?, self.read_number(large + 4)?);
        Ok(Some(u64::from(high) << 32 | u64::from(low)))
    }

    fn read_number(&self, at: u64) -> Result<u32, Stop> {
        let mut bytes = [0; 4];
        self.list.read_exact_at(&mut bytes, at).map_err(|_| BROKEN)?;
        Ok(u32::from_be_bytes(bytes))
    }

    pub fn object(&mut self, offset: u64, bounds: Bounds) -> Result<Object, Stop> {
        let mut deltas: Vec<Vec<u8>> = Vec::new();
        let mut at = offset;
        loop {
            bounds.in_time()?;
            let (kept, content) = self.read(at)?;
            match kept {
                Kept::Whole(kind) => {
                    let mut content = content;
                    while let Some(step) = deltas.pop() {
                        content = delta::apply(&content, &step).ok_or(BROKEN)?;
                    }
                    return Ok(Object { kind, content });
                }
                // The one that it differs from lies before it.
                Kept::AsDeltaAt(back) if back > 0 => at = at.checked_sub(back).ok_or(BROKEN)?,
                Kept::AsDeltaOf(id) => at = self.offset(&id)?.ok_or(BROKEN)?,
                Kept::AsDeltaAt(_) => return Err(BROKEN),
            }
            deltas.push(content);
            if deltas.len() > CHAIN {
                return Err(BROKEN);
            }
        }
    }

    fn read(&self, offset: u64) -> Result<(Kept, Vec<u8>), Stop> {
        let mut from = BufReader::with_capacity(2048, At { file: &self.data, offset });
        let first = byte(&mut from)?;
        let (mut size, mut more, mut place) = (u64::from(first & 15), first & 0x80 != 0, 4);
        while more {
            let next = byte(&mut from)?;
            size |= u64::from(next & 0x7f).checked_shl(place).ok_or(BROKEN)?;
            (more, place) = (next & 0x80 != 0, place + 7);
        }
        if size > MOST_BYTES {
            return Err(BROKEN);
        }
        let kept = match first >> 4 & 7 {
            1 => Kept::Whole(Kind::Commit),
            2 => Kept::Whole(Kind::Tree),
            3 | 4 => Kept::Whole(Kind::Other),
            6 => {
                let mut next = byte(&mut from)?;
                let mut back = u64::from(next & 0x7f);
                while next & 0x80 != 0 {
                    next = byte(&mut from)?;
                    back = back.checked_add(1).and_then(|back| back.checked_mul(128)).ok_or(BROKEN)?;
                    back |= u64::from(next & 0x7f);
                }
                Kept::AsDeltaAt(back)
            }
            7 => {
                let mut id = Id::default();
                from.read_exact(&mut id).map_err(|_| BROKEN)?;
                Kept::AsDeltaOf(id)
            }
            _ => return Err(BROKEN),
        };
        let mut content = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or_default());
        ZlibDecoder::new(from).take(size + 1).read_to_end(&mut content).map_err(|_| BROKEN)?;
        if content.len() as u64 == size { Ok((kept, content)) } else { Err(BROKEN) }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn position(names: &[u8], id: &Id) -> Option<usize> {
    let (names, _) = names.as_chunks::<{ size_of::<Id>() }>();
    names.binary_search(id).ok()
}

fn byte(from: &mut impl Read) -> Result<u8, Stop> {
    let mut byte = [0];
    from.read_exact(&mut byte).map_err(|_| BROKEN)?;
    Ok(byte[0])
}

/// Reads on from there, without a place that others share.
struct At<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
