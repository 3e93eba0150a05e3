//! `tma1 status`: the store, what it was filled from, and what was passed over.

use std::fmt::Write as _;
use std::path::Path;

use super::anomalies::muted_line;
use super::facts::{Facts, joined};
use super::figures::{count, number, size};
use super::running;
use super::shell::Shell;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::Refusal;
use crate::answer::status::{PassedOver, Sidecar, Status, Telemetry, status};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 status\n  tma1 status --json")]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let mut status = status(shell.config.surroundings(shell.env, None), shell.clock)?;
    status.sidecar = running::sidecar(shell);
    if args.json {
        return shell.print_json(&status);
    }
    terminal::print(&readable(&status, shell))
}

fn readable(status: &Status, shell: &Shell<'_>) -> String {
    let mut out = format!("tma1 {}\n", status.version);
    let mut facts = Facts::new();
    let path = text::path(Path::new(&status.store.path), &shell.config.home);
    if status.store.exists {
        let schema = status.store.schema.map(|schema| format!("schema {schema}")).unwrap_or_default();
        facts.add("store", &joined(&[path, size(status.store.bytes), schema]));
        let holds = [
            count(status.sessions, "session"),
            count(status.messages, "message"),
            count(status.tool_calls, "tool call"),
            count(status.requests, "request"),
        ];
        facts.add("holds", &joined(&holds));
    } else {
        facts.add("store", &format!("none yet at {path}; `tma1 import` makes it"));
    }
    if status.store.exists {
        let import = status.last_import_at.as_deref().map_or_else(|| "never".to_owned(), |at| shell.age(at));
        facts.add("last import", &import);
    }
    if status.spool.events > 0 {
        facts.add("spool", &joined(&[count(status.spool.events, "event"), size(status.spool.bytes)]));
    }
    let gone = [(status.spool.lost, "lost"), (status.spool.damaged, "damaged")];
    let gone: Vec<String> =
        gone.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n))).collect();
    if !gone.is_empty() {
        facts.add("events", &joined(&gone));
    }
    facts.add("sidecar", &sidecar(&status.sidecar, shell));
    for (agent, arrived) in &status.sidecar.telemetry {
        facts.add("telemetry", &telemetry(agent, arrived, shell));
    }
    for problem in &status.sidecar.problems {
        facts.add("problem", &text::line(problem));
    }
    for muted in &status.muted {
        facts.add("muted", &muted_line(muted, shell));
    }
    out.push_str(&facts.render(shell));
    if !status.sources.is_empty() {
        out.push('\n');
        out.push_str(&sources(status, shell));
    }
    if !status.unreadable.is_empty() {
        out.push('\n');
        out.push_str(&unreadable(status, shell));
    }
    if status.skipped.iter().any(|skip| !is_told(skip, status)) {
        out.push('\n');
        out.push_str(&passed_over(status, shell));
    }
    out
}

fn sidecar(sidecar: &Sidecar, shell: &Shell<'_>) -> String {
    if !sidecar.running {
        return "not running; hooks start it, or `tma1 serve --detach`".to_owned();
    }
    let count = |name: &str| sidecar.counters.get(name).copied().unwrap_or(0);
    let mut facts = vec!["running".to_owned()];
    facts.extend(sidecar.pid.map(|pid| format!("process {pid}")));
    facts.extend(sidecar.started_at.as_deref().map(|at| format!("since {}", shell.local(at))));
    facts.extend(sidecar.address.clone());
    facts.push(format!(
        "{} events received, {} stored",
        number(count("hooks_received")),
        number(count("hooks_stored"))
    ));
    for (name, what) in [("hooks_unreadable", "unreadable"), ("task_panics", "internal errors")] {
        if count(name) > 0 {
            facts.push(format!("{} {what}", number(count(name))));
        }
    }
    joined(&facts)
}

fn telemetry(agent: &str, arrived: &Telemetry, shell: &Shell<'_>) -> String {
    let mut facts = vec![agent.to_owned()];
    for (n, what) in [(arrived.logs, "log record"), (arrived.spans, "span"), (arrived.data_points, "data point")] {
        if n > 0 {
            facts.push(count(n, what));
        }
    }
    facts.extend(arrived.last_at.as_deref().map(|at| shell.age(at)));
    joined(&facts)
}

fn sources(status: &Status, shell: &Shell<'_>) -> String {
    let mut table = Table::new(vec![
        Column::left("agent").elastic(12),
        Column::right("files").expendable(2),
        Column::right("records").expendable(3),
        Column::right("rows").expendable(1),
        Column::right("sessions"),
        Column::left("last event"),
        Column::right("passed over"),
    ]);
    for source in &status.sources {
        let skipped = if source.skipped_records > 0 { Style::Yellow } else { Style::Plain };
        table.row(vec![
            source.agent.as_str().into(),
            number(source.files).into(),
            number(source.records).into(),
            number(source.rows).into(),
            number(source.sessions).into(),
            source.last_event_at.as_deref().map(|at| shell.age(at)).unwrap_or_default().into(),
            Cell::new(&number(source.skipped_records), skipped),
        ]);
    }
    table.render(&shell.terminal)
}

/// What is wrong with a source as a whole, in a line for each.
fn unreadable(status: &Status, shell: &Shell<'_>) -> String {
    let mut out = format!("{}\n", shell.terminal.paint(Style::Bold, "could not be read"));
    for trouble in &status.unreadable {
        let path = text::path(Path::new(&trouble.path), &shell.config.home);
        let reason = text::line(&trouble.reason);
        let reason = shell.terminal.paint(Style::Yellow, &reason);
        let _ = writeln!(out, "  {}  {path}: {reason}", text::line(&trouble.agent));
        let when = trouble.at.as_deref().map(|at| shell.age(at)).unwrap_or_default();
        let detail = joined(&[text::line(trouble.detail.as_deref().unwrap_or_default()), when]);
        if !detail.is_empty() {
            let _ = writeln!(out, "      {}", shell.terminal.paint(Style::Dim, &shell.terminal.fitted(&detail, 6)));
        }
    }
    out
}

/// Said already of the source as a whole.
fn is_told(skip: &PassedOver, status: &Status) -> bool {
    status.unreadable.iter().any(|trouble| trouble.path == skip.path && trouble.reason == skip.reason)
}

fn passed_over(status: &Status, shell: &Shell<'_>) -> String {
    let shown: i64 = status.skipped.iter().map(|skip| skip.count).sum();
    let title = match status.skipped_total - shown {
        ..=0 => "passed over".to_owned(),
        older => format!("passed over, newest first ({} older not shown)", number(older)),
    };
    let mut out = format!("{}\n", shell.terminal.paint(Style::Bold, &title));
    for skip in status.skipped.iter().filter(|skip| !is_told(skip, status)) {
        let path = text::path(Path::new(&skip.path), &shell.config.home);
        let head = format!("{} × {}", number(skip.count), text::line(&skip.reason));
        let _ = writeln!(out, "  {}  {path}", shell.terminal.paint(Style::Yellow, &head));
        let sample = text::line(&skip.sample);
        if !sample.is_empty() {
            let _ = writeln!(out, "      {}", shell.terminal.paint(Style::Dim, &shell.terminal.fitted(&sample, 6)));
        }
    }
    out
}
