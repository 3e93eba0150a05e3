//! `tma1 doctor`: every wiring tried as its agent uses it; one line each, green or what to do.

mod general;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::adapters;
use super::figures;
use super::running;
use super::shell::Shell;
use super::terminal::{self, Style};
use super::text;
use crate::answer::status::Sidecar;
use crate::answer::{Refusal, ago};
use crate::hook::DOCTOR;
use crate::ingest::otlp::agent_of;
use crate::link::{self, Place};
use crate::model::{Agent, Millis};
use crate::redact::{Level, Redactor};
use crate::setup::doctor::{Check, Examined, Heard, Status, Visit, examine};
use crate::setup::{Manifest, Surroundings};
use crate::store::Reader;

/// For the sidecar, where none runs yet.
const STARTED_WITHIN: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Try every wiring as its agent uses it, and say what to do where something is amiss\n\nRuns each \
                  registered hook with an event of which nothing is kept, starts each MCP server with the environment \
                  that its agent hands on, and compares settings, skills and trust with what an installation would \
                  write now. It changes no file of an agent. The exit code is 1 where something does not work.",
    after_help = "Examples:\n  tma1 doctor\n  tma1 doctor --json"
)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    ok: bool,
    checks: Vec<&'a Check>,
}

pub fn run(args: &Args, shell: &Shell<'_>) -> Result<(), Refusal> {
    let manifest = Manifest::load(&shell.config.data_dir);
    let wired = manifest.as_ref().map_or(true, |manifest| !manifest.records.is_empty());
    let sidecar = sidecar(wired, shell);
    let program = adapters::program(shell)?;
    let mut general = general::checks(&program, &manifest, &sidecar, wired, shell);
    let around = Surroundings::from(&shell.config.places);
    let env: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let (search, url) = (adapters::search_path(shell), url(shell));
    let mut agents = examine(&Visit {
        program: &program,
        around: &around,
        url: &url,
        manifest: &manifest.unwrap_or_default(),
        search: search.as_deref(),
        env: &env,
        event: DOCTOR,
        sidecar: sidecar.pid,
        receives: sidecar.address.as_deref() == Some(url.as_str()),
        heard: &heard(&sidecar, shell),
    });
    let redactor = Redactor::new(Level::Preview);
    for check in general.iter_mut().chain(agents.iter_mut().flat_map(|agent| &mut agent.checks)) {
        // Lines of agents' settings stand in it.
        check.message = redactor.scrub(&check.message).into_owned();
    }
    let all: Vec<&Check> = general.iter().chain(agents.iter().flat_map(|agent| &agent.checks)).collect();
    let failed = all.iter().filter(|check| check.status == Status::Fail).count();
    if args.json {
        shell.print_json(&Report { ok: failed == 0, checks: all })?;
    } else {
        terminal::print(&readable(&general, &agents, shell))?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(Refusal::internal(format!(
            "{} not passed",
            figures::count(i64::try_from(failed).unwrap_or(i64::MAX), "check")
        ))),
    }
}

/// Where an installation sends telemetry to.
fn url(shell: &Shell<'_>) -> String {
    format!("http://{}", std::net::SocketAddr::new(shell.config.host, shell.config.port))
}

/// The sidecar, started where a hook would start it.
fn sidecar(wired: bool, shell: &Shell<'_>) -> Sidecar {
    let found = running::sidecar(shell);
    if found.running || !wired || !shell.config.autostart {
        return found;
    }
    let Ok(exe) = std::env::current_exe() else { return found };
    let until = Instant::now() + STARTED_WITHIN;
    if !link::start(&Place::new(&shell.config.data_dir), &exe, std::env::vars_os(), until) {
        return found;
    }
    running::sidecar(shell)
}

/// When each agent's hooks and telemetry arrived last.
fn heard(sidecar: &Sidecar, shell: &Shell<'_>) -> BTreeMap<Agent, Heard> {
    let store = Reader::open(&shell.config.data_dir).ok();
    let hooks = store.as_ref().and_then(|store| store.last_hooks().ok()).unwrap_or_default();
    let mut telemetry: BTreeMap<Agent, Millis> = BTreeMap::new();
    // An agent may have several services.
    for (service, at) in store.and_then(|store| store.last_telemetry().ok()).unwrap_or_default() {
        if let Some(agent) = agent_of(&service) {
            let last = telemetry.entry(agent).or_insert(at);
            *last = at.max(*last);
        }
    }
    // Of what is not kept, only the sidecar knows.
    for (agent, arrived) in &sidecar.telemetry {
        let at = arrived.last_at.as_deref().and_then(figures::moment);
        if let (Ok(agent), Some(at)) = (agent.parse(), at) {
            let last = telemetry.entry(agent).or_insert(at);
            *last = at.max(*last);
        }
    }
    let mut heard: BTreeMap<Agent, Heard> = BTreeMap::new();
    for (agent, at) in hooks {
        heard.entry(agent).or_default().hooks = Some(ago(shell.now(), at));
    }
    for (agent, at) in telemetry {
        heard.entry(agent).or_default().telemetry = Some(ago(shell.now(), at));
    }
    heard
}

fn readable(general: &[Check], agents: &[Examined], shell: &Shell<'_>) -> String {
    let mut out = format!("tma1 {}\n", env!("CARGO_PKG_VERSION"));
    lines(general.iter(), shell, &mut out);
    for agent in agents {
        let version = agent.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let home = agent.home.as_ref().map(|home| format!(" in {}", text::path(home, &shell.config.home)));
        let name = format!("{}{version}{}", adapters::hyphenated(agent.agent), home.unwrap_or_default());
        let _ = writeln!(out, "{}", shell.terminal.paint(Style::Bold, &text::line(&name)));
        // The heading says what a client that is well would say.
        let told = |check: &&Check| check.check != "client" || check.status != Status::Ok;
        lines(agent.checks.iter().filter(told), shell, &mut out);
    }
    out
}

fn lines<'a>(checks: impl Iterator<Item = &'a Check>, shell: &Shell<'_>, out: &mut String) {
    for check in checks {
        let (sign, style) = match check.status {
            Status::Ok => ("✓", Style::Green),
            Status::Warn => ("!", Style::Yellow),
            Status::Fail => ("✗", Style::Red),
            Status::Info => ("–", Style::Dim),
        };
        let mut said = check.message.clone();
        if let Some(fix) = &check.fix {
            let _ = write!(said, ": {fix}");
        }
        let sign = shell.terminal.paint(style, sign);
        let _ = writeln!(out, "  {sign} {:<13}{}", check.check, text::line(&at_home(&said, shell)));
    }
}

/// Paths below the home as their owner writes them.
fn at_home(said: &str, shell: &Shell<'_>) -> String {
    let home = shell.config.home.to_string_lossy();
    if home.len() > 1 { said.replace(&format!("{home}/"), "~/") } else { said.to_owned() }
}
