//! A test that stays red whatever the session edits.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::course::{Course, Run, Said, place, runs};
use super::repeated_failed_build::{Row, rows};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::model::Millis;
use crate::perceive::view::View;

pub struct TestStuck;

/// Runs with an edit before each but the first: two attempts that came to nothing.
const ATTEMPTS: usize = 3;
/// What was red in an earlier part of a long session was another matter.
const WITHIN: Millis = 2 * 60 * 60_000;
/// A run names no more failing tests than this: of one that it does not name, nothing is known.
const NAMED_AT_MOST: usize = 50;
/// Files among which the place of a test is looked for.
const PLACES: usize = 8;
/// A shorter name is part of many words.
const TELLING: usize = 3;
const MOST_FILES: usize = 5;

impl Rule for TestStuck {
    fn kind(&self) -> &'static str {
        "test_stuck"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let Some(course) = view.course() else { return Vec::new() };
        let rows = rows(course);
        stuck(course, &rows).iter().map(|stuck| told(stuck, course, view)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        let runs = runs(view);
        let names = |run: &Run<'_>| run.seen.failing_tests.iter().any(|id| id == past.key);
        let Some(red) = runs.iter().rposition(|run| run.said == Said::Failed && names(run)) else {
            return End::Expired;
        };
        let says = |run: &&Run<'_>| match run.said {
            Said::Passed => true,
            Said::Failed => (1..NAMED_AT_MOST).contains(&run.seen.failing_tests.len()),
            _ => false,
        };
        let of_it = |run: &&Run<'_>| run.seen.tag == runs[red].seen.tag && covers(run, past.key, &runs[red]);
        if runs[red + 1..].iter().filter(says).any(|run| of_it(&run)) {
            return End::Resolved(Some(format!("{} passes again", wording::test(past.key))));
        }
        End::Expired
    }
}

fn told(stuck: &Stuck<'_>, course: &Course<'_>, view: &View) -> Finding {
    let root = view.me.root.as_deref();
    let newest = &course.runs[stuck.newest];
    let more = match stuck.others {
        0 => String::new(),
        others => format!(" (and {others} more)"),
    };
    let (test, command, runs) = (wording::test(stuck.id), wording::command(stuck.tag), stuck.runs);
    Finding {
        key: stuck.id.to_owned(),
        severity: Severity::Medium,
        evidence: format!("{test}{more} failed in {runs} runs of {command}, with edits in between."),
        suggestion: "Check the test's fixture and expectation before another edit.".to_owned(),
        files: newest
            .seen
            .errors_in
            .iter()
            .take(MOST_FILES)
            .map(|file| place(file, newest.seen, root).into())
            .collect(),
        channels: vec![Channel::AfterTool],
        since: newest.to,
        about: Some(newest.seen.same.clone()),
    }
}

/// Of the tests of one command family that are stuck, the one that speaks for all: they mostly have one cause.
pub struct Stuck<'a> {
    pub id: &'a str,
    pub tag: &'a str,
    /// Numbers of runs: the one that made it stuck, and the newest in which it was red.
    pub opened: usize,
    newest: usize,
    runs: usize,
    others: usize,
}

pub fn stuck<'a>(course: &Course<'a>, rows: &[Row]) -> Vec<Stuck<'a>> {
    let mut families: BTreeMap<&'a str, Suite<'a>> = BTreeMap::new();
    for (number, run) in course.runs.iter().enumerate() {
        if matches!(run.said, Said::Passed | Said::Failed) {
            families.entry(&run.seen.tag).or_default().sees(number, course, rows);
        }
    }
    families.into_iter().filter_map(|(tag, family)| family.stuck(tag)).collect()
}

/// The tests of one command family, and which of them is stuck since which run.
#[derive(Default)]
struct Suite<'a> {
    places: HashMap<&'a str, usize>,
    tests: Vec<Test<'a>>,
    stuck: Option<(usize, usize)>,
}

struct Test<'a> {
    id: &'a str,
    /// The newest run that named it, whoever's.
    named: usize,
    red: Option<Red>,
}

struct Red {
    runs: usize,
    newest: usize,
    attempts: usize,
    /// When the last attempts ended, the newest first.
    ended: [Millis; ATTEMPTS],
}

impl Red {
    fn is_stuck(&self) -> bool {
        self.attempts >= ATTEMPTS && self.ended[0] - self.ended[ATTEMPTS - 1] <= WITHIN
    }
}

impl<'a> Suite<'a> {
    fn sees(&mut self, number: usize, course: &Course<'a>, rows: &[Row]) {
        let run = &course.runs[number];
        // It failed before it came to the tests.
        if run.said == Said::Failed && run.seen.failing_tests.is_empty() {
            return;
        }
        let named = self.named(number, run);
        self.forgets(&named, number, course);
        if run.said != Said::Failed || !run.mine {
            return;
        }
        // Most were red in the same run before.
        let mut edited: Option<(usize, bool)> = None;
        for place in &named {
            let red = self.tests[*place].red.get_or_insert(Red {
                runs: 0,
                newest: number,
                attempts: 0,
                ended: [0; ATTEMPTS],
            });
            let known = edited.filter(|(before, _)| *before == red.newest).map(|(_, edited)| edited);
            let is_edited = known.unwrap_or_else(|| course.edited(course.runs[red.newest].from, run.from));
            edited = Some((red.newest, is_edited));
            if red.runs == 0 || is_edited {
                red.attempts += 1;
                red.ended.rotate_right(1);
                red.ended[0] = run.to;
            }
            red.runs += 1;
            red.newest = number;
        }
        let is_told = |row: &Row| {
            let open = row.opened <= number && row.cleared.is_none_or(|cleared| cleared > number);
            open && course.runs[row.opened].seen.tag == run.seen.tag
        };
        if self.stuck.is_none() && !rows.iter().any(is_told) {
            let stuck = named.iter().filter(|place| self.tests[**place].red.as_ref().is_some_and(Red::is_stuck));
            self.stuck = stuck.min_by_key(|place| self.tests[**place].id).map(|place| (*place, number));
        }
    }

    fn named(&mut self, number: usize, run: &Run<'a>) -> Vec<usize> {
        let mut named = Vec::with_capacity(run.seen.failing_tests.len());
        for id in run.seen.failing_tests.iter() {
            let place = *self.places.entry(id).or_insert(self.tests.len());
            if place == self.tests.len() {
                self.tests.push(Test { id, named: number, red: None });
            }
            self.tests[place].named = number;
            named.push(place);
        }
        named.sort_unstable();
        named.dedup();
        named
    }

    /// Tests that have passed.
    fn forgets(&mut self, named: &[usize], number: usize, course: &Course<'a>) {
        if named.len() >= NAMED_AT_MOST {
            return;
        }
        let run = &course.runs[number];
        let nothing_new = named.iter().all(|place| self.tests[*place].red.is_some());
        let mut fewer = false;
        for test in self.tests.iter_mut().filter(|test| test.named != number) {
            if test.red.as_ref().is_some_and(|red| covers(run, test.id, &course.runs[red.newest])) {
                test.red = None;
                fewer = true;
            }
        }
        let solved = self.stuck.is_some_and(|(place, _)| self.tests[place].red.is_none());
        // Where one test after the other is mended, those that wait for their turn are not stuck.
        if solved || self.stuck.is_none() && fewer && nothing_new {
            self.tests.iter_mut().for_each(|test| test.red = None);
            self.stuck = None;
        }
    }

    fn stuck(self, tag: &'a str) -> Option<Stuck<'a>> {
        let (place, opened) = self.stuck?;
        let test = self.tests.get(place)?;
        let red = test.red.as_ref()?;
        let all = self.tests.iter().filter_map(|test| test.red.as_ref());
        let likewise = all.filter(|other| other.is_stuck() && other.newest == red.newest).count();
        Some(Stuck { id: test.id, tag, opened, newest: red.newest, runs: red.runs, others: likewise.saturating_sub(1) })
    }
}

/// The test was among those that ran: nothing was picked, or the same, or something of its name or place.
fn covers(run: &Run<'_>, id: &str, red: &Run<'_>) -> bool {
    let same = run.seen.same.as_str();
    if same == red.seen.same {
        return true;
    }
    let mut words = same
        .strip_prefix(run.seen.tag.as_str())
        .unwrap_or(same)
        .split(' ')
        .filter(|word| !word.starts_with('-') || word.contains('='))
        .map(|word| word.rsplit('=').next().unwrap_or(word))
        .map(|word| word.trim_matches(|c: char| "'\"./*()^$".contains(c)))
        .filter(|word| !word.is_empty())
        .peekable();
    let name = id.rsplit([':', '/', ' ']).next().unwrap_or(id);
    let places = &red.seen.errors_in[..red.seen.errors_in.len().min(PLACES)];
    words.peek().is_none()
        || words.any(|word| {
            id.contains(word)
                || name.len() >= TELLING && word.contains(name)
                || places.iter().any(|file| file.contains(word))
        })
}
