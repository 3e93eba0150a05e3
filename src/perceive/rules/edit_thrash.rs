//! Edits that go in circles: a file is brought back to what it was before, and then again.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Channel, End, Finding, Past, Rule, Severity, Sight, wording};
use crate::model::{Attribution, Millis};
use crate::perceive::view::{Call, ChangeSeen, Edit, View};
use crate::store::SessionRef;

pub struct EditThrash;

/// The first return is the undoing of a mistake.
const RETURNS: usize = 2;
/// What lay there longer ago was left for other reasons.
const SAME_WORK: Millis = 60 * 60_000;
/// What was not told by then has been left behind.
const FRESH: Millis = 15 * 60_000;
/// Two returns that close a circle need three edits at least: forth, back, forth.
const FEWEST: usize = 3;
/// Watcher and tool tell of one edit, each with its own moment.
const SAME_MOMENT: Millis = 5_000;
/// Tools that replace a part: the same part replaced by the same leaves the same whole only if the whole was the
/// same. Tools that write whole files say nothing of what was there before.
const REPLACING: &[&str] = &["Edit", "MultiEdit", "NotebookEdit", "edit", "str_replace", "replace", "apply_patch"];

impl Rule for EditThrash {
    fn kind(&self) -> &'static str {
        "edit_thrash"
    }

    fn findings(&self, view: &Sight<'_>) -> Vec<Finding> {
        let mut files: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in view.edits.iter().rev() {
            files.entry(&edit.path).or_default().push(edit);
        }
        // Outside the tree lies scratch paper, and nobody sees who else writes there.
        files.retain(|path, edits| {
            edits.len() >= FEWEST && inside(path, view.me.root.as_deref()) && some_content_twice(edits)
        });
        if files.is_empty() {
            return Vec::new();
        }
        let around = Around::of(view);
        files.into_iter().filter_map(|(path, edits)| around.found(path, &edits)).collect()
    }

    /// What has happened does not get better.
    fn ending(&self, _: &Past<'_>, _: &Sight<'_>) -> End {
        End::Expired
    }
}

fn inside(path: &str, root: Option<&str>) -> bool {
    root.is_none_or(|root| path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
}

fn some_content_twice(edits: &[&Edit]) -> bool {
    let mut seen = HashSet::new();
    edits.iter().any(|edit| !seen.insert(edit.hash))
}

/// A step of one file: when, what it led from and to, and what was asked for if that says what was there before.
struct Step {
    at: Millis,
    before: Option<i64>,
    left: i64,
    asked: Option<u64>,
}

/// What else happened to files, by path; of many at once, by their directory.
struct Around<'a> {
    view: &'a View,
    me: &'a SessionRef,
    changes: HashMap<&'a str, Vec<&'a ChangeSeen>>,
    ignored: HashSet<&'a str>,
    /// Oldest first.
    calls: HashMap<&'a str, Vec<&'a Call>>,
}

impl<'a> Around<'a> {
    fn of(view: &'a View) -> Self {
        let mut around = Self {
            view,
            me: &view.me.session,
            changes: HashMap::new(),
            ignored: HashSet::new(),
            calls: HashMap::new(),
        };
        for change in &view.changes {
            around.changes.entry(&change.path).or_default().push(change);
            if change.ignored {
                around.ignored.insert(&change.path);
            }
        }
        for call in view.calls.iter().rev().filter(|call| REPLACING.contains(&call.tool.as_str())) {
            if let Some(path) = &call.path {
                around.calls.entry(path).or_default().push(call);
            }
        }
        around
    }

    fn found(&self, path: &str, edits: &[&Edit]) -> Option<Finding> {
        // A switch in a local setting is there to be turned to and fro.
        if self.ignored.contains(path) {
            return None;
        }
        let steps: Vec<Step> = edits.iter().map(|edit| self.step(edit)).collect();
        let breaks = self.breaks(path, edits);
        let stretches = steps.chunk_by(|a, b| {
            let next = breaks.partition_point(|&at| at <= a.at);
            breaks.get(next).is_none_or(|&at| at > b.at) && b.before.is_none_or(|before| before == a.left)
        });
        let returns: Vec<Millis> = stretches.flat_map(circles).collect();
        let since = *returns.last()?;
        let asked_since = self.view.prompts.iter().any(|&at| at > since);
        if asked_since || self.view.now - since > FRESH {
            return None;
        }
        Some(Finding {
            key: path.to_owned(),
            severity: Severity::Medium,
            evidence: format!(
                "Edits have brought {} back to an earlier content {} times.",
                wording::file(path, self.view.me.root.as_deref()),
                returns.len(),
            ),
            suggestion: "Decide which version is right, and why, before editing it again.".to_owned(),
            files: vec![path.to_owned()],
            channels: vec![Channel::AfterTool],
            since,
            about: None,
        })
    }

    fn step(&self, edit: &Edit) -> Step {
        let calls = self.calls.get(edit.path.as_str()).map_or(&[][..], Vec::as_slice);
        let begun = calls.partition_point(|call| call.at <= edit.at);
        let call = begun.checked_sub(1).and_then(|at| calls.get(at));
        let its = call.filter(|call| call.ended.is_some_and(|ended| edit.at <= ended + SAME_MOMENT));
        Step { at: edit.at, before: edit.before, left: edit.hash, asked: its.map(|call| call.asked) }
    }

    /// When someone or something else changed the file, or the user asked for something, oldest first. What lay there
    /// before is then no longer the session's to return to: a person put something back, a branch was switched, a
    /// formatter had its way, the user wanted it back.
    fn breaks(&self, path: &str, edits: &[&Edit]) -> Vec<Millis> {
        let own = |change: &ChangeSeen| {
            if let Some(by) = change.by {
                return by == Attribution::Agent && change.session.as_ref() == Some(self.me);
            }
            let near = edits.partition_point(|edit| edit.at < change.at - SAME_MOMENT);
            let mut near = edits[near..].iter().take_while(|edit| edit.at <= change.at + SAME_MOMENT);
            near.any(|edit| Some(edit.hash) == change.after)
        };
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let others = above
            .chain([path])
            .filter_map(|path| self.changes.get(path))
            .flatten()
            .filter(|change| !own(change))
            .map(|change| change.at);
        let mut breaks: Vec<Millis> = others.chain(self.view.prompts.iter().copied()).collect();
        breaks.sort_unstable();
        breaks
    }
}

/// The moments of all returns, if there are enough of them.
fn circles(steps: &[Step]) -> Vec<Millis> {
    let Some(first) = steps.first() else { return Vec::new() };
    // When each content lay there last.
    let origin = first.before.or_else(|| guessed(steps)).filter(|before| *before != first.left);
    let mut lay: HashMap<i64, Millis> = origin.map(|hash| (hash, first.at)).into_iter().collect();
    let mut returns: Vec<Millis> = Vec::new();
    let mut enough = false;
    let mut current = first.left;
    for step in &steps[1..] {
        if step.left == current {
            continue;
        }
        lay.insert(current, step.at);
        if lay.get(&step.left).is_some_and(|at| step.at - at <= SAME_WORK) {
            returns.push(step.at);
            let earlier = returns.len().checked_sub(RETURNS).and_then(|at| returns.get(at));
            enough |= earlier.is_some_and(|&earlier| step.at - earlier <= SAME_WORK);
        }
        current = step.left;
    }
    if enough { returns } else { Vec::new() }
}

/// What lay there before the first edit, if a later edit gives it away.
fn guessed(steps: &[Step]) -> Option<i64> {
    let (first, rest) = steps.split_first()?;
    first.asked?;
    let again = rest.iter().position(|step| step.asked == first.asked && step.left == first.left)?;
    // `again` counts from the second step: the one before it has the same number in `steps`.
    steps.get(again).map(|before| before.left)
}

#[cfg(test)]
mod tests;
