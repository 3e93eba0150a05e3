//! `tma1 install`: wires agents, says what was done, and reads the history that they have.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::adapters;
use super::figures::{count, size};
use super::import;
use super::shell::Shell;
use super::terminal::{self, Style};
use super::text;
use crate::adapters as histories;
use crate::answer::Refusal;
use crate::ingest::Import;
use crate::redact::{Level, Redactor};
use crate::setup::service::Manager;
use crate::setup::{Client, Installed, Order, Outcome, Part, Wired, install};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tma1 install --adapter detected\n  tma1 install --adapter claude-code,codex --dry-run\n  \
                        tma1 install --adapter codex --project ~/src/app"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Args {
    /// Which agents: names separated by commas, `detected` or `all`
    #[arg(long, value_name = "AGENT", required = true, value_delimiter = ',')]
    adapter: Vec<String>,
    /// The project whose instructions are to tell of tma1 [default: the git working tree that this is]
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Write no instructions into any project
    #[arg(long)]
    skip_project_files: bool,
    /// Leave the agents' telemetry as it is
    #[arg(long)]
    no_otel: bool,
    /// Let the system start the sidecar at login: a user unit of systemd, or an agent of launchd
    #[arg(long)]
    service: bool,
    /// Leave the history that is there for `tma1 import`
    #[arg(long)]
    no_import: bool,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let search = adapters::search_path(shell);
    let wirings: Vec<_> = adapters::named(&args.adapter, shell)?
        .into_iter()
        .map(|wiring| (wiring, Client::find(wiring, search.as_deref())))
        .collect();
    let target = adapters::target(args.project.as_deref(), args.skip_project_files, shell)?;
    let program = adapters::program(shell)?;
    let url = adapters::url(shell);
    let order = Order {
        target: &target,
        program: &program,
        url: &url,
        otel: !args.no_otel,
        data_dir: &shell.config.data_dir,
        service: args.service.then_some(Manager::HERE),
        dry_run: args.dry_run,
    };
    let installed = install(&wirings, &order).map_err(|error| adapters::refused(&error))?;
    if args.dry_run {
        return terminal::print(&dry(&installed.diffs));
    }
    terminal::print(&told(&installed, shell))?;
    if let Some((path, outcome)) = &installed.service {
        terminal::print(&served(path, outcome, shell))?;
    }
    if !args.no_import {
        read_history(&installed, shell)?;
    }
    let next = format!(
        "{:<22}{url}\n{:<22}tma1 uninstall --adapter {}\n",
        "page",
        "undo any time with",
        args.adapter.join(",")
    );
    terminal::print(&next)
}

/// Secrets may stand beside our lines.
pub fn dry(diffs: &[String]) -> String {
    if diffs.is_empty() {
        return "nothing would change\n".to_owned();
    }
    let redactor = Redactor::new(Level::Preview);
    let each: Vec<String> = diffs.iter().map(|diff| text::paragraph(&redactor.scrub(diff))).collect();
    format!("{}\nnothing was written\n", each.join("\n"))
}

fn told(installed: &Installed, shell: &Shell<'_>) -> String {
    let mut out = String::new();
    for wired in &installed.wired {
        let version = wired.client.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let name = text::line(&format!("{}{version}", adapters::hyphenated(wired.agent)));
        let parts: Vec<String> = wired.parts.iter().map(|(part, outcome)| mark(*part, outcome, shell)).collect();
        let _ = writeln!(out, "{name:<22}{}", parts.join("  "));
        for line in remarks(wired, shell) {
            out.push_str(&text::wrapped(&line, shell.terminal.width, &" ".repeat(22)));
        }
    }
    out
}

fn served(path: &Path, outcome: &Outcome, shell: &Shell<'_>) -> String {
    let path = text::path(path, &shell.config.home);
    match outcome {
        Outcome::Kept(_) => format!("{:<22}{path} is not as tma1 wrote it, and stays\n", "service"),
        _ => format!("{:<22}{path}; start it with `{}`\n", "service", Manager::HERE.start()),
    }
}

fn mark(part: Part, outcome: &Outcome, shell: &Shell<'_>) -> String {
    let (sign, style) = match outcome {
        Outcome::Written | Outcome::Same => ("✓", Style::Green),
        Outcome::Yielded | Outcome::Kept(_) | Outcome::Left => ("–", Style::Yellow),
    };
    format!("{} {}", part.name(), shell.terminal.paint(style, sign))
}

fn remarks(wired: &Wired, shell: &Shell<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if wired.client.program.is_none() {
        lines.push("its program is not on the search path: what every version takes was written".to_owned());
    }
    for (part, outcome) in &wired.parts {
        match outcome {
            Outcome::Yielded => {
                lines.push(format!("{}: your own settings stand there, and stay", part.name()));
            }
            Outcome::Kept(path) => {
                let path = text::path(path, &shell.config.home);
                lines.push(format!("{}: {path} is not as tma1 wrote it, and stays", part.name()));
            }
            _ => {}
        }
    }
    lines.extend(wired.still_to_do.map(str::to_owned));
    lines
}

/// What the wired agents did so far.
fn read_history(installed: &Installed, shell: &Shell<'_>) -> Result<(), Refusal> {
    for wired in &installed.wired {
        let Some(adapter) = histories::find(wired.agent) else { continue };
        if !adapter.roots(&shell.config.places).iter().any(|root| root.exists()) {
            continue;
        }
        let import = Import {
            agent: Some(wired.agent),
            path: None,
            since_ms: None,
            places: shell.config.places.clone(),
            clock: shell.clock,
        };
        let report = import::execute(&import, shell.config)?;
        if report.files > 0 {
            let files = count(i64::try_from(report.files).unwrap_or(i64::MAX), "file");
            let bytes = size(i64::try_from(report.bytes).unwrap_or(i64::MAX));
            terminal::print(&format!(
                "{:<22}{files}, {bytes}\n",
                format!("{} history", adapters::hyphenated(wired.agent))
            ))?;
        }
    }
    Ok(())
}
