//! A build that fails in files which this session has edited.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::course::{Afterwards, Course, Run, Said, is_foreign, place, runs};
use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::model::Millis;
use crate::perceive::view::View;

pub struct BuildBrokenAfterMyEdit;

/// So many failures in a row at one file are no slip any more.
const HIGH: usize = 3;
/// A change that nobody can be told for, so shortly after an edit, is that edit.
const ECHO: Millis = 2_000;
/// A run that complains about more files has another cause than an edit of one of them.
const POINTED_AT: usize = 20;
const MOST_FILES: usize = 5;

impl Rule for BuildBrokenAfterMyEdit {
    fn kind(&self) -> &'static str {
        "build_broken_after_my_edit"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let Some(course) = view.course() else { return Vec::new() };
        let Some(edited) = Edited::of(course, view) else { return Vec::new() };
        let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, run) in course.runs.iter().enumerate() {
            if run.said == Said::Failed && !run.seen.errors_in.is_empty() {
                families.entry(&run.seen.tag).or_default().push(number);
            }
        }
        families.values().filter_map(|failures| edited.broken(failures)).collect()
    }

    fn ending(&self, past: &Past<'_>, view: &Sight<'_>) -> End {
        let runs = runs(view);
        let failed = runs.iter().rposition(|run| run.said == Said::Failed && run.seen.tag == past.key);
        let later = &runs[failed.map_or(0, |failed| failed + 1)..];
        let clears = |run: &&Run<'_>| match failed {
            Some(failed) => run.clears(&runs[failed]),
            None => run.said == Said::Passed && run.seen.tag == past.key,
        };
        match later.iter().rfind(clears) {
            Some(passed) if passed.seen.tag == past.key => {
                End::Resolved(Some(format!("{} passes again", wording::command(past.key))))
            }
            Some(passed) => End::Resolved(Some(format!("{} passes", wording::command(&passed.seen.tag)))),
            // What it fails with by now is not this session's doing.
            None if failed.is_some() => End::Resolved(None),
            None => End::Expired,
        }
    }
}

/// What the session has edited, beside what has been run.
struct Edited<'a> {
    course: &'a Course<'a>,
    view: &'a View,
    /// Moments, oldest first.
    edits: HashMap<&'a str, Vec<Millis>>,
    /// When others, or nobody knows who, changed one of these.
    foreign: HashMap<&'a str, Vec<Millis>>,
}

#[derive(Default)]
struct Blamed {
    in_a_row: usize,
    ever: bool,
}

impl<'a> Edited<'a> {
    fn of(course: &'a Course<'a>, view: &'a View) -> Option<Self> {
        let mut edits: HashMap<&str, Vec<Millis>> = HashMap::new();
        for (path, at) in &course.edits {
            if let Some(path) = path {
                edits.entry(path).or_default().push(*at);
            }
        }
        if edits.is_empty() {
            return None;
        }
        let mut foreign: HashMap<&str, Vec<Millis>> = HashMap::new();
        for change in &view.changes {
            let unknown = change.by.is_none();
            let is_echo = |at: &Millis| (0..=ECHO).contains(&(change.at - at));
            let Some(own) = edits.get(change.path.as_str()) else { continue };
            let last = own[..own.partition_point(|at| *at <= change.at)].last();
            if is_foreign(change, &view.me.session) || unknown && !last.is_some_and(is_echo) {
                foreign.entry(&change.path).or_default().push(change.at);
            }
        }
        Some(Self { course, view, edits, foreign })
    }

    fn broken(&self, failures: &[usize]) -> Option<Finding> {
        let runs = &self.course.runs;
        let newest = *failures.last()?;
        let passed = runs.iter().rposition(|run| run.clears(&runs[newest]));
        // A run that began before the last success saw what lay there before it.
        let green = passed.map_or(Millis::MIN, |passed| runs[passed].from);
        let red: Vec<usize> = failures.iter().copied().filter(|number| passed.is_none_or(|it| *number > it)).collect();
        let mut blamed: BTreeMap<&str, Blamed> = BTreeMap::new();
        let mut since = None;
        for number in &red {
            let run = &runs[*number];
            let pointed: Vec<&str> = self.blamed(run, green).collect();
            for (path, blame) in &mut blamed {
                if !pointed.contains(path) {
                    blame.in_a_row = 0;
                }
            }
            for path in &pointed {
                let blame = blamed.entry(path).or_default();
                blame.ever = true;
                blame.in_a_row += 1;
            }
            if !pointed.is_empty() {
                since = Some(run.to);
            }
        }
        let since = since?;
        Some(self.told(*red.last()?, &blamed, since))
    }

    /// The files that a run complains about because of what this session did to them.
    fn blamed(&self, run: &'a Run<'a>, green: Millis) -> impl Iterator<Item = &'a str> {
        let whose = run.mine || !self.course.others_changed(green, run.to);
        let paths = run.seen.errors_in.iter().take(POINTED_AT);
        let edited = paths.filter_map(move |path| self.edits.get_key_value(&*self.place(path, run)));
        edited.filter(move |(path, edits)| whose && self.is_my_doing(path, edits, run, green)).map(|(path, _)| *path)
    }

    fn place<'p>(&self, path: &'p str, run: &Run<'_>) -> Cow<'p, str> {
        place(path, run.seen, self.view.me.root.as_deref())
    }

    fn is_my_doing(&self, path: &str, edits: &[Millis], run: &Run<'_>, green: Millis) -> bool {
        let before = &edits[..edits.partition_point(|at| *at <= run.from)];
        let Some(last) = before.last() else { return false };
        let first = before.iter().find(|at| **at > green);
        // Edited only before the last success: an edit elsewhere broke it, if nobody else made one.
        let elsewhere = || self.course.edited(green, run.from) && !self.course.others_changed(green, run.to);
        if first.is_none() && !elsewhere() {
            return false;
        }
        let meddled = self.foreign.get(path).is_some_and(|at| at.iter().any(|at| (*last..=run.to).contains(at)));
        !meddled && !self.was_broken(path, run, green, *first.unwrap_or(last))
    }

    /// It failed alike before the first edit.
    fn was_broken(&self, path: &str, run: &Run<'_>, green: Millis, edited: Millis) -> bool {
        let before = self.course.runs.iter().take_while(|other| other.to < run.to);
        before.filter(|other| other.said == Said::Failed && other.from > green && other.from < edited).any(|other| {
            other.sign() == run.sign() && other.seen.errors_in.iter().any(|file| self.place(file, other) == path)
        })
    }

    fn told(&self, newest: usize, blamed: &BTreeMap<&str, Blamed>, since: Millis) -> Finding {
        let run = &self.course.runs[newest];
        let times = blamed.values().map(|blame| blame.in_a_row).max().unwrap_or(0);
        let mut files: Vec<(&str, usize)> = blamed.iter().map(|(path, blame)| (*path, blame.in_a_row)).collect();
        files.retain(|(path, in_a_row)| *in_a_row > 0 || times == 0 && blamed[path].ever);
        files.sort_by_key(|(_, in_a_row)| std::cmp::Reverse(*in_a_row));
        let place =
            files.first().map(|(path, _)| wording::file(path, self.view.me.root.as_deref())).unwrap_or_default();
        let others = match files.len().saturating_sub(1) {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let severity = if times >= HIGH { Severity::High } else { Severity::Medium };
        let often = if times >= HIGH { format!("failed {times} times in a row") } else { "failed".to_owned() };
        let later = self.course.afterwards(newest);
        let mut channels = Vec::new();
        // What fails elsewhere by now, or runs again, is not worth a word.
        if times > 0 && later != Afterwards::Runs {
            if severity == Severity::High && later == Afterwards::Nothing {
                channels.push(Channel::Stop);
            }
            channels.push(Channel::Prompt);
        }
        let suggestion = if later == Afterwards::Hidden {
            "Run it again without a pipe to see whether it passes."
        } else if self.course.edited(run.from, Millis::MAX) {
            "Run it again to see whether the edits since then mended it."
        } else {
            "Mend these errors before you go on."
        };
        let edited = if files.len() > 1 { "files you edited" } else { "a file you edited" };
        Finding {
            key: run.seen.tag.clone(),
            severity,
            evidence: format!("{} {often} with errors in {place}{others}, {edited}.", wording::command(&run.seen.tag)),
            suggestion: suggestion.to_owned(),
            files: files.iter().take(MOST_FILES).map(|(path, _)| (*path).to_owned()).collect(),
            channels,
            since,
            about: Some(run.seen.same.clone()),
        }
    }
}
