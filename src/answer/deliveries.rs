//! What agents were told of findings: which, how many a day, and whether the files named were looked at.

use std::collections::BTreeMap;

use serde::Serialize;

use super::anomalies;
use super::session_facts::session_id;
use super::{Asker, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::store::{DeliveryRow, FindingRow, ToldFinding};

const DAY_MS: Millis = 24 * 60 * 60 * 1000;
/// Tellings that the follow-rate looks at, newest first.
const MOST_EMITS: usize = 5_000;

/// One finding that reached its session.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    pub kind: String,
    pub severity: String,
    pub channel: String,
    pub evidence: String,
    pub suggestion: String,
    pub related_files: Vec<String>,
    pub session_id: String,
    pub agent_source: String,
    /// First noticed.
    pub ts: String,
    /// Last told.
    pub delivered_at: Option<String>,
    pub state: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Anomalies {
    pub count: usize,
    /// Last told first.
    pub anomalies: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// UTC.
    pub date: String,
    pub kind: String,
    pub count: i64,
    pub over_budget: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Budget {
    pub budget: i64,
    pub days: i64,
    /// Newest day first.
    pub rows: Vec<DayRow>,
    pub totals_by_kind: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Followed {
    pub emits: i64,
    pub followed: i64,
    pub rate: f64,
    /// `no-signal`: none of them named a file.
    pub status: &'static str,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FollowRate {
    pub days: i64,
    pub window: usize,
    pub by_kind: BTreeMap<String, Followed>,
}

impl Asker {
    /// Findings told within the last day, of one session where one is named.
    ///
    /// # Errors
    /// The beginning of an id that fits several sessions.
    pub fn told_anomalies(&self, session: &str, limit: usize) -> Result<Anomalies, Refusal> {
        let session = match session.trim() {
            "" => None,
            named => match self.session(named) {
                Ok(found) => found.map(|found| found.session.row),
                // Nobody was told anything in a session that is not known.
                Err(unknown) if unknown.kind == super::Kind::NotFound => return Ok(Anomalies::default()),
                Err(refusal) => return Err(refusal),
            },
        };
        let rows = self.store.told_findings(session, self.now() - DAY_MS, limit)?;
        let anomalies: Vec<Told> = rows.into_iter().map(told).collect();
        Ok(Anomalies { count: anomalies.len(), anomalies })
    }

    /// How often findings of each kind were told a day, against how often they should be at most.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn delivery_budget(&self, days: i64, budget: i64) -> Result<Budget, Refusal> {
        let mut answer = Budget { budget, days, ..Budget::default() };
        for (date, kind, count) in self.store.deliveries_by_day(self.utc_days_ago(days))? {
            let kind = budget::name(&kind);
            *answer.totals_by_kind.entry(kind.clone()).or_default() += count;
            answer.rows.push(DayRow { date, kind, count, over_budget: count > budget });
        }
        Ok(answer)
    }

    /// Of each kind: how often one of the files named was read within the next `window` calls.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn follow_rate(&self, days: i64, window: usize) -> Result<FollowRate, Refusal> {
        let mut answer = FollowRate { days, window, ..FollowRate::default() };
        for row in self.store.deliveries(self.utc_days_ago(days), MOST_EMITS)? {
            let followed = self.was_followed(&row, window)?;
            let kind = answer.by_kind.entry(budget::name(&row.kind)).or_insert(Followed {
                emits: 0,
                followed: 0,
                rate: 0.0,
                status: "no-signal",
            });
            kind.emits += 1;
            kind.followed += i64::from(followed);
            if !row.related_files.is_empty() {
                kind.status = "ok";
            }
        }
        for kind in answer.by_kind.values_mut() {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let rate = kind.followed as f64 / kind.emits as f64;
            kind.rate = (rate * 1000.0).round() / 1000.0;
        }
        Ok(answer)
    }

    fn was_followed(&self, row: &DeliveryRow, window: usize) -> Result<bool, Refusal> {
        if row.related_files.is_empty() {
            return Ok(false);
        }
        let read = self.store.read_after(row.session, row.delivered, window)?;
        let base = row.base.as_deref().map(|base| base.trim_end_matches('/')).unwrap_or_default();
        let is = |path: &str, named: &str| {
            path == named || path.strip_prefix(base).and_then(|p| p.strip_prefix('/')) == Some(named)
        };
        Ok(read.iter().any(|path| row.related_files.iter().any(|named| is(path, named))))
    }

    /// Midnight, so that `days` calendar days are looked at, today among them.
    fn utc_days_ago(&self, days: i64) -> Millis {
        let now = self.now();
        now - now.rem_euclid(DAY_MS) - (days - 1).max(0) * DAY_MS
    }
}

fn told(row: ToldFinding) -> Told {
    let (session, agent) = (session_id(&row.session_id), row.agent);
    let shown = anomalies::shown(FindingRow {
        kind: row.kind,
        severity: row.severity,
        channel: row.channel,
        evidence: row.evidence,
        suggestion: row.suggestion,
        related_files: row.related_files,
        first_emitted: row.first_emitted,
        delivered: Some(row.delivered),
        state: row.state,
    });
    Told {
        kind: shown.kind,
        severity: shown.severity,
        channel: shown.channel,
        evidence: shown.evidence,
        suggestion: shown.suggestion,
        related_files: shown.related_files,
        session_id: session,
        agent_source: agent,
        ts: rfc3339(row.first_emitted),
        delivered_at: shown.delivered_at,
        state: shown.state,
    }
}
