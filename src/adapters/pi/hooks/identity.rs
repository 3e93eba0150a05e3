//! When two hook calls tell the same event: a client may run two copies of our extension.

use xxhash_rust::xxh3::xxh3_64;

use super::payload::Payload;
use crate::adapters::json;
use crate::adapters::pi::tools;

/// The event's own identity, where it has one: a call with an id of its own begins once and ends once.
pub(super) fn of(event: &str, payload: &Payload<'_>) -> Option<u64> {
    let call = json::string(payload.call_id).filter(|_| matches!(event, "tool_call" | "tool_result"))?;
    let told = json::int(payload.response_at);
    let what = match told {
        Some(response) => tools::call_id(&call, response),
        None => Some(call).filter(|call| tools::is_telling(call))?,
    };
    let session = json::text(payload.session_id).unwrap_or_default();
    Some(xxh3_64(format!("pi hook\0{session}\0{event}\0{what}").as_bytes()))
}
