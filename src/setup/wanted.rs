//! What an agent is to be wired with, and the pieces that this comes to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::detect::Version;
use super::edit::{Change, Edit, Keys, steps};
use super::ours::Program;
use crate::adapters::Places;

/// Where an agent is wired; a record of it finds everything again, whatever the environment says by then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Surroundings {
    pub home: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claude_config_dir: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codex_home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copilot_home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gemini_cli_home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openclaw_state_dir: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openclaw_config_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pi_coding_agent_dir: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xdg_config_home: Option<String>,
}

impl From<&Places> for Surroundings {
    fn from(places: &Places) -> Self {
        Self {
            home: places.home.clone(),
            claude_config_dir: places.claude_config_dir.clone(),
            codex_home: places.codex_home.clone(),
            copilot_home: places.copilot_home.clone(),
            gemini_cli_home: places.gemini_cli_home.clone(),
            openclaw_state_dir: places.openclaw_state_dir.clone(),
            openclaw_config_path: places.openclaw_config_path.clone(),
            pi_coding_agent_dir: places.pi_coding_agent_dir.clone(),
            xdg_config_home: places.xdg_config_home.as_ref().map(|dir| dir.to_string_lossy().into_owned()),
        }
    }
}

impl Surroundings {
    /// A directory that a variable may name, relative to the home where it is.
    pub fn dir(&self, named: Option<&str>, usual: &str) -> PathBuf {
        match named.filter(|dir| !dir.is_empty()) {
            Some(dir) => match dir.strip_prefix("~/") {
                Some(rest) => self.home.join(rest),
                None => self.home.join(dir),
            },
            None => self.home.join(usual),
        }
    }
}

/// One place to be wired.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    pub around: Surroundings,
    /// The project whose instructions tell of tma1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<PathBuf>,
}

/// Everything that a wiring depends on.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    pub target: &'a Target,
    pub program: &'a Program,
    /// Of the client; `None`: not known, so that only what every version takes is written.
    pub version: Option<&'a Version>,
    /// Where telemetry goes, such as `http://127.0.0.1:14318`.
    pub url: &'a str,
}

/// What a piece is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Hooks,
    Mcp,
    Skill,
    Telemetry,
    Instructions,
    Service,
}

impl Part {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hooks => "hooks",
            Self::Mcp => "mcp",
            Self::Skill => "skill",
            Self::Telemetry => "telemetry",
            Self::Instructions => "instructions",
            Self::Service => "service",
        }
    }
}

/// What is to hold of one file, and how it is taken back.
#[derive(Debug, Clone)]
pub struct Piece {
    pub part: Part,
    pub path: PathBuf,
    /// The agent's own lock for this file.
    pub lock: Option<PathBuf>,
    pub put: Edit,
    pub take: Edit,
    /// The user's own settings win over this piece as a whole: if one of these members stands there and is not ours, or
    /// one that we would set has another value, nothing of it is written.
    pub yields: Option<Vec<Keys>>,
    /// Only put where this member stands: a list that shuts out whoever is not in it must not be made.
    pub beside: Option<Keys>,
    /// Other files in which it may stand: where it goes depends on which were there when it was put.
    pub elsewhere: Vec<PathBuf>,
    /// The text of a file that is all ours, by which it is known again.
    pub own: Option<String>,
}

impl Piece {
    pub fn new(part: Part, path: impl Into<PathBuf>, put: Edit, take: Edit) -> Self {
        Self {
            part,
            path: path.into(),
            lock: None,
            put,
            take,
            yields: None,
            beside: None,
            elsewhere: Vec::new(),
            own: None,
        }
    }

    /// A file that is all ours: there, or not there in this version of the client.
    pub fn own_file(part: Part, path: impl Into<PathBuf>, text: impl Into<String>, there: bool) -> Self {
        let text = text.into();
        let put = Edit::Whole(there.then(|| text.clone()));
        Self { own: Some(text), ..Self::new(part, path, put, Edit::Whole(None)) }
    }

    #[must_use]
    pub fn locked_by(mut self, lock: impl Into<PathBuf>) -> Self {
        self.lock = Some(lock.into());
        self
    }

    #[must_use]
    pub fn yielding(mut self, to: Vec<Keys>) -> Self {
        self.yields = Some(to);
        self
    }

    #[must_use]
    pub fn only_beside(mut self, at: Keys) -> Self {
        self.beside = Some(at);
        self
    }

    pub fn change(&self, edit: &Edit) -> Change {
        Change { path: self.path.clone(), edit: edit.clone(), lock: self.lock.clone() }
    }

    pub fn is_own_file(&self) -> bool {
        self.own.is_some()
    }

    /// Whether the member is there beside which alone it is written.
    pub fn has_its_place(&self, text: &str) -> bool {
        let value = |at: &Keys| self.put.open(text).ok().and_then(|document| document.value(&steps(at)));
        // An empty list says nothing yet; with us in it, it would shut out everybody else.
        self.beside.as_ref().is_none_or(|at| value(at).is_some_and(|value| !value.is_empty()))
    }

    /// What several agents may share: a file of ours, our block in a text.
    pub fn may_be_shared(&self) -> bool {
        self.own.is_some() || matches!(self.put, Edit::Block { .. })
    }
}
