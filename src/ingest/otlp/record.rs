//! A log record as both forms tell it, and what is kept of it.

use serde_json::{Map, Value};

use super::super::enrich::{Cut, shorten};
use super::super::payload;
use crate::model::{Agent, Millis, TelemetryLog};
use crate::redact::{Level, Redactor};

/// Of a body that is one text.
const BODY: Cut = Cut { head: 1024, tail: 256 };
/// Of names, ids and the like.
const SHORT: Cut = Cut { head: 160, tail: 32 };
/// A body that is no longer may be the name of an event that has none.
const NAME: usize = 80;
/// A clock that is further ahead is not believed.
const AHEAD_MS: Millis = 24 * 60 * 60 * 1000;
/// Where agents say which session they are in.
const SESSION: [&str; 3] = ["session.id", "conversation.id", "gen_ai.conversation.id"];

/// Who tells: the same for many records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    pub resource: Map<String, Value>,
    pub scope: String,
}

/// What both forms are brought to. Times are nanoseconds, zero where none is told; ids are hexadecimal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    pub time: u64,
    pub observed: u64,
    pub severity_number: i64,
    pub severity: String,
    pub body: Value,
    pub attributes: Map<String, Value>,
    pub trace_id: String,
    pub span_id: String,
    pub event_name: String,
}

impl Origin {
    pub fn service(&self) -> Option<&str> {
        text(&self.resource, "service.name")
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

/// What is kept of a record.
pub fn kept(origin: &Origin, record: &Record, redactor: Redactor, now: Millis) -> TelemetryLog {
    let short = |text: &str| Some(shorten(redactor, text, SHORT)).filter(|text| !text.is_empty());
    let session = SESSION.iter().find_map(|name| text(&record.attributes, name).or(text(&origin.resource, name)));
    // At level `full` no content is kept.
    let content = redactor.level() != Level::Full;
    TelemetryLog {
        key: key(origin, record),
        at: moment(record, now),
        service: origin.service().and_then(short),
        name: name(record, content).and_then(short),
        session_id: session.and_then(short),
        severity: severity(record).and_then(short),
        body: if content { body(&record.body, redactor) } else { None },
        trace_id: short(&record.trace_id),
        span_id: short(&record.span_id),
        attributes: if content {
            payload::reduced(&Value::Object(record.attributes.clone()).to_string(), redactor)
        } else {
            "{}".to_owned()
        },
        resource: payload::reduced(&resource(origin).to_string(), redactor),
    }
}

/// When it happened, as far as it tells.
fn told(record: &Record) -> u64 {
    if record.time > 0 { record.time } else { record.observed }
}

fn moment(record: &Record, now: Millis) -> Millis {
    match Millis::try_from(told(record) / 1_000_000) {
        Ok(at) if at > 0 && at <= now + AHEAD_MS => at,
        _ => now,
    }
}

/// The attribute goes first: libraries put the line of the program into the record's own field.
fn name(record: &Record, content: bool) -> Option<&str> {
    let named = text(&record.attributes, "event.name").or(Some(record.event_name.as_str()));
    let body = || record.body.as_str().filter(|body| content && body.len() <= NAME && !body.contains('\n'));
    named.filter(|name| !name.is_empty()).or_else(body)
}

fn severity(record: &Record) -> Option<&str> {
    if !record.severity.is_empty() {
        return Some(&record.severity);
    }
    Some(match record.severity_number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return None,
    })
}

fn body(body: &Value, redactor: Redactor) -> Option<String> {
    match body {
        Value::Null => None,
        Value::String(text) => Some(shorten(redactor, text, BODY)),
        other => Some(payload::reduced(&other.to_string(), redactor)),
    }
}

/// Of many attributes of the machine, only whose program and which version.
fn resource(origin: &Origin) -> Value {
    let mut kept = Map::new();
    for name in ["service.name", "service.version"] {
        if let Some(value) = origin.resource.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    if !origin.scope.is_empty() {
        kept.insert("otel.scope.name".to_owned(), Value::String(origin.scope.clone()));
    }
    Value::Object(kept)
}

/// Of what was told, before anything is cut: a batch that is sent again says the same.
fn key(origin: &Origin, record: &Record) -> u64 {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    let texts = [
        origin.service().unwrap_or_default(),
        &origin.scope,
        &record.event_name,
        &record.severity,
        &record.trace_id,
        &record.span_id,
        &record.body.to_string(),
        &Value::Object(record.attributes.clone()).to_string(),
    ];
    hash.update(&told(record).to_le_bytes());
    hash.update(&record.severity_number.to_le_bytes());
    for text in texts {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
