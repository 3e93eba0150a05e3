//! What a session knows of one file, step by step.

use super::{Doer, Other, Scene, Step, Trail, Who, doer, is_away, left};
use crate::model::{Attribution, ChangeKind, Millis};
use crate::perceive::view::{ChangeSeen, FileSeen, Lies};

#[derive(Default)]
pub(super) struct Story<'a> {
    /// Unseen, the oldest first.
    pub known: Vec<Other<'a>>,
    pub blind: Vec<Other<'a>>,
    /// Of others since the last view, an own edit included.
    fresh: Vec<Other<'a>>,
    viewed: bool,
    /// When it was viewed last, an own edit included.
    view_at: Millis,
    /// The content then.
    base: Option<i64>,
    /// The same, before the first of `known`.
    first_base: Option<i64>,
    now: Option<i64>,
    /// Changes since the last view, whoever made them.
    since: usize,
}

impl<'a> Story<'a> {
    /// Nobody else is known to have changed this very file.
    pub(super) fn begin(&mut self, file: &FileSeen, trail: &Trail<'_>) {
        self.view_at = file.seen();
        self.base = file.hash;
        self.viewed = true;
        self.since = trail.changes.iter().filter(|change| trail.moment(change) > self.view_at).count();
    }

    pub(super) fn tell(&mut self, steps: Vec<(Millis, Step<'a>)>, path: &str, scene: &Scene<'a>) {
        for (at, step) in steps {
            match step {
                Step::Look(content) => {
                    self.known.clear();
                    self.blind.clear();
                    self.viewed_now(at, content.or(self.now));
                }
                Step::Edit(before, after) => {
                    if before.is_some() && before == self.base {
                        // Put back by then, whoever saw it.
                        self.fresh.clear();
                    }
                    self.settle();
                    self.viewed_now(at, after);
                }
                Step::Change(change) => self.change(at, change, path, scene),
                Step::Peer(peer) => {
                    self.now = None;
                    self.since += 1;
                    self.other(Other { at, who: Who::Tool(peer), ignored: false, gone: false, to: None });
                }
            }
        }
    }

    fn viewed_now(&mut self, at: Millis, content: Option<i64>) {
        self.fresh.clear();
        self.viewed = true;
        self.view_at = at;
        (self.base, self.now, self.since) = (content, content, 0);
    }

    fn change(&mut self, at: Millis, change: &'a ChangeSeen, path: &str, scene: &Scene<'a>) {
        let away = is_away(change, path);
        let after = left(change, path);
        if change.kind == ChangeKind::Modified && after.is_some() && after == change.before {
            // Touched only.
            return;
        }
        if self.viewed && self.since == 0 && self.base.is_none() {
            self.base = change.before.filter(|_| away || change.old_path.is_none());
        }
        self.now = after;
        self.since += 1;
        if self.base.is_some() && self.base == after {
            // Put back: nothing has happened.
            self.fresh.clear();
            self.since = 0;
            return;
        }
        match doer(change, scene.me) {
            Doer::Me if scene.looks.restored(change.at) => {
                self.known.clear();
                self.viewed_now(at, after);
            }
            // An edit tells of itself.
            Doer::Me if change.by == Some(Attribution::Agent) => self.since -= 1,
            Doer::Me | Doer::Unsure => {}
            Doer::Other(who) => {
                let gone = change.kind == ChangeKind::Deleted || away;
                let to = away.then_some(change.path.as_str());
                self.other(Other { at: change.at, who, ignored: change.ignored, gone, to });
            }
        }
    }

    fn other(&mut self, other: Other<'a>) {
        if self.viewed { self.fresh.push(other) } else { self.blind.push(other) }
    }

    /// An own edit follows, or the end: what is unseen until then stays so.
    fn settle(&mut self) {
        // Of two changes the second may have undone the first.
        let may_be_back = self.base.is_none() && self.since > 1 && !self.fresh.last().is_some_and(|last| last.gone);
        if may_be_back {
            self.fresh.clear();
        }
        if self.known.is_empty() && !self.fresh.is_empty() {
            self.first_base = self.base;
        }
        self.known.append(&mut self.fresh);
    }

    /// What lies on the disk has the last word.
    pub(super) fn end(
        &mut self,
        file: &FileSeen,
        scene: &Scene<'a>,
        many: &[&'a ChangeSeen],
        renamed: &[&'a ChangeSeen],
    ) {
        let differs = match (file.lies, self.base) {
            (Lies::Gone, _) => true,
            (Lies::Content(lies), Some(base)) => lies != base,
            _ => false,
        };
        if let Lies::Content(lies) = file.lies {
            if self.first_base == Some(lies) {
                self.known.clear();
            }
            if self.base == Some(lies) {
                self.fresh.clear();
            }
        }
        if differs && self.since == 0 {
            self.fresh.extend(self.one_of_many(file, scene, many).or_else(|| self.moved_away(file, scene, renamed)));
        }
        self.settle();
    }

    /// It changed with others in its directory.
    fn one_of_many(&self, file: &FileSeen, scene: &Scene<'a>, many: &[&'a ChangeSeen]) -> Option<Other<'a>> {
        let gone = file.lies == Lies::Gone;
        let fits = |change: &&&ChangeSeen| {
            change.at > self.view_at
                && (change.kind == ChangeKind::Deleted) == gone
                && change.kind != ChangeKind::Renamed
                && file.path.strip_prefix(change.path.as_str()).is_some_and(|inside| inside.starts_with('/'))
        };
        agreed(many.iter().filter(fits).copied(), scene, gone)
    }

    /// It lies elsewhere under another name.
    fn moved_away(&self, file: &FileSeen, scene: &Scene<'a>, renamed: &[&'a ChangeSeen]) -> Option<Other<'a>> {
        let base = self.base.filter(|_| file.lies == Lies::Gone)?;
        let fits = |change: &&&ChangeSeen| {
            change.old_path.is_none() && change.after == Some(base) && change.files <= 1 && change.at > self.view_at
        };
        agreed(renamed.iter().filter(fits).copied(), scene, true)
    }
}

/// The newest, when all of them are somebody else's.
fn agreed<'a>(changes: impl Iterator<Item = &'a ChangeSeen>, scene: &Scene<'a>, gone: bool) -> Option<Other<'a>> {
    let mut newest: Option<Other<'a>> = None;
    for change in changes {
        let Doer::Other(who) = doer(change, scene.me) else { return None };
        let to = (change.kind == ChangeKind::Renamed).then_some(change.path.as_str());
        let other = Other { at: change.at, who, ignored: change.ignored, gone, to };
        newest = newest.filter(|known| known.at >= other.at).or(Some(other));
    }
    newest
}
