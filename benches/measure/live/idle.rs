//! Sidecars with nothing to do: what they keep, and how often they stir.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use super::sidecar::{Sidecar, Site};
use super::vitals::{self, Memory};
use crate::measure::Failure;
use crate::measure::report::Report;
use crate::measure::samples::mb;

const LONG: Duration = Duration::from_mins(1);
/// What is under way is left to end.
const SETTLED: Duration = Duration::from_secs(5);

/// A history of three projects, in each of which an agent was at work a moment ago.
pub fn three_projects<'a>(full: &Site<'a>) -> Result<Site<'a>, Failure> {
    let claude = full.claude.with_file_name("claude-three");
    let mut dirs: Vec<_> = fs::read_dir(full.claude.join("projects"))?.flatten().map(|entry| entry.path()).collect();
    dirs.sort();
    for dir in dirs.iter().take(3) {
        let copy = claude.join("projects").join(dir.file_name().unwrap_or_default());
        fs::create_dir_all(&copy)?;
        let mut newest: Option<(SystemTime, _)> = None;
        for entry in fs::read_dir(dir)?.flatten().filter(|entry| entry.path().is_file()) {
            let (to, modified) = (copy.join(entry.file_name()), entry.metadata()?.modified()?);
            fs::copy(entry.path(), &to)?;
            fs::File::options().append(true).open(&to)?.set_modified(modified)?;
            if newest.as_ref().is_none_or(|(at, _)| *at < modified) {
                newest = Some((modified, to));
            }
        }
        if let Some((_, path)) = newest {
            fs::File::options().append(true).open(path)?.set_modified(SystemTime::now())?;
        }
    }
    Ok(Site { claude, ..Site::empty(full.scene, "three")? })
}

/// All at once: they do nothing, and so do not disturb each other.
pub fn measure(sidecars: &[(&str, &Sidecar)], report: &mut Report) {
    std::thread::sleep(SETTLED);
    let mut spent: Vec<Vec<f64>> = vec![Vec::new(); sidecars.len()];
    let mut wakes: Vec<u64> = Vec::new();
    let mut memories: Vec<Vec<Memory>> = sidecars.iter().map(|_| Vec::new()).collect();
    // Two minutes: quiet moments are used to fold the log back, which is not what goes on for ever.
    for _ in 0..2 {
        let began = Instant::now();
        let before: Vec<_> =
            sidecars.iter().map(|(_, s)| (vitals::processor(s.pid()), vitals::wakes(s.pid()))).collect();
        std::thread::sleep(LONG);
        wakes.clear();
        for (at, (_, sidecar)) in sidecars.iter().enumerate() {
            let used = vitals::processor(sidecar.pid()).saturating_sub(before[at].0);
            spent[at].push(100.0 * used.as_secs_f64() / began.elapsed().as_secs_f64());
            wakes.push(vitals::wakes(sidecar.pid()).saturating_sub(before[at].1));
            memories[at].push(vitals::memory(sidecar.pid()));
        }
    }
    for (at, (what, sidecar)) in sidecars.iter().enumerate() {
        let pid = sidecar.pid();
        let Some(now) = memories[at].last() else { continue };
        let measured = format!(
            "{:.0} MB resident after a minute, {:.0} MB after two: {:.0} MB its own, {:.0} MB its share (PSS); peak ever {:.0} MB; {} threads, {} descriptors",
            memories[at].first().map_or(0.0, |memory| mb(memory.resident)),
            mb(now.resident),
            mb(now.anonymous),
            mb(now.proportional),
            mb(now.peak),
            vitals::threads(pid),
            vitals::descriptors(pid)
        );
        let kept = memories[at].first().is_some_and(|memory| memory.resident <= 30_000_000);
        report.row(format!("idle sidecar, {what}: memory"), measured, ("≤ 30 MB", Some(kept)), "");
        let [first, second] = [0, 1].map(|minute| spent[at].get(minute).copied().unwrap_or_default());
        let measured =
            format!("{first:.2} % of a core in the first minute, {second:.2} % in the second ({} wake-ups)", wakes[at]);
        let kept = Some(first < 0.2 && second < 0.2);
        report.row(format!("idle sidecar, {what}: processor"), measured, ("< 0.2 % of a core", kept), "");
    }
}
