//! Read-only SQL of people and scripts: one statement, bounded in time and rows.

use std::time::{Duration, Instant};

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;

use super::{Reader, Result};
use crate::store::StoreError;

/// Between two looks at the clock.
const STEPS: i32 = 20_000;

const ONLY_READING: &str = "only statements that read are allowed, such as SELECT";

#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// Its length: the store keeps nothing in bytes that anyone reads.
    Blob(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SqlTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<SqlValue>>,
    pub truncated: bool,
}

impl Reader {
    /// Runs one statement that only reads.
    ///
    /// # Errors
    /// [`StoreError::Statement`] says what is wrong and at which character; [`StoreError::Timeout`].
    pub fn sql(&mut self, sql: &str, limit: Duration, most_rows: usize) -> Result<SqlTable> {
        let deadline = Instant::now() + limit;
        self.db.progress_handler(STEPS, Some(move || Instant::now() > deadline))?;
        self.db.authorizer(Some(only_reading))?;
        let outcome = self.run(sql, most_rows);
        self.db.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        self.db.progress_handler(0, None::<fn() -> bool>)?;
        outcome.map_err(|error| match error {
            StoreError::Sqlite(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
                StoreError::Timeout(limit.as_secs())
            }
            StoreError::Sqlite(e) => StoreError::Statement(explain(sql, &e)),
            other => other,
        })
    }

    fn run(&self, sql: &str, most_rows: usize) -> Result<SqlTable> {
        let mut batch = rusqlite::Batch::new(&self.db, sql);
        let Some(mut statement) = batch.next()? else {
            return Err(StoreError::Statement("there is no statement in it".to_owned()));
        };
        // Pragmas that only look count as writing to SQLite; which ones may be used `only_reading` decides.
        let pragma = sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("pragma"));
        if !statement.readonly() && !pragma {
            return Err(StoreError::Statement(ONLY_READING.to_owned()));
        }
        if batch.next()?.is_some() {
            return Err(StoreError::Statement("one statement at a time".to_owned()));
        }
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        let mut table = SqlTable { columns, rows: Vec::new(), truncated: false };
        while let Some(row) = rows.next()? {
            if table.rows.len() == most_rows {
                table.truncated = true;
                break;
            }
            let cells = (0..table.columns.len()).map(|i| row.get_ref(i).map(value)).collect::<Result<_, _>>()?;
            table.rows.push(cells);
        }
        Ok(table)
    }
}

/// What a statement from outside may do: look at this store, and ask it about itself.
fn only_reading(context: AuthContext<'_>) -> Authorization {
    /// Those that can neither change the file nor this connection, whatever value they are given.
    const PRAGMAS: &[&str] = &[
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
        "page_count",
        "page_size",
        "freelist_count",
        "compile_options",
        "function_list",
        "pragma_list",
    ];
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Function { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        AuthAction::Pragma { pragma_name, .. } if PRAGMAS.contains(&pragma_name.to_ascii_lowercase().as_str()) => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn value(cell: ValueRef<'_>) -> SqlValue {
    match cell {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(n) => SqlValue::Integer(n),
        ValueRef::Real(n) => SqlValue::Real(n),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.len()),
    }
}

/// SQLite's message, and where in the statement the mistake is.
fn explain(sql: &str, error: &rusqlite::Error) -> String {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) {
        return ONLY_READING.to_owned();
    }
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => {
            let at = usize::try_from(*offset).unwrap_or(0).min(sql.len());
            let before = sql.get(..at).unwrap_or(sql);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            format!("{msg} (line {line}, column {column})")
        }
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}
