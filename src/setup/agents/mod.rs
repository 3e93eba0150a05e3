//! The agents that can be wired, one file each: which files tell them of tma1, and what they say.

mod claude_code;
mod codex;
mod copilot_cli;
mod gemini_cli;
mod openclaw;
mod opencode;
mod pi;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use super::doctor::{Files, Obstacle, Trust};
use super::wanted::{Piece, Surroundings, Target, Wanted};
use crate::model::Agent;

/// How one agent is wired. Pure: it looks at paths, never into files.
pub trait Wiring: Sync {
    fn agent(&self) -> Agent;

    /// What its program is called.
    fn program(&self) -> &'static str;

    /// The package on npm that the program comes in, where it does.
    fn package(&self) -> &'static str;

    /// What that package was called before.
    fn former_package(&self) -> Option<&'static str> {
        None
    }

    /// Whether `--version` is answered at once and leaves nothing behind.
    fn tells_version(&self) -> bool {
        true
    }

    /// Where its settings lie.
    fn home(&self, around: &Surroundings) -> PathBuf;

    fn pieces(&self, wanted: &Wanted<'_>) -> Vec<Piece>;

    /// What its user has to do before all of it works.
    fn still_to_do(&self) -> Option<&'static str> {
        None
    }

    /// Names and beginnings of names in its own environment that it hands on to an MCP server; `None`: all of it.
    fn hands_on(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// What of its settings keeps what we wrote from working.
    fn obstacles(&self, _target: &Target, _files: &Files) -> Vec<Obstacle> {
        Vec::new()
    }

    /// What has to be for its telemetry to come here, where that does not stand in a file that we write.
    fn sends_telemetry(&self, _url: &str) -> Option<String> {
        None
    }

    /// Our handlers, where it runs them only once its user has agreed to that.
    fn trust(&self, _around: &Surroundings, _files: &Files) -> Option<Trust> {
        None
    }
}

/// A new agent is its file and its line here.
pub const ALL: &[&dyn Wiring] = &[
    &claude_code::ClaudeCode,
    &codex::Codex,
    &copilot_cli::CopilotCli,
    &openclaw::Openclaw,
    &gemini_cli::GeminiCli,
    &opencode::Opencode,
    &pi::Pi,
];

pub fn find(agent: Agent) -> Option<&'static dyn Wiring> {
    ALL.iter().copied().find(|wiring| wiring.agent() == agent)
}
