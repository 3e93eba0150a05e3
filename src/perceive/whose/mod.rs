//! Whose doing a change of a file was: a session's tool, a command that a session ran, a person, or nobody knows.
//!
//! Content decides where it is known, then who was at work on that file at that moment, then what the commands that
//! were running then can do. A person is what is left, once everybody else had the time to say that it was them;
//! whatever does not add up stays unsure, because a wrong "a person changed this" is worse than none.

mod effect;
mod git;
mod running;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

pub use effect::{Effect, effect};
pub use git::{Moved, Step, who_moved};
pub use running::{goes_on, leaves_behind};

use crate::model::{Attribution, Millis};
use crate::store::{CallAround, EditAround, SessionRef};
use running::{Run, runs};

/// What agents tell of a moment has come in by then.
pub const SETTLED_MS: Millis = 1_500;

/// An edit tool writes within this time before its end is told, a person's look at it included.
const EDIT_MS: Millis = 10 * 60 * 1000;
/// Between the writing of a file and the end of the call that wrote it, clocks may differ by this.
const SLACK_MS: Millis = 250;
/// An agent's own hooks format what it wrote; they run right after.
const FORMATTED_MS: Millis = 5_000;

/// One change, as it was seen.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// Absolute.
    pub path: &'a str,
    /// The same within the working tree.
    pub inside: &'a str,
    pub root: &'a str,
    pub repo: &'a str,
    pub at: Millis,
    /// `at` is the file's own time, not that of whoever noticed.
    pub exact: bool,
    pub after: Option<i64>,
    /// How many files changed at once, this one included.
    pub together: usize,
}

/// What agents were doing around that moment. Paths are spelled as those of the changes.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub calls: Vec<CallAround>,
    pub edits: Vec<EditAround>,
    /// Of calls that may still run, by call id: whether a process of theirs was seen at the moment of the change.
    /// Absent: that is not known.
    pub alive: HashMap<String, Alive>,
    /// All that agents told until then is among it: nothing waits to be stored.
    pub complete: bool,
    pub now: Millis,
}

/// What there was of a call's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alive {
    Yes,
    /// Something that was started at its time has lost its parent.
    Perhaps,
    No,
}

/// Who did it, and why that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    pub by: Option<Attribution>,
    pub session: Option<SessionRef>,
    pub reason: String,
    /// More may become known.
    pub settled: bool,
}

impl Whose {
    fn sure(by: Attribution, session: &SessionRef, reason: String) -> Self {
        Self { by: Some(by), session: Some(session.clone()), reason, settled: true }
    }

    fn unsure(reason: impl Into<String>) -> Self {
        Self { by: None, session: None, reason: reason.into(), settled: false }
    }
}

pub fn whose(seen: &Seen<'_>, evidence: &Evidence) -> Whose {
    if let Some(whose) = by_content(seen, evidence).or_else(|| by_edit(seen, evidence)) {
        return whose;
    }
    if let Some(whose) = by_command(&runs(seen, evidence)) {
        return whose;
    }
    if let Some(whose) = after_edit(seen, evidence) {
        return whose;
    }
    if !evidence.complete {
        return Whose::unsure("not all that agents did is known yet");
    }
    if evidence.now - seen.at < SETTLED_MS {
        return Whose::unsure("just seen");
    }
    let reason = "no agent's tool or command was at work on it".to_owned();
    Whose { by: Some(Attribution::Human), session: None, reason, settled: true }
}

/// A session's edit that left exactly this content at that moment.
fn by_content(seen: &Seen<'_>, evidence: &Evidence) -> Option<Whose> {
    let content = seen.after?;
    let edit = evidence.edits.iter().find(|edit| {
        edit.path == seen.path && edit.hash == Some(content) && wrote_at(edit, evidence).contains(&seen.at)
    })?;
    Some(Whose::sure(Attribution::Agent, &edit.session, "an edit gave it this content".to_owned()))
}

/// When the last edit may have written: from the beginning of its call to its end.
fn wrote_at(edit: &EditAround, evidence: &Evidence) -> std::ops::RangeInclusive<Millis> {
    let calls = evidence.calls.iter().filter(|call| {
        call.kind == "edit"
            && call.session == edit.session
            && call.ended.is_some_and(|ended| ended >= edit.at - SLACK_MS)
    });
    let begun = calls.filter(|call| call.started <= edit.at).map(|call| call.started).max();
    begun.unwrap_or(edit.at - EDIT_MS).saturating_sub(SLACK_MS)..=edit.at + SLACK_MS
}

/// An edit tool was at work on this very file.
fn by_edit(seen: &Seen<'_>, evidence: &Evidence) -> Option<Whose> {
    let at_it = |call: &&CallAround| {
        let of_file = call.kind == "edit" && call.file_path.as_deref() == Some(seen.path) && !call.refused;
        let end = call.ended.map_or(Millis::MAX, |ended| ended + SLACK_MS);
        of_file
            && (call.ended.is_some() || call.started >= seen.at - EDIT_MS)
            && call.session_ended.is_none_or(|ended| ended >= seen.at)
            && (call.started - SLACK_MS..=end).contains(&seen.at)
    };
    let calls: Vec<&CallAround> = evidence.calls.iter().filter(at_it).collect();
    let sessions: HashSet<&SessionRef> = calls.iter().map(|call| &call.session).collect();
    let call = calls.first()?;
    if sessions.len() > 1 {
        return Some(Whose::unsure("two sessions edited it at the same moment"));
    }
    // A call that waits for its person, or for its end to be told, has not said what it wrote.
    if call.ended.is_none() && evidence.now - seen.at < SETTLED_MS {
        return Some(Whose::unsure("an edit of it is under way"));
    }
    if call.ended.is_none() {
        return Some(Whose::unsure("an edit of it was asked for and has not ended"));
    }
    let wrote = evidence.edits.iter().find(|edit| edit.path == seen.path && edit.session == call.session);
    match (seen.after, wrote.filter(|edit| Some(edit.at) == call.ended).and_then(|edit| edit.hash)) {
        (Some(after), Some(wrote)) if after != wrote => {
            Some(Whose::unsure("its content is not what the edit at that moment gave"))
        }
        _ => Some(Whose::sure(Attribution::Agent, &call.session, "an edit was at work on it".to_owned())),
    }
}

/// Right after an edit somebody changed it again: the agent's own hooks may format what it wrote.
fn after_edit(seen: &Seen<'_>, evidence: &Evidence) -> Option<Whose> {
    let just_edited = |edit: &EditAround| edit.path == seen.path && (0..=FORMATTED_MS).contains(&(seen.at - edit.at));
    evidence
        .edits
        .iter()
        .any(just_edited)
        .then(|| Whose { settled: true, ..Whose::unsure("right after an edit: it may have been formatted") })
}

/// The commands that were running.
fn by_command(runs: &[Run<'_>]) -> Option<Whose> {
    let with = |effect: Effect| runs.iter().filter(move |run| run.effect == effect);
    let whose = |run: &Run<'_>| {
        let command = run.call.command.as_deref().unwrap_or("a tool");
        let words: String = command.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
        Whose::sure(Attribution::Command, &run.call.session, format!("`{words}` was running"))
    };
    let sessions = |runs: &[&Run<'_>]| runs.iter().map(|run| run.call.session.clone()).collect::<HashSet<_>>().len();
    let sure: Vec<&Run<'_>> = with(Effect::Sure).chain(with(Effect::Whole)).collect();
    let certain = |run: &&&Run<'_>| run.was_there && (run.effect == Effect::Sure || !run.midst);
    if sessions(&sure) > 1 {
        return Some(Whose::unsure("commands of two sessions were running that change it"));
    }
    if let Some(run) = sure.iter().find(certain) {
        return Some(whose(run));
    }
    if !sure.is_empty() {
        return Some(Whose::unsure("a command that may have changed it was perhaps running"));
    }
    let possible: Vec<&Run<'_>> = with(Effect::Possible).collect();
    let unlikely: Vec<&Run<'_>> = with(Effect::Unlikely).collect();
    let Some(run) = possible.first() else {
        return unlikely.first().map(|_| Whose::unsure("a command was running that may have changed it"));
    };
    if sessions(&possible) > 1 || possible.iter().any(|run| run.doubtful || !run.was_there) {
        return Some(Whose::unsure("more than one may have changed it"));
    }
    if unlikely.iter().any(|other| other.call.session != run.call.session) {
        return Some(Whose::unsure("commands of two sessions were running"));
    }
    Some(whose(run))
}
