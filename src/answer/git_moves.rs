//! Who made a commit, left a branch or began a merge, as far as agents told what they ran.

use super::{Asker, Refusal};
use crate::link::{self, Place, ServerInfo};
use crate::model::Millis;
use crate::perceive::whose::{Moved, Step, Whose, who_moved};
use crate::project::{Entry, HeadMove};

impl Asker {
    /// `root` and `repo` are those of the working tree whose log `entry` is from.
    pub(super) fn who_moved(&self, entry: &Entry, root: &str, repo: &str) -> Result<Whose, Refusal> {
        let step = if matches!(entry.what, HeadMove::Branch { .. }) { Step::Branch } else { Step::Commit };
        self.who_did(&Moved { at: entry.at, step, root, repo })
    }

    /// A merge, a rebase or the like that was begun `at` and is not over.
    pub(super) fn who_began(&self, at: Millis, root: &str, repo: &str) -> Result<Whose, Refusal> {
        self.who_did(&Moved { at, step: Step::Begun, root, repo })
    }

    fn who_did(&self, moved: &Moved<'_>) -> Result<Whose, Refusal> {
        let (from, to) = moved.around();
        Ok(who_moved(moved, &self.store.calls_around(from, to)?, self.known_to()?))
    }

    /// Until when everything that agents did has been told.
    fn known_to(&self) -> Result<Millis, Refusal> {
        if self.is_watched() { Ok(self.now()) } else { Ok(self.store.last_import()?.unwrap_or(0)) }
    }

    fn is_watched(&self) -> bool {
        let info = ServerInfo::read(&Place::new(&self.around.data_dir));
        info.is_some_and(|info| link::is_there((info.pid, 0)))
    }

    /// What of the changes around here cannot be known.
    pub(super) fn sight(&self) -> Result<Option<String>, Refusal> {
        let unseen = (!self.is_watched())
            .then(|| "the sidecar does not run (`tma1 serve`): changes of files are not seen meanwhile".to_owned());
        let notes: Vec<String> = unseen.into_iter().chain(self.freshness()?).collect();
        Ok((!notes.is_empty()).then(|| notes.join("; ")))
    }
}
