//! Log records of OpenTelemetry: a session's id stands in them as a text, so that none comes to be or counts as busy.

use rusqlite::params;

use super::{Result, Writer};
use crate::model::TelemetryLog;

impl Writer {
    pub(super) fn log(&mut self, log: &TelemetryLog) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO otel_log (key, ts_ms, service, name, session_id, severity, body, trace_id, span_id, attributes, resource)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![
                log.key.cast_signed(),
                log.at,
                log.service,
                log.name,
                log.session_id,
                log.severity,
                log.body,
                log.trace_id,
                log.span_id,
                log.attributes,
                log.resource
            ])?;
        Ok(())
    }
}
