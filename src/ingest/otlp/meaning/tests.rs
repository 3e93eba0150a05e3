//! What real clients sent comes to the totals that were scripted; what programs send that are no agents, to a ledger too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::ingest::otlp::{Form, read};
use crate::model::{Agent, CallStatus, Fact, FailedRequest, Signal, TokenCounts, ToolCall, Usage};
use crate::redact::{Level, Redactor};
use crate::store::Batch;

/// 2026-11-20T12:00:00Z
const NOW: i64 = 1_795_176_000_000;

fn facts(signal: Signal, form: Form, body: &[u8]) -> Vec<Fact> {
    let told = read(signal, form, body, Redactor::new(Level::Preview), NOW).unwrap();
    let plain = |fact: &Fact| match fact {
        Fact::OfThread(fact) => (**fact).clone(),
        fact => fact.clone(),
    };
    told.batches.iter().flat_map(Batch::facts).map(plain).collect()
}

fn run(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters").join(of)
}

/// All that a run sent of one signal.
fn sent(of: &str, signal: Signal) -> Vec<Fact> {
    let word = match signal {
        Signal::Logs => "logs",
        Signal::Traces => "traces",
        Signal::Metrics => "metrics",
    };
    let entries = std::fs::read_dir(run(of).join("otlp")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().contains(word)).collect();
    files.sort();
    assert!(!files.is_empty(), "{of} has no {word}");
    let form = |path: &Path| if path.extension().is_some_and(|e| e == "pb") { Form::Protobuf } else { Form::Json };
    files.iter().flat_map(|path| facts(signal, form(path), &std::fs::read(path).unwrap())).collect()
}

fn usage(facts: &[Fact]) -> Vec<&Usage> {
    facts.iter().filter_map(|fact| if let Fact::Usage(usage) = fact { Some(usage) } else { None }).collect()
}

fn calls(facts: &[Fact]) -> Vec<&ToolCall> {
    facts.iter().filter_map(|fact| if let Fact::ToolCall(call) = fact { Some(call) } else { None }).collect()
}

fn failures(facts: &[Fact]) -> Vec<&FailedRequest> {
    facts.iter().filter_map(|fact| if let Fact::FailedRequest(f) = fact { Some(f) } else { None }).collect()
}

fn sums(facts: &[Fact]) -> [i64; 6] {
    let usage = usage(facts);
    let sum = |of: fn(&TokenCounts) -> i64| usage.iter().map(|usage| of(&usage.tokens)).sum();
    [
        i64::try_from(usage.len()).unwrap(),
        sum(|t| t.input),
        sum(|t| t.output),
        sum(|t| t.cache_read),
        sum(TokenCounts::cache_creation),
        sum(|t| t.reasoning),
    ]
}

/// As the run's script has it.
fn expected(of: &str) -> [i64; 6] {
    let expected: Value = serde_json::from_slice(&std::fs::read(run(of).join("expected.json")).unwrap()).unwrap();
    [
        "model_answers",
        "uncached_input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "reasoning_tokens",
    ]
    .map(|name| expected["totals"][name].as_i64().unwrap())
}

#[test]
fn every_request_of_a_run_is_told_with_its_tokens() {
    for (of, signal) in [
        ("claude-code/fixtures/2.1.328/multi", Signal::Logs),
        ("claude-code/fixtures/2.1.328/multi", Signal::Traces),
        ("codex/fixtures/0.169.0/multi", Signal::Logs),
        ("copilot-cli/fixtures/1.0.102/multi", Signal::Traces),
        ("gemini-cli/fixtures/0.61.0/single", Signal::Logs),
    ] {
        let facts = sent(of, signal);
        let mut want = expected(of);
        if of.starts_with("gemini") {
            // Scripted beside the output; here part of it.
            want[2] += want[5];
        }
        assert_eq!(sums(&facts), want, "{of} {signal:?}");
        let usage = usage(&facts);
        let timed = if of.starts_with("codex") { usage[0].timing.first_token } else { usage[0].timing.duration };
        assert!(timed.is_some() && usage[0].model.is_some() && usage[0].told.voice >= 2, "{of}: {:?}", usage[0]);
    }
}

#[test]
fn claude_code_names_its_requests_and_calls_as_its_transcripts_do() {
    let facts = sent("claude-code/fixtures/2.1.328/multi", Signal::Logs);
    let first = usage(&facts)[0];
    assert_eq!((&*first.session.id, first.session.agent), ("22222222-2222-4222-8222-222222222222", Agent::ClaudeCode));
    assert!(first.request_id.as_deref().is_some_and(|id| id.starts_with("req_")), "{first:?}");
    assert_eq!((first.reported_nanos, first.tokens.cache_write_5m), (Some(15_000_000), 3000));
    assert!(first.timing.first_token.is_some());
    let calls = calls(&facts);
    assert!(calls.iter().all(|call| call.call_id.starts_with("toolu_") && call.duration_ms.is_some()), "{calls:?}");
    let mut ended: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for call in &calls {
        *ended.entry(call.status.map(CallStatus::name)).or_default() += 1;
    }
    assert!(ended.contains_key(&Some("ok")) && ended.contains_key(&Some("error")), "{ended:?}");
    // Its spans tell the same ones.
    let spans = sent("claude-code/fixtures/2.1.328/multi", Signal::Traces);
    let ids = |facts: &[Fact]| -> Vec<Option<String>> {
        let mut ids: Vec<_> = usage(facts).iter().map(|usage| usage.request_id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&spans), ids(&facts));
}

#[test]
fn a_request_that_failed_is_one_failure_in_logs_and_spans() {
    let of = "claude-code/fixtures/2.1.328/api_error";
    let (logs, spans) = (sent(of, Signal::Logs), sent(of, Signal::Traces));
    let (logs, spans) = (failures(&logs), failures(&spans));
    let [log] = &logs[..] else { panic!("{logs:?}") };
    assert_eq!((log.status, log.message.as_deref()), (Some(400), Some("scripted bad request")));
    assert_eq!(spans.iter().map(|span| span.key).collect::<Vec<_>>(), [log.key]);
}

#[test]
fn codex_and_copilot_tell_how_calls_ended() {
    let codex = sent("codex/fixtures/0.169.0/multi", Signal::Logs);
    let named = calls(&codex).into_iter().filter(|call| call.tool.as_deref() == Some("exec_command")).count();
    assert!(named >= 3 && calls(&codex).iter().any(|call| call.status == Some(CallStatus::Error)), "{named}");
    let copilot = sent("copilot-cli/fixtures/1.0.102/multi", Signal::Traces);
    let calls = calls(&copilot);
    assert!(calls.iter().any(|call| call.exit_code == Some(3) && call.status == Some(CallStatus::Error)), "{calls:?}");
    assert!(calls.iter().all(|call| call.tool.as_deref().is_none_or(|tool| tool.len() < 40)), "no hashes: {calls:?}");
}

fn span(service: &str, attributes: &Value) -> Vec<Fact> {
    span_with(service, attributes, &json!({}))
}

fn span_with(service: &str, attributes: &Value, status: &Value) -> Vec<Fact> {
    let pairs: Vec<Value> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| {
            let kind = if value.is_i64() {
                "intValue"
            } else if value.is_f64() {
                "doubleValue"
            } else {
                "stringValue"
            };
            json!({"key": key, "value": {kind: value}})
        })
        .collect();
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": [{
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "chat x",
            "startTimeUnixNano": "1795169659000000000", "endTimeUnixNano": "1795169660500000000",
            "attributes": pairs, "status": status,
        }]}],
    }]});
    facts(Signal::Traces, Form::Json, body.to_string().as_bytes())
}

#[test]
fn any_program_that_keeps_to_the_conventions_is_in_the_ledger() {
    for (attributes, tokens) in [
        (
            json!({"gen_ai.operation.name": "chat", "gen_ai.response.model": "m", "gen_ai.usage.input_tokens": 100,
                   "gen_ai.usage.output_tokens": 7, "gen_ai.usage.cache_read.input_tokens": 60,
                   "gen_ai.usage.cache_creation.input_tokens": 10}),
            [30, 7, 60, 10],
        ),
        // Names of earlier years, without an operation.
        (
            json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": "100",
                   "gen_ai.usage.completion_tokens": 7}),
            [100, 7, 0, 0],
        ),
        // What was cached told beside it.
        (
            json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10,
                   "gen_ai.usage.output_tokens": 7, "gen_ai.usage.cache_read_input_tokens": 60}),
            [10, 7, 60, 0],
        ),
        // OpenInference.
        (
            json!({"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 100,
                   "llm.token_count.completion": 7}),
            [100, 7, 0, 0],
        ),
    ] {
        let facts = span("my shop", &attributes);
        let told = usage(&facts);
        let [usage] = &told[..] else { panic!("{attributes}: {facts:?}") };
        assert_eq!(usage.session.agent.name(), "my shop");
        assert_eq!(&*usage.session.id, "0af7651916cd43dd8448eb211c80319c", "a trace is a session");
        let t = usage.tokens;
        assert_eq!([t.input, t.output, t.cache_read, t.cache_creation()], tokens, "{attributes}");
        assert_eq!((usage.model.as_deref(), usage.timing.duration), (Some("m"), Some(1500)));
    }
}

#[test]
fn what_repeats_a_sum_or_is_nobodys_is_no_request() {
    let tokens = json!({"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 7});
    let with = |name: &str, value: &str| {
        let mut all = tokens.as_object().unwrap().clone();
        all.insert(name.to_owned(), json!(value));
        Value::Object(all)
    };
    for (service, attributes) in [
        ("shop", with("gen_ai.operation.name", "invoke_agent")),
        ("shop", with("gen_ai.operation.name", "invoke_workflow")),
        ("shop", with("openinference.span.kind", "CHAIN")),
        // Its records tell them, and no session is named here.
        ("openclaw-gateway", with("gen_ai.operation.name", "chat")),
        // Without its conversation's name.
        ("github-copilot", with("gen_ai.operation.name", "chat")),
        // The log events tell all of it.
        ("gemini-cli", with("gen_ai.operation.name", "llm_call")),
        ("", with("gen_ai.operation.name", "chat")),
    ] {
        assert_eq!(usage(&span(service, &attributes)).len(), 0, "{service} {attributes}");
    }
}

#[test]
fn failures_and_tools_of_any_program() {
    let failed = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "error.type": "rate_limit",
                        "http.response.status_code": 429, "gen_ai.conversation.id": "c1"});
    let facts = span_with("shop", &failed, &json!({"code": 2, "message": "slow down"}));
    let [failure] = &failures(&facts)[..] else { panic!("{facts:?}") };
    assert_eq!(
        (failure.status, failure.kind.as_deref(), failure.message.as_deref()),
        (Some(429), Some("rate_limit"), Some("slow down"))
    );
    assert_eq!((&*failure.session.id, failure.model.as_deref()), ("c1", Some("m")));
    let tool =
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup", "gen_ai.tool.call.id": "k1"});
    let facts = span("shop", &tool);
    let [call] = &calls(&facts)[..] else { panic!("{facts:?}") };
    assert_eq!(
        (call.tool.as_deref(), call.status, call.duration_ms),
        (Some("lookup"), Some(CallStatus::Ok), Some(1500))
    );
}

#[test]
fn odd_attributes_cost_nothing() {
    for odd in [json!(-5), json!(1.0e300), json!("many"), json!("NaN")] {
        let attributes = json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": odd,
                                "gen_ai.usage.output_tokens": 7});
        let facts = span("shop", &attributes);
        let told = usage(&facts);
        assert!(told.len() == 1 && told[0].tokens.input >= 0, "{odd}: {told:?}");
    }
}
