//! What runs now and what today came to, for the page: one look that is cheap enough to be taken every second.

mod projects;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::Serialize;

pub use projects::ProjectNow;

use super::doing::{CALLS, Doing, what};
use super::overlap::Overlap;
use super::session_facts::{BuildError, SessionFacts, Tokens};
use super::sessions::{Line, Params};
use super::usage::{By, Row, midnight};
use super::{Asker, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::store::{CallRow, SessionFilter, SessionRow, UsageFilter};

const LIVE: usize = 20;
const RECENT: usize = 20;
const DAYS: i64 = 30;
const OVERLAPS: usize = 20;
/// Read at a time, to count those of today.
const PAGE: usize = 500;
const MESSAGE_BYTES: usize = 240;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    pub tool: Option<String>,
    /// The command or file.
    pub what: Option<String>,
    pub message: Option<String>,
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Live {
    #[serde(flatten)]
    pub facts: SessionFacts,
    pub doing: Doing,
    /// The newest call that failed, whatever happened since.
    pub last_failure: Option<Failure>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Today {
    pub date: String,
    pub requests: i64,
    pub tokens: Tokens,
    /// `null` where nothing has a price.
    pub cost_usd: Option<f64>,
    pub sessions: i64,
    pub tool_calls: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Day {
    pub date: String,
    pub requests: i64,
    pub tokens: Tokens,
    /// `null` where nothing has a price.
    pub cost_usd: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    pub agent_source: String,
    pub last_event_at: Option<String>,
    pub sessions: i64,
    /// Records that were not understood.
    pub skipped: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Now {
    pub generated_at: String,
    /// Newest first, as all lists here.
    pub live: Vec<Live>,
    /// Where the live ones are at work.
    pub projects: Vec<ProjectNow>,
    /// Files that several of them have in hand.
    pub overlap: Vec<Overlap>,
    /// The last ones that are over.
    pub recent: Vec<Line>,
    pub today: Today,
    /// The last 30 local days, today included, also those without use.
    pub days: Vec<Day>,
    pub sources: Vec<Source>,
}

/// # Errors
/// The store can't be read.
pub fn now(asker: &Asker) -> Result<Now, Refusal> {
    asker.now_in(&TimeZone::system())
}

impl Asker {
    fn now_in(&self, zone: &TimeZone) -> Result<Now, Refusal> {
        let live = self.living()?;
        let days = self.days(zone)?;
        Ok(Now {
            generated_at: rfc3339(self.now()),
            recent: self.recent(live.len())?,
            projects: self.projects_now(&live)?,
            overlap: self.overlaps(&live)?.into_iter().take(OVERLAPS).collect(),
            live: live.iter().map(|session| self.live(session)).collect::<Result<_, _>>()?,
            today: self.today(days.first(), zone)?,
            days,
            sources: self.sources()?,
        })
    }

    fn living(&self) -> Result<Vec<SessionRow>, Refusal> {
        let since = Some(self.live_since());
        let mut rows = self.store.sessions(&SessionFilter { since, limit: LIVE * 2, ..SessionFilter::default() })?;
        rows.retain(|row| self.is_live(row));
        rows.truncate(LIVE);
        Ok(rows)
    }

    fn recent(&self, live: usize) -> Result<Vec<Line>, Refusal> {
        let limit = u32::try_from(RECENT + live).ok();
        let mut lines = self.list_sessions(&Params { limit, ..Params::default() })?.sessions;
        lines.retain(|line| !line.live);
        lines.truncate(RECENT);
        Ok(lines)
    }

    fn live(&self, session: &SessionRow) -> Result<Live, Refusal> {
        let base = session.project_root.as_deref().or(session.cwd.as_deref());
        let facts = self.session_facts(session)?;
        let calls = self.store.calls(session.row, None, CALLS)?;
        Ok(Live {
            doing: self.doing(session, &calls)?,
            last_failure: last_failure(&calls, facts.last_build_error.as_ref(), base),
            facts,
        })
    }

    /// The last days, those without use between the others.
    fn days(&self, zone: &TimeZone) -> Result<Vec<Day>, Refusal> {
        let since = Some(midnight(self.now(), DAYS - 1, zone));
        let (rows, _) = self.usage_rows(By::Day, &UsageFilter { since, ..UsageFilter::default() }, zone)?;
        let mut used: HashMap<String, Row> = rows.into_iter().filter_map(|row| Some((row.day.clone()?, row))).collect();
        let today = Timestamp::from_millisecond(self.now()).unwrap_or_default().to_zoned(zone.clone()).date();
        let dates = (0..DAYS).filter_map(|ago| today.checked_sub(ago.days()).ok()).map(|date| date.to_string());
        let day = |date: String| {
            let row = used.remove(&date).unwrap_or_default();
            Day { date, requests: row.requests, tokens: row.tokens, cost_usd: row.cost_usd }
        };
        Ok(dates.map(day).collect())
    }

    fn today(&self, day: Option<&Day>, zone: &TimeZone) -> Result<Today, Refusal> {
        let since = midnight(self.now(), 0, zone);
        let filter =
            SessionFilter { since: Some(since), active_only: true, limit: usize::MAX, ..SessionFilter::default() };
        let sessions = self.store.sessions(&filter)?;
        let mut tool_calls = 0;
        for session in &sessions {
            let begun_today = session.started >= since;
            tool_calls += if begun_today { session.tool_calls } else { self.calls_since(session.row, since)? };
        }
        let spent = day.cloned();
        Ok(Today {
            sessions: i64::try_from(sessions.len()).unwrap_or(i64::MAX),
            tool_calls,
            ..spent.map_or_else(Today::default, |day| Today {
                date: day.date,
                requests: day.requests,
                tokens: day.tokens,
                cost_usd: day.cost_usd,
                ..Today::default()
            })
        })
    }

    fn calls_since(&self, session: i64, since: Millis) -> Result<i64, Refusal> {
        let mut counted = 0;
        let mut before = None;
        loop {
            let calls = self.store.calls(session, before, PAGE)?;
            let of_today = calls.iter().take_while(|call| call.at >= since).count();
            counted += i64::try_from(of_today).unwrap_or(i64::MAX);
            match calls.last() {
                Some(last) if of_today == PAGE => before = Some((last.at, last.row)),
                _ => return Ok(counted),
            }
        }
    }

    /// Every agent that anything is known of; the one heard of last comes first.
    fn sources(&self) -> Result<Vec<Source>, Refusal> {
        let mut sources = Vec::new();
        for totals in self.store.agent_totals(self.live_since())? {
            let newest = match totals.agent.parse() {
                Ok(agent) => {
                    let filter = SessionFilter { agents: vec![agent], limit: 1, ..SessionFilter::default() };
                    self.store.sessions(&filter)?.pop()
                }
                Err(_unknown) => None,
            };
            sources.push(Source {
                agent_source: budget::name(&totals.agent),
                last_event_at: newest.map(|session| rfc3339(session.last_activity)),
                sessions: totals.sessions,
                skipped: totals.skipped,
            });
        }
        sources.sort_by(|a, b| b.last_event_at.cmp(&a.last_event_at));
        Ok(sources)
    }
}

/// The newest call that failed; where it was a build that is red still, with what the build said.
fn last_failure(calls: &[CallRow], red: Option<&BuildError>, base: Option<&str>) -> Option<Failure> {
    let call = calls.iter().find(|call| call.status.as_deref() == Some("error"))?;
    let command = call.command.as_deref().map(|command| budget::line(command, 160));
    let build = red.filter(|red| command.as_ref() == Some(&red.command));
    let error = call.error.as_deref().filter(|error| !error.trim().is_empty());
    Some(Failure {
        tool: Some(budget::name(&call.tool)),
        what: what(call, base),
        message: build.map(in_words).or_else(|| error.map(|error| budget::line(error, MESSAGE_BYTES))),
        at: rfc3339(call.at + call.duration_ms.unwrap_or(0)),
    })
}

/// `src/auth.rs:88 expected 3600, found 0`
fn in_words(red: &BuildError) -> String {
    let line = red.line.map(|line| format!(":{line}")).unwrap_or_default();
    let place = red.file.as_ref().map(|file| format!("{file}{line}"));
    place.into_iter().chain(red.message.clone()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
