//! Five-hour blocks, as the limits of subscriptions count them: each begins with the full hour in which something was
//! used first.

use schemars::JsonSchema;
use serde::Serialize;

use super::shown;
use crate::answer::session_facts::Tokens;
use crate::answer::{Asker, Refusal, rfc3339};
use crate::model::Millis;
use crate::store::{UsageFilter, UsageGroup, UsageRow};

const HOUR_MS: Millis = 60 * 60 * 1000;
const BLOCK_MS: Millis = 5 * HOUR_MS;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Block {
    pub start: String,
    pub end: String,
    /// It is not over yet.
    pub active: bool,
    pub requests: i64,
    pub tokens: Tokens,
    pub cost_usd: Option<f64>,
    /// Of an active block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burn: Option<Burn>,
}

/// How fast an active block is used, and what it comes to at its end if that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Burn {
    /// Of all kinds, between the first and the last request.
    pub tokens_per_minute: i64,
    pub cost_per_hour_usd: Option<f64>,
    pub projected_tokens: i64,
    pub projected_cost_usd: Option<f64>,
    pub minutes_left: i64,
}

/// What was used from `start` on.
#[derive(Debug, Clone, PartialEq)]
struct Used {
    start: Millis,
    row: UsageRow,
}

impl Asker {
    /// Blocks that were not over at `since`, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn usage_blocks(&self, since: Option<Millis>) -> Result<Vec<Block>, Refusal> {
        // Where a block begins depends on all blocks before it.
        let found = self.store.usage(UsageGroup::Bucket, &UsageFilter::default())?;
        let mut blocks = Vec::new();
        for used in blocks_of(found).into_iter().rev() {
            let end = used.start + BLOCK_MS;
            if since.is_some_and(|since| end <= since) {
                break;
            }
            let active = (used.start..end).contains(&self.now());
            let burn = if active { self.burn(&used)? } else { None };
            let row = shown(&used.row);
            blocks.push(Block {
                start: rfc3339(used.start),
                end: rfc3339(end),
                active,
                requests: row.requests,
                tokens: row.tokens,
                cost_usd: row.cost_usd,
                burn,
            });
        }
        Ok(blocks)
    }

    fn burn(&self, used: &Used) -> Result<Option<Burn>, Refusal> {
        let end = used.start + BLOCK_MS;
        let Some((first, last)) = self.store.first_and_last_request(used.start, end)? else { return Ok(None) };
        Ok(burn(&used.row, first, last, end - self.now()))
    }
}

fn blocks_of(mut buckets: Vec<UsageRow>) -> Vec<Used> {
    buckets.sort_by_key(|row| row.bucket);
    let mut blocks: Vec<Used> = Vec::new();
    for bucket in buckets {
        match blocks.last_mut() {
            Some(block) if bucket.bucket < block.start + BLOCK_MS => block.row.add(&bucket),
            _ => blocks.push(Used { start: bucket.bucket - bucket.bucket.rem_euclid(HOUR_MS), row: bucket }),
        }
    }
    blocks
}

/// `None`: it cannot be told from one moment how fast it goes.
fn burn(row: &UsageRow, first: Millis, last: Millis, left: Millis) -> Option<Burn> {
    let spent = (last > first).then_some(last - first)?;
    let all = row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens;
    let over = |amount: i64, time: Millis| {
        let product = i128::from(amount) * i128::from(time) / i128::from(spent);
        i64::try_from(product).unwrap_or(i64::MAX)
    };
    let dollars = |nanos: i64| (row.priced_requests > 0).then(|| shown(&UsageRow { cost_nanos: nanos, ..row.clone() }));
    let dollars = |nanos: i64| dollars(nanos).and_then(|row| row.cost_usd);
    Some(Burn {
        tokens_per_minute: over(all, 60_000),
        cost_per_hour_usd: dollars(over(row.cost_nanos, HOUR_MS)),
        projected_tokens: all.saturating_add(over(all, left)),
        projected_cost_usd: dollars(row.cost_nanos.saturating_add(over(row.cost_nanos, left))),
        minutes_left: left / 60_000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Millis = HOUR_MS / 4;
    /// 2026-11-20T00:00:00Z
    const DAY: Millis = 1_795_132_800_000;

    fn bucket(quarter: i64, output: i64) -> UsageRow {
        UsageRow {
            bucket: DAY + quarter * QUARTER,
            requests: 1,
            priced_requests: 1,
            output_tokens: output,
            cost_nanos: output * 1_000_000,
            ..UsageRow::default()
        }
    }

    #[test]
    fn a_block_begins_with_the_full_hour_and_lasts_five() {
        // 09:15, 13:45, 14:00 and 23:00.
        let blocks = blocks_of(vec![bucket(56, 4), bucket(37, 1), bucket(55, 2), bucket(92, 8)]);
        let told: Vec<(i64, i64)> = blocks.iter().map(|b| ((b.start - DAY) / HOUR_MS, b.row.output_tokens)).collect();
        assert_eq!(told, [(9, 3), (14, 4), (23, 8)]);
    }

    #[test]
    fn what_goes_on_comes_to_more() {
        let row = bucket(37, 600);
        // Ten minutes of use, two hours left.
        let burn = burn(&row, DAY, DAY + 10 * 60_000, 2 * HOUR_MS).unwrap();
        assert_eq!((burn.tokens_per_minute, burn.projected_tokens, burn.minutes_left), (60, 600 + 7200, 120));
        assert!((burn.cost_per_hour_usd.unwrap() - 3.6).abs() < 1e-9, "{burn:?}");
        assert!((burn.projected_cost_usd.unwrap() - 7.8).abs() < 1e-9, "{burn:?}");
        assert_eq!(super::burn(&row, DAY, DAY, HOUR_MS), None);
    }
}
