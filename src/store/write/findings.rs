//! What a session was noticed to be in, and what it was told of that: kept with the answer that says it, or not at all.

use rusqlite::{OptionalExtension, params};

use super::{Result, Writer};
use crate::model::{Millis, SessionId};

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Told,
    Resolved,
    Expired,
}

impl Standing {
    pub const ALL: [Self; 4] = [Self::Open, Self::Told, Self::Resolved, Self::Expired];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Told => "told",
            Self::Resolved => "resolved",
            Self::Expired => "expired",
        }
    }

    pub const fn holds(self) -> bool {
        matches!(self, Self::Open | Self::Told)
    }
}

/// A finding as it stands; what an answer changes of it is `is_step` and `told`, neither of which is known later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingNow {
    pub kind: String,
    pub key: String,
    pub severity: String,
    /// Where it is told, or was.
    pub channel: String,
    pub evidence: String,
    pub suggestion: String,
    pub files: Vec<String>,
    pub standing: Standing,
    pub since: Millis,
    pub told_at: Option<Millis>,
    pub told_severity: Option<String>,
    pub held: bool,
    pub farewell: Option<String>,
    /// It went from one standing to another, or its severity changed: worth a step of its own.
    pub is_step: bool,
    /// It is told with this answer.
    pub told: Option<Telling>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    pub channel: String,
    pub hook_event: String,
    pub tokens: i64,
}

/// All that one answer changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noticed {
    pub findings: Vec<FindingNow>,
    /// Farewells that were said: kind and key.
    pub parted: Vec<(String, String)>,
    /// What the session knows of the block's lines by now, as JSON of the teller's own.
    pub lines: Option<String>,
}

impl Noticed {
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.parted.is_empty() && self.lines.is_none()
    }
}

impl Writer {
    /// Keeps what was noticed of a session and what it is told now, all or nothing.
    ///
    /// # Errors
    /// Those of the store; then nothing of it is kept, and nothing may be told.
    pub fn keep_noticed(&mut self, session: &SessionId, noticed: &Noticed, at: Millis) -> Result<()> {
        self.run("BEGIN IMMEDIATE").map_err(|e| e.at(&self.path))?;
        let outcome = self.noticed(session, noticed, at).and_then(|()| self.run("COMMIT"));
        if let Err(error) = outcome {
            self.start_over();
            return Err(error.at(&self.path));
        }
        Ok(())
    }

    fn noticed(&mut self, session: &SessionId, noticed: &Noticed, at: Millis) -> Result<()> {
        let row = self.sessions.row(&self.db, session)?;
        let place: Option<(Option<i64>, i64)> = self
            .db
            .prepare_cached("SELECT project, tool_calls FROM session WHERE id = ?1")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (project, calls) = place.unwrap_or_default();
        for finding in &noticed.findings {
            let id = self.finding(row, finding, at)?;
            if finding.is_step {
                self.db
                    .prepare_cached(
                        "INSERT INTO finding_step (finding, at_ms, state, severity, evidence, calls)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![id, at, finding.standing.name(), finding.severity, finding.evidence, calls])?;
            }
            if let Some(telling) = &finding.told {
                self.db
                    .prepare_cached(
                        "INSERT INTO delivery (session, finding, kind, key, severity, channel, hook_event, related_files, tokens,
                           delivered_ms, project)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    )?
                    .execute(params![
                        row,
                        id,
                        finding.kind,
                        finding.key,
                        finding.severity,
                        telling.channel,
                        telling.hook_event,
                        files_of(finding),
                        telling.tokens,
                        at,
                        project
                    ])?;
            }
        }
        for (kind, key) in &noticed.parted {
            self.db
                .prepare_cached("UPDATE finding SET farewell = NULL WHERE session = ?1 AND kind = ?2 AND key = ?3")?
                .execute(params![row, kind, key])?;
        }
        if let Some(lines) = &noticed.lines {
            self.keep_lines(row, lines, at)?;
        }
        Ok(())
    }

    fn finding(&mut self, session: i64, finding: &FindingNow, at: Millis) -> Result<i64> {
        Ok(self
            .db
            .prepare_cached(
                "INSERT INTO finding (session, kind, key, severity, channel, evidence, suggestion, related_files, state,
                   first_emitted_ms, changed_ms, since_ms, told_ms, told_severity, held, farewell)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15)
                 ON CONFLICT (session, kind, key) DO UPDATE SET severity = ?4, channel = ?5, evidence = ?6, suggestion = ?7,
                   related_files = ?8,
                   first_emitted_ms = CASE WHEN state IN ('resolved', 'expired') AND ?9 IN ('open', 'told')
                                           THEN ?10 ELSE first_emitted_ms END,
                   state = ?9, changed_ms = ?10, since_ms = ?11, told_ms = ?12, told_severity = ?13, held = ?14,
                   farewell = ?15
                 RETURNING id",
            )?
            .query_row(
                params![
                    session,
                    finding.kind,
                    finding.key,
                    finding.severity,
                    finding.channel,
                    finding.evidence,
                    finding.suggestion,
                    files_of(finding),
                    finding.standing.name(),
                    at,
                    finding.since,
                    finding.told_at,
                    finding.told_severity,
                    finding.held,
                    finding.farewell
                ],
                |row| row.get(0),
            )?)
    }
}

fn files_of(finding: &FindingNow) -> String {
    serde_json::to_string(&finding.files).unwrap_or_else(|_| "[]".to_owned())
}
