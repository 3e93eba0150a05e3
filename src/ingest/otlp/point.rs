//! A metric and its data points as both forms tell them, and what is kept of a point.

use serde_json::{Map, Value};

use super::origin::{Keeping, Origin, key};
use crate::model::TelemetryPoint;

/// What points of one metric share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metric {
    pub name: String,
    pub unit: String,
    pub kind: Kind,
    pub temporality: i64,
    pub monotonic: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }
}

/// What both forms are brought to. Times are nanoseconds, zero where none is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    pub start: u64,
    pub time: u64,
    pub value: Option<f64>,
    pub count: Option<u64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// What lies between its ends, as far as it is told.
    pub buckets: Value,
    pub attributes: Map<String, Value>,
    pub flags: u64,
}

/// Bytes; a distribution has a few hundred buckets at most.
const BUCKETS: usize = 16 * 1024;
/// Of flags: nothing was recorded.
const NO_VALUE: u64 = 1;

impl Point {
    /// What is kept of it.
    pub fn kept(&self, origin: &Origin, metric: &Metric, keeping: Keeping) -> TelemetryPoint {
        let service = origin.service().unwrap_or_default();
        let instance = super::origin::text(&origin.resource, "service.instance.id").unwrap_or_default();
        let session = super::origin::text(&origin.resource, "session.id").unwrap_or_default();
        let texts = [service, instance, session, &origin.scope, &metric.name, &metric.unit, metric.kind.name()];
        let series = key(&[], &texts, &self.attributes);
        let value = self.value.filter(|value| value.is_finite() && self.flags & NO_VALUE == 0);
        let bits = [series, self.start, self.time, value.unwrap_or(0.0).to_bits(), self.count.unwrap_or(0)];
        let key = key(&bits, &[], &Map::new());
        TelemetryPoint {
            origin: keeping.origin(origin, Some(&metric.name), self.time, &self.attributes, key),
            unit: keeping.short(&metric.unit),
            kind: metric.kind.name(),
            value,
            series,
            start: keeping.moment(self.start),
            temporality: match (metric.kind, metric.temporality) {
                (Kind::Gauge | Kind::Summary, _) => None,
                (_, 1) => Some("delta"),
                (_, 2) => Some("cumulative"),
                _ => None,
            },
            monotonic: metric.monotonic,
            count: self.count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
            min: self.min.filter(|min| min.is_finite()),
            max: self.max.filter(|max| max.is_finite()),
            // Numbers only: nothing has to be cut out of them.
            buckets: (!self.buckets.is_null()).then(|| self.buckets.to_string()).filter(|text| text.len() <= BUCKETS),
        }
    }
}
