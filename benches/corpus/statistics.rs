//! What was written into a corpus, counted by the rules of the store, to be compared with what is read out of it.

use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_creation: u64,
    pub reasoning: u64,
}

impl Tokens {
    pub fn add(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_creation += other.cache_creation;
        self.reasoning += other.reasoning;
    }
}

/// Copies of earlier history (forks, repeated blocks) are in `bytes`, `records` and `kinds`, and nowhere else.
#[derive(Debug, Default, Clone)]
pub struct Statistics {
    pub bytes: u64,
    pub files: u64,
    pub records: u64,
    pub sessions: u64,
    pub subagents: u64,
    pub forks: u64,
    pub prompts: u64,
    /// Responses of a model, one per `message.id`.
    pub responses: u64,
    pub thinking: u64,
    pub tool_calls: u64,
    pub tool_errors: u64,
    pub denied: u64,
    /// Shell calls that build or test, and those of them that failed.
    pub builds: u64,
    pub failed_builds: u64,
    pub compactions: u64,
    pub models: BTreeMap<&'static str, Tokens>,
    /// Records and bytes by type of record.
    pub kinds: BTreeMap<&'static str, (u64, u64)>,
    /// Bytes inside the records: results in messages, their structured copies, thinking, …
    pub parts: BTreeMap<&'static str, u64>,
    /// Roots of the projects, those with the most sessions first.
    pub projects: Vec<String>,
    /// Words that stand in exactly one message.
    pub rare: Vec<String>,
    /// Made-up secrets: none of them may be found in the store.
    pub secrets: Vec<String>,
    pub took: Duration,
}

impl Statistics {
    pub fn tokens(&self) -> Tokens {
        let mut sum = Tokens::default();
        self.models.values().for_each(|tokens| sum.add(*tokens));
        sum
    }

    /// The rows that the store will hold at least: messages, tool calls and requests.
    pub fn rows(&self) -> u64 {
        self.prompts + 2 * self.responses + self.thinking + self.tool_calls
    }

    pub fn part(&mut self, name: &'static str, bytes: usize) {
        *self.parts.entry(name).or_default() += bytes as u64;
    }

    pub fn record(&mut self, kind: &'static str, bytes: usize) {
        self.records += 1;
        self.bytes += bytes as u64;
        let entry = self.kinds.entry(kind).or_default();
        entry.0 += 1;
        entry.1 += bytes as u64;
    }
}
