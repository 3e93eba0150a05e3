//! How a session stands, for a line that is drawn anew every few seconds: a handful of looks, none of which grows
//! with the store.

use jiff::tz::TimeZone;

use super::anomalies::{Anomaly, shown};
use super::session_facts::{Context, dollars};
use super::{Asker, Refusal, budget};
use crate::model::Millis;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    pub model: Option<String>,
    pub context: Option<Context>,
    pub cost_usd: Option<f64>,
    /// Of all agents on this machine.
    pub today_usd: Option<f64>,
    /// What holds, urgent ones first.
    pub open: Vec<Anomaly>,
    /// The last failed run, where it has not passed since.
    pub red: Option<Red>,
    /// When all this was so, where that is long ago.
    pub as_of: Option<Millis>,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Red {
    /// `build`, `test`, `lint` or `type_check`.
    pub kind: String,
    pub ended: Option<Millis>,
}

impl Asker {
    /// Of a session that nobody knows, what is true of all. How full its context is, takes longer than all else in a
    /// long one: only where `fill` is wanted.
    pub fn standing(&self, session_id: &str, fill: bool, zone: &TimeZone) -> Result<Standing, Refusal> {
        let everywhere =
            Standing { today_usd: self.used_today(zone)?.cost_usd, as_of: self.old_since()?, ..Standing::default() };
        let session = if session_id.is_empty() { None } else { self.store.session(session_id)? };
        let Some(session) = session else { return Ok(everywhere) };
        Ok(Standing {
            model: session.model.as_deref().map(budget::name),
            context: if fill { self.context(&session)? } else { None },
            cost_usd: dollars(session.cost_nanos, session.priced_requests),
            open: self.store.findings(session.row)?.into_iter().map(shown).collect(),
            red: self.red_run(&session)?.map(|run| Red { kind: run.kind, ended: run.ended }),
            ..everywhere
        })
    }
}
