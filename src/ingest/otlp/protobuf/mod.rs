//! The binary form: one record, span or data point after the other.

mod point;

use prost::Message as _;
use serde_json::{Map, Value};

use super::log::Record;
use super::origin::Origin;
use super::span::{Span, SpanEvent};
use super::wire::{self, AnyKind, AnyValue, KeyValue, LogRecord, Resource, Scope, field, fields};
use super::{Heard, OtlpError, RECORD};
use crate::model::Signal;

/// All three requests nest alike: groups of one resource (1, 2), groups of one scope in it (1, 2), and the items.
pub fn read(signal: Signal, body: &[u8], heard: &mut Heard) -> Result<(), OtlpError> {
    for group in fields(body, 1) {
        let group = group?;
        let resource = Resource::decode(field(group, 1)?)?;
        let mut origin = Origin { resource: plain(resource.attributes), scope: String::new() };
        for scoped in fields(group, 2) {
            let scoped = scoped?;
            origin.scope = text(&Scope::decode(field(scoped, 1)?)?.name);
            for item in fields(scoped, 2) {
                one(signal, &origin, item?, heard)?;
            }
        }
    }
    Ok(())
}

fn one(signal: Signal, origin: &Origin, item: &[u8], heard: &mut Heard) -> Result<(), OtlpError> {
    match signal {
        Signal::Metrics => point::each(item, |metric, bytes| {
            if bytes.len() > RECORD {
                heard.too_long(origin);
                return Ok(());
            }
            heard.point(origin, metric, || point::point(metric.kind, bytes))
        }),
        _ if item.len() > RECORD => {
            heard.too_long(origin);
            Ok(())
        }
        Signal::Logs => heard.log(origin, || Ok(record(LogRecord::decode(item)?))),
        Signal::Traces => heard.span(origin, || Ok(span(wire::Span::decode(item)?))),
    }
}

fn span(told: wire::Span) -> Span {
    let status = told.status.unwrap_or_default();
    let event = |event: wire::SpanEvent| SpanEvent {
        time: event.time_unix_nano,
        name: text(&event.name),
        attributes: plain(event.attributes),
    };
    Span {
        trace_id: hex(&told.trace_id),
        span_id: hex(&told.span_id),
        parent_span_id: hex(&told.parent_span_id),
        name: text(&told.name),
        kind: told.kind.into(),
        start: told.start_time_unix_nano,
        end: told.end_time_unix_nano,
        attributes: plain(told.attributes),
        events: told.events.into_iter().map(event).collect(),
        status: status.code.into(),
        message: text(&status.message),
    }
}

fn record(told: LogRecord) -> Record {
    Record {
        time: told.time_unix_nano,
        observed: told.observed_time_unix_nano,
        severity_number: told.severity_number.into(),
        severity: text(&told.severity_text),
        body: told.body.map(value).unwrap_or_default(),
        attributes: plain(told.attributes),
        trace_id: hex(&told.trace_id),
        span_id: hex(&told.span_id),
        event_name: text(&told.event_name),
    }
}

fn plain(pairs: Vec<KeyValue>) -> Map<String, Value> {
    pairs.into_iter().map(|pair| (text(&pair.key), pair.value.map(value).unwrap_or_default())).collect()
}

fn value(any: AnyValue) -> Value {
    match any.kind {
        None => Value::Null,
        Some(AnyKind::String(bytes)) => Value::String(text(&bytes)),
        Some(AnyKind::Bool(yes)) => Value::Bool(yes),
        Some(AnyKind::Int(number)) => number.into(),
        Some(AnyKind::Double(number)) => double(number),
        Some(AnyKind::Array(array)) => array.values.into_iter().map(value).collect(),
        Some(AnyKind::List(list)) => Value::Object(plain(list.values)),
        Some(AnyKind::Bytes(bytes)) => Value::String(hex(&bytes)),
    }
}

/// JSON has no word for what is no number; protobuf's own JSON writes these.
fn double(number: f64) -> Value {
    let named = match number {
        _ if number.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        _ => "-Infinity",
    };
    serde_json::Number::from_f64(number).map_or_else(|| named.into(), Value::Number)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
