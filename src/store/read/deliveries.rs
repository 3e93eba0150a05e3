//! Findings of sessions, and what of them was told: which, how many a day, and what came of it.

use rusqlite::{Row, params};

use super::governor::{Course, course, course_of, ending, told_step};
use super::{Reader, Result};
use crate::model::Millis;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    pub kind: String,
    pub severity: String,
    /// Where it is told, or was.
    pub channel: String,
    pub evidence: String,
    pub suggestion: String,
    pub related_files: Vec<String>,
    pub first_emitted: Millis,
    /// The last time.
    pub delivered: Option<Millis>,
    pub state: String,
}

/// A finding and whose it is; with a telling of it, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFinding {
    pub session_id: String,
    pub agent: String,
    pub finding: FindingRow,
    pub telling: Option<TellingRow>,
}

/// What stands only in the telling itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingRow {
    pub id: i64,
    pub hook_event: String,
    pub tokens: i64,
}

/// Urgent ones first, the newest of each first.
macro_rules! weight {
    () => {
        "CASE f.severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, f.first_emitted_ms DESC, f.id DESC"
    };
}

/// The columns of a [`FindingRow`]. What was told of it before it ended and came back is of another time.
macro_rules! finding {
    () => {
        "f.kind, f.severity, f.channel, f.evidence, f.suggestion, f.related_files, f.first_emitted_ms,
         (SELECT max(d.delivered_ms) FROM delivery d WHERE d.finding = f.id AND d.delivered_ms >= f.first_emitted_ms), f.state"
    };
}

impl Reader {
    /// What holds in a session, urgent ones first.
    pub fn findings(&self, session: i64) -> Result<Vec<FindingRow>> {
        let mut find = self.db.prepare_cached(concat!(
            "SELECT ",
            finding!(),
            " FROM finding f WHERE f.session = ?1 AND f.state IN ('open', 'told') ORDER BY ",
            weight!()
        ))?;
        let rows = find.query_map([session], |row| finding(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What ended in a session since then, the last one first.
    pub fn ended_findings(&self, session: i64, since: Millis, limit: usize) -> Result<Vec<FindingRow>> {
        let mut find = self.db.prepare_cached(concat!(
            "SELECT ",
            finding!(),
            " FROM finding f WHERE f.session = ?1 AND f.state IN ('resolved', 'expired') AND f.changed_ms >= ?2
             ORDER BY f.changed_ms DESC, f.id DESC LIMIT ?3"
        ))?;
        let rows = find.query_map(params![session, since, limit_of(limit)], |row| finding(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What holds and was not told in sessions that were active since then and have not ended.
    pub fn untold_findings(&self, session: Option<i64>, active: Millis, limit: usize) -> Result<Vec<ToldFinding>> {
        let mut find = self.db.prepare_cached(concat!(
            "SELECT s.session_id, s.agent, ",
            finding!(),
            " FROM session s JOIN finding f ON f.session = s.id
             WHERE s.last_activity_ms > ?1 AND s.ended_ms IS NULL AND f.state = 'open' AND (?2 IS NULL OR s.id = ?2)
             ORDER BY ",
            weight!(),
            " LIMIT ?3"
        ))?;
        let rows = find.query_map(params![active, session, limit_of(limit)], |row| {
            Ok(ToldFinding { session_id: row.get(0)?, agent: row.get(1)?, finding: finding(row, 2)?, telling: None })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every telling of a finding since then, of one session where its row is given; the last one first.
    pub fn told_findings(&self, session: Option<i64>, since: Millis, limit: usize) -> Result<Vec<ToldFinding>> {
        let mut find = self.db.prepare_cached(concat!(
            "SELECT s.session_id, s.agent, d.kind, d.severity, d.channel, coalesce(t.evidence, f.evidence), f.suggestion,
                    d.related_files, min(f.first_emitted_ms, d.delivered_ms), d.delivered_ms, coalesce(e.state, f.state),
                    d.id, d.hook_event, d.tokens
             FROM delivery d JOIN finding f ON f.id = d.finding JOIN session s ON s.id = d.session ",
            told_step!(),
            ending!(),
            " WHERE d.delivered_ms >= ?1 AND (?2 IS NULL OR d.session = ?2)
             ORDER BY d.delivered_ms DESC, d.id DESC LIMIT ?3"
        ))?;
        let rows = find.query_map(params![since, session, limit_of(limit)], |row| {
            Ok(ToldFinding {
                session_id: row.get(0)?,
                agent: row.get(1)?,
                finding: finding(row, 2)?,
                telling: Some(TellingRow { id: row.get(11)?, hook_event: row.get(12)?, tokens: row.get(13)? }),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many notes of each kind were told in each quarter of an hour since then; with what it began.
    pub fn notes_by_quarter(&self, since: Millis) -> Result<Vec<(Millis, String, i64)>> {
        let mut find = self.db.prepare_cached(
            "SELECT delivered_ms / 900000 * 900000 AS quarter, kind, count(*) FROM (
               SELECT DISTINCT kind, session, delivered_ms, channel FROM delivery
               WHERE delivered_ms >= ?1 AND finding IS NOT NULL)
             GROUP BY quarter, kind",
        )?;
        let rows = find.query_map([since], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The projects in which something was told since then, with their roots.
    pub fn projects_told(&self, since: Millis) -> Result<Vec<(Option<i64>, Option<String>)>> {
        let mut find = self.db.prepare_cached(
            "SELECT DISTINCT d.project, p.root FROM delivery d LEFT JOIN project p ON p.id = d.project
             WHERE d.delivered_ms >= ?1 AND d.finding IS NOT NULL ORDER BY p.root",
        )?;
        let rows = find.query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What came of the newest tellings since then.
    pub fn courses_of_told(&self, since: Millis, limit: usize) -> Result<Vec<Course>> {
        let mut find = self.db.prepare_cached(concat!(
            "SELECT ",
            course!(),
            " FROM delivery d JOIN finding f ON f.id = d.finding JOIN session s ON s.id = d.session ",
            told_step!(),
            ending!(),
            " WHERE d.delivered_ms >= ?1 ORDER BY d.delivered_ms DESC, d.id DESC LIMIT ?2"
        ))?;
        let rows = find.query_map(params![since, limit_of(limit)], course_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What came of the newest findings since then that nobody was ever told of.
    pub fn courses_of_untold(&self, since: Millis, limit: usize) -> Result<Vec<Course>> {
        // A step with the same state before it is a change of severity.
        let mut find = self.db.prepare_cached(concat!(
            "SELECT ",
            course!(),
            " FROM finding_step t JOIN finding f ON f.id = t.finding JOIN session s ON s.id = f.session ",
            ending!(),
            " WHERE t.at_ms >= ?1 AND t.state = 'open'
               AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.finding = f.id)
               AND coalesce((SELECT b.state FROM finding_step b WHERE b.finding = t.finding AND b.id < t.id
                             ORDER BY b.id DESC LIMIT 1), '') <> 'open'
             ORDER BY t.at_ms DESC, t.id DESC LIMIT ?2"
        ))?;
        let rows = find.query_map(params![since, limit_of(limit)], course_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn finding(row: &Row<'_>, at: usize) -> rusqlite::Result<FindingRow> {
    Ok(FindingRow {
        kind: row.get(at)?,
        severity: row.get(at + 1)?,
        channel: row.get(at + 2)?,
        evidence: row.get(at + 3)?,
        suggestion: row.get(at + 4)?,
        related_files: serde_json::from_str(&row.get::<_, String>(at + 5)?).unwrap_or_default(),
        first_emitted: row.get(at + 6)?,
        delivered: row.get(at + 7)?,
        state: row.get(at + 8)?,
    })
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
