//! OpenTelemetry over HTTP: what a request holds, what of it is kept, and how it is answered.

mod answer;
mod json;
mod log;
mod origin;
mod point;
mod protobuf;
mod span;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

pub use self::answer::{accepted, busy, unreadable};
pub use self::origin::agent_of;
use self::origin::{Keeping, Origin};
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

    /// Keeps what `read` makes of one, unless there were too many.
    fn take(
        &mut self,
        origin: &Origin,
        read: impl FnOnce(Keeping) -> Result<Fact, OtlpError>,
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
        let fact = read(self.keeping)?;
        if let Some(batch) = self.told.batches.last_mut() {
            batch.push(fact);
        }
        Ok(())
    }
}
