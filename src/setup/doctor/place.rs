//! One place where an agent is wired, or could be: its checks, in the order in which they are told.

use std::path::PathBuf;
use std::thread;

use super::obstacle::Files;
use super::registered::holds_ours;
use super::{Check, Visit, client, hooks, install_again, mcp, telemetry, texts, trust};
use crate::model::Agent;
use crate::setup::agents::Wiring;
use crate::setup::detect::{Client, Version, looks_installed};
use crate::setup::edit::{self, EditError};
use crate::setup::manifest::Record;
use crate::setup::ours::Program;
use crate::setup::wanted::{Part, Piece, Surroundings, Target, Wanted};

/// What was found of one agent in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    pub agent: Agent,
    pub version: Option<String>,
    /// Where its settings lie, where that is not the place that the environment names.
    pub home: Option<PathBuf>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub around: Surroundings,
    /// Those of this place, the newest last: one for every project.
    pub records: Vec<&'a Record>,
    wired: bool,
    here: bool,
}

/// Where the agent is wired, and here where it is not.
pub(super) fn places<'a>(wiring: &dyn Wiring, visit: &Visit<'a>) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'a>> = Vec::new();
    let here = files(wiring, visit.around);
    for record in visit.manifest.of(wiring.agent().name()) {
        let of = files(wiring, &record.target.around);
        match places.iter_mut().find(|place| files(wiring, &place.around) == of) {
            Some(place) => place.records.push(record),
            None => places.push(Place {
                around: record.target.around.clone(),
                records: vec![record],
                wired: true,
                here: of == here,
            }),
        }
    }
    if places.iter().any(|place| place.here) {
        return places;
    }
    let ours = pieces(wiring, visit.around).iter().any(|piece| is_telling(piece.part) && holds_ours(piece));
    let used = if places.is_empty() {
        looks_installed(wiring, visit.around, visit.search)
    } else {
        wiring.home(visit.around).is_dir()
    };
    if ours || used {
        places.push(Place { around: visit.around.clone(), records: Vec::new(), wired: ours, here: true });
    }
    places
}

/// Skills lie where others may have put them.
fn is_telling(part: Part) -> bool {
    matches!(part, Part::Hooks | Part::Mcp)
}

fn files(wiring: &dyn Wiring, around: &Surroundings) -> Vec<PathBuf> {
    pieces(wiring, around).into_iter().map(|piece| piece.path).collect()
}

fn pieces(wiring: &dyn Wiring, around: &Surroundings) -> Vec<Piece> {
    let target = Target { around: around.clone(), project: None };
    let program = Program { path: PathBuf::from("tma1"), data_dir: None };
    wiring.pieces(&Wanted { target: &target, program: &program, version: None, url: "" })
}

impl Place<'_> {
    pub fn examine(self, wiring: &'static dyn Wiring, visit: &Visit<'_>) -> Examined {
        let find = || Client::find(wiring, visit.search);
        let home = (!self.here).then(|| wiring.home(&self.around));
        let told = |client: &Client| client.version.as_ref().map(ToString::to_string);
        if !self.wired {
            let checks = vec![Check::info("installed", "not installed").fix(install_again(wiring.agent()))];
            return Examined { agent: wiring.agent(), version: told(&find()), home, checks }.named();
        }
        let mut looking = Looking { wiring, visit, place: &self, version: None };
        let (client, tools, trusted) = thread::scope(|scope| {
            let (tools, trusted) = (scope.spawn(|| mcp::check(&looking)), scope.spawn(|| trust::check(&looking)));
            (find(), tools.join().ok().flatten(), trusted.join().ok().flatten())
        });
        let known = self.record().and_then(|record| record.client.clone());
        looking.version = client.version.clone().or(known);
        let mut checks = vec![client::check(&looking, &client)];
        if self.records.is_empty() {
            let unknown = "wired, but not in install.json of this data directory";
            checks.push(Check::warn("installed", unknown).fix(install_again(wiring.agent())));
        }
        checks.extend(hooks::check(&looking));
        checks.extend(trusted);
        checks.extend(tools);
        checks.extend(telemetry::check(&looking));
        checks.extend(texts::check(&looking));
        Examined { agent: wiring.agent(), version: told(&client), home, checks }.named()
    }

    pub fn record(&self) -> Option<&Record> {
        self.records.last().copied()
    }

    pub fn is_here(&self) -> bool {
        self.here
    }
}

impl Examined {
    fn named(mut self) -> Self {
        for check in &mut self.checks {
            check.agent = Some(self.agent);
            check.home.clone_from(&self.home);
        }
        self
    }
}

/// A file that is not as it would be written now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stale {
    Missing(PathBuf),
    Differs(PathBuf),
    /// It is all ours, but somebody changed it: an installation leaves it alone.
    ByHand(PathBuf),
}

impl Stale {
    /// `again`: how to write it anew.
    pub fn check(&self, check: &'static str, again: &str) -> Check {
        match self {
            Self::Missing(path) => Check::fail(check, format!("{} is missing", path.display())).fix(again),
            Self::Differs(path) => {
                Check::fail(check, format!("{} is not as this tma1 writes it", path.display())).fix(again)
            }
            Self::ByHand(path) => Check::fail(check, format!("{} was changed by hand", path.display()))
                .fix(format!("remove it, then {again}")),
        }
    }
}

fn has_its_place(piece: &Piece) -> Result<bool, EditError> {
    if piece.beside.is_none() {
        return Ok(true);
    }
    let bytes = edit::file::read(&piece.path)?.bytes.unwrap_or_default();
    Ok(piece.has_its_place(&String::from_utf8_lossy(&bytes)))
}

/// One agent in one place, being looked at.
pub(super) struct Looking<'a> {
    pub wiring: &'static dyn Wiring,
    pub visit: &'a Visit<'a>,
    pub place: &'a Place<'a>,
    /// Of the client: now, else when it was wired.
    pub version: Option<Version>,
}

impl Looking<'_> {
    pub fn agent(&self) -> Agent {
        self.wiring.agent()
    }

    pub fn again(&self) -> String {
        install_again(self.agent())
    }

    /// What an installation would put there now.
    pub fn pieces(&self, part: Part) -> Vec<Piece> {
        self.pieces_of(part, self.visit.program, self.version.as_ref(), None)
    }

    pub fn pieces_of(
        &self,
        part: Part,
        program: &Program,
        version: Option<&Version>,
        project: Option<PathBuf>,
    ) -> Vec<Piece> {
        let target = Target { around: self.place.around.clone(), project };
        let wanted = Wanted { target: &target, program, version, url: self.visit.url };
        self.wiring.pieces(&wanted).into_iter().filter(|piece| piece.part == part).collect()
    }

    /// What an installation would change; `None`: nothing.
    pub fn stale(&self, pieces: &[Piece]) -> Result<Option<Stale>, EditError> {
        let files = &self.visit.manifest.files;
        for piece in pieces {
            if !has_its_place(piece)? {
                continue;
            }
            let planned = edit::plan(&[piece.change(&piece.put)], files)?;
            let Some(seen) = planned.iter().find(|planned| planned.is_change()).map(|planned| &planned.seen) else {
                continue;
            };
            let path = piece.path.clone();
            let by_hand =
                |bytes: &Vec<u8>| piece.is_own_file() && !self.visit.manifest.has_written(piece, &seen.real, bytes);
            let kept = seen.bytes.as_ref().is_some_and(by_hand);
            return Ok(Some(match &seen.bytes {
                None => Stale::Missing(path),
                Some(_) if kept => Stale::ByHand(path),
                Some(_) => Stale::Differs(path),
            }));
        }
        Ok(None)
    }

    /// What of its settings is in the way.
    pub fn obstacle(&self, check: &'static str) -> Option<Check> {
        let project = self.place.records.iter().find_map(|record| record.target.project.clone());
        let target = Target { around: self.place.around.clone(), project };
        let obstacles = self.wiring.obstacles(&target, &Files::new());
        let found = obstacles.into_iter().find(|obstacle| obstacle.check == check)?;
        Some(Check::fail(check, found.message).fix(found.fix))
    }
}
