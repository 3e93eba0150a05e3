//! What a person can set: typed, with the defaults that hold where nothing is said.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::forms::{self, LogLevel};
use crate::redact::Level;

/// Days that raw telemetry is kept when nothing else is said.
const RAW_DAYS: i64 = 60;

/// Where the sidecar listens when nothing else is said.
const PORT: u16 = 14318;

/// What an agent can be told of, by name. `tests/it/settings.rs` compares with the rules.
pub const KINDS: &[&str] = &[
    "budget_exceeded",
    "build_broken_after_my_edit",
    "context_pressure",
    "edit_thrash",
    "human_modified_during_session",
    "peer_modified_file",
    "repeated_failed_build",
    "repeated_tool_call",
    "stale_file_view",
    "test_stuck",
];

/// All of it. What concerns the start of the sidecar stands apart: a change of it waits for the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub signals: Signals,
    pub budgets: Budgets,
    /// Off: every hook answer is empty; events are stored all the same.
    pub injection: bool,
    pub start: Start,
}

/// What agents are told, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Signals {
    /// Kinds that are told however often and however little is made of them.
    pub pins: Vec<String>,
    /// Kinds that are never told, only answered when asked for; they go before pins.
    pub mutes: Vec<String>,
    /// Of the model's window: from here on a filling context is told.
    pub context_share: f64,
    /// From here on it is told as urgent; never below `context_share`.
    pub context_high_share: f64,
    /// Takes the place of both shares.
    pub context_tokens: Option<i64>,
    /// Of one kind, in one project.
    pub notes_per_day: u32,
    /// A kind of which less is followed falls silent.
    pub least_follow_rate: f64,
}

/// In US dollars; `None`: as much as it takes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Budgets {
    pub session_usd: Option<f64>,
    /// Of all sessions on one calendar day here.
    pub day_usd: Option<f64>,
    /// Of one project in one calendar month here.
    pub project_usd: Option<f64>,
    /// Beyond a budget the user is asked before each tool.
    pub enforce: bool,
}

/// Read when a process starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub redaction: Level,
    /// How long raw events, spans, metrics and logs are kept; `None`: for good.
    pub data_ttl_ms: Option<i64>,
    /// How long history is kept; `None`: for good.
    pub history_ttl_ms: Option<i64>,
    pub host: IpAddr,
    pub port: u16,
    pub log_level: LogLevel,
}

impl Default for Settings {
    fn default() -> Self {
        Self { signals: Signals::default(), budgets: Budgets::default(), injection: true, start: Start::default() }
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            pins: Vec::new(),
            mutes: Vec::new(),
            context_share: 0.7,
            context_high_share: 0.85,
            context_tokens: None,
            notes_per_day: 5,
            least_follow_rate: 0.3,
        }
    }
}

impl Default for Start {
    fn default() -> Self {
        Self {
            redaction: Level::Preview,
            data_ttl_ms: Some(RAW_DAYS * forms::DAY_MS),
            history_ttl_ms: None,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: PORT,
            log_level: LogLevel::Info,
        }
    }
}

impl Settings {
    /// From values in the shape that their keys' forms give; what is missing is the default.
    pub(super) fn of(values: &BTreeMap<&'static str, Value>) -> Self {
        let Self { signals, budgets: _, injection, start } = Self::default();
        let get = |key: &str| values.get(key).filter(|value| !value.is_null());
        let number = |key: &str, default: f64| get(key).and_then(Value::as_f64).unwrap_or(default);
        let switch = |key: &str, default: bool| get(key).and_then(Value::as_bool).unwrap_or(default);
        let kinds = |key: &str| {
            let list = get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let usd = |key: &str| get(key).and_then(Value::as_f64);
        let ttl = |key: &str, default: Option<i64>| {
            get(key).and_then(Value::as_str).and_then(forms::duration_ms).unwrap_or(default)
        };
        let share = number("signals.context_pressure_share", signals.context_share);
        let notes = get("signals.notes_per_day").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        Self {
            signals: Signals {
                pins: kinds("signals.pin"),
                mutes: kinds("signals.mute"),
                context_share: share,
                context_high_share: number("signals.context_pressure_high_share", signals.context_high_share)
                    .max(share),
                context_tokens: get("signals.context_pressure_tokens").and_then(Value::as_i64),
                notes_per_day: notes.unwrap_or(signals.notes_per_day),
                least_follow_rate: number("signals.least_follow_rate", signals.least_follow_rate),
            },
            budgets: Budgets {
                session_usd: usd("budgets.session_usd"),
                day_usd: usd("budgets.day_usd"),
                project_usd: usd("budgets.project_usd"),
                enforce: switch("budgets.enforce", false),
            },
            injection: switch("injection", injection),
            start: Start {
                redaction: parsed(get("redaction")).unwrap_or(start.redaction),
                data_ttl_ms: ttl("data_ttl", start.data_ttl_ms),
                history_ttl_ms: ttl("history_ttl", start.history_ttl_ms),
                host: parsed::<forms::Host>(get("host")).map_or(start.host, |host| host.0),
                port: get("port").and_then(Value::as_u64).and_then(|n| n.try_into().ok()).unwrap_or(start.port),
                log_level: parsed(get("log_level")).unwrap_or(start.log_level),
            },
        }
    }
}

fn parsed<T: std::str::FromStr>(value: Option<&Value>) -> Option<T> {
    value.and_then(Value::as_str).and_then(|text| text.parse().ok())
}
