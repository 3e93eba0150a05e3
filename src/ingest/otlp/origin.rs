//! What records of all three signals have in common, and what is kept of it.

use serde_json::{Map, Value};

use super::super::enrich::{Cut, shorten};
use super::super::payload;
use crate::model::{Agent, Millis, TelemetryOrigin};
use crate::redact::{Level, Redactor};

/// Of names, ids and the like.
const SHORT: Cut = Cut { head: 160, tail: 32 };
/// A clock that is further ahead is not believed.
const AHEAD_MS: Millis = 24 * 60 * 60 * 1000;
/// Where agents say which session they are in.
const SESSION: [&str; 4] = ["session.id", "conversation.id", "gen_ai.conversation.id", "openclaw.sessionId"];

/// Who tells: the same for many records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    pub resource: Map<String, Value>,
    pub scope: String,
}

impl Origin {
    pub fn service(&self) -> Option<&str> {
        text(&self.resource, "service.name")
    }

    /// Of many attributes of the machine, only whose program and which version.
    fn kept(&self) -> Value {
        let mut kept = Map::new();
        for name in ["service.name", "service.version"] {
            if let Some(value) = self.resource.get(name) {
                kept.insert(name.to_owned(), value.clone());
            }
        }
        if !self.scope.is_empty() {
            kept.insert("otel.scope.name".to_owned(), Value::String(self.scope.clone()));
        }
        Value::Object(kept)
    }
}

/// Which agent goes by this name of a service.
pub fn agent_of(service: &str) -> Option<Agent> {
    let begins = |with: &str| service.starts_with(with);
    match service {
        _ if begins("claude-code") => Some(Agent::ClaudeCode),
        _ if begins("codex") => Some(Agent::Codex),
        _ if begins("openclaw") => Some(Agent::Openclaw),
        "github-copilot" => Some(Agent::CopilotCli),
        "gemini-cli" => Some(Agent::GeminiCli),
        "opencode" => Some(Agent::Opencode),
        _ => None,
    }
}

/// How what is kept is cut and cleaned, and when it arrived.
#[derive(Clone, Copy)]
pub struct Keeping {
    pub redactor: Redactor,
    pub now: Millis,
}

impl Keeping {
    pub fn short(self, text: &str) -> Option<String> {
        Some(shorten(self.redactor, text, SHORT)).filter(|text| !text.is_empty())
    }

    /// At level `full` no content is kept.
    pub fn content(self) -> bool {
        self.redactor.level() != Level::Full
    }

    pub fn json(self, value: &Value) -> String {
        payload::reduced(&value.to_string(), self.redactor)
    }

    /// A moment in nanoseconds, where it can be one.
    pub fn moment(self, nanos: u64) -> Option<Millis> {
        Millis::try_from(nanos / 1_000_000).ok().filter(|at| *at > 0 && *at <= self.now + AHEAD_MS)
    }

    pub fn origin(
        self,
        origin: &Origin,
        name: Option<&str>,
        nanos: u64,
        attributes: &Map<String, Value>,
        key: u64,
    ) -> TelemetryOrigin {
        let session = SESSION.iter().find_map(|name| text(attributes, name).or(text(&origin.resource, name)));
        TelemetryOrigin {
            key,
            at: self.moment(nanos).unwrap_or(self.now),
            service: origin.service().and_then(|text| self.short(text)),
            name: name.and_then(|text| self.short(text)),
            session_id: session.and_then(|text| self.short(text)),
            attributes: if self.content() { self.json(&Value::Object(attributes.clone())) } else { "{}".to_owned() },
            resource: self.json(&origin.kept()),
        }
    }
}

/// Of what was told, before anything is cut: a batch that is sent again says the same.
pub fn key(numbers: &[u64], texts: &[&str], attributes: &Map<String, Value>) -> u64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for number in numbers {
        hash.update(&number.to_le_bytes());
    }
    for text in texts {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.update(Value::Object(attributes.clone()).to_string().as_bytes());
    hash.digest()
}

pub fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
