//! What agents were told of findings, and what holds that they were not told.

mod days;
mod follow;
mod muted;

use serde::Serialize;

pub use days::{Budget, DayRow};
pub use follow::{FollowRate, Followed};
pub use muted::{Muted, Restraint, Wishes};

use super::session_facts::session_id;
use super::{Asker, Kind, Refusal, anomalies, rfc3339};
use crate::model::Millis;
use crate::store::ToldFinding;

const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// A finding and whose it is: one telling of it, or that there was none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// Of the telling.
    pub id: Option<i64>,
    pub kind: String,
    pub severity: String,
    pub channel: String,
    pub hook_event: Option<String>,
    pub evidence: String,
    pub suggestion: String,
    pub related_files: Vec<String>,
    pub session_id: String,
    pub agent_source: String,
    /// First noticed.
    pub ts: String,
    pub delivered_at: Option<String>,
    pub tokens: Option<i64>,
    /// What became of it.
    pub state: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Anomalies {
    pub count: usize,
    /// Last told first.
    pub anomalies: Vec<Told>,
    /// What holds in live sessions and was not told, urgent ones first; only where it was asked for.
    pub open: Vec<Told>,
}

impl Asker {
    /// Findings told within the last day, of one session where one is named; with what holds untold, if `open`.
    ///
    /// # Errors
    /// The beginning of an id that fits several sessions.
    pub fn told_anomalies(&self, session: &str, limit: usize, open: bool) -> Result<Anomalies, Refusal> {
        let session = match session.trim() {
            "" => None,
            named => match self.session(named) {
                Ok(found) => found.map(|found| found.session.row),
                // Nobody was told anything in a session that is not known.
                Err(unknown) if unknown.kind == Kind::NotFound => return Ok(Anomalies::default()),
                Err(refusal) => return Err(refusal),
            },
        };
        let told = self.store.told_findings(session, self.now() - DAY_MS, limit)?;
        let open = if open { self.store.untold_findings(session, self.live_since(), limit)? } else { Vec::new() };
        let shown = |rows: Vec<ToldFinding>| rows.into_iter().map(shown).collect::<Vec<_>>();
        let anomalies = shown(told);
        Ok(Anomalies { count: anomalies.len(), anomalies, open: shown(open) })
    }
}

fn shown(row: ToldFinding) -> Told {
    let first = rfc3339(row.finding.first_emitted);
    let shown = anomalies::shown(row.finding);
    let telling = row.telling.as_ref();
    Told {
        id: telling.map(|telling| telling.id),
        kind: shown.kind,
        severity: shown.severity,
        channel: shown.channel,
        hook_event: telling.map(|telling| super::budget::name(&telling.hook_event)),
        evidence: shown.evidence,
        suggestion: shown.suggestion,
        related_files: shown.related_files,
        session_id: session_id(&row.session_id),
        agent_source: row.agent,
        ts: first,
        delivered_at: shown.delivered_at,
        tokens: telling.map(|telling| telling.tokens),
        state: shown.state,
    }
}

#[cfg(test)]
mod tests;
