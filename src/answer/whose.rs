//! Which session and which projects a question is about, when it does not say.

use super::{Asker, Refusal};
use crate::project;
use crate::store::{ProjectRow, SessionFilter, SessionRow};

/// The session in question, and how it was found.
pub(super) struct Resolved {
    pub session: SessionRow,
    pub resolved_by: &'static str,
}

impl Asker {
    /// The session named, else the asker's own, else the newest of this project; `None`: there is none.
    ///
    /// # Errors
    /// A named session that does not exist; the message lists those there are.
    pub(super) fn session(&self, named: Option<&str>, cwd: Option<&str>) -> Result<Option<Resolved>, Refusal> {
        if let Some(id) = named.filter(|id| !id.is_empty()) {
            return self.named_session(id).map(Some);
        }
        let told = [(&self.around.meta_session, "request metadata"), (&self.around.env_session, "session variable")];
        for (id, resolved_by) in told {
            if let Some(id) = id
                && let Some(session) = self.store.session(id)?
            {
                return Ok(Some(Resolved { session, resolved_by }));
            }
        }
        let projects = self.projects_here(cwd)?;
        let newest = |agents: Vec<_>| {
            let filter = SessionFilter {
                agents,
                projects: Some(projects.iter().map(|p| p.row).collect()),
                active_only: true,
                limit: 1,
                ..SessionFilter::default()
            };
            Ok::<_, Refusal>(self.store.sessions(&filter)?.into_iter().next())
        };
        if let Some(caller) = self.around.caller
            && let Some(session) = newest(vec![caller])?
        {
            return Ok(Some(Resolved { session, resolved_by: "newest session of this agent and project" }));
        }
        Ok(newest(Vec::new())?.map(|session| Resolved { session, resolved_by: "newest session of this project" }))
    }

    fn named_session(&self, id: &str) -> Result<Resolved, Refusal> {
        if let Some(session) = self.store.session(id)? {
            return Ok(Resolved { session, resolved_by: "session_id" });
        }
        let mut like = self.store.sessions_by_prefix(id)?;
        match like.len() {
            1 => Ok(Resolved { session: like.remove(0), resolved_by: "session_id prefix" }),
            0 => Err(Refusal::not_found(format!(
                "no session \"{}\" on this machine{}",
                short(id),
                self.known_sessions()?
            ))),
            _ => Err(Refusal::user(format!("session_id \"{id}\" fits {} sessions: {}", like.len(), self.list(&like)))),
        }
    }

    fn known_sessions(&self) -> Result<String, Refusal> {
        let projects = self.projects_here(None)?;
        let here = SessionFilter {
            projects: Some(projects.iter().map(|p| p.row).collect()),
            active_only: true,
            limit: 3,
            ..SessionFilter::default()
        };
        let sessions = self.store.sessions(&here)?;
        Ok(if sessions.is_empty() {
            String::new()
        } else {
            format!("; sessions of this project: {}", self.list(&sessions))
        })
    }

    fn list(&self, sessions: &[SessionRow]) -> String {
        let each = sessions.iter().map(|s| {
            let when = if self.is_live(s) { "live".to_owned() } else { super::ago(self.now(), s.last_activity) };
            format!("{} ({}, {when})", s.session_id, s.agent)
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// The projects at `cwd`: its root, other worktrees of its repository, and projects nested in it.
    pub(super) fn projects_here(&self, cwd: Option<&str>) -> Result<Vec<ProjectRow>, Refusal> {
        let here = self.project_at(&self.directory(cwd));
        let below = format!("{}/", here.root.trim_end_matches('/'));
        let all = self.store.projects()?;
        Ok(all
            .into_iter()
            .filter(|p| p.root == here.root || p.repo == here.repo || p.root.starts_with(&below))
            .collect())
    }

    /// The projects that `wanted` names: a path in the spelling of any system (with what lies below it), or a
    /// bare name. `None` for a blank: all.
    pub(super) fn projects_named(&self, wanted: &str) -> Result<Option<Vec<ProjectRow>>, Refusal> {
        let wanted = wanted.trim();
        if wanted.is_empty() {
            return Ok(None);
        }
        let path = wanted.contains(['/', '\\']);
        if path && wanted.starts_with('/') {
            return self.projects_here(Some(wanted)).map(Some);
        }
        let plain = unified(wanted);
        let below = format!("{plain}/");
        let fits = |root: &str| {
            if path {
                let root = unified(root);
                root == plain || root.starts_with(&below)
            } else {
                project::label(root).eq_ignore_ascii_case(wanted)
            }
        };
        Ok(Some(self.store.projects()?.into_iter().filter(|p| fits(&p.root)).collect()))
    }
}

/// One spelling for Windows paths: forward slashes, drive letters in lower case, nothing at the end.
fn unified(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.trim_end_matches('/');
    match path.split_at_checked(2) {
        Some((drive, rest)) if drive.ends_with(':') => format!("{}{rest}", drive.to_ascii_lowercase()),
        _ => path.to_owned(),
    }
}

fn short(id: &str) -> String {
    let end = id.char_indices().nth(64).map_or(id.len(), |(at, _)| at);
    id[..end].chars().filter(|c| !c.is_control()).collect()
}
