//! What could be meant by the beginning of an argument: agents' names, session ids.

use std::time::Duration;

use rmcp::model::{CompleteRequestParams, CompletionInfo, Reference};

use super::{ask, resources};
use crate::answer::{Asker, Surroundings};
use crate::clock::Clock;
use crate::model::Agent;
use crate::store::SessionFilter;

/// A person waits at the keyboard for these.
const DEADLINE: Duration = Duration::from_secs(1);

/// Nothing where nothing is known: a menu without entries is no error.
pub(super) async fn complete(request: &CompleteRequestParams, around: Surroundings) -> CompletionInfo {
    let typed = request.argument.value.trim();
    let values = match (&request.r#ref, request.argument.name.as_str()) {
        (Reference::Prompt(prompt), "agent") if prompt.name == "peer" => agents(typed, around.caller),
        (Reference::Prompt(prompt), "count") if prompt.name == "peer" => {
            (1..=5).map(|count: u8| count.to_string()).filter(|count| count.starts_with(typed)).collect()
        }
        (Reference::Resource(template), "id") if template.uri == resources::SESSION_TEMPLATE => {
            sessions(typed.to_owned(), around).await
        }
        _ => Vec::new(),
    };
    CompletionInfo::with_all_values(values).unwrap_or_default()
}

/// All but the caller itself: peers are the others.
fn agents(typed: &str, caller: Option<Agent>) -> Vec<String> {
    let typed = typed.to_ascii_lowercase().replace('-', "_");
    let others = Agent::ALL.into_iter().filter(|agent| Some(*agent) != caller);
    others.map(|agent| agent.name().to_owned()).filter(|name| name.starts_with(&typed)).collect()
}

/// The newest sessions on this machine whose ids begin so.
async fn sessions(typed: String, around: Surroundings) -> Vec<String> {
    let look = move || {
        let asker = Asker::new(around, Clock::SYSTEM)?;
        let newest = SessionFilter { active_only: true, limit: 500, ..SessionFilter::default() };
        let ids = asker.store.sessions(&newest)?.into_iter().map(|session| session.session_id);
        Ok(ids.filter(|id| id.starts_with(&typed)).take(CompletionInfo::MAX_VALUES).collect())
    };
    ask::on_a_thread("completion", DEADLINE, look).await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_complete_in_any_spelling_without_the_caller() {
        assert_eq!(agents("claude-", None), ["claude_code"]);
        assert_eq!(agents("CO", Some(Agent::Codex)), ["copilot_cli"]);
        assert_eq!(agents("", Some(Agent::Codex)).len(), Agent::ALL.len() - 1);
    }
}
