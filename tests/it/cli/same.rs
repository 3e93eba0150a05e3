//! A command's `--json` is the answer of the tool.

use serde_json::{Value, json};

use super::{SESSION, storied};
use crate::support::Mcp;

#[test]
fn commands_answer_as_the_tools_do() {
    let home = storied();
    let app = home.path().join("app");
    let mut server = home.command();
    server.arg("mcp").current_dir(&app);
    let mut mcp = Mcp::start(server);
    mcp.initialize("2025-11-25");
    for (command, tool, arguments) in [
        (&["context"][..], "get_context_bundle", json!({})),
        (&["context", "--session", "a1b2"], "get_context_bundle", json!({"session_id": "a1b2"})),
        (&["show", SESSION], "get_session_state", json!({"session_id": SESSION, "verbose": true})),
        (&["show", "e5f6", "--actions", "0"], "get_session_state", json!({"session_id": "e5f6"})),
        (&["anomalies"], "get_anomalies", json!({})),
        (&["peer"], "get_peer_sessions", json!({})),
        (
            &["peer", "claude", "3", "--since", "forever"],
            "get_peer_sessions",
            json!({"agent_source": "cc", "limit": 3, "since_min": 5_256_000}),
        ),
        (
            &["peer", "--project", "web", "--since", "forever"],
            "get_peer_sessions",
            json!({"project": "web", "since_min": 5_256_000}),
        ),
        (&["search", "refresh", "token"], "search_history", json!({"query": "refresh token"})),
        (&["search", "go", "--agent", "codex"], "search_history", json!({"query": "go", "agent_source": "codex"})),
    ] {
        let mut ran = home.command();
        let ran = ran.args(command).arg("--json").current_dir(&app).output().unwrap();
        let mut printed: Value =
            serde_json::from_slice(&ran.stdout).unwrap_or_else(|e| panic!("{command:?}: {e}: {ran:?}"));
        let mut told = mcp.tool(tool, &arguments)["structuredContent"].clone();
        // A second may pass between the two.
        for moment in [&mut printed, &mut told] {
            for place in ["/generated_at", "/project_state/indexed_at"] {
                if let Some(at) = moment.pointer_mut(place) {
                    *at = "now".into();
                }
            }
        }
        assert_eq!(printed, told, "{command:?}");
    }
}
