//! How often agents were told something a day, against how often they should be at most.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Muted;
use crate::answer::usage::midnight;
use crate::answer::{Asker, Refusal, budget};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// Here, not in UTC.
    pub date: String,
    pub kind: String,
    /// Of notes: what one answer tells of a kind is one.
    pub count: i64,
    pub over_budget: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Budget {
    pub budget: i64,
    pub days: i64,
    /// Newest day first.
    pub rows: Vec<DayRow>,
    pub totals_by_kind: BTreeMap<String, i64>,
    /// What is told no more for now, but where it is urgent.
    pub muted: Vec<Muted>,
}

impl Asker {
    /// How often notes of each kind were told on each calendar day, today among them.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn delivery_budget(&self, days: i64, budget: i64, zone: &TimeZone) -> Result<Budget, Refusal> {
        let since = midnight(self.now(), (days - 1).max(0), zone);
        let mut by_day: BTreeMap<(Date, String), i64> = BTreeMap::new();
        for (quarter, kind, count) in self.store.notes_by_quarter(since)? {
            let day = Timestamp::from_millisecond(quarter).unwrap_or_default().to_zoned(zone.clone()).date();
            *by_day.entry((day, budget::name(&kind))).or_default() += count;
        }
        let mut answer = Budget { budget, days, muted: self.muted(zone)?, ..Budget::default() };
        for ((day, kind), count) in by_day {
            *answer.totals_by_kind.entry(kind.clone()).or_default() += count;
            answer.rows.push(DayRow { date: day.to_string(), kind, count, over_budget: count > budget });
        }
        answer.rows.sort_by(|a, b| (&b.date, &a.kind).cmp(&(&a.date, &b.kind)));
        Ok(answer)
    }
}
