//! What others did to the files of a session since it looked at them last.
//!
//! Only a read ends it: an edit of the session's own says nothing of the rest of the file. Content decides: what was
//! put back has not happened, and of a change that nobody can be named for nothing is said.

mod looks;
#[cfg(test)]
pub(super) mod stories;
mod story;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use self::looks::Looks;
use self::story::Story;
use super::Channel;
use crate::model::{Attribution, ChangeKind, Millis};
use crate::perceive::view::{About, ChangeSeen, FileSeen, Lies, View};
use crate::store::SessionRef;

/// A look is told when its call ends; what was written before that may have come after it.
const LOOK_MS: Millis = 1_000;
/// A change may be noticed this much later than it was made, after a look that has seen it.
const NOTICED_MS: Millis = 2_000;

/// A file with changes that the session has not read.
#[derive(Debug)]
pub(super) struct Unseen<'a> {
    pub file: &'a FileSeen,
    /// The oldest first.
    pub changes: Vec<Other<'a>>,
    /// What was done to it before the session wrote to it without ever having looked.
    pub blind: Vec<Other<'a>>,
}

/// A change that somebody else made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Other<'a> {
    pub at: Millis,
    pub who: Who<'a>,
    pub ignored: bool,
    /// The file is not there any more.
    pub gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who<'a> {
    Person,
    /// Of another session.
    Tool(&'a SessionRef),
    Command(&'a SessionRef),
}

/// Who did it, as far as this session is concerned.
enum Doer<'a> {
    Me,
    Unsure,
    Other(Who<'a>),
}

pub(super) fn unseen(view: &View) -> Vec<Unseen<'_>> {
    let mut trails = trails(view);
    let many: Vec<&ChangeSeen> = view.changes.iter().filter(|change| change.files > 1).collect();
    let renamed: Vec<&ChangeSeen> = view.changes.iter().filter(|c| c.kind == ChangeKind::Renamed).collect();
    let since = trails.values().filter_map(|trail| trail.first_of_others(view)).min();
    let looks = since.map(|since| Looks::of(view, since)).unwrap_or_default();
    let mut found = Vec::new();
    for file in &view.files {
        let Some(trail) = trails.remove(file.path.as_str()) else { continue };
        let mut story = Story::default();
        if trail.first_of_others(view).is_some() {
            story.tell(trail.steps(view, &looks), view, &looks);
        } else {
            story.begin(file, &trail);
        }
        story.end(file, view, &many, &renamed);
        if !story.known.is_empty() || !story.blind.is_empty() {
            found.push(Unseen { file, changes: story.known, blind: story.blind });
        }
    }
    found
}

/// What is known of one file.
struct Trail<'a> {
    file: &'a FileSeen,
    changes: Vec<&'a ChangeSeen>,
    edits: Vec<(Millis, i64)>,
    peers: Vec<(Millis, &'a SessionRef)>,
}

/// Of the files in which anything may be unseen.
fn trails(view: &View) -> HashMap<&str, Trail<'_>> {
    let as_it_was = |file: &FileSeen| file.hash.is_some_and(|hash| file.lies == Lies::Content(hash));
    let mut trails: HashMap<&str, Trail<'_>> = view
        .files
        .iter()
        .filter(|file| file.read.max(file.edited).is_some() && !(file.read >= file.edited && as_it_was(file)))
        .map(|file| (file.path.as_str(), Trail { file, changes: Vec::new(), edits: Vec::new(), peers: Vec::new() }))
        .collect();
    for change in view.changes.iter().filter(|change| change.files <= 1) {
        if let Some(trail) = trails.get_mut(change.path.as_str()) {
            trail.changes.push(change);
        }
    }
    for edit in &view.edits {
        if let Some(trail) = trails.get_mut(edit.path.as_str()) {
            trail.edits.push((edit.at, edit.hash));
        }
    }
    for peer in view.peers.iter().filter(|peer| peer.session != view.me.session) {
        for (path, at) in &peer.edited {
            if let Some(trail) = trails.get_mut(path.as_str()) {
                trail.peers.push((*at, &peer.session));
            }
        }
    }
    trails
}

/// One thing that happened to a file.
enum Step<'a> {
    Change(&'a ChangeSeen),
    /// What a peer told of itself; nobody saw it on the disk.
    Peer(&'a SessionRef),
    Edit(Option<i64>),
    /// With the content, where it is known.
    Look(Option<i64>),
}

impl<'a> Trail<'a> {
    fn first_of_others(&self, view: &View) -> Option<Millis> {
        let others = self.changes.iter().filter(|change| matches!(doer(change, view), Doer::Other(_)));
        others.map(|change| change.at).chain(self.peers.iter().map(|(at, _)| *at)).min()
    }

    /// The oldest first.
    fn steps(&self, view: &View, looks: &Looks<'_>) -> Vec<(Millis, Step<'a>)> {
        let file = self.file;
        let hash_at = |at: Millis| file.hash.filter(|_| at == file.seen());
        let mut steps: Vec<(Millis, Step<'a>)> =
            self.changes.iter().map(|change| (self.moment(change), Step::Change(change))).collect();
        for &(at, peer) in &self.peers {
            // Told by the peer and seen on the disk, it is one change.
            let was_seen =
                |change: &&&ChangeSeen| change.session.as_ref() == Some(peer) && change.at >= at - NOTICED_MS;
            if !self.changes.iter().any(|change| was_seen(&change)) {
                steps.push((at, Step::Peer(peer)));
            }
        }
        steps.extend(self.edits.iter().map(|&(at, hash)| (at, Step::Edit(Some(hash)))));
        let edited = file.edited.filter(|at| !self.edits.iter().any(|(known, _)| known == at));
        steps.extend(edited.map(|at| (at, Step::Edit(hash_at(at)))));
        steps.extend(file.read.map(|at| (at, Step::Look(hash_at(at)))));
        let looked =
            looks.at(&file.path, file.lies == Lies::Gone).filter(|at| Some(*at) > file.read && *at <= view.now);
        steps.extend(looked.map(|at| (at, Step::Look(None))));
        steps.sort_by_key(|(at, _)| *at);
        steps
    }

    /// When it happened, seen from the session's last view.
    fn moment(&self, change: &ChangeSeen) -> Millis {
        let seen = self.file.seen();
        match (self.file.hash, self.file.lies) {
            (Some(hash), Lies::Content(lies)) if hash != lies && change.after == Some(lies) => {
                if (seen - LOOK_MS..=seen).contains(&change.at) { seen + 1 } else { change.at }
            }
            (None, _) if (seen..=seen + NOTICED_MS).contains(&change.at) => seen,
            _ => change.at,
        }
    }
}

fn doer<'a>(change: &'a ChangeSeen, view: &View) -> Doer<'a> {
    match (change.by, &change.session) {
        (Some(Attribution::Human), _) => Doer::Other(Who::Person),
        (Some(_), Some(session)) if *session == view.me.session => Doer::Me,
        (Some(Attribution::Agent), Some(session)) => Doer::Other(Who::Tool(session)),
        (Some(Attribution::Command), Some(session)) => Doer::Other(Who::Command(session)),
        (None, _) | (Some(_), None) => Doer::Unsure,
    }
}

/// Where a note on this file helps: before it is read anyway, it does not.
pub(super) fn useful(channels: &[Channel], path: &str, view: &View) -> Vec<Channel> {
    let about = view.calls.first().filter(|_| view.about == About::Before);
    let is_read = about.is_some_and(|call| call.kind == "read" && call.path.as_deref() == Some(path));
    channels.iter().copied().filter(|channel| !is_read || *channel != Channel::BeforeTool).collect()
}

/// Of how often it was done; nothing for one, so that the usual sentence is short.
pub(super) fn times(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => " twice".to_owned(),
        count => format!(" {count} times"),
    }
}
