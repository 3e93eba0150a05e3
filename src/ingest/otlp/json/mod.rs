//! The JSON form (proto3's mapping): any spelling that it allows, and nothing that is missing or odd is an error.

mod point;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::log::Record;
use super::origin::Origin;
use super::span::{Span, SpanEvent};
use super::{Heard, OtlpError, RECORD};
use crate::model::Signal;

/// What lies within stays text until its turn: an empty object would take a hundred times its length.
type Raw<'a> = Option<Vec<&'a RawValue>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request<'a> {
    #[serde(borrow, alias = "resourceLogs", alias = "resourceSpans", alias = "resourceMetrics")]
    #[serde(alias = "resource_logs", alias = "resource_spans", alias = "resource_metrics")]
    groups: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group<'a> {
    resource: Value,
    #[serde(borrow, alias = "scopeLogs", alias = "scopeSpans", alias = "scopeMetrics")]
    #[serde(alias = "scope_logs", alias = "scope_spans", alias = "scope_metrics")]
    scoped: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scoped<'a> {
    scope: Value,
    #[serde(borrow, alias = "logRecords", alias = "log_records", alias = "spans", alias = "metrics")]
    items: Raw<'a>,
}

pub fn read(signal: Signal, body: &[u8], heard: &mut Heard) -> Result<(), OtlpError> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(OtlpError::NoObject);
    }
    let request: Request<'_> = serde_json::from_slice(body)?;
    for group in request.groups.iter().flatten() {
        let Some(group) = lenient::<Group<'_>>(group) else { continue };
        let mut origin = Origin { resource: attributes(&group.resource), scope: String::new() };
        for scoped in group.scoped.iter().flatten() {
            let Some(scoped) = lenient::<Scoped<'_>>(scoped) else { continue };
            origin.scope = text(&scoped.scope, "name", "name");
            for item in scoped.items.iter().flatten() {
                one(signal, &origin, item.get(), heard)?;
            }
        }
    }
    Ok(())
}

fn one(signal: Signal, origin: &Origin, item: &str, heard: &mut Heard) -> Result<(), OtlpError> {
    match signal {
        Signal::Metrics => point::each(item, |metric, text| {
            if text.len() > RECORD {
                heard.too_long(origin);
                return Ok(());
            }
            heard.point(origin, metric, || Ok(point::point(metric.kind, &owned(text))))
        }),
        _ if item.len() > RECORD => {
            heard.too_long(origin);
            Ok(())
        }
        Signal::Logs => heard.log(origin, || Ok(record(&owned(item)))),
        Signal::Traces => heard.span(origin, || Ok(span(&owned(item)))),
    }
}

fn span(told: &Value) -> Span {
    let event = |event: &Value| SpanEvent {
        time: number(event, "timeUnixNano", "time_unix_nano"),
        name: text(event, "name", "name"),
        attributes: attributes(event),
    };
    let status = told.get("status").unwrap_or(&Value::Null);
    let id = |camel, snake| text(told, camel, snake).to_ascii_lowercase();
    Span {
        trace_id: id("traceId", "trace_id"),
        span_id: id("spanId", "span_id"),
        parent_span_id: id("parentSpanId", "parent_span_id"),
        name: text(told, "name", "name"),
        kind: named(
            told.get("kind"),
            "SPAN_KIND_",
            &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"],
        ),
        start: number(told, "startTimeUnixNano", "start_time_unix_nano"),
        end: number(told, "endTimeUnixNano", "end_time_unix_nano"),
        attributes: attributes(told),
        events: told.get("events").and_then(Value::as_array).into_iter().flatten().map(event).collect(),
        status: named(status.get("code"), "STATUS_CODE_", &["UNSET", "OK", "ERROR"]),
        message: text(status, "message", "message"),
    }
}

/// One of a list, by its number or its name.
fn named(told: Option<&Value>, prefix: &str, names: &[&str]) -> i64 {
    let Some(Value::String(name)) = told else { return told.and_then(Value::as_i64).unwrap_or(0) };
    let short = name.strip_prefix(prefix).unwrap_or(name);
    let place = names.iter().position(|known| short.eq_ignore_ascii_case(known));
    place.and_then(|place| i64::try_from(place).ok()).or_else(|| name.parse().ok()).unwrap_or(0)
}

fn lenient<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    lenient_str(raw.get())
}

fn lenient_str<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn owned<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

fn record(told: &Value) -> Record {
    Record {
        time: number(told, "timeUnixNano", "time_unix_nano"),
        observed: number(told, "observedTimeUnixNano", "observed_time_unix_nano"),
        severity_number: severity(either(told, "severityNumber", "severity_number")),
        severity: text(told, "severityText", "severity_text"),
        body: told.get("body").map(value).unwrap_or_default(),
        attributes: attributes(told),
        trace_id: text(told, "traceId", "trace_id").to_ascii_lowercase(),
        span_id: text(told, "spanId", "span_id").to_ascii_lowercase(),
        event_name: text(told, "eventName", "event_name"),
    }
}

fn either<'a>(of: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    of.get(camel).or_else(|| of.get(snake))
}

fn text(of: &Value, camel: &str, snake: &str) -> String {
    either(of, camel, snake).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// 64 bits come as text; some write them as numbers.
fn number(of: &Value, camel: &str, snake: &str) -> u64 {
    match either(of, camel, snake) {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(number) => number.as_u64().unwrap_or(0),
        None => 0,
    }
}

/// A number, or the name of one such as `SEVERITY_NUMBER_WARN2`.
fn severity(told: Option<&Value>) -> i64 {
    let Some(Value::String(name)) = told else { return told.and_then(Value::as_i64).unwrap_or(0) };
    let name = name.trim_start_matches("SEVERITY_NUMBER_");
    let first = [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];
    let named = first.iter().find_map(|(word, first)| {
        let step = name.strip_prefix(word)?;
        Some(first + if step.is_empty() { 0 } else { step.parse::<i64>().ok()? - 1 })
    });
    named.or_else(|| name.parse().ok()).unwrap_or(0)
}

/// The attributes of a resource or a record.
fn attributes(of: &Value) -> Map<String, Value> {
    of.get("attributes").map(pairs).unwrap_or_default()
}

fn pairs(list: &Value) -> Map<String, Value> {
    let pairs = list.as_array().into_iter().flatten();
    pairs
        .filter_map(|pair| {
            Some((pair.get("key")?.as_str()?.to_owned(), pair.get("value").map(value).unwrap_or_default()))
        })
        .collect()
}

/// Bytes stay as they are written: base64.
fn value(any: &Value) -> Value {
    let Some((kind, told)) = any.as_object().and_then(|kinds| kinds.iter().find(|(_, told)| !told.is_null())) else {
        return Value::Null;
    };
    match kind.as_str() {
        "stringValue" | "string_value" | "boolValue" | "bool_value" | "bytesValue" | "bytes_value" => told.clone(),
        "intValue" | "int_value" => told.as_str().and_then(|text| text.parse().ok()).map_or(told.clone(), i64::into),
        "doubleValue" | "double_value" => {
            // `NaN` and the infinities are no numbers in JSON, and stay words.
            let written = told.as_str().and_then(|text| text.parse().ok()).and_then(serde_json::Number::from_f64);
            written.map_or(told.clone(), Value::Number)
        }
        "arrayValue" | "array_value" => {
            told.get("values").and_then(Value::as_array).into_iter().flatten().map(value).collect()
        }
        "kvlistValue" | "kvlist_value" => Value::Object(told.get("values").map(pairs).unwrap_or_default()),
        _ => Value::Null,
    }
}
