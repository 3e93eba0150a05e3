//! Tokens and money of one request, as its message tells them. What its steps tell besides is the same again.

use super::wire::{Cache, Tokens};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::TokenCounts;

/// A million dollars in billionths: more for one request is a broken record, and sums must not overflow.
const MOST_NANOS: i64 = 1_000_000_000_000_000;

/// `None`: nothing was spent, or not yet.
pub(super) fn tokens(raw: Raw<'_>, line: u64, out: &mut Parsed) -> Option<TokenCounts> {
    let tokens: Tokens<'_> = json::object(raw)?;
    let cache: Cache<'_> = json::object(tokens.cache).unwrap_or_default();
    let told = [tokens.input, tokens.output, tokens.reasoning, cache.read, cache.write];
    if told.iter().any(|raw| json::int(*raw).is_some_and(|number| number != json::count(*raw))) {
        out.skip("number out of range", line);
    }
    let [input, output, reasoning, cache_read, cache_write] = told.map(json::count);
    if input + output + reasoning + cache_read + cache_write == 0 {
        return None;
    }
    let beside = is_beside(json::int(tokens.total), input + output + cache_read + cache_write, output, reasoning);
    Some(TokenCounts {
        input,
        output: if beside { output + reasoning } else { output },
        cache_read,
        cache_write_other: cache_write,
        reasoning,
        ..TokenCounts::default()
    })
}

/// Whether the reasoning is not counted in `output`. Versions that count it apart also tell the `total` of all; where
/// that is of no help, it cannot be a part of less than itself. `rest`: all but the reasoning.
fn is_beside(total: Option<i64>, rest: i64, output: i64, reasoning: i64) -> bool {
    match total {
        Some(total) if total == rest => false,
        Some(total) if total > 0 => true,
        _ => reasoning > output,
    }
}

/// The client's own estimate; nothing where it knows no price, or a subscription pays.
pub(super) fn nanos(raw: Raw<'_>) -> Option<i64> {
    let usd: f64 = json::text(raw)?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let nanos = (usd * 1e9).round() as i64;
    Some(nanos.clamp(0, MOST_NANOS)).filter(|nanos| *nanos > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(json: &str) -> Option<TokenCounts> {
        let raw: &serde_json::value::RawValue = serde_json::from_str(json).unwrap();
        tokens(Some(raw), 1, &mut Parsed::default())
    }

    #[test]
    fn reasoning_is_counted_once() {
        for (json, output) in [
            // Of 2026: apart.
            (r#"{"total":175,"input":100,"output":20,"reasoning":5,"cache":{"read":50,"write":0}}"#, 25),
            // The vendor's own sum has more in it.
            (r#"{"total":180,"input":100,"output":20,"reasoning":5,"cache":{"read":50,"write":0}}"#, 25),
            (r#"{"total":170,"input":100,"output":20,"reasoning":5,"cache":{"read":50,"write":0}}"#, 20),
            // Of 2025: a part of the output, told without a sum.
            (r#"{"input":100,"output":20,"reasoning":5,"cache":{"read":50,"write":0}}"#, 20),
            (r#"{"input":100,"output":2,"reasoning":5}"#, 7),
        ] {
            let counts = counts(json).unwrap();
            assert_eq!((counts.input, counts.output, counts.reasoning), (100, output, 5), "{json}");
        }
        assert_eq!(counts(r#"{"input":0,"output":0,"cache":{"read":0}}"#), None);
        assert_eq!(counts(r#"{"input":"7","output":-3,"cache":7}"#).map(|c| (c.input, c.output)), Some((7, 0)));
    }

    #[test]
    fn no_price_is_no_cost() {
        let of = |json: &str| {
            let raw: &serde_json::value::RawValue = serde_json::from_str(json).unwrap();
            nanos(Some(raw))
        };
        assert_eq!(of("0.00375"), Some(3_750_000));
        for none in ["0", "-1", "null", r#"{"input":24}"#, "\"x\""] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("1e300"), Some(MOST_NANOS));
    }
}
