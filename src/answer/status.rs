//! How tma1 itself is doing: the store, what it was filled from, what could not be read.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Refusal, rfc3339};
use crate::store::{AgentState, Reader, SCHEMA_VERSION, SkipRow, StoreError};

/// Of what was passed over, so many of the newest are shown.
const SKIPS: usize = 20;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Store {
    pub path: String,
    pub exists: bool,
    pub bytes: i64,
    pub schema: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sidecar {
    pub running: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AgentSource {
    pub agent: String,
    pub files: i64,
    pub records: i64,
    pub sessions: i64,
    pub last_activity_at: Option<String>,
    pub skipped: i64,
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
    pub store: Store,
    pub sidecar: Sidecar,
    pub last_import_at: Option<String>,
    pub sessions: i64,
    pub messages: i64,
    pub tool_calls: i64,
    pub requests: i64,
    pub agents: Vec<AgentSource>,
    pub skipped_total: i64,
    /// Newest first.
    pub skipped: Vec<PassedOver>,
}

/// The state of the store in `data_dir`; that there is none yet is an answer, too.
///
/// # Errors
/// A store that this program can't read.
pub fn status(data_dir: &Path) -> Result<Status, Refusal> {
    let path = data_dir.join("tma1.db");
    let mut status = Status { version: env!("CARGO_PKG_VERSION"), ..Status::default() };
    status.store.path = path.to_string_lossy().into_owned();
    let store = match Reader::open(data_dir) {
        Ok(store) => store,
        Err(StoreError::Missing(_)) => return Ok(status),
        Err(error) => return Err(error.into()),
    };
    let state = store.state(SKIPS)?;
    status.store.exists = true;
    status.store.bytes = state.bytes;
    status.store.schema = Some(SCHEMA_VERSION);
    status.last_import_at = state.last_import.map(rfc3339);
    status.sessions = state.sessions;
    status.messages = state.messages;
    status.tool_calls = state.tool_calls;
    status.requests = state.requests;
    status.agents = state.agents.into_iter().map(source).collect();
    status.skipped_total = state.skipped_total;
    status.skipped = state.skips.into_iter().map(passed_over).collect();
    Ok(status)
}

fn source(agent: AgentState) -> AgentSource {
    AgentSource {
        agent: agent.agent,
        files: agent.files,
        records: agent.records,
        sessions: agent.sessions,
        last_activity_at: agent.last_activity.map(rfc3339),
        skipped: agent.skipped,
    }
}

fn passed_over(skip: SkipRow) -> PassedOver {
    PassedOver { agent: skip.agent, reason: skip.reason, count: skip.count, path: skip.path, sample: skip.sample }
}
