//! A log record as both forms tell it, and what is kept of it.

use serde_json::{Map, Value};

use super::super::enrich::{Cut, shorten};
use super::origin::{Keeping, Origin, key, text};
use crate::model::TelemetryLog;

/// Of a body that is one text.
const BODY: Cut = Cut { head: 1024, tail: 256 };
/// A body that is no longer may be the name of an event that has none.
const NAME: usize = 80;

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

impl Record {
    /// When it happened, as far as it tells.
    pub fn told(&self) -> u64 {
        if self.time > 0 { self.time } else { self.observed }
    }

    /// The name of the event; empty where it has none.
    pub fn event(&self) -> &str {
        self.name(true).unwrap_or_default()
    }

    /// What is kept of it.
    pub fn kept(&self, origin: &Origin, keeping: Keeping) -> TelemetryLog {
        let told = self.told();
        let body = self.body.to_string();
        let texts = [
            origin.service().unwrap_or_default(),
            &origin.scope,
            &self.event_name,
            &self.severity,
            &self.trace_id,
            &self.span_id,
            &body,
        ];
        let key = key(&[told, self.severity_number.cast_unsigned()], &texts, &self.attributes);
        TelemetryLog {
            origin: keeping.origin(origin, self.name(keeping.content()), told, &self.attributes, key),
            severity: self.severity().and_then(|text| keeping.short(text)),
            body: if keeping.content() { self.body(keeping) } else { None },
            trace_id: keeping.short(&self.trace_id),
            span_id: keeping.short(&self.span_id),
        }
    }

    /// The attribute goes first: libraries put the line of the program into the record's own field.
    fn name(&self, content: bool) -> Option<&str> {
        let named = text(&self.attributes, "event.name").or(Some(self.event_name.as_str()));
        let body = || self.body.as_str().filter(|body| content && body.len() <= NAME && !body.contains('\n'));
        named.filter(|name| !name.is_empty()).or_else(body)
    }

    fn severity(&self) -> Option<&str> {
        if !self.severity.is_empty() {
            return Some(&self.severity);
        }
        Some(match self.severity_number {
            1..=4 => "TRACE",
            5..=8 => "DEBUG",
            9..=12 => "INFO",
            13..=16 => "WARN",
            17..=20 => "ERROR",
            21..=24 => "FATAL",
            _ => return None,
        })
    }

    fn body(&self, keeping: Keeping) -> Option<String> {
        match &self.body {
            Value::Null => None,
            Value::String(text) => Some(shorten(keeping.redactor, text, BODY)),
            other => Some(keeping.json(other)),
        }
    }
}
