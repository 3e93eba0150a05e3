//! `get_build_status`: is the build, the test run or the lint of this project red or green, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::relative;
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::model::Diagnostic;
use crate::store::{BuildFilter, BuildRow};

const TAIL_LINES: u32 = 20;
const MOST_TAIL_LINES: u32 = 200;
const DIAGNOSTICS: usize = 10;
const OTHERS: usize = 5;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Only this command family or tag, such as `cargo test`. Default: the newest run.
    pub tag: String,
    /// Directory of the project. Default: yours.
    pub cwd: String,
    /// Lines from the end of the output, default 20, at most 200.
    pub tail: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Complaint {
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub severity: &'static str,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OtherRun {
    pub tag: String,
    pub status: String,
    pub ended_at: Option<String>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    /// running, passed, failed, stopped or none
    pub status: String,
    pub tag: Option<String>,
    pub command: Option<String>,
    /// wrapper (`tma1 build`) or agent_shell
    pub origin: Option<String>,
    pub agent_source: Option<String>,
    pub session_id: Option<String>,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    pub exit_code: Option<i64>,
    pub duration_ms: Option<i64>,
    /// Files were edited since.
    pub stale: bool,
    pub last_error: Option<String>,
    pub last_error_at: Option<String>,
    pub failing_tests: Vec<String>,
    pub diagnostics: Vec<Complaint>,
    pub tail: Option<String>,
    /// Newest runs of other families.
    pub others: Vec<OtherRun>,
    pub resolved_by: Option<&'static str>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct BuildStatus;

impl Question for BuildStatus {
    const NAME: &'static str = "get_build_status";
    const TITLE: &'static str = "Build status";
    const ABOUT: &'static str = "Whether the newest build, test, lint or type-check of this project passed or failed: command, exit code, \
         diagnostics, failing tests, end of output. Use instead of running it again just to see.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let tail = params.tail.unwrap_or(TAIL_LINES);
        if tail > MOST_TAIL_LINES {
            return Err(Refusal::user(format!("argument `tail`: {tail} is not between 0 and {MOST_TAIL_LINES}")));
        }
        let projects: Vec<i64> = asker.projects_here(Some(&params.cwd))?.iter().map(|p| p.row).collect();
        let filter = BuildFilter { projects: Some(&projects), limit: 200, ..BuildFilter::default() };
        let runs = asker.store.builds(&filter, asker.live_since())?;
        let wanted = params.tag.trim();
        let newest = runs.iter().find(|run| wanted.is_empty() || run.tag == wanted);
        let Some(run) = newest else {
            return Ok(Answer { status: "none".to_owned(), note: Some(nothing(wanted, &runs)), ..Answer::default() });
        };
        let root = asker.project_at(&asker.directory(Some(&params.cwd))).root;
        let mut answer = shown(run, &root, tail as usize);
        answer.stale = match run.ended {
            Some(ended) => asker.store.edited_since(&projects, ended)?,
            None => false,
        };
        answer.others = others(&runs, &run.tag);
        answer.note = asker.freshness()?;
        let last_error = runs.iter().find(|r| r.tag == run.tag && r.status == "failed");
        answer.last_error = last_error.and_then(|r| r.last_error.as_deref()).map(|e| budget::line(e, 300));
        answer.last_error_at = last_error.and_then(|r| r.ended).map(rfc3339);
        Ok(answer)
    }

    fn text(answer: &Answer) -> String {
        match (&answer.tag, &answer.last_error) {
            (Some(tag), Some(error)) if answer.status == "failed" => format!("{tag} failed: {error}"),
            (Some(tag), _) => format!("{tag} {}", answer.status),
            (None, _) => answer.note.clone().unwrap_or_default(),
        }
    }
}

/// A run whose session is over does not run any more.
pub(super) fn status(run: &BuildRow) -> &str {
    if run.status == "running" && run.session_over { "stopped" } else { &run.status }
}

fn shown(run: &BuildRow, root: &str, tail: usize) -> Answer {
    let mut answer = Answer {
        status: status(run).to_owned(),
        tag: Some(run.tag.clone()),
        command: Some(budget::line(&run.command, 300)),
        origin: Some(run.origin.clone()),
        agent_source: run.agent.clone(),
        session_id: run.session_id.clone(),
        started_at: run.started.map(rfc3339),
        ended_at: run.ended.map(rfc3339),
        exit_code: run.exit_code,
        duration_ms: run.started.zip(run.ended).map(|(from, to)| to - from),
        failing_tests: run.failing_tests.iter().map(|t| budget::line(t, 160)).collect(),
        diagnostics: run.diagnostics.iter().take(DIAGNOSTICS).map(|d| complaint(d, root)).collect(),
        ..Answer::default()
    };
    let cut = budget::fit(&mut answer.failing_tests, 300) | budget::fit(&mut answer.diagnostics, 600);
    // Green needs no proof.
    if answer.status != "passed" {
        answer.tail = run
            .tail
            .as_deref()
            .map(|text| last_lines(text, tail, if tail > TAIL_LINES as usize { 20_000 } else { 2_400 }));
    }
    if cut || run.diagnostics.len() > DIAGNOSTICS {
        answer.truncated = Some("more diagnostics than fit; they are in the output of the command".to_owned());
    }
    answer
}

fn complaint(d: &Diagnostic, root: &str) -> Complaint {
    Complaint {
        file: d.file.as_deref().map(|file| relative(file, Some(root))),
        line: d.line,
        column: d.column,
        severity: match d.severity {
            crate::model::Severity::Error => "error",
            crate::model::Severity::Warning => "warning",
            crate::model::Severity::Note => "note",
        },
        message: match &d.code {
            Some(code) => budget::line(&format!("{code}: {}", d.message), 240),
            None => budget::line(&d.message, 240),
        },
    }
}

fn last_lines(text: &str, lines: usize, most_bytes: usize) -> String {
    let kept: Vec<&str> = text.trim_end().lines().rev().take(lines).collect();
    let text = kept.into_iter().rev().collect::<Vec<_>>().join("\n");
    if text.len() <= most_bytes {
        return text;
    }
    format!("…{}", &text[text.ceil_char_boundary(text.len() - most_bytes)..])
}

fn others(runs: &[BuildRow], shown: &str) -> Vec<OtherRun> {
    let mut seen = vec![shown];
    let mut others = Vec::new();
    for run in runs {
        if !seen.contains(&run.tag.as_str()) && others.len() < OTHERS {
            seen.push(&run.tag);
            others.push(OtherRun {
                tag: run.tag.clone(),
                status: status(run).to_owned(),
                ended_at: run.ended.map(rfc3339),
            });
        }
    }
    others
}

fn nothing(wanted: &str, runs: &[BuildRow]) -> String {
    if wanted.is_empty() {
        return "no build, test or lint run of this project is known; runs in agents' shells are seen, and those under `tma1 build`".to_owned();
    }
    let mut tags: Vec<&str> = runs.iter().map(|r| r.tag.as_str()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.truncate(12);
    format!("no run tagged \"{}\"; known tags: {}", budget::line(wanted, 60), tags.join(", "))
}
