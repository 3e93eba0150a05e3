//! Whose a rollout is: a session of its own, a fork, or a sub-agent of another; and which of its records are copies.
//!
//! A fork, and a sub-agent that is given its parent's history, begin with a copy of the parent's records, dated anew
//! or not. A copy counts where it was written first; here it is passed over.

use serde::{Deserialize, Serialize};

use super::wire::{Git, HistoryBase, Meta, Record, Source, Spawn, Subagent};
use crate::adapters::json::{self, Raw};
use crate::model::Millis;

/// A copy is written in one go; what comes later than this after the line before it is new.
const COPIED_WITHIN_MS: Millis = 1000;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    /// The thread's own id.
    pub id: Option<String>,
    /// Of the session that the thread is part of.
    pub session: Option<String>,
    /// It is a sub-agent's.
    pub side: bool,
    pub born: Option<Millis>,
    /// The first record of its own, where that is told.
    start: Option<i64>,
    /// It may hold a copy.
    forked: bool,
    history: History,
    /// When the newest copied record was written.
    copied_at: Option<Millis>,
    /// The turn comes from another agent's history.
    imported: bool,
}

/// Where in its file the reading is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum History {
    #[default]
    Unread,
    /// In the copy.
    Copied,
    Own,
}

/// What the first record says besides.
#[derive(Debug, Default)]
pub(super) struct Opening {
    pub cwd: Option<String>,
    pub branch: Option<String>,
    pub version: Option<String>,
    /// The session that this one was forked from.
    pub forked_from: Option<String>,
    pub agent_type: Option<String>,
}

impl Thread {
    /// Takes in a `session_meta`; `None`: it is a copy.
    pub fn meta(&mut self, meta: &Meta<'_>) -> Option<Opening> {
        let id = json::string(meta.id).or_else(|| json::string(meta.session_id))?;
        if self.id.as_ref().is_some_and(|own| *own != id) {
            // The parent's, at the head of the copy.
            if self.history == History::Unread && self.start.is_none() {
                self.history = History::Copied;
            }
            return None;
        }
        let source: Source<'_> = json::object(meta.source).unwrap_or_default();
        let subagent = Side::of(&source);
        let spawned = subagent.as_ref().and_then(|side| side.parent.clone());
        let parent = json::string(meta.parent_thread).or(spawned).filter(|parent| *parent != id);
        let forked_from = json::string(meta.forked_from).filter(|from| *from != id);
        if self.id.is_none() {
            self.side = subagent.is_some() || parent.is_some();
            // The root of the tree where it is told, else the parent.
            let root = json::string(meta.session_id).filter(|root| self.side && *root != id);
            self.session = Some(root.or_else(|| parent.clone().filter(|_| self.side)).unwrap_or_else(|| id.clone()));
            self.born = json::time(meta.timestamp).or_else(|| born(&id));
            self.forked = forked_from.is_some() || parent.is_some();
            let base: HistoryBase<'_> = json::object(meta.history_base).unwrap_or_default();
            self.start = json::int(meta.history_start).max(json::int(base.end)).filter(|start| *start > 0);
            // A fork begins with a copy, a sub-agent may.
            if forked_from.is_some() && !self.side && self.start.is_none() {
                self.history = History::Copied;
            }
            self.id = Some(id);
        }
        let git: Git<'_> = json::object(meta.git).unwrap_or_default();
        Some(Opening {
            cwd: json::string(meta.cwd),
            branch: json::string(git.branch),
            version: json::string(meta.cli_version),
            forked_from: forked_from.filter(|_| !self.side),
            agent_type: json::string(meta.agent_role).or_else(|| subagent.as_ref().and_then(|side| side.kind.clone())),
        })
    }

    /// The sub-agent that speaks.
    pub fn agent_id(&self) -> Option<String> {
        self.id.clone().filter(|_| self.side)
    }

    /// Whether a record is a copy. `turn`: the one that it begins; `prompt`: it is a person's.
    pub fn copied(&mut self, record: &Record<'_>, at: Option<Millis>, turn: Option<&str>, prompt: bool) -> bool {
        if let Some(turn) = turn {
            self.imported = turn.starts_with("external-import-turn-");
        }
        let copied = self.imported || self.inherited(record, at, turn, prompt);
        if !copied {
            self.history = History::Own;
        }
        copied
    }

    fn inherited(&mut self, record: &Record<'_>, at: Option<Millis>, turn: Option<&str>, prompt: bool) -> bool {
        if let (Some(start), Some(ordinal)) = (self.start, json::int(record.ordinal)) {
            return ordinal < start;
        }
        // Copies may keep their dates.
        if self.forked && self.born.zip(at).is_some_and(|(born, at)| at < born) {
            return true;
        }
        if self.history == History::Own || self.history == History::Unread && !self.forked {
            return false;
        }
        let late = || self.copied_at.or(self.born).zip(at).is_some_and(|(last, at)| at > last + COPIED_WITHIN_MS);
        let copied = match turn.map(|turn| (born(turn), self.id.as_deref().and_then(born))) {
            // Turns are numbered by when they began.
            Some((Some(turn), Some(thread))) => turn < thread,
            None if !prompt => self.history == History::Copied,
            _ => self.history == History::Copied && !late(),
        };
        if copied {
            self.history = History::Copied;
            self.copied_at = at.or(self.copied_at);
        }
        copied
    }
}

/// What a `source` that is no plain name says.
struct Side {
    kind: Option<String>,
    parent: Option<String>,
}

impl Side {
    fn of(source: &Source<'_>) -> Option<Self> {
        let raw: Raw<'_> = source.subagent.or(source.internal).filter(|raw| raw.get() != "null");
        raw?;
        let subagent: Subagent<'_> = json::object(raw).unwrap_or_default();
        let spawn: Spawn<'_> = json::object(subagent.spawn).unwrap_or_default();
        Some(Self {
            kind: json::string(spawn.role).or_else(|| json::string(subagent.other)).or_else(|| json::string(raw)),
            parent: json::string(spawn.parent),
        })
    }
}

/// When an id was made, where it tells: a UUID of version 7 begins with the time.
fn born(id: &str) -> Option<Millis> {
    let digits = id.as_bytes();
    (digits.len() == 36 && digits.get(14) == Some(&b'7')).then_some(())?;
    Millis::from_str_radix(&format!("{}{}", id.get(..8)?, id.get(9..13)?), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        assert_eq!(born("01a1f863-1300-7592-a2ed-a8651c189e0a"), Some(1_795_168_604_928));
        assert_eq!(born("97b66f6c-a160-40e0-bd0f-1fdcbbb9498b"), None);
        assert_eq!(born("1"), None);
        assert_eq!(born("é1a1f863-1300-7592-a2ed-a8651c189e0"), None);
    }
}
