//! `tma1 import`: reads the agents' history, with a bar for people and totals for programs.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::args::ImportArgs;
use crate::answer::Refusal;
use crate::clock::Clock;
use crate::config::{Config, DURATION_FORM, duration_ms};
use crate::ingest::{Import, ImportError, ImportReport, Progress};
use crate::redact::Redactor;
use crate::store::{Reader, Writer};

pub fn run(args: &ImportArgs, config: &Config) -> Result<(), Refusal> {
    let clock = Clock::SYSTEM;
    let since_ms = match &args.since {
        None => None,
        Some(text) => duration_ms(text)
            .ok_or_else(|| Refusal::user(format!("--since \"{text}\": {DURATION_FORM}")))?
            .map(|span| clock.now_ms() - span),
    };
    let import =
        Import { agent: args.agent, path: args.path.clone(), since_ms, places: config.places.clone(), clock };
    let report = execute(&import, config)?;
    if args.json {
        println!("{}", totals(&report, config)?);
    } else {
        eprintln!("{}", summary(&report));
    }
    Ok(())
}

/// Runs `import` with a progress bar on stderr, where that is a terminal.
pub fn execute(import: &Import, config: &Config) -> Result<ImportReport, Refusal> {
    let writer = Writer::open(&config.data_dir)?;
    let redactor = Redactor::new(config.redaction);
    let progress = Arc::new(Progress::default());
    let outcome = std::thread::scope(|scope| {
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let drawing = std::io::stderr().is_terminal().then(|| {
            let (done, progress) = (Arc::clone(&done), Arc::clone(&progress));
            scope.spawn(move || draw(&progress, &done))
        });
        let outcome = import.run(writer, &redactor, &progress);
        done.store(true, Ordering::Relaxed);
        if let Some(drawing) = drawing {
            drawing.thread().unpark();
        }
        outcome
    });
    let (mut writer, report) = outcome.map_err(refusal)?;
    sweep(&mut writer, config, import.clock)?;
    Ok(report)
}

fn sweep(writer: &mut Writer, config: &Config, clock: Clock) -> Result<(), Refusal> {
    let now = clock.now_ms();
    let raw_before = config.data_ttl_ms.map_or(i64::MIN, |ttl| now - ttl);
    writer.sweep(raw_before, config.history_ttl_ms.map(|ttl| now - ttl))?;
    writer.settle()?;
    Ok(())
}

fn draw(progress: &Progress, done: &std::sync::atomic::AtomicBool) {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "importing history  {bar:24} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    while !done.load(Ordering::Relaxed) {
        bar.set_length(progress.bytes_total.load(Ordering::Relaxed));
        bar.set_position(progress.bytes_done.load(Ordering::Relaxed));
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

fn summary(report: &ImportReport) -> String {
    let mut text = format!(
        "imported {} sessions: {} records from {} files ({} files unchanged)",
        report.sessions.len(),
        report.records,
        report.files,
        report.unchanged
    );
    if report.skipped > 0 {
        text.push_str(&format!("; {} passed over, see `tma1 status`", report.skipped));
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
