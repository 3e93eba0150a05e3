//! What should not come: it is answered, counted, and harms nobody.

use serde_json::json;

use super::event;
use crate::support::{Home, Sidecar};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn counter(sidecar: &Sidecar, name: &str) -> i64 {
    sidecar.get("/api/sidecar").json()["counters"][name].as_i64().unwrap_or(-1)
}

#[test]
fn hooks_are_always_taken_kindly() {
    let home = Home::new();
    let sidecar = home.serve();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("prose", b"not JSON".to_vec()),
        ("half", b"{\"session_id\":".to_vec()),
        ("a number", b"7".to_vec()),
        ("a list", b"[1,2]".to_vec()),
        ("no session", b"{\"hook_event_name\":\"Stop\"}".to_vec()),
        (
            "wrong types",
            br#"{"session_id":[1],"hook_event_name":{"a":1},"cwd":7,"tool_input":"x","tool_use_id":false}"#.to_vec(),
        ),
        ("deep", deep.into_bytes()),
        ("broken text", b"{\"session_id\":\"s\xff\xfe\",\"hook_event_name\":\"Stop\"}".to_vec()),
        ("NUL bytes", vec![0; 4096]),
    ];
    for (what, body) in &bodies {
        let reply = sidecar.post("/api/hooks?source=claude_code", body);
        assert_eq!((reply.status, reply.body.as_str()), (200, ""), "{what}");
        let ran = home.hook_with(body, |_| {});
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{what}");
    }
    assert!(counter(&sidecar, "hooks_unreadable") > 0);
    assert_eq!(sidecar.post("/api/hooks?source=cursor", b"{}").status, 200);
    // All that is well goes on.
    sidecar.hook(&event("s", "Stop", json!({})));
    assert_eq!(home.one("SELECT count(*) FROM events WHERE session_id = 's' AND event_type = 'Stop'"), 1);
    assert_eq!(counter(&sidecar, "task_panics"), 0);
    sidecar.stop();
}

#[test]
fn too_much_is_refused_and_what_just_fits_is_not() {
    let home = Home::new();
    let sidecar = home.serve();
    let of = |bytes: usize| {
        let frame = event(
            "big",
            "PostToolUse",
            json!({"tool_name": "Write", "tool_use_id": "t1", "tool_input": {"content": ""}}),
        );
        let room = bytes - frame.to_string().len();
        let input = json!({"tool_input": {"content": "x".repeat(room)}, "tool_name": "Write", "tool_use_id": "t1"});
        event("big", "PostToolUse", input).to_string().into_bytes()
    };
    let limit = 16 * 1024 * 1024;
    let reply = sidecar.post("/api/hooks?source=claude_code", &of(limit + 1));
    assert_eq!(reply.status, 413, "{}", reply.body);
    assert_eq!(reply.json()["error"]["code"].as_str().map(str::is_empty), Some(false));
    assert_eq!(sidecar.post("/api/hooks?source=claude_code", &of(limit)).status, 200);
    assert_eq!(home.one("SELECT count(*) FROM tool_calls WHERE session_id = 'big'"), 1);
    assert!(home.one("SELECT max(length(payload)) FROM events").as_i64().unwrap() < 8 * 1024);
    sidecar.stop();
}

#[test]
fn strangers_are_refused() {
    let home = Home::new();
    let sidecar = home.serve();
    let own = format!("127.0.0.1:{}", sidecar.port());
    let body = event("s", "Stop", json!({})).to_string().into_bytes();
    let hook = "/api/hooks?source=claude_code";
    let own_origin = format!("http://{own}");
    for (what, host, headers, status) in [
        ("its own page", own.as_str(), vec![JSON, ("Origin", own_origin.as_str())], 200),
        ("no origin", &own, vec![JSON], 200),
        ("a name led here", "evil.example", vec![JSON], 403),
        ("a name led here, with the port", "evil.example:14318", vec![JSON], 403),
        ("another page", &own, vec![JSON, ("Origin", "https://evil.example")], 403),
        ("another port of this machine", &own, vec![JSON, ("Origin", "http://127.0.0.1:1")], 403),
        ("a page without a name", &own, vec![JSON, ("Origin", "null")], 403),
        ("a form", &own, vec![("Content-Type", "application/x-www-form-urlencoded")], 415),
        ("a plain form", &own, vec![("Content-Type", "text/plain")], 415),
        ("no type at all", &own, vec![], 415),
    ] {
        let reply = sidecar.over_tcp("POST", hook, host, &headers, &body);
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        if status != 200 {
            assert!(reply.json()["error"]["message"].is_string(), "{what}: {}", reply.body);
        }
    }
    for path in ["/", "/status", "/api/sessions", "/metrics", "/api/hooks/stream"] {
        assert_eq!(sidecar.over_tcp("GET", path, "evil.example", &[], b"").status, 403, "{path}");
    }
    for path in ["/api/shutdown", "/api/import"] {
        assert_eq!(sidecar.over_tcp("POST", path, &own, &[JSON], b"{}").status, 403, "{path}");
    }
    sidecar.stop();
}

#[test]
fn questions_that_cannot_be_answered_get_a_sentence() {
    let home = Home::new();
    let sidecar = home.serve();
    sidecar.hook(&event("s", "Stop", json!({})));
    let query = |sql: &str| sidecar.post("/api/query", json!({"sql": sql}).to_string().as_bytes());
    let good = query("SELECT count(*) AS n FROM events");
    assert_eq!((good.status, good.json()["rows"][0][0].as_i64()), (200, Some(1)));
    for (sql, word) in [
        ("DELETE FROM event", "read"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELEC", "syntax"),
        ("ATTACH 'x' AS y", "read"),
        ("PRAGMA journal_mode = DELETE", "read"),
    ] {
        let reply = query(sql);
        assert_eq!(reply.status, 400, "{sql}: {}", reply.body);
        assert!(reply.json()["error"]["message"].as_str().unwrap().contains(word), "{sql}: {}", reply.body);
    }
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    assert!(query(endless).status >= 400);
    assert_eq!(sidecar.post("/api/query", b"{").status, 400);
    assert_eq!(sidecar.get("/nothing").status, 404);
    assert_eq!(sidecar.post("/health", b"{}").status, 405);
    assert_eq!(sidecar.get("/api/sessions/unheard-of").status, 404);
    sidecar.stop();
}
