//! Metrics in the binary form.

use prost::Message as _;
use serde_json::{Value, json};

use super::super::OtlpError;
use super::super::point::{Kind, Metric, Point};
use super::super::wire::{self, Buckets, fields};
use super::{double, plain, text};

/// The fields of a metric that hold its data points.
const KINDS: [(u32, Kind); 5] =
    [(5, Kind::Gauge), (7, Kind::Sum), (9, Kind::Histogram), (10, Kind::ExponentialHistogram), (11, Kind::Summary)];

/// Hands over each point of a metric, not yet read.
pub fn each(metric: &[u8], mut take: impl FnMut(&Metric, &[u8]) -> Result<(), OtlpError>) -> Result<(), OtlpError> {
    let named = wire::Metric::decode(metric)?;
    let mut shared = Metric { name: text(&named.name), unit: text(&named.unit), ..Metric::default() };
    for (tag, kind) in KINDS {
        for data in fields(metric, tag) {
            let data = data?;
            if kind != Kind::Gauge && kind != Kind::Summary {
                let course = wire::Course::decode(data)?;
                (shared.temporality, shared.monotonic) = (course.temporality.into(), course.monotonic);
            }
            shared.kind = kind;
            for point in fields(data, 1) {
                take(&shared, point?)?;
            }
        }
    }
    Ok(())
}

pub fn point(kind: Kind, bytes: &[u8]) -> Result<Point, OtlpError> {
    Ok(match kind {
        Kind::Gauge | Kind::Sum => number(wire::NumberPoint::decode(bytes)?),
        Kind::Histogram => histogram(wire::HistogramPoint::decode(bytes)?),
        Kind::ExponentialHistogram => exponential(wire::ExponentialPoint::decode(bytes)?),
        Kind::Summary => summary(wire::SummaryPoint::decode(bytes)?),
    })
}

fn number(told: wire::NumberPoint) -> Point {
    #[expect(clippy::cast_precision_loss, reason = "SQLite's numbers with a fraction are of the same kind")]
    let value = told.double.or(told.int.map(|int| int as f64));
    Point {
        start: told.start_time_unix_nano,
        time: told.time_unix_nano,
        value,
        attributes: plain(told.attributes),
        flags: told.flags.into(),
        ..Point::default()
    }
}

fn histogram(told: wire::HistogramPoint) -> Point {
    let bounds: Vec<Value> = told.explicit_bounds.into_iter().map(double).collect();
    Point {
        start: told.start_time_unix_nano,
        time: told.time_unix_nano,
        value: told.sum,
        count: Some(told.count),
        min: told.min,
        max: told.max,
        buckets: if told.bucket_counts.is_empty() {
            Value::Null
        } else {
            json!({"bounds": bounds, "counts": told.bucket_counts})
        },
        attributes: plain(told.attributes),
        flags: told.flags.into(),
    }
}

fn exponential(told: wire::ExponentialPoint) -> Point {
    let side = |buckets: Option<Buckets>| {
        let buckets = buckets.filter(|buckets| !buckets.bucket_counts.is_empty());
        buckets.map(|buckets| json!({"offset": buckets.offset, "counts": buckets.bucket_counts}))
    };
    Point {
        start: told.start_time_unix_nano,
        time: told.time_unix_nano,
        value: told.sum,
        count: Some(told.count),
        min: told.min,
        max: told.max,
        buckets: json!({
            "scale": told.scale, "zero_count": told.zero_count,
            "positive": side(told.positive), "negative": side(told.negative),
        }),
        attributes: plain(told.attributes),
        flags: told.flags.into(),
    }
}

fn summary(told: wire::SummaryPoint) -> Point {
    let quantile = |q: wire::Quantile| json!({"quantile": double(q.quantile), "value": double(q.value)});
    let quantiles: Vec<Value> = told.quantiles.into_iter().map(quantile).collect();
    Point {
        start: told.start_time_unix_nano,
        time: told.time_unix_nano,
        value: Some(told.sum),
        count: Some(told.count),
        buckets: if quantiles.is_empty() { Value::Null } else { json!({"quantiles": quantiles}) },
        attributes: plain(told.attributes),
        flags: told.flags.into(),
        ..Point::default()
    }
}
