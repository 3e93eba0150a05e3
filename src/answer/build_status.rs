//! `get_build_status`: is the build, the test run or the lint of this project red or green, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_facts::{relative, session_id};
use super::{Asker, Question, Refusal, budget, rfc3339};
use crate::link;
use crate::model::Diagnostic;
use crate::store::{BuildFilter, BuildOutput, BuildRow, HiddenRun};

const TAIL_LINES: u32 = 20;
const MOST_TAIL_LINES: u32 = 200;
const DIAGNOSTICS: usize = 10;
const OTHERS: usize = 5;
/// Runs among which those of other families are looked for.
const MOST_RUNS: usize = 200;

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
    /// agent_shell, or wrapper
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
        let here = asker.here(Some(&params.cwd))?;
        let wanted = params.tag.trim();
        let all = BuildFilter { projects: Some(&here.rows), limit: MOST_RUNS, ..BuildFilter::default() };
        let runs = asker.store.builds(&all, asker.live_since())?;
        let of_tag = BuildFilter { tag: Some(wanted).filter(|tag| !tag.is_empty()), limit: 1, ..all.clone() };
        let newest = asker.store.builds(&of_tag, asker.live_since())?;
        let hidden = |since| asker.store.hidden_build(&here.rows, wanted, since);
        let Some(run) = newest.first() else {
            let note = match hidden(0)? {
                Some(hidden) => hid_its_verdict(&hidden),
                None => nothing(wanted, &runs),
            };
            return Ok(Answer { status: "none".to_owned(), note: Some(note), ..Answer::default() });
        };
        let mut answer = shown(run, &asker.store.build_output(run.row)?, &here.root, tail as usize);
        answer.stale = match run.ended {
            Some(ended) => asker.store.edited_since(&here.tree, ended)?,
            None => false,
        };
        answer.others = others(&runs, &run.tag);
        let unseen = hidden(run.ended.or(run.started).unwrap_or(0))?.map(|hidden| hid_its_verdict(&hidden));
        let notes: Vec<String> = unseen.into_iter().chain(asker.freshness()?).collect();
        answer.note = (!notes.is_empty()).then(|| notes.join("; "));
        let failed = BuildFilter { tag: Some(&run.tag), status: Some("failed"), ..of_tag };
        if let Some(failed) = asker.store.builds(&failed, asker.live_since())?.first() {
            answer.last_error = failed.last_error.as_deref().map(|e| budget::line(e, 300));
            answer.last_error_at = failed.ended.map(rfc3339);
        }
        Ok(answer)
    }

    fn most_tokens(params: &Params) -> usize {
        if params.tail.is_none() { budget::DEFAULT_TOKENS } else { budget::MOST_TOKENS }
    }

    fn text(answer: &Answer) -> String {
        match (&answer.tag, &answer.last_error) {
            (Some(tag), Some(error)) if answer.status == "failed" => format!("{tag} failed: {error}"),
            (Some(tag), _) => format!("{tag} {}", answer.status),
            (None, _) => answer.note.clone().unwrap_or_default(),
        }
    }
}

fn is_over(run: &BuildRow) -> bool {
    match run.process {
        Some(wrapper) => !link::is_there((wrapper.pid, wrapper.started)),
        None => run.session_over,
    }
}

/// A run whose session or wrapper is gone does not run any more.
pub(super) fn status(run: &BuildRow) -> &str {
    if run.status == "running" && is_over(run) { "stopped" } else { &run.status }
}

fn shown(run: &BuildRow, printed: &BuildOutput, root: &str, tail: usize) -> Answer {
    let mut answer = Answer {
        status: status(run).to_owned(),
        tag: Some(budget::name(&run.tag)),
        command: Some(budget::line(&run.command, 300)),
        origin: Some(run.origin.clone()),
        agent_source: run.agent.clone(),
        session_id: run.session_id.as_deref().map(session_id),
        started_at: run.started.map(rfc3339),
        ended_at: run.ended.map(rfc3339),
        exit_code: run.exit_code,
        duration_ms: run.started.zip(run.ended).map(|(from, to)| to - from),
        failing_tests: printed.failing_tests.iter().map(|t| budget::line(t, 160)).collect(),
        diagnostics: printed.diagnostics.iter().take(DIAGNOSTICS).map(|d| complaint(d, root)).collect(),
        ..Answer::default()
    };
    let cut = budget::fit(&mut answer.failing_tests, 300) | budget::fit(&mut answer.diagnostics, 600);
    let most_bytes = if tail > TAIL_LINES as usize { 20_000 } else { 2_400 };
    answer.tail = printed.tail.as_deref().map(|text| last_lines(text, tail, most_bytes));
    if cut || printed.diagnostics.len() > DIAGNOSTICS {
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
                tag: budget::name(&run.tag),
                status: status(run).to_owned(),
                ended_at: run.ended.map(rfc3339),
            });
        }
    }
    others
}

/// Neither red nor green, but someone may take an older run for the last word.
fn hid_its_verdict(run: &HiddenRun) -> String {
    format!("a run at {} hid its exit code (a pipe or `||`): {}", rfc3339(run.ended), budget::line(&run.command, 120))
}

fn nothing(wanted: &str, runs: &[BuildRow]) -> String {
    if wanted.is_empty() {
        return "no build, test or lint run of this project is known; runs in agents' shells are seen".to_owned();
    }
    let mut tags: Vec<String> = runs.iter().map(|r| budget::name(&r.tag)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.truncate(12);
    if tags.is_empty() {
        return format!("no run tagged \"{}\", nor any other of this project, is known", budget::line(wanted, 60));
    }
    format!("no run tagged \"{}\"; known tags: {}", budget::line(wanted, 60), tags.join(", "))
}
