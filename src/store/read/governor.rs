//! What the governor goes by: how often each kind was told lately, and how often that led to anything.

use rusqlite::params;

use super::{Reader, Result};
use crate::model::Millis;

/// Tellings of a kind, newest first, that its follow-rate is of.
pub const LAST_TELLINGS: usize = 20;
/// Calls within which what was told is to be resolved.
pub const FOLLOW_CALLS: i64 = 5;
/// Kinds that nothing an agent does resolves.
pub const ENDLESS: [&str; 3] = ["budget_exceeded", "context_pressure", "edit_thrash"];

/// Of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindTold {
    pub kind: String,
    /// Notes in the project since the given moment; what one answer tells of a kind is one note.
    pub notes_today: i64,
    /// Of the last tellings anywhere: after how many it was resolved in time.
    pub followed: i64,
    /// Of the last tellings anywhere: of how many that can be said.
    pub judged: i64,
}

/// Why a kind is told no more for now, but where it is urgent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hushed {
    /// So many notes were told today.
    Often(i64),
    /// Less of it is followed than should be.
    Ignored(f64),
}

impl KindTold {
    /// Whether the next note of this kind goes unsaid; too few tellings say nothing of how much is followed.
    pub fn hushed(&self, notes_per_day: i64, least_follow_rate: f64) -> Option<Hushed> {
        #[expect(clippy::cast_precision_loss, reason = "twenty at most")]
        let rate = self.followed as f64 / self.judged.max(1) as f64;
        let enough = usize::try_from(self.judged).is_ok_and(|judged| judged >= LAST_TELLINGS);
        if enough && rate < least_follow_rate {
            Some(Hushed::Ignored(rate))
        } else {
            (self.notes_today >= notes_per_day).then_some(Hushed::Often(self.notes_today))
        }
    }
}

/// What came of one telling, or of what was never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Resolved,
    Ignored,
    /// The session goes on, and has not had the calls yet.
    Pending,
}

/// How a finding went on from one of its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    pub kind: String,
    /// `resolved` or `expired`; `None`: it still holds.
    pub ending: Option<String>,
    pub calls_to_end: Option<i64>,
    pub calls_since: i64,
    /// Of its session, while its agent has not ended it.
    pub last_activity: Option<Millis>,
}

impl Course {
    /// `open`: its session goes on.
    pub fn outcome(&self, window: i64, open: bool) -> Outcome {
        match (self.ending.as_deref(), self.calls_to_end) {
            (Some("resolved"), Some(calls)) if calls <= window => Outcome::Resolved,
            (None, _) if open && self.calls_since < window => Outcome::Pending,
            _ => Outcome::Ignored,
        }
    }
}

/// The columns of a [`Course`] from step `t` of finding `f` in session `s`.
macro_rules! course {
    () => {
        "f.kind, e.state, e.calls - t.calls, s.tool_calls - coalesce(t.calls, 0),
         CASE WHEN s.ended_ms IS NULL THEN coalesce(s.last_activity_ms, 0) END"
    };
}

/// The end of a finding after step `t`.
macro_rules! ending {
    () => {
        "LEFT JOIN finding_step e ON e.id = (SELECT min(n.id) FROM finding_step n
           WHERE n.finding = t.finding AND n.id > t.id AND n.state IN ('resolved', 'expired'))"
    };
}

/// The step that was kept with delivery `d`; of one without, the newest before it.
macro_rules! told_step {
    () => {
        "LEFT JOIN finding_step t ON t.id = (SELECT w.id FROM finding_step w
           WHERE w.finding = d.finding AND w.at_ms <= d.delivered_ms AND w.state IN ('open', 'told')
           ORDER BY w.at_ms DESC, w.id DESC LIMIT 1)"
    };
}

pub(super) use {course, ending, told_step};

pub(super) fn course_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Course> {
    Ok(Course {
        kind: row.get(0)?,
        ending: row.get(1)?,
        calls_to_end: row.get(2)?,
        calls_since: row.get(3)?,
        last_activity: row.get(4)?,
    })
}

/// Tellings passed over because they are pending, before the search for older ones is given up.
const MOST_PENDING: usize = 40;

impl Reader {
    /// Every kind that was ever told: its notes in `project` since then (`None`: of sessions without one), and what
    /// came of the `last` tellings anywhere that can be judged.
    pub fn governor(&self, project: Option<i64>, since: Millis, last: usize, window: i64) -> Result<Vec<KindTold>> {
        self.kinds_told()?.iter().map(|kind| self.kind_told(kind, project, since, last, window)).collect()
    }

    /// The same of one kind.
    pub fn kind_told(
        &self,
        kind: &str,
        project: Option<i64>,
        since: Millis,
        last: usize,
        window: i64,
    ) -> Result<KindTold> {
        let (followed, judged) = self.follow_of_last(kind, last, window)?;
        Ok(KindTold { kind: kind.to_owned(), notes_today: self.notes_since(project, kind, since)?, followed, judged })
    }

    pub fn kinds_told(&self) -> Result<Vec<String>> {
        // One step of the index per kind, however many deliveries there are.
        let mut find = self.db.prepare_cached(
            "WITH RECURSIVE each(kind) AS (
               SELECT min(kind) FROM delivery
               UNION ALL SELECT (SELECT min(d.kind) FROM delivery d WHERE d.kind > each.kind) FROM each
               WHERE each.kind IS NOT NULL)
             SELECT kind FROM each WHERE kind IS NOT NULL",
        )?;
        let kinds = find.query_map([], |row| row.get(0))?;
        Ok(kinds.collect::<Result<_, _>>()?)
    }

    fn notes_since(&self, project: Option<i64>, kind: &str, since: Millis) -> Result<i64> {
        let mut find = self.db.prepare_cached(
            "SELECT count(*) FROM (SELECT DISTINCT session, delivered_ms, channel FROM delivery
             WHERE project IS ?1 AND delivered_ms >= ?2 AND kind = ?3 AND finding IS NOT NULL)",
        )?;
        Ok(find.query_row(params![project, since, kind], |row| row.get(0))?)
    }

    /// Of the last tellings of a kind that can be judged: how many were followed, and how many these are.
    fn follow_of_last(&self, kind: &str, last: usize, window: i64) -> Result<(i64, i64)> {
        if ENDLESS.contains(&kind) {
            return Ok((0, 0));
        }
        let mut find = self.db.prepare_cached(concat!(
            "SELECT ",
            course!(),
            " FROM delivery d JOIN finding f ON f.id = d.finding JOIN session s ON s.id = d.session ",
            told_step!(),
            ending!(),
            " WHERE d.kind = ?1 ORDER BY d.delivered_ms DESC, d.id DESC LIMIT ?2"
        ))?;
        let most = i64::try_from(last + MOST_PENDING).unwrap_or(i64::MAX);
        let mut rows = find.query(params![kind, most])?;
        let (mut followed, mut judged) = (0, 0);
        while judged < last
            && let Some(row) = rows.next()?
        {
            let course = course_of(row)?;
            // When a session that nobody ended is over is a matter of the clock, and of no weight here.
            match course.outcome(window, course.last_activity.is_some()) {
                Outcome::Resolved => (followed, judged) = (followed + 1, judged + 1),
                Outcome::Ignored => judged += 1,
                Outcome::Pending => {}
            }
        }
        let judged = i64::try_from(judged).unwrap_or(i64::MAX);
        Ok((followed, judged))
    }
}
