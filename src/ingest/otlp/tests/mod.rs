//! Bodies as an agent really sent them, and those that nobody should.

mod points;
mod spans;

use proptest::prelude::*;
use prost::Message as _;
use serde_json::{Value, json};

use super::wire::{AnyKind, AnyValue, ArrayValue, KeyValue, KeyValueList, LogRecord, Response, Status};
use super::*;
use crate::model::{Agent, TelemetryLog};
use crate::redact::Level;

const LOGS: &[u8] = include_bytes!("../../../../adapters/claude-code/fixtures/2.1.328/api_error/otlp/0007-logs.pb");
const JSON: &[u8] =
    include_bytes!("../../../../adapters/claude-code/fixtures/2.1.328/single_otlp_json/otlp/0003-logs.json");

/// 2026-11-20T12:00:00Z
const NOW: i64 = 1_795_176_000_000;

fn told(signal: Signal, form: Form, body: &[u8]) -> Told {
    read(signal, form, body, Redactor::new(Level::Preview), NOW).unwrap()
}

fn logs_at(level: Level, form: Form, body: &[u8]) -> Vec<TelemetryLog> {
    let told = read(Signal::Logs, form, body, Redactor::new(level), NOW).unwrap();
    let facts = told.batches.iter().flat_map(Batch::facts);
    facts.filter_map(|fact| if let Fact::Log(log) = fact { Some(log.clone()) } else { None }).collect()
}

fn logs(form: Form, body: &[u8]) -> Vec<TelemetryLog> {
    logs_at(Level::Preview, form, body)
}

/// One record as JSON, of `service`.
fn request(service: &str, record: &Value) -> Vec<u8> {
    json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeLogs": [{"scope": {"name": "s"}, "logRecords": [record]}],
    }]})
    .to_string()
    .into_bytes()
}

fn one(record: &Value) -> TelemetryLog {
    let mut logs = logs(Form::Json, &request("codex_exec", record));
    assert_eq!(logs.len(), 1);
    logs.remove(0)
}

/// A field with a length.
fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

fn protobuf(record: &LogRecord) -> Vec<u8> {
    wrapped(1, &wrapped(2, &wrapped(2, &record.encode_to_vec())))
}

#[test]
fn what_claude_code_sends_is_read_in_both_forms() {
    let binary = logs(Form::Protobuf, LOGS);
    assert_eq!(binary.len(), 2);
    let first = &binary[0];
    assert_eq!(first.origin.service.as_deref(), Some("claude-code"));
    assert_eq!(first.origin.name.as_deref(), Some("api_error"));
    assert_eq!(first.origin.session_id.as_deref(), Some("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2"));
    assert_eq!(first.body.as_deref(), Some("claude_code.api_error"));
    // 2026-11-20T09:53:01.984Z, as its `event.timestamp` says.
    assert_eq!(first.origin.at, 1_795_168_381_984);
    let attributes: Value = serde_json::from_str(&first.origin.attributes).unwrap();
    assert_eq!((&attributes["error"], &attributes["speed"]), (&json!("scripted bad request"), &json!("normal")));
    let resource: Value = serde_json::from_str(&first.origin.resource).unwrap();
    assert_eq!(
        resource,
        json!({"service.name": "claude-code", "service.version": "2.1.328", "otel.scope.name": "com.anthropic.claude_code.events"})
    );

    let text = logs(Form::Json, JSON);
    let names: Vec<&str> = text.iter().filter_map(|log| log.origin.name.as_deref()).collect();
    assert_eq!(
        names,
        [
            "hook_execution_complete",
            "api_request",
            "assistant_response",
            "hook_execution_start",
            "hook_execution_complete",
            "mcp_server_connection"
        ]
    );
    assert!(text.iter().all(|log| log.origin.session_id.as_deref() == Some("11111111-1111-4111-8111-111111111111")));
    assert_eq!(text[0].origin.at, 1_795_169_662_658);
    assert_eq!(text[0].trace_id.as_deref(), Some("7bb42ca85a42ef6e38fc6b7f1777e8c8"));
}

#[test]
fn full_success_says_nothing() {
    let nothing = Told::default();
    for signal in [Signal::Logs, Signal::Traces, Signal::Metrics] {
        assert_eq!(accepted(signal, Form::Protobuf, &nothing), b"");
        assert_eq!(accepted(signal, Form::Json, &nothing), b"{}");
    }
    assert_eq!(told(Signal::Logs, Form::Protobuf, b"").count(), 0);
    assert_eq!(told(Signal::Logs, Form::Json, b" {} ").count(), 0);
}

#[test]
fn the_agents_own_name_goes_before_the_line_of_a_program() {
    let named = json!({
        "attributes": [{"key": "event.name", "value": {"stringValue": "codex.user_prompt"}},
                       {"key": "conversation.id", "value": {"stringValue": "c1"}}],
        "eventName": "event src/telemetry.rs:703", "timeUnixNano": "0", "observedTimeUnixNano": "1795169659163858016",
        "severityNumber": 9, "severityText": "INFO", "body": null, "flags": 1,
    });
    let log = one(&named);
    assert_eq!((log.origin.name.as_deref(), log.origin.session_id.as_deref()), (Some("codex.user_prompt"), Some("c1")));
    assert_eq!((log.origin.at, log.body), (1_795_169_659_163, None));
    assert_eq!(one(&json!({"eventName": "e"})).origin.name.as_deref(), Some("e"));
    assert_eq!(one(&json!({"body": {"stringValue": "short"}})).origin.name.as_deref(), Some("short"));
    assert_eq!(one(&json!({"body": {"stringValue": "x".repeat(200)}})).origin.name, None);
}

#[test]
fn every_kind_of_value_comes_out_of_both_forms_alike() {
    let any = |kind| Some(AnyValue { kind: Some(kind) });
    let text = |text: &str| AnyKind::String(text.into());
    let pair = |key: &str, value| KeyValue { key: key.into(), value };
    let list = KeyValueList { values: vec![pair("n", any(AnyKind::Int(i64::MIN)))] };
    let array = ArrayValue { values: vec![AnyValue { kind: Some(text("a")) }, AnyValue { kind: None }] };
    let record = LogRecord {
        attributes: vec![
            pair("array", any(AnyKind::Array(array))),
            pair("bool", any(AnyKind::Bool(false))),
            pair("double", any(AnyKind::Double(0.5))),
            pair("infinity", any(AnyKind::Double(f64::NEG_INFINITY))),
            pair("int", any(AnyKind::Int(7))),
            pair("list", any(AnyKind::List(list))),
            pair("nan", any(AnyKind::Double(f64::NAN))),
            pair("none", None),
            pair("string", any(text("s"))),
        ],
        severity_number: 18,
        span_id: vec![0xab; 8],
        ..LogRecord::default()
    };
    let same = json!({"severityNumber": "SEVERITY_NUMBER_ERROR2", "spanId": "ABABABABABABABAB", "attributes": [
        {"key": "array", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {}]}}},
        {"key": "bool", "value": {"boolValue": false}},
        {"key": "double", "value": {"doubleValue": "0.5"}},
        {"key": "infinity", "value": {"doubleValue": "-Infinity"}},
        {"key": "int", "value": {"intValue": "7"}},
        {"key": "list", "value": {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": "-9223372036854775808"}}]}}},
        {"key": "nan", "value": {"doubleValue": "NaN"}},
        {"key": "none"},
        {"key": "string", "value": {"stringValue": "s"}},
    ]});
    let binary = logs(Form::Protobuf, &protobuf(&record)).remove(0);
    let text = one(&same);
    let want = json!({
        "array": ["a", null], "bool": false, "double": 0.5, "infinity": "-Infinity", "int": 7, "list": {"n": i64::MIN},
        "nan": "NaN", "none": null, "string": "s",
    });
    for log in [binary, text] {
        assert_eq!(serde_json::from_str::<Value>(&log.origin.attributes).unwrap(), want);
        assert_eq!((log.severity.as_deref(), log.span_id.as_deref()), (Some("ERROR"), Some("abababababababab")));
        assert_eq!(log.origin.at, NOW, "without a time it is now");
    }
}

#[test]
fn a_record_told_again_has_the_same_key_and_another_one_has_not() {
    let keys = |body: &[u8]| -> Vec<u64> { logs(Form::Protobuf, body).iter().map(|log| log.origin.key).collect() };
    assert_eq!(keys(LOGS), keys(LOGS));
    let record = json!({"timeUnixNano": "5", "body": {"stringValue": "b"}, "attributes": []});
    let base = one(&record).origin.key;
    for (field, value) in [
        ("timeUnixNano", json!("6")),
        ("body", json!({"stringValue": "c"})),
        ("attributes", json!([{"key": "a", "value": {"intValue": 1}}])),
        ("eventName", json!("e")),
        ("traceId", json!("ff")),
    ] {
        let mut other = record.clone();
        other[field] = value;
        assert_ne!(one(&other).origin.key, base, "{field}");
    }
    assert_ne!(logs(Form::Json, &request("another", &record))[0].origin.key, base);
    let mut later = record;
    later["observedTimeUnixNano"] = json!("77");
    assert_eq!(one(&later).origin.key, base, "when it was seen is not what happened");
}

#[test]
fn secrets_go_and_at_level_full_all_content() {
    let key = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let record = json!({"body": {"stringValue": format!("with {key}")},
                        "attributes": [{"key": "token", "value": {"stringValue": key}},
                                       {"key": "session.id", "value": {"stringValue": "s1"}}]});
    let log = one(&record);
    assert!(!format!("{log:?}").contains(&key), "{log:?}");
    assert!(log.body.is_some_and(|body| body.starts_with("with ")));
    let bare = logs_at(Level::Full, Form::Json, &request("codex", &record)).remove(0);
    assert_eq!((bare.body, bare.origin.name, bare.origin.attributes.as_str()), (None, None, "{}"));
    assert_eq!(bare.origin.session_id.as_deref(), Some("s1"));
}

#[test]
fn what_is_no_request_is_said_in_the_senders_form() {
    for (form, body) in [
        (Form::Protobuf, &b"\x0a\xff\xff\xff\xff\x0fx"[..]),
        (Form::Protobuf, &LOGS[..LOGS.len() - 3]),
        (Form::Protobuf, b"not protobuf at all"),
        (Form::Json, b""),
        (Form::Json, b"[]"),
        (Form::Json, b"{\"resourceLogs\":["),
        (Form::Json, b"{\"resourceLogs\":7}"),
        (Form::Json, LOGS),
    ] {
        let error = read(Signal::Logs, form, body, Redactor::new(Level::Preview), NOW).unwrap_err();
        let answer = unreadable(form, &error);
        let code: i64 = match form {
            Form::Protobuf => Status::decode(&*answer).unwrap().code.into(),
            Form::Json => serde_json::from_slice::<Value>(&answer).unwrap()["code"].as_i64().unwrap(),
        };
        assert_eq!(code, 3, "{error}");
    }
}

#[test]
fn what_is_odd_within_a_request_costs_only_itself() {
    let odd = json!({"resourceLogs": [null, 7, {"resource": 1, "scopeLogs": [
        {"scope": [], "logRecords": [null, "x", {"timeUnixNano": {}, "attributes": {"a": 1}, "body": [1]}]},
        {"logRecords": null}, {"unknown": [{}]},
    ]}, {"scopeLogs": [{"logRecords": [{"eventName": "well"}]}]}]});
    let logs = logs(Form::Json, odd.to_string().as_bytes());
    assert_eq!(logs.last().and_then(|log| log.origin.name.as_deref()), Some("well"));
    assert_eq!(logs.len(), 4);
}

#[test]
fn too_many_and_too_long_ones_are_left_out() {
    let record = |length: usize| wrapped(2, &wrapped(12, &vec![b'n'; length]));
    let scoped = [record(4), record(RECORD), record(4)].concat();
    let told_of = |scoped: &[u8]| told(Signal::Logs, Form::Protobuf, &wrapped(1, &wrapped(2, scoped)));
    let few = told_of(&scoped);
    assert_eq!((few.count(), few.rejected), (3, 1));
    let many = told_of(&wrapped(2, b"").repeat(RECORDS + 5));
    assert_eq!((many.rejected, many.batches.len()), (5, RECORDS / TOGETHER));
    let partial = Response::decode(&*accepted(Signal::Logs, Form::Protobuf, &many)).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected, 5);
}

#[test]
fn services_are_known_by_name() {
    for (service, agent) in [
        ("claude-code", Some(Agent::ClaudeCode)),
        ("claude-code-desktop", Some(Agent::ClaudeCode)),
        ("codex_exec", Some(Agent::Codex)),
        ("codex_cli_rs", Some(Agent::Codex)),
        ("github-copilot", Some(Agent::CopilotCli)),
        ("gemini-cli", Some(Agent::GeminiCli)),
        ("openclaw-gateway", Some(Agent::Openclaw)),
        ("my-shop", None),
        ("", None),
    ] {
        assert_eq!(agent_of(service), agent, "{service}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..LOGS.len()) {
        let broken = [&LOGS[..at], &bytes, &LOGS[at..]].concat();
        for body in [&bytes, &broken] {
            for form in [Form::Protobuf, Form::Json] {
                for signal in [Signal::Logs, Signal::Traces, Signal::Metrics] {
                    let _ = read(signal, form, body, Redactor::new(Level::Preview), NOW);
                }
            }
        }
    }
}
