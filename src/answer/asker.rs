//! Who asks, from where, when, and of which store.

use std::path::PathBuf;

use super::Refusal;
use super::deliveries::Wishes;
use crate::clock::Clock;
use crate::model::{Agent, LIVE_MS, Millis, ProcessId, UnknownAgent};
use crate::store::{Reader, SessionRow};

pub use crate::store::Interrupter;

/// What a door knows of the asker before any question is put. Nothing here is read from the process.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    /// The agent that asks, where the door knows it.
    pub caller: Option<Agent>,
    /// The asking process's working directory.
    pub cwd: PathBuf,
    /// Where the agent says that its project is (`CLAUDE_PROJECT_DIR`).
    pub project_dir: Option<PathBuf>,
    /// The session that the request itself names (`_meta` of an MCP call).
    pub meta_session: Option<String>,
    /// The agent's own process: its hooks told which session it is in.
    pub process: Option<ProcessId>,
    /// The session of the agent's environment (`CLAUDE_CODE_SESSION_ID`): inherited, so it counts less.
    pub env_session: Option<String>,
    /// How much agents are told.
    pub wishes: Wishes,
}

/// Puts questions to the store.
pub struct Asker {
    pub store: Reader,
    pub around: Surroundings,
    pub clock: Clock,
}

impl Asker {
    /// # Errors
    /// There is no store yet, or none that this program can read.
    pub fn new(around: Surroundings, clock: Clock) -> Result<Self, Refusal> {
        Ok(Self { store: Reader::open(&around.data_dir)?, around, clock })
    }

    /// With a connection to the store that is there already.
    pub fn with(store: Reader, around: Surroundings, clock: Clock) -> Self {
        Self { store, around, clock }
    }

    /// For while there is no store: knows what is on the disk, and nobody's history.
    ///
    /// # Errors
    /// SQLite itself fails.
    pub fn without_store(around: Surroundings, clock: Clock) -> Result<Self, Refusal> {
        Ok(Self { store: Reader::empty()?, around, clock })
    }

    /// Stops, from another thread, whatever this asker looks up.
    pub fn interrupter(&self) -> Interrupter {
        self.store.interrupter()
    }

    pub fn now(&self) -> Millis {
        self.clock.now_ms()
    }

    pub fn is_live(&self, session: &SessionRow) -> bool {
        session.ended.is_none() && session.last_activity > self.live_since()
    }

    /// Sessions without activity since then are over.
    pub fn live_since(&self) -> Millis {
        self.now() - LIVE_MS
    }
}

/// History older than this is said to be old.
const FRESH_MS: Millis = 10 * 60 * 1000;

impl Asker {
    /// Who is meant by `agent_source`: an agent that we know, or a program that the store has heard of.
    ///
    /// # Errors
    /// Neither.
    pub fn agent_named(&self, name: &str) -> Result<Agent, Refusal> {
        name.parse().or_else(|unknown: UnknownAgent| {
            let others = self.store.other_agents()?;
            let known = others.iter().any(|other| other == name.trim());
            if known {
                Ok(Agent::of_name(name.trim()))
            } else {
                Err(Refusal::user(format!("argument `agent_source`: {unknown}")))
            }
        })
    }

    /// When the history was last up to date, where that is too long ago.
    pub fn old_since(&self) -> Result<Option<Millis>, Refusal> {
        Ok(self.store.last_import()?.filter(|at| self.now() - at > FRESH_MS))
    }

    /// Says how old the store is, where that matters.
    pub fn freshness(&self) -> Result<Option<String>, Refusal> {
        let old = self.old_since()?;
        Ok(old.map(|at| format!("history as of {}; `tma1 import` reads what is new", super::ago(self.now(), at))))
    }

    /// Why there is no session to speak of.
    pub(super) fn nothing_here(&self) -> Result<String, Refusal> {
        let fresh = self.freshness()?.map(|note| format!("; {note}")).unwrap_or_default();
        Ok(format!("no session of this project is known{fresh}"))
    }
}
