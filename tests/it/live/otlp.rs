//! OpenTelemetry as exporters send it: kept once, counted, and nobody's session comes of it.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use super::event;
use crate::support::{Home, Response, Sidecar, project_dir};

const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");

fn fixture(name: &str) -> Vec<u8> {
    let dir = project_dir().join("adapters/claude-code/fixtures/2.1.328");
    std::fs::read(dir.join(Path::new(name))).unwrap()
}

fn send(sidecar: &Sidecar, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let host = format!("127.0.0.1:{}", sidecar.port());
    sidecar.over_tcp("POST", path, &host, headers, body)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(body).unwrap();
    to.finish().unwrap()
}

fn counter(sidecar: &Sidecar, name: &str) -> i64 {
    sidecar.get("/api/sidecar").json()["counters"][name].as_i64().unwrap_or(-1)
}

fn kept(home: &Home) -> i64 {
    home.one("SELECT count(*) FROM otel_logs").as_i64().unwrap()
}

#[test]
fn logs_are_kept_once_however_they_come() {
    let home = Home::new();
    let sidecar = home.serve();
    let (binary, text) = (fixture("api_error/otlp/0007-logs.pb"), fixture("single_otlp_json/otlp/0003-logs.json"));
    let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
    to.write_all(&text).unwrap();
    let deflated = to.finish().unwrap();
    let deflate = ("Content-Encoding", "deflate");
    for (path, headers, body, answer, all) in [
        ("/v1/logs", vec![PROTOBUF], binary.clone(), "", 2),
        ("/v1/logs", vec![PROTOBUF], binary.clone(), "", 2),
        ("/v1/otlp/v1/logs", vec![PROTOBUF, GZIP], gzip(&binary), "", 2),
        ("/v1/otlp/v1/logs", vec![JSON, GZIP], gzip(&text), "{}", 8),
        ("/v1/logs", vec![JSON, deflate], deflated, "{}", 8),
        ("/v1/logs", vec![JSON], text, "{}", 8),
    ] {
        let reply = send(&sidecar, path, &headers, &body);
        assert_eq!((reply.status, reply.body.as_str()), (200, answer), "{path} {headers:?}");
        let own = format!("content-type: {}", headers[0].1);
        assert!(reply.headers.to_ascii_lowercase().contains(&own), "{}", reply.headers);
        assert_eq!(kept(&home), all, "{path} {headers:?}");
    }
    let errors = home.sql("SELECT name, session_id, service, json_extract(attributes, '$.error') AS error, ts_ms FROM otel_logs WHERE name = 'api_error'");
    assert_eq!(
        errors,
        json!([{"name": "api_error", "session_id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2", "service": "claude-code",
                "error": "scripted bad request", "ts_ms": 1_795_168_381_984_i64}])
    );
    assert_eq!((counter(&sidecar, "telemetry_received"), counter(&sidecar, "telemetry_logs")), (6, 24));
    let arrived = &sidecar.get("/api/sidecar").json()["telemetry"]["claude_code"];
    assert_eq!((&arrived["requests"], &arrived["logs"]), (&json!(6), &json!(24)));
    assert!(arrived["last_at"].is_string(), "{arrived}");
    let status = home.ok(&["status"]);
    let line = status.lines().find(|line| line.contains("telemetry")).unwrap_or_else(|| panic!("{status}"));
    assert!(line.contains("claude_code") && line.contains("24 log records") && !line.contains("span"), "{line}");
    sidecar.stop();
}

#[test]
fn records_that_mean_nothing_make_no_session_and_none_busier() {
    let home = Home::new();
    let sidecar = home.serve();
    let session = "11111111-1111-4111-8111-111111111111";
    let record = |name: &str| {
        let record = json!({"timeUnixNano": "1795169662658000001", "eventName": name,
                            "attributes": [{"key": "session.id", "value": {"stringValue": session}}]});
        json!({"resourceLogs": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]},
            "scopeLogs": [{"logRecords": [record]}],
        }]})
        .to_string()
    };
    assert_eq!(send(&sidecar, "/v1/logs", &[JSON], record("plugin_loaded").as_bytes()).status, 200);
    assert_eq!((kept(&home), home.one("SELECT count(*) FROM sessions")), (1, json!(0)));
    sidecar.hook(&event(session, "Stop", json!({})));
    let rows = || home.sql("SELECT * FROM sessions");
    let before = rows();
    assert_eq!(before.as_array().map(Vec::len), Some(1));
    assert_eq!(send(&sidecar, "/v1/logs", &[JSON], record("hook_registered").as_bytes()).status, 200);
    assert_eq!((kept(&home), rows()), (2, before));
    sidecar.stop();
}

const TOTALS: &str = "SELECT session_id, user_prompts, assistant_messages, tool_calls, tool_errors, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens FROM sessions";

/// Everything that a run's client sent, in the order of its files or against it.
fn send_run(sidecar: &Sidecar, dir: &Path, backwards: bool) {
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    if backwards {
        files.reverse();
    }
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let path = if name.contains("logs") { "/v1/logs" } else { "/v1/traces" };
        let form = if file.extension().is_some_and(|ext| ext == "pb") { PROTOBUF } else { JSON };
        assert_eq!(send(sidecar, path, &[form], &std::fs::read(&file).unwrap()).status, 200, "{name}");
    }
}

#[test]
fn a_session_told_by_transcript_and_telemetry_comes_to_the_same() {
    for (run, history, session) in [
        (
            "claude-code/fixtures/2.1.328/multi",
            (".claude/projects", "projects"),
            "22222222-2222-4222-8222-222222222222",
        ),
        ("codex/fixtures/0.169.0/multi", (".codex/sessions", "sessions"), "01a1f863-1300-7592-a2ed-a8651c189e0a"),
    ] {
        let dir = project_dir().join("adapters").join(run);
        let alone = Home::new();
        alone.ok(&["import", "--path", dir.join(history.1).to_str().unwrap()]);
        let want = alone.sql(TOTALS);
        assert_eq!(want.as_array().map(Vec::len), Some(1), "{run}");
        for (telemetry_first, backwards) in [(false, false), (false, true), (true, false), (true, true)] {
            let home = Home::new();
            let sidecar = home.serve();
            let read = || home.ok(&["import", "--path", dir.join(history.1).to_str().unwrap()]);
            if !telemetry_first {
                read();
            }
            send_run(&sidecar, &dir.join("otlp"), backwards);
            if telemetry_first {
                read();
            }
            send_run(&sidecar, &dir.join("otlp"), !backwards);
            assert_eq!(home.sql(TOTALS), want, "{run}, telemetry first: {telemetry_first}, backwards: {backwards}");
            let rows = "SELECT source, count(*) AS n, sum(duration_ms IS NOT NULL OR first_token_ms IS NOT NULL) AS timed FROM usage GROUP BY source";
            let rows = home.sql(rows);
            assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
            // Of one request Codex does not say when its first token came.
            let timed = rows[0]["n"].as_i64().unwrap() - rows[0]["timed"].as_i64().unwrap();
            assert!(rows[0]["source"] == "agent" && timed <= 1, "{rows}");
            let asked =
                format!("SELECT count(*) FROM tool_calls WHERE session_id = '{session}' AND duration_ms IS NULL");
            assert_eq!(home.one(&asked), 0, "{run}");
            sidecar.stop();
        }
    }
}

#[test]
fn an_application_that_nobody_knows_has_its_sessions_and_its_usage() {
    let home = Home::new();
    let sidecar = home.serve();
    let span = |id: &str, session: &str, input: &str| {
        let pair = |key: &str, value: Value| json!({"key": key, "value": value});
        json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "name": "chat gpt-5",
        "startTimeUnixNano": "1795169659000000000", "endTimeUnixNano": "1795169660500000000",
        "attributes": [
            pair("gen_ai.operation.name", json!({"stringValue": "chat"})),
            pair("gen_ai.conversation.id", json!({"stringValue": session})),
            pair("gen_ai.request.model", json!({"stringValue": "gpt-5"})),
            pair("gen_ai.usage.input_tokens", json!({"intValue": input})),
            pair("gen_ai.usage.output_tokens", json!({"intValue": "10"})),
        ]})
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my-shop"}}]},
        "scopeSpans": [{"spans": [span("01", "c1", "100"), span("02", "c1", "100"), span("03", "c2", "5")]}],
    }]});
    for _ in 0..2 {
        assert_eq!(send(&sidecar, "/v1/traces", &[JSON], body.to_string().as_bytes()).status, 200);
    }
    let sessions = home.sql("SELECT session_id, agent, input_tokens, output_tokens, model FROM sessions ORDER BY 1");
    assert_eq!(
        sessions,
        json!([
            {"session_id": "c1", "agent": "my-shop", "input_tokens": 200, "output_tokens": 20, "model": "gpt-5"},
            {"session_id": "c2", "agent": "my-shop", "input_tokens": 5, "output_tokens": 10, "model": "gpt-5"},
        ])
    );
    assert_eq!(home.one("SELECT count(*) FROM usage WHERE source = 'telemetry' AND duration_ms = 1500"), 3);
    assert!(home.ok(&["sessions"]).contains("my-shop"));
    assert!(home.ok(&["sessions", "--agent", "my-shop"]).contains("my-shop"));
    assert_eq!(home.run(&["sessions", "--agent", "my-shed"]).code, 2);
    assert!(home.ok(&["show", "c1"]).contains("my-shop"));
    assert!(home.ok(&["usage", "--by", "agent", "--since", "365d"]).contains("my-shop"));
    let latency = home.json(&["usage", "--latency", "--since", "forever", "--json"]);
    let model = &latency["models"][0];
    assert_eq!((&model["name"], &model["count"], &model["p95_ms"]), (&json!("gpt-5"), &json!(3), &json!(1500)));
    let page = home.ok(&["usage", "--latency", "--since", "forever"]);
    assert!(page.contains("gpt-5") && page.contains("1.5 s"), "{page}");
    // 2026-11-20T10:14:20Z
    let blocks = home.json(&["usage", "--by", "block", "--since", "forever", "--json"]);
    let block = &blocks["blocks"][0];
    assert_eq!((&block["start"], &block["end"]), (&json!("2026-11-20T10:00:00Z"), &json!("2026-11-20T15:00:00Z")));
    assert_eq!((&block["requests"], &block["tokens"]["input"]), (&json!(3), &json!(205)));
    assert!(home.ok(&["usage", "--by", "block", "--since", "forever"]).contains("205"));
    sidecar.stop();
}

#[test]
fn spans_and_data_points_are_kept_once() {
    let home = Home::new();
    let sidecar = home.serve();
    let metrics = json!({"resourceMetrics": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "github-copilot"}}]},
        "scopeMetrics": [{"metrics": [{"name": "turns", "unit": "1", "sum": {"isMonotonic": true,
            "aggregationTemporality": 2, "dataPoints": [
                {"asInt": "2", "startTimeUnixNano": "1795169600000000000", "timeUnixNano": "1795169660000000000"},
                {"asInt": "5", "startTimeUnixNano": "1795169600000000000", "timeUnixNano": "1795169670000000000"},
        ]}}]}],
    }]});
    for _ in 0..2 {
        for (path, form, body) in [
            ("/v1/traces", PROTOBUF, fixture("api_error/otlp/0008-traces.pb")),
            ("/v1/otlp/v1/metrics", JSON, metrics.to_string().into_bytes()),
        ] {
            let reply = send(&sidecar, path, &[form], &body);
            assert_eq!((reply.status, reply.body.trim_matches(['{', '}'])), (200, ""), "{path}");
        }
    }
    let spans =
        home.sql("SELECT name, kind, status, duration_ms > 0 AS took, session_id FROM otel_spans ORDER BY name");
    let session = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2";
    assert_eq!(
        spans,
        json!([
            {"name": "claude_code.interaction", "kind": "internal", "status": null, "took": 1, "session_id": session},
            {"name": "claude_code.llm_request", "kind": "internal", "status": "error", "took": 1, "session_id": session},
        ])
    );
    let points = home.sql("SELECT service, name, kind, value, temporality, monotonic, ts_ms - start_ms AS age FROM otel_metrics ORDER BY ts_ms");
    let point = |value: f64, age: i64| {
        json!({"service": "github-copilot", "name": "turns", "kind": "sum", "value": value, "temporality": "cumulative",
               "monotonic": 1, "age": age})
    };
    assert_eq!(points, json!([point(2.0, 60_000), point(5.0, 70_000)]));
    assert_eq!((counter(&sidecar, "telemetry_spans"), counter(&sidecar, "telemetry_data_points")), (4, 4));
    assert_eq!(sidecar.get("/api/sidecar").json()["telemetry"]["copilot_cli"]["data_points"], 4);
    let page = sidecar.get("/metrics").body;
    assert!(page.contains("\ntma1_telemetry_spans_total 4\n"), "{page}");
    sidecar.stop();
}

#[test]
fn what_is_none_or_too_much_is_refused_and_harms_nobody() {
    let home = Home::new();
    let sidecar = home.serve();
    let limit = 16 * 1024 * 1024;
    // Three hundred million bytes in a few hundred thousand.
    let bomb = gzip(&vec![0; 100 * 1024 * 1024]).repeat(3);
    assert!(bomb.len() < 1024 * 1024);
    let before = memory(&sidecar);
    for (what, headers, body, status) in [
        ("garbage", vec![PROTOBUF], b"no protobuf".to_vec(), 400),
        ("half a request", vec![PROTOBUF], b"\x0a\x7f\x0a".to_vec(), 400),
        ("garbage as JSON", vec![JSON], b"{".to_vec(), 400),
        ("not what it says", vec![PROTOBUF, GZIP], b"no gzip".to_vec(), 400),
        ("no type", vec![], b"{}".to_vec(), 415),
        ("plain text", vec![("Content-Type", "text/plain")], b"{}".to_vec(), 415),
        ("another packing", vec![JSON, ("Content-Encoding", "br")], b"{}".to_vec(), 415),
        ("too large", vec![PROTOBUF], vec![0; limit + 1], 413),
        ("too large once unpacked", vec![PROTOBUF, GZIP], gzip(&vec![0; limit + 1]), 413),
        ("a bomb", vec![PROTOBUF, GZIP], bomb, 413),
        ("another page's", vec![JSON, ("Origin", "https://evil.example")], b"{}".to_vec(), 403),
    ] {
        let reply = send(&sidecar, "/v1/logs", &headers, &body);
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
    }
    let garbage = send(&sidecar, "/v1/logs", &[JSON], b"{").json();
    assert!(garbage["code"] == 3 && garbage["message"].is_string(), "{garbage}");
    // Two bytes each: as structs all of them would take gigabytes.
    let scoped = wrapped(2, &b"\x12\x00".repeat(7 * 1024 * 1024));
    let reply = send(&sidecar, "/v1/logs", &[PROTOBUF], &wrapped(1, &scoped));
    // Taken, or on a slow machine put off.
    assert!(matches!(reply.status, 200 | 503), "{}", reply.status);
    let peak = memory(&sidecar) - before;
    assert!(peak < 200 * 1024, "{peak} kB more than before");
    assert_eq!(sidecar.get("/v1/logs").status, 405);
    assert_eq!(send(&sidecar, "/v1/profiles", &[JSON], b"{}").status, 404);
    assert_eq!(counter(&sidecar, "task_panics"), 0);
    assert_eq!(send(&sidecar, "/v1/logs", &[JSON], &fixture("single_otlp_json/otlp/0003-logs.json")).status, 200);
    sidecar.stop();
}

fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag << 3 | 2];
    let mut length = content.len();
    while length > 0x7f {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend_from_slice(content);
    bytes
}

/// The most it ever held, in kB; zero where the system does not say.
fn memory(sidecar: &Sidecar) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", sidecar.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn telemetry_makes_the_doctor_glad() {
    let home = Home::new();
    let sidecar = home.serve();
    let port = sidecar.port().to_string();
    let client = home.write("bin/claude", "#!/bin/sh\necho '2.1.328 (Claude Code)'\n");
    std::fs::set_permissions(&client, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = |args: &[&str]| {
        let mut command = home.command();
        let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
        let ran = command.args(args).env("PATH", path).env("TMA1_PORT", &port).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let told = || {
        let report: Value = serde_json::from_str(&run(&["doctor", "--json"])).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        let found = checks.into_iter().find(|one| one["agent"] == "claude_code" && one["check"] == "telemetry");
        let found = found.unwrap_or_else(|| panic!("no such check: {report}"));
        (found["status"].clone(), found["message"].as_str().unwrap().to_owned())
    };
    run(&["install", "--adapter", "claude-code", "--skip-project-files", "--no-import"]);
    let (status, message) = told();
    assert!(status == "info" && message.contains("none arrived yet"), "{status} {message}");
    assert_eq!(send(&sidecar, "/v1/traces", &[PROTOBUF], &fixture("api_error/otlp/0008-traces.pb")).status, 200);
    let (status, message) = told();
    assert!(status == "ok" && message.contains("last arrived"), "{status} {message}");
    sidecar.stop();
    // What was kept is known without the sidecar that took it.
    let again = home.serve();
    assert_eq!(send(&again, "/v1/logs", &[PROTOBUF], &fixture("api_error/otlp/0007-logs.pb")).status, 200);
    again.stop();
    let last = home.serve_with(|command| {
        command.env("TMA1_PORT", &port);
    });
    let (status, message) = told();
    assert!(status == "ok" && message.contains("last arrived"), "{status} {message}");
    last.stop();
}
