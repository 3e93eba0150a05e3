//! What arrived over OpenTelemetry, each record once: a session's id stands in it as a text, so that none comes to be or
//! counts as busy.

use rusqlite::params;

use super::{Result, Writer};
use crate::model::{TelemetryLog, TelemetryPoint, TelemetrySpan};

impl Writer {
    pub(super) fn log(&mut self, log: &TelemetryLog) -> Result<()> {
        let from = &log.origin;
        self.db
            .prepare_cached(
                "INSERT INTO otel_log (key, ts_ms, service, name, session_id, attributes, resource, severity, body, trace_id, span_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                from.key.cast_signed(),
                from.at,
                from.service,
                from.name,
                from.session_id,
                from.attributes,
                from.resource,
                log.severity,
                log.body,
                log.trace_id,
                log.span_id
            ])?;
        Ok(())
    }

    pub(super) fn span(&mut self, span: &TelemetrySpan) -> Result<()> {
        let from = &span.origin;
        self.db
            .prepare_cached(
                "INSERT INTO otel_span (key, ts_ms, service, name, session_id, attributes, resource, trace_id, span_id, parent_span_id,
                   duration_ms, status, kind, message, events)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                from.key.cast_signed(),
                from.at,
                from.service,
                from.name,
                from.session_id,
                from.attributes,
                from.resource,
                span.trace_id,
                span.span_id,
                span.parent_span_id,
                span.duration,
                span.status,
                span.kind,
                span.message,
                span.events
            ])?;
        Ok(())
    }

    pub(super) fn point(&mut self, point: &TelemetryPoint) -> Result<()> {
        let from = &point.origin;
        self.db
            .prepare_cached(
                "INSERT INTO otel_metric (key, ts_ms, service, name, session_id, attributes, resource, unit, kind, value, series,
                   start_ms, temporality, monotonic, count, min, max, buckets)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
                 ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                from.key.cast_signed(),
                from.at,
                from.service,
                from.name,
                from.session_id,
                from.attributes,
                from.resource,
                point.unit,
                point.kind,
                point.value,
                point.series.cast_signed(),
                point.start,
                point.temporality,
                point.monotonic,
                point.count,
                point.min,
                point.max,
                point.buckets
            ])?;
        Ok(())
    }
}
