//! The import of a whole history: how fast, in how much memory, and into how large a store.

use std::time::Duration;

use super::Failure;
use super::floors::Floors;
use super::options::Options;
use super::program;
use super::report::Report;
use super::samples::{Samples, float, mb, ms, rate};
use super::scene::Scene;

/// Bytes of transcripts that the absolute budgets speak of.
const GIGABYTE: u64 = 1_000_000_000;

pub fn measure(scene: &mut Scene, options: &Options, floors: &Floors, report: &mut Report) -> Result<(), Failure> {
    let bytes = scene.counts.bytes;
    let import = program::run(&mut scene.tma1(&["import", "--json"]), "")?;
    let after_import = scene.store_bytes();
    if options.wants("import") {
        let speed = rate(bytes, import.wall);
        let measured = format!("{speed:.0} MB/s; {} for {:.0} MB", ms(import.wall), mb(bytes));
        report.row("import, everything from nothing", measured, ("≥ 80 MB/s", Some(speed >= 80.0)), floors.reading());
        let cores = import.cpu.as_secs_f64() / import.wall.as_secs_f64().max(1e-9);
        let work =
            format!("{:.1} s a GB; {cores:.1} cores busy", import.cpu.as_secs_f64() * float(GIGABYTE) / float(bytes));
        report.row("its processor time", work, ("", None), "");
        let peak = import.peak_kb / 1024;
        report.row("its peak memory", format!("{peak} MiB"), ("≤ 150 MB", Some(import.peak_kb < 146_484)), "");
    }
    if options.wants("second") {
        let mut again = Samples::default();
        for _ in 0..7 {
            again.push(program::run(&mut scene.tma1(&["import", "--json"]), "")?.wall);
        }
        // A small corpus may not take longer either: what is fixed does not shrink with it.
        let kept = again.median() <= Duration::from_millis(300);
        let files = format!("asking for size and time of {} files {}", scene.counts.files, ms(floors.stat));
        report.row("second run, nothing changed", ms(again.median()), ("≤ 0.3 s for 1 GB", Some(kept)), files);
    }
    if options.wants("store") {
        let share = float(after_import) / float(bytes);
        let measured = format!("{share:.2} × ({:.0} MB)", mb(after_import));
        report.row("store, of the transcripts' bytes", measured, ("≤ 0.5 ×", Some(share <= 0.5)), "");
        let later = scene.store_bytes();
        if later != after_import {
            report.row(
                "store, settled",
                format!("{:.2} × ({:.0} MB)", float(later) / float(bytes), mb(later)),
                ("", None),
                "",
            );
        }
    }
    if options.wants("binary") {
        let size = scene.bin().metadata()?.len();
        report.row("binary", format!("{:.1} MB", mb(size)), ("≤ 12 MB stripped", Some(size <= 12_000_000)), "");
    }
    Ok(())
}
