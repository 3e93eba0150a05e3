//! `get_session_state`: what one session is about, did last and cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::overlap::SharedFile;
use super::session_facts::{SessionFacts, relative};
use super::{Asker, Question, Refusal, budget, rfc3339};

const ACTIONS: u32 = 50;
const MOST_ACTIONS: u32 = 200;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Session to look at, or the beginning of its id. Default: your own.
    pub session_id: String,
    /// Also list the newest tool calls.
    pub verbose: bool,
    /// How many calls when verbose: 1 to 200, default 50.
    pub action_limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Action {
    pub ts: String,
    pub event_type: &'static str,
    pub tool_name: Option<String>,
    pub file_path: Option<String>,
    pub command_prefix: Option<String>,
    /// Absent where a call was refused, stopped or still runs; then `status` says which.
    pub success: Option<bool>,
    pub status: Option<String>,
    pub duration_ms: Option<i64>,
    pub agent_id: Option<String>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answer {
    pub session: Option<SessionFacts>,
    pub resolved_by: Option<&'static str>,
    /// Files that other live sessions have in hand as well, one of them editing.
    pub overlap: Vec<SharedFile>,
    /// Newest first.
    pub actions: Vec<Action>,
    pub truncated: Option<String>,
    pub note: Option<String>,
}

pub struct SessionState;

impl Question for SessionState {
    const NAME: &'static str = "get_session_state";
    const TITLE: &'static str = "Session state";
    const ABOUT: &'static str = "What a coding session did: model, tokens, cost, context use, tools, files, plan, failed build, sub-agents, \
         last prompt and answer. Use after compaction or to look into any session; verbose lists its tool calls.";
    type Params = Params;
    type Answer = Answer;

    fn answer(asker: &Asker, params: Params) -> Result<Answer, Refusal> {
        let limit = params.action_limit.unwrap_or(ACTIONS);
        if !(1..=MOST_ACTIONS).contains(&limit) {
            return Err(Refusal::user(format!("argument `action_limit`: {limit} is not between 1 and {MOST_ACTIONS}")));
        }
        let Some(resolved) = asker.session(&params.session_id)? else {
            return Ok(Answer { note: Some(asker.nothing_here()?), ..Answer::default() });
        };
        let mut answer = Answer {
            session: Some(asker.session_facts(&resolved.session)?),
            resolved_by: Some(resolved.by),
            overlap: asker.overlap_of(&resolved.session)?,
            note: asker.remarks(&resolved)?,
            ..Answer::default()
        };
        if params.verbose {
            let base = resolved.session.project_root.as_deref();
            let live = asker.is_live(&resolved.session);
            let rows = asker.store.actions(resolved.session.row, limit as usize)?;
            answer.actions = rows
                .into_iter()
                .map(|a| {
                    let open = if live { "running" } else { "interrupted" };
                    let status = a.status.unwrap_or_else(|| open.to_owned());
                    Action {
                        ts: rfc3339(a.at),
                        event_type: "tool_call",
                        tool_name: a.tool.as_deref().map(budget::name),
                        file_path: a.file_path.map(|path| relative(&path, base)),
                        command_prefix: a.command.map(|command| budget::line(&command, 120)),
                        success: match status.as_str() {
                            "ok" => Some(true),
                            "error" => Some(false),
                            _ => None,
                        },
                        status: (!matches!(status.as_str(), "ok" | "error")).then_some(status),
                        duration_ms: a.duration_ms,
                        agent_id: a.agent_id.as_deref().map(budget::name),
                    }
                })
                .collect();
            let room = budget::MOST_TOKENS.saturating_sub(budget::tokens(&answer.session) + 200);
            if budget::fit(&mut answer.actions, room) {
                answer.truncated = Some(format!("{} calls fit; ask with a smaller action_limit", answer.actions.len()));
            }
        }
        Ok(answer)
    }

    fn most_tokens(params: &Params) -> usize {
        if params.verbose { budget::MOST_TOKENS } else { budget::DEFAULT_TOKENS }
    }

    fn text(answer: &Answer) -> String {
        match &answer.session {
            None => answer.note.clone().unwrap_or_default(),
            Some(s) => format!(
                "{} session {} in {}: {} tool calls ({} failed), {} min, last active {}",
                s.agent_source,
                s.session_id,
                s.project.as_deref().unwrap_or("an unknown project"),
                s.tool_call_count,
                s.tool_error_count,
                s.duration_minutes,
                s.last_activity_at
            ),
        }
    }
}
