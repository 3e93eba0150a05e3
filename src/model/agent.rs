//! The coding agents we know by name, and the spellings people use for them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A coding agent. The snake-case name is the one shown everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    ClaudeCode,
    Codex,
    CopilotCli,
    Openclaw,
    GeminiCli,
    Opencode,
    Pi,
}

impl Agent {
    pub const ALL: [Self; 7] =
        [Self::ClaudeCode, Self::Codex, Self::CopilotCli, Self::Openclaw, Self::GeminiCli, Self::Opencode, Self::Pi];

    /// The name in tools, views and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude_code",
            Self::Codex => "codex",
            Self::CopilotCli => "copilot_cli",
            Self::Openclaw => "openclaw",
            Self::GeminiCli => "gemini_cli",
            Self::Opencode => "opencode",
            Self::Pi => "pi",
        }
    }

    /// All names, for messages that say what is allowed.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is none that we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown agent \"{0}\"; known: {known}", known = Agent::names())]
pub struct UnknownAgent(pub String);

impl FromStr for Agent {
    type Err = UnknownAgent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_lowercase().replace('-', "_");
        Ok(match name.as_str() {
            "claude_code" | "claude" | "cc" | "claudecode" => Self::ClaudeCode,
            "codex" => Self::Codex,
            "copilot_cli" | "copilot" | "github_copilot" => Self::CopilotCli,
            "openclaw" => Self::Openclaw,
            "gemini_cli" | "gemini" => Self::GeminiCli,
            "opencode" => Self::Opencode,
            "pi" => Self::Pi,
            _ => return Err(UnknownAgent(text.trim().to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_and_aliases_are_understood() {
        for agent in Agent::ALL {
            assert_eq!(agent.name().parse(), Ok(agent));
            assert_eq!(agent.name().replace('_', "-").parse(), Ok(agent));
        }
        for (alias, agent) in [
            ("cc", Agent::ClaudeCode),
            (" Claude ", Agent::ClaudeCode),
            ("copilot", Agent::CopilotCli),
            ("gemini", Agent::GeminiCli),
        ] {
            assert_eq!(alias.parse(), Ok(agent));
        }
        let error = "cursor".parse::<Agent>().unwrap_err().to_string();
        assert!(error.contains("\"cursor\"") && error.contains("claude_code"), "{error}");
    }
}
