//! Rows of the client's own database: every request of every session, also of those whose records are gone.

use super::parser::time;
use super::shorten;
use super::usage::{COMPACTION, Spent};
use super::wire::Row;
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{Agent, Grain, SessionId, Told};

pub(super) const REQUESTS: &str = "assistant_usage_events";

pub(super) const COLUMNS: &[&str] = &[
    "id",
    "session_id",
    "agent_id",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "initiator",
    "created_at",
];

/// The records tell the same requests, under other ids.
const VOICE: u8 = 1;

pub(super) fn row(text: &str, line: u64, out: &mut Parsed) {
    let row: Row<'_> = json::parse(text).unwrap_or_default();
    let table = json::text(row.table).unwrap_or_default();
    if table != REQUESTS {
        out.skip(format!("unknown table {}", shorten(&table)), line);
        return;
    }
    let (Some(session), Some(at)) = (json::string(row.session_id), created(&row)) else {
        out.skip("request without a session or a time", line);
        return;
    };
    out.records += 1;
    let aside = json::text(row.initiator).as_deref() == Some(COMPACTION);
    let spent = Spent {
        // Another database may count from one again.
        id: format!("store:{session}:{}:{at}", json::int(row.id).unwrap_or(0)),
        session: SessionId::new(Agent::CopilotCli, &session),
        at,
        model: json::string(row.model),
        numbers: [row.input, row.output, row.cache_read, row.cache_write, row.reasoning].map(json::count),
        agent_id: json::string(row.agent_id),
        told: Told { grain: if aside { Grain::Aside } else { Grain::Request }, voice: VOICE },
    };
    spent.tell(out);
}

/// In UTC, with or without saying so.
fn created(row: &Row<'_>) -> Option<i64> {
    time(row.created_at).or_else(|| {
        let text = json::text(row.created_at)?;
        let told: jiff::civil::DateTime = text.parse().ok()?;
        Some(told.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
    })
}
