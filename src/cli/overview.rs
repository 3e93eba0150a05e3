//! `tma1` alone: what was seen last, and what one could do next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::facts::joined;
use super::figures::{count, money, percent};
use super::running;
use super::shell::Shell;
use super::short_ids::ShortIds;
use super::table::{Cell, Column, Table};
use super::terminal::{self, Style};
use super::text;
use crate::answer::session_facts::SessionFacts;
use crate::answer::session_state::{self, SessionState};
use crate::answer::sessions::Params;
use crate::answer::{Asker, Kind, Question as _, Refusal, ago};
use crate::setup::Manifest;

const SESSIONS: u32 = 5;
/// A store older than this misses what was done since.
const FRESH_MS: i64 = 10 * 60 * 1000;

pub fn run(shell: &Shell<'_>) -> Result<(), Refusal> {
    let asker = match shell.asker() {
        Ok(asker) => asker,
        Err(refusal) if refusal.kind == Kind::NotReady && !shell.config.data_dir.join("tma1.db").exists() => {
            return terminal::print(&nothing_yet());
        }
        Err(refusal) => return Err(refusal),
    };
    let (sessions, tool_calls) = asker.store.totals()?;
    if sessions == 0 {
        return terminal::print(&nothing_yet());
    }
    let holds = format!("{}, {}", count(sessions, "session"), count(tool_calls, "tool call"));
    let up = running::sidecar(shell);
    let up = up.started_at.as_deref().map(|at| format!("sidecar up {}", shell.age(at).replace(" ago", "")));
    let mut first = vec![concat!("tma1 ", env!("CARGO_PKG_VERSION")).to_owned()];
    first.extend(up);
    first.extend([holds, today(&asker, shell)?]);
    let mut out = format!("{}\n", joined(&first));
    let wired = wired(shell);
    out.push_str("  installed for ");
    out.push_str(if wired.is_empty() { "no agent" } else { &wired });
    out.push('\n');
    let newest = newest(&asker)?;
    let facts: Vec<&SessionFacts> = newest.iter().filter_map(|answer| answer.session.as_ref()).collect();
    out.push_str(&lines(&facts, shell).render(&shell.terminal));
    out.push_str(&overlap(&newest, shell));
    out.push_str(&next(&asker, &facts, shell)?);
    terminal::print(&out)
}

/// The agents that call tma1. A manifest that cannot be read is the doctor's business.
fn wired(shell: &Shell<'_>) -> String {
    let manifest = Manifest::load(&shell.config.data_dir).unwrap_or_default();
    let mut agents: Vec<String> = manifest.records.iter().map(|record| record.agent.replace('_', "-")).collect();
    agents.sort();
    agents.dedup();
    text::line(&agents.join(", "))
}

fn nothing_yet() -> String {
    concat!(
        "tma1 ",
        env!("CARGO_PKG_VERSION"),
        " · nothing stored yet\nnext: `tma1 install --adapter detected` wires the agents on this machine and reads their history; \
         `tma1 import` reads it alone\n"
    )
    .to_owned()
}

fn today(asker: &Asker, shell: &Shell<'_>) -> Result<String, Refusal> {
    let total = asker.used_today(&shell.zone)?;
    Ok(if total.requests == 0 { "nothing today".to_owned() } else { format!("today {}", money(total.cost_usd)) })
}

fn newest(asker: &Asker) -> Result<Vec<session_state::Answer>, Refusal> {
    let params = Params { limit: Some(SESSIONS), ..Params::default() };
    let mut newest = Vec::new();
    for line in asker.list_sessions(&params)?.sessions {
        let one = session_state::Params { session_id: line.session_id, ..session_state::Params::default() };
        newest.push(SessionState::answer(asker, one)?);
    }
    Ok(newest)
}

/// A line for each file that two of them are on.
fn overlap(newest: &[session_state::Answer], shell: &Shell<'_>) -> String {
    let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for answer in newest {
        let Some(own) = &answer.session else { continue };
        for shared in &answer.overlap {
            files.entry(&shared.file).or_default().extend([own.agent_source.as_str(), &shared.agent_source]);
        }
    }
    let mut out = String::new();
    for (file, agents) in files {
        let agents: Vec<&str> = agents.into_iter().collect();
        let line = text::line(&format!("on the same file: {file} ({})", agents.join(", ")));
        let _ = writeln!(out, "  {}", shell.terminal.paint(Style::Yellow, &line));
    }
    out
}

fn lines(newest: &[&SessionFacts], shell: &Shell<'_>) -> Table {
    let mut table = Table::new(vec![
        Column::left(""),
        Column::left("").elastic(10),
        Column::left(""),
        Column::left("").elastic(16),
        Column::left("").elastic(12),
    ])
    .indented();
    for session in newest {
        let age = if session.live { "live".to_owned() } else { shell.age(&session.last_activity_at) };
        let context = session.context.as_ref().and_then(|c| c.ratio).map(|ratio| format!("context {}", percent(ratio)));
        let red = session.last_build_error.as_ref().map(|error| {
            let when = error.at.as_deref().map(|at| format!(" {}", shell.age(at))).unwrap_or_default();
            format!("red{when}: {}", bare(&error.command))
        });
        let about = session.title.as_deref().or(session.current_focus.as_deref()).unwrap_or_default();
        table.row(vec![
            session.agent_source.as_str().into(),
            session.project.as_deref().unwrap_or_default().into(),
            Cell::new(
                &joined(&[age, context.unwrap_or_default()]),
                if session.live { Style::Green } else { Style::Plain },
            ),
            Cell::new(&red.unwrap_or_default(), Style::Red),
            about.into(),
        ]);
    }
    table
}

/// A command without the change of directory before it.
fn bare(command: &str) -> &str {
    match command.split_once(" && ") {
        Some((first, rest)) if first.starts_with("cd ") => rest,
        _ => command,
    }
}

/// What fits the state of things: old history first, then the newest session.
fn next(asker: &Asker, newest: &[&SessionFacts], shell: &Shell<'_>) -> Result<String, Refusal> {
    let mut hints = Vec::new();
    if wired(shell).is_empty() {
        hints.push("tma1 install --adapter detected".to_owned());
    }
    let imported = asker.store.last_import()?;
    if imported.is_none_or(|at| shell.now() - at > FRESH_MS) {
        hints.push("tma1 import".to_owned());
    }
    match newest.first() {
        Some(session) => {
            hints.push(format!("tma1 show {}", text::line(ShortIds::of(asker)?.short(&session.session_id))));
            hints.push("tma1 usage".to_owned());
        }
        None => hints.extend(["tma1 sessions".to_owned(), "tma1 usage".to_owned()]),
    }
    hints.push("tma1 search \"auth token\"".to_owned());
    let stale = imported.filter(|at| shell.now() - at > FRESH_MS);
    let age = stale.map(|at| format!("history as of {}", ago(shell.now(), at)));
    let age = age.map(|age| format!("{}\n", shell.terminal.paint(Style::Dim, &age))).unwrap_or_default();
    Ok(format!("{age}next: {}\n", hints.join(" · ")))
}
