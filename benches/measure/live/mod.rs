//! The live part: hooks, the sidecar that answers them, and what it costs while nothing happens.

mod backfill;
mod drain;
mod first;
mod hook;
mod idle;
mod ingest;
mod payload;
mod share;
mod sidecar;
mod signal;
mod tail;
mod talk;
mod tree;
mod trouble;
mod vitals;
mod wrapper;

use std::fs::{self, File};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use payload::Session;
use sidecar::{Sidecar, Site};

use super::Failure;
use super::checks::query;
use super::floors::Floors;
use super::options::{LIVE, Options};
use super::report::Report;
use super::scene::Scene;

/// On the store that was filled by the import, but for what starts with nothing.
pub fn measure(scene: &Scene, options: &Options, floors: &Floors, report: &mut Report) -> Result<(), Failure> {
    if !LIVE.iter().any(|part| options.wants(part)) {
        return Ok(());
    }
    let site = Site::full(scene);
    age(&site.claude)?;
    if options.wants("first") {
        let outcome = first::measure(&site, floors, report);
        contained("the first hook", outcome, report);
    }
    if options.wants("trouble") {
        let outcome = trouble::measure(&site, report);
        contained("hooks in trouble", outcome, report);
    }
    // One sidecar lives through all that follows.
    let drained = options.wants("drain").then(|| drain::measure(&site, report));
    let sidecar = match drained.and_then(|outcome| contained("the spool", outcome, report)) {
        Some(sidecar) => sidecar,
        None => Sidecar::start(&site)?,
    };
    let known = longest(&site)?;
    let rows = rows(&sidecar)?;
    report.row("rows in the store that the live part works on", rows.to_string(), ("", None), "");
    if options.wants("hook") {
        let outcome = hook::measure(&site, &sidecar, &known, report);
        contained("hooks", outcome, report);
    }
    if options.wants("share") {
        let outcome = share::measure(&site, &sidecar, &known, report);
        contained("the sidecar's share", outcome, report);
    }
    if options.wants("signal") {
        let outcome = signal::measure(&site, &sidecar, report);
        contained("the rules", outcome, report);
    }
    if options.wants("tail") {
        let outcome = tail::measure(&site, &sidecar, report);
        contained("following transcripts", outcome, report);
    }
    if options.wants("tree") {
        let outcome = tree::measure(&site, report);
        contained("a large tree", outcome, report);
    }
    if options.wants("wrapper") {
        let outcome = wrapper::measure(&site, report);
        contained("the wrapper", outcome, report);
    }
    if options.wants("ingest") {
        let outcome = ingest::measure(&site, &sidecar, report);
        contained("many clients", outcome, report);
    }
    rest(&site, &sidecar, options, floors, report)?;
    sidecar.stop(&site)
}

/// Makes directories as old as what lies in them: of a history that was just written all would seem to be in use.
fn age(dir: &Path) -> Result<SystemTime, Failure> {
    let mut newest = UNIX_EPOCH;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        newest = newest.max(if meta.is_dir() { age(&entry.path())? } else { meta.modified()? });
    }
    File::open(dir)?.set_modified(newest)?;
    Ok(newest)
}

/// The history read anew, and all sidecars at rest.
fn rest(
    site: &Site<'_>,
    sidecar: &Sidecar,
    options: &Options,
    floors: &Floors,
    report: &mut Report,
) -> Result<(), Failure> {
    let empty = Site::empty(site.scene, "backfill")?;
    let read = options.wants("backfill").then(|| backfill::measure(&empty, floors, report));
    let read = read.and_then(|outcome| contained("reading the history", outcome, report));
    if options.wants("idle") {
        let three = idle::three_projects(site)?;
        let small = Sidecar::start(&three)?;
        let mut idle = vec![("3 projects", &small), ("the store of this run, after all of the above", sidecar)];
        idle.extend(read.as_ref().map(|read| ("after it read the whole history", read)));
        idle::measure(&idle, report);
        small.stop(&three)?;
    }
    read.map_or(Ok(()), |read| read.stop(&empty))
}

/// What fails is a row of the report, and the rest is measured all the same.
fn contained<T>(what: &str, outcome: Result<T, Failure>, report: &mut Report) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(problem) => {
            let problem = problem.to_string();
            let line = problem.lines().next().unwrap_or_default();
            report.row(what, format!("failed: {line}"), ("", Some(false)), "");
            None
        }
    }
}

/// The longest session of the busiest project.
fn longest(site: &Site<'_>) -> Result<Session, Failure> {
    let root = site.scene.busiest().replace('\'', "''");
    // A small corpus may have none there.
    let sql = format!(
        "SELECT session_id, project_root FROM sessions WHERE session_id NOT LIKE 'live-%' AND project_root IS NOT NULL \
         ORDER BY project_root = '{root}' DESC, tool_calls DESC LIMIT 1"
    );
    let rows = query(site.scene, &sql)?;
    let said = |name: &str| rows.first().and_then(|row| row[name].as_str());
    let (id, cwd) = said("session_id").zip(said("project_root")).ok_or("no project has a session")?;
    Ok(Session::within(site, id, cwd))
}

fn rows(sidecar: &Sidecar) -> Result<i64, Failure> {
    let tables = ["messages", "tool_calls", "usage", "events"];
    let mut rows = 0;
    for table in tables {
        rows += sidecar.number(&format!("SELECT count(*) FROM {table}"), &[])?;
    }
    Ok(rows)
}
