//! Brings the file's schema up to date: numbered steps in one transaction each, views made anew.

use std::path::Path;

use rusqlite::Connection;

use super::{Result, StoreError};

/// Never edited after a release: a change is a new file and a new line.
const STEPS: &[&str] = &[
    include_str!("schema/001_history.sql"),
    include_str!("schema/002_live.sql"),
    include_str!("schema/003_sensors.sql"),
    include_str!("schema/004_signal.sql"),
    include_str!("schema/005_ledger.sql"),
];
const VIEWS: &str = include_str!("schema/views.sql");

/// The schema this program writes and reads.
#[expect(clippy::cast_possible_wrap, reason = "a handful of steps")]
pub const SCHEMA_VERSION: i64 = STEPS.len() as i64;

pub(super) fn version(db: &Connection) -> Result<i64> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Only a writer migrates.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<()> {
    let found = version(db)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION });
    }
    if found == SCHEMA_VERSION && views_are_current(db)? {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(step)?;
    }
    drop_views(&tx)?;
    tx.execute_batch(VIEWS)?;
    tx.execute(
        "INSERT INTO meta (name, value) VALUES ('views', ?1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [views_hash()],
    )?;
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    tx.commit()?;
    Ok(())
}

/// Views may change without a step: they hold no data.
fn views_are_current(db: &Connection) -> Result<bool> {
    let kept: Option<String> = db
        .query_row("SELECT value FROM meta WHERE name = 'views'", [], |row| row.get(0))
        .map(Some)
        .or_else(|e| if e == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(e) })?;
    Ok(kept.as_deref() == Some(views_hash().as_str()))
}

fn views_hash() -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(VIEWS.as_bytes()))
}

fn drop_views(db: &Connection) -> Result<()> {
    let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'")?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP VIEW \"{name}\""))?;
    }
    Ok(())
}
