//! `get_usage`: tokens and money over time.

pub mod blocks;
pub mod latency;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::{Tokens, dollars, session_id};
use super::{Asker, Question, Refusal, budget};
use crate::model::Millis;
use crate::store::{UsageFilter, UsageGroup, UsageRow};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Period {
    #[default]
    #[serde(rename = "today")]
    Today,
    #[serde(rename = "7d")]
    Week,
    #[serde(rename = "30d")]
    Month,
    #[serde(rename = "session")]
    Session,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum GroupBy {
    #[default]
    Model,
    Agent,
    Project,
    Day,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Since local midnight (default), 7 or 30 calendar days, or your session.
    pub period: Period,
    pub group_by: GroupBy,
}

/// Usage of one group; only the field it is grouped by is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    pub model: Option<String>,
    pub agent: Option<String>,
    pub project: Option<String>,
    pub day: Option<String>,
    pub session_id: Option<String>,
    pub requests: i64,
    pub tokens: Tokens,
    /// `null` where nothing has a price.
    #[schemars(extend("x-money" = true))]
    pub cost_usd: Option<f64>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub since: Option<String>,
    pub rows: Vec<Row>,
    pub total: Row,
    /// Used, but without a known price: their cost is in no sum.
    pub unpriced_models: Vec<String>,
    pub resolved_by: Option<&'static str>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct GetUsage;

impl Question for GetUsage {
    const NAME: &'static str = "get_usage";
    const TITLE: &'static str = "Usage and cost";
    const ABOUT: &'static str = "Tokens by kind and cost in USD of all agents on this machine: today, last 7 or 30 days, or your session; by \
         model, agent, project or day.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let zone = TimeZone::system();
        let since = match params.period {
            Period::Today => Some(midnight(asker.now(), 0, &zone)),
            Period::Week => Some(midnight(asker.now(), 6, &zone)),
            Period::Month => Some(midnight(asker.now(), 29, &zone)),
            Period::Session => None,
        };
        let mut answer = Answer::default();
        let mut filter = UsageFilter { since, ..UsageFilter::default() };
        if params.period == Period::Session {
            let Some(resolved) = asker.session("")? else {
                return Ok(Answer { note: Some(asker.nothing_here()?), ..Answer::default() });
            };
            filter.session = Some(resolved.session.row);
            answer.resolved_by = Some(resolved.by);
            answer.note = asker.remarks(&resolved)?;
        } else {
            answer.note = asker.freshness()?;
        }
        let by = match params.group_by {
            GroupBy::Model => By::Model,
            GroupBy::Agent => By::Agent,
            GroupBy::Project => By::Project,
            GroupBy::Day => By::Day,
        };
        let (rows, total) = asker.usage_rows(by, &filter, &zone)?;
        answer.since = since.map(super::rfc3339);
        answer.rows = rows;
        answer.total = total;
        answer.unpriced_models = asker
            .store
            .unpriced_models(&filter)?
            .iter()
            .filter(|m| !m.is_empty())
            .take(20)
            .map(|m| budget::name(m))
            .collect();
        // What is left after the total, the models without a price and the words.
        if budget::fit(&mut answer.rows, Self::most_tokens(&params).saturating_sub(600)) {
            let left_out = if params.group_by == GroupBy::Day { "older days" } else { "the smallest rows" };
            answer.truncated =
                Some(format!("{left_out} are left out, total has all; `tma1 usage --json` has every row"));
        }
        Ok(answer)
    }

    /// Thirty days are a row each.
    fn most_tokens(params: &Params) -> usize {
        match (params.period, params.group_by) {
            (Period::Today, _) | (_, GroupBy::Model) => budget::DEFAULT_TOKENS,
            _ => budget::MOST_TOKENS / 2,
        }
    }

    fn text(answer: &Answer) -> String {
        let cost = answer.total.cost_usd.map_or_else(|| "unpriced".to_owned(), |usd| format!("${usd:.2}"));
        let t = &answer.total.tokens;
        format!(
            "{cost}: {} requests, {} in, {} out, {} cache read, {} cache written",
            answer.total.requests, t.input, t.output, t.cache_read, t.cache_creation
        )
    }
}

/// What to sum by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Day,
    Week,
    Month,
    Model,
    Agent,
    Project,
    Session,
}

impl Asker {
    /// All that was used since local midnight.
    pub fn used_today(&self, zone: &TimeZone) -> Result<Row, Refusal> {
        let since = Some(midnight(self.now(), 0, zone));
        let (_, total) = self.usage_rows(By::Model, &UsageFilter { since, ..UsageFilter::default() }, zone)?;
        Ok(total)
    }

    /// Sums by group, dearest first (times newest first), and of all.
    pub fn usage_rows(&self, by: By, filter: &UsageFilter<'_>, zone: &TimeZone) -> Result<(Vec<Row>, Row), Refusal> {
        let group = match by {
            By::Day | By::Week | By::Month => UsageGroup::Bucket,
            By::Model => UsageGroup::Model,
            By::Agent => UsageGroup::Agent,
            By::Project => UsageGroup::Project,
            By::Session => UsageGroup::Session,
        };
        let found = self.store.usage(group, filter)?;
        let mut sum = UsageRow::default();
        for row in &found {
            sum.add(row);
        }
        let mut rows: Vec<Row> = match by {
            By::Day | By::Week | By::Month => {
                let mut days: BTreeMap<Date, UsageRow> = BTreeMap::new();
                for row in &found {
                    days.entry(first_day(row.bucket, by, zone)).or_default().add(row);
                }
                let named =
                    |day: Date| if by == By::Month { day.strftime("%Y-%m").to_string() } else { day.to_string() };
                days.into_iter().rev().map(|(day, row)| Row { day: Some(named(day)), ..shown(&row) }).collect()
            }
            _ => {
                let mut found = found;
                found.sort_by(|a, b| {
                    (b.cost_nanos, b.output_tokens, &a.name).cmp(&(a.cost_nanos, a.output_tokens, &b.name))
                });
                found.iter().map(|row| named(by, row)).collect()
            }
        };
        rows.retain(|row| row.requests > 0);
        Ok((rows, shown(&sum)))
    }
}

fn named(by: By, row: &UsageRow) -> Row {
    let name = if row.name.is_empty() { "unknown" } else { &row.name };
    let name = Some(if by == By::Project { budget::path(name) } else { session_id(name) });
    let mut shown = shown(row);
    match by {
        By::Agent => shown.agent = name,
        By::Project => shown.project = name,
        By::Session => shown.session_id = name,
        _ => shown.model = name,
    }
    shown
}

fn shown(row: &UsageRow) -> Row {
    Row {
        requests: row.requests,
        tokens: Tokens {
            input: row.input_tokens,
            output: row.output_tokens,
            cache_read: row.cache_read_tokens,
            cache_creation: row.cache_creation_tokens,
            reasoning: row.reasoning_tokens,
        },
        cost_usd: dollars(row.cost_nanos, row.priced_requests),
        ..Row::default()
    }
}

/// The local day, or the first day of the week (Monday) or month, that a bucket lies in.
fn first_day(bucket: Millis, by: By, zone: &TimeZone) -> Date {
    let day = Timestamp::from_millisecond(bucket).unwrap_or_default().to_zoned(zone.clone()).date();
    match by {
        By::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).unwrap_or(day),
        By::Month => day.first_of_month(),
        _ => day,
    }
}

/// Local midnight, so many days ago.
pub fn midnight(now: Millis, days_ago: i64, zone: &TimeZone) -> Millis {
    let today = Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(zone.clone()).date();
    let day = today.checked_sub(days_ago.days()).unwrap_or(today);
    day.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp().as_millisecond())
}
