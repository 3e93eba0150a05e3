//! Tokens and money of one response, as its record tells them.

use super::parser::Context;
use super::wire::{CacheCreation, OutputDetails, Record, ServerTools, Usage as WireUsage};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{RequestTraits, Timing, TokenCounts, Told, Usage};

/// A million dollars in billionths: more for one request is a broken record, and sums must not overflow.
const MOST_NANOS: i64 = 1_000_000_000_000_000;

/// Reads numbers and remembers whether one had to be clamped.
#[derive(Default)]
struct Counts {
    clamped: bool,
}

impl Counts {
    fn of(&mut self, raw: Raw<'_>) -> i64 {
        self.known(raw).unwrap_or(0)
    }

    fn known(&mut self, raw: Raw<'_>) -> Option<i64> {
        let number = json::int(raw)?;
        let kept = json::count(raw);
        self.clamped |= kept != number;
        Some(kept)
    }

    /// Very old records state their price.
    fn nanos(&mut self, raw: Raw<'_>) -> Option<i64> {
        let usd: f64 = json::text(raw)?.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let nanos = (usd * 1e9).round() as i64;
        let kept = nanos.clamp(0, MOST_NANOS);
        self.clamped |= kept != nanos;
        Some(kept).filter(|nanos| *nanos > 0)
    }

    /// Cache writes by lifetime. The total is the truth; the split may be missing or partial, and what it
    /// leaves open was kept for the shorter time.
    fn cache_writes(&mut self, usage: &WireUsage<'_>) -> (i64, i64) {
        let total = self.known(usage.cache_creation);
        let split = json::read::<CacheCreation<'_>>(usage.cache_creation_split).filter(|s| s.is_object);
        let (short, long) = split.map_or((0, 0), |s| (self.of(s.short), self.of(s.long)));
        let total = total.unwrap_or(short + long);
        let long = long.min(total);
        (total - long, long)
    }
}

pub(super) fn usage_of(
    record: &Record<'_>,
    usage: &WireUsage<'_>,
    context: &Context,
    response_id: String,
    model: Option<String>,
    out: &mut Parsed,
) -> Usage {
    let details: OutputDetails<'_> = json::read(usage.output_details).unwrap_or_default();
    let server: ServerTools<'_> = json::read(usage.server_tools).unwrap_or_default();
    let mut counts = Counts::default();
    let (short, long) = counts.cache_writes(usage);
    let tokens = TokenCounts {
        input: counts.of(usage.input),
        output: counts.of(usage.output),
        cache_read: counts.of(usage.cache_read),
        cache_write_5m: short,
        cache_write_1h: long,
        cache_write_other: 0,
        reasoning: counts.of(details.thinking),
        web_searches: counts.of(server.searches),
    };
    let reported_nanos = counts.nanos(record.cost_usd);
    if counts.clamped {
        out.skip("number out of range", context.line);
    }
    Usage {
        session: context.session.clone(),
        response_id,
        request_id: json::string(record.request_id),
        at: context.at,
        model,
        tokens,
        traits: RequestTraits {
            fast: json::text(usage.speed).as_deref() == Some("fast"),
            us_only: json::text(usage.geo).as_deref() == Some("us"),
            service_tier: json::string(usage.service_tier).filter(|tier| tier != "standard"),
            several: false,
        },
        reported_nanos,
        agent_id: context.agent_id.clone(),
        sidechain: context.sidechain,
        told: Told::default(),
        timing: Timing::default(),
    }
}
