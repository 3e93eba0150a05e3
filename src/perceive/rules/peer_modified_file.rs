//! Another agent's session changed a file that this one works with, and this one has not read it since.

use std::collections::HashSet;

use super::unseen::{Other, Unseen, Who, end};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::model::Millis;
use crate::perceive::view::View;
use crate::store::SessionRef;

pub struct PeerModifiedFile;

/// A session that has said nothing for so long is not at work.
const LIVE: Millis = 15 * 60_000;
/// Two edits of one file within this time are in each other's way.
const SAME_WORK: Millis = 15 * 60_000;

/// Whatever comes next.
const CHANNELS: &[Channel] = &[Channel::AfterTool, Channel::Prompt, Channel::SessionStart];

impl Rule for PeerModifiedFile {
    fn kind(&self) -> &'static str {
        "peer_modified_file"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let files = view.unseen();
        if files.is_empty() {
            return Vec::new();
        }
        let at_work = view.peers.iter().filter(|peer| !peer.ended && view.now - peer.last < LIVE);
        let live: HashSet<&SessionRef> = at_work.map(|peer| &peer.session).collect();
        files.iter().filter_map(|file| found(file, &live, view)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        end(past, view)
    }
}

fn found(unseen: &Unseen<'_>, live: &HashSet<&SessionRef>, view: &View) -> Option<Finding> {
    let is_recent = |at: Millis| view.now - at <= SAME_WORK;
    let i_edited = unseen.file.edited.is_some_and(is_recent);
    let collides = |change: &&Other<'_>| {
        i_edited && is_recent(change.at) && matches!(change.who, Who::Tool(peer) if live.contains(peer))
    };
    // A command that writes an ignored file, a log or what a build leaves, does so all the time.
    let is_peers = |change: &&Other<'_>| match change.who {
        Who::Person | Who::Somebody => false,
        Who::Tool(_) => true,
        Who::Command(_) => !change.ignored,
    };
    // What was there before the session's first view matters only while both are at it.
    let changes: Vec<&Other<'_>> =
        unseen.changes.iter().filter(is_peers).chain(unseen.blind.iter().filter(collides)).collect();
    let newest = *changes.iter().max_by_key(|change| change.at)?;
    let clash = changes.iter().copied().filter(collides).max_by_key(|change| change.at);
    let told = clash.unwrap_or(newest);
    let path = &unseen.file.path;
    let root = view.me.root.as_deref();
    let name = wording::file(path, root);
    let (who, did) = match told.who {
        Who::Person | Who::Somebody => return None,
        Who::Tool(peer) => (format!("Another {} session", wording::name(&peer.agent)), "edited"),
        Who::Command(peer) => (format!("A command of another {} session", wording::name(&peer.agent)), "changed"),
    };
    let count = wording::times(changes.iter().filter(|change| change.who == told.who).count());
    let (severity, evidence, suggestion) = if clash.is_some() {
        let evidence = format!("{who} is at work on {name} as you are and edited it{count} since you read it.");
        (Severity::High, evidence, "Read it again and build on those edits.")
    } else if let Some(to) = told.to {
        let evidence = format!("{who} moved {name} to {} after you last saw it.", wording::file(to, root));
        (Severity::Medium, evidence, "Read it there before you go on with it.")
    } else if told.gone {
        let evidence = format!("{who} removed {name} after you last saw it.");
        (Severity::Medium, evidence, "Look what took its place before you rely on it.")
    } else {
        let evidence = format!("{who} {did} {name}{count} after you last saw it.");
        (Severity::Medium, evidence, "Read it again before you go on with it.")
    };
    Some(Finding {
        key: path.clone(),
        severity,
        evidence,
        suggestion: suggestion.to_owned(),
        files: vec![path.clone()],
        channels: CHANNELS.to_vec(),
        since: newest.at,
        about: None,
    })
}

#[cfg(test)]
mod tests;
