//! When two hook calls tell the same event: a project's settings for Claude Code are run as well, and both tell
//! everything, in two dialects but with one time stamp.

use xxhash_rust::xxh3::xxh3_64;

use super::payload::{Payload, either};
use super::registered;
use crate::adapters::copilot_cli::tools::Asked;
use crate::adapters::json;

/// The event's own identity, where it has one.
pub(super) fn of(event: &str, payload: &Payload<'_>) -> Option<u64> {
    let text = |a, b| json::text(either(a, b)).unwrap_or_default();
    let session = text(payload.session_id, payload.session_id_snake);
    let at = json::time(payload.timestamp)?;
    let tool = text(payload.tool, payload.tool_snake);
    let arguments = either(payload.arguments, payload.arguments_snake);
    let asked = Asked::of(&tool, arguments, false);
    let asked = crate::adapters::unnamed::asked(&asked.tool, asked.raw);
    let prompt = json::text(payload.prompt).unwrap_or_default();
    let event = registered::own_name(event);
    Some(xxh3_64(format!("copilot_cli hook\0{session}\0{event}\0{at}\0{asked:016x}\0{prompt}").as_bytes()))
}
