//! Looking at the store: connections that can't write, and one function per thing one can look up.

mod block;
mod builds;
mod deliveries;
mod evidence;
mod governor;
mod heard;
mod history;
mod idle;
mod live;
mod pages;
mod running;
mod search;
mod sessions;
mod signal;
mod sql;
mod state;
mod surface;
mod took;
mod usage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub use block::{OutcomeRow, Whereabouts};
pub use builds::{BuildFilter, BuildOutput, BuildRow, HiddenRun};
pub use deliveries::{FindingRow, TellingRow, ToldFinding};
pub use evidence::{CallAround, EditAround, SessionRef};
pub use governor::{Course, ENDLESS, FOLLOW_CALLS, Hushed, KindTold, LAST_TELLINGS, Outcome};
pub use history::{ActionRow, ChangeRow, MessageFilter, MessageRow};
pub use idle::IdleReaders;
pub use live::{LiveRow, Replay, ReplayLimits};
pub use pages::{AgentTotals, CallRow};
pub use search::{Hit, SearchFilter};
pub use sessions::{FileRow, Occupied, PlanRow, ProjectRow, SessionFilter, SessionRow, SubagentRow, ToolRow};
pub use signal::{BuildAround, CallContent, ChangeAround, Head, PeerAround, RecentCall, SeenEdit, SeenFile};
pub use sql::{SqlLimits, SqlTable, SqlValue};
pub(in crate::store) use state::meta;
pub use state::{AgentState, SkipRow, StoreState, TroubleRow, position, positions, settled, troubled, unreadable};
pub use surface::{View, views};
pub use took::Took;
pub use usage::{UsageFilter, UsageGroup, UsageRow};

use super::{Result, SCHEMA_VERSION, StoreError, migrate};

/// A connection that only looks. Each thread that asks has its own.
pub struct Reader {
    db: Connection,
    /// Which file was opened; `None`: none, or it can't be told.
    file: Option<idle::FileId>,
}

impl Reader {
    /// Opens the store in `data_dir`.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where nothing was stored yet; a store of another schema is refused.
    pub fn open(data_dir: &Path) -> Result<Self> {
        Self::open_within(data_dir, Duration::from_secs(2))
    }

    /// As [`Reader::open`], for those who would rather do without than wait longer for whoever holds the store.
    ///
    /// # Errors
    /// As those of [`Reader::open`].
    pub fn open_within(data_dir: &Path, patience: Duration) -> Result<Self> {
        let path = data_dir.join("tma1.db");
        if !path.exists() {
            return Err(StoreError::Missing(path));
        }
        // Read-write, because even a reader maps the shared-memory file of the log.
        let file = idle::FileId::of(&path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&path, flags)?;
        db.busy_timeout(patience)?;
        db.pragma_update(None, "query_only", "ON")?;
        // The last one to leave would fold the log back: that is the writer's work.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // Else a statement is planned anew for other values, which takes longer than most of them run.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Kibibytes: a server keeps several of these, and the system's own cache is a copy away.
        db.pragma_update(None, "cache_size", -768)?;
        db.set_prepared_statement_cache_capacity(96);
        let found = migrate::version(&db).map_err(|e| e.at(&path))?;
        check(found, &path)?;
        Ok(Self { db, file })
    }

    /// A store in memory in which nothing was ever stored: what can be said without one is said all the same.
    pub fn empty() -> Result<Self> {
        let mut db = Connection::open_in_memory()?;
        migrate::migrate(&mut db, Path::new(":memory:"))?;
        db.pragma_update(None, "query_only", "ON")?;
        Ok(Self { db, file: None })
    }
}

/// Stops the statement that a reader runs, from any thread.
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl Reader {
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.db.get_interrupt_handle())
    }
}

fn check(found: i64, path: &Path) -> Result<()> {
    let path = || PathBuf::from(path);
    match found {
        // Made a moment ago, and its first migration is still under way.
        0 => Err(StoreError::Missing(path())),
        SCHEMA_VERSION => Ok(()),
        newer if newer > SCHEMA_VERSION => Err(StoreError::Newer { path: path(), found, known: SCHEMA_VERSION }),
        _ => Err(StoreError::Older { path: path(), found, known: SCHEMA_VERSION }),
    }
}

/// A list of row ids as SQL takes it, in one parameter.
fn id_list(ids: &[i64]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".to_owned())
}
