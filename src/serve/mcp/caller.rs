//! Who asks, as far as the protocol tells: the agent by its client's name, the session by the request's `_meta`.

use rmcp::RoleServer;
use rmcp::model::JsonObject;
use rmcp::service::RequestContext;
use serde_json::Value;

use crate::answer::Surroundings;
use crate::model::Agent;

/// Names under which agents' MCP clients introduce themselves, where these are not the agents' own names.
const CLIENTS: [(&str, Agent); 3] = [
    ("codex-mcp-client", Agent::Codex),
    ("openclaw-bundle-mcp", Agent::Openclaw),
    ("gemini-cli-mcp-client", Agent::GeminiCli),
];

/// Where agents put the session, best first. Codex: a thread is what it keeps a transcript of.
const SESSION_KEYS: [&str; 4] =
    ["threadId", "sessionId", "ai.opencode/sessionID", "antigravity.google/conversation_id"];

/// Codex repeats its ids here, as an object or as JSON in a string.
const CODEX_TURN: &str = "x-codex-turn-metadata";
const CODEX_TURN_KEYS: [&str; 4] = ["thread_id", "threadId", "session_id", "sessionId"];

/// No agent's ids come near this.
const LONGEST_ID: usize = 256;

/// What is known of the process, with what this request adds.
pub(super) fn surroundings(known: &Surroundings, context: &RequestContext<RoleServer>) -> Surroundings {
    let mut around = known.clone();
    around.meta_session = session(&context.meta).or(around.meta_session);
    // Told at our start, it is what the installer wrote: surer than a client's name.
    around.caller = around.caller.or_else(|| context.client_info().and_then(|client| agent(&client.name)));
    around
}

fn agent(client: &str) -> Option<Agent> {
    let known = CLIENTS.iter().find(|(name, _)| *name == client).map(|(_, agent)| *agent);
    known.or_else(|| client.parse().ok())
}

fn session(meta: &JsonObject) -> Option<String> {
    let plain = |object: &JsonObject, keys: &[&str]| keys.iter().find_map(|key| id(object.get(*key)?));
    plain(meta, &SESSION_KEYS).or_else(|| match meta.get(CODEX_TURN)? {
        Value::Object(turn) => plain(turn, &CODEX_TURN_KEYS),
        Value::String(json) => plain(serde_json::from_str::<Value>(json).ok()?.as_object()?, &CODEX_TURN_KEYS),
        _ => None,
    })
}

fn id(value: &Value) -> Option<String> {
    let id = value.as_str()?.trim();
    (!id.is_empty() && id.len() <= LONGEST_ID).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn session_in(meta: &Value) -> Option<String> {
        session(meta.as_object().unwrap())
    }

    #[test]
    fn sessions_are_found_wherever_agents_put_them() {
        let turn = json!({"session_id": "s", "thread_id": "t", "model": "m"});
        for (meta, want) in [
            (json!({"threadId": "t", "sessionId": "s", "progressToken": 1}), Some("t")),
            (json!({"sessionId": "s"}), Some("s")),
            (json!({"x-codex-turn-metadata": turn}), Some("t")),
            (json!({"x-codex-turn-metadata": turn.to_string()}), Some("t")),
            (json!({"x-codex-turn-metadata": "no json"}), None),
            (json!({"ai.opencode/sessionID": "ses_1"}), Some("ses_1")),
            (json!({"antigravity.google/conversation_id": "c"}), Some("c")),
            (json!({"threadId": " ", "sessionId": 7, "claudecode/toolUseId": "toolu_1"}), None),
            (json!({"threadId": "x".repeat(999)}), None),
        ] {
            assert_eq!(session_in(&meta).as_deref(), want, "{meta}");
        }
    }

    #[test]
    fn agents_are_known_by_their_clients() {
        for (client, want) in [
            ("claude-code", Some(Agent::ClaudeCode)),
            ("codex-mcp-client", Some(Agent::Codex)),
            ("copilot-cli", Some(Agent::CopilotCli)),
            ("openclaw-bundle-mcp", Some(Agent::Openclaw)),
            ("gemini-cli-mcp-client", Some(Agent::GeminiCli)),
            ("opencode", Some(Agent::Opencode)),
            ("inspector-cli", None),
        ] {
            assert_eq!(agent(client), want, "{client}");
        }
    }
}
