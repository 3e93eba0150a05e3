//! What one model request costs: reported money first, else tokens times the embedded price table, else unknown.
//!
//! - The whole request is priced at the tier that its prompt reaches (strictly more tokens than the threshold),
//!   output included. So requests are priced one by one, never sums of requests.
//! - A bucket without a price of its own follows the vendors' convention: cached input without a discount, and
//!   cache writes without a surcharge, cost what fresh input costs; Claude's writes kept for an hour cost twice
//!   the input.
//! - A price nobody published is `Unknown`: an unlisted model, fast mode on a model that has none, `ultrafast`
//!   where the table has no such rate. A service tier with a name not known here is taken as standard, because
//!   agents write placeholders there.
//! - Claude's `priority` tier is capacity bought in advance; its tokens are shown at the standard rates.
//! - Not modelled: discounts, credits, taxes, regional uplifts of cloud resellers, Gemini's price of a search.
//!
//! The data lies in `data/`: the table of `LiteLLM` as `reduce.py` cuts it down, and `overlay.json` for what that
//! lacks. New prices are data, not code.

mod ids;
mod rates;
mod table;

#[cfg(test)]
mod tests;

use crate::model::{Cost, CostBasis, Millis, RequestTraits, TokenCounts};
use rates::{Bucket, Service, Vendor};
use table::{Model, TABLE};

/// Name and version of the embedded table, kept beside each estimate so that history is never re-priced silently.
pub const TABLE_VERSION: &str = "litellm 1.109.1 + tma1 2026-11-20";

/// 0.01 USD for each search the model ran.
const WEB_SEARCH_NANOS: i128 = 10_000_000;

/// Inference pinned to the United States costs a tenth more, for every vendor that offers it.
const US_MULTIPLIER_MILLI: i64 = 1100;

/// The window that a `[1m]` behind the model's name asks for.
const LONG_WINDOW: i64 = 1_000_000;

/// Prices one request.
///
/// Reported money wins if it is more than zero: agents that know no price write 0. A model without a price gives
/// `Unknown`, never 0 and never another model's price.
#[must_use]
pub fn price(
    model: Option<&str>,
    at: Millis,
    tokens: &TokenCounts,
    traits: &RequestTraits,
    reported_nanos: Option<i64>,
) -> Cost {
    let reported = reported_nanos.filter(|nanos| *nanos > 0);
    let estimated = || estimate(find(model?)?.1, at, tokens, traits);
    let (nanos, basis) = match reported {
        Some(nanos) => (Some(nanos), CostBasis::Reported),
        None => match estimated() {
            Some(nanos) => (Some(nanos), CostBasis::Estimated),
            None => (None, CostBasis::Unknown),
        },
    };
    Cost { nanos, basis }
}

/// Key in the price table that `model` resolves to, if any.
#[must_use]
pub fn resolve(model: &str) -> Option<&'static str> {
    find(model).map(|(key, _)| key)
}

/// Context window in tokens; `None` if unknown.
#[must_use]
pub fn context_window(model: &str) -> Option<i64> {
    if ids::asks_for_1m(model) {
        return Some(LONG_WINDOW);
    }
    find(model)?.1.window
}

/// Every key of the price table, sorted.
pub fn models() -> impl Iterator<Item = &'static str> {
    TABLE.models.keys().copied()
}

fn find(model: &str) -> Option<(&'static str, &'static Model)> {
    ids::candidates(model).iter().find_map(|candidate| TABLE.get(candidate))
}

fn estimate(model: &Model, at: Millis, tokens: &TokenCounts, traits: &RequestTraits) -> Option<i64> {
    let tokens = clamped(tokens);
    let (service, speed_milli) = service_and_speed(model, traits)?;
    let residency_milli = if traits.us_only { model.us_milli.unwrap_or(US_MULTIPLIER_MILLI) } else { 1000 };

    let rates = model.rates_at(at);
    // Long prompts cost more.
    let tier = rates.tier(if traits.several { 0 } else { tokens.prompt_total() });
    let mut picos: i128 = 0;
    for (bucket, count) in [
        (Bucket::Input, tokens.input),
        (Bucket::Output, tokens.output),
        (Bucket::CacheRead, tokens.cache_read),
        (Bucket::CacheWrite, tokens.cache_write_5m),
        (Bucket::CacheWrite1h, tokens.cache_write_1h),
        (Bucket::CacheWrite, tokens.cache_write_other),
    ] {
        if count > 0 {
            let rate = rates.picos(model.vendor, bucket, tier, service)?;
            picos = picos.saturating_add(i128::from(count) * i128::from(rate));
        }
    }

    let scaled = picos.saturating_mul(i128::from(speed_milli)).saturating_mul(i128::from(residency_milli));
    // Picodollars times two thousandths make a billion parts of a nanodollar. Rounded once, half up.
    let nanos = scaled.saturating_add(500_000_000) / 1_000_000_000;
    let total = nanos.saturating_add(i128::from(tokens.web_searches) * WEB_SEARCH_NANOS);
    Some(i64::try_from(total).unwrap_or(i64::MAX))
}

/// Fast mode is a multiplier at Anthropic and the priority tier at `OpenAI`. `None` where nobody sells it.
fn service_and_speed(model: &Model, traits: &RequestTraits) -> Option<(Service, i64)> {
    let service = Service::named(traits.service_tier.as_deref().unwrap_or_default());
    match (traits.fast, model.vendor) {
        (true, Vendor::Anthropic) => Some((service, model.fast_milli?)),
        (true, Vendor::OpenAi) if service == Service::Standard => Some((Service::Priority, 1000)),
        (true, Vendor::Gemini) => None,
        (true, Vendor::OpenAi) | (false, _) => Some((service, 1000)),
    }
}

/// Subtracted counters come out negative when an agent contradicts itself; that must not earn money.
fn clamped(tokens: &TokenCounts) -> TokenCounts {
    tokens.max(&TokenCounts::default())
}
