//! Settings: what a process starts with, and what may change while it runs.
//!
//! Precedence: command line, environment, `settings.json`, default.

mod document;
mod forms;
mod keys;
mod live;
mod settings;
mod sheet;

use std::net::IpAddr;
use std::path::PathBuf;

pub use forms::{DURATION_FORM, Form, Host, LogLevel, duration_ms};
pub use keys::{Change, KEYS, Key};
pub use live::{Effective, InForce, LiveSettings, Source, Unchanged};
pub use settings::{Budgets, KINDS, Settings, Signals, Start};
pub use sheet::{Row, Sheet};

use forms::off;

use crate::adapters::Places;
use crate::answer::Surroundings;
use crate::answer::deliveries::{Restraint, Wishes};
use crate::model::Agent;
use crate::paths;
use crate::redact::Level;

/// Reads an environment variable; given, so that tests need not change the process.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("no home directory: set HOME, or TMA1_DATA_DIR to where tma1 may keep its data")]
    NoHome,
    #[error("{name}=\"{value}\": {reason}")]
    Bad { name: &'static str, value: String, reason: String },
}

#[derive(Debug, Clone)]
pub struct Config {
    pub data_dir: PathBuf,
    pub home: PathBuf,
    pub redaction: Level,
    /// How long raw events, spans, metrics and logs are kept; `None`: for good.
    pub data_ttl_ms: Option<i64>,
    /// How long history is kept; `None`: for good.
    pub history_ttl_ms: Option<i64>,
    /// Where the sidecar listens beside its socket.
    pub host: IpAddr,
    pub port: u16,
    pub log_level: LogLevel,
    /// Whether hooks and MCP servers may start the sidecar.
    pub autostart: bool,
    /// Every hook answer is empty; events are stored all the same.
    pub injection_disabled: bool,
    pub places: Places,
    /// What may change while a process runs.
    pub settings: LiveSettings,
}

impl Config {
    /// # Errors
    /// Names the variable, its value and what is allowed.
    pub fn load(env: Env<'_>) -> Result<Self, ConfigError> {
        let home = env("HOME").or_else(|| env("USERPROFILE")).filter(|h| !h.is_empty()).map(PathBuf::from);
        let data_dir = env("TMA1_DATA_DIR").filter(|d| !d.is_empty());
        let home = match (home, &data_dir) {
            (Some(home), _) => home,
            (None, Some(dir)) => PathBuf::from(dir),
            (None, None) => return Err(ConfigError::NoHome),
        };
        for (key, variable) in KEYS.iter().filter_map(|key| Some((key, key.variable?))) {
            // Said for this very process, by somebody who will read the answer.
            if let Some(value) = env(variable).filter(|v| !v.trim().is_empty() && key.change == Change::AtStart)
                && key.read_variable(&value).is_none()
            {
                return Err(ConfigError::Bad { name: variable, value, reason: key.form.expected() });
            }
        }
        let data_dir = paths::data_dir(data_dir.as_deref(), &home);
        let settings = LiveSettings::new(&data_dir, env);
        let now = settings.now();
        let Start { redaction, data_ttl_ms, history_ttl_ms, host, port, log_level } = now.start.clone();
        Ok(Self {
            data_dir,
            redaction,
            data_ttl_ms,
            history_ttl_ms,
            host,
            port,
            log_level,
            autostart: !env("TMA1_AUTOSTART").is_some_and(|v| off(&v)),
            injection_disabled: !now.injection,
            settings,
            places: Places {
                home: home.clone(),
                claude_config_dir: env("CLAUDE_CONFIG_DIR").filter(|d| !d.is_empty()),
                codex_home: env("CODEX_HOME").filter(|d| !d.is_empty()),
                copilot_home: env("COPILOT_HOME").filter(|d| !d.is_empty()),
                gemini_cli_home: env("GEMINI_CLI_HOME").filter(|d| !d.is_empty()),
                openclaw_state_dir: env("OPENCLAW_STATE_DIR").filter(|d| !d.is_empty()),
                openclaw_config_path: env("OPENCLAW_CONFIG_PATH").filter(|d| !d.is_empty()),
                pi_coding_agent_dir: env("PI_CODING_AGENT_DIR").filter(|d| !d.is_empty()),
                xdg_config_home: env("XDG_CONFIG_HOME").filter(|d| !d.is_empty()).map(PathBuf::from),
                xdg_data_home: env("XDG_DATA_HOME").filter(|d| !d.is_empty()).map(PathBuf::from),
            },
            home,
        })
    }

    /// How much agents are told, as it is set whenever somebody asks.
    pub fn wishes(&self) -> Wishes {
        let settings = self.settings.clone();
        Wishes::new(move || {
            let now = settings.now();
            Restraint {
                pins: now.signals.pins.clone(),
                mutes: now.signals.mutes.clone(),
                notes_per_day: now.signals.notes_per_day.into(),
                least_follow_rate: now.signals.least_follow_rate,
            }
        })
    }

    /// What an asker in this process is surrounded by.
    pub fn surroundings(&self, env: Env<'_>, caller: Option<Agent>) -> Surroundings {
        Surroundings {
            data_dir: self.data_dir.clone(),
            home: self.home.clone(),
            caller: caller.or_else(|| env("TMA1_MCP_CALLER").and_then(|name| name.parse().ok())),
            cwd: std::env::current_dir().unwrap_or_else(|_| self.home.clone()),
            project_dir: env("CLAUDE_PROJECT_DIR").filter(|d| !d.is_empty()).map(PathBuf::from),
            meta_session: None,
            process: None,
            env_session: env("CLAUDE_CODE_SESSION_ID").filter(|id| !id.is_empty()),
            wishes: self.wishes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_variable_is_named() {
        let env = |name: &str| match name {
            "HOME" => Some("/h".to_owned()),
            "TMA1_REDACTION" => Some("loud".to_owned()),
            _ => None,
        };
        let message = Config::load(&env).unwrap_err().to_string();
        assert!(
            message.contains("TMA1_REDACTION") && message.contains("loud") && message.contains("preview"),
            "{message}"
        );
        assert!(Config::load(&|_| None).unwrap_err().to_string().contains("HOME"));
    }
}
