//! `tma1 settings`: what holds and where it comes from; changes of it through the sidecar, which is the one who writes.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::shell::Shell;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::Refusal;
use crate::config::{Key, Sheet, Unchanged};
use crate::link::{self, LinkError, Place, Request, Response};

/// The sidecar may be busy storing; what is asked of it is a small file.
const WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  tma1 settings\n  tma1 settings set signals.mute edit_thrash,test_stuck\n  \
                  tma1 settings set budgets.day_usd 20\n  tma1 settings unset budgets.day_usd"
)]
pub struct Args {
    #[command(subcommand)]
    change: Option<Change>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Change {
    /// Save a value in settings.json
    Set {
        /// Such as signals.mute or budgets.day_usd
        #[arg(value_parser = key)]
        key: &'static Key,
        /// As the file has it; a list also as names with commas between them
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Take a value out of settings.json: the default holds again
    Unset {
        #[arg(value_parser = key)]
        key: &'static Key,
    },
}

fn key(name: &str) -> Result<&'static Key, String> {
    Key::named(name).ok_or_else(|| format!("there is no such setting; there are {}", Key::all()))
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let sheet = match &args.change {
        None => return show(&in_force(shell)?, args.json, shell),
        Some(Change::Set { key, value }) => change(&key.document(given(value)), shell)?,
        Some(Change::Unset { key }) => change(&key.document(Value::Null), shell)?,
    };
    for note in strings(&sheet["notes"]) {
        terminal::remark(&format!("tma1: {}", text::line(note)));
    }
    let (Some(Change::Set { key, .. } | Change::Unset { key }), Some(rows)) = (&args.change, sheet["keys"].as_array())
    else {
        return Ok(());
    };
    let row = rows.iter().find(|row| row["key"] == key.name).unwrap_or(&Value::Null);
    terminal::print(&format!("{} = {} ({})\n", key.name, value(&row["value"]), source(row)))
}

/// A list may be written as JSON has it; all else is text that each setting reads in its way.
fn given(text: &str) -> Value {
    serde_json::from_str(text).ok().filter(Value::is_array).unwrap_or_else(|| text.into())
}

/// As the sidecar has it, whose environment counts; without one, as one that starts here would.
fn in_force(shell: &Shell<'_>) -> Result<Value, Refusal> {
    match asked(shell, None) {
        Ok(response) if response.status == 200 => answer(&response),
        _ => Ok(here(shell, Vec::new())),
    }
}

fn here(shell: &Shell<'_>, notes: Vec<String>) -> Value {
    Sheet::of(&shell.config.settings).with_notes(notes)
}

fn change(patch: &Value, shell: &Shell<'_>) -> Result<Value, Refusal> {
    let response = match asked(shell, Some(patch)) {
        Err(LinkError::NotRunning) => {
            let notes = shell.config.settings.change(patch).map_err(|unchanged| match unchanged {
                Unchanged::Wrong(why) => Refusal::user(why),
                unchanged => Refusal::internal(unchanged.to_string()),
            })?;
            return Ok(here(shell, notes));
        }
        Err(error) => return Err(Refusal::internal(error.to_string())),
        Ok(response) => response,
    };
    if response.status == 200 {
        return answer(&response);
    }
    let told: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let why = told["error"]["message"].as_str().unwrap_or("it gave no reason");
    Err(match response.status {
        400 => Refusal::user(why),
        404 => Refusal::internal("the sidecar that runs is of an older version").hint("Restart it with `tma1 stop`."),
        status => Refusal::internal(format!("the sidecar refused with status {status}: {why}")),
    })
}

fn asked(shell: &Shell<'_>, patch: Option<&Value>) -> Result<Response, LinkError> {
    let place = Place::new(&shell.config.data_dir);
    let (body, headers) = (patch.map(ToString::to_string).unwrap_or_default(), [("Content-Type", "application/json")]);
    let deadline = Instant::now() + WITHIN;
    let request = Request { path: "/api/settings", headers: &headers, body: body.as_bytes(), deadline };
    if patch.is_some() { link::post(&place, &request) } else { link::get(&place, &request) }
}

fn answer(response: &Response) -> Result<Value, Refusal> {
    serde_json::from_slice(&response.body)
        .map_err(|error| Refusal::internal(format!("the sidecar's answer can't be read: {error}")))
}

fn show(sheet: &Value, json: bool, shell: &Shell<'_>) -> Result<(), Refusal> {
    if json {
        let document =
            if shell.terminal.is_one() { serde_json::to_string_pretty(sheet) } else { serde_json::to_string(sheet) };
        let document = document.map_err(|e| Refusal::internal(format!("the answer could not be written: {e}")))?;
        return terminal::print(&format!("{}\n", text::json(&document)));
    }
    let mut table = Table::new(vec![
        Column::left("setting").whole(),
        Column::left("value").elastic(12),
        Column::left("from"),
        Column::left("").elastic(20).expendable(1),
    ]);
    for row in sheet["keys"].as_array().into_iter().flatten() {
        let style = if row["source"] == "default" { Style::Dim } else { Style::Plain };
        table.row(vec![
            row["key"].as_str().unwrap_or_default().into(),
            Cell::new(&value(&row["value"]), style),
            Cell::new(&source(row), style),
            Cell::new(&row["about"].as_str().unwrap_or_default().replace('`', ""), Style::Dim),
        ]);
    }
    let mut out = table.render(&shell.terminal);
    for problem in strings(&sheet["problems"]) {
        let _ = writeln!(out, "{} {}", shell.terminal.paint(Style::Yellow, "problem"), text::line(problem));
    }
    terminal::print(&out)
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(_) => strings(value).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where it comes from; of the environment the variable.
fn source(row: &Value) -> String {
    match (row["source"].as_str(), row["variable"].as_str()) {
        (Some("environment"), Some(variable)) => variable.to_owned(),
        (source, _) => source.unwrap_or_default().to_owned(),
    }
}
