//! Sessions that are one conversation: forks of each other, and windows in which it was taken up again.

use super::{Asker, Refusal};
use crate::model::{Agent, SessionId};
use crate::store::SessionRow;

/// Longer lines of forks were never met; a circle would be one.
const GENERATIONS: usize = 32;

/// Of whom all of one conversation descend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Eldest(SessionId);

impl Asker {
    pub(super) fn eldest_of(&self, session: &SessionRow) -> Result<Eldest, Refusal> {
        self.eldest(session.agent, &session.session_id, session.parent_session_id.clone())
    }

    /// The conversations that the asker's surroundings put it into.
    pub(super) fn own_conversation(&self) -> Result<Vec<Eldest>, Refusal> {
        let mut own = Vec::new();
        for (id, _) in self.own_ids()? {
            match self.store.session(&id)? {
                Some(session) => own.push(self.eldest_of(&session)?),
                // Not stored yet, and so nobody's fork.
                None => own.extend(self.around.caller.map(|agent| Eldest(SessionId::new(agent, &id)))),
            }
        }
        own.dedup();
        Ok(own)
    }

    pub(super) fn without_kin(&self, sessions: Vec<SessionRow>, own: &[Eldest]) -> Result<Vec<SessionRow>, Refusal> {
        let mut others = Vec::with_capacity(sessions.len());
        for session in sessions {
            if !own.contains(&self.eldest_of(&session)?) {
                others.push(session);
            }
        }
        Ok(others)
    }

    pub(super) fn eldest(&self, agent: Agent, id: &str, parent: Option<String>) -> Result<Eldest, Refusal> {
        let (mut eldest, mut parent) = (SessionId::new(agent, id), parent);
        for _ in 0..GENERATIONS {
            let Some(above) = parent else { break };
            eldest = SessionId::new(agent, &above);
            parent = self.store.whereabouts(&eldest)?.and_then(|found| found.parent_session_id);
        }
        Ok(Eldest(eldest))
    }
}
