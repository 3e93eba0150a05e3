//! Other programs on the same files, each in its own home and without a way to the network.

use std::path::Path;
use std::process::Command;

use super::Failure;
use super::options::Options;
use super::program;
use super::report::Report;
use super::samples::{float, mb, ms, rate};
use super::scene::Scene;
use crate::corpus::Amount;

/// They are slow: half a gigabyte has to do.
const MOST_BYTES: u64 = 500_000_000;

pub fn measure(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let amount = match options.amount {
        Amount::Bytes(bytes) => Amount::Bytes(bytes.min(MOST_BYTES)),
        Amount::Rows(_) => Amount::Bytes(MOST_BYTES),
    };
    let scene = Scene::set(options, "others", amount)?;
    let bytes = scene.counts.bytes;
    // Not all of them know the variable that says where Claude Code keeps its history.
    std::os::unix::fs::symlink(scene.claude(), scene.home().join(".claude"))?;
    let ours = program::run(&mut scene.tma1(&["import", "--json"]), "")?;
    let size = format!("{:.0} MB", mb(bytes));
    report.row(format!("import of {size}, for comparison"), ms(ours.wall), ("", None), "");
    if let Some(path) = &options.agentsview {
        let theirs = program::run(&mut agentsview(&scene, path, &["sync"]), "")?;
        let ratio = ours.wall.as_secs_f64() / theirs.wall.as_secs_f64();
        let told = format!("{}, {:.0} MB/s; ours takes {ratio:.3} × of it", ms(theirs.wall), rate(bytes, theirs.wall));
        report.row(format!("agentsview, first sync of {size}"), told, ("≤ 0.15 ×", Some(ratio <= 0.15)), "");
        let store = scene.home().join(".agentsview/sessions.db").metadata().map_or(0, |meta| meta.len());
        report.row(
            "its store, of the transcripts' bytes",
            format!("{:.2} ×", float(store) / float(bytes)),
            ("", None),
            "",
        );
        let again = program::run(&mut agentsview(&scene, path, &["sync"]), "")?;
        report.row("agentsview, second sync", ms(again.wall), ("", None), "");
        let args = ["usage", "daily", "--all", "--offline", "--no-sync", "--json"];
        let usage = program::repeat(5, || agentsview(&scene, path, &args), "")?;
        report.row("agentsview usage daily", ms(usage.median()), ("", None), "");
    }
    if let Some(path) = &options.ccusage {
        let daily = program::repeat(3, || offline(&scene, path, &["daily", "--offline", "--json"]), "")?;
        report.row(format!("ccusage daily, {size}"), ms(daily.median()), ("", None), "");
    }
    scene.clear()
}

fn agentsview(scene: &Scene, path: &Path, args: &[&str]) -> Command {
    let mut command = offline(scene, path, args);
    // Else it would leave a server behind.
    command.env("AGENTSVIEW_NO_DAEMON", "1");
    command
}

/// The discard port stands for every host: what a program would fetch or report fails at once.
fn offline(scene: &Scene, path: &Path, args: &[&str]) -> Command {
    let mut command = scene.isolated(path);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    command.args(args);
    command
}
