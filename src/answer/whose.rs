//! Which session a question is about, when it does not say.

use super::here::Here;
use super::{Asker, Refusal, budget};
use crate::store::{SessionFilter, SessionRow};

/// The session in question, and how it was found.
pub(super) struct Resolved {
    pub session: SessionRow,
    pub by: &'static str,
    /// The asker's own session, where the store does not know it yet and another one stands in.
    pub unknown_own: Option<String>,
}

const BY_REQUEST: &str = "request metadata";
const BY_PROCESS: &str = "hooks of the same process";
const BY_ENVIRONMENT: &str = "session variable";

impl Asker {
    /// The session named, else the asker's own, else the newest of this project; `None`: there is none.
    ///
    /// # Errors
    /// A named session that does not exist; the message lists those there are.
    pub(super) fn session(&self, named: &str) -> Result<Option<Resolved>, Refusal> {
        match self.named_or_own(named)? {
            Some(told) => Ok(Some(told)),
            None => self.newest(&self.here(None)?),
        }
    }

    /// The same, where it is known already what lies here.
    pub(super) fn session_at(&self, named: &str, here: &Here) -> Result<Option<Resolved>, Refusal> {
        match self.named_or_own(named)? {
            Some(told) => Ok(Some(told)),
            None => self.newest(here),
        }
    }

    /// What has to be said about an answer for `resolved`: how old the store is, and whose session it is not.
    pub(super) fn remarks(&self, resolved: &Resolved) -> Result<Option<String>, Refusal> {
        let other = resolved
            .unknown_own
            .as_deref()
            .map(|id| format!("your own session \"{}\" is not stored yet; this is another one", budget::name(id)));
        let remarks: Vec<String> = other.into_iter().chain(self.freshness()?).collect();
        Ok((!remarks.is_empty()).then(|| remarks.join("; ")))
    }

    /// The ids that the asker's surroundings give its session, the surest first. An agent may run in a shell of another
    /// one, and so have its variables and its hooks' process.
    pub(super) fn own_ids(&self) -> Result<Vec<(String, &'static str)>, Refusal> {
        let process = self.around.process.map(|process| self.store.session_of_process(process)).transpose()?.flatten();
        let mut own: Vec<_> = self.around.meta_session.iter().map(|id| (id.clone(), BY_REQUEST)).collect();
        for (id, by) in [(process, BY_PROCESS), (self.around.env_session.clone(), BY_ENVIRONMENT)] {
            let Some(id) = id else { continue };
            let of = self.store.session(&id)?.map(|session| session.agent);
            if self.around.caller.zip(of).is_none_or(|(caller, of)| caller == of) {
                own.push((id, by));
            }
        }
        Ok(own)
    }

    fn named_or_own(&self, named: &str) -> Result<Option<Resolved>, Refusal> {
        let named = named.trim();
        if !named.is_empty() {
            return self.named_session(named).map(Some);
        }
        for (id, by) in self.own_ids()? {
            if let Some(session) = self.store.session(&id)? {
                return Ok(Some(Resolved { session, by, unknown_own: None }));
            }
        }
        Ok(None)
    }

    fn newest(&self, here: &Here) -> Result<Option<Resolved>, Refusal> {
        let newest = |agents: Vec<_>| {
            let filter = SessionFilter { agents, ..here_only(here, 1) };
            Ok::<_, Refusal>(self.store.sessions(&filter)?.into_iter().next())
        };
        let unknown_own = self.own_ids()?.into_iter().next().map(|(id, _)| id);
        if let Some(caller) = self.around.caller
            && let Some(session) = newest(vec![caller])?
        {
            let by = "newest session of this agent and project";
            return Ok(Some(Resolved { session, by, unknown_own }));
        }
        let session = newest(Vec::new())?;
        Ok(session.map(|session| Resolved { session, by: "newest session of this project", unknown_own }))
    }

    fn named_session(&self, id: &str) -> Result<Resolved, Refusal> {
        let found = |session, by| Resolved { session, by, unknown_own: None };
        if let Some(session) = self.store.session(id)? {
            return Ok(found(session, "session_id"));
        }
        let mut like = self.store.sessions_by_prefix(id)?;
        let id = budget::name(id);
        match like.len() {
            1 => Ok(found(like.remove(0), "session_id prefix")),
            0 => Err(Refusal::not_found(format!("no session \"{id}\" on this machine{}", self.known_sessions()?))),
            _ => Err(Refusal::user(format!(
                "argument `session_id`: \"{id}\" is the beginning of several, such as {}",
                self.list(&like)
            ))),
        }
    }

    fn known_sessions(&self) -> Result<String, Refusal> {
        const LISTED: usize = 3;
        let here = self.store.sessions(&here_only(&self.here(None)?, LISTED))?;
        if !here.is_empty() {
            return Ok(format!("; sessions of this project: {}", self.list(&here)));
        }
        let all = SessionFilter { active_only: true, limit: LISTED, ..SessionFilter::default() };
        let all = self.store.sessions(&all)?;
        Ok(if all.is_empty() { String::new() } else { format!("; the newest are {}", self.list(&all)) })
    }

    fn list(&self, sessions: &[SessionRow]) -> String {
        let each = sessions.iter().map(|s| {
            let when = if self.is_live(s) { "live".to_owned() } else { super::ago(self.now(), s.last_activity) };
            format!("{} ({}, {when})", budget::name(&s.session_id), s.agent)
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

fn here_only(here: &Here, limit: usize) -> SessionFilter {
    SessionFilter { projects: Some(here.rows.clone()), active_only: true, limit, ..SessionFilter::default() }
}
