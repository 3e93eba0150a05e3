//! What a transcript's parser must remember between two readings of one file. Ids only: it is stored as is.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Side threads older than this many records have ended.
const CHAIN: usize = 512;
/// Calls that wait for their result; more at a time were never seen.
const OPEN: usize = 256;
/// Sessions in one file; copies apart there is one.
const SESSIONS: usize = 64;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// Sessions whose first moment in this file was told.
    sessions: Vec<String>,
    /// The session of the newest record: stands in where a record names none.
    pub session: Option<String>,
    pub last_ms: Option<i64>,
    /// Records of inline side threads (version 1.x names no agent there) and the thread each belongs to.
    chain: VecDeque<(u64, String)>,
    /// Calls without a result yet: id and tool.
    open: VecDeque<(String, String)>,
    /// Calls that ended as refused, though they may have begun: the next record tells.
    refused: VecDeque<String>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// True the first time that `session` is met in this file.
    pub fn first_of(&mut self, session: &str) -> bool {
        if self.sessions.iter().any(|known| known == session) {
            return false;
        }
        if self.sessions.len() == SESSIONS {
            self.sessions.remove(0);
        }
        self.sessions.push(session.to_owned());
        true
    }

    /// The side thread that a record belongs to: its parent's, else one of its own.
    pub fn thread(&mut self, uuid: &str, parent: Option<&str>) -> String {
        let known = parent.map(hash).and_then(|parent| self.chain.iter().rev().find(|(id, _)| *id == parent));
        let thread = known.map_or_else(|| uuid.to_owned(), |(_, thread)| thread.clone());
        push(&mut self.chain, (hash(uuid), thread.clone()), CHAIN);
        thread
    }

    pub fn call_refused(&mut self, id: &str) {
        push(&mut self.refused, id.to_owned(), OPEN);
    }

    /// Those refused since this was asked last.
    pub fn take_refused(&mut self) -> VecDeque<String> {
        std::mem::take(&mut self.refused)
    }

    pub fn call_began(&mut self, id: &str, tool: &str) {
        push(&mut self.open, (id.to_owned(), tool.to_owned()), OPEN);
    }

    /// The tool of the call that `id` ends.
    pub fn call_ended(&mut self, id: &str) -> Option<String> {
        let at = self.open.iter().rposition(|(known, _)| known == id)?;
        self.open.remove(at).map(|(_, tool)| tool)
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(item);
}

fn hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}
