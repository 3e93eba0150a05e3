//! The session is about to edit a file, or has just done so, that others changed since it read it.

use std::collections::HashMap;

use super::unseen::{Other, Unseen, Who, end};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::model::Millis;
use crate::perceive::view::{About, Call, View};

pub struct StaleFileView;

impl Rule for StaleFileView {
    fn kind(&self) -> &'static str {
        "stale_file_view"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let files = view.unseen();
        if files.is_empty() {
            return Vec::new();
        }
        let attempts = attempts(view);
        files.iter().filter_map(|file| found(file, &attempts, view)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        end(past, view)
    }

    /// Before a call is the best moment of all.
    fn looks_at(&self, _: &About) -> bool {
        true
    }
}

fn found(unseen: &Unseen<'_>, attempts: &HashMap<&str, Millis>, view: &View) -> Option<Finding> {
    let path = &unseen.file.path;
    let attempt = attempts.get(path.as_str()).copied().max(unseen.file.edited)?;
    // What came after the edit makes the next one stale, not this one.
    let newest = unseen.changes.iter().filter(|change| change.at < attempt).max_by_key(|change| change.at)?;
    let about_to = attempt == Millis::MAX;
    let name = wording::file(path, view.me.root.as_deref());
    Some(Finding {
        key: path.clone(),
        severity: Severity::High,
        evidence: evidence(newest, &name, view),
        suggestion: suggestion(newest, about_to || !has_edited(unseen, newest)).to_owned(),
        files: vec![path.clone()],
        // Before another call it would be late already, and before the file is read it is of no use.
        channels: if about_to || view.about != About::Before {
            vec![Channel::BeforeTool, Channel::AfterTool]
        } else {
            vec![Channel::AfterTool]
        },
        since: newest.at,
        about: None,
    })
}

/// What was refused has changed nothing.
fn has_edited(unseen: &Unseen<'_>, since: &Other<'_>) -> bool {
    unseen.file.edited.is_some_and(|edited| edited >= since.at)
}

fn evidence(newest: &Other<'_>, name: &str, view: &View) -> String {
    let did = match newest.to {
        Some(to) => format!("moved to {}", wording::file(to, view.me.root.as_deref())),
        None if newest.gone => "removed".to_owned(),
        None => "changed".to_owned(),
    };
    let by = match newest.who {
        Who::Person => " by a person".to_owned(),
        Who::Tool(peer) => format!(" by another {} session", wording::name(&peer.agent)),
        Who::Command(peer) => format!(" by a command of another {} session", wording::name(&peer.agent)),
        Who::Somebody => " on disk".to_owned(),
    };
    format!("{name} was {did}{by} after you last saw it.")
}

/// Clients show what is said before an edit once the edit was made: it must be right then too.
const fn suggestion(newest: &Other<'_>, about_to: bool) -> &'static str {
    match (newest.to.is_some(), newest.gone, about_to) {
        (true, _, true) => "Read it there before you go on.",
        (true, _, false) => "Read it there and check your edit against it.",
        (_, false, true) => "Read it again before you go on.",
        (_, false, false) => "Read it again and check your edit against it.",
        (_, true, true) => "Find out why before you write it.",
        (_, true, false) => "Find out why before you go on with it.",
    }
}

/// When the session set out last to edit a file: a call that failed or was refused shows as well that it means to.
fn attempts(view: &View) -> HashMap<&str, Millis> {
    let mut attempts: HashMap<&str, Millis> = HashMap::new();
    for call in view.calls.iter().filter(|call| call.kind == "edit") {
        let Some(path) = call.path.as_deref() else { continue };
        // Of an older call without an end nobody knows whether it goes on.
        let at = if is_pending(call, view) { Millis::MAX } else { call.ended.unwrap_or(call.at) };
        let newest = attempts.entry(path).or_insert(at);
        *newest = at.max(*newest);
    }
    attempts
}

fn is_pending(call: &Call, view: &View) -> bool {
    view.about == About::Before && view.calls.first().is_some_and(|first| first.id == call.id)
}

#[cfg(test)]
mod tests;
