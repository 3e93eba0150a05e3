//! `tma1 sql`: one read-only statement on the views of the store.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Map, Value};

use super::args::{SqlArgs, TableFormat};
use crate::answer::Refusal;
use crate::config::Config;
use crate::store::{Reader, SqlTable, SqlValue};

const LIMIT: Duration = Duration::from_secs(60);

pub fn run(args: &SqlArgs, config: &Config) -> Result<(), Refusal> {
    let mut reader = Reader::open(&config.data_dir)?;
    let table = reader.sql(&args.sql, LIMIT, usize::MAX)?;
    let text = match args.format {
        TableFormat::Json => as_json(table),
        TableFormat::Csv => as_csv(&table),
        TableFormat::Table => as_csv(&table),
    };
    let mut out = std::io::stdout().lock();
    // A reader that has seen enough closes the pipe: no failure.
    let _ = out.write_all(text.as_bytes());
    Ok(())
}

fn as_json(table: SqlTable) -> String {
    let rows = table.rows.into_iter().map(|row| {
        let cells = row.into_iter().map(|cell| match cell {
            SqlValue::Null => Value::Null,
            SqlValue::Integer(n) => n.into(),
            SqlValue::Real(n) => n.into(),
            SqlValue::Text(text) => text.into(),
            SqlValue::Blob(bytes) => format!("<{bytes} bytes>").into(),
        });
        Value::Object(table.columns.iter().cloned().zip(cells).collect::<Map<_, _>>())
    });
    format!("{}\n", Value::Array(rows.collect()))
}

fn as_csv(table: &SqlTable) -> String {
    let mut text = line(table.columns.iter().map(String::as_str));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(plain).collect();
        text.push_str(&line(cells.iter().map(String::as_str)));
    }
    text
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = cells.map(|cell| {
        if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

fn plain(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Integer(n) => n.to_string(),
        SqlValue::Real(n) => n.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Blob(bytes) => format!("<{bytes} bytes>"),
    }
}
