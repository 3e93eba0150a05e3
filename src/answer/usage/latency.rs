//! How long models and tools take, and how often they fail.

use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Asker, Refusal, budget};
use crate::model::Millis;
use crate::store::Took;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Latency {
    pub models: Vec<Speed>,
    pub tools: Vec<Speed>,
}

/// Of one model or tool; times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Speed {
    pub name: String,
    /// Requests or calls, those that failed included.
    pub count: i64,
    pub errors: i64,
    pub error_rate: f64,
    /// How many say how long they took.
    pub timed: i64,
    pub p50_ms: Option<i64>,
    pub p95_ms: Option<i64>,
    /// Until the first token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_p50_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_p95_ms: Option<i64>,
    /// Of a model: the part of what was sent to it that came from its cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_hit_ratio: Option<f64>,
}

impl Asker {
    /// Most used first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn latency(&self, since: Option<Millis>) -> Result<Latency, Refusal> {
        let since = since.unwrap_or(0);
        Ok(Latency { models: speeds(self.store.models_took(since)?), tools: speeds(self.store.tools_took(since)?) })
    }
}

fn speeds(mut all: Vec<Took>) -> Vec<Speed> {
    all.sort_by(|a, b| (b.count, &a.name).cmp(&(a.count, &b.name)));
    all.into_iter().map(speed).collect()
}

fn speed(mut took: Took) -> Speed {
    took.durations.sort_unstable();
    took.first_tokens.sort_unstable();
    let ratio = |part: i64, whole: i64| {
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        (whole > 0).then(|| part as f64 / whole as f64)
    };
    Speed {
        name: if took.name.is_empty() { "unknown".to_owned() } else { budget::name(&took.name) },
        count: took.count,
        errors: took.errors,
        error_rate: ratio(took.errors, took.count).unwrap_or(0.0),
        timed: i64::try_from(took.durations.len()).unwrap_or(i64::MAX),
        p50_ms: percentile(&took.durations, 50),
        p95_ms: percentile(&took.durations, 95),
        first_token_p50_ms: percentile(&took.first_tokens, 50),
        first_token_p95_ms: percentile(&took.first_tokens, 95),
        cache_hit_ratio: ratio(took.cached, took.sent),
    }
}

/// The smallest value that so many of a hundred do not exceed; `sorted` is.
fn percentile(sorted: &[i64], of_hundred: usize) -> Option<i64> {
    let rank = (sorted.len() * of_hundred).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 95)), (Some(50), Some(95)));
        assert_eq!((percentile(&[7], 50), percentile(&[7], 95), percentile(&[], 50)), (Some(7), Some(7), None));
        assert_eq!(percentile(&[1, 2, 3], 50), Some(2));
    }

    #[test]
    fn rates_are_of_all_that_was_tried() {
        let took = Took {
            name: "m".to_owned(),
            count: 4,
            errors: 1,
            durations: vec![30, 10, 20],
            first_tokens: Vec::new(),
            sent: 200,
            cached: 150,
        };
        let speed = speed(took);
        assert_eq!((speed.p50_ms, speed.timed, speed.first_token_p50_ms), (Some(20), 3, None));
        assert_eq!((speed.error_rate, speed.cache_hit_ratio), (0.25, Some(0.75)));
    }
}
