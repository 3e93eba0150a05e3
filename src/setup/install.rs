//! Wires agents: works everything out first, writes all of it or nothing, and keeps what undoing takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::SetupError;
use super::agents::Wiring;
use super::detect::Client;
use super::edit::{self, Change, Edit, Manner, Memory, Planned, Value};
use super::manifest::{Manifest, Record, hash_of};
use super::ours::Program;
use super::service::{self, Manager};
use super::wanted::{Part, Piece, Target, Wanted};
use crate::model::Agent;

/// An agent that writes its file all the time gets this many tries.
const ATTEMPTS: u32 = 20;
/// For an agent's lock, which it holds for milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub target: &'a Target,
    pub program: &'a Program,
    pub url: &'a str,
    pub otel: bool,
    pub data_dir: &'a Path,
    /// Let the system start the sidecar.
    pub service: Option<Manager>,
    /// Works everything out and writes nothing at all.
    pub dry_run: bool,
}

/// What became of one part of a wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Written,
    /// It was there already.
    Same,
    /// The user's own settings stand there, and stay.
    Yielded,
    /// The file is not ours, or was changed since: it stays.
    Kept(PathBuf),
    /// It was not asked for.
    Left,
}

#[derive(Debug, Clone)]
pub struct Wired {
    pub agent: Agent,
    pub client: Client,
    pub parts: BTreeMap<Part, Outcome>,
    pub still_to_do: Option<&'static str>,
}

#[derive(Debug, Clone, Default)]
pub struct Installed {
    pub wired: Vec<Wired>,
    /// The file of the sidecar's service, where that was asked for.
    pub service: Option<(PathBuf, Outcome)>,
    /// Files that were written.
    pub files: Vec<PathBuf>,
    /// What a dry run would change.
    pub diffs: Vec<String>,
}

/// # Errors
/// Names the file and what to do; then nothing was written anywhere.
pub fn install(agents: &[(&'static dyn Wiring, Client)], order: &Order<'_>) -> Result<Installed, SetupError> {
    let _held = if order.dry_run { None } else { Some(Manifest::hold(order.data_dir)?) };
    let mut manifest = Manifest::load(order.data_dir)?;
    let mut changes: Vec<Change> = Vec::new();
    let mut drafts = Vec::new();
    for (wiring, client) in agents {
        let wanted =
            Wanted { target: order.target, program: order.program, version: client.version.as_ref(), url: order.url };
        let mut draft = Draft { wiring: *wiring, client: client.clone(), pieces: Vec::new() };
        for piece in wiring.pieces(&wanted) {
            let fate = fate(&piece, order.otel, &manifest)?;
            match &fate {
                Fate::Put => changes.push(piece.change(&piece.put)),
                Fate::Take(_) => changes.push(piece.change(&piece.take)),
                Fate::Leave(_) => {}
            }
            draft.pieces.push((piece, fate));
        }
        drafts.push(draft);
    }
    let service = order.service.map(|manager| {
        let data_dir = std::path::absolute(order.data_dir).unwrap_or_else(|_| order.data_dir.to_owned());
        service::piece(manager, &order.target.around, order.program, &data_dir.to_string_lossy())
    });
    let service = service.map(|piece| fate(&piece, order.otel, &manifest).map(|fate| (piece, fate))).transpose()?;
    if let Some((piece, Fate::Put)) = &service {
        changes.push(piece.change(&piece.put));
    }
    let planned = edit::plan(&changes, &manifest.files)?;
    let mut installed = Installed {
        diffs: planned.iter().map(Planned::diff).filter(|diff| !diff.is_empty()).collect(),
        wired: drafts.iter().map(|draft| draft.wired(&planned)).collect(),
        service: service.as_ref().map(|(piece, fate)| (piece.path.clone(), outcome(piece, fate, &planned))),
        files: Vec::new(),
    };
    if order.dry_run {
        return Ok(installed);
    }
    for draft in &drafts {
        draft.enter(order, &mut manifest)?;
    }
    if let Some((piece, Fate::Put)) = &service {
        enter_own(piece, true, &mut manifest)?;
        manifest.service = Some(piece.path.clone());
    }
    installed.files = carry_out(planned, &mut manifest, order.data_dir, Some(order.data_dir.join("backups")))?;
    Ok(installed)
}

/// Writes what was planned, with the memory of it on disk before anything else is.
pub(super) fn carry_out(
    planned: Vec<Planned>,
    manifest: &mut Manifest,
    data_dir: &Path,
    backups: Option<PathBuf>,
) -> Result<Vec<PathBuf>, SetupError> {
    let manner = Manner { backups, attempts: ATTEMPTS, patience: PATIENCE, now: SystemTime::now };
    let before = Manifest::load(data_dir)?;
    let mut ahead = manifest.clone();
    for (real, memory) in planned.iter().map(Planned::memory) {
        // What is taken back is still ours until it is gone.
        if !memory.is_empty() {
            ahead.files.insert(real.to_owned(), memory.clone());
        }
    }
    ahead.save(data_dir)?;
    match edit::write(planned, &mut manifest.files, &manner) {
        Ok(written) => {
            manifest.folders.extend(written.folders);
            manifest.save(data_dir)?;
            Ok(written.files)
        }
        Err(error) => {
            before.save(data_dir)?;
            Err(error.into())
        }
    }
}

struct Draft {
    wiring: &'static dyn Wiring,
    client: Client,
    pieces: Vec<(Piece, Fate)>,
}

enum Fate {
    Put,
    Take(Outcome),
    Leave(Outcome),
}

fn fate(piece: &Piece, otel: bool, manifest: &Manifest) -> Result<Fate, SetupError> {
    if piece.part == Part::Telemetry && !otel {
        return Ok(Fate::Take(Outcome::Left));
    }
    let seen = edit::file::read(&piece.path)?;
    if piece.own.is_some() {
        let is_wanted = matches!(piece.put, Edit::Whole(Some(_)));
        return Ok(match (&seen.bytes, is_wanted) {
            (Some(bytes), true) if !manifest.has_written(piece, &seen.real, bytes) => {
                Fate::Leave(Outcome::Kept(piece.path.clone()))
            }
            (_, true) => Fate::Put,
            (Some(bytes), false) if manifest.has_written(piece, &seen.real, bytes) => Fate::Take(Outcome::Same),
            (_, false) => Fate::Leave(Outcome::Same),
        });
    }
    let text = String::from_utf8_lossy(seen.bytes.as_deref().unwrap_or_default());
    if !piece.has_its_place(&text) {
        return Ok(Fate::Leave(Outcome::Same));
    }
    let memory = manifest.files.get(&seen.real);
    Ok(if yields(piece, &text, memory) { Fate::Take(Outcome::Yielded) } else { Fate::Put })
}

/// Whether the user has said otherwise there.
fn yields(piece: &Piece, text: &str, memory: Option<&Memory>) -> bool {
    let (Some(others), Some(ops)) = (&piece.yields, piece.put.ops()) else { return false };
    // What does not parse is told of later, with its place.
    let Ok(document) = piece.put.open(text) else { return false };
    let now = |at: &[String]| document.value(&edit::steps(at));
    let ours =
        |at: &[String], now: &Value| memory.and_then(|memory| memory.put_there(at)).is_some_and(|put| put.same(now));
    let differs = ops.iter().any(|op| match op {
        edit::Op::Set { at, value, .. } => now(at).is_some_and(|now| !now.same(value) && !ours(at, &now)),
        _ => false,
    });
    differs || others.iter().any(|at| now(at).is_some())
}

fn outcome(piece: &Piece, fate: &Fate, planned: &[Planned]) -> Outcome {
    match fate {
        Fate::Put => {
            let changes = planned.iter().find(|one| one.is_of(&piece.path)).is_some_and(Planned::is_change);
            if changes { Outcome::Written } else { Outcome::Same }
        }
        Fate::Take(outcome) | Fate::Leave(outcome) => outcome.clone(),
    }
}

/// Of a file that is all ours, what it is known by.
fn enter_own(piece: &Piece, is_there: bool, manifest: &mut Manifest) -> Result<(), SetupError> {
    let Some(text) = &piece.own else { return Ok(()) };
    let real = edit::file::read(&piece.path)?.real;
    if is_there {
        manifest.own.insert(real, hash_of(text.as_bytes()));
    } else {
        manifest.own.remove(&real);
    }
    Ok(())
}

impl Draft {
    fn wired(&self, planned: &[Planned]) -> Wired {
        let mut parts: BTreeMap<Part, Outcome> = BTreeMap::new();
        for (piece, fate) in &self.pieces {
            let outcome = outcome(piece, fate, planned);
            let known = parts.entry(piece.part).or_insert_with(|| outcome.clone());
            // Of several files the one that says most.
            if matches!(outcome, Outcome::Kept(_)) || *known == Outcome::Same {
                *known = outcome;
            }
        }
        let still_to_do = self.wiring.still_to_do();
        Wired { agent: self.wiring.agent(), client: self.client.clone(), parts, still_to_do }
    }

    /// Into the manifest.
    fn enter(&self, order: &Order<'_>, manifest: &mut Manifest) -> Result<(), SetupError> {
        manifest.keep(Record {
            agent: self.wiring.agent().name().to_owned(),
            target: order.target.clone(),
            tma1: order.program.path.clone(),
            client: self.client.version.clone(),
            otel: order.otel,
        });
        for (piece, fate) in &self.pieces {
            enter_own(piece, matches!(fate, Fate::Put), manifest)?;
        }
        Ok(())
    }
}
