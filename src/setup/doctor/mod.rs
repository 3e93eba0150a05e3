//! Looks at every wiring the way its agent will use it, and says of each part whether it works, else what to do.
//!
//! It edits nothing. What it has to run (a hook, the MCP server, the client itself) it runs as the agent would, and ends.

mod client;
mod fire;
mod hooks;
mod mcp;
mod obstacle;
mod place;
mod process;
mod program;
mod registered;
mod telemetry;
mod texts;
mod trust;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use super::agents;
use super::edit::EditError;
use super::manifest::Manifest;
use super::ours::Program;
use super::wanted::Surroundings;
use crate::model::Agent;

pub use obstacle::{Files, Obstacle};
pub use place::Examined;
pub use trust::{Handler, Trust};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Ok,
    /// It works, but not as well as it could.
    Warn,
    Fail,
    /// Neither good nor bad.
    Info,
}

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `None`: it is about tma1 itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// Where the agent's settings lie, where that is not the place that the environment names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<PathBuf>,
    pub check: &'static str,
    pub status: Status,
    pub message: String,
    /// What to do; begins in lower case, as it follows the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Check {
    fn new(check: &'static str, status: Status, message: impl Into<String>) -> Self {
        Self { agent: None, home: None, check, status, message: message.into(), fix: None }
    }

    pub fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, message)
    }

    pub fn info(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Info, message)
    }

    pub fn warn(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Warn, message)
    }

    pub fn fail(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Status::Fail, message)
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// A file that cannot be read or understood.
    fn unreadable(check: &'static str, error: &EditError) -> Self {
        match error {
            EditError::Syntax { path, place, what } => {
                Self::fail(check, format!("{}:{place}: {what}", path.display())).fix("mend this line")
            }
            EditError::Encoding { path, place } => {
                Self::fail(check, format!("{}:{place}: this byte is no UTF-8", path.display()))
                    .fix("save the file as UTF-8")
            }
            EditError::Unfit { path, place, what } => {
                Self::fail(check, format!("{}:{place}: {what}", path.display())).fix("change or rename it")
            }
            EditError::Io { path, source } => {
                Self::fail(check, format!("{}: {source}", path.display())).fix("make it accessible")
            }
            other => Self::fail(check, other.to_string()),
        }
    }
}

/// When something of an agent arrived last, in words such as `3 min ago`; `None`: never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    pub hooks: Option<String>,
    pub telemetry: Option<String>,
}

/// What the wirings are held against.
#[derive(Debug)]
pub struct Visit<'a> {
    /// As an installation of this binary would write it.
    pub program: &'a Program,
    pub around: &'a Surroundings,
    pub url: &'a str,
    pub manifest: &'a Manifest,
    pub search: Option<&'a OsStr>,
    pub env: &'a [(OsString, OsString)],
    /// An event of which nothing is kept; whoever hears it says so.
    pub event: &'a [u8],
    /// The process of the sidecar that is to hear the hooks; `None`: none runs.
    pub sidecar: Option<u32>,
    /// Whether it listens where telemetry is sent to.
    pub receives: bool,
    pub heard: &'a BTreeMap<Agent, Heard>,
}

impl Visit<'_> {
    fn heard(&self, agent: Agent) -> Heard {
        self.heard.get(&agent).cloned().unwrap_or_default()
    }
}

/// All agents that are here or were wired, in the order of the list. They are looked at at once: some take seconds.
pub fn examine(visit: &Visit<'_>) -> Vec<Examined> {
    thread::scope(|scope| {
        let looking: Vec<_> = agents::ALL
            .iter()
            .flat_map(|wiring| place::places(*wiring, visit).into_iter().map(move |place| (*wiring, place)))
            .map(|(wiring, place)| scope.spawn(move || place.examine(wiring, visit)))
            .collect();
        looking.into_iter().filter_map(|looked| looked.join().ok()).collect()
    })
}

/// As it is typed.
fn hyphenated(agent: Agent) -> String {
    agent.name().replace('_', "-")
}

fn install_again(agent: Agent) -> String {
    format!("run `tma1 install --adapter {}`", hyphenated(agent))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
