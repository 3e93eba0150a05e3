//! What an agent does this moment, as far as its calls and words tell.

use schemars::JsonSchema;
use serde::Serialize;

use super::session_facts::relative;
use super::{Asker, Refusal, budget, rfc3339};
use crate::model::Millis;
use crate::store::{CallRow, MessageFilter, SessionRow};

/// Calls among which what still runs is looked for.
pub(super) const CALLS: usize = 100;
/// Words are often followed by a call; only after this time they were the last ones.
const SETTLED_MS: Millis = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A tool runs.
    Running,
    /// A person was asked whether the tool may run, and nothing was heard since.
    Asking,
    /// The model is at work.
    Thinking,
    /// The last word is the agent's.
    Waiting,
}

/// What an agent does this moment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Doing {
    pub state: State,
    /// That runs, or ran last.
    pub tool: Option<String>,
    /// Its command or file.
    pub what: Option<String>,
    pub since: String,
    /// The sub-agent that does it.
    pub agent_id: Option<String>,
}

impl Asker {
    /// Of a live session, by its newest calls.
    pub(super) fn doing(&self, session: &SessionRow, calls: &[CallRow]) -> Result<Doing, Refusal> {
        let base = session.project_root.as_deref().or(session.cwd.as_deref());
        let filter =
            MessageFilter { roles: &["user", "assistant", "thinking"], main_only: true, before: None, limit: 1 };
        let word = self.store.messages(session.row, &filter)?.pop();
        let said = word.as_ref().map_or(session.started, |word| word.at);
        let of_call = |call: &CallRow, state, since| Doing {
            state,
            tool: Some(budget::name(&call.tool)),
            what: what(call, base),
            since: rfc3339(since),
            agent_id: call.agent_id.as_deref().map(budget::name),
        };
        if let Some(call) = running(calls, said) {
            return Ok(match call.asked {
                Some(asked) => of_call(call, State::Asking, asked),
                None => of_call(call, State::Running, call.at),
            });
        }
        let last = calls.iter().find(|call| call.agent_id.is_none());
        if let Some(call) = last.filter(|call| call.at >= said) {
            return Ok(of_call(call, State::Thinking, call.at + call.duration_ms.unwrap_or(0)));
        }
        let asked = word.is_some_and(|word| word.role != "assistant");
        let state = if asked || self.now() - said < SETTLED_MS { State::Thinking } else { State::Waiting };
        Ok(Doing { state, tool: None, what: None, since: rfc3339(said), agent_id: None })
    }
}

/// Of calls, newest first: the newest that runs. One without an end after which its thread went on is over, too;
/// what a sub-agent does says more than that there is one.
fn running(calls: &[CallRow], said: Millis) -> Option<&CallRow> {
    let open = |call: &&CallRow| call.status.is_none();
    let main = calls.iter().filter(|call| call.agent_id.is_none() && call.at >= said).find(open);
    let of_subagent = || {
        let newest_of_its_thread =
            |(at, call): &(usize, &CallRow)| calls[..*at].iter().all(|later| later.agent_id != call.agent_id);
        let threads = calls.iter().enumerate().filter(|(_, call)| call.agent_id.is_some());
        threads.filter(newest_of_its_thread).map(|(_, call)| call).find(open)
    };
    main.filter(|call| call.kind.as_deref() != Some("agent")).or_else(of_subagent).or(main)
}

/// What a call is about.
pub(super) fn what(call: &CallRow, base: Option<&str>) -> Option<String> {
    let file = call.file_path.as_deref().map(|path| relative(path, base));
    call.command.as_deref().map(|command| budget::line(command, 160)).or(file)
}
