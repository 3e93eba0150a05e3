//! `get_anomalies`: what looks wrong in a session. Looking changes nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::session_id;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::store::FindingRow;

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
        let mut anomalies: Vec<Anomaly> = asker.store.findings(resolved.session.row)?.into_iter().map(shown).collect();
        let cut = budget::fit(&mut anomalies, budget::DEFAULT_TOKENS - 200);
        let note = if anomalies.is_empty() {
            Some("nothing open; rules run on live sessions, not on imported history".to_owned())
        } else {
            asker.remarks(&resolved)?
        };
        Ok(Answer {
            session_id: Some(session_id(&resolved.session.session_id)),
            resolved_by: Some(resolved.by),
            note,
            truncated: cut.then(|| "older ones are left out; `tma1 sql` has all in the view anomalies".to_owned()),
            anomalies,
        })
    }

    fn text(answer: &Answer) -> String {
        if answer.anomalies.is_empty() {
            return answer.note.clone().unwrap_or_default();
        }
        let each = answer.anomalies.iter().map(|a| format!("{} {}: {}", a.severity, a.kind, a.evidence));
        each.collect::<Vec<_>>().join("\n")
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
