//! What is said about one session, the same wherever it is said.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::budget;
use super::{Asker, Refusal, rfc3339};
use crate::model::Millis;
use crate::project;
use crate::store::{BuildFilter, BuildRow, FileRow, MessageFilter, SessionRow};

const TOOLS: usize = 12;
const FILES: usize = 8;
const PLAN: usize = 10;
const SUBAGENTS: usize = 5;
const PROMPT_BYTES: usize = 400;
const ANSWER_BYTES: usize = 600;
/// What someone worked on within this time before the end is what they work on.
const FOCUS_MS: Millis = 10 * 60 * 1000;

#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Tokens {
    /// Uncached.
    pub input: i64,
    /// Reasoning included.
    pub output: i64,
    pub cache_read: i64,
    pub cache_creation: i64,
    pub reasoning: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Context {
    /// Prompt of the newest request.
    pub occupancy_tokens: i64,
    pub window_tokens: Option<i64>,
    pub ratio: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanEntry {
    pub text: String,
    pub status: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Subagent {
    pub agent_id: String,
    pub agent_type: Option<String>,
    pub description: Option<String>,
    pub started_at: Option<String>,
    pub tool_call_count: i64,
    pub tokens_output: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BuildError {
    pub command: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub message: Option<String>,
    pub at: Option<String>,
}

/// One session, as tools and commands show it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct SessionFacts {
    pub session_id: String,
    pub agent_source: String,
    pub title: Option<String>,
    pub project: Option<String>,
    pub cwd: Option<String>,
    pub git_branch: Option<String>,
    pub model: Option<String>,
    pub started_at: String,
    pub last_activity_at: String,
    pub duration_minutes: i64,
    pub live: bool,
    pub tool_call_count: i64,
    pub tool_error_count: i64,
    pub tokens: Tokens,
    /// `null` where nothing has a price.
    #[schemars(extend("x-money" = true))]
    pub cost_usd: Option<f64>,
    pub context: Option<Context>,
    pub compactions: i64,
    /// Calls by tool.
    pub tools: BTreeMap<String, i64>,
    pub current_focus: Option<String>,
    /// Below `cwd` where relative.
    pub recent_files: Vec<String>,
    pub last_build_error: Option<BuildError>,
    pub external_human_changes: Option<i64>,
    pub subagents: Vec<Subagent>,
    pub plan: Vec<PlanEntry>,
    pub last_user_prompt: Option<String>,
    pub last_assistant_message: Option<String>,
}

/// An id as it is shown. Real ones are far shorter; of others the beginning finds the session, too.
pub fn session_id(id: &str) -> String {
    id[..id.floor_char_boundary(200)].to_owned()
}

/// Dollars to a hundredth of a cent.
pub fn dollars(nanos: i64, priced: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "money below nine million dollars is exact enough")]
    (priced > 0).then(|| (nanos as f64 / 1e5).round() / 1e4)
}

/// `path` as someone in `base` would write it, and no longer than a path should be.
pub fn relative(path: &str, base: Option<&str>) -> String {
    let below = base
        .map(|base| base.trim_end_matches(['/', '\\']))
        .filter(|base| !base.is_empty())
        .and_then(|base| path.strip_prefix(base));
    match below.and_then(|rest| rest.strip_prefix(['/', '\\'])) {
        Some(rest) if !rest.is_empty() => budget::path(rest),
        _ => budget::path(path),
    }
}

impl Asker {
    /// Everything about `session` that fits one answer.
    pub(super) fn session_facts(&self, session: &SessionRow) -> Result<SessionFacts, Refusal> {
        let base = session.project_root.as_deref().or(session.cwd.as_deref());
        let files = self.store.session_files(session.row, 40)?;
        let mut facts = SessionFacts {
            session_id: session_id(&session.session_id),
            agent_source: session.agent.name().to_owned(),
            title: session.title.as_deref().map(|t| budget::line(t, 120)),
            project: base.map(|root| budget::name(project::label(root))),
            cwd: session.cwd.as_deref().map(budget::path),
            git_branch: session.git_branch.as_deref().map(budget::name),
            model: session.model.as_deref().map(budget::name),
            started_at: rfc3339(session.started),
            last_activity_at: rfc3339(session.last_activity),
            duration_minutes: (session.last_activity - session.started).max(0) / 60_000,
            live: self.is_live(session),
            tool_call_count: session.tool_calls,
            tool_error_count: session.tool_errors,
            tokens: Tokens {
                input: session.input_tokens,
                output: session.output_tokens,
                cache_read: session.cache_read_tokens,
                cache_creation: session.cache_creation_tokens,
                reasoning: session.reasoning_tokens,
            },
            cost_usd: dollars(session.cost_nanos, session.priced_requests),
            compactions: session.compactions,
            context: self.context(session)?,
            current_focus: focus(&files, session.last_activity).map(|path| relative(path, base)),
            recent_files: files.iter().take(FILES).map(|f| relative(&f.path, base)).collect(),
            last_build_error: self.last_build_error(session)?,
            external_human_changes: self.human_changes(session)?,
            ..SessionFacts::default()
        };
        facts.tools = self
            .store
            .session_tools(session.row)?
            .into_iter()
            .take(TOOLS)
            .map(|t| (budget::name(&t.tool), t.calls))
            .collect();
        facts.plan = self.plan(session.row)?;
        facts.subagents = self.subagents(session.row)?;
        facts.last_user_prompt = self.last_words(session.row, "user")?.map(|text| budget::line(&text, PROMPT_BYTES));
        facts.last_assistant_message = self
            .last_words(session.row, "assistant")?
            .map(|text| budget::line(&budget::ends(&text, ANSWER_BYTES), ANSWER_BYTES + 8));
        Ok(facts)
    }

    pub(super) fn context(&self, session: &SessionRow) -> Result<Option<Context>, Refusal> {
        let Some(occupied) = self.store.occupancy(session.row, 0.0)? else { return Ok(None) };
        #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
        let ratio = occupied.window.map(|window| (occupied.tokens as f64 / window as f64 * 100.0).round() / 100.0);
        Ok(Some(Context { occupancy_tokens: occupied.tokens, window_tokens: occupied.window, ratio }))
    }

    fn plan(&self, session: i64) -> Result<Vec<PlanEntry>, Refusal> {
        let mut plan = self.store.session_plan(session)?;
        if plan.len() > PLAN {
            // What is done matters least.
            plan.retain(|item| item.status != "completed");
            plan.truncate(PLAN);
        }
        Ok(plan.into_iter().map(|p| PlanEntry { text: budget::line(&p.text, 120), status: p.status }).collect())
    }

    fn subagents(&self, session: i64) -> Result<Vec<Subagent>, Refusal> {
        let rows = self.store.session_subagents(session, SUBAGENTS)?;
        let each = rows.into_iter().map(|s| Subagent {
            agent_id: budget::name(&s.agent_id),
            agent_type: s.agent_type.as_deref().map(budget::name),
            description: s.description.map(|d| budget::line(&d, 100)),
            started_at: s.started.map(rfc3339),
            tool_call_count: s.tool_calls,
            tokens_output: s.output_tokens,
        });
        Ok(each.collect())
    }

    pub(super) fn last_words(&self, session: i64, role: &str) -> Result<Option<String>, Refusal> {
        let filter = MessageFilter { roles: &[role], main_only: true, before: None, limit: 1 };
        Ok(self.store.messages(session, &filter)?.pop().map(|m| m.content))
    }

    fn last_build_error(&self, session: &SessionRow) -> Result<Option<BuildError>, Refusal> {
        let base = session.project_root.as_deref();
        self.red_run(session)?.map(|run| self.build_error(&run, base)).transpose()
    }

    /// The newest failed run of a command family that has not passed since.
    pub(super) fn red_run(&self, session: &SessionRow) -> Result<Option<BuildRow>, Refusal> {
        let filter = BuildFilter { session: Some(session.row), limit: 20, ..BuildFilter::default() };
        let runs = self.store.builds(&filter, self.live_since())?;
        Ok(open_failures(&runs).first().map(|run| (*run).clone()))
    }

    /// Files that people changed in its working tree while it lived; `None`: none were seen.
    fn human_changes(&self, session: &SessionRow) -> Result<Option<i64>, Refusal> {
        let Some(project) = session.project else { return Ok(None) };
        let until = if self.is_live(session) { self.now() } else { session.last_activity };
        let files = self.store.changed_by_people(project, session.started, until)?;
        Ok((files > 0).then_some(files))
    }

    /// Why a run failed, in a line.
    pub(super) fn build_error(&self, run: &BuildRow, base: Option<&str>) -> Result<BuildError, Refusal> {
        let printed = self.store.build_output(run.row)?.diagnostics;
        let first = printed.iter().find(|d| d.severity == crate::model::Severity::Error).or(printed.first());
        Ok(BuildError {
            command: budget::line(&run.command, 160),
            file: first.and_then(|d| d.file.as_deref()).map(|file| relative(file, base)),
            line: first.and_then(|d| d.line),
            message: first
                .map(|d| budget::line(&d.message, 240))
                .or_else(|| run.last_error.as_deref().map(|e| budget::line(e, 240))),
            at: run.ended.map(rfc3339),
        })
    }
}

/// Of runs, newest first: the failed ones whose family has not been run with another outcome since.
pub(super) fn open_failures(runs: &[BuildRow]) -> Vec<&BuildRow> {
    let mut decided: Vec<&str> = Vec::new();
    let mut open = Vec::new();
    for run in runs.iter().filter(|run| matches!(run.status.as_str(), "passed" | "failed")) {
        if !decided.contains(&run.tag.as_str()) {
            decided.push(&run.tag);
            if run.status == "failed" {
                open.push(run);
            }
        }
    }
    open
}

/// The file most edited at the end of the session, else the one last edited, else last read.
fn focus(files: &[FileRow], end: Millis) -> Option<&str> {
    let late = files.iter().filter(|f| f.last_edit.is_some_and(|at| at >= end - FOCUS_MS));
    let most = late.max_by_key(|f| (f.edits, f.last_edit));
    most.or_else(|| files.iter().filter(|f| f.last_edit.is_some()).max_by_key(|f| f.last_edit))
        .or_else(|| files.first())
        .map(|f| f.path.as_str())
}
