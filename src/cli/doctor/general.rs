//! What concerns every agent: the binary, the data directory, the store, the sidecar, settings, the spool.

use std::net::TcpListener;
use std::path::Path;

use super::super::figures::{count, size};
use super::super::shell::Shell;
use crate::answer::Refusal;
use crate::answer::status::{Sidecar, Status, status};
use crate::setup::doctor::Check;
use crate::setup::{Manifest, ManifestError, Program};

/// With less than this on the disk, events soon go to the spool's reserve.
const LITTLE: u64 = 200 * 1024 * 1024;
/// As the sidecar says it of the port.
const NOT_LISTENED_ON: &str = "could not be listened on";
/// Starts the sidecar anew, with the binary that is there now.
const ANEW: &str = "run `tma1 stop`; the next hook starts the new one";

pub fn checks(
    program: &Program,
    manifest: &Result<Manifest, ManifestError>,
    sidecar: &Sidecar,
    wired: bool,
    shell: &Shell<'_>,
) -> Vec<Check> {
    let mut checks = vec![Check::ok("binary", program.name()), data(shell), installed(manifest)];
    let settings = shell.config.settings.problems();
    checks.extend(settings.iter().map(|problem| Check::warn("settings", problem).fix("run `tma1 settings`")));
    if shell.config.injection_disabled {
        checks.push(Check::info("injection", "off: agents are told nothing, events are stored all the same"));
    }
    let state = status(shell.config.surroundings(shell.env, None), shell.clock);
    checks.push(store(&state));
    checks.extend(up(sidecar, wired, shell));
    checks.extend(port(sidecar, shell));
    let troubles = sidecar.problems.iter().filter(|problem| !settings.contains(problem));
    checks.extend(
        troubles.filter(|problem| !problem.contains(NOT_LISTENED_ON)).map(|problem| Check::warn("sidecar", problem)),
    );
    checks.extend(state.ok().map(|state| spool(&state, sidecar)));
    checks
}

fn data(shell: &Shell<'_>) -> Check {
    let dir = &shell.config.data_dir;
    let shown = dir.display();
    if !dir.exists() {
        return Check::info("data", format!("{shown} is not there yet"));
    }
    if !may_write(dir) {
        return Check::fail("data", format!("{shown} cannot be written to")).fix("make it yours and writable");
    }
    match free(dir) {
        Some(free) => {
            let left = format!("{shown}, {} free", size(i64::try_from(free).unwrap_or(i64::MAX)));
            if free < LITTLE {
                Check::warn("data", left).fix("make room on that disk")
            } else {
                Check::ok("data", left)
            }
        }
        None => Check::ok("data", shown.to_string()),
    }
}

#[cfg(unix)]
fn may_write(dir: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, dir, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

#[cfg(not(unix))]
fn may_write(dir: &Path) -> bool {
    dir.metadata().is_ok_and(|about| !about.permissions().readonly())
}

#[cfg(unix)]
fn free(dir: &Path) -> Option<u64> {
    rustix::fs::statvfs(dir).ok().map(|about| about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

fn installed(manifest: &Result<Manifest, ManifestError>) -> Check {
    match manifest {
        Err(error) => Check::fail("install", error.to_string()),
        Ok(manifest) if manifest.records.is_empty() => {
            Check::info("install", "no agent is wired").fix("run `tma1 install --adapter detected`")
        }
        Ok(manifest) => {
            let mut agents: Vec<&str> = manifest.records.iter().map(|record| record.agent.as_str()).collect();
            agents.sort_unstable();
            agents.dedup();
            Check::ok("install", agents.join(", "))
        }
    }
}

fn store(state: &Result<Status, Refusal>) -> Check {
    match state {
        Err(refusal) => {
            let check = Check::fail("store", &refusal.message);
            match &refusal.hint {
                Some(hint) => check.fix(hint.trim_end_matches('.')),
                None => check,
            }
        }
        Ok(state) if !state.store.exists => Check::info("store", "nothing is stored yet"),
        Ok(state) => {
            let schema = state.store.schema.map(|schema| format!(", schema {schema}")).unwrap_or_default();
            Check::ok("store", format!("{}{schema}, {}", size(state.store.bytes), count(state.sessions, "session")))
        }
    }
}

fn up(sidecar: &Sidecar, wired: bool, shell: &Shell<'_>) -> Option<Check> {
    const SIDECAR: &str = "sidecar";
    if !sidecar.running {
        return Some(if !shell.config.autostart {
            Check::warn(
                SIDECAR,
                "not running; TMA1_AUTOSTART=0 keeps hooks from starting it, so their events wait in the spool",
            )
            .fix("run `tma1 serve --detach`")
        } else if wired {
            Check::fail(SIDECAR, "does not start").fix("run `tma1 serve` to see why, or look into logs/sidecar.log")
        } else {
            Check::info(SIDECAR, "not running; hooks start it")
        });
    }
    // One that does not answer says so among its problems.
    let pid = sidecar.pid?;
    let mut told = format!("process {pid}");
    if let Some(at) = &sidecar.started_at {
        told = format!("{told}, started {}", shell.age(at));
    }
    let version = sidecar.version.as_deref().unwrap_or("unknown");
    if version != env!("CARGO_PKG_VERSION") {
        let message = format!("{told}, is of version {version}, this is {}", env!("CARGO_PKG_VERSION"));
        return Some(Check::warn(SIDECAR, message).fix(ANEW));
    }
    if was_replaced(pid) {
        let message = format!("{told}, runs a binary that is not on the disk any more");
        return Some(Check::warn(SIDECAR, message).fix(ANEW));
    }
    Some(Check::ok(SIDECAR, told))
}

/// As Linux tells it; elsewhere nobody does.
fn was_replaced(pid: u32) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.to_string_lossy().ends_with(" (deleted)"))
}

/// The port, where it is not ours. Hooks and tools do without it.
fn port(sidecar: &Sidecar, shell: &Shell<'_>) -> Option<Check> {
    let (host, port) = (shell.config.host, shell.config.port);
    if sidecar.running {
        return match (&sidecar.address, sidecar.pid) {
            (Some(address), _) => Some(Check::ok("port", address)),
            (None, Some(_)) => Some(taken(host, port)),
            (None, None) => None,
        };
    }
    let refused = TcpListener::bind((host, port)).err()?;
    (refused.kind() == std::io::ErrorKind::AddrInUse).then(|| taken(host, port))
}

fn taken(host: std::net::IpAddr, port: u16) -> Check {
    let message = format!("{host} port {port} is taken: hooks and tools do without, telemetry and the page do not");
    Check::warn("port", message).fix("end what holds it, or set TMA1_PORT and install again")
}

fn spool(state: &Status, sidecar: &Sidecar) -> Check {
    let spool = &state.spool;
    let mut told = Vec::new();
    if spool.events > 0 {
        told.push(format!("{}, {} wait", count(spool.events, "event"), size(spool.bytes)));
    }
    if spool.lost > 0 {
        told.push(format!("{} lost so far", count(spool.lost, "event")));
    }
    if spool.damaged > 0 {
        told.push(format!("{} could not be read so far", count(spool.damaged, "place")));
    }
    match told.as_slice() {
        [] => Check::ok("spool", "nothing waits"),
        _ if spool.events > 0 && !sidecar.running => {
            Check::warn("spool", told.join(", ")).fix("run `tma1 serve --detach`, which stores what waits")
        }
        _ => Check::warn("spool", told.join(", ")),
    }
}
