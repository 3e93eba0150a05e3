//! The settings as they are shown: every key, what it is, where that comes from and what it does.

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::Document;
use super::keys::Change;
use super::live::LiveSettings;
use super::settings::KINDS;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    pub file: String,
    /// What holds, in the shape of the file.
    pub settings: Value,
    pub keys: Vec<Row>,
    /// What can be muted and pinned.
    pub kinds: &'static [&'static str],
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub key: &'static str,
    pub value: Value,
    /// `default`, `file` or `environment`.
    pub source: &'static str,
    pub default: Value,
    #[serde(rename = "type")]
    pub form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<&'static str>,
    /// What the file says, where the environment goes before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_file: Option<Value>,
    /// Whether a change holds at once; else from the next start on.
    pub at_once: bool,
    pub about: &'static str,
}

impl Sheet {
    pub fn of(live: &LiveSettings) -> Self {
        let in_force = live.in_force();
        let mut settings = Document::default();
        let rows = in_force.values.into_iter().map(|one| {
            match one.key.name.split_once('.') {
                Some((group, name)) => settings.put(Some(group), name, one.value.clone()),
                None => settings.put(None, one.key.name, one.value.clone()),
            }
            Row {
                key: one.key.name,
                value: one.value,
                source: one.source.name(),
                default: one.key.default(),
                form: one.key.form.name(),
                variable: one.key.variable,
                in_file: one.in_file,
                at_once: one.key.change == Change::AtOnce,
                about: one.key.about,
            }
        });
        let keys = rows.collect();
        Self {
            file: live.path().display().to_string(),
            settings: settings.value(),
            keys,
            kinds: KINDS,
            problems: in_force.problems,
        }
    }

    /// With what was said to a change.
    pub fn with_notes(&self, notes: Vec<String>) -> Value {
        let mut whole = serde_json::to_value(self).unwrap_or_else(|_| Value::Object(Map::new()));
        if let Some(fields) = whole.as_object_mut() {
            fields.insert("notes".to_owned(), notes.into());
        }
        whole
    }
}
