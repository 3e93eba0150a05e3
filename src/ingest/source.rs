//! One file: what it is now, how far it was read, and the reading itself.

mod along;

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::enrich::{EnrichState, Enricher};
use super::lines::{LONGEST, Line, Lines};
use super::neighbours;
use super::projects::Projects;
use super::rows::{self, Marks, Rows, RowsError};
use super::zstd::{self, Inflating};
use crate::adapters::{Adapter, FileFacts, Parsed, Parser, Shape};
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
/// A larger document is none of ours.
const DOCUMENT_BYTES: u64 = 32 * 1024 * 1024;

/// Why it is passed over; it may go on all the same.
const UNFINISHED: &str = "unfinished last line";

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

    /// Of a source of history, which may be more than one file.
    pub fn of_source(adapter: &dyn Adapter, path: &Path, metadata: &Metadata) -> Self {
        let own = Self::of(metadata);
        if adapter.shape(path) == Some(Shape::Rows) { rows::stamp(path, own) } else { own }
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
    #[serde(default)]
    rows: Marks,
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
    let stamp = Stamp::of_source(reading.adapter, path, &file.metadata()?);
    let shape = reading.adapter.shape(path).unwrap_or(Shape::Lines);
    let packed = shape == Shape::Lines && zstd::is_packed(path);
    let remembered = |k: &SourcePosition| serde_json::from_str(k.state.as_deref()?).ok();
    let memory: Memory = known.and_then(remembered).unwrap_or_default();
    let goes_on = |file: &mut File, known: &SourcePosition| match shape {
        Shape::Lines => !packed && goes_on(file, known, memory.last, stamp).unwrap_or(false),
        Shape::Document => false,
        Shape::Rows => (known.device, known.inode) == (stamp.device, stamp.inode),
    };
    let known = known.filter(|k| goes_on(&mut file, k));
    let Memory { parser: parser_state, enrich, last, rows } = known.map_or_else(Memory::default, |_| memory);
    let beginning = first_bytes(&mut file, BEGINNING)?;
    let (head_hash, head_bytes) = hash(&beginning[..beginning.len().min(HEAD)]);
    let beginning = if packed { zstd::beginning(path, File::open(path)?, BEGINNING as u64) } else { beginning };
    let facts = FileFacts { path, modified_ms: stamp.modified_ms(), beginning: &beginning };
    let at = SourcePosition {
        path: path.to_string_lossy().into_owned(),
        agent: reading.adapter.agent(),
        device: stamp.device,
        inode: stamp.inode,
        head_hash,
        head_bytes,
        offset: known.map_or(0, |k| k.offset),
        line: known.map_or(0, |k| k.line),
        size: stamp.size,
        mtime_ns: stamp.mtime_ns,
        state: None,
    };
    let mut piece = Piece {
        batch: Batch::of(at.agent, &at.path, known.is_none(), reading.now),
        parser: reading.adapter.parser(&facts, parser_state.as_deref()),
        enricher: Enricher::new(reading.redactor, reading.projects, path, enrich),
        parsed: Parsed::default(),
        last,
        rows,
        at,
        now: reading.now,
        weight: reading.weight,
        progress: reading.progress,
    };
    neighbours::show(reading.adapter, path, &mut *piece.parser);
    match shape {
        Shape::Lines => {
            piece.batch.settled(UNFINISHED);
            file.seek(SeekFrom::Start(piece.at.offset.cast_unsigned()))?;
            if packed {
                piece.lines(Inflating::new(BufReader::new(file)), give)?;
                piece.at.offset = stamp.size;
            } else {
                piece.lines(&mut file, give)?;
            }
        }
        Shape::Document => {
            let mut document = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.take(DOCUMENT_BYTES).read_to_end(&mut document)?;
            piece.parser.line(&document, 1, true, &mut piece.parsed);
            (piece.progress)(document.len() as u64);
            piece.along(reading.adapter, path, &document, give)?;
            (piece.at.offset, piece.at.line) = (stamp.size, 1);
        }
        Shape::Rows => {
            piece.rows(path, reading.adapter, give)?;
            piece.at.offset = stamp.size;
        }
    }
    piece.drain();
    piece.end(give)
}

/// What was read since the last batch was given away.
struct Piece<'a> {
    batch: Batch,
    parser: Box<dyn Parser>,
    enricher: Enricher<'a>,
    parsed: Parsed,
    last: LastRead,
    rows: Marks,
    at: SourcePosition,
    now: Millis,
    weight: usize,
    progress: &'a mut dyn FnMut(u64),
}

impl Piece<'_> {
    fn lines<E: From<io::Error>>(&mut self, input: impl Read, give: Give<'_, E>) -> Result<(), E> {
        let mut lines = Lines::new(input);
        while let Some(next) = lines.next()? {
            self.at.line += 1;
            let number = self.at.line.cast_unsigned();
            let used = match next {
                Line::Whole(bytes) => {
                    if !bytes.trim_ascii().is_empty() {
                        self.parser.line(bytes, number, true, &mut self.parsed);
                    }
                    self.last = LastRead::of(bytes, self.at.offset);
                    bytes.len() as u64 + 1
                }
                Line::Rest(bytes) => {
                    let used = self.parser.line(bytes, number, false, &mut self.parsed);
                    if used > 0 {
                        self.last = LastRead::of(&bytes[..used], self.at.offset);
                    }
                    let left = &bytes[used..];
                    let stale = self.now - self.at.mtime_ns / 1_000_000 > ABANDONED_MS;
                    if !left.trim_ascii().is_empty() && left.iter().all(|b| *b == 0) {
                        self.parsed.skip("NUL bytes", number);
                    } else if !left.trim_ascii().is_empty() && stale {
                        self.parsed.skip(UNFINISHED, number);
                    }
                    // The line goes on: it keeps its number.
                    self.at.line -= 1;
                    used as u64
                }
                Line::TooLong { bytes, ended } => {
                    self.parsed.skip(format!("line longer than {} MiB", LONGEST / 1024 / 1024), number);
                    if ended { bytes + 1 } else { 0 }
                }
            };
            self.at.offset += used.cast_signed();
            (self.progress)(used);
            self.drain();
            self.give_if_heavy(give)?;
        }
        Ok(())
    }

    fn rows<E: From<io::Error>>(
        &mut self,
        path: &Path,
        adapter: &'static dyn Adapter,
        give: Give<'_, E>,
    ) -> Result<(), E> {
        let marks = std::mem::take(&mut self.rows);
        let mut rows = Rows::new(path, adapter.tables(), marks).bringing(adapter.look_ups());
        self.batch.settled(rows::TROUBLE);
        rows.read(&mut |read, marks| {
            match read {
                rows::Read::Row(line) => {
                    self.at.line += 1;
                    let number = self.at.line.cast_unsigned();
                    self.parser.line(line.as_bytes(), number, true, &mut self.parsed);
                    (self.progress)(line.len() as u64);
                    self.drain();
                }
                rows::Read::Piece => {
                    self.rows = marks.clone();
                    return self.give_if_heavy(give).map_err(Stopped::Taker);
                }
                rows::Read::Missing(what) => self.batch.skip(Skip { reason: what, sample: String::new() }),
            }
            Ok(())
        })
        .map_err(|stopped| match stopped {
            Stopped::Taker(error) => error,
            Stopped::Database(error) => error.into(),
        })?;
        self.rows = rows.marks;
        Ok(())
    }

    fn drain(&mut self) {
        for fact in self.parsed.facts.drain(..) {
            self.enricher.add(fact, &mut self.batch);
        }
        for skip in self.parsed.skips.drain(..) {
            self.batch.skip(skip);
        }
        self.batch.add_records(std::mem::take(&mut self.parsed.records));
    }

    fn give_if_heavy<E>(&mut self, give: Give<'_, E>) -> Result<(), E> {
        if self.batch.weight() < self.weight {
            return Ok(());
        }
        // Until the file has been read to its end it must not look unchanged.
        let so_far = SourcePosition { mtime_ns: 0, state: self.state(), ..self.at.clone() };
        self.batch.set_position(so_far.clone());
        let next = Batch::of(self.at.agent, &self.at.path, false, self.now);
        give(std::mem::replace(&mut self.batch, next), so_far)
    }

    fn end<E>(mut self, give: Give<'_, E>) -> Result<(), E> {
        let end = SourcePosition { state: self.state(), ..self.at.clone() };
        self.batch.set_position(end.clone());
        give(self.batch, end)
    }

    fn state(&mut self) -> Option<String> {
        let enrich = std::mem::take(&mut self.enricher.state);
        let memory = Memory { parser: self.parser.state(), enrich, last: self.last, rows: self.rows.clone() };
        let json = serde_json::to_string(&memory).ok();
        self.enricher.state = memory.enrich;
        json
    }
}

type Give<'a, E> = &'a mut dyn FnMut(Batch, SourcePosition) -> Result<(), E>;

/// Why reading rows ended early.
enum Stopped<E> {
    Taker(E),
    Database(io::Error),
}

impl<E> From<RowsError> for Stopped<E> {
    fn from(error: RowsError) -> Self {
        Self::Database(error.into())
    }
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
    let for_now = error.kind() == io::ErrorKind::WouldBlock;
    // What was read of it still counts where it is only in use.
    let mut batch = Batch::of(adapter.agent(), &path.to_string_lossy(), !for_now, now);
    let reason = match fs::metadata(path) {
        _ if for_now => {
            batch.settled(rows::TROUBLE);
            format!("{}in use, tried again soon", rows::TROUBLE)
        }
        Ok(metadata) if metadata.is_dir() => "directory could not be read".to_owned(),
        _ => "file could not be read".to_owned(),
    };
    batch.skip(Skip { reason, sample: error.to_string() });
    batch
}
