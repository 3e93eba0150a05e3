//! Whether an agent's hooks stand where it looks, as they should, and whether what they call is heard.

use super::fire::{self, fire};
use super::place::Looking;
use super::program::Called;
use super::registered::{Call, Registered};
use super::{Check, shown};
use crate::setup::edit::EditError;
use crate::setup::ours::Program;
use crate::setup::wanted::{Part, Piece};

const HOOKS: &str = "hooks";

/// `None`: the agent has none.
pub(super) fn check(looking: &Looking<'_>) -> Option<Check> {
    let pieces = looking.pieces(Part::Hooks);
    if pieces.is_empty() {
        return None;
    }
    Some(looked_at(looking, &pieces).unwrap_or_else(|error| Check::unreadable(HOOKS, &error)))
}

fn looked_at(looking: &Looking<'_>, pieces: &[Piece]) -> Result<Check, EditError> {
    let registered = Registered::read(pieces)?;
    if registered.handlers == 0 {
        let settings = pieces.iter().find(|piece| piece.put.ops().is_some()).or(pieces.first());
        let file = settings.map(|piece| shown(&piece.path)).unwrap_or_default();
        return Ok(Check::fail(HOOKS, format!("none of ours in {file}")).fix(looking.again()));
    }
    let programs = registered.programs();
    if programs.len() > 1 {
        let names: Vec<String> = programs.iter().map(|path| shown(path)).collect();
        return Ok(Check::fail(HOOKS, format!("call several programs: {}", names.join(", "))).fix(looking.again()));
    }
    let this = looking.visit.program;
    let called = Called::look(programs.first().unwrap_or(&this.path), this, looking.visit.search);
    if let Some(failure) = called.failure() {
        return Ok(Check::fail(HOOKS, failure).fix(looking.again()));
    }
    if let Some(obstacle) = looking.obstacle(HOOKS) {
        return Ok(obstacle);
    }
    let as_called = called.as_program(this);
    let wanted = looking.pieces_of(Part::Hooks, &as_called, looking.version.as_ref(), None);
    if let Some(stale) = looking.stale(&wanted)? {
        return Ok(of_another_version(looking, &as_called)?.unwrap_or_else(|| stale.check(HOOKS, &looking.again())));
    }
    let what = if registered.calls.iter().any(|call| matches!(call, Call::Words(_))) {
        "the plug-in is in place".to_owned()
    } else {
        format!("{} events", registered.handlers)
    };
    if looking.visit.sidecar.is_none() {
        return Ok(Check::warn(HOOKS, format!("{what}; not tried, as no sidecar runs that could hear them")));
    }
    // Calls that differ only in the event lead to the same place.
    if let Some(silent) = registered.calls.first().and_then(|call| unheard(looking, call)) {
        return Ok(silent);
    }
    let last = looking.visit.heard(looking.agent()).hooks;
    let last = last.map_or_else(|| "none from a session yet".to_owned(), |ago| format!("last heard {ago}"));
    Ok(match called.remark(this) {
        Some(remark) => Check::warn(HOOKS, format!("{what}, {last}; they call {remark}")).fix(looking.again()),
        None => Check::ok(HOOKS, format!("{what}, {last}")),
    })
}

/// They are as an installation for the client of that time would write them, which is another one now.
fn of_another_version(looking: &Looking<'_>, program: &Program) -> Result<Option<Check>, EditError> {
    let was = looking.place.record().and_then(|record| record.client.as_ref());
    let (Some(now), Some(was)) = (&looking.version, was) else { return Ok(None) };
    if looking.stale(&looking.pieces_of(Part::Hooks, program, Some(was), None))?.is_some() {
        return Ok(None);
    }
    let check = if now.at_least(&was.to_string()) {
        let message = format!("registered for version {was}; {now} knows more events that are of use");
        Check::warn(HOOKS, message)
    } else {
        Check::fail(HOOKS, format!("registered for version {was}; {now} may refuse events that it does not know"))
    };
    Ok(Some(check.fix(looking.again())))
}

/// What came of running it, where it was not heard.
fn unheard(looking: &Looking<'_>, call: &Call) -> Option<Check> {
    match fire(call, looking.visit) {
        Ok(answer) if Some(answer.pid) != looking.visit.sidecar => {
            let message = format!("`{call}` is heard by another sidecar, process {}", answer.pid);
            Some(Check::fail(HOOKS, message).fix(looking.again()))
        }
        Ok(answer) if answer.heard.as_deref() != Some(looking.agent().name()) => {
            let taken = answer.heard.unwrap_or_else(|| "no agent that is known".to_owned());
            Some(Check::fail(HOOKS, format!("`{call}` counts as {taken}")).fix(looking.again()))
        }
        Ok(_) => None,
        Err(silence) => {
            let message = format!("`{call}` {}", silence.told(fire::WITHIN));
            Some(Check::fail(HOOKS, message).fix("run `tma1 status`, and that line by hand"))
        }
    }
}
