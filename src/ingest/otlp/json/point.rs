//! Metrics in the JSON form.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::OtlpError;
use super::super::point::{Kind, Metric, Point};
use super::{attributes, either, lenient_str, named, number};

/// What lies within stays text until its turn.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told<'a> {
    name: Value,
    unit: Value,
    #[serde(borrow)]
    gauge: Option<&'a RawValue>,
    #[serde(borrow)]
    sum: Option<&'a RawValue>,
    #[serde(borrow)]
    histogram: Option<&'a RawValue>,
    #[serde(borrow, alias = "exponentialHistogram")]
    exponential_histogram: Option<&'a RawValue>,
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(alias = "aggregationTemporality")]
    aggregation_temporality: Value,
    #[serde(alias = "isMonotonic")]
    is_monotonic: Value,
    #[serde(borrow, rename = "dataPoints", alias = "data_points")]
    points: Vec<&'a RawValue>,
}

/// Hands over each point of a metric, not yet read.
pub fn each(metric: &str, mut take: impl FnMut(&Metric, &str) -> Result<(), OtlpError>) -> Result<(), OtlpError> {
    let Some(told) = lenient_str::<Told<'_>>(metric) else { return Ok(()) };
    let mut shared = Metric { name: word(&told.name), unit: word(&told.unit), ..Metric::default() };
    for (data, kind) in [
        (told.gauge, Kind::Gauge),
        (told.sum, Kind::Sum),
        (told.histogram, Kind::Histogram),
        (told.exponential_histogram, Kind::ExponentialHistogram),
        (told.summary, Kind::Summary),
    ] {
        let Some(data) = data.and_then(|data| lenient_str::<Data<'_>>(data.get())) else { continue };
        let temporality = Some(&data.aggregation_temporality);
        shared.temporality = named(temporality, "AGGREGATION_TEMPORALITY_", &["UNSPECIFIED", "DELTA", "CUMULATIVE"]);
        shared.monotonic = data.is_monotonic == Value::Bool(true);
        shared.kind = kind;
        for point in data.points {
            take(&shared, point.get())?;
        }
    }
    Ok(())
}

pub fn point(kind: Kind, told: &Value) -> Point {
    let shared = Point {
        start: number(told, "startTimeUnixNano", "start_time_unix_nano"),
        time: number(told, "timeUnixNano", "time_unix_nano"),
        attributes: attributes(told),
        flags: number(told, "flags", "flags"),
        ..Point::default()
    };
    if matches!(kind, Kind::Gauge | Kind::Sum) {
        let value = either(told, "asDouble", "as_double").or(either(told, "asInt", "as_int"));
        return Point { value: value.and_then(float), ..shared };
    }
    Point {
        value: told.get("sum").and_then(float),
        count: Some(number(told, "count", "count")),
        min: told.get("min").and_then(float),
        max: told.get("max").and_then(float),
        buckets: match kind {
            Kind::Histogram => histogram(told),
            Kind::ExponentialHistogram => exponential(told),
            _ => summary(told),
        },
        ..shared
    }
}

fn word(told: &Value) -> String {
    told.as_str().unwrap_or_default().to_owned()
}

/// A number, also as text.
fn float(told: &Value) -> Option<f64> {
    told.as_f64().or_else(|| told.as_str()?.trim().parse().ok())
}

fn floats(told: &Value, camel: &str, snake: &str) -> Vec<Option<f64>> {
    let list = either(told, camel, snake).and_then(Value::as_array);
    list.into_iter().flatten().map(float).collect()
}

/// Counts are 64 bits, and so come as text or as numbers.
fn counts(told: &Value) -> Vec<u64> {
    let list = either(told, "bucketCounts", "bucket_counts").and_then(Value::as_array);
    list.into_iter().flatten().map(|n| n.as_u64().or_else(|| n.as_str()?.parse().ok()).unwrap_or(0)).collect()
}

fn histogram(told: &Value) -> Value {
    let counts = counts(told);
    if counts.is_empty() {
        return Value::Null;
    }
    json!({"bounds": floats(told, "explicitBounds", "explicit_bounds"), "counts": counts})
}

fn exponential(told: &Value) -> Value {
    let side = |name: &str| {
        let side = told.get(name)?;
        let counts = counts(side);
        let offset = side.get("offset").and_then(Value::as_i64).unwrap_or(0);
        (!counts.is_empty()).then(|| json!({"offset": offset, "counts": counts}))
    };
    json!({
        "scale": told.get("scale").and_then(Value::as_i64).unwrap_or(0),
        "zero_count": number(told, "zeroCount", "zero_count"),
        "positive": side("positive"), "negative": side("negative"),
    })
}

fn summary(told: &Value) -> Value {
    let list = either(told, "quantileValues", "quantile_values").and_then(Value::as_array);
    let of = |quantile: &Value| {
        let mut of = Map::new();
        for name in ["quantile", "value"] {
            of.insert(name.to_owned(), json!(quantile.get(name).and_then(float)));
        }
        Value::Object(of)
    };
    let quantiles: Vec<Value> = list.into_iter().flatten().map(of).collect();
    if quantiles.is_empty() { Value::Null } else { json!({"quantiles": quantiles}) }
}
