//! A person changed a file that the session has seen, and the session has not read it since.

use super::unseen::{Unseen, Who, end};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::perceive::view::View;

pub struct HumanModifiedDuringSession;

impl Rule for HumanModifiedDuringSession {
    fn kind(&self) -> &'static str {
        "human_modified_during_session"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        view.unseen().iter().filter_map(|file| found(file, view)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        end(past, view)
    }
}

fn found(unseen: &Unseen<'_>, view: &View) -> Option<Finding> {
    let by_people = unseen.changes.iter().filter(|change| change.who == Who::Person && !change.ignored);
    let newest = by_people.clone().max_by_key(|change| change.at)?;
    let root = view.me.root.as_deref();
    let name = wording::file(&unseen.file.path, root);
    let (did, suggestion) = if let Some(to) = newest.to {
        (format!("moved {name} to {}", wording::file(to, root)), "Read it there before you rely on it.")
    } else if newest.gone {
        (format!("removed {name}"), "Look what took its place before you rely on it.")
    } else {
        (format!("changed {name}{}", wording::times(by_people.count())), "Read it again before you rely on it.")
    };
    Some(Finding {
        key: unseen.file.path.clone(),
        severity: Severity::Medium,
        evidence: format!("A person {did} after you last saw it."),
        suggestion: suggestion.to_owned(),
        files: vec![unseen.file.path.clone()],
        channels: vec![Channel::Prompt],
        since: newest.at,
        about: None,
    })
}

#[cfg(test)]
mod tests;
