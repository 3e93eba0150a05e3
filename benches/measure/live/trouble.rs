//! Hooks when something is wrong: how long an agent waits then, and that nothing is lost.

use std::time::Duration;

use rusqlite::Connection;

use super::hook;
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const HOOKS: u64 = 30;
/// Those that need not wait for anybody.
const QUICK_HOOKS: u64 = 200;

pub fn measure(site: &Site<'_>, report: &mut Report) -> Result<(), Failure> {
    let session = new_session(site);
    let sidecar = Sidecar::start(site)?;
    sidecar.signal("-STOP")?;
    let took = hooks(site, &session, HOOKS)?;
    sidecar.signal("-CONT")?;
    row("hook, the sidecar stopped (SIGSTOP)", &took, sidecar.holds(&session.id, HOOKS)?, report);

    let session = new_session(site);
    // As a writer that hangs would hold it.
    let holder = Connection::open(site.data.join("tma1.db"))?;
    holder.busy_timeout(Duration::from_secs(10))?;
    holder.execute_batch("BEGIN IMMEDIATE")?;
    let took = hooks(site, &session, HOOKS)?;
    holder.execute_batch("ROLLBACK")?;
    drop(holder);
    row("hook, the store locked by another process", &took, sidecar.holds(&session.id, HOOKS)?, report);
    sidecar.stop(site)?;

    let session = new_session(site);
    let took = hooks(site, &session, QUICK_HOOKS)?;
    let sidecar = Sidecar::start(site)?;
    row("hook, no sidecar and none to be started", &took, sidecar.holds(&session.id, QUICK_HOOKS)?, report);
    sidecar.stop(site)
}

fn new_session(site: &Site<'_>) -> Session {
    Session::new(site, &format!("live-trouble-{}", fresh()))
}

fn hooks(site: &Site<'_>, session: &Session, count: u64) -> Result<Samples, Failure> {
    let mut took = Samples::default();
    for _ in 0..count {
        took.push(hook::run(&mut site.hook(), &session.before_tool(fresh()))?.took);
    }
    Ok(took)
}

fn row(what: &str, took: &Samples, exactly_once: bool, report: &mut Report) {
    let slowest = took.percentile(100);
    let then = if exactly_once { "each stored once" } else { "**not each stored once**" };
    let measured = format!("p50 {}, slowest {}; afterwards {then}", ms(took.median()), ms(slowest));
    let kept = slowest <= Duration::from_millis(300) && exactly_once;
    report.row(what, measured, ("≤ 300 ms, nothing lost", Some(kept)), "");
}
