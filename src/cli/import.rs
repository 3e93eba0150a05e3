//! `tma1 import`: reads the agents' history, with a bar for people and totals for programs.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::args::{Lookback, agent, lookback};
use super::figures::{count, number, size};
use super::overview;
use super::shell::Shell;
use super::terminal;
use super::text;
use crate::adapters;
use crate::answer::Refusal;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{Import, ImportError, ImportReport, Progress};
use crate::link::{self, LinkError, Place, Request};
use crate::model::Agent;
use crate::redact::Redactor;
use crate::serve::http::ImportOrder;
use crate::store::{Reader, StoreError, Writer, WriterThread};

/// A sidecar that imports says something ten times a second.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// Under this name the store keeps the level of redaction it was last written at.
const LEVEL: &str = "redaction";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 import\n  tma1 import --agent claude --since 30d\n  \
                        tma1 import --path ~/.claude/projects --json")]
pub struct Args {
    /// Only this agent's history
    #[arg(long, value_name = "AGENT", value_parser = agent)]
    agent: Option<Agent>,
    /// Read this file or directory instead of where agents keep their history
    #[arg(long, value_name = "FILE_OR_DIR")]
    path: Option<PathBuf>,
    /// Only files changed within this time, such as 30d, 12h or 2w
    #[arg(long, value_name = "DURATION", value_parser = lookback)]
    since: Option<Lookback>,
    /// Print one JSON object with totals per session
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let since_ms = args.since.and_then(Lookback::span).map(|span| shell.now() - span);
    let import = Import {
        agent: args.agent,
        path: args.path.clone(),
        since_ms,
        places: shell.config.places.clone(),
        clock: shell.clock,
    };
    let began = Instant::now();
    let report = execute(&import, shell.config)?;
    if args.json {
        return terminal::print(&format!("{}\n", text::json(&totals(&report, shell.config)?)));
    }
    terminal::remark(&summary(&report, began.elapsed()));
    if report.files == 0 && report.unchanged == 0 && report.skipped == 0 {
        return terminal::print(&looked_in(args, shell.config));
    }
    overview::run(shell)
}

/// Where there was nothing to be found.
fn looked_in(args: &Args, config: &Config) -> String {
    let roots = match &args.path {
        Some(path) => vec![path.clone()],
        None => adapters::ALL
            .iter()
            .filter(|adapter| args.agent.is_none_or(|agent| agent == adapter.agent()))
            .flat_map(|adapter| adapter.roots(&config.places))
            .collect(),
    };
    let each: Vec<String> = roots.iter().map(|root| text::path(root, &config.home)).collect();
    format!("no history found; looked in {}\nnext: `tma1 import --path DIR` reads it from elsewhere\n", each.join(", "))
}

/// Runs `import` with a progress bar on stderr, where that is a terminal: through the sidecar where one runs,
/// which is the only writer then, else as the writer itself.
pub fn execute(import: &Import, config: &Config) -> Result<ImportReport, Refusal> {
    let progress = Progress::default();
    if let Some(report) = with_bar(&progress, || handed_over(import, config, &progress)) {
        return report;
    }
    let mut writer = match Writer::open(&config.data_dir) {
        // One that was just starting when it was asked.
        Err(StoreError::Locked(dir)) => match with_bar(&progress, || handed_over(import, config, &progress)) {
            Some(report) => return report,
            None => return Err(StoreError::Locked(dir).into()),
        },
        other => other?,
    };
    tell_of_another_level(&mut writer, config)?;
    let thread = WriterThread::start(writer)?;
    let redactor = Redactor::new(config.redaction);
    let outcome = with_bar(&progress, || import.run(&thread.handle(), &redactor, &progress));
    let report = outcome.map_err(refusal)?;
    let mut writer = thread.finish()?;
    sweep(&mut writer, config, import.clock)?;
    Ok(report)
}

fn with_bar<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let done = Arc::new(AtomicBool::new(false));
        let drawing = std::io::stderr().is_terminal().then(|| {
            let done = Arc::clone(&done);
            scope.spawn(move || draw(progress, &done))
        });
        let outcome = work();
        done.store(true, Ordering::Relaxed);
        if let Some(drawing) = drawing {
            drawing.thread().unpark();
        }
        outcome
    })
}

/// `None`: no sidecar runs.
fn handed_over(import: &Import, config: &Config, progress: &Progress) -> Option<Result<ImportReport, Refusal>> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let order = ImportOrder {
        agent: import.agent.map(|agent| agent.name().to_owned()),
        path: import.path.as_deref().map(|path| text(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))),
        since_ms: import.since_ms,
        redaction: Some(config.redaction.as_str().to_owned()),
        places: serde_json::to_value(&import.places).ok(),
    };
    let body = serde_json::to_vec(&order).unwrap_or_default();
    let headers = [("Content-Type", "application/json")];
    let deadline = Instant::now() + ANSWERED_WITHIN;
    let request = Request { path: "/api/import", headers: &headers, body: &body, deadline };
    let mut last = None;
    let told = link::lines(&Place::new(&config.data_dir), &request, ANSWERED_WITHIN).and_then(|lines| {
        for line in lines {
            let line: Value = serde_json::from_str(&line?).unwrap_or_default();
            if let (Some(done), Some(total)) = (line["bytes_done"].as_u64(), line["bytes_total"].as_u64()) {
                progress.bytes_done.store(done, Ordering::Relaxed);
                progress.bytes_total.store(total, Ordering::Relaxed);
            } else {
                last = Some(line);
            }
        }
        Ok(())
    });
    match (told, last) {
        (Err(LinkError::NotRunning), _) => None,
        (Ok(()), Some(line)) if line["report"].is_object() => Some(Ok(ImportReport::from_json(&line["report"]))),
        (Ok(()), Some(line)) if line["error"].is_string() => {
            Some(Err(Refusal::internal(line["error"].as_str().unwrap_or_default().to_owned())))
        }
        (Err(error), _) => Some(Err(Refusal::internal(format!("the sidecar broke the import off: {error}"))
            .hint("Run `tma1 import` again: it goes on where it stopped."))),
        (Ok(()), _) => Some(Err(Refusal::internal("the sidecar broke the import off")
            .hint("Run `tma1 import` again: it goes on where it stopped."))),
    }
}

/// A level counts for what is read from now on: whoever changes it must know that.
fn tell_of_another_level(writer: &mut Writer, config: &Config) -> Result<(), Refusal> {
    let now = config.redaction.as_str();
    if let Some(before) = writer.meta(LEVEL)?.filter(|before| before != now) {
        terminal::remark(&format!(
            "what is stored already was read at TMA1_REDACTION={before} and stays as it is; to apply \"{now}\" to all of it, \
             remove {} and import again",
            text::path(&config.data_dir.join("tma1.db"), &config.home)
        ));
    }
    Ok(writer.set_meta(LEVEL, now)?)
}

fn sweep(writer: &mut Writer, config: &Config, clock: Clock) -> Result<(), Refusal> {
    let now = clock.now_ms();
    let raw_before = config.data_ttl_ms.map_or(i64::MIN, |ttl| now - ttl);
    writer.sweep(raw_before, config.history_ttl_ms.map(|ttl| now - ttl))?;
    writer.settle()?;
    Ok(())
}

fn draw(progress: &Progress, done: &AtomicBool) {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    // Within 80 columns, so that it is one line.
    let style = ProgressStyle::with_template(
        "importing history  {bar:16}  {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("━╾─"));
    }
    while !done.load(Ordering::Relaxed) {
        let total = progress.bytes_total.load(Ordering::Relaxed);
        // Until the files are counted there is nothing to show.
        if total > 0 {
            bar.set_length(total);
            bar.set_position(progress.bytes_done.load(Ordering::Relaxed));
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}

fn refusal(error: ImportError) -> Refusal {
    match error {
        ImportError::Store(error) => error.into(),
        ImportError::Path { .. } => Refusal::not_found(error.to_string()).hint("Name a file or directory that exists."),
        ImportError::NoAdapter(_) => Refusal::user(error.to_string()),
    }
}

fn summary(report: &ImportReport, took: Duration) -> String {
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let wide = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let unchanged = match report.unchanged {
        0 => String::new(),
        n => format!(" ({} unchanged)", number(whole(n))),
    };
    if report.files == 0 && report.skipped == 0 {
        return format!("nothing to import{unchanged}");
    }
    let mut text = format!(
        "imported {}: {} from {}{unchanged}, {} in {:.1} s",
        count(whole(report.sessions.len()), "session"),
        count(wide(report.records), "record"),
        count(whole(report.files), "file"),
        size(wide(report.bytes)),
        took.as_secs_f64(),
    );
    if report.skipped > 0 {
        let _ = write!(text, "; {} passed over, see `tma1 status`", number(wide(report.skipped)));
    }
    text
}

fn totals(report: &ImportReport, config: &Config) -> Result<String, Refusal> {
    let reader = Reader::open(&config.data_dir)?;
    let mut sessions = Vec::new();
    for id in &report.sessions {
        if let Some(s) = reader.session(&id.id)? {
            sessions.push(json!({
                "session_id": s.session_id, "agent": s.agent.name(), "user_prompts": s.user_prompts,
                "assistant_messages": s.assistant_messages, "tool_calls": s.tool_calls, "tool_errors": s.tool_errors,
                "input_tokens": s.input_tokens, "output_tokens": s.output_tokens,
                "cache_read_tokens": s.cache_read_tokens, "cache_creation_tokens": s.cache_creation_tokens,
                "compactions": s.compactions,
            }));
        }
    }
    Ok(json!({
        "files": report.files, "files_unchanged": report.unchanged, "bytes": report.bytes, "records": report.records,
        "skipped": report.skipped, "sessions": sessions,
    })
    .to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_one_line_and_mentions_what_was_passed_over() {
        let report = ImportReport {
            files: 41,
            unchanged: 3,
            bytes: 1_300_000,
            records: 5_021,
            skipped: 12,
            ..ImportReport::default()
        };
        let want = "imported 0 sessions: 5,021 records from 41 files (3 unchanged), 1.3 MB in 0.5 s; 12 passed over, see `tma1 status`";
        assert_eq!(summary(&report, Duration::from_millis(500)), want);
        assert_eq!(
            summary(&ImportReport { unchanged: 41, ..ImportReport::default() }, Duration::ZERO),
            "nothing to import (41 unchanged)"
        );
    }
}
