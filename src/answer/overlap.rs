//! Who works on the same file right now: sessions that live, one of which edited lately what another one has in hand.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::doing::{CALLS, Doing};
use super::kin::Eldest;
use super::session_facts::{relative, session_id};
use super::{Asker, Refusal, rfc3339};
use crate::model::Millis;
use crate::store::{FileRow, SessionFilter, SessionRow};

/// Of each session so many of the files that it touched last are looked at.
const IN_HAND: usize = 300;
/// Files of one session that are named.
const NAMED: usize = 3;
/// Sessions at once in one project.
const AT_WORK: usize = 20;
const TOLD: usize = 5;

/// A session that has a file in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hand {
    pub agent_source: String,
    pub session_id: String,
    pub edited_at: Option<String>,
    pub read_at: Option<String>,
}

/// A file that several live sessions have in hand, one of which at least edited it lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Overlap {
    /// Below the project's root where relative.
    pub file: String,
    pub root: Option<String>,
    /// Who edited it last comes first.
    pub sessions: Vec<Hand>,
}

/// A file that a session and another one have in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SharedFile {
    pub file: String,
    pub agent_source: String,
    pub session_id: String,
    /// What the other one did with it last: edited or read.
    pub did: &'static str,
    pub at: String,
}

struct Shared<'a> {
    path: String,
    edited: Millis,
    hands: Vec<(&'a SessionRow, FileRow)>,
}

impl Asker {
    /// All of it, for people; the newest edit first.
    pub(super) fn overlaps(&self, live: &[SessionRow]) -> Result<Vec<Overlap>, Refusal> {
        let shared = self.shared(&live.iter().collect::<Vec<_>>())?;
        let overlap = |shared: Shared<'_>| {
            let root = shared.hands.first().and_then(|(session, _)| session.project_root.as_deref());
            let hand = |(session, file): &(&SessionRow, FileRow)| Hand {
                agent_source: session.agent.name().to_owned(),
                session_id: session_id(&session.session_id),
                edited_at: file.last_edit.map(rfc3339),
                read_at: file.last_read.map(rfc3339),
            };
            Overlap {
                file: relative(&shared.path, root),
                root: root.map(super::budget::path),
                sessions: shared.hands.iter().map(hand).collect(),
            }
        };
        Ok(shared.into_iter().map(overlap).collect())
    }

    /// What a live session shares with others at work in its project, the newest edit first.
    pub(super) fn overlap_of(&self, session: &SessionRow) -> Result<Vec<SharedFile>, Refusal> {
        let (Some(own), true) = (session.project, self.is_live(session)) else { return Ok(Vec::new()) };
        let all = self.store.projects()?;
        let repo = all.iter().find(|project| project.row == own).map(|project| project.repo.clone());
        let filter = SessionFilter {
            projects: Some(all.iter().filter(|p| Some(&p.repo) == repo.as_ref()).map(|p| p.row).collect()),
            since: Some(self.live_since()),
            active_only: true,
            limit: AT_WORK,
            ..SessionFilter::default()
        };
        let mut shared = self.shared_with(session, &self.store.sessions(&filter)?)?;
        shared.truncate(TOLD);
        Ok(shared)
    }

    /// What `own` shares with those of `others` that live; kin of its own is nobody else.
    pub(super) fn shared_with(&self, own: &SessionRow, others: &[SessionRow]) -> Result<Vec<SharedFile>, Refusal> {
        let mut all = vec![own];
        let eldest = self.eldest_of(own)?;
        for other in others.iter().filter(|other| other.row != own.row && self.is_live(other)) {
            if self.eldest_of(other)? != eldest {
                all.push(other);
            }
        }
        let base = own.project_root.as_deref().or(own.cwd.as_deref());
        let mut files = Vec::new();
        for Shared { path, hands, .. } in self.shared(&all)? {
            let Some((_, mine)) = hands.iter().find(|(session, _)| session.row == own.row) else { continue };
            for (session, file) in hands.iter().filter(|(session, _)| session.row != own.row) {
                // Two that only read what a third one edits are not in each other's way.
                if self.edited_lately(mine) || self.edited_lately(file) {
                    let (did, at) = last_done(file);
                    files.push(SharedFile {
                        file: relative(&path, base),
                        agent_source: session.agent.name().to_owned(),
                        session_id: session_id(&session.session_id),
                        did,
                        at: rfc3339(at),
                    });
                }
            }
        }
        Ok(files)
    }

    fn edited_lately(&self, file: &FileRow) -> bool {
        file.last_edit.is_some_and(|at| at > self.live_since())
    }

    /// Of different conversations; the newest edit first, in each who edited it last.
    fn shared<'a>(&self, live: &[&'a SessionRow]) -> Result<Vec<Shared<'a>>, Refusal> {
        if live.len() < 2 {
            return Ok(Vec::new());
        }
        let mut by_path: HashMap<String, Vec<(&'a SessionRow, FileRow)>> = HashMap::new();
        for session in live.iter().copied() {
            for file in self.store.session_files(session.row, IN_HAND)? {
                let path = real(&file.path, session.project_root.as_deref());
                by_path.entry(path).or_default().push((session, file));
            }
        }
        let mut all = Vec::new();
        for (path, mut hands) in by_path {
            if hands.len() < 2 || !hands.iter().any(|(_, file)| self.edited_lately(file)) {
                continue;
            }
            hands.sort_by_key(|(session, file)| Reverse((file.last_edit, file.last_read, session.row)));
            let mut met: HashSet<Eldest> = HashSet::new();
            let mut different = Vec::new();
            for (session, file) in hands {
                if met.insert(self.eldest_of(session)?) {
                    different.push((session, file));
                }
            }
            if different.len() > 1 {
                let edited = different[0].1.last_edit.unwrap_or(0);
                all.push(Shared { path, edited, hands: different });
            }
        }
        all.sort_by(|a, b| (b.edited, &a.path).cmp(&(a.edited, &b.path)));
        Ok(all)
    }

    /// What a live session does, and the files that it edited lately, newest first; nothing of one that is over.
    pub(super) fn at_work(&self, session: &SessionRow) -> Result<(Option<Doing>, Vec<String>), Refusal> {
        if !self.is_live(session) {
            return Ok((None, Vec::new()));
        }
        let base = session.project_root.as_deref().or(session.cwd.as_deref());
        let doing = self.doing(session, &self.store.calls(session.row, None, CALLS)?)?;
        let edited = self.store.last_edits(session.row, self.live_since(), NAMED)?;
        Ok((Some(doing), edited.iter().map(|(path, _)| relative(path, base)).collect()))
    }
}

fn last_done(file: &FileRow) -> (&'static str, Millis) {
    match file.last_edit {
        Some(edit) => ("edited", edit),
        None => ("read", file.last_read.unwrap_or_default()),
    }
}

/// One name for a file that is reached in several ways. Most lie in the project, which goes by its real name already.
fn real(path: &str, root: Option<&str>) -> String {
    if root.is_some_and(|root| Path::new(path).starts_with(root)) || !Path::new(path).is_absolute() {
        return path.to_owned();
    }
    Path::new(path).canonicalize().map_or_else(|_| path.to_owned(), |real| real.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
