//! What programs tell of themselves over OpenTelemetry.

use super::Millis;

/// A kind of telemetry; each has an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    Logs,
    Traces,
    Metrics,
}

/// A log record, cut and redacted. It names a session at most: of sessions themselves it tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryLog {
    /// Tells the same record, sent twice, from another one.
    pub key: u64,
    pub at: Millis,
    pub service: Option<String>,
    /// Of the event, in the service's own spelling.
    pub name: Option<String>,
    pub session_id: Option<String>,
    pub severity: Option<String>,
    pub body: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    /// JSON objects.
    pub attributes: String,
    pub resource: String,
}
