//! From what the build wrapper tells to the build run that is stored, without secrets.

use std::path::PathBuf;

use super::enrich::{Cut, shorten};
use super::hook::{HookError, HookRead};
use super::projects::Projects;
use crate::adapters::Moment;
use crate::builds::report::RunReport;
use crate::model::{Agent, BuildOrigin, BuildRun, Diagnostic, Fact, Millis, SessionId};
use crate::redact::{Level, Redactor};
use crate::store::Batch;

const COMMAND: Cut = Cut { head: 3 * 1024, tail: 1024 };
const TAG: Cut = Cut { head: 120, tail: 0 };
const OUTPUT: Cut = Cut { head: 4 * 1024, tail: 12 * 1024 };
const MESSAGE: Cut = Cut { head: 768, tail: 256 };
const NAME: Cut = Cut { head: 512, tail: 0 };
const DIAGNOSTICS: usize = 20;
const FAILING_TESTS: usize = 50;

/// # Errors
/// It is none of ours.
pub(super) fn read(
    body: &[u8],
    now: Millis,
    redactor: Redactor,
    projects: &mut Projects,
) -> Result<HookRead, HookError> {
    let report: RunReport = serde_json::from_slice(body).map_err(|_| HookError::NotJson)?;
    let (mut batch, mut root) = (Batch::told(now), None);
    if !report.run_id.is_empty() {
        let run = if redactor.level() == Level::Full { verdict(report) } else { run(report, redactor, projects) };
        root = run.project.as_ref().map(|project| PathBuf::from(&project.root));
        batch.push(Fact::Build(run.without_false_alarms()));
    }
    Ok(HookRead {
        batch,
        agent: Agent::ClaudeCode,
        // Nobody is to be told anything in answer.
        session: None,
        event: "build".to_owned(),
        moment: Moment::Other,
        agent_id: None,
        cwd: None,
        transcript_path: None,
        // Whether the verdict still holds shows in the files.
        root,
        touched: Vec::new(),
        call: None,
        at: now,
    })
}

fn run(report: RunReport, redactor: Redactor, projects: &mut Projects) -> BuildRun {
    let clean = |text: String, cut| shorten(redactor, &text, cut);
    let project = report.project_dir.as_deref().or(report.cwd.as_deref()).map(|dir| {
        let mut found = projects.of(dir);
        found.root = clean(found.root, COMMAND);
        found.repo = clean(found.repo, COMMAND);
        found
    });
    let diagnostic = |told: Diagnostic| Diagnostic {
        file: told.file.map(|file| clean(file, NAME)),
        code: told.code.map(|code| clean(code, TAG)),
        message: clean(told.message, MESSAGE),
        ..told
    };
    BuildRun {
        tag: clean(report.tag.clone(), TAG),
        command: clean(report.command.clone(), COMMAND),
        cwd: report.cwd.clone().map(|cwd| clean(cwd, COMMAND)),
        project,
        diagnostics: report.diagnostics.iter().take(DIAGNOSTICS).cloned().map(diagnostic).collect(),
        failing_tests: report.failing_tests.iter().take(FAILING_TESTS).map(|id| clean(id.clone(), NAME)).collect(),
        tail: report.tail.clone().map(|tail| clean(tail, OUTPUT)),
        ..verdict(report)
    }
}

/// What happened, without a word of what it was about.
fn verdict(report: RunReport) -> BuildRun {
    BuildRun {
        run_id: report.run_id,
        session: report.session.filter(|id| !id.is_empty()).map(|id| SessionId::new(Agent::ClaudeCode, &id)),
        origin: BuildOrigin::Wrapper,
        kind: report.kind,
        tag: String::new(),
        command: String::new(),
        cwd: None,
        project: None,
        started_at: report.started_at,
        ended_at: report.ended_at,
        status: report.status,
        exit_code: report.exit_code,
        diagnostics: Vec::new(),
        failing_tests: Vec::new(),
        tail: None,
        process: report.process,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::{BuildStatus, Severity};

    fn told(level: Level) -> BuildRun {
        let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        let report = RunReport {
            run_id: "r".to_owned(),
            session: Some("s1".to_owned()),
            tag: "make".to_owned(),
            command: format!("make TOKEN={secret}"),
            cwd: Some("/nowhere/app".to_owned()),
            started_at: Some(5),
            ended_at: Some(9),
            status: Some(BuildStatus::Failed),
            exit_code: Some(2),
            diagnostics: vec![Diagnostic {
                file: Some("a.c".to_owned()),
                line: Some(3),
                column: None,
                severity: Severity::Error,
                code: None,
                message: format!("bad {secret}"),
            }],
            failing_tests: vec!["t".to_owned()],
            tail: Some(format!("{secret}\n{}", "x\n".repeat(20_000))),
            ..RunReport::default()
        };
        let mut projects = Projects::new(Path::new("/home/nobody"));
        let body = serde_json::to_vec(&report).unwrap();
        let read = read(&body, 10, Redactor::new(level), &mut projects).unwrap();
        assert_eq!((read.session, read.moment), (None, Moment::Other));
        match read.batch.facts() {
            [Fact::Build(run)] => run.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_secret_and_nothing_endless_is_kept() {
        let run = told(Level::Preview);
        assert_eq!(run.session, Some(SessionId::new(Agent::ClaudeCode, "s1")));
        assert_eq!((run.origin, run.status, run.exit_code), (BuildOrigin::Wrapper, Some(BuildStatus::Failed), Some(2)));
        assert_eq!(run.diagnostics[0].file.as_deref(), Some("a.c"));
        assert!(!format!("{run:?}").contains("ghp_"), "{run:?}");
        let tail = run.tail.unwrap();
        assert!(tail.len() < 17 * 1024 && tail.contains("bytes left out"), "{}", tail.len());
        assert!(run.project.is_some() && run.command.starts_with("make TOKEN="));
    }

    #[test]
    fn where_nothing_may_be_kept_the_verdict_is() {
        let run = told(Level::Full);
        assert_eq!((run.status, run.exit_code, run.ended_at), (Some(BuildStatus::Failed), Some(2), Some(9)));
        assert_eq!((run.command.as_str(), run.tag.as_str(), run.tail, run.project), ("", "", None, None));
    }

    #[test]
    fn prose_is_none_of_ours() {
        let mut projects = Projects::new(Path::new("/"));
        assert_eq!(read(b"hello", 1, Redactor::new(Level::None), &mut projects).unwrap_err(), HookError::NotJson);
        let empty = read(b"{}", 1, Redactor::new(Level::None), &mut projects).unwrap();
        assert!(empty.batch.is_empty());
    }
}
