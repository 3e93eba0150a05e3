//! The coding agents we know by name, the spellings people use for them, and others that only telemetry tells of.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A coding agent. The snake-case name is the one shown everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agent {
    ClaudeCode,
    Codex,
    CopilotCli,
    Openclaw,
    GeminiCli,
    Opencode,
    Pi,
    /// A program that we know by the telemetry it sends, by the name of its service.
    Other(OtherAgent),
}

/// The name of a program that is none of the agents we know. There are few, and they stay in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherAgent(&'static str);

/// More are not told apart.
const OTHERS: usize = 256;
/// Bytes of a name.
const LONGEST: usize = 64;

static KNOWN: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

impl OtherAgent {
    fn named(name: &str) -> Self {
        let clean: String = name.trim().chars().filter(|c| !c.is_control()).collect();
        let short = &clean[..clean.floor_char_boundary(LONGEST)];
        let short = if short.is_empty() { "unknown" } else { short };
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(short) {
            return Self(name);
        }
        if known.len() >= OTHERS {
            return Self("other");
        }
        let name: &'static str = Box::leak(short.to_owned().into_boxed_str());
        known.insert(name);
        Self(name)
    }
}

impl Agent {
    /// Those we know; there may be others.
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
            Self::Other(OtherAgent(name)) => name,
        }
    }

    /// Whoever goes by exactly this name, one of those we know or not.
    pub fn of_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|agent| agent.name() == name);
        known.unwrap_or_else(|| Self::Other(OtherAgent::named(name)))
    }

    pub const fn is_known(self) -> bool {
        !matches!(self, Self::Other(_))
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

impl Serialize for Agent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Agent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::of_name(&String::deserialize(from)?))
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
    fn others_go_by_their_own_name() {
        let shop = Agent::of_name("my shop");
        assert_eq!((shop.name(), shop.is_known(), shop == Agent::of_name("my shop ")), ("my shop", false, true));
        assert_eq!(Agent::of_name("codex"), Agent::Codex);
        assert_eq!(Agent::of_name("\n").name(), "unknown");
        assert_eq!(Agent::of_name(&"ä".repeat(100)).name().len(), LONGEST);
        let json = serde_json::to_string(&[shop, Agent::Pi]).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Agent>>(&json).unwrap(), [shop, Agent::Pi]);
        assert!("my shop".parse::<Agent>().is_err(), "people are told when they mistype");
    }

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
