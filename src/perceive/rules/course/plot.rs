//! Stories of runs and edits: one step a minute, the last of them a minute ago.

use super::super::stories::{MINUTE, NOW, call, path, session, view};
use super::super::{End, Finding, Past, Rule, Severity};
use crate::model::{Attribution, BuildKind, ChangeKind, Millis};
use crate::perceive::view::{BuildSeen, ChangeSeen, Edit, FileSeen, Lies, View};

#[derive(Clone)]
pub enum Step {
    Edit(&'static str),
    /// By whom: `None` is nobody knows.
    Change(Option<Attribution>, &'static str, &'static str),
    /// A command of the session that changes a file.
    Shell(&'static str, &'static str),
    Run(Box<BuildSeen>),
    /// Minutes in which nothing happens.
    Pause(Millis),
    /// The next happens at the same time as the one before.
    Meanwhile,
}

pub fn edit(file: &'static str) -> Step {
    Step::Edit(file)
}

pub fn human(file: &'static str) -> Step {
    Step::Change(Some(Attribution::Human), "", file)
}

pub fn peer(file: &'static str) -> Step {
    Step::Change(Some(Attribution::Agent), "peer", file)
}

pub fn unsure(file: &'static str) -> Step {
    Step::Change(None, "", file)
}

fn run(same: &str, status: Option<&str>) -> BuildSeen {
    let mut words = same.split(' ');
    let tool = words.next().unwrap_or_default();
    let two = matches!(tool, "cargo" | "npm" | "go" | "make");
    let tag = if two { words.next().map_or(tool.to_owned(), |word| format!("{tool} {word}")) } else { tool.to_owned() };
    let kind = match tag.as_str() {
        "cargo test" | "npm test" | "pytest" | "jest" | "go test" => BuildKind::Test,
        "cargo clippy" | "eslint" => BuildKind::Lint,
        "cargo check" | "tsc" => BuildKind::TypeCheck,
        _ => BuildKind::Build,
    };
    BuildSeen {
        session: Some(session("me")),
        tag,
        same: same.to_owned(),
        kind,
        cwd: None,
        started: None,
        ended: None,
        status: status.map(str::to_owned),
        errors_in: Vec::new().into(),
        error: None,
        failing_tests: Vec::new().into(),
        fingerprint: None,
    }
}

pub fn pass(same: &str) -> Step {
    Step::Run(Box::new(run(same, Some("passed"))))
}

/// Of any outcome, with nothing printed.
pub fn other(same: &str, status: Option<&str>) -> Step {
    Step::Run(Box::new(run(same, status)))
}

/// With errors in these files, of this mark.
pub fn fail(same: &str, files: &[&str], mark: &str) -> Step {
    let mut run = run(same, Some("failed"));
    run.errors_in = files.iter().map(|file| path(file)).collect();
    run.fingerprint = (!mark.is_empty()).then(|| mark.to_owned());
    Step::Run(Box::new(run))
}

pub fn red(same: &str, tests: &[&str]) -> Step {
    let mut run = run(same, Some("failed"));
    run.failing_tests = tests.iter().map(|&test| test.to_owned()).collect();
    run.fingerprint = Some(tests.join("\n"));
    Step::Run(Box::new(run))
}

/// The run is another one's; `None`: a person's.
pub fn by(who: Option<&str>, step: Step) -> Step {
    changed(step, |run| run.session = who.map(session))
}

/// What it printed, with its exit code hidden.
pub fn piped(step: Step) -> Step {
    changed(step, |run| run.status = None)
}

pub fn changed(step: Step, how: impl FnOnce(&mut BuildSeen)) -> Step {
    match step {
        Step::Run(mut run) => {
            how(&mut run);
            Step::Run(run)
        }
        other => other,
    }
}

pub fn told(steps: &[Step]) -> View {
    let length = |step: &Step| match step {
        Step::Pause(minutes) => *minutes,
        Step::Meanwhile => -1,
        _ => 1,
    };
    let mut ago: Millis = steps.iter().map(length).sum();
    let mut view = view();
    for step in steps {
        let at = NOW - ago * MINUTE;
        match step {
            Step::Edit(file) => view.edits.insert(0, Edit { path: path(file), at, before: None, hash: at }),
            Step::Change(by, of, file) => {
                let of = (!of.is_empty()).then(|| session(of));
                view.changes.insert(0, change(at, file, *by, of));
            }
            Step::Shell(command, file) => {
                let mut shell = call(ago, "Bash", "shell");
                shell.command = Some((*command).to_owned());
                shell.ended = Some(at + 10_000);
                view.calls.insert(0, shell);
                view.changes.insert(0, change(at + 500, file, Some(Attribution::Command), Some(session("me"))));
                let seen = FileSeen { path: path(file), read: Some(at), edited: None, hash: None, lies: Lies::Unknown };
                view.files.insert(0, seen);
            }
            Step::Run(run) => {
                let mut run = run.clone();
                run.started = Some(at);
                run.ended = (run.status.as_deref() != Some("running")).then_some(at + 10_000);
                view.builds.insert(0, *run);
            }
            Step::Pause(_) | Step::Meanwhile => {}
        }
        ago -= length(step);
    }
    view
}

fn change(at: Millis, file: &str, by: Option<Attribution>, session: Option<crate::store::SessionRef>) -> ChangeSeen {
    ChangeSeen {
        at,
        path: path(file),
        old_path: None,
        kind: ChangeKind::Modified,
        by,
        session,
        by_another: false,
        before: None,
        after: Some(7),
        files: 1,
        ignored: false,
    }
}

pub fn found(rule: &dyn Rule, steps: &[Step]) -> Vec<Finding> {
    let found = rule.holds(&told(steps));
    for finding in &found {
        let text = finding.evidence.len() + finding.suggestion.len();
        assert!(text <= 220, "{text} bytes: {} {}", finding.evidence, finding.suggestion);
    }
    found
}

/// How what held under this key ends after these steps.
pub fn ended(rule: &dyn Rule, key: &str, steps: &[Step]) -> End {
    let view = told(steps);
    let held = found(rule, steps);
    assert!(held.iter().all(|finding| finding.key != key), "it still holds: {held:?}");
    rule.end(&Past { key, severity: Severity::High, files: &[], since: view.me.started }, &view)
}

pub fn said(words: &str) -> End {
    End::Resolved(Some(words.to_owned()))
}

/// Each story with the keys of what holds at its end.
pub fn all_hold(rule: &dyn Rule, stories: &[(&str, Vec<Step>, &[&str])]) {
    for (story, steps, want) in stories {
        let found = found(rule, steps);
        let keys: Vec<&str> = found.iter().map(|finding| finding.key.as_str()).collect();
        assert_eq!(keys, *want, "{story}");
    }
}

/// Stories in which nothing holds at the end.
pub fn none_holds(rule: &dyn Rule, stories: &[(&str, Vec<Step>)]) {
    for (story, steps) in stories {
        assert_eq!(found(rule, steps), [], "{story}");
    }
}

pub fn repeated(times: usize, steps: &[Step]) -> Vec<Step> {
    steps.iter().cloned().cycle().take(times * steps.len()).collect()
}
