//! `tma1 sql`: one read-only statement on the views of the store.

use std::io::Read as _;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use super::shell::Shell;
use super::table::{Column, Table};
use super::terminal;
use super::text;
use crate::answer::Refusal;
use crate::store::{Reader, SqlTable, SqlValue};

const LIMIT: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 sql \"SELECT agent, count(*) AS sessions FROM sessions GROUP BY agent\"\n  \
                        tma1 sql \"SELECT * FROM usage\" --format csv > usage.csv\n  echo \"SELECT 1\" | tma1 sql -")]
pub struct Args {
    /// One statement that reads; `-` takes it from standard input
    #[arg(value_name = "SQL")]
    sql: String,
    /// How to print the rows; json is an array of objects, csv is RFC 4180
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let sql = if args.sql.trim() == "-" { from_stdin()? } else { args.sql.clone() };
    let mut reader = Reader::open(&shell.config.data_dir)?;
    let table = reader.sql(&sql, LIMIT, usize::MAX)?;
    let format = if args.json { Format::Json } else { args.format };
    terminal::print(&match format {
        Format::Json => text::json(&as_json(&table)?).into_owned(),
        Format::Csv => as_csv(&table, shell.terminal.is_one()),
        Format::Table => as_table(&table, shell),
    })
}

fn from_stdin() -> Result<String, Refusal> {
    let mut sql = String::new();
    std::io::stdin()
        .read_to_string(&mut sql)
        .map_err(|e| Refusal::user(format!("standard input cannot be read as a statement: {e}")))?;
    Ok(sql)
}

/// Columns stay in the order of the statement; of two with one name the second gets a number.
fn as_json(table: &SqlTable) -> Result<String, Refusal> {
    struct Row<'a>(&'a [String], &'a [SqlValue]);
    impl Serialize for Row<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().zip(self.1.iter().map(Json)))
        }
    }
    let names = unique(&table.columns);
    let rows: Vec<Row<'_>> = table.rows.iter().map(|row| Row(&names, row)).collect();
    let json =
        serde_json::to_string(&rows).map_err(|e| Refusal::internal(format!("the rows could not be written: {e}")))?;
    Ok(json + "\n")
}

struct Json<'a>(&'a SqlValue);

impl Serialize for Json<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            SqlValue::Null => serializer.serialize_unit(),
            SqlValue::Integer(n) => serializer.serialize_i64(*n),
            SqlValue::Real(n) => serializer.serialize_f64(*n),
            SqlValue::Text(text) => serializer.serialize_str(text),
            SqlValue::Blob(bytes) => serializer.collect_str(&format_args!("<{bytes} bytes>")),
        }
    }
}

fn unique(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{column}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

fn as_csv(table: &SqlTable, for_a_terminal: bool) -> String {
    let mut out = csv_line(table.columns.iter().map(String::as_str));
    for row in &table.rows {
        let cells: Vec<String> =
            row.iter().map(|cell| if for_a_terminal { text::paragraph(&plain(cell)) } else { plain(cell) }).collect();
        out.push_str(&csv_line(cells.iter().map(String::as_str)));
    }
    out
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = cells.map(|cell| {
        if cell.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

fn as_table(table: &SqlTable, shell: &Shell<'_>) -> String {
    let columns = table.columns.iter().enumerate().map(|(index, name)| {
        let mut cells =
            table.rows.iter().filter_map(|row| row.get(index)).filter(|cell| **cell != SqlValue::Null).peekable();
        let numbers =
            cells.peek().is_some() && cells.all(|cell| matches!(cell, SqlValue::Integer(_) | SqlValue::Real(_)));
        let name = text::line(name);
        if numbers { Column::right(name) } else { Column::left(name).elastic(12) }
    });
    let mut printed = Table::new(columns.collect());
    for row in &table.rows {
        printed.row(row.iter().map(|cell| plain(cell).into()).collect());
    }
    printed.render(&shell.terminal)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> SqlTable {
        let text = |text: &str| SqlValue::Text(text.to_owned());
        SqlTable {
            columns: ["z", "a", "a"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![SqlValue::Integer(1), text("x,\"y\"\nz"), SqlValue::Null],
                vec![SqlValue::Real(0.5), text("\u{9b}1m"), SqlValue::Blob(3)],
            ],
            truncated: false,
        }
    }

    #[test]
    fn json_keeps_the_order_and_every_column() {
        let json = as_json(&sample()).unwrap();
        assert_eq!(
            json,
            "[{\"z\":1,\"a\":\"x,\\\"y\\\"\\nz\",\"a_2\":null},{\"z\":0.5,\"a\":\"\u{9b}1m\",\"a_2\":\"<3 bytes>\"}]\n"
        );
        assert!(!text::json(&json).contains('\u{9b}'));
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(as_csv(&sample(), false), "z,a,a\r\n1,\"x,\"\"y\"\"\nz\",\r\n0.5,\u{9b}1m,<3 bytes>\r\n");
        assert!(!as_csv(&sample(), true).contains('\u{9b}'));
    }
}
