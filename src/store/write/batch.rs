//! What is committed together: facts, and how far their source has been read.

use std::collections::HashMap;

use crate::model::{Agent, Fact, Millis, Role, SessionId, Skip, TelemetryOrigin};

/// How far a source file has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePosition {
    pub path: String,
    pub agent: Agent,
    pub device: i64,
    pub inode: i64,
    /// Hash of the first `head_bytes` bytes: tells a replaced file from a grown one.
    pub head_hash: i64,
    pub head_bytes: i64,
    pub offset: i64,
    pub line: i64,
    pub size: i64,
    pub mtime_ns: i64,
    pub state: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Slot {
    Message(Role),
    ToolCall,
    Usage,
}

/// Facts of one source, merged as they come: records of one response or call usually stand close together,
/// and what is merged here costs the writer nothing.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    pub(super) facts: Vec<Fact>,
    pub(super) source: Option<(Agent, String)>,
    pub(super) position: Option<SourcePosition>,
    pub(super) restarted: bool,
    /// What was counted of the file for reasons that begin like this is over.
    pub(super) settled: Option<&'static str>,
    pub(super) read_ms: Millis,
    pub(super) skips: Vec<Skip>,
    pub(super) records: u64,
    /// First and last moment told of each session. Taken before facts are merged, and for the session that tells
    /// them: who owns a copy depends on what else was read, when somebody was busy does not.
    pub(super) activity: Vec<(SessionId, Millis, Millis)>,
    seen: HashMap<(Slot, u64), usize>,
    weight: usize,
}

impl Batch {
    /// A batch of what `path` holds. `restarted`: the file is read from its beginning, so what was counted of
    /// it before is forgotten.
    pub fn of(agent: Agent, path: &str, restarted: bool, read_ms: Millis) -> Self {
        Self { source: Some((agent, path.to_owned())), restarted, read_ms, ..Self::default() }
    }

    /// A batch that no file stands behind.
    pub fn told(read_ms: Millis) -> Self {
        Self { read_ms, ..Self::default() }
    }

    pub fn push(&mut self, fact: Fact) {
        self.weight += weight(&fact);
        match &fact {
            Fact::Message(m) => self.active(&m.session, m.at),
            Fact::Usage(u) => self.active(&u.session, u.at),
            Fact::ToolCall(c) => {
                for at in [c.started_at, c.ended_at].into_iter().flatten() {
                    self.active(&c.session, at);
                }
            }
            Fact::Event(e) => {
                if let Some(session) = &e.session {
                    self.active(session, e.at);
                }
            }
            _ => {}
        }
        let slot = match &fact {
            Fact::Message(m) => {
                Some((Slot::Message(m.role), hash(&[m.session.agent.name(), &m.session.id, &m.message_id])))
            }
            Fact::ToolCall(c) => Some((Slot::ToolCall, hash(&[c.session.agent.name(), &c.session.id, &c.call_id]))),
            Fact::Usage(u) => Some((
                Slot::Usage,
                hash(&[u.session.agent.name(), &u.session.id, &u.response_id, u.request_id.as_deref().unwrap_or("")]),
            )),
            _ => None,
        };
        let Some(slot) = slot else {
            self.facts.push(fact);
            return;
        };
        let Some(&at) = self.seen.get(&slot) else {
            self.seen.insert(slot, self.facts.len());
            self.facts.push(fact);
            return;
        };
        match (&mut self.facts[at], fact) {
            (Fact::Message(known), Fact::Message(more)) => known.absorb(more),
            (Fact::ToolCall(known), Fact::ToolCall(more)) => known.absorb(more),
            (Fact::Usage(known), Fact::Usage(more)) if known.sidechain == more.sidechain => known.absorb(more),
            (_, fact) => self.facts.push(fact),
        }
    }

    fn active(&mut self, session: &SessionId, at: Millis) {
        // Nearly always the one that was told of last.
        match self.activity.iter_mut().rev().find(|(known, ..)| known == session) {
            Some((_, first, last)) => (*first, *last) = (at.min(*first), at.max(*last)),
            None => self.activity.push((session.clone(), at, at)),
        }
    }

    pub fn skip(&mut self, skip: Skip) {
        self.weight += 64;
        self.skips.push(skip);
    }

    /// Forgets what was counted of the file for reasons that begin with `reason`.
    pub fn settled(&mut self, reason: &'static str) {
        self.settled = Some(reason);
    }

    /// Counts records that were understood.
    pub fn add_records(&mut self, records: u64) {
        self.records += records;
    }

    pub fn records(&self) -> u64 {
        self.records
    }

    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    pub fn skips(&self) -> &[Skip] {
        &self.skips
    }

    pub fn set_position(&mut self, position: SourcePosition) {
        self.position = Some(position);
    }

    /// Rough size in memory, to decide when to hand the batch over.
    pub fn weight(&self) -> usize {
        self.weight
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.skips.is_empty() && self.records == 0
    }
}

fn hash(parts: &[&str]) -> u64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

fn weight(fact: &Fact) -> usize {
    const ROW: usize = 256;
    let told = |origin: &TelemetryOrigin| origin.attributes.len() + origin.resource.len();
    ROW + match fact {
        Fact::Message(m) => m.pieces.iter().map(|p| p.text.len()).sum(),
        Fact::ToolCall(c) => c.output.as_ref().map_or(0, String::len) + c.input.as_ref().map_or(0, String::len),
        Fact::Event(e) => e.payload.as_ref().map_or(0, String::len),
        Fact::Log(l) => told(&l.origin) + l.body.as_ref().map_or(0, String::len),
        Fact::Span(s) => told(&s.origin) + s.events.as_ref().map_or(0, String::len),
        Fact::Point(p) => told(&p.origin) + p.buckets.as_ref().map_or(0, String::len),
        _ => 0,
    }
}
