//! The sidecar's HTTP door, on its socket and on loopback: hooks, the live stream, questions, the status page.

mod ask;
mod body;
mod contained;
mod door;
mod fault;
mod guard;
mod health;
mod hooks;
mod metrics;
mod otlp;
mod own;
mod page;
mod params;
mod patient;
mod query;
mod questions;
mod reply;
mod route;
mod settings;
mod stream;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};

#[cfg(unix)]
pub use self::door::serve_unix;
pub use self::door::{Door, DoorSettings, serve_tcp};
pub use self::stream::event_json;
use crate::answer::deliveries::Wishes;
use crate::config::LiveSettings;
use crate::model::Signal;
use crate::spool::Entry;

/// Something that happened, as the live stream tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEvent {
    /// Of the row in `events`: later ones are larger.
    pub id: i64,
    pub session_id: Option<String>,
    /// One JSON object on one line.
    pub data: String,
}

/// What a hook is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookReply {
    /// Kept for good; the text to print, empty for nothing.
    Kept { body: String, json: bool },
    /// Could not be kept: whoever sent it has to.
    NotKept,
}

/// What came over OpenTelemetry, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryPost {
    pub signal: Signal,
    /// Else protobuf.
    pub json: bool,
    pub body: Vec<u8>,
}

/// What its sender is answered, in the form that it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TelemetryReply {
    Taken(Vec<u8>),
    /// It is no request of OpenTelemetry.
    Unreadable(Vec<u8>),
    /// Could not be kept: to be sent again.
    NotNow(Vec<u8>),
}

/// An import that the sidecar runs for somebody: lines of JSON, the last one the report or an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ImportOrder {
    pub agent: Option<String>,
    pub path: Option<String>,
    pub since_ms: Option<i64>,
    /// The settings of whoever asks count, where they are not the sidecar's own.
    pub redaction: Option<String>,
    /// Where whoever asks looks for the agents' files, as `adapters::Places`.
    pub places: Option<serde_json::Value>,
}

pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What stands behind the door.
pub trait Backend: Send + Sync + 'static {
    /// Keeps the event, then answers.
    fn hook(&self, entry: Entry) -> Later<HookReply>;

    /// Keeps what is kept of it, and says so.
    fn telemetry(&self, post: TelemetryPost) -> Later<TelemetryReply>;

    /// Everything that happens from now on; slow readers miss some and are told so.
    fn live(&self) -> broadcast::Receiver<Arc<LiveEvent>>;

    /// The sidecar itself: counters, queue, addresses.
    fn sidecar(&self) -> crate::answer::status::Sidecar;

    /// How much agents are told.
    fn wishes(&self) -> Wishes {
        Wishes::default()
    }

    /// `settings.json`; `None`: nobody here reads it, and the door does so by itself.
    fn settings(&self) -> LiveSettings;

    fn import(&self, order: ImportOrder) -> mpsc::Receiver<String>;

    /// Begins to shut down.
    fn stop(&self);
}
