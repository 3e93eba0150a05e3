//! A span as both forms tell it, and what is kept of it.

use serde_json::{Map, Value, json};

use super::origin::{Keeping, Origin, key};
use crate::model::TelemetrySpan;

/// Of what happened in a span.
const EVENTS: usize = 16;

/// What both forms are brought to. Times are nanoseconds, zero where none is told; ids are hexadecimal.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the protocol's own names")]
pub struct Span {
    pub trace_id: String,
    pub span_id: String,
    pub parent_span_id: String,
    pub name: String,
    pub kind: i64,
    pub start: u64,
    pub end: u64,
    pub attributes: Map<String, Value>,
    pub events: Vec<SpanEvent>,
    pub status: i64,
    pub message: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanEvent {
    pub time: u64,
    pub name: String,
    pub attributes: Map<String, Value>,
}

impl Span {
    /// What is kept of it.
    pub fn kept(&self, origin: &Origin, keeping: Keeping) -> TelemetrySpan {
        let texts = [origin.service().unwrap_or_default(), &self.trace_id, &self.span_id, &self.name];
        // A span is told once, when it has ended; without ids its content has to do.
        let key = if self.span_id.is_empty() {
            key(&[self.start, self.end], &texts, &self.attributes)
        } else {
            key(&[], &texts, &Map::new())
        };
        let content = keeping.content();
        TelemetrySpan {
            origin: keeping.origin(origin, Some(&self.name), self.start, &self.attributes, key),
            trace_id: keeping.short(&self.trace_id),
            span_id: keeping.short(&self.span_id),
            parent_span_id: keeping.short(&self.parent_span_id).filter(|id| id.bytes().any(|b| b != b'0')),
            duration: self.duration(),
            kind: self.kind(),
            status: match self.status {
                1 => Some("ok"),
                2 => Some("error"),
                _ => None,
            },
            message: keeping.short(&self.message).filter(|_| content),
            events: (content && !self.events.is_empty()).then(|| keeping.json(&self.told_events(keeping))),
        }
    }

    fn duration(&self) -> Option<f64> {
        let nanos = self.end.checked_sub(self.start).filter(|_| self.start > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "a duration in nanoseconds has no use for its 53rd bit")]
        Some(nanos as f64 / 1e6)
    }

    fn kind(&self) -> Option<&'static str> {
        Some(match self.kind {
            1 => "internal",
            2 => "server",
            3 => "client",
            4 => "producer",
            5 => "consumer",
            _ => return None,
        })
    }

    fn told_events(&self, keeping: Keeping) -> Value {
        let told = |event: &SpanEvent| json!({"name": event.name, "ts_ms": keeping.moment(event.time), "attributes": event.attributes});
        self.events.iter().take(EVENTS).map(told).collect()
    }
}
