//! Whose block it is, where and when: found out once, for all lines.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::answer::session_facts::relative;
use crate::answer::{Asker, Refusal};
use crate::model::{Millis, SessionId};
use crate::perceive::plain;
use crate::project;
use crate::store::Whereabouts;

const DAY_MS: Millis = 24 * 60 * 60 * 1000;
/// Of a path or another name.
const NAME_BYTES: usize = 72;

pub(super) struct Scene<'a> {
    pub asker: &'a Asker,
    pub session: &'a SessionId,
    /// As the store knows it.
    pub own: Option<Whereabouts>,
    pub place: Option<Place>,
    pub now: Millis,
    zone: TimeZone,
}

/// The working tree that the session is in.
pub(super) struct Place {
    pub root: String,
    pub repo: String,
    /// The store's rows for it.
    pub rows: Vec<i64>,
    /// The same with the other worktrees of its repository.
    pub everywhere: Vec<i64>,
}

impl<'a> Scene<'a> {
    pub fn look(asker: &'a Asker, session: &'a SessionId, cwd: &str, zone: TimeZone) -> Result<Self, Refusal> {
        let own = asker.store.whereabouts(session)?;
        let place = Place::of(asker, own.as_ref(), cwd)?;
        Ok(Self { asker, session, own, place, now: asker.now(), zone })
    }

    pub fn is_own(&self, agent: Option<&str>, session_id: Option<&str>) -> bool {
        session_id == Some(&*self.session.id) && agent.is_none_or(|agent| agent == self.session.agent.name())
    }

    /// A path as someone in the project would write it.
    pub fn path(&self, path: &str) -> Option<String> {
        plain::name(&relative(path, self.place.as_ref().map(|place| &*place.root)), NAME_BYTES)
    }

    /// The wall clock, with the day where it was another one.
    pub fn clock(&self, at: Millis) -> String {
        let zoned = |ms| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(self.zone.clone());
        let (then, today) = (zoned(at), zoned(self.now));
        let form = match self.now - at {
            _ if then.date() == today.date() => "%H:%M",
            ..0 => "%Y-%m-%d %H:%M",
            age if age < 300 * DAY_MS => "%b %-d %H:%M",
            _ => "%Y-%m-%d",
        };
        then.strftime(form).to_string()
    }
}

impl Place {
    /// The session's own project; of its worktrees the one that its agent is in.
    fn of(asker: &Asker, own: Option<&Whereabouts>, cwd: &str) -> Result<Option<Self>, Refusal> {
        let here = says_where(cwd).then(|| project::identity(Path::new(cwd), Some(&asker.around.home)));
        let all = asker.store.projects()?;
        let known = own.and_then(|own| own.project).and_then(|row| all.iter().find(|project| project.row == row));
        let (root, repo) = match (known, here) {
            (Some(known), Some(here)) if known.repo == here.repo => (here.root, here.repo),
            (Some(known), _) => (known.root.clone(), known.repo.clone()),
            (None, Some(here)) => (here.root, here.repo),
            (None, None) => return Ok(None),
        };
        let rows = |fits: &dyn Fn(&crate::store::ProjectRow) -> bool| -> Vec<i64> {
            all.iter().filter(|project| fits(project)).map(|project| project.row).collect()
        };
        // A session that moved to another worktree is still told of its own builds in the first.
        let started = known.map(|known| known.row);
        Ok(Some(Self {
            rows: rows(&|project| project.root == root || Some(project.row) == started),
            everywhere: rows(&|project| project.repo == repo),
            root,
            repo,
        }))
    }
}

/// A relative path would be one of ours, not of the agent's.
fn says_where(cwd: &str) -> bool {
    let of_another_system = cwd.starts_with(r"\\") || cwd.get(1..3).is_some_and(|rest| matches!(rest, ":\\" | ":/"));
    Path::new(cwd).is_absolute() || of_another_system
}
