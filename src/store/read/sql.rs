//! Read-only SQL of people and scripts: one statement, bounded in time and rows.

use std::time::{Duration, Instant};

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use serde::{Serialize, Serializer};

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

impl Serialize for SqlValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Integer(n) => serializer.serialize_i64(*n),
            Self::Real(n) => serializer.serialize_f64(*n),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Blob(bytes) => serializer.collect_str(&format_args!("<{bytes} bytes>")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SqlTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<SqlValue>>,
    pub truncated: bool,
}

/// What a statement may take.
#[derive(Debug, Clone, Copy)]
pub struct SqlLimits {
    pub time: Duration,
    pub rows: usize,
    /// Of all texts together, and of any one value.
    pub bytes: usize,
}

impl Reader {
    /// Runs one statement that only reads.
    ///
    /// # Errors
    /// [`StoreError::Statement`] says what is wrong and at which character; [`StoreError::Timeout`].
    pub fn sql(&mut self, sql: &str, limit: Duration, most_rows: usize) -> Result<SqlTable> {
        self.sql_with(sql, &[], SqlLimits { time: limit, rows: most_rows, bytes: usize::MAX })
    }

    /// The same with values for the statement's parameters, in order.
    ///
    /// # Errors
    /// Those of [`Reader::sql`]; more or fewer values than parameters.
    pub fn sql_with(&mut self, sql: &str, values: &[SqlValue], limits: SqlLimits) -> Result<SqlTable> {
        let deadline = Instant::now() + limits.time;
        self.db.progress_handler(STEPS, Some(move || Instant::now() > deadline))?;
        self.db.authorizer(Some(only_reading))?;
        let longest = self.db.limit(Limit::SQLITE_LIMIT_LENGTH)?;
        let most = i32::try_from(limits.bytes).unwrap_or(i32::MAX).min(longest);
        self.db.set_limit(Limit::SQLITE_LIMIT_LENGTH, most)?;
        let outcome = self.run(sql, values, limits);
        self.db.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
        self.db.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
        self.db.progress_handler(0, None::<fn() -> bool>)?;
        outcome.map_err(|error| match error {
            StoreError::Sqlite(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
                StoreError::Timeout(limits.time.as_secs())
            }
            StoreError::Sqlite(e) => StoreError::Statement(explain(sql, &e)),
            other => other,
        })
    }

    fn run(&self, sql: &str, values: &[SqlValue], limits: SqlLimits) -> Result<SqlTable> {
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
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        let mut table = SqlTable { columns, rows: Vec::new(), truncated: false };
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            if table.rows.len() == limits.rows || bytes > limits.bytes {
                table.truncated = true;
                break;
            }
            let cells: Vec<SqlValue> =
                (0..table.columns.len()).map(|i| row.get_ref(i).map(value)).collect::<Result<_, _>>()?;
            bytes += cells.iter().map(size).sum::<usize>();
            table.rows.push(cells);
        }
        Ok(table)
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, values: &[SqlValue]) -> Result<()> {
    let wanted = statement.parameter_count();
    if values.len() != wanted {
        let given = values.len();
        return Err(StoreError::Statement(format!("the statement has {wanted} parameters, {given} values are given")));
    }
    for (index, value) in (1..).zip(values) {
        match value {
            SqlValue::Null | SqlValue::Blob(_) => statement.raw_bind_parameter(index, rusqlite::types::Null),
            SqlValue::Integer(n) => statement.raw_bind_parameter(index, n),
            SqlValue::Real(n) => statement.raw_bind_parameter(index, n),
            SqlValue::Text(text) => statement.raw_bind_parameter(index, text),
        }?;
    }
    Ok(())
}

/// Roughly, in memory.
fn size(value: &SqlValue) -> usize {
    size_of::<SqlValue>() + if let SqlValue::Text(text) = value { text.len() } else { 0 }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)";
    const LIMITS: SqlLimits = SqlLimits { time: Duration::from_mins(1), rows: 3, bytes: 10_000 };

    #[test]
    fn values_are_bound_in_order_and_counted() {
        let mut reader = Reader::empty().unwrap();
        let values = [SqlValue::Text("'; --".into()), SqlValue::Integer(1), SqlValue::Real(0.5), SqlValue::Null];
        let table = reader.sql_with("SELECT ?1, ?2, ?3, ?4", &values, LIMITS).unwrap();
        assert_eq!(table.rows, [values.to_vec()]);
        let error = reader.sql_with("SELECT ?1", &[], LIMITS).unwrap_err().to_string();
        assert_eq!(error, "the statement has 1 parameters, 0 values are given");
        assert!(reader.sql_with("SELECT 1", &[SqlValue::Null], LIMITS).is_err());
    }

    #[test]
    fn neither_rows_nor_texts_nor_one_value_grow_without_end() {
        let mut reader = Reader::empty().unwrap();
        let mut rows = |sql: &str| reader.sql_with(sql, &[], LIMITS).map(|table| (table.rows.len(), table.truncated));
        assert_eq!(rows(&format!("{NUMBERS} SELECT i FROM n")).unwrap(), (3, true));
        assert_eq!(rows(&format!("{NUMBERS} SELECT printf('%.*c', 9000, 'x') FROM n")).unwrap(), (2, true));
        assert!(rows("SELECT printf('%.*c', 11000, 'x') || 'y'").is_err());
        assert!(rows("SELECT zeroblob(20000)").unwrap_err().to_string().contains("too big"));
        // The connection itself is as it was.
        assert!(reader.sql("SELECT zeroblob(20000)", LIMITS.time, 1).is_ok());
    }
}
