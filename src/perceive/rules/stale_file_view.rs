//! The session is about to edit a file, or has just done so, that others changed since it read it.

use std::collections::HashMap;

use super::unseen::{Other, Unseen, Who, unseen, useful};
use super::{Channel, Finding, Rule, Severity, wording};
use crate::model::Millis;
use crate::perceive::view::{About, Call, View};

pub struct StaleFileView;

impl Rule for StaleFileView {
    fn kind(&self) -> &'static str {
        "stale_file_view"
    }

    fn holds(&self, view: &View) -> Vec<Finding> {
        let files = unseen(view);
        if files.is_empty() {
            return Vec::new();
        }
        let attempts = attempts(view);
        files.iter().filter_map(|file| found(file, &attempts, view)).collect()
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
        evidence: evidence(newest, &name),
        suggestion: suggestion(newest, about_to).to_owned(),
        files: vec![path.clone()],
        channels: useful(&[Channel::BeforeTool, Channel::AfterTool], path, view),
        since: newest.at,
    })
}

fn evidence(newest: &Other<'_>, name: &str) -> String {
    let did = if newest.gone { "removed" } else { "changed" };
    match newest.who {
        Who::Person => format!("{name} was {did} by a person after you last saw it."),
        Who::Tool(peer) => {
            format!("{name} was {did} by another {} session after you last saw it.", wording::name(&peer.agent))
        }
        Who::Command(peer) => {
            let agent = wording::name(&peer.agent);
            format!("{name} was {did} by a command of another {agent} session after you last saw it.")
        }
    }
}

const fn suggestion(newest: &Other<'_>, about_to: bool) -> &'static str {
    match (newest.gone, about_to) {
        (false, true) => "Read it again before you edit it.",
        (false, false) => "Read it again and check your edit against it.",
        (true, true) => "Find out why before you write it.",
        (true, false) => "Find out why before you go on with it.",
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
