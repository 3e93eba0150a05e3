//! The one writer: applies batches, each in one transaction with the position it was read up to.

mod batch;
mod builds;
mod calls;
mod changes;
mod files;
mod findings;
mod fold;
mod messages;
mod overheard;
mod requests;
mod running;
mod search;
mod sessions;
mod sources;
mod telemetry;
mod thread;
mod told_threads;
mod unnamed;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub use batch::{Batch, SourcePosition};
pub use findings::{FindingNow, Noticed, Standing, Telling};
pub(in crate::store) use search::{Part, SEARCH_PARTS};
pub use thread::{WriterHandle, WriterLoad, WriterThread};
pub(in crate::store) use unnamed::{NAMED, telling};

use self::overheard::Alone;
use self::requests::Mixed;
use self::search::PendingDocs;
use self::sessions::SessionBook;
use super::read::meta;
use super::{Result, StoreError, migrate};
use crate::model::{Agent, Fact};

/// What a bulk import writes again and again is copied into the file less often.
const PAGES_OF_LOG: i32 = 4_000;

/// Applies facts to the store. Holding one means holding the lock of the data directory.
pub struct Writer {
    db: Connection,
    path: PathBuf,
    sessions: SessionBook,
    docs: PendingDocs,
    price_table: Option<i64>,
    alone: Alone,
    mixed: Mixed,
    /// Records that a title waits for.
    awaited_titles: HashMap<String, String>,
    _lock: File,
}

impl Writer {
    /// Opens (and makes, or brings up to date) the store in `data_dir`.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process writes.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let lock = lock(data_dir)?;
        let path = data_dir.join("tma1.db");
        restrict(&path)?;
        let db = connect(&path).map_err(|e| e.at(&path))?;
        let awaited_titles = sources::pending_titles(&db)?;
        let alone = Alone::load(&db)?;
        Ok(Self {
            db,
            path,
            sessions: SessionBook::default(),
            docs: PendingDocs::default(),
            price_table: None,
            alone,
            mixed: Mixed::default(),
            awaited_titles,
            _lock: lock,
        })
    }

    /// Applies `batch` whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] names the file; nothing of the batch is left then.
    pub fn apply(&mut self, batch: Batch) -> Result<()> {
        self.apply_all(std::iter::once(batch))
    }

    /// Applies `batches` in one transaction: what waits together is committed together.
    ///
    /// # Errors
    /// As for [`Writer::apply`]; nothing of any batch is left then.
    pub fn apply_all(&mut self, batches: impl Iterator<Item = Batch>) -> Result<()> {
        self.run("BEGIN IMMEDIATE").map_err(|e| e.at(&self.path))?;
        let outcome = self.apply_in_transaction(batches).and_then(|()| self.run("COMMIT"));
        if let Err(error) = outcome {
            self.start_over();
            return Err(error.at(&self.path));
        }
        Ok(())
    }

    fn run(&self, statement: &str) -> Result<()> {
        self.db.prepare_cached(statement)?.execute([])?;
        Ok(())
    }

    /// Forgets whatever was not committed.
    fn start_over(&mut self) {
        // Fails where there is nothing to roll back, or the error itself did.
        let _ = self.db.execute_batch("ROLLBACK");
        self.sessions = SessionBook::default();
        self.docs = PendingDocs::default();
        self.price_table = None;
        self.alone = Alone::load(&self.db).unwrap_or_default();
        self.mixed = Mixed::default();
    }

    fn apply_in_transaction(&mut self, batches: impl Iterator<Item = Batch>) -> Result<()> {
        for batch in batches {
            self.apply_batch(batch)?;
        }
        self.settle_requests()?;
        self.docs.flush(&self.db)?;
        self.sessions.flush(&self.db)
    }

    fn apply_batch(&mut self, batch: Batch) -> Result<()> {
        let Batch { facts, source, position, restarted, settled, read_ms, skips, records, activity, .. } = batch;
        if let Some((_, path)) = source.as_ref().filter(|_| restarted) {
            sources::forget(&self.db, path)?;
        }
        for fact in facts {
            self.apply_fact(fact)?;
        }
        for (session, first, last) in activity {
            self.sessions.active(&self.db, &session, first, last)?;
        }
        if let Some(position) = position {
            sources::keep_position(&self.db, &position, records, read_ms)?;
        }
        if let Some((agent, path)) = source {
            if let Some(reason) = settled {
                sources::settle(&self.db, &path, reason)?;
            }
            sources::keep_skips(&self.db, agent, &path, &skips, read_ms)?;
        }
        Ok(())
    }

    fn apply_fact(&mut self, fact: Fact) -> Result<()> {
        match fact {
            Fact::Session(note) => self.sessions.note(&self.db, note),
            Fact::Message(message) => self.message(&message),
            Fact::ToolCall(call) => self.tool_call(call),
            Fact::CallAsked(asked) => self.call_asked(&asked),
            Fact::Usage(usage) => self.request(usage),
            Fact::FailedRequest(failed) => self.failed_request(&failed),
            Fact::OfThread(fact) => self.of_thread(*fact),
            Fact::Event(event) => self.event(&event),
            Fact::File(touch) => self.file_touch(&touch),
            Fact::Plan { session, at, change } => self.plan(&session, at, &change),
            Fact::Subagent(note) => self.sessions.subagent(&self.db, &note),
            Fact::Build(run) => self.build(&run),
            Fact::Change(change) => self.file_change(&change),
            Fact::Process(note) => self.process(&note),
            Fact::Log(log) => self.log(&log),
            Fact::Span(span) => self.span(&span),
            Fact::Point(point) => self.point(&point),
            Fact::TitleOf { record_id, session_agent, title } => self.title_of(session_agent, record_id, title),
        }
    }

    /// Folds the write-ahead log back into the file and lets the search index tidy up; for quiet moments.
    pub fn settle(&mut self) -> Result<()> {
        self.db.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    /// The same, and gives back the memory that a bulk of writing took; for a writer that lives on.
    ///
    /// # Errors
    /// Those of the store.
    pub fn rest(&mut self) -> Result<()> {
        self.settle()?;
        self.db.execute_batch("PRAGMA cache_size = -4000; PRAGMA shrink_memory;")?;
        self.forget_sessions();
        Ok(())
    }

    /// What was remembered under `name`.
    pub fn meta(&self, name: &str) -> Result<Option<String>> {
        meta(&self.db, name)
    }

    /// Remembers a small fact about the store itself.
    pub fn set_meta(&mut self, name: &str, value: &str) -> Result<()> {
        self.db.execute(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }

    pub(in crate::store) fn transaction(&mut self) -> Result<rusqlite::Transaction<'_>> {
        Ok(self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?)
    }

    /// Rows may be gone that were known.
    pub(in crate::store) fn forget_sessions(&mut self) {
        self.sessions = SessionBook::default();
        self.mixed = Mixed::default();
    }

    /// As a disk with room for so many pages more.
    #[cfg(test)]
    pub fn leave_room(&self, pages: i64) -> Result<()> {
        let now: i64 = self.db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        Ok(self.db.pragma_update(None, "max_page_count", now + pages)?)
    }

    pub(in crate::store) fn db(&self) -> &Connection {
        &self.db
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let mut db = Connection::open(path)?;
    // Else a statement is planned anew for other values, which takes longer than most of them run.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Rows are one to four kilobytes, so that pages of four would be half empty; counts only for a new file.
    db.pragma_update(None, "page_size", 8192)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -32_000)?;
    db.pragma_update(None, "wal_autocheckpoint", PAGES_OF_LOG)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(96);
    migrate::migrate(&mut db, path)?;
    Ok(db)
}

/// Identity of one row: a hash of the agent, the kind of id and the agent's own id.
fn key(agent: Agent, space: &str, id: &str) -> i64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for part in [agent.name(), space, id] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.digest().cast_signed()
}

/// One writer per data directory, for as long as the returned file is open.
fn lock(data_dir: &Path) -> Result<File> {
    let path = data_dir.join("writer.lock");
    let io = |action, source| StoreError::Io { action, path: path.clone(), source };
    crate::paths::private_dir(data_dir).map_err(|source| StoreError::Io {
        action: "create the directory",
        path: data_dir.to_owned(),
        source,
    })?;
    let file = crate::paths::private_file(&path).map_err(|e| io("open", e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(data_dir.to_owned())),
        Err(std::fs::TryLockError::Error(e)) => Err(io("lock", e)),
    }
}

/// SQLite gives `-wal` and `-shm` the mode of the file itself, so this covers all three.
fn restrict(path: &Path) -> Result<()> {
    crate::paths::private_file(path).map(drop).map_err(|source| StoreError::Io {
        action: "open",
        path: path.to_owned(),
        source,
    })
}
