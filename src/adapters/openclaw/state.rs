//! What a parser must remember between two readings. Ids and numbers only: it is stored as is, with every batch.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::{Millis, ToolKind};

/// Sessions that go on at a time; of one that was quiet for longer only little is forgotten.
const SESSIONS: usize = 32;
/// Calls without a result, and commands that go on, in one session.
const OPEN: usize = 64;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The session that a file is about.
    pub file: Option<String>,
    /// Which is a sub-agent's.
    pub side: bool,
    /// Of the newest change of a session's row that was told.
    pub told_ms: Millis,
    /// The one that spoke last stands last.
    talks: VecDeque<Talk>,
}

/// One session under way.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Talk {
    session: String,
    pub last_ms: Option<Millis>,
    pub model: Option<String>,
    /// The newest prompt: its words' hash, and whether it was written as something that a person sent.
    pub prompt: Option<(u64, bool)>,
    /// Calls without a result yet: id, tool, and what the call does.
    open: VecDeque<(String, String, Option<ToolKind>)>,
    /// Commands that go on, by the client's name for their process.
    running: VecDeque<(String, String)>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub fn talk(&mut self, session: &str) -> &mut Talk {
        let known = self.talks.iter().rposition(|talk| talk.session == session).and_then(|at| self.talks.remove(at));
        let talk = known.unwrap_or_else(|| Talk { session: session.to_owned(), ..Talk::default() });
        push(&mut self.talks, talk, SESSIONS);
        let last = self.talks.len() - 1;
        &mut self.talks[last]
    }
}

impl Talk {
    pub fn call_began(&mut self, id: &str, tool: &str, kind: Option<ToolKind>) {
        push(&mut self.open, (id.to_owned(), tool.to_owned(), kind), OPEN);
    }

    /// Tool and kind of a call that has not ended.
    pub fn open_call(&self, id: &str) -> Option<(String, Option<ToolKind>)> {
        self.open.iter().rev().find(|(known, ..)| known == id).map(|(_, tool, kind)| (tool.clone(), *kind))
    }

    pub fn call_ended(&mut self, id: &str) {
        self.open.retain(|(known, ..)| known != id);
    }

    pub fn goes_on(&mut self, process: &str, call_id: &str) {
        self.running.retain(|(known, _)| known != process);
        push(&mut self.running, (process.to_owned(), call_id.to_owned()), OPEN);
    }

    /// The command that `process` runs, where it is over now.
    pub fn process_ended(&mut self, process: &str) -> Option<String> {
        let at = self.running.iter().rposition(|(known, _)| known == process)?;
        self.running.remove(at).map(|(_, call_id)| call_id)
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() >= most {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_goes_first() {
        let mut state = State::default();
        for n in 0..1000 {
            let talk = state.talk(&format!("s{}", n % 40));
            for call in 0..100 {
                talk.call_began(&format!("c{call}"), "exec", None);
                talk.goes_on(&format!("p{call}"), "c");
            }
        }
        assert_eq!(state.talks.len(), SESSIONS);
        assert!(state.talks.iter().all(|talk| talk.open.len() == OPEN && talk.running.len() == OPEN));
        assert!(state.save().unwrap().len() < 256 * 1024);
        assert_eq!(state.talk("s39").open_call("c99").unwrap().0, "exec");
        assert!(state.talk("s39").open_call("c0").is_none() && state.talk("s0").open_call("c99").is_none());
    }
}
