//! The whole history read by a sidecar that starts with nothing, while an agent is at work.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::hook::{self, spread};
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use super::{tail, vitals};
use crate::measure::Failure;
use crate::measure::floors::Floors;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, float, mb, ms, rate};

const PAUSE: Duration = Duration::from_millis(50);
const GIVEN_UP: Duration = Duration::from_mins(15);

/// Gives the sidecar back: what it has become by that is measured later.
pub fn measure(site: &Site<'_>, floors: &Floors, report: &mut Report) -> Result<Sidecar, Failure> {
    let began = Instant::now();
    let sidecar = Sidecar::start(site)?;
    let session = Session::new(site, "live-backfill");
    let mut hooks = Samples::default();
    let mut connection = sidecar.connect()?;
    loop {
        let state = connection.get("/api/sidecar")?.json()?;
        let busy = state["counters"]["waiting_files"] != 0 || state["queue"] != 0;
        if !busy && !connection.get("/status")?.json()?["last_import_at"].is_null() {
            break;
        }
        if began.elapsed() > GIVEN_UP {
            return Err(format!("the history was never read: {state}").into());
        }
        hooks.push(hook::run(&mut site.hook(), &session.before_tool(fresh()))?.took);
        std::thread::sleep(PAUSE);
    }
    let took = began.elapsed();
    let bytes = site.scene.counts.bytes;
    let pid = sidecar.pid();
    let (memory, cpu) = (vitals::memory(pid), vitals::processor(pid));
    let speed = rate(bytes, took);
    let work = cpu.as_secs_f64() * 1e9 / float(bytes);
    report.row(
        "history read by a sidecar that starts with nothing",
        format!("{speed:.0} MB/s; {} for {:.0} MB; {work:.1} s of processor a GB", ms(took), mb(bytes)),
        ("≥ 80 MB/s", Some(speed >= 80.0)),
        floors.reading(),
    );
    let peak = format!("{:.0} MB", mb(memory.peak));
    report.row("its peak memory meanwhile", peak, ("≤ 150 MB", Some(memory.peak <= 150_000_000)), "");
    let slowest = hooks.percentile(100);
    report.row(
        "hook `PreToolUse` meanwhile",
        format!("{}, slowest {}", spread(&hooks), ms(slowest)),
        ("≤ 300 ms", Some(slowest <= Duration::from_millis(300))),
        floors.spawning(),
    );
    compare(site, &sidecar, report)?;
    Ok(sidecar)
}

/// What it read is all there is.
fn compare(site: &Site<'_>, sidecar: &Sidecar, report: &mut Report) -> Result<(), Failure> {
    let counts = &site.scene.counts;
    // The benchmark's own sessions are not in the corpus.
    let theirs = format!("session_id NOT LIKE 'live-%' AND session_id NOT LIKE '{}%'", tail::OURS);
    for (what, table, wanted) in
        [("tool calls", "tool_calls", counts.tool_calls), ("requests", "usage", counts.responses)]
    {
        let found = sidecar.number(&format!("SELECT count(*) FROM {table} WHERE {theirs}"), &[])?;
        report.total(&format!("{what}, read by the sidecar"), &wanted, &found);
    }
    let problems = sidecar.state()?["problems"].as_array().map_or(0, Vec::<Value>::len);
    report.total("problems that it reports", &0, &problems);
    Ok(())
}
