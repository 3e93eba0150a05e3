//! OpenTelemetry over HTTP: what a request holds, what of it is kept, and how it is answered.

mod answer;
mod json;
mod log;
mod meaning;
mod origin;
mod point;
mod protobuf;
mod span;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

pub use self::answer::{accepted, busy, unreadable};
use self::log::Record;
pub use self::origin::agent_of;
use self::origin::{Keeping, Origin};
use self::point::{Metric, Point};
use self::span::Span;
use crate::model::{Fact, Millis, Signal};
use crate::redact::Redactor;
use crate::store::Batch;

/// Of a request, so many records are kept; no exporter sends nearly as many at once.
const RECORDS: usize = 20_000;
/// A longer record is not read: unpacked it could take many times its length.
const RECORD: usize = 1024 * 1024;
/// Committed at once: a hook may wait for it.
const TOGETHER: usize = 500;
/// Services told apart.
const SERVICES: usize = 64;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Protobuf,
    Json,
}

/// Why a body is nothing that OTLP knows.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    #[error("the body is no OTLP request: {0}")]
    Protobuf(#[from] prost::DecodeError),
    #[error("the body is no OTLP request: it ends in the middle of a message")]
    Short,
    #[error("the body is no OTLP request: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the body is no OTLP request: it is no JSON object")]
    NoObject,
}

/// What a request held.
#[derive(Debug, Default)]
pub struct Told {
    /// In parts that are committed one by one.
    pub batches: Vec<Batch>,
    /// Records, spans or data points by service; without a name: empty.
    pub counts: BTreeMap<String, u64>,
    /// Those that are not kept.
    pub rejected: u64,
}

impl Told {
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// Reads a request.
///
/// # Errors
/// The body is none.
pub fn read(signal: Signal, form: Form, body: &[u8], redactor: Redactor, now: Millis) -> Result<Told, OtlpError> {
    let mut heard = Heard { told: Told::default(), kept: 0, keeping: Keeping { redactor, now } };
    match form {
        Form::Protobuf => protobuf::read(signal, body, &mut heard)?,
        Form::Json => json::read(signal, body, &mut heard)?,
    }
    Ok(heard.told)
}

/// Takes what is read, one at a time.
struct Heard {
    told: Told,
    kept: usize,
    keeping: Keeping,
}

impl Heard {
    fn count(&mut self, origin: &Origin) {
        let service = origin.service().unwrap_or_default();
        let known = self.told.counts.len() < SERVICES || self.told.counts.contains_key(service);
        *self.told.counts.entry(if known { service } else { "" }.to_owned()).or_default() += 1;
    }

    /// One that is not read.
    fn too_long(&mut self, origin: &Origin) {
        self.count(origin);
        self.told.rejected += 1;
    }

    fn log(&mut self, origin: &Origin, record: impl FnOnce() -> Result<Record, OtlpError>) -> Result<(), OtlpError> {
        self.take(origin, |keeping, batch| {
            let record = record()?;
            let log = record.kept(origin, keeping);
            let key = log.origin.key;
            batch.push(Fact::Log(log));
            for fact in meaning::of_log(origin, &record, key, keeping) {
                batch.push(fact);
            }
            Ok(())
        })
    }

    fn span(&mut self, origin: &Origin, span: impl FnOnce() -> Result<Span, OtlpError>) -> Result<(), OtlpError> {
        self.take(origin, |keeping, batch| {
            let span = span()?;
            let kept = span.kept(origin, keeping);
            let key = kept.origin.key;
            batch.push(Fact::Span(kept));
            for fact in meaning::of_span(origin, &span, key, keeping) {
                batch.push(fact);
            }
            Ok(())
        })
    }

    fn point(
        &mut self,
        origin: &Origin,
        metric: &Metric,
        point: impl FnOnce() -> Result<Point, OtlpError>,
    ) -> Result<(), OtlpError> {
        self.take(origin, |keeping, batch| {
            batch.push(Fact::Point(point()?.kept(origin, metric, keeping)));
            Ok(())
        })
    }

    /// Keeps what `read` makes of one, unless there were too many.
    fn take(
        &mut self,
        origin: &Origin,
        read: impl FnOnce(Keeping, &mut Batch) -> Result<(), OtlpError>,
    ) -> Result<(), OtlpError> {
        self.count(origin);
        if self.kept >= RECORDS {
            self.told.rejected += 1;
            return Ok(());
        }
        if self.kept.is_multiple_of(TOGETHER) {
            self.told.batches.push(Batch::told(self.keeping.now));
        }
        self.kept += 1;
        self.told.batches.last_mut().map_or(Ok(()), |batch| read(self.keeping, batch))
    }
}
