//! How tma1 itself is doing: the store, what it was filled from, what could not be read.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deliveries::Muted;
use super::trouble::{Trouble, gone, troubles};
use super::{Asker, Refusal, Surroundings, rfc3339};
use crate::clock::Clock;
use crate::store::{AgentState, Reader, SCHEMA_VERSION, SkipRow, StoreError};

/// Of what was passed over, so many of the newest are shown.
const SKIPS: usize = 20;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Store {
    pub path: String,
    pub exists: bool,
    pub bytes: i64,
    /// Of the log beside it, which the writer folds back.
    pub log_bytes: i64,
    pub schema: Option<i64>,
}

/// The process that listens to hooks and follows transcripts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sidecar {
    pub running: bool,
    pub pid: Option<u32>,
    pub version: Option<String>,
    pub started_at: Option<String>,
    /// Where it listens; `address` is absent while the port is taken.
    pub socket: Option<String>,
    pub address: Option<String>,
    /// Why something does not work that should.
    pub problems: Vec<String>,
    /// Events that wait to be stored.
    pub queue: i64,
    /// Counted since it started, such as `hooks_received`, `hooks_stored`, `hooks_unreadable`, `task_panics`.
    pub counters: BTreeMap<String, i64>,
    /// By agent, since it started; `other`: services of no agent we know.
    pub telemetry: BTreeMap<String, Telemetry>,
}

/// What an agent's OpenTelemetry brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Telemetry {
    pub requests: i64,
    pub logs: i64,
    /// Counted, and not kept.
    pub spans: i64,
    pub data_points: i64,
    pub last_at: Option<String>,
}

/// Events that wait to be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spool {
    pub events: i64,
    pub files: i64,
    pub bytes: i64,
    /// Events that could neither be stored nor kept, ever.
    pub lost: i64,
    /// Places of the spool that could not be read, ever.
    pub damaged: i64,
}

/// What one agent's history came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    pub agent: String,
    pub last_event_at: Option<String>,
    pub files: i64,
    /// Read from those files.
    pub records: i64,
    /// Stored: messages, tool calls, requests and events.
    pub rows: i64,
    pub sessions: i64,
    pub skipped_records: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PassedOver {
    pub agent: String,
    pub reason: String,
    pub count: i64,
    pub path: String,
    pub sample: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    pub version: &'static str,
    /// `ok`, or `empty` while there is no store.
    pub health: &'static str,
    pub store: Store,
    pub sidecar: Sidecar,
    pub spool: Spool,
    pub last_import_at: Option<String>,
    pub sessions: i64,
    pub messages: i64,
    pub tool_calls: i64,
    pub requests: i64,
    pub sources: Vec<Source>,
    /// What could not be read as a whole: files, directories, databases of agents.
    pub unreadable: Vec<Trouble>,
    pub skipped_total: i64,
    /// Newest first.
    pub skipped: Vec<PassedOver>,
    /// What agents are not told of for now, but where it is urgent.
    pub muted: Vec<Muted>,
}

/// The state of the store; that there is none yet is an answer, too. Of the sidecar nothing is said:
/// whoever can reach it fills that in.
///
/// # Errors
/// A store that this program can't read.
pub fn status(around: Surroundings, clock: Clock) -> Result<Status, Refusal> {
    let data_dir = around.data_dir.as_path();
    let path = data_dir.join("tma1.db");
    let mut status = Status { version: env!("CARGO_PKG_VERSION"), health: "empty", ..Status::default() };
    status.store.path = path.to_string_lossy().into_owned();
    status.spool = spool(data_dir);
    let store = match Reader::open(data_dir) {
        Ok(store) => store,
        Err(StoreError::Missing(_)) => return Ok(status),
        Err(error) => return Err(error.into()),
    };
    let state = store.state(SKIPS)?;
    status.health = "ok";
    status.store.exists = true;
    status.store.bytes = state.bytes;
    status.store.log_bytes = size(&data_dir.join("tma1.db-wal"));
    status.store.schema = Some(SCHEMA_VERSION);
    status.last_import_at = state.last_import.map(rfc3339);
    status.sessions = state.sessions;
    status.messages = state.messages;
    status.tool_calls = state.tool_calls;
    status.requests = state.requests;
    status.sources = state.agents.into_iter().map(source).collect();
    status.unreadable = troubles(&store)?;
    status.unreadable.extend(gone(&store)?);
    status.skipped_total = state.skipped_total;
    status.skipped = state.skips.into_iter().map(passed_over).collect();
    status.muted = Asker::with(store, around, clock).muted(&TimeZone::system())?;
    Ok(status)
}

fn source(agent: AgentState) -> Source {
    Source {
        agent: agent.agent,
        last_event_at: agent.last_activity.map(rfc3339),
        files: agent.files,
        records: agent.records,
        rows: agent.rows,
        sessions: agent.sessions,
        skipped_records: agent.skipped,
    }
}

fn spool(data_dir: &Path) -> Spool {
    let state = crate::spool::Spool::new(data_dir).state();
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Spool {
        events: count(state.entries),
        files: count(state.files),
        bytes: count(state.bytes),
        lost: count(state.lost),
        damaged: count(state.damaged),
    }
}

/// Of a file; zero where there is none.
fn size(path: &Path) -> i64 {
    path.metadata().map_or(0, |meta| i64::try_from(meta.len()).unwrap_or(i64::MAX))
}

fn passed_over(skip: SkipRow) -> PassedOver {
    PassedOver { agent: skip.agent, reason: skip.reason, count: skip.count, path: skip.path, sample: skip.sample }
}
