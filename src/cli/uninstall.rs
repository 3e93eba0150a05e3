//! `tma1 uninstall`: the exact reverse of `install`, and the data directory where that is asked for.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::adapters;
use super::figures::{count, size};
use super::install::dry;
use super::shell::Shell;
use super::stop;
use super::terminal;
use super::text;
use crate::answer::Refusal;
use crate::setup::service::Manager;
use crate::setup::{Manifest, uninstall};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tma1 uninstall --adapter codex\n  tma1 uninstall --adapter all --dry-run\n  \
                        tma1 uninstall --adapter all --purge-data")]
pub struct Args {
    /// Which agents: names separated by commas, `detected` or `all`
    #[arg(long, value_name = "AGENT", required = true, value_delimiter = ',')]
    adapter: Vec<String>,
    /// A project whose instructions told of tma1, besides those that are known
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Remove the data directory too: history that the agents have deleted themselves is gone then
    #[arg(long)]
    purge_data: bool,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let wirings = adapters::named(&args.adapter, shell)?;
    let here = adapters::target(args.project.as_deref(), false, shell)?;
    let done =
        uninstall(&wirings, &here, &shell.config.data_dir, args.dry_run).map_err(|error| adapters::refused(&error))?;
    let mut out = if args.dry_run { dry(&done.diffs) } else { String::new() };
    if !args.dry_run {
        let names: Vec<String> = done.agents.iter().map(|agent| adapters::hyphenated(*agent)).collect();
        for path in &done.files {
            let _ = writeln!(out, "{}", text::path(path, &shell.config.home));
        }
        let files = count(i64::try_from(done.files.len()).unwrap_or(i64::MAX), "file");
        let _ = match done.files.len() {
            0 => writeln!(out, "nothing of tma1 was found for {}", names.join(", ")),
            _ => writeln!(out, "{}: tma1 is taken out of {files}", names.join(", ")),
        };
    }
    if done.service.as_ref().is_some_and(|path| !path.exists()) && !args.dry_run {
        let _ = writeln!(
            out,
            "the service is no longer started at login; one that runs ends with `{}`",
            Manager::HERE.stop()
        );
    }
    for path in &done.kept {
        let path = text::path(path, &shell.config.home);
        let _ = writeln!(out, "{path} was changed since tma1 wrote it, and stays: remove it by hand");
    }
    terminal::print(&out)?;
    if args.purge_data { purge(args.dry_run, shell) } else { Ok(()) }
}

/// What tma1 keeps in its data directory; a name that ends in `*` is a beginning.
const KEPT: &[&str] = &[
    "tma1.db*",
    "tma1.sock",
    "server.json",
    "serve.lock",
    "starting.lock",
    "writer.lock",
    "settings.json",
    "install.json*",
    "install.lock",
    "token",
    "spool",
    "logs",
    "backups",
];

fn purge(dry_run: bool, shell: &Shell<'_>) -> Result<(), Refusal> {
    let dir = &shell.config.data_dir;
    let shown = text::path(dir, &shell.config.home);
    if !dir.is_dir() {
        return terminal::print(&format!("{shown} is not there: nothing to purge\n"));
    }
    let manifest = Manifest::load(dir).map_err(|error| adapters::refused(&error.into()))?;
    if !dry_run && !manifest.is_empty() {
        let agents: Vec<&str> = manifest.records.iter().map(|record| record.agent.as_str()).collect();
        return Err(Refusal::user(format!("{shown} is still used by {}", agents.join(", ")))
            .hint("Run `tma1 uninstall --adapter all --purge-data`."));
    }
    let (ours, others) = entries(dir)?;
    terminal::print(&format!("{shown} holds {}\n", holds(dir, shell)))?;
    if dry_run {
        return terminal::print("nothing was removed\n");
    }
    stop::quietly(shell)?;
    for path in ours {
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match gone {
            Err(error) if path.exists() => {
                return Err(Refusal::internal(format!("{} cannot be removed: {error}", path.display())));
            }
            _ => {}
        }
    }
    if others.is_empty() {
        let _ = fs::remove_dir(dir);
        return terminal::print("removed\n");
    }
    let names: Vec<String> =
        others.iter().filter_map(|path| path.file_name()).map(|name| text::line(&name.to_string_lossy())).collect();
    terminal::print(&format!("removed, but for what is not tma1's: {}\n", names.join(", ")))
}

/// What is in it, before it goes.
fn holds(dir: &Path, shell: &Shell<'_>) -> String {
    let bytes = bytes(dir);
    let sessions = shell.asker().ok().and_then(|asker| asker.store.totals().ok()).map(|(sessions, _)| sessions);
    let sessions = sessions.map(|sessions| format!("{}, ", count(sessions, "session"))).unwrap_or_default();
    format!("{sessions}{}", size(i64::try_from(bytes).unwrap_or(i64::MAX)))
}

fn bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| Some((entry, entry.metadata().ok()?)))
        .map(|(entry, about)| if about.is_dir() { bytes(&entry.path()) } else { about.len() })
        .sum()
}

/// Ours, and what somebody else has put there.
fn entries(dir: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Refusal> {
    let found = fs::read_dir(dir).map_err(|error| Refusal::internal(format!("{}: {error}", dir.display())))?;
    let ours = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        KEPT.iter().any(|kept| kept.strip_suffix('*').map_or(*kept == name, |start| name.starts_with(start)))
    };
    Ok(found.flatten().map(|entry| entry.path()).partition(ours))
}
