//! Skills and the instructions in projects: there, and as we wrote them.

use std::path::Path;

use super::place::{Looking, Stale};
use super::{Check, Status, shown};
use crate::setup::edit::EditError;
use crate::setup::wanted::{Part, Piece};

const SKILL: &str = "skill";
const INSTRUCTIONS: &str = "instructions";

pub(super) fn check(looking: &Looking<'_>) -> Vec<Check> {
    let skills = looking.pieces(Part::Skill);
    let mut checks = Vec::new();
    if !skills.is_empty() {
        checks.push(self::skills(looking, &skills).unwrap_or_else(|error| Check::unreadable(SKILL, &error)));
    }
    checks.extend(projects(looking));
    checks
}

fn skills(looking: &Looking<'_>, pieces: &[Piece]) -> Result<Check, EditError> {
    match looking.stale(pieces)? {
        Some(Stale::ByHand(path)) => {
            Ok(Check::info(SKILL, format!("{} was changed by hand, and stays so", path.display())))
        }
        Some(stale) => Ok(stale.check(SKILL, &looking.again())),
        None => {
            let mut names: Vec<String> = pieces.iter().filter_map(|piece| name(&piece.path)).collect();
            names.dedup();
            Ok(Check::ok(SKILL, names.join(", ")))
        }
    }
}

/// A skill goes by its folder, a command by its file.
fn name(path: &Path) -> Option<String> {
    let is_skill = path.file_name().is_some_and(|name| name == "SKILL.md");
    let name = if is_skill { path.parent()?.file_name() } else { path.file_stem() };
    name.map(|name| name.to_string_lossy().into_owned())
}

/// Of the projects whose instructions tell of tma1, those that do not (any more), else how many do.
fn projects(looking: &Looking<'_>) -> Option<Check> {
    let projects: Vec<_> = looking
        .place
        .records
        .iter()
        .filter_map(|record| record.target.project.as_ref())
        .filter(|dir| dir.is_dir())
        .collect();
    let mut told = Vec::new();
    for project in &projects {
        let pieces = looking.pieces_of(
            Part::Instructions,
            looking.visit.program,
            looking.version.as_ref(),
            Some((*project).clone()),
        );
        match looking.stale(&pieces) {
            Ok(None) => told.extend(pieces.into_iter().map(|piece| shown(&piece.path))),
            Ok(Some(stale)) => {
                let again = format!("{} --project {}`", looking.again().trim_end_matches('`'), project.display());
                return Some(Check { status: Status::Warn, ..stale.check(INSTRUCTIONS, &again) });
            }
            Err(error) => return Some(Check::unreadable(INSTRUCTIONS, &error)),
        }
    }
    match told.as_slice() {
        [] => None,
        [one] => Some(Check::ok(INSTRUCTIONS, one.clone())),
        many => Some(Check::ok(INSTRUCTIONS, format!("in {} projects", many.len()))),
    }
}
