//! Another program's SQLite database, row by row: never written to, never locked, never left with files of ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::source::Stamp;
use super::zstd;
use crate::adapters::{LookUp, News, Table};

/// A value longer than this is left out: no record that matters comes near it.
const LONGEST: usize = 16 * 1024 * 1024;
/// A piece read in one go ends at either: its transaction must not keep the database's own writer from tidying up.
const PIECE_ROWS: usize = 256;
const PIECE_BYTES: usize = 4 * 1024 * 1024;
/// Rows among the newest that may still change in place.
const YOUNG: i64 = 4096;
/// A database that is written to again and again while it is read is left alone for a while.
const TRIES: u32 = 3;
/// Whoever writes at the moment is done by then.
const PATIENCE: Duration = Duration::from_millis(100);

/// Why a database could not be read. All of it may be over a moment later, but for `Sql`.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowsError {
    #[error("it is being written to")]
    Busy,
    #[error("its `-wal` file has lost its `-shm` file; it is read again once its agent has opened it")]
    HalfThere,
    #[error("{0}")]
    Sql(rusqlite::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<rusqlite::Error> for RowsError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ReadOnly) => Self::Busy,
            _ => Self::Sql(error),
        }
    }
}

impl From<RowsError> for io::Error {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Io(error) => error,
            RowsError::Busy | RowsError::HalfThere => Self::new(io::ErrorKind::WouldBlock, error),
            RowsError::Sql(_) => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}

/// How what is said of a database that cannot be read begins; it is over once it can be.
pub(super) const TROUBLE: &str = "database ";

/// How far each table was read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Marks(BTreeMap<String, Mark>);

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Mark {
    /// Of the last row.
    row: i64,
    /// Of what it held: rows may be rewritten, and their numbers given anew.
    hash: i64,
    /// The largest value of the column that says when a row changed.
    newest: i64,
}

/// What is beside a database while somebody has it open.
const BESIDE: [&str; 2] = ["-wal", "-journal"];

/// The database that `path` belongs to, where its name says that it is no database itself.
pub(super) fn belongs_to(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let own = BESIDE.iter().find_map(|beside| name.strip_suffix(beside))?;
    Some(path.with_file_name(own))
}

/// The database together with what was written and not yet moved into it.
pub(super) fn stamp(path: &Path, own: Stamp) -> Stamp {
    match fs::metadata(beside(path, "-wal")).map(|wal| Stamp::of(&wal)) {
        Ok(wal) => Stamp { size: own.size + wal.size, mtime_ns: own.mtime_ns.max(wal.mtime_ns), ..own },
        Err(_) => own,
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What is given of a database, in the order of reading.
pub(super) enum Read<'a> {
    /// A row as a line of JSON.
    Row(&'a str),
    /// Something that another version of the agent has in another way.
    Missing(String),
    /// A place where everything before is whole.
    Piece,
}

pub(super) struct Rows<'a> {
    path: &'a Path,
    tables: &'static [Table],
    look_ups: &'static [LookUp],
    pub marks: Marks,
}

impl<'a> Rows<'a> {
    pub fn new(path: &'a Path, tables: &'static [Table], marks: Marks) -> Self {
        Self { path, tables, look_ups: &[], marks }
    }

    pub fn bringing(self, look_ups: &'static [LookUp]) -> Self {
        Self { look_ups, ..self }
    }

    /// Hands over what is new since the marks.
    ///
    /// # Errors
    /// Why it could not be read, and whatever `take` fails with.
    pub fn read<E: From<RowsError>>(
        &mut self,
        take: &mut dyn FnMut(Read<'_>, &Marks) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut missing = Vec::new();
        for table in self.tables {
            let query = Query::new(table, self.look_ups, &Source::open(self.path)?)?;
            match query {
                Some(query) => self.table(&query, take)?,
                None => missing.push(table.name),
            }
        }
        // Other tables come and go with the versions of an agent; without the first one it is nothing that we know.
        if missing.first().is_some_and(|name| self.tables[0].name == *name) {
            let what = format!("database of an unknown version: no table `{}`", missing.join("`, `"));
            take(Read::Missing(what), &self.marks)?;
        }
        Ok(())
    }

    fn table<E: From<RowsError>>(
        &mut self,
        query: &Query,
        take: &mut dyn FnMut(Read<'_>, &Marks) -> Result<(), E>,
    ) -> Result<(), E> {
        let Query { table, .. } = query;
        let known = self.marks.0.get(table.name).copied().filter(|_| table.news != News::Whole).unwrap_or_default();
        let mut db = Source::open(self.path)?;
        let mut mark = if query.goes_on(&db, known)? { known } else { Mark::default() };
        let last = mark.row;
        // The young rows that were read before, then the new ones.
        let mut again = (matches!(table.news, News::Changed(_)) && last > 0).then_some(mark.newest);
        let mut from = if again.is_some() { last - YOUNG } else { last };
        let mut tries = 0;
        loop {
            let to = if again.is_some() { last } else { i64::MAX };
            let piece = query.piece(&db, from, to, again);
            if !db.was_left_alone() {
                // What was read may be half of what it should be.
                tries += 1;
                if tries > TRIES {
                    return Err(RowsError::Busy.into());
                }
                db = Source::open(self.path)?;
                continue;
            }
            let piece = piece?;
            for row in &piece.rows {
                take(Read::Row(&row.line), &self.marks)?;
                from = row.number;
                mark.newest = mark.newest.max(row.changed);
                if row.number >= mark.row {
                    (mark.row, mark.hash) = (row.number, row.hash);
                }
            }
            if table.news != News::Whole {
                self.marks.0.insert(table.name.to_owned(), mark);
            }
            if !piece.rows.is_empty() {
                take(Read::Piece, &self.marks)?;
            }
            if piece.ended {
                if again.take().is_none() {
                    return Ok(());
                }
                from = last;
            }
        }
    }
}

/// An open database.
struct Source<'a> {
    db: Connection,
    path: &'a Path,
    /// Nobody had it open, and so it was opened without a word to anybody, as it was then.
    alone: Option<Stamp>,
}

impl<'a> Source<'a> {
    fn open(path: &'a Path) -> Result<Self, RowsError> {
        let own = Stamp::of(&fs::metadata(path)?);
        let size = |suffix| fs::metadata(beside(path, suffix)).ok().map(|m| m.len());
        let alone = match (size("-wal"), size("-shm"), size("-journal")) {
            (_, _, Some(1..)) => return Err(RowsError::Busy),
            (Some(_), Some(_), _) => None,
            // To read it, SQLite would put a file beside it.
            (Some(1..), None, _) => return Err(RowsError::HalfThere),
            _ => Some(own),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match alone {
            Some(_) => Connection::open_with_flags(immutable(path), flags | OpenFlags::SQLITE_OPEN_URI)?,
            None => Connection::open_with_flags(path, flags)?,
        };
        db.busy_timeout(PATIENCE)?;
        Ok(Self { db, path, alone })
    }

    /// Nobody has written to it meanwhile, or SQLite keeps the two of us apart.
    fn was_left_alone(&self) -> bool {
        let Some(before) = self.alone else { return true };
        let written_to =
            ["-wal", "-journal"].iter().any(|b| fs::metadata(beside(self.path, b)).is_ok_and(|m| m.len() > 0));
        !written_to && fs::metadata(self.path).is_ok_and(|m| Stamp::of(&m) == before)
    }
}

/// The name under which SQLite takes no lock and looks for nothing beside the file.
fn immutable(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// How one table is asked.
struct Query {
    table: &'static Table,
    columns: Vec<&'static str>,
    /// What is selected: the row's number, when it changed, the columns, whether one is too long.
    selected: String,
}

struct Piece {
    rows: Vec<Found>,
    /// There are no more.
    ended: bool,
}

struct Found {
    number: i64,
    changed: i64,
    hash: i64,
    line: String,
}

impl Query {
    /// `None`: there is no such table.
    fn new(table: &'static Table, look_ups: &[LookUp], source: &Source<'_>) -> Result<Option<Self>, RowsError> {
        let mut find = source.db.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let there = find.query_map([table.name], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        if there.is_empty() {
            return Ok(None);
        }
        let mut columns: Vec<&str> = table.columns.iter().copied().filter(|c| there.iter().any(|t| t == c)).collect();
        let changed = match table.news {
            News::Changed(column) if there.iter().any(|t| t == column) => format!("\"{column}\""),
            _ => "0".to_owned(),
        };
        let long = |c: &str| format!("octet_length(\"{c}\") > {LONGEST}");
        let mut selected = format!("rowid, {changed}");
        for column in &columns {
            let _ = write!(selected, ", iif({}, NULL, \"{column}\")", long(column));
        }
        for LookUp { name, sql, .. } in look_ups.iter().filter(|found| found.table == table.name) {
            if source.db.prepare(&format!("SELECT {sql} FROM \"{}\"", table.name)).is_ok() {
                columns.push(name);
                let _ = write!(selected, ", {sql}");
            }
        }
        Ok(Some(Self { table, columns, selected }))
    }

    /// Whether the row that was read last is where it was.
    fn goes_on(&self, source: &Source<'_>, mark: Mark) -> Result<bool, RowsError> {
        if mark.row == 0 {
            return Ok(true);
        }
        let piece = self.piece(source, mark.row - 1, mark.row, None)?;
        let same = |row: &Found| self.table.news != News::Added || row.hash == mark.hash;
        Ok(piece.rows.first().is_some_and(same))
    }

    /// Rows after `from` up to `to`; only those that changed since `changed_since`, if that is given.
    fn piece(&self, source: &Source<'_>, from: i64, to: i64, changed_since: Option<i64>) -> Result<Piece, RowsError> {
        let changed = match (self.table.news, changed_since) {
            (News::Changed(column), Some(since)) => format!(" AND \"{column}\" >= {since}"),
            _ => String::new(),
        };
        let sql = format!(
            "SELECT {} FROM \"{}\" WHERE rowid > ?1 AND rowid <= ?2{changed} ORDER BY rowid",
            self.selected, self.table.name
        );
        let mut find = source.db.prepare(&sql)?;
        let mut rows = find.query([from, to])?;
        let mut piece = Piece { rows: Vec::new(), ended: true };
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            if piece.rows.len() >= PIECE_ROWS || bytes > PIECE_BYTES {
                piece.ended = false;
                break;
            }
            let line = self.line(row)?;
            bytes += line.len();
            piece.rows.push(Found {
                number: row.get(0)?,
                changed: row.get::<_, Option<i64>>(1).ok().flatten().unwrap_or(0),
                hash: xxhash_rust::xxh3::xxh3_64(line.as_bytes()).cast_signed(),
                line,
            });
        }
        Ok(piece)
    }

    fn line(&self, row: &Row<'_>) -> Result<String, RowsError> {
        let mut line = format!("{{\"table\":\"{}\"", self.table.name);
        for (place, column) in self.columns.iter().enumerate() {
            let value = row.get_ref(place + 2)?;
            if let Some(json) = json_of(value, self.table.json.contains(column)) {
                let _ = write!(line, ",\"{column}\":{json}");
            }
        }
        line.push('}');
        Ok(line)
    }
}

/// `None`: there is nothing to say.
fn json_of(value: ValueRef<'_>, holds_json: bool) -> Option<String> {
    let text = match value {
        ValueRef::Null => return None,
        ValueRef::Integer(n) => return Some(n.to_string()),
        ValueRef::Real(n) => return serde_json::Number::from_f64(n).map(|n| n.to_string()),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes),
        ValueRef::Blob(bytes) if holds_json && zstd::is_one(bytes) => {
            String::from_utf8(zstd::inflated(bytes, LONGEST)?).ok()?.into()
        }
        ValueRef::Blob(bytes) => std::str::from_utf8(bytes).ok()?.into(),
    };
    if holds_json && serde_json::from_str::<&RawValue>(&text).is_ok() {
        // A line stays one.
        return Some(text.replace(['\n', '\r'], " "));
    }
    serde_json::to_string(&text).ok()
}

#[cfg(test)]
mod tests;
