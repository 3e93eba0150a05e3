//! The very first hook, when no sidecar runs: it starts one and gets its answer.

use std::fs;
use std::time::Duration;

use super::hook;
use super::payload::{Session, fresh};
use super::sidecar::{Sidecar, Site};
use crate::measure::Failure;
use crate::measure::floors::Floors;
use crate::measure::report::Report;
use crate::measure::samples::{Samples, ms};

const RUNS: usize = 20;

pub fn measure(full: &Site<'_>, floors: &Floors, report: &mut Report) -> Result<(), Failure> {
    let fresh = Site::empty(full.scene, "first")?;
    for (what, site, anew) in [
        ("the very first hook: no sidecar, no store, all history unread", &fresh, true),
        ("the first hook after a stop: no sidecar, the store of this run", full, false),
    ] {
        let tally = runs(site, anew)?;
        let kept = tally.took.percentile(100) <= Duration::from_millis(150) && tally.stored == RUNS;
        let measured = format!(
            "p50 {}, slowest of {RUNS} {}; {} answered, {} stored at once",
            ms(tally.took.median()),
            ms(tally.took.percentile(100)),
            tally.answered,
            tally.stored
        );
        report.row(what, measured, ("≤ 150 ms", Some(kept)), floors.spawning());
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    took: Samples,
    answered: usize,
    stored: usize,
}

fn runs(site: &Site<'_>, anew: bool) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for _ in 0..RUNS {
        if anew && site.data.exists() {
            fs::remove_dir_all(&site.data)?;
        }
        let session = Session::new(site, &format!("live-first-{}", fresh()));
        let ran = hook::run(site.hook().env("TMA1_AUTOSTART", "1"), &session.start())?;
        let sidecar = Sidecar::found(site)?;
        tally.took.push(ran.took);
        tally.answered += usize::from(!ran.said.is_empty());
        tally.stored += usize::from(sidecar.counter("hooks_stored")? == 1);
        sidecar.holds(&session.id, 1)?;
        sidecar.stop(site)?;
    }
    Ok(tally)
}
