//! Every setting by its key: what it may be, what holds without it, and which variable goes before the file.

use serde_json::Value;

use super::forms::{Form, off};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its place in the file: groups and names with a dot between.
    pub name: &'static str,
    pub form: Form,
    /// As JSON.
    default: &'static str,
    /// The variable of the environment that goes before the file.
    pub variable: Option<&'static str>,
    pub change: Change,
    /// What it does, in a line.
    pub about: &'static str,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    AtOnce,
    /// With the next start of the sidecar, the next command.
    AtStart,
}

/// The one variable that says the opposite of its key.
const DISABLES: &str = "TMA1_DISABLE_INJECTION";

const fn live(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Key {
    Key { name, form, default, variable: None, change: Change::AtOnce, about }
}

const fn start(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Key {
    Key { name, form, default, variable: None, change: Change::AtStart, about }
}

impl Key {
    const fn or(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }
}

pub const KEYS: &[Key] = &[
    live("injection", Form::Switch, "true", "`false`: every hook answer is empty; events are stored all the same")
        .or(DISABLES),
    live("signals.mute", Form::Kinds, "[]", "kinds of findings that agents are never told; goes before `pin`")
        .or("TMA1_SIGNALS_MUTE"),
    live("signals.pin", Form::Kinds, "[]", "kinds that never fall silent by themselves").or("TMA1_SIGNALS_PIN"),
    live(
        "signals.notes_per_day",
        Form::Notes,
        "5",
        "so many notes of one kind in one project and day; urgent ones are told all the same",
    ),
    live(
        "signals.least_follow_rate",
        Form::Rate,
        "0.3",
        "a kind falls silent when less than this share of its last 20 notes was followed",
    ),
    live(
        "signals.context_pressure_share",
        Form::Share,
        "0.7",
        "from this share of the model's window on, a filling context is told",
    ),
    live(
        "signals.context_pressure_high_share",
        Form::Share,
        "0.85",
        "from this share on it is told as urgent; never below the share above",
    ),
    live("signals.context_pressure_tokens", Form::Tokens, "null", "tokens that take the place of both shares")
        .or("TMA1_CONTEXT_PRESSURE_THRESHOLD"),
    live("budgets.session_usd", Form::Usd, "null", "what one session may cost"),
    live("budgets.day_usd", Form::Usd, "null", "what all sessions of one day may cost"),
    live("budgets.project_usd", Form::Usd, "null", "what one project may cost in a calendar month"),
    live("budgets.enforce", Form::Switch, "false", "`true`: beyond a budget you are asked before each tool"),
    start(
        "redaction",
        Form::Redaction,
        "\"preview\"",
        "`preview`: secrets are removed before anything is stored; `full`: no content at all; `none`",
    )
    .or("TMA1_REDACTION"),
    start("data_ttl", Form::Duration, "\"60d\"", "how long raw events, spans, metrics and logs are kept")
        .or("TMA1_DATA_TTL"),
    start("history_ttl", Form::Duration, "null", "how long sessions, messages, tool calls and usage are kept")
        .or("TMA1_HISTORY_TTL"),
    start(
        "host",
        Form::Host,
        "\"127.0.0.1\"",
        "where the sidecar listens beside its socket; others than this machine's need a token",
    )
    .or("TMA1_HOST"),
    start("port", Form::Port, "14318", "the port it listens on; `0` takes a free one").or("TMA1_PORT"),
    start(
        "log_level",
        Form::LogLevel,
        "\"info\"",
        "`error`, `warn`, `info` or `debug`: what the sidecar writes into its log",
    )
    .or("TMA1_LOG_LEVEL"),
];

impl Key {
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The one that stands at this place of a document.
    pub fn at(group: Option<&str>, name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| match key.name.split_once('.') {
            Some((of, within)) => group == Some(of) && name == within,
            None => group.is_none() && name == key.name,
        })
    }

    /// The names of all, for messages.
    pub fn all() -> String {
        KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
    }

    /// Whether it is the name of a group of keys.
    pub fn is_group(name: &str) -> bool {
        KEYS.iter().any(|key| key.name.split_once('.').is_some_and(|(group, _)| group == name))
    }

    pub fn default(&self) -> Value {
        serde_json::from_str(self.default).unwrap_or_default()
    }

    /// Of what a variable says.
    pub fn read_variable(&self, text: &str) -> Option<Value> {
        if self.variable == Some(DISABLES) {
            return Some(Value::Bool(off(text)));
        }
        self.form.read(&text.into()).map(|value| if value.is_null() { self.default() } else { value })
    }

    /// As it stands in a document.
    pub fn of<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.name.split('.').try_fold(document, |place, part| place.get(part))
    }

    /// `{"a": {"b": value}}` for `a.b`.
    pub fn document(&self, value: Value) -> Value {
        self.name.rsplit('.').fold(value, |inner, part| Value::Object([(part.to_owned(), inner)].into_iter().collect()))
    }
}

/// Below everything that could be somebody's own text, so that a message stays one line.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text: String = value.to_string().chars().filter(|c| !c.is_control()).collect();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Settings;

    #[test]
    fn the_defaults_are_those_of_the_settings() {
        let values: BTreeMap<&str, Value> = KEYS.iter().map(|key| (key.name, key.default())).collect();
        assert_eq!(Settings::of(&values), Settings::default());
        assert_eq!(Settings::of(&BTreeMap::new()), Settings::default());
        for key in KEYS {
            assert_eq!(key.form.read(&key.default()), Some(key.default()), "{}", key.name);
        }
    }

    #[test]
    fn a_variable_may_say_the_opposite() {
        let key = Key::named("injection").unwrap();
        for (said, value) in [("1", false), ("yes", false), ("0", true), ("false", true)] {
            assert_eq!(key.read_variable(said), Some(Value::Bool(value)), "{said}");
        }
    }

    #[test]
    fn keys_have_a_place_in_the_document() {
        let key = Key::named("signals.pin").unwrap();
        let document = key.document(serde_json::json!(["a"]));
        assert_eq!(document, serde_json::json!({"signals": {"pin": ["a"]}}));
        assert_eq!(key.of(&document), Some(&serde_json::json!(["a"])));
        assert_eq!(key.of(&serde_json::json!({"signals": 5})), None);
        assert!(Key::is_group("budgets") && !Key::is_group("port"));
    }
}
