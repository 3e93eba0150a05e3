//! What a rollout's parser must remember between two readings of one file. Ids and numbers only: it is stored as is.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::thread::Thread;
use crate::model::{Millis, ToolKind};

/// Calls that wait for their result; more at a time were never seen.
const OPEN: usize = 256;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub thread: Thread,
    pub last_ms: Option<Millis>,
    /// The turn under work.
    pub turn: Option<String>,
    pub model: Option<String>,
    pub tier: Option<String>,
    /// The counter of all tokens as it was told last.
    pub total: Option<[i64; 6]>,
    /// Of the model's context, as it was told last.
    #[serde(default)]
    pub window: Option<i64>,
    /// Requests are told one by one: the counter only repeats them.
    pub records: bool,
    /// The newest prompt, told by an event (`false`) or as an item: versions may write both.
    pub prompt: Option<(u64, bool, Millis)>,
    /// Calls without a result yet: id, tool, and what the call does with it.
    open: VecDeque<(String, String, ToolKind)>,
    /// Commands that go on, by the client's number for their process.
    running: VecDeque<(i64, String)>,
    /// Calls that look after such a process.
    looking: VecDeque<(String, i64)>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub fn call_began(&mut self, id: &str, tool: &str, kind: ToolKind) {
        push(&mut self.open, (id.to_owned(), tool.to_owned(), kind));
    }

    /// Tool and kind of a call that has not ended.
    pub fn open_call(&self, id: &str) -> Option<(String, ToolKind)> {
        self.open.iter().rev().find(|(known, ..)| known == id).map(|(_, tool, kind)| (tool.clone(), *kind))
    }

    pub fn call_ended(&mut self, id: &str) {
        self.open.retain(|(known, ..)| known != id);
    }

    /// The calls that are open now, and are not from here on.
    pub fn take_open(&mut self) -> impl Iterator<Item = String> {
        std::mem::take(&mut self.open).into_iter().map(|(id, ..)| id)
    }

    pub fn goes_on(&mut self, process: i64, call_id: &str) {
        self.running.retain(|(known, _)| *known != process);
        push(&mut self.running, (process, call_id.to_owned()));
    }

    pub fn looks_after(&mut self, call_id: &str, process: i64) {
        push(&mut self.looking, (call_id.to_owned(), process));
    }

    /// The command whose process `call_id` looked after, when that is over.
    pub fn process_ended(&mut self, call_id: &str, over: bool) -> Option<String> {
        let at = self.looking.iter().rposition(|(known, _)| known == call_id)?;
        let (_, process) = self.looking.remove(at)?;
        let at = self.running.iter().rposition(|(known, _)| *known == process).filter(|_| over)?;
        self.running.remove(at).map(|(_, id)| id)
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == OPEN {
        queue.pop_front();
    }
    queue.push_back(item);
}
