//! What a chat's parser must remember between two readings of one file. Ids and numbers only: it is stored as is.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::model::Millis;

/// A compaction keeps a third of a conversation; more messages than this are not remembered.
const COPIES: usize = 4096;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The first session that wrote here: ids of records are its own.
    pub scope: Option<String>,
    /// Whoever writes now.
    pub session: Option<String>,
    pub is_subagent: bool,
    pub last_ms: Option<Millis>,
    /// A summary was written, and what is kept beside it is about to be written again.
    pub compacting: bool,
    /// Messages that were written again under new ids.
    copies: VecDeque<u64>,
}

impl State {
    pub fn load(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub fn save(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    pub fn copied(&mut self, id: &str) {
        if self.is_copy(id) {
            return;
        }
        if self.copies.len() == COPIES {
            self.copies.pop_front();
        }
        self.copies.push_back(xxh3_64(id.as_bytes()));
    }

    pub fn is_copy(&self, id: &str) -> bool {
        !self.copies.is_empty() && self.copies.contains(&xxh3_64(id.as_bytes()))
    }
}
