//! The binary form: records one after the other, and how many there are of what is not kept.

use prost::Message as _;
use serde_json::{Map, Value};

use super::record::{Origin, Record};
use super::wire::{AnyKind, AnyValue, KeyValue, LogRecord, Resource, Scope, field, fields};
use super::{Heard, OtlpError, RECORD};
use crate::model::Signal;

/// The fields of a metric that hold data points: gauge, sum, histogram, exponential histogram, summary.
const POINTS: [u32; 5] = [5, 7, 9, 10, 11];

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
                let item = item?;
                match signal {
                    Signal::Logs if item.len() > RECORD => heard.too_long(&origin),
                    Signal::Logs => heard.log(&origin, || Ok(record(LogRecord::decode(item)?)))?,
                    Signal::Traces => heard.count(&origin, 1),
                    Signal::Metrics => heard.count(&origin, points(item)?),
                }
            }
        }
    }
    Ok(())
}

fn points(metric: &[u8]) -> Result<u64, OtlpError> {
    let mut count = 0;
    for tag in POINTS {
        for data in fields(metric, tag) {
            for point in fields(data?, 1) {
                point?;
                count += 1;
            }
        }
    }
    Ok(count)
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
