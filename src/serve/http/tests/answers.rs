//! The questions over HTTP: their parameters, their pages, and what they say while there is no store.

use super::*;
use crate::model::{
    Agent, CallStatus, Fact, Message, Piece, Project, Role, SessionId, SessionNote, TokenCounts, ToolCall, ToolKind,
    Usage,
};
use crate::store::{Batch, FindingNow, Noticed, Standing, Telling, Writer};
use serde_json::json;

const MINUTE: i64 = 60_000;

fn message(session: &SessionId, id: &str, at: i64, role: Role, text: &str) -> Fact {
    Fact::Message(Message {
        session: session.clone(),
        message_id: id.to_owned(),
        record_id: None,
        at,
        role,
        pieces: vec![Piece { hash: u64::try_from(at).unwrap(), text: text.to_owned() }],
        model: None,
        agent_id: None,
        turn: None,
        overheard: false,
    })
}

fn call(session: &SessionId, id: &str, at: i64, kind: ToolKind, path: Option<&str>) -> ToolCall {
    ToolCall {
        tool: Some("T".to_owned()),
        kind: Some(kind),
        started_at: Some(at),
        ended_at: Some(at + 10),
        status: Some(CallStatus::Ok),
        file_path: path.map(str::to_owned),
        thread_known: true,
        ..ToolCall::new(session.clone(), id.to_owned())
    }
}

/// Two sessions: a live one of Claude Code, an older one of Codex.
fn furnish(house: &House) {
    let live = SessionId::new(Agent::ClaudeCode, "aaaa1111");
    let old = SessionId::new(Agent::Codex, "bbbb2222");
    let mut batch = Batch::told(NOW);
    for (session, at) in [(&live, NOW - MINUTE), (&old, NOW - 300 * MINUTE)] {
        let mut note = SessionNote::new(session.clone());
        note.at = Some(at);
        note.cwd = Some("/w/app".to_owned());
        note.project = Some(Project { root: "/w/app".to_owned(), repo: "/w/app".to_owned() });
        batch.push(Fact::Session(note));
    }
    batch.push(message(&old, "o1", NOW - 300 * MINUTE, Role::User, "old question"));
    for n in 1..=5 {
        let at = NOW - MINUTE + n * 1_000;
        batch.push(message(&live, &format!("u{n}"), at, Role::User, &format!("question {n} about tokens")));
        batch.push(message(&live, &format!("a{n}"), at + 1, Role::Assistant, &format!("answer {n}")));
        let mut shell = call(&live, &format!("c{n}"), at + 2, ToolKind::Shell, None);
        shell.command = Some(format!("make {n}"));
        if n == 5 {
            (shell.status, shell.ended_at) = (None, None);
        }
        batch.push(Fact::ToolCall(shell));
    }
    batch.push(Fact::Usage(Usage {
        session: live.clone(),
        response_id: "r1".to_owned(),
        request_id: None,
        at: NOW - MINUTE,
        model: Some("some-unpriced-model".to_owned()),
        tokens: TokenCounts { input: 100, output: 20, ..TokenCounts::default() },
        traits: crate::model::RequestTraits::default(),
        reported_nanos: Some(2_500_000_000),
        agent_id: None,
        sidechain: false,
        told: crate::model::Told::default(),
        timing: crate::model::Timing::default(),
    }));
    Writer::open(house.dir.path()).unwrap().apply(batch).unwrap();
}

async fn furnished() -> House {
    let house = House::open().await;
    furnish(&house);
    house
}

fn texts(json: &Value, list: &str, field: &str) -> Vec<String> {
    let items = json[list].as_array().unwrap_or_else(|| panic!("no {list} in {json}"));
    items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn without_a_store_lists_are_empty_and_say_why() {
    let house = House::open().await;
    for (path, list) in [
        ("/api/sessions", "sessions"),
        ("/api/sessions?live=1", "sessions"),
        ("/api/now", "sources"),
        ("/api/usage", "rows"),
        ("/api/search?q=x", "hits"),
        ("/api/anomalies", "anomalies"),
        ("/api/anomalies/budget", "rows"),
    ] {
        let heard = house.get(path).await;
        assert_eq!((heard.status, &heard.json()[list]), (200, &json!([])), "{path}");
    }
    let rate = house.get("/api/anomalies/follow-rate").await.json();
    assert_eq!((&rate["by_kind"], &rate["days"], &rate["window"]), (&json!({}), &json!(7), &json!(5)));
    assert!(rate["note"].as_str().unwrap().contains("no store"), "{rate}");
    assert_eq!(house.get("/api/sessions/x").await.fault(), fault(404, "not_found"));
    let query = house.post_json("/api/query", r#"{"sql":"SELECT 1"}"#).await;
    assert_eq!(query.fault(), fault(503, "not_ready"));
    assert_eq!(house.get("/metrics").await.status, 200);
    let status = house.get("/status").await;
    assert_eq!((status.status, &status.json()["health"]), (200, &json!("empty")));
}

#[tokio::test]
async fn now_is_what_runs_and_what_the_day_came_to() {
    let empty = House::open().await.get("/api/now").await;
    let told = empty.json();
    assert_eq!((empty.status, &told["live"], &told["recent"]), (200, &json!([]), &json!([])));
    let told = furnished().await.get("/api/now").await.json();
    assert_eq!(
        (texts(&told, "live", "session_id"), texts(&told, "recent", "session_id")),
        (vec!["aaaa1111".into()], vec!["bbbb2222".into()])
    );
    assert_eq!((&told["generated_at"], &told["live"][0]["cost_usd"]), (&json!("2026-11-20T10:00:00Z"), &json!(2.5)));
}

#[tokio::test]
async fn sessions_are_listed_page_by_page() {
    let house = furnished().await;
    let all = house.get("/api/sessions").await.json();
    assert_eq!(texts(&all, "sessions", "session_id"), ["aaaa1111", "bbbb2222"]);
    let first = house.get("/api/sessions?limit=1").await.json();
    assert_eq!(texts(&first, "sessions", "session_id"), ["aaaa1111"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = house.get(&format!("/api/sessions?limit=1&cursor={cursor}")).await.json();
    assert_eq!(texts(&second, "sessions", "session_id"), ["bbbb2222"]);
    assert_eq!(second["next_cursor"], Value::Null);
    for (filter, want) in [
        ("agent=codex", &["bbbb2222"][..]),
        ("agent_source=cc", &["aaaa1111"]),
        ("project=app", &["aaaa1111", "bbbb2222"]),
        ("project=other", &[]),
        ("since_min=10", &["aaaa1111"]),
        ("live=1", &["aaaa1111"]),
        ("live=1&limit=1", &["aaaa1111"]),
        ("live=1&agent=codex", &[]),
        ("live=0", &["aaaa1111", "bbbb2222"]),
    ] {
        let told = house.get(&format!("/api/sessions?{filter}")).await.json();
        assert_eq!(texts(&told, "sessions", "session_id"), want, "{filter}");
    }
    for bad in ["limit=0", "limit=201", "limit=x", "cursor=x", "agent=nobody", "since_min=0"] {
        let heard = house.get(&format!("/api/sessions?{bad}")).await;
        assert_eq!(heard.fault(), fault(400, "bad_request"), "{bad}");
    }
}

#[tokio::test]
async fn one_session_is_found_by_the_beginning_of_its_id() {
    let house = furnished().await;
    for id in ["aaaa1111", "aaa"] {
        let told = house.get(&format!("/api/sessions/{id}")).await.json();
        let session = &told["session"];
        assert_eq!(
            (&session["session_id"], &session["tool_call_count"], &session["cost_usd"], &session["live"]),
            (&json!("aaaa1111"), &json!(5), &json!(2.5), &json!(true))
        );
    }
    for path in ["/api/sessions/zzz", "/api/sessions/zzz/messages", "/api/sessions/zzz/actions", "/api/sessions/%20"] {
        assert_eq!(house.get(path).await.fault(), fault(404, "not_found"), "{path}");
    }
    let unknown = house.get("/api/sessions/zzz").await;
    assert!(unknown.text().contains(r#"no session \"zzz\""#), "{}", unknown.text());
}

#[tokio::test]
async fn messages_are_leafed_through_newest_first() {
    let house = furnished().await;
    let mut seen = Vec::new();
    let mut path = "/api/sessions/aaaa/messages?limit=4".to_owned();
    loop {
        let page = house.get(&path).await.json();
        seen.push(texts(&page, "messages", "content"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/sessions/aaaa/messages?limit=4&cursor={cursor}");
    }
    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
    assert_eq!(seen[0][..2], ["answer 5", "question 5 about tokens"]);
    assert_eq!(seen[2][1], "question 1 about tokens");
    let users = house.get("/api/sessions/aaaa/messages?role=user,thinking").await.json();
    assert_eq!(users["messages"].as_array().unwrap().len(), 5);
    assert_eq!(
        users["messages"][0],
        json!({"ts": "2026-11-20T09:59:05Z", "at_ms": NOW - 55_000, "role": "user", "content": "question 5 about tokens", "message_id": "u5"})
    );
    for bad in ["role=robot", "limit=0", "cursor=1"] {
        let heard = house.get(&format!("/api/sessions/aaaa/messages?{bad}")).await;
        assert_eq!(heard.fault(), fault(400, "bad_request"), "{bad}");
    }
}

#[tokio::test]
async fn actions_are_a_timeline() {
    let house = furnished().await;
    let first = house.get("/api/sessions/aaaa/actions?limit=3").await.json();
    assert_eq!(texts(&first, "actions", "command"), ["make 5", "make 4", "make 3"]);
    assert_eq!(texts(&first, "actions", "status"), ["running", "ok", "ok"]);
    assert_eq!((&first["session_id"], &first["actions"][1]["duration_ms"]), (&json!("aaaa1111"), &json!(10)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = house.get(&format!("/api/sessions/aaaa/actions?limit=3&cursor={cursor}")).await.json();
    assert_eq!(
        (texts(&second, "actions", "command"), &second["next_cursor"]),
        (vec!["make 2".into(), "make 1".into()], &Value::Null)
    );
    let none = house.get("/api/sessions/bbbb/actions").await.json();
    assert_eq!(none["actions"], json!([]));
}

#[tokio::test]
async fn usage_and_search_are_the_tools_answers() {
    let house = furnished().await;
    let usage = house.get("/api/usage?period=7d&group_by=agent").await.json();
    assert_eq!(texts(&usage, "rows", "agent"), ["claude_code"]);
    assert_eq!(usage["total"]["cost_usd"], json!(2.5));
    let session = house.get("/api/usage?period=session&session_id=aaaa").await.json();
    assert_eq!(session["total"]["tokens"]["input"], json!(100));
    for (bad, status) in
        [("period=year", 400), ("group_by=x", 400), ("period=session", 400), ("period=session&session_id=zz", 404)]
    {
        assert_eq!(house.get(&format!("/api/usage?{bad}")).await.status, status, "{bad}");
    }

    let found = house.get("/api/search?q=about+tokens&limit=2").await.json();
    assert_eq!(texts(&found, "hits", "session_id"), ["aaaa1111", "aaaa1111"]);
    let cursor = found["next_cursor"].as_str().unwrap();
    let rest = house.get(&format!("/api/search?q=about+tokens&limit=9&cursor={cursor}")).await.json();
    assert_eq!(rest["hits"].as_array().unwrap().len(), 3);
    assert_eq!(house.get("/api/search?q=tokens&agent=codex").await.json()["hits"], json!([]));
    for bad in ["", "q=", "q=x&limit=51", "q=x&limit=many", "q=x&cursor=y", "q=x&agent=nobody"] {
        let heard = house.get(&format!("/api/search?{bad}")).await;
        assert_eq!(heard.fault(), fault(400, "bad_request"), "{bad}");
    }
}

/// Four findings: one told twice and resolved soon each time, one told and not, two never told.
fn tell_findings(house: &House) {
    let day = 24 * 60 * MINUTE;
    let session = SessionId::new(Agent::ClaudeCode, "aaaa1111");
    let mut writer = Writer::open(house.dir.path()).unwrap();
    let mut goes = |at: i64, kind: &str, standing: Standing, told: bool| {
        let telling = Telling { channel: "post_tool_use".into(), hook_event: "PostToolUse".into(), tokens: 9 };
        let finding = FindingNow {
            kind: kind.into(),
            key: "k".into(),
            severity: "high".into(),
            channel: "post_tool_use".into(),
            evidence: "seen".into(),
            suggestion: "do".into(),
            files: if kind == "stale_file_view" { vec!["src/lib.rs".into()] } else { Vec::new() },
            standing,
            since: at,
            told_at: None,
            told_severity: None,
            held: false,
            farewell: None,
            is_step: true,
            told: told.then_some(telling),
        };
        writer.keep_noticed(&session, &Noticed { findings: vec![finding], ..Noticed::default() }, at).unwrap();
    };
    goes(NOW - 40 * day, "loop", Standing::Told, true);
    goes(NOW - 40 * day, "loop", Standing::Resolved, false);
    for at in [NOW - 2 * day, NOW - 10 * MINUTE] {
        goes(at, "stale_file_view", Standing::Told, true);
        goes(at + MINUTE, "stale_file_view", Standing::Resolved, false);
    }
    goes(NOW - 5 * MINUTE, "loop", Standing::Told, true);
    goes(NOW - 5 * MINUTE, "edit_thrash", Standing::Open, false);
    goes(NOW - 5 * MINUTE, "never_told", Standing::Expired, false);
}

#[tokio::test]
async fn anomalies_are_what_was_told() {
    let house = furnished().await;
    tell_findings(&house);
    let told = house.get("/api/anomalies").await.json();
    assert_eq!(
        (&told["count"], texts(&told, "anomalies", "kind")),
        (&json!(2), vec!["loop".into(), "stale_file_view".into()])
    );
    assert_eq!(
        told["anomalies"][1],
        json!({"id": 3, "kind": "stale_file_view", "severity": "high", "channel": "post_tool_use", "evidence": "seen",
            "suggestion": "do", "related_files": ["src/lib.rs"], "session_id": "aaaa1111", "agent_source": "claude_code",
            "state": "resolved", "ts": "2026-11-20T09:50:00Z", "delivered_at": "2026-11-20T09:50:00Z", "tokens": 9,
            "hook_event": "PostToolUse"})
    );
    assert_eq!(told.get("open"), None);
    let open = house.get("/api/anomalies?open=1").await.json();
    assert_eq!(
        open["open"],
        json!([{"kind": "edit_thrash", "severity": "high", "channel": "post_tool_use", "evidence": "seen",
            "suggestion": "do", "session_id": "aaaa1111", "agent_source": "claude_code",
            "state": "open", "ts": "2026-11-20T09:55:00Z"}])
    );
    assert_eq!(house.get("/api/anomalies?open=1&session_id=nobody").await.json()["open"], json!([]));
    for (filter, count) in
        [("limit=1", 1), ("limit=0", 2), ("session_id=aaaa", 2), ("session_id=bbbb", 0), ("session_id=nobody", 0)]
    {
        let told = house.get(&format!("/api/anomalies?{filter}")).await.json();
        assert_eq!(
            (&told["count"], told["anomalies"].as_array().map(Vec::len)),
            (&json!(count), Some(count)),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn budget_and_follow_rate_count_deliveries() {
    let house = furnished().await;
    tell_findings(&house);
    let budget = house.get("/api/anomalies/budget?budget=1").await.json();
    let row = |date: &str, kind: &str| json!({"date": date, "kind": kind, "count": 1, "over_budget": false});
    assert_eq!(
        budget,
        json!({"budget": 1, "days": 7, "muted": [], "totals_by_kind": {"loop": 1, "stale_file_view": 2}, "rows": [
            row("2026-11-20", "loop"), row("2026-11-20", "stale_file_view"), row("2026-11-18", "stale_file_view")]})
    );
    let rate = house.get("/api/anomalies/follow-rate?days=30&window=1").await.json();
    assert_eq!(
        rate,
        json!({"days": 30, "window": 1, "by_kind": {
            "loop": {"emits": 1, "followed": 0, "rate": 0.0, "status": "ok", "pending": 1},
            "stale_file_view": {"emits": 2, "followed": 2, "rate": 1.0, "status": "ok", "pending": 0}}})
    );
    for bad in ["budget?days=0", "budget?days=31", "budget?budget=0", "follow-rate?window=51", "follow-rate?days=x"] {
        assert_eq!(house.get(&format!("/api/anomalies/{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn statements_only_read() {
    let house = furnished().await;
    let sql = async |sql: &str, params: Value| {
        house.post_json("/api/query", &json!({"sql": sql, "params": params}).to_string()).await
    };
    let told = sql(
        "SELECT session_id, tool_calls FROM sessions WHERE agent = ?1 AND tool_calls > ?2",
        json!(["claude_code", 1]),
    )
    .await;
    assert_eq!(told.text(), r#"{"columns":["session_id","tool_calls"],"rows":[["aaaa1111",5]],"truncated":false}"#);
    let values = sql("SELECT ?, ?, ?, 0.5, x'0102'", json!([null, true, "ü"])).await.json();
    assert_eq!(values["rows"], json!([[null, 1, "ü", 0.5, "<2 bytes>"]]));
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10001) SELECT i FROM n";
    let many = sql(many, Value::Null).await.json();
    assert_eq!((many["rows"].as_array().unwrap().len(), &many["truncated"]), (10_000, &json!(true)));
    for (statement, params) in [
        ("DELETE FROM message", json!(null)),
        ("INSERT INTO meta VALUES ('a', 'b')", json!(null)),
        ("ATTACH 'x.db' AS x", json!(null)),
        ("PRAGMA journal_mode = DELETE", json!(null)),
        ("SELECT 1; SELECT 2", json!(null)),
        ("SELECT nonsense", json!(null)),
        ("", json!(null)),
        ("SELECT ?", json!([])),
        ("SELECT ?", json!([[1]])),
        ("SELECT ?", json!({"a": 1})),
    ] {
        assert_eq!(sql(statement, params).await.fault(), fault(400, "bad_request"), "{statement}");
    }
    let broken = house.post_json("/api/query", "{\"sql\":\n 5}").await;
    assert!(broken.text().contains("line 2 column 2"), "{}", broken.text());
    let place = sql("SELECT 1,\n nonsense", json!(null)).await;
    assert!(place.text().contains("no such column: nonsense (line 2, column 2)"), "{}", place.text());
    let still = sql("SELECT count(*) FROM messages", json!(null)).await.json();
    assert_eq!(still["rows"], json!([[11]]));
}

const FOREVER: &str =
    r#"{"sql":"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"}"#;

#[tokio::test]
async fn a_statement_has_a_time() {
    let house = House::with(Limits { statement_time: Duration::from_millis(50), ..Limits::default() }, None).await;
    furnish(&house);
    assert_eq!(house.post_json("/api/query", FOREVER).await.fault(), fault(400, "timeout"));
    let next = house.post_json("/api/query", r#"{"sql":"SELECT 1"}"#).await;
    assert_eq!(next.status, 200, "{}", next.text());
}

#[tokio::test]
async fn statements_wait_their_turn_and_end_with_their_client() {
    let limits =
        Limits { statements: 1, statement_time: PATIENCE * 2, turn: Duration::from_millis(50), ..Limits::default() };
    let house = House::with(limits, None).await;
    furnish(&house);
    let mut first = house.tcp().await;
    first.send(&posted("/api/query", &house.address.to_string(), JSON, FOREVER.as_bytes())).await;
    until("the statement runs", || house.door.statements.available_permits() == 0).await;
    let second = house.post_json("/api/query", r#"{"sql":"SELECT 1"}"#).await;
    assert_eq!((second.fault(), second.header("retry-after")), (fault(503, "busy"), "1"));
    // Other questions are not held up.
    assert_eq!(house.get("/api/sessions").await.status, 200);
    drop(first);
    until("the statement ends", || house.door.statements.available_permits() == 1).await;
    assert_eq!(house.post_json("/api/query", r#"{"sql":"SELECT 1"}"#).await.status, 200);
}

#[tokio::test]
async fn status_is_the_commands_document_with_the_sidecar_in_it() {
    let house = furnished().await;
    let told = house.get("/status").await;
    let json = told.json();
    assert_eq!((told.status, &json["health"], &json["sessions"]), (200, &json!("ok"), &json!(2)));
    assert_eq!(
        json["sidecar"],
        json!({"running": true, "pid": 42, "queue": 3, "counters": {"followed_files": 2, "hooks_received": 7}})
    );

    std::fs::write(house.dir.path().join("tma1.db"), "this is no database at all, not even nearly one").unwrap();
    let broken = house.get("/status").await;
    assert_eq!(broken.fault(), fault(503, "not_ready"));
    let json = broken.json();
    assert_eq!((&json["health"], &json["sidecar"]["running"]), (&json!("unreadable"), &json!(true)));
    assert!(json["store"]["path"].as_str().unwrap().ends_with("tma1.db") && json.get("sessions").is_none(), "{json}");
    assert_eq!(house.get("/metrics").await.status, 200);
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let house = furnished().await;
    house.get_with("/health", "Origin: null\r\n").await;
    let told = house.get("/metrics").await;
    assert_eq!(told.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = told.text();
    for line in [
        "tma1_hooks_received_total 7",
        "tma1_followed_files 2",
        "tma1_http_requests_refused_total 1",
        "tma1_http_requests_total 2",
        "tma1_queue_events 3",
        "tma1_spool_events 0",
        "tma1_spool_lost_total 0",
        "tma1_sessions{agent=\"claude_code\"} 1",
        "tma1_sessions{agent=\"codex\"} 1",
        "tma1_live_sessions{agent=\"codex\"} 0",
        "tma1_tool_calls{agent=\"claude_code\"} 5",
        "tma1_tokens{agent=\"claude_code\",kind=\"input\"} 100",
        "tma1_cost_dollars{agent=\"claude_code\"} 2.5",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    // Every sample belongs to the family that was announced before it.
    let mut family = "";
    for line in text.lines() {
        if let Some(told) = line.strip_prefix("# TYPE ") {
            family = told.split(' ').next().unwrap();
            let counter = told.ends_with(" counter");
            assert_eq!(counter, family.ends_with("_total"), "{line}");
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            let value = line.rsplit(' ').next().unwrap();
            assert!(name == family && value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}
