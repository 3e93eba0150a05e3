//! Whether agents do what resolves a finding once they were told of it, and whether they would have anyway.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::answer::usage::midnight;
use crate::answer::{Asker, Refusal, budget};
use crate::store::{Course, ENDLESS, Outcome};

/// Tellings that are looked at, newest first; and as many findings that were never told.
const MOST: usize = 5_000;
/// A share of fewer is chance.
const ENOUGH: i64 = 5;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Followed {
    /// Tellings.
    pub emits: i64,
    /// After which it was resolved within the window.
    pub followed: i64,
    /// Of the tellings that are not pending.
    pub rate: f64,
    /// `no-signal`: nothing an agent does resolves this kind.
    pub status: &'static str,
    /// Tellings whose session goes on and has not had its calls yet.
    pub pending: i64,
    /// Findings that were never told, and how many of them were resolved within the window all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_findings: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_resolved: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_rate: Option<f64>,
    /// What telling adds: the rate less the baseline's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lift: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FollowRate {
    pub days: i64,
    pub window: i64,
    pub by_kind: BTreeMap<String, Followed>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: i64,
    resolved: i64,
    pending: i64,
}

impl Tally {
    fn judged(self) -> i64 {
        self.all - self.pending
    }

    fn rate(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
        let rate = self.resolved as f64 / self.judged().max(1) as f64;
        rate
    }
}

impl Asker {
    /// Of each kind: how much of what was told was resolved within the next `window` calls, and how much of what was
    /// not told.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn follow_rate(&self, days: i64, window: i64, zone: &TimeZone) -> Result<FollowRate, Refusal> {
        let since = midnight(self.now(), (days - 1).max(0), zone);
        let untold = self.tally(&self.store.courses_of_untold(since, MOST)?, window);
        let told = self.tally(&self.store.courses_of_told(since, MOST)?, window);
        let kinds = told.into_iter().map(|(kind, told)| {
            let endless = ENDLESS.contains(&kind.as_str());
            let untold = untold.get(&kind).copied().unwrap_or_default();
            let followed = if endless { unanswerable(told) } else { compared(told, untold) };
            (kind, followed)
        });
        Ok(FollowRate { days, window, by_kind: kinds.collect() })
    }

    fn tally(&self, courses: &[Course], window: i64) -> BTreeMap<String, Tally> {
        let live_since = self.live_since();
        let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
        for course in courses {
            let tally = kinds.entry(budget::name(&course.kind)).or_default();
            let live = course.last_activity.is_some_and(|last| last > live_since);
            let outcome = course.outcome(window, live);
            tally.all += 1;
            tally.resolved += i64::from(outcome == Outcome::Resolved);
            tally.pending += i64::from(outcome == Outcome::Pending);
        }
        kinds
    }
}

fn unanswerable(told: Tally) -> Followed {
    Followed { emits: told.all, status: "no-signal", ..Followed::default() }
}

fn compared(told: Tally, untold: Tally) -> Followed {
    let base = (untold.judged() > 0).then_some(untold);
    let enough = told.judged() >= ENOUGH && untold.judged() >= ENOUGH;
    Followed {
        emits: told.all,
        followed: told.resolved,
        rate: rounded(told.rate()),
        status: "ok",
        pending: told.pending,
        baseline_findings: base.map(Tally::judged),
        baseline_resolved: base.map(|base| base.resolved),
        baseline_rate: base.filter(|base| base.judged() >= ENOUGH).map(|base| rounded(base.rate())),
        lift: enough.then(|| rounded(told.rate() - untold.rate())),
    }
}

fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}
