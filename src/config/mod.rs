//! Settings: one struct, filled once, environment before defaults.
//!
//! Precedence: command line, environment, `settings.json` (from the page, later), default.

use std::path::PathBuf;

use crate::adapters::Places;
use crate::answer::Surroundings;
use crate::model::Agent;
use crate::paths;
use crate::redact::Level;

/// Days that raw telemetry is kept when nothing else is said.
const RAW_DAYS: i64 = 60;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

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
    pub places: Places,
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
        let redaction = match env("TMA1_REDACTION").filter(|l| !l.is_empty()) {
            None => Level::Preview,
            Some(value) => {
                value.parse().map_err(|e: crate::redact::UnknownLevel| bad("TMA1_REDACTION", &value, &e.to_string()))?
            }
        };
        let ttl = |name: &'static str, default: Option<i64>| match env(name).filter(|v| !v.is_empty()) {
            None => Ok(default),
            Some(value) => duration_ms(&value).ok_or_else(|| bad(name, &value, DURATION_FORM)),
        };
        Ok(Self {
            data_dir: paths::data_dir(data_dir.as_deref(), &home),
            redaction,
            data_ttl_ms: ttl("TMA1_DATA_TTL", Some(RAW_DAYS * DAY_MS))?,
            history_ttl_ms: ttl("TMA1_HISTORY_TTL", None)?,
            places: Places {
                home: home.clone(),
                claude_config_dir: env("CLAUDE_CONFIG_DIR").filter(|d| !d.is_empty()),
                xdg_config_home: env("XDG_CONFIG_HOME").filter(|d| !d.is_empty()).map(PathBuf::from),
            },
            home,
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
            env_session: env("CLAUDE_CODE_SESSION_ID").filter(|id| !id.is_empty()),
        }
    }
}

fn bad(name: &'static str, value: &str, reason: &str) -> ConfigError {
    ConfigError::Bad { name, value: value.to_owned(), reason: reason.to_owned() }
}

/// What a duration looks like, for messages.
pub const DURATION_FORM: &str = "expected a number and a unit such as 30d, 12h or 2w, or \"forever\"";

/// `90m`, `12h`, `30d`, `2w`, `1y` in milliseconds; `Some(None)` for `forever`; `None` for anything else.
pub fn duration_ms(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("forever") {
        return Some(None);
    }
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit_ms = match unit.trim() {
        "s" => 1000,
        "m" | "min" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => DAY_MS,
        "w" => 7 * DAY_MS,
        "M" => 30 * DAY_MS,
        "y" => 365 * DAY_MS,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit_ms).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration_ms("30d"), Some(Some(30 * DAY_MS)));
        assert_eq!(duration_ms(" 12h "), Some(Some(DAY_MS / 2)));
        assert_eq!(duration_ms("forever"), Some(None));
        for bad in ["", "30", "d", "-3d", "3 parsecs", "99999999999999999999d"] {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

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
