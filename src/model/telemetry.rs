//! What programs tell of themselves over OpenTelemetry.

use super::Millis;

/// A kind of telemetry; each has an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    Logs,
    Traces,
    Metrics,
}

/// Who told it, and of which session: the same of all three kinds. Cut and redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryOrigin {
    /// Tells the same record, sent twice, from another one.
    pub key: u64,
    pub at: Millis,
    pub service: Option<String>,
    /// In the service's own spelling.
    pub name: Option<String>,
    /// It names a session at most: of sessions themselves it tells nothing.
    pub session_id: Option<String>,
    /// JSON objects.
    pub attributes: String,
    pub resource: String,
}

/// A log record; its name is its event's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryLog {
    pub origin: TelemetryOrigin,
    pub severity: Option<String>,
    pub body: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
}

/// A span; its moment is its start.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetrySpan {
    pub origin: TelemetryOrigin,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub parent_span_id: Option<String>,
    /// Milliseconds; `None` where it does not end after its start.
    pub duration: Option<f64>,
    pub kind: Option<&'static str>,
    /// `ok` or `error`.
    pub status: Option<&'static str>,
    /// Why it failed.
    pub message: Option<String>,
    /// A JSON array of what happened in it.
    pub events: Option<String>,
}

/// A data point of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetryPoint {
    pub origin: TelemetryOrigin,
    pub unit: Option<String>,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`.
    pub kind: &'static str,
    /// Of a distribution, its sum.
    pub value: Option<f64>,
    /// Points with this in common count the same thing.
    pub series: u64,
    /// What it covers began then.
    pub start: Option<Millis>,
    /// `delta` or `cumulative`.
    pub temporality: Option<&'static str>,
    pub monotonic: bool,
    /// Of a distribution.
    pub count: Option<i64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// JSON: bounds and counts, or quantiles.
    pub buckets: Option<String>,
}
