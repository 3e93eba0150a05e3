//! Settings: one struct, filled once, environment before defaults.
//!
//! Precedence: command line, environment, `settings.json` (from the page, later), default.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::adapters::Places;
use crate::answer::Surroundings;
use crate::model::Agent;
use crate::paths;
use crate::redact::Level;

/// Days that raw telemetry is kept when nothing else is said.
const RAW_DAYS: i64 = 60;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where the sidecar listens when nothing else is said.
const PORT: u16 = 14318;

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
}

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An address, or the one name that needs no looking up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(pub IpAddr);

impl FromStr for Host {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_start_matches('[').trim_end_matches(']');
        if text.eq_ignore_ascii_case("localhost") { Ok(Self(LOCALHOST)) } else { text.parse().map(Self) }
    }
}

/// How much the sidecar writes into its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl FromStr for LogLevel {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "error" => Ok(Self::Error),
            "warn" | "warning" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" | "trace" => Ok(Self::Debug),
            _ => Err(()),
        }
    }
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
            host: parsed(env, "TMA1_HOST", "expected an IP address such as 127.0.0.1", Host(LOCALHOST))?.0,
            port: parsed(env, "TMA1_PORT", "expected a port number from 0 to 65535", PORT)?,
            log_level: parsed(env, "TMA1_LOG_LEVEL", "expected error, warn, info or debug", LogLevel::Info)?,
            autostart: !env("TMA1_AUTOSTART").is_some_and(|v| off(&v)),
            injection_disabled: env("TMA1_DISABLE_INJECTION").is_some_and(|v| !v.is_empty() && !off(&v)),
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
            process: None,
            env_session: env("CLAUDE_CODE_SESSION_ID").filter(|id| !id.is_empty()),
        }
    }
}

fn parsed<T: FromStr>(env: Env<'_>, name: &'static str, form: &str, default: T) -> Result<T, ConfigError> {
    match env(name).filter(|v| !v.is_empty()) {
        None => Ok(default),
        Some(value) => value.trim().parse().map_err(|_| bad(name, &value, form)),
    }
}

/// The spellings of "no".
fn off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
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
