//! `tma1 mcp` over real pipes: both protocol eras, every tool, bad arguments, budgets, nothing but frames.

use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::TokioChildProcess;
use serde_json::{Value, json};

use crate::support::{Home, Mcp, Transcript};

const TOOLS: [&str; 9] = [
    "get_context_bundle",
    "get_session_state",
    "get_anomalies",
    "get_external_changes",
    "get_build_status",
    "get_project_state",
    "get_peer_sessions",
    "search_history",
    "get_usage",
];

/// A home with a project, a session of its own and much to tell.
fn busy() -> Home {
    let home = Home::new();
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
    home.write("app/src/lib.rs", "");
    let cwd = home.path().join("app").display().to_string();
    let mut t = Transcript::new("aaaaaaaa-1111-4111-8111-111111111111", &cwd).prompt("make the frobnicator quick");
    for round in 0..300 {
        let path = format!("{cwd}/src/module_{}/with/a/rather/long/path_{round}.rs", round % 40);
        let text = format!("Round {round}: {}", "the frobnicator is slow because of its inner loop; ".repeat(12));
        t = t
            .tool("Read", &json!({"file_path": path}), &"line of code\n".repeat(80), false)
            .tool("Edit", &json!({"file_path": path, "old_string": "a", "new_string": "b"}), "edited", false)
            .bash(&format!("cargo test -p crate_{round} -- --nocapture"), &failing(round), round % 3 != 0)
            .prompt(&format!("go on with round {round}, {}", "and mind the details ".repeat(10)))
            .answer(&text);
    }
    let todos: Vec<Value> = (0..30).map(|n| json!({"content": format!("step {n} of the plan"), "status": if n < 9 { "completed" } else { "pending" }})).collect();
    t = t.tool("TodoWrite", &json!({"todos": todos}), "ok", false).bash("cargo test", &failing(7), true);
    home.write(".claude/projects/app/a.jsonl", t.text());
    home.ok(&["import"]);
    home
}

fn failing(round: usize) -> String {
    format!(
        "Exit code 101\nrunning 1 test\ntest frob::tests::is_quick_{round} ... FAILED\n\nfailures:\n\n---- frob::tests::is_quick_{round} stdout ----\n\
         thread 'frob::tests::is_quick_{round}' panicked at src/frob.rs:{round}:9:\nassertion `left == right` failed\n  left: 1\n right: 2\n\n\
         failures:\n    frob::tests::is_quick_{round}\n\ntest result: FAILED. 0 passed; 1 failed\n"
    )
}

fn server(home: &Home) -> Mcp {
    let mut command = home.command();
    command.arg("mcp").current_dir(home.path().join("app"));
    Mcp::start(command)
}

fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(4)
}

#[test]
fn the_handshake_the_list_and_the_end() {
    let home = busy();
    let mut mcp = server(&home);
    let hello = mcp.initialize("2025-11-25");
    assert_eq!(hello["serverInfo"]["name"], "tma1");
    assert_eq!(hello["protocolVersion"], "2025-11-25");
    assert!(hello["instructions"].as_str().unwrap().len() <= 2048);
    let list = mcp.request("tools/list", &json!({}));
    let names: Vec<&str> = list["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, TOOLS);
    assert!(tokens(&list) <= 3000, "tools/list takes {} tokens", tokens(&list));
    for tool in list["tools"].as_array().unwrap() {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert!(tool["outputSchema"].is_object() && tool["description"].as_str().unwrap().len() <= 400, "{tool}");
    }
    insta::assert_json_snapshot!("tools_list", list);
    assert_eq!(mcp.request("ping", &json!({})), json!({}));
    assert_eq!(mcp.finish(), Some(0));
}

#[test]
fn every_version_is_answered_with_one_that_is_spoken() {
    let home = Home::new();
    for (asked, answered) in [("2024-11-05", "2024-11-05"), ("2025-06-18", "2025-06-18"), ("1999-01-01", "")] {
        let mut mcp = Mcp::start({
            let mut command = home.command();
            command.arg("mcp");
            command
        });
        let hello = mcp.initialize(asked);
        let said = hello["protocolVersion"].as_str().unwrap();
        assert!(said == answered || answered.is_empty() && said.starts_with("20"), "{asked}: {said}");
    }
}

#[test]
fn the_stateless_era_needs_no_handshake() {
    let home = busy();
    let mut mcp = server(&home);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"}
    });
    let found = mcp.request("server/discover", &json!({"_meta": meta}));
    assert!(found["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{found}");
    let list = mcp.request("tools/list", &json!({"_meta": meta}));
    assert_eq!(list["tools"].as_array().unwrap().len(), TOOLS.len());
    let answer =
        mcp.request("tools/call", &json!({"name": "get_usage", "arguments": {"period": "30d"}, "_meta": meta}));
    assert!(answer["structuredContent"]["total"]["requests"].is_number(), "{answer}");
    assert_eq!(mcp.finish(), Some(0));
}

#[test]
fn default_answers_fit_two_thousand_tokens_and_none_passes_eight_thousand() {
    let home = busy();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    for tool in TOOLS {
        let arguments = if tool == "search_history" { json!({"query": "frobnicator"}) } else { json!({}) };
        let answer = mcp.tool(tool, &arguments);
        assert_ne!(answer["isError"], true, "{tool}: {answer}");
        let size = tokens(&answer["structuredContent"]);
        assert!(size <= 2000, "{tool} takes {size} tokens by default");
    }
    for (tool, arguments) in [
        ("get_session_state", json!({"verbose": true, "action_limit": 200})),
        ("get_context_bundle", json!({"max_tokens": 8000})),
        (
            "get_peer_sessions",
            json!({"agent_source": "claude", "limit": 5, "message_limit": 100, "max_tokens": 8000, "since_min": 5_000_000}),
        ),
        ("search_history", json!({"query": "frobnicator", "limit": 50})),
        ("get_build_status", json!({"tail": 200})),
        ("get_usage", json!({"period": "30d", "group_by": "day"})),
    ] {
        let answer = mcp.tool(tool, &arguments);
        assert_ne!(answer["isError"], true, "{tool}: {answer}");
        let size = tokens(&answer["structuredContent"]);
        assert!(size <= 8000, "{tool} takes {size} tokens at most");
    }
    let small = mcp.tool("get_context_bundle", &json!({"max_tokens": 400}));
    assert!(tokens(&small["structuredContent"]) <= 500, "{}", tokens(&small["structuredContent"]));
}

#[test]
fn answers_are_true() {
    let home = busy();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    let state = mcp.tool("get_session_state", &json!({}))["structuredContent"].clone();
    assert_eq!(state["resolved_by"], "newest session of this project");
    assert_eq!(state["session"]["tool_call_count"], 902);
    assert_eq!(state["session"]["tool_error_count"], 201);
    assert_eq!(state["session"]["tools"], json!({"Bash": 301, "Read": 300, "Edit": 300, "TodoWrite": 1}));
    assert_eq!(state["session"]["context"]["occupancy_tokens"], 2310);
    assert_eq!(state["session"]["last_build_error"]["file"], "src/frob.rs");
    assert_eq!(state["session"]["plan"].as_array().unwrap().len(), 10, "what is done is left out first");
    assert!(state["session"]["recent_files"][0].as_str().unwrap().starts_with("src/"), "{state}");
    let build = mcp.tool("get_build_status", &json!({}))["structuredContent"].clone();
    assert_eq!(
        (&build["status"], &build["exit_code"], &build["tag"]),
        (&json!("failed"), &json!(101), &json!("cargo test"))
    );
    assert_eq!(build["failing_tests"], json!(["frob::tests::is_quick_7"]));
    assert_eq!(build["diagnostics"][0]["line"], 7, "{build}");
    let project = mcp.tool("get_project_state", &json!({}))["structuredContent"].clone();
    assert_eq!((&project["languages"], &project["test_command"]), (&json!(["rust"]), &json!("cargo test")));
    let peers = mcp.tool("get_peer_sessions", &json!({}))["structuredContent"].clone();
    assert!(peers["note"].as_str().unwrap().contains("no other agent"), "{peers}");
}

#[test]
fn searching_pages_through_all_hits_newest_first() {
    let home = busy();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = mcp.tool("search_history", &json!({"query": "\"inner loop\"", "limit": 50, "cursor": cursor}))["structuredContent"].clone();
        seen.extend(page["hits"].as_array().unwrap().iter().map(|h| h["ts"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 300);
    assert!(seen.is_sorted_by(|a, b| a >= b));
    let nothing = mcp.tool("search_history", &json!({"query": "unicorn"}))["structuredContent"].clone();
    assert!(nothing["note"].is_string() && nothing.get("hits").is_none(), "{nothing}");
}

#[test]
fn a_bad_argument_is_an_answer_that_names_it() {
    let home = busy();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    for (tool, arguments, words) in [
        ("get_session_state", json!({"session_id": "nope"}), vec!["no session \"nope\"", "aaaaaaaa-1111"]),
        ("get_session_state", json!({"action_limit": 500}), vec!["action_limit", "200"]),
        ("get_session_state", json!({"sesion_id": "x"}), vec!["sesion_id", "session_id"]),
        ("get_external_changes", json!({"since_min": "soon"}), vec!["since_min"]),
        ("get_peer_sessions", json!({"agent_source": "cursor"}), vec!["cursor", "codex"]),
        ("get_peer_sessions", json!({"limit": 9}), vec!["limit", "5"]),
        ("search_history", json!({}), vec!["query"]),
        ("search_history", json!({"query": "x", "cursor": "zzz"}), vec!["cursor"]),
        ("get_usage", json!({"period": "1y"}), vec!["period", "30d"]),
        ("get_project_state", json!({"cwd": "/nonexistent/place"}), vec!["cwd", "/nonexistent/place"]),
    ] {
        let answer = mcp.tool(tool, &arguments);
        assert_eq!(answer["isError"], true, "{tool} {arguments}: {answer}");
        let text = answer["content"][0]["text"].as_str().unwrap();
        assert!(words.iter().all(|w| text.contains(w)), "{tool} {arguments}: {text}");
        assert!(!text.contains('\n'), "one sentence: {text}");
    }
    // Numbers as strings, nulls and blanks are what models write.
    let fine = mcp.tool("get_session_state", &json!({"verbose": "true", "action_limit": "3", "session_id": null}));
    assert_eq!(fine["structuredContent"]["actions"].as_array().unwrap().len(), 3, "{fine}");
    assert!(mcp.call_raw("tools/call", &json!({"name": "no_such_tool"})).get("error").is_some());
    assert!(mcp.call_raw("no/such/method", &json!({}))["error"]["code"] == -32601);
    mcp.send_raw("this is no JSON");
    assert_eq!(mcp.request("ping", &json!({})), json!({}), "the server lives on");
}

#[test]
fn the_caller_is_no_peer_of_itself_and_knows_its_session() {
    let home = busy();
    let mut command = home.command();
    command
        .args(["mcp", "--caller", "claude-code"])
        .current_dir(home.path().join("app"))
        .env("CLAUDE_CODE_SESSION_ID", "aaaaaaaa-1111-4111-8111-111111111111");
    let mut mcp = Mcp::start(command);
    mcp.initialize("2025-11-25");
    let own = mcp.tool("get_peer_sessions", &json!({"agent_source": "cc"}));
    assert!(own["isError"] == true && own["content"][0]["text"].as_str().unwrap().contains("agent_source"), "{own}");
    let state = mcp.tool("get_session_state", &json!({}))["structuredContent"].clone();
    assert_eq!(state["resolved_by"], "session variable");
    let meta = json!({"name": "get_session_state", "arguments": {}, "_meta": {"threadId": "aaaaaaaa-1111-4111-8111-111111111111"}});
    assert_eq!(mcp.request("tools/call", &meta)["structuredContent"]["resolved_by"], "request metadata");
}

#[test]
fn without_a_store_every_tool_says_what_to_do() {
    let home = Home::new();
    home.write("app/x", "");
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    for tool in TOOLS {
        let arguments = if tool == "search_history" { json!({"query": "x"}) } else { json!({}) };
        let answer = mcp.tool(tool, &arguments);
        assert_ne!(answer["isError"], true, "{tool}: {answer}");
        assert!(answer["structuredContent"]["note"].as_str().unwrap().contains("tma1 import"), "{tool}: {answer}");
    }
    assert!(!home.data().join("tma1.db").exists(), "looking makes nothing");
}

#[test]
fn prompts_and_resources_are_there() {
    let home = busy();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    let prompts = mcp.request("prompts/list", &json!({}));
    let names: Vec<&str> = prompts["prompts"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["peer", "catch_up"]);
    let text = mcp.request("prompts/get", &json!({"name": "catch_up"}))["messages"][0]["content"]["text"].to_string();
    assert!(text.contains("aaaaaaaa-1111"), "{text}");
    let templates = mcp.request("resources/templates/list", &json!({}));
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "tma1://session/{id}");
    for uri in ["tma1://project/context", "tma1://session/aaaaaaaa-1111-4111-8111-111111111111"] {
        let read = mcp.request("resources/read", &json!({"uri": uri}));
        let body: Value = serde_json::from_str(read["contents"][0]["text"].as_str().unwrap()).unwrap();
        assert!(body["session"]["tool_call_count"].is_number(), "{uri}: {body}");
    }
    assert!(mcp.call_raw("resources/read", &json!({"uri": "tma1://nothing"})).get("error").is_some());
}

/// Codex, for one, hands on hardly any variable.
#[test]
fn the_data_directory_may_come_as_an_argument() {
    let home = busy();
    let mut command = home.command();
    command
        .env_remove("TMA1_DATA_DIR")
        .arg("mcp")
        .arg("--data-dir")
        .arg(home.data())
        .current_dir(home.path().join("app"));
    let mut mcp = Mcp::start(command);
    mcp.initialize("2025-06-18");
    let state = mcp.tool("get_session_state", &json!({}))["structuredContent"].clone();
    assert_eq!(state["session"]["tool_call_count"], 902, "{state}");
}

/// Pull tools leave the store as it is.
#[test]
fn looking_changes_nothing() {
    let home = busy();
    let before = std::fs::read(home.data().join("tma1.db")).unwrap();
    let mut mcp = server(&home);
    mcp.initialize("2025-11-25");
    for tool in TOOLS {
        mcp.tool(tool, &if tool == "search_history" { json!({"query": "loop"}) } else { json!({}) });
    }
    assert_eq!(mcp.finish(), Some(0));
    assert!(std::fs::read(home.data().join("tma1.db")).unwrap() == before);
    assert_eq!(std::fs::metadata(home.data().join("tma1.db-wal")).map_or(0, |m| m.len()), 0);
}

/// The SDK's own client, which knows nothing of our frames.
#[test]
fn the_sdks_client_gets_along() {
    let home = busy();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut command = tokio::process::Command::from(home.command());
        command.arg("mcp").current_dir(home.path().join("app"));
        let client = ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap();
        let tools = client.list_all_tools().await.unwrap();
        assert_eq!(tools.iter().map(|t| t.name.as_ref()).collect::<Vec<_>>(), TOOLS);
        let result = client.call_tool(CallToolRequestParams::new("get_build_status")).await.unwrap();
        assert_eq!(result.structured_content.unwrap()["status"], "failed");
        client.cancel().await.unwrap();
    });
}
