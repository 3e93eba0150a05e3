//! `get_anomalies`: what looks wrong in a session. Looking changes nothing.

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::session_id;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::store::FindingRow;

/// What is left beside the words.
const MOST_TOKENS: usize = budget::DEFAULT_TOKENS - 200;
/// What ended is told of so long, and so many at most.
const LATELY_MS: Millis = 60 * 60 * 1000;
const MOST_ENDED: usize = 5;
const NOTHING_OPEN: &str = "nothing open; rules run on live sessions, not on imported history";

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Session to look at, or the beginning of its id. Default: your own.
    pub session_id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Anomaly {
    pub kind: String,
    pub severity: String,
    pub channel: String,
    pub evidence: String,
    pub suggestion: String,
    pub related_files: Vec<String>,
    pub first_emitted_at: String,
    pub delivered_at: Option<String>,
    pub state: String,
}

impl Anomaly {
    /// Whether it is still so.
    pub fn holds(&self) -> bool {
        matches!(self.state.as_str(), "open" | "told")
    }
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub session_id: Option<String>,
    pub resolved_by: Option<&'static str>,
    pub anomalies: Vec<Anomaly>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct Anomalies;

impl Question for Anomalies {
    const NAME: &'static str = "get_anomalies";
    const TITLE: &'static str = "Anomalies";
    const ABOUT: &'static str = "Open warnings about a session: stale file views, builds broken by its edits, loops and stuck tests, context \
         pressure, conflicts with people or other agents. Use when stuck or before finishing.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let Some(resolved) = asker.session(&params.session_id)? else {
            return Ok(Answer { note: Some(asker.nothing_here()?), ..Answer::default() });
        };
        let row = resolved.session.row;
        let mut anomalies: Vec<Anomaly> = asker.store.findings(row)?.into_iter().map(shown).collect();
        let quiet = anomalies.is_empty().then(|| NOTHING_OPEN.to_owned());
        let cut = budget::fit(&mut anomalies, MOST_TOKENS);
        if !cut {
            let ended = asker.store.ended_findings(row, asker.now() - LATELY_MS, MOST_ENDED)?;
            anomalies.extend(ended.into_iter().map(shown));
            budget::fit(&mut anomalies, MOST_TOKENS);
        }
        let muted = asker.muted_in_words(resolved.session.project, &TimeZone::system())?;
        let notes: Vec<String> = quiet.into_iter().chain(muted).chain(asker.remarks(&resolved)?).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Ok(Answer {
            session_id: Some(session_id(&resolved.session.session_id)),
            resolved_by: Some(resolved.by),
            note,
            truncated: cut.then(|| "older ones are left out; `tma1 sql` has all in the view anomalies".to_owned()),
            anomalies,
        })
    }

    fn text(answer: &Answer) -> String {
        let each = answer.anomalies.iter().map(|a| {
            let over = if a.holds() { String::new() } else { format!(" ({})", a.state) };
            format!("{} {}{over}: {}", a.severity, a.kind, a.evidence)
        });
        each.chain(answer.note.clone()).collect::<Vec<_>>().join("\n")
    }
}

pub(super) fn shown(row: FindingRow) -> Anomaly {
    Anomaly {
        kind: row.kind,
        severity: row.severity,
        channel: row.channel,
        evidence: budget::line(&row.evidence, 300),
        suggestion: budget::line(&row.suggestion, 300),
        related_files: row.related_files.iter().take(6).map(|path| budget::path(path)).collect(),
        first_emitted_at: rfc3339(row.first_emitted),
        delivered_at: row.delivered.map(rfc3339),
        state: row.state,
    }
}
