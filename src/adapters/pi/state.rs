//! What a session file's parser must remember between two readings. Ids and numbers only: it is stored as is.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::Millis;

/// Calls that wait for their result; more at a time were never seen.
const OPEN: usize = 256;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub session: Option<String>,
    /// When the header says that the session began.
    pub born: Option<Millis>,
    /// It begins with another session's entries.
    pub forked: bool,
    /// The earliest that was told of the session's beginning.
    pub origin: Option<Millis>,
    pub last_ms: Option<Millis>,
    /// Said last of the session.
    pub model: Option<String>,
    /// Calls without a result yet: the provider's id, and ours.
    open: VecDeque<(String, String)>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub fn call_began(&mut self, id: &str, call_id: &str) {
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back((id.to_owned(), call_id.to_owned()));
    }

    /// Our id of the call that a result is for.
    pub fn call_ended(&mut self, id: &str) -> Option<String> {
        let at = self.open.iter().rposition(|(known, _)| known == id)?;
        self.open.remove(at).map(|(_, call_id)| call_id)
    }
}
