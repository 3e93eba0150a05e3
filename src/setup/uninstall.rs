//! Takes a wiring out again: exactly what we put, wherever it was put, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::SetupError;
use super::agents::{self, Wiring};
use super::edit::{self, Change, Edit, Memories, Memory, Planned};
use super::install::carry_out;
use super::manifest::{Manifest, Record, hash_of};
use super::ours::Program;
use super::wanted::{Piece, Target, Wanted};
use crate::model::Agent;

#[derive(Debug, Clone, Default)]
pub struct Uninstalled {
    pub agents: Vec<Agent>,
    pub files: Vec<PathBuf>,
    /// The file of the sidecar's service, where there was one.
    pub service: Option<PathBuf>,
    /// Files of ours that somebody changed since: they stay.
    pub kept: Vec<PathBuf>,
    pub diffs: Vec<String>,
}

/// `here`: looked at besides the places that the manifest knows.
///
/// # Errors
/// Names the file and what to do; then nothing was taken out anywhere.
pub fn uninstall(
    wirings: &[&'static dyn Wiring],
    here: &Target,
    data_dir: &Path,
    dry_run: bool,
) -> Result<Uninstalled, SetupError> {
    // Where nothing is kept, nobody else is at it.
    let _held = if dry_run || !data_dir.exists() { None } else { Some(Manifest::hold(data_dir)?) };
    let mut manifest = Manifest::load(data_dir)?;
    let goes = |record: &Record| wirings.iter().any(|wiring| wiring.agent().name() == record.agent);
    let shared = still_used(manifest.records.iter().filter(|record| !goes(record)))?;
    let mut done = Uninstalled::default();
    let mut changes: Vec<Change> = Vec::new();
    let mut own = BTreeSet::new();
    for wiring in wirings {
        done.agents.push(wiring.agent());
        let recorded = manifest.of(wiring.agent().name()).map(|record| &record.target);
        let targets: Vec<&Target> = recorded.chain([here]).collect();
        for piece in targets.into_iter().flat_map(|target| pieces(*wiring, target)) {
            let seen = edit::file::read(&piece.path)?;
            if piece.may_be_shared() && shared.contains(&seen.real) {
                continue;
            }
            if let (Some(_), Some(bytes)) = (&piece.own, &seen.bytes) {
                let was_ours = manifest.own.contains_key(&seen.real);
                own.insert(seen.real.clone());
                if !manifest.has_written(&piece, &seen.real, bytes) {
                    // A file that never was ours is nobody's business.
                    done.kept.extend(was_ours.then(|| piece.path.clone()));
                    continue;
                }
            }
            changes.push(piece.change(&piece.take));
            for path in &piece.elsewhere {
                if !shared.contains(&edit::file::read(path)?.real) {
                    changes.push(Change { path: path.clone(), edit: piece.take.clone(), lock: None });
                }
            }
        }
    }
    // With the last agent.
    let service = manifest.service.clone().filter(|_| manifest.records.iter().all(goes));
    if let Some(path) = &service {
        let seen = edit::file::read(path)?;
        let known = manifest.own.get(&seen.real).cloned();
        own.insert(seen.real);
        match (seen.bytes, known) {
            (Some(bytes), Some(hash)) if hash_of(&bytes) == hash => {
                changes.push(Change { path: path.clone(), edit: Edit::Whole(None), lock: None });
            }
            (Some(_), _) => done.kept.push(path.clone()),
            (None, _) => {}
        }
    }
    done.service.clone_from(&service);
    done.kept.sort();
    done.kept.dedup();
    let planned = edit::plan(&changes, &memories(&manifest, &changes)?)?;
    done.diffs = planned.iter().map(Planned::diff).filter(|diff| !diff.is_empty()).collect();
    if dry_run {
        return Ok(done);
    }
    manifest.records.retain(|record| !goes(record));
    manifest.own.retain(|path, _| !own.contains(path));
    manifest.service = manifest.service.take().filter(|_| service.is_none());
    done.files = carry_out(planned, &mut manifest, data_dir, None)?;
    if manifest.records.is_empty() {
        // What is remembered beyond that, the user has made their own since.
        manifest.files.clear();
    }
    close_folders(&mut manifest);
    manifest.save(data_dir)?;
    Ok(done)
}

/// What undoing has to go by: the manifest, or where there is none what can be seen.
fn memories(manifest: &Manifest, changes: &[Change]) -> Result<Memories, SetupError> {
    let mut memories = manifest.files.clone();
    if manifest.is_new {
        for change in changes {
            memories.insert(edit::file::read(&change.path)?.real, Memory::lost());
        }
    }
    Ok(memories)
}

fn pieces(wiring: &dyn Wiring, target: &Target) -> Vec<Piece> {
    // What is taken out depends on neither.
    let program = Program { path: PathBuf::from("tma1"), data_dir: None };
    wiring.pieces(&Wanted { target, program: &program, version: None, url: "" })
}

/// Files that agents share and that one still needs.
fn still_used<'a>(records: impl Iterator<Item = &'a Record>) -> Result<BTreeSet<PathBuf>, SetupError> {
    let mut used = BTreeSet::new();
    for record in records {
        let Some(wiring) = record.agent.parse().ok().and_then(agents::find) else { continue };
        for piece in pieces(wiring, &record.target).into_iter().filter(Piece::may_be_shared) {
            used.insert(edit::file::read(&piece.path)?.real);
        }
    }
    Ok(used)
}

/// Folders that we made and that nobody else uses go, the innermost first.
fn close_folders(manifest: &mut Manifest) {
    let last = manifest.records.is_empty();
    for folder in manifest.folders.clone().into_iter().rev() {
        let gone = fs::remove_dir(&folder).is_ok() || !folder.exists();
        if gone || last {
            manifest.folders.remove(&folder);
        }
    }
}
