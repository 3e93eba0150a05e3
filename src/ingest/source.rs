//! One file: what it is now, how far it was read, and the reading itself.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::enrich::{EnrichState, Enricher};
use super::lines::{LONGEST, Line, Lines};
use super::neighbours;
use super::projects::Projects;
use crate::adapters::{Adapter, FileFacts, Parsed, Shape};
use crate::model::{Millis, Skip};
use crate::redact::Redactor;
use crate::store::{Batch, SourcePosition};

/// Bytes that tell a file from another one at the same path.
const HEAD: usize = 1024;
/// What a parser is shown of a file's beginning.
const BEGINNING: usize = 64 * 1024;
/// A batch is handed over at this weight: large enough for the index, small enough for the memory.
pub(super) const BATCH_WEIGHT: usize = 3 * 1024 * 1024;
/// A half line in a file untouched for this long will not be finished.
pub(super) const ABANDONED_MS: Millis = 60 * 60 * 1000;
/// Documents are small; a larger one is none of ours.
const DOCUMENT_BYTES: u64 = 1024 * 1024;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub device: i64,
    pub inode: i64,
    pub size: i64,
    pub mtime_ns: i64,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        let modified =
            metadata.modified().ok().and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
        #[cfg(unix)]
        let (device, inode) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev().cast_signed(), metadata.ino().cast_signed())
        };
        #[cfg(not(unix))]
        let (device, inode) = (0, 0);
        Self {
            device,
            inode,
            size: i64::try_from(metadata.len()).unwrap_or(i64::MAX),
            mtime_ns: i64::try_from(modified.as_nanos()).unwrap_or(i64::MAX),
        }
    }

    pub fn modified_ms(self) -> Millis {
        self.mtime_ns / 1_000_000
    }

    pub fn is_at(&self, position: &SourcePosition) -> bool {
        (self.inode, self.size, self.mtime_ns) == (position.inode, position.size, position.mtime_ns)
    }
}

/// Parser's and enricher's memory, kept with the position.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    parser: Option<String>,
    #[serde(default)]
    enrich: EnrichState,
    #[serde(default)]
    last: LastRead,
}

/// The end of what was read last: if it stands elsewhere now, the file was written anew.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct LastRead {
    end: i64,
    bytes: i64,
    hash: i64,
}

impl LastRead {
    const MOST: usize = 256;

    /// What was `used` of a line that begins at `offset`.
    fn of(used: &[u8], offset: i64) -> Self {
        let (hash, bytes) = hash(&used[used.len().saturating_sub(Self::MOST)..]);
        Self { end: offset + i64::try_from(used.len()).unwrap_or(0), bytes, hash }
    }

    fn is_there(self, file: &mut File) -> io::Result<bool> {
        let from = (self.end - self.bytes).max(0).cast_unsigned();
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(self.bytes.cast_unsigned()).read_to_end(&mut bytes)?;
        Ok(hash(&bytes) == (self.hash, self.bytes))
    }
}

/// What reading needs besides the file.
pub(super) struct Reading<'a> {
    pub adapter: &'static dyn Adapter,
    pub redactor: &'a Redactor,
    pub projects: &'a mut Projects,
    pub now: Millis,
    /// Of a batch that is handed over.
    pub weight: usize,
    /// Told how many bytes were read since the last call.
    pub progress: &'a mut dyn FnMut(u64),
}

/// Reads what is new in `path` and gives it away in batches; each stands for itself with its position.
///
/// # Errors
/// I/O errors of the file, and whatever `give` fails with.
pub(super) fn read_on<E: From<io::Error>>(
    path: &Path,
    known: Option<&SourcePosition>,
    reading: &mut Reading<'_>,
    give: &mut dyn FnMut(Batch) -> Result<(), E>,
) -> Result<(), E> {
    read_pieces(path, known, reading, &mut |batch, _| give(batch))
}

/// As [`read_on`], for those who go on from here themselves: `give` is also told where each batch ends.
pub(super) fn read_pieces<E: From<io::Error>>(
    path: &Path,
    known: Option<&SourcePosition>,
    reading: &mut Reading<'_>,
    give: &mut dyn FnMut(Batch, SourcePosition) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = File::open(path)?;
    let stamp = Stamp::of(&file.metadata()?);
    let shape = reading.adapter.shape(path).unwrap_or(Shape::Lines);
    let name = path.to_string_lossy().into_owned();
    let agent = reading.adapter.agent();
    let remembered = |k: &SourcePosition| serde_json::from_str(k.state.as_deref()?).ok();
    let memory: Memory = known.and_then(remembered).unwrap_or_default();
    let known = known.filter(|k| shape == Shape::Lines && goes_on(&mut file, k, memory.last, stamp).unwrap_or(false));
    let Memory { parser: parser_state, enrich, mut last } = known.map_or_else(Memory::default, |_| memory);
    let (mut offset, mut line) = known.map_or((0, 0), |k| (k.offset, k.line));
    let beginning = first_bytes(&mut file, BEGINNING)?;
    let (head_hash, head_bytes) = hash(&beginning[..beginning.len().min(HEAD)]);
    file.seek(SeekFrom::Start(offset.cast_unsigned()))?;

    let facts = FileFacts { path, modified_ms: stamp.modified_ms(), beginning: &beginning };
    let mut parser = reading.adapter.parser(&facts, parser_state.as_deref());
    neighbours::show(reading.adapter, path, &mut *parser);
    let mut enricher = Enricher::new(reading.redactor, reading.projects, path, enrich);
    let mut batch = Batch::of(agent, &name, known.is_none(), reading.now);
    let mut parsed = Parsed::default();
    let position = |offset, line, state| SourcePosition {
        path: name.clone(),
        agent,
        device: stamp.device,
        inode: stamp.inode,
        head_hash,
        head_bytes,
        offset,
        line,
        size: stamp.size,
        mtime_ns: stamp.mtime_ns,
        state,
    };

    if shape == Shape::Document {
        let mut document = Vec::new();
        file.take(DOCUMENT_BYTES).read_to_end(&mut document)?;
        parser.line(&document, 1, true, &mut parsed);
        drain(&mut parsed, &mut enricher, &mut batch);
        let end = position(stamp.size, 1, None);
        batch.set_position(end.clone());
        (reading.progress)(document.len() as u64);
        return give(batch, end);
    }

    let save = |parser: &dyn crate::adapters::Parser, enrich: &mut EnrichState, last: LastRead| {
        let memory = Memory { parser: parser.state(), enrich: std::mem::take(enrich), last };
        let json = serde_json::to_string(&memory).ok();
        *enrich = memory.enrich;
        json
    };
    let mut lines = Lines::new(&mut file);
    while let Some(next) = lines.next()? {
        line += 1;
        let number = line.cast_unsigned();
        let used = match next {
            Line::Whole(bytes) => {
                if !bytes.trim_ascii().is_empty() {
                    parser.line(bytes, number, true, &mut parsed);
                }
                last = LastRead::of(bytes, offset);
                bytes.len() as u64 + 1
            }
            Line::Rest(bytes) => {
                let used = parser.line(bytes, number, false, &mut parsed);
                if used > 0 {
                    last = LastRead::of(&bytes[..used], offset);
                }
                let left = &bytes[used..];
                let stale = reading.now - stamp.modified_ms() > ABANDONED_MS;
                if !left.trim_ascii().is_empty() && left.iter().all(|b| *b == 0) {
                    parsed.skip("NUL bytes", number);
                } else if !left.trim_ascii().is_empty() && stale {
                    parsed.skip("unfinished last line", number);
                }
                // The line goes on: it keeps its number.
                line -= 1;
                used as u64
            }
            Line::TooLong { bytes, ended } => {
                parsed.skip(format!("line longer than {} MiB", LONGEST / 1024 / 1024), number);
                if ended { bytes + 1 } else { 0 }
            }
        };
        offset += used.cast_signed();
        (reading.progress)(used);
        drain(&mut parsed, &mut enricher, &mut batch);
        if batch.weight() >= reading.weight {
            // Until the file has been read to its end it must not look unchanged.
            let so_far =
                SourcePosition { mtime_ns: 0, ..position(offset, line, save(&*parser, &mut enricher.state, last)) };
            batch.set_position(so_far.clone());
            give(std::mem::replace(&mut batch, Batch::of(agent, &name, false, reading.now)), so_far)?;
        }
    }
    let end = position(offset, line, save(&*parser, &mut enricher.state, last));
    batch.set_position(end.clone());
    give(batch, end)
}

fn drain(parsed: &mut Parsed, enricher: &mut Enricher<'_>, batch: &mut Batch) {
    for fact in parsed.facts.drain(..) {
        enricher.add(fact, batch);
    }
    for skip in parsed.skips.drain(..) {
        batch.skip(skip);
    }
    batch.add_records(std::mem::take(&mut parsed.records));
}

/// Whether the file still begins as it did, and what was read last still stands where it stood: an agent may
/// take back records and write others in their place.
fn goes_on(file: &mut File, known: &SourcePosition, last: LastRead, stamp: Stamp) -> io::Result<bool> {
    if stamp.size < known.offset {
        return Ok(false);
    }
    let head = first_bytes(file, usize::try_from(known.head_bytes).unwrap_or(0))?;
    Ok(hash(&head).0 == known.head_hash && last.is_there(file)?)
}

fn first_bytes(file: &mut File, most: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::with_capacity(most.min(BEGINNING));
    file.by_ref().take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Hash and length.
fn hash(bytes: &[u8]) -> (i64, i64) {
    (xxhash_rust::xxh3::xxh3_64(bytes).cast_signed(), i64::try_from(bytes.len()).unwrap_or(0))
}

/// A batch that only says why a path could not be read.
pub(super) fn unreadable(adapter: &dyn Adapter, path: &Path, error: &io::Error, now: Millis) -> Batch {
    let mut batch = Batch::of(adapter.agent(), &path.to_string_lossy(), true, now);
    let what = if fs::metadata(path).is_ok_and(|m| m.is_dir()) { "directory" } else { "file" };
    batch.skip(Skip { reason: format!("{what} could not be read"), sample: error.to_string() });
    batch
}
