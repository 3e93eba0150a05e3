//! A command that fails again and again with the same error.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::course::{Afterwards, Course, Run, Said, place, runs};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, test_stuck, wording};
use crate::model::Millis;
use crate::perceive::view::{About, View};

pub struct RepeatedFailedBuild;

/// The second failure is a check, the third a habit.
const TIMES: usize = 3;
/// Of three failures over a longer time, each had its own occasion.
const WITHIN: Millis = 30 * 60_000;
const MOST_FILES: usize = 5;

impl Rule for RepeatedFailedBuild {
    fn kind(&self) -> &'static str {
        "repeated_failed_build"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let Some(course) = view.course() else { return Vec::new() };
        let rows = rows(course);
        let stuck = if rows.is_empty() { Vec::new() } else { test_stuck::stuck(course, &rows) };
        let mut open: Vec<&Row> = rows.iter().filter(|row| row.cleared.is_none()).collect();
        open.retain(|row| {
            let failed = course.runs[row.newest].seen;
            let takes_place = |test: &test_stuck::Stuck<'_>| {
                test.tag == failed.tag
                    && test.opened <= row.opened
                    && failed.failing_tests.iter().any(|id| id == test.id)
            };
            !stuck.iter().any(takes_place)
        });
        open.into_iter().map(|row| told(row, course, view)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        let runs = runs(view);
        let failed = runs.iter().rposition(|run| run.said == Said::Failed && run.mine && run.seen.same == past.key);
        let passes = |run: &Run<'_>| run.said == Said::Passed && (run.seen.same == past.key || is_part(past.key, run));
        if runs[failed.map_or(0, |failed| failed + 1)..].iter().any(passes) {
            return End::Resolved(Some(format!("{} passes again", wording::command(past.key))));
        }
        if runs.iter().any(|run| passes(run) && run.to > past.since) {
            return End::Resolved(None);
        }
        // A stuck test speaks for it now; or it was never mended, and its failures are out of sight.
        let is_same = |run: &Run<'_>| !run.seen.failing_tests.is_empty();
        if failed.is_some_and(|failed| is_same(&runs[failed])) { End::Resolved(None) } else { End::Expired }
    }
}

/// Failures of one command from the first after it last passed, three in a row alike among them.
pub struct Row {
    /// Numbers of runs: the one that made it three, the newest failure, the newest of those that are alike.
    pub opened: usize,
    newest: usize,
    alike: usize,
    /// The run by which the command passed.
    pub cleared: Option<usize>,
    failures: usize,
    /// The newest failures that are alike.
    streak: usize,
    longest: usize,
}

/// Failures of a command that has not passed yet.
#[derive(Default)]
struct Failures {
    all: usize,
    /// The newest that are alike, oldest first.
    alike: Vec<usize>,
    row: Option<usize>,
}

pub fn rows(course: &Course<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut red: HashMap<&str, Failures> = HashMap::new();
    for (number, run) in course.runs.iter().enumerate() {
        match run.said {
            Said::Passed => {
                let passed = |same: &str| same == run.seen.same || is_part(same, run);
                red.retain(|same, failures| {
                    let passed = passed(same);
                    if let Some(row) = failures.row.filter(|_| passed) {
                        rows[row].cleared = Some(number);
                    }
                    !passed
                });
            }
            Said::Failed if run.mine => {
                let failures = red.entry(&run.seen.same).or_default();
                failures.add(number, course);
                failures.note(number, course, &mut rows);
            }
            _ => {}
        }
    }
    rows
}

/// All tests have passed, so those that a filter picks would.
fn is_part(same: &str, whole: &Run<'_>) -> bool {
    let rest = same.strip_prefix(whole.seen.tag.as_str()).and_then(|rest| rest.strip_prefix(' '));
    whole.seen.same == whole.seen.tag && rest.is_some_and(|rest| !rest.contains("&&"))
}

impl Failures {
    fn add(&mut self, number: usize, course: &Course<'_>) {
        self.all += 1;
        if let Some(last) = self.alike.last()
            && !alike(&course.runs[*last], &course.runs[number], course)
        {
            self.alike.clear();
        }
        self.alike.push(number);
    }

    fn note(&mut self, number: usize, course: &Course<'_>, rows: &mut Vec<Row>) {
        let in_a_row = self.alike.len();
        let third = in_a_row.checked_sub(TIMES).map(|at| &course.runs[self.alike[at]]);
        let opens = third.is_some_and(|third| course.runs[number].to - third.to <= WITHIN);
        if self.row.is_none() && opens {
            self.row = Some(rows.len());
            rows.push(Row {
                opened: number,
                newest: number,
                alike: number,
                cleared: None,
                failures: 0,
                streak: 0,
                longest: 0,
            });
        }
        let Some(row) = self.row.and_then(|row| rows.get_mut(row)) else { return };
        row.newest = number;
        row.failures = self.all;
        row.streak = in_a_row;
        row.longest = row.longest.max(in_a_row);
        if in_a_row >= TIMES {
            row.alike = number;
        }
    }
}

/// Nothing has come of what was done between two failures.
fn alike(older: &Run<'_>, newer: &Run<'_>, course: &Course<'_>) -> bool {
    let (before, after) = (older.seen, newer.seen);
    // Fewer files with errors is progress, even where the first error is still the old one.
    let fewer = after.errors_in.len() < before.errors_in.len()
        && after.errors_in.iter().all(|file| before.errors_in.contains(file));
    older.sign().is_some()
        && older.sign() == newer.sign()
        && !fewer
        // Somebody else's change is reason enough to look again.
        && !course.others_changed(older.from, newer.from)
        // A test with edits in between is not repeated but stuck.
        && (after.failing_tests.is_empty() || !course.edited(older.from, newer.from))
}

fn told(row: &Row, course: &Course<'_>, view: &View) -> Finding {
    let newest = &course.runs[row.newest];
    let root = view.me.root.as_deref();
    let still = row.streak >= TIMES;
    let command = wording::command(&newest.seen.same);
    let times = row.failures;
    let which = match row.longest {
        alike if alike == times => "with the same error".to_owned(),
        alike => format!("{alike} of them with the same error"),
    };
    let at = match newest.seen.errors_in.first() {
        Some(file) if still => format!(" in {}", wording::file(&place(file, newest.seen, root), root)),
        _ => String::new(),
    };
    let later = course.afterwards(row.newest);
    let passed = course.runs[row.newest + 1..].iter().any(|run| run.clears(newest));
    let mut channels = Vec::new();
    if later != Afterwards::Runs && !passed {
        // Another error is progress: no reason to disturb the work, but one not to end it.
        if still && later == Afterwards::Nothing {
            channels.push(Channel::AfterTool);
        }
        if later == Afterwards::Nothing {
            channels.push(Channel::Stop);
        }
    }
    let suggestion = if still && view.about != About::Stop {
        "Find the cause before you run it again."
    } else {
        "Get it to pass, or say plainly that it is red."
    };
    Finding {
        key: newest.seen.same.clone(),
        severity: Severity::High,
        evidence: format!("{command} failed {times} times in a row, {which}{at}."),
        suggestion: suggestion.to_owned(),
        files: newest
            .seen
            .errors_in
            .iter()
            .take(MOST_FILES)
            .map(|file| place(file, newest.seen, root).into())
            .collect(),
        channels,
        since: course.runs[row.alike].to,
        about: Some(newest.seen.same.clone()),
    }
}
