//! Tokens and money of one request, as Pi counted them: `input` is without what a cache held, `reasoning` is part of
//! `output`, and the price is the one of its own table.

use super::parser::Context;
use super::wire::{Cost, Usage as WireUsage};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, RequestTraits, Timing, TokenCounts, Told, Usage};

/// A million dollars in billionths: more for one request is a broken record, and sums must not overflow.
const MOST_NANOS: i64 = 1_000_000_000_000_000;

/// What `id` spent. A response that was never begun spent nothing and is no request.
pub(super) fn spent(
    raw: Raw<'_>,
    id: &str,
    model: Option<String>,
    agent_id: Option<String>,
    context: &Context,
    out: &mut Parsed,
) {
    let Some(usage) = json::object::<WireUsage<'_>>(raw) else { return };
    let fields =
        [usage.input, usage.output, usage.cache_read, usage.cache_write, usage.cache_write_1h, usage.reasoning];
    if fields.iter().any(|raw| json::int(*raw).is_some_and(|told| told != json::count(*raw))) {
        out.skip("number out of range", context.line);
    }
    let [input, output, cache_read, written, long, reasoning] = fields.map(json::count);
    let long = long.min(written);
    let reported_nanos = nanos(usage.cost);
    if input + output + cache_read + written == 0 && reported_nanos.is_none() {
        return;
    }
    out.facts.push(Fact::Usage(Usage {
        session: context.session.clone(),
        response_id: id.to_owned(),
        request_id: None,
        at: context.at,
        model,
        tokens: TokenCounts {
            input,
            output,
            cache_read,
            cache_write_1h: long,
            cache_write_other: written - long,
            reasoning: reasoning.min(output),
            ..TokenCounts::default()
        },
        traits: RequestTraits::default(),
        reported_nanos,
        sidechain: agent_id.is_some(),
        agent_id,
        told: Told::default(),
        timing: Timing::default(),
    }));
}

/// A model without a price in Pi's table costs 0 there: that says nothing.
fn nanos(cost: Raw<'_>) -> Option<i64> {
    let total = json::object::<Cost<'_>>(cost).map_or(cost, |cost| cost.total);
    let usd: f64 = json::text(total)?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let nanos = (usd * 1e9).round() as i64;
    Some(nanos.clamp(0, MOST_NANOS)).filter(|nanos| *nanos > 0)
}
