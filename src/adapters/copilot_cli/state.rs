//! What a session's parser must remember between two readings of one file. Ids and numbers only: it is stored as is.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::model::{Millis, ToolKind};

/// Calls that wait for their result, and the like; more at a time were never seen.
const OPEN: usize = 256;

/// Input, output, read from a cache, written to one, reasoning.
pub(super) type Numbers = [i64; 5];

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub session: Option<String>,
    pub last_ms: Option<Millis>,
    /// What the main thread speaks with.
    pub model: Option<String>,
    /// Of the model's context, as it was told last.
    pub window: Option<i64>,
    /// When the session was started or resumed last.
    pub since: Option<Millis>,
    /// When it was over last, and what each model had taken by then.
    pub over: Option<(Millis, BTreeMap<String, Numbers>)>,
    /// The thought that was told last: the message after it may repeat it.
    pub thought: Option<u64>,
    /// What a hook made the agent go on with: it comes back as a prompt.
    pub held_for: Option<u64>,
    /// Sub-agents by the calls that started them.
    agents: VecDeque<(String, String)>,
    /// Calls without a result yet: id, tool, what it does, whose it is.
    open: VecDeque<(String, String, ToolKind, Option<String>)>,
    /// Commands that go on, by the client's name of their shell.
    running: VecDeque<(String, String)>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// Of a session that begins in the midst of a file.
    pub fn of(session: String, last_ms: Option<Millis>) -> Self {
        Self { session: Some(session), last_ms, since: last_ms, ..Self::default() }
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub fn agent_began(&mut self, call_id: &str, agent_id: &str) {
        self.agents.retain(|(known, _)| known != call_id);
        push(&mut self.agents, (call_id.to_owned(), agent_id.to_owned()));
    }

    /// The sub-agent that a call started.
    pub fn agent_of(&self, call_id: &str) -> Option<String> {
        self.agents.iter().rev().find(|(known, _)| known == call_id).map(|(_, agent)| agent.clone())
    }

    pub fn call_began(&mut self, id: &str, tool: &str, kind: ToolKind, agent_id: Option<&str>) {
        self.call_ended(id);
        push(&mut self.open, (id.to_owned(), tool.to_owned(), kind, agent_id.map(str::to_owned)));
    }

    /// Tool and kind of a call that has not ended.
    pub fn open_call(&self, id: &str) -> Option<(String, ToolKind)> {
        self.open.iter().rev().find(|(known, ..)| known == id).map(|(_, tool, kind, _)| (tool.clone(), *kind))
    }

    pub fn call_ended(&mut self, id: &str) {
        self.open.retain(|(known, ..)| known != id);
    }

    /// The calls of a thread that are open now, and are not from here on; of all threads where the main one stopped.
    pub fn take_open(&mut self, agent_id: Option<&str>) -> Vec<(String, Option<String>)> {
        let mut taken = Vec::new();
        self.open.retain(|(id, _, _, whose)| {
            let stops = agent_id.is_none() || whose.as_deref() == agent_id;
            if stops {
                taken.push((id.clone(), whose.clone()));
            }
            !stops
        });
        taken
    }

    pub fn goes_on(&mut self, shell: &str, call_id: &str) {
        if self.running.iter().any(|(known, _)| known == shell) {
            // A look at it, not its beginning.
            return;
        }
        push(&mut self.running, (shell.to_owned(), call_id.to_owned()));
    }

    /// The command that ran in a shell that is done.
    pub fn shell_done(&mut self, shell: &str) -> Option<String> {
        let at = self.running.iter().rposition(|(known, _)| known == shell)?;
        self.running.remove(at).map(|(_, call_id)| call_id)
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == OPEN {
        queue.pop_front();
    }
    queue.push_back(item);
}
