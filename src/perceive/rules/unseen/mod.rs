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
use super::{End, Past, Sight, wording};
use crate::model::{Attribution, ChangeKind, Millis};
use crate::perceive::view::{ChangeSeen, Edit, FileSeen, Lies, View};
use crate::store::SessionRef;

/// A look is told when its call ends; what was written before that may have come after it.
const LOOK_MS: Millis = 1_000;
/// A change may be noticed this much later than it was made, after a look that has seen it.
const NOTICED_MS: Millis = 2_000;
/// Whose change it was is found out within this time, or never.
const NAMED_MS: Millis = 200_000;

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
    /// But there, under another name.
    pub to: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who<'a> {
    Person,
    /// Of another session.
    Tool(&'a SessionRef),
    Command(&'a SessionRef),
    /// Not this session; nobody says more.
    Somebody,
}

/// Who did it, as far as this session is concerned.
enum Doer<'a> {
    Me,
    Unsure,
    Other(Who<'a>),
}

/// What every file's story is told with.
struct Scene<'a> {
    me: &'a SessionRef,
    looks: Looks<'a>,
}

pub(super) fn unseen(view: &View) -> Vec<Unseen<'_>> {
    let me = &view.me.session;
    let mut trails = trails(view);
    let many: Vec<&ChangeSeen> = view.changes.iter().filter(|change| change.files > 1).collect();
    let renamed: Vec<&ChangeSeen> = view.changes.iter().filter(|c| c.kind == ChangeKind::Renamed).collect();
    let since = trails.values().filter_map(|trail| trail.first_of_others(me)).min();
    let looks = since.map(|since| Looks::of(view, since)).unwrap_or_default();
    let scene = Scene { me, looks };
    let mut found = Vec::new();
    for file in &view.files {
        let Some(trail) = trails.remove(file.path.as_str()) else { continue };
        let mut story = Story::default();
        if trail.first_of_others(scene.me).is_some() {
            story.tell(trail.steps(&scene), &file.path, &scene);
        } else {
            story.begin(file, &trail);
        }
        story.end(file, &scene, &many, &renamed);
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
    edits: Vec<&'a Edit>,
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
        for path in [Some(change.path.as_str()), change.old_path.as_deref()].into_iter().flatten() {
            if let Some(trail) = trails.get_mut(path) {
                trail.changes.push(change);
            }
        }
    }
    for edit in &view.edits {
        if let Some(trail) = trails.get_mut(edit.path.as_str()) {
            trail.edits.push(edit);
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
    /// With the contents, where they are known: before it and after.
    Edit(Option<i64>, Option<i64>),
    /// With the content, where it is known.
    Look(Option<i64>),
}

impl<'a> Trail<'a> {
    fn first_of_others(&self, me: &SessionRef) -> Option<Millis> {
        let others = self.changes.iter().filter(|change| matches!(doer(change, me), Doer::Other(_)));
        others.map(|change| change.at).chain(self.peers.iter().map(|(at, _)| *at)).min()
    }

    /// The oldest first.
    fn steps(&self, scene: &Scene<'_>) -> Vec<(Millis, Step<'a>)> {
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
        steps.extend(self.edits.iter().map(|edit| (edit.at, Step::Edit(edit.before, Some(edit.hash)))));
        let edited = file.edited.filter(|at| !self.edits.iter().any(|known| known.at == *at));
        steps.extend(edited.map(|at| (at, Step::Edit(None, hash_at(at)))));
        steps.extend(file.read.map(|at| (at, Step::Look(hash_at(at)))));
        let looked = scene.looks.at(&file.path, file.lies == Lies::Gone).filter(|at| Some(*at) > file.read);
        steps.extend(looked.map(|at| (at, Step::Look(None))));
        steps.sort_by_key(|(at, _)| *at);
        steps
    }

    /// When it happened, seen from the session's last view.
    fn moment(&self, change: &ChangeSeen) -> Millis {
        let seen = self.file.seen();
        match (self.file.hash, self.file.lies) {
            (Some(hash), Lies::Content(lies)) if hash != lies && left(change, &self.file.path) == Some(lies) => {
                if (seen - LOOK_MS..=seen).contains(&change.at) { seen + 1 } else { change.at }
            }
            (None, _) if (seen..=seen + NOTICED_MS).contains(&change.at) => seen,
            _ => change.at,
        }
    }
}

/// The content that it left under this name.
fn left(change: &ChangeSeen, path: &str) -> Option<i64> {
    change.after.filter(|_| !is_away(change, path))
}

/// The file has another name since.
fn is_away(change: &ChangeSeen, path: &str) -> bool {
    change.path != path && change.old_path.as_deref() == Some(path)
}

fn doer<'a>(change: &'a ChangeSeen, me: &SessionRef) -> Doer<'a> {
    match (change.by, &change.session) {
        (Some(Attribution::Human), _) => Doer::Other(Who::Person),
        (Some(_), Some(session)) if session == me => Doer::Me,
        (None, _) if change.by_another => Doer::Other(Who::Somebody),
        (Some(Attribution::Agent), Some(session)) => Doer::Other(Who::Tool(session)),
        (Some(Attribution::Command), Some(session)) => Doer::Other(Who::Command(session)),
        (None, _) | (Some(_), None) => Doer::Unsure,
    }
}

/// Why nothing of this file is unseen any more.
pub(super) fn end(past: &Past<'_>, view: &Sight<'_>) -> End {
    let touches = |change: &&ChangeSeen| change.path == past.key || change.old_path.as_deref() == Some(past.key);
    let newest = view.changes.iter().filter(touches).max_by_key(|change| change.at);
    let Some(file) = view.files.iter().find(|file| file.path == past.key) else { return End::Expired };
    let since = newest.map_or(past.since, |change| change.at);
    let looked = Looks::of(view, since).at(&file.path, file.lies == Lies::Gone);
    if file.read.max(looked).is_some_and(|at| at >= since) {
        return End::Resolved(None);
    }
    let by_me = newest.is_some_and(|change| matches!(doer(change, &view.me.session), Doer::Me));
    let is_back = file.hash.is_some_and(|hash| file.lies == Lies::Content(hash)) && file.read >= file.edited;
    if is_back && !by_me {
        let name = wording::file(&file.path, view.me.root.as_deref());
        return End::Resolved(Some(format!("{name} is again as you saw it")));
    }
    let unnamed = newest.is_none_or(|change| matches!(doer(change, &view.me.session), Doer::Unsure));
    if unnamed && view.now.saturating_sub(past.since) < NAMED_MS {
        return End::NotYet;
    }
    if newest.is_none() || view.unseen().iter().any(|unseen| unseen.file.path == past.key) {
        return End::Expired;
    }
    End::Resolved(None)
}
