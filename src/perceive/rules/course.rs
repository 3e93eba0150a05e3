//! The course of builds in a session: its runs and its edits in their order, for the rules on red builds.

#[cfg(test)]
pub mod plot;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::{Attribution, BuildKind, Millis};
use crate::perceive::view::{BuildSeen, Call, ChangeSeen, View};
use crate::store::SessionRef;

/// The watcher notices a change this much after it was made, at the latest.
const NOTICED_WITHIN: Millis = 1_000;
/// Of calls that began before a change, so many may have made it.
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Passed,
    Failed,
    /// The exit code was hidden; `red`: what it printed complains all the same.
    Hidden {
        red: bool,
    },
    Running,
}

#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub seen: &'a BuildSeen,
    pub said: Said,
    pub from: Millis,
    pub to: Millis,
    pub mine: bool,
}

impl<'a> Run<'a> {
    fn of(seen: &'a BuildSeen, me: &SessionRef) -> Option<Self> {
        let said = match seen.status.as_deref() {
            Some("passed") => Said::Passed,
            Some("failed") => Said::Failed,
            Some("running") => Said::Running,
            None => {
                let red = !seen.failing_tests.is_empty() || !seen.errors_in.is_empty() || seen.error.is_some();
                Said::Hidden { red }
            }
            Some(_) => return None,
        };
        let from = seen.started.or(seen.ended)?;
        let to = seen.ended.unwrap_or(from);
        Some(Self { seen, said, from, to, mine: seen.session.as_ref() == Some(me) })
    }

    /// Of the failure; the same for two that fail alike.
    pub fn sign(&self) -> Option<&'a str> {
        self.seen.fingerprint.as_deref().or(self.seen.error.as_deref())
    }

    /// Passing, it shows that what failed there would pass as well.
    pub fn clears(&self, failed: &Run<'_>) -> bool {
        let tool = |run: &Run<'a>| run.seen.tag.split(' ').next();
        let compiles = matches!(failed.seen.kind, BuildKind::Build | BuildKind::TypeCheck)
            && failed.seen.failing_tests.is_empty()
            && self.seen.kind != BuildKind::Lint
            && tool(self).is_some_and(|tool| COMPILE_FIRST.contains(&tool))
            && failed.seen.tag.split(' ').next() == tool(self);
        self.said == Said::Passed && (self.seen.tag == failed.seen.tag || compiles)
    }
}

/// Tools that run no test before everything compiles.
const COMPILE_FIRST: &[&str] = &["cargo", "dotnet", "go", "gradle", "./gradlew", "mvn", "sbt", "swift", "zig"];

/// The oldest first.
pub fn runs(view: &View) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = view.builds.iter().rev().filter_map(|seen| Run::of(seen, &view.me.session)).collect();
    runs.sort_by_key(|run| run.to);
    runs
}

/// Where an error is: what a tool names from where it ran, or from the root of the tree that holds that place.
pub fn place<'p>(path: &'p str, run: &BuildSeen, root: Option<&str>) -> Cow<'p, str> {
    if path.starts_with('/') || path.contains(":\\") {
        return Cow::Borrowed(path);
    }
    let path = path.trim_start_matches("./");
    let Some(cwd) = run.cwd.as_deref().or(root) else { return Cow::Borrowed(path) };
    let from_root = root.map(|root| format!("{root}/{path}"));
    let is_inside = |whole: &String| whole.strip_prefix(cwd).is_some_and(|rest| rest.starts_with('/'));
    if let Some(whole) = from_root.filter(is_inside) {
        return Cow::Owned(whole);
    }
    let (mut from, mut path) = (cwd.trim_end_matches('/'), path);
    while let Some(rest) = path.strip_prefix("../") {
        from = from.rsplit_once('/').map_or("", |(above, _)| above);
        path = rest;
    }
    Cow::Owned(format!("{from}/{path}"))
}

/// All oldest first.
#[derive(Debug)]
pub struct Course<'a> {
    pub runs: Vec<Run<'a>>,
    /// Path (`None`: not told) and moment of the session's own edits.
    pub edits: Vec<(Option<&'a str>, Millis)>,
    /// When it edited what a build may depend on.
    code: Vec<Millis>,
    /// When somebody else changed such a file.
    others: Vec<Millis>,
}

impl<'a> Course<'a> {
    /// `None`: nothing is red.
    pub fn of(view: &'a View) -> Option<Self> {
        let runs = runs(view);
        if runs.iter().all(|run| run.said != Said::Failed) {
            return None;
        }
        let edits = edits(view);
        let root = view.me.root.as_deref();
        let matters = |path: &str| inside(path, root) && !is_prose(path);
        let code = edits.iter().filter(|(path, _)| path.is_none_or(matters)).map(|(_, at)| *at).collect();
        let foreign =
            |change: &&ChangeSeen| !change.ignored && is_foreign(change, &view.me.session) && matters(&change.path);
        let mut others: Vec<Millis> = view.changes.iter().filter(foreign).map(|change| change.at).collect();
        others.sort_unstable();
        Some(Self { runs: without_parallel(runs), edits, code, others })
    }

    /// The session has edited what may matter after the one moment and until the other.
    pub fn edited(&self, after: Millis, until: Millis) -> bool {
        any_between(&self.code, after, until)
    }

    pub fn others_changed(&self, after: Millis, until: Millis) -> bool {
        any_between(&self.others, after, until)
    }

    /// What became of a command after the run with this number.
    pub fn afterwards(&self, number: usize) -> Afterwards {
        let failed = self.runs[number];
        let later = self.runs[number + 1..].iter().filter(|run| run.seen.tag == failed.seen.tag);
        later.fold(Afterwards::Nothing, |before, run| match run.said {
            Said::Running => Afterwards::Runs,
            Said::Hidden { red: false } if before != Afterwards::Runs => Afterwards::Hidden,
            _ => before,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    Nothing,
    /// Perhaps it passed: the exit code was hidden, and nothing printed speaks against it.
    Hidden,
    Runs,
}

/// Runs of one command at the same time are one attempt: sub-agents in parallel, a wrapper in a shell.
fn without_parallel(runs: Vec<Run<'_>>) -> Vec<Run<'_>> {
    let mut kept: Vec<Run<'_>> = Vec::with_capacity(runs.len());
    for run in runs {
        let parallel = |other: &&Run<'_>| {
            other.said == Said::Failed && other.mine && other.seen.same == run.seen.same && other.to > run.from
        };
        if run.said == Said::Failed && run.mine && kept.iter().any(|other| parallel(&other)) {
            continue;
        }
        kept.push(run);
    }
    kept
}

fn any_between(moments: &[Millis], after: Millis, until: Millis) -> bool {
    moments.get(moments.partition_point(|at| *at <= after)).is_some_and(|at| *at <= until)
}

/// By the session's tools, and by commands that name the file: others leave products, formats, checkouts.
fn edits(view: &View) -> Vec<(Option<&str>, Millis)> {
    let by_tool = view.edits.iter().map(|edit| (Some(edit.path.as_str()), edit.at));
    let ended_well = |call: &&Call| call.kind == "edit" && call.status.as_deref() == Some("ok");
    let by_call = view.calls.iter().filter(ended_well).map(|call| (call.path.as_deref(), call.at));
    let mut edits: Vec<_> = by_tool.chain(by_call).chain(by_command(view)).collect();
    edits.sort_unstable_by_key(|(_, at)| *at);
    edits
}

fn by_command(view: &View) -> impl Iterator<Item = (Option<&str>, Millis)> {
    let own = |change: &&ChangeSeen| {
        change.by == Some(Attribution::Command)
            && change.session.as_ref() == Some(&view.me.session)
            && change.files <= 1
            && !change.ignored
    };
    let root = view.me.root.as_deref();
    let mut shells: Vec<&Call> = view.calls.iter().filter(|call| call.kind == "shell").collect();
    shells.sort_by_key(|call| -call.at);
    let made = view.changes.iter().filter(own).filter_map(|change| Some((change, command_of(&shells, change)?.at)));
    let made: Vec<(&str, Millis)> = made.map(|(change, at)| (change.path.as_str(), at)).collect();
    // A report or a log is named as well, but nobody has read it and no error points at it.
    let mut sources: HashSet<Cow<'_, str>> = HashSet::new();
    if !made.is_empty() {
        sources.extend(view.files.iter().map(|file| Cow::Borrowed(file.path.as_str())));
        let errors = view.builds.iter().flat_map(|run| run.errors_in.iter().map(move |path| (run, path)));
        sources.extend(errors.map(|(run, path)| place(path, run, root)));
    }
    made.into_iter().filter(move |(path, _)| sources.contains(*path)).map(|(path, at)| (Some(path), at))
}

fn command_of<'a>(shells: &[&'a Call], change: &ChangeSeen) -> Option<&'a Call> {
    let name = change.path.rsplit('/').next()?;
    let began = shells.partition_point(|call| call.at > change.at);
    shells[began..].iter().copied().take(AT_ONCE).find(|call| {
        let command = call.command.as_deref().unwrap_or_default();
        let ran = call.ended.is_none_or(|ended| change.at <= ended + NOTICED_WITHIN);
        ran && command.contains(name) && !command.contains("git ")
    })
}

pub fn is_foreign(change: &ChangeSeen, me: &SessionRef) -> bool {
    match change.by {
        Some(Attribution::Human) => true,
        Some(_) => change.session.as_ref().is_some_and(|session| session != me),
        None => false,
    }
}

fn inside(path: &str, root: Option<&str>) -> bool {
    root.is_none_or(|root| path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
}

/// Notes and plans mend no build.
fn is_prose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "md" | "mdx" | "txt" | "rst" | "adoc" | "log"))
}
