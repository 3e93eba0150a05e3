//! Spans, as an agent sent them and as the protocol's own types write them.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use prost::Message as _;
use serde_json::{Value, json};

use super::{Form, Signal, told};
use crate::ingest::otlp::{Fact, accepted};
use crate::model::TelemetrySpan;
use crate::store::Batch;

const TRACES: &[u8] = include_bytes!("../../../../adapters/claude-code/fixtures/2.1.328/api_error/otlp/0008-traces.pb");

fn spans(form: Form, body: &[u8]) -> Vec<TelemetrySpan> {
    let told = told(Signal::Traces, form, body);
    assert_eq!(told.rejected, 0);
    let facts = told.batches.iter().flat_map(Batch::facts);
    facts.filter_map(|fact| if let Fact::Span(span) = fact { Some(span.clone()) } else { None }).collect()
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn request() -> ExportTraceServiceRequest {
    let text = |text: &str| any_value::Value::StringValue(text.to_owned());
    let span = Span {
        trace_id: (1..17).collect(),
        span_id: vec![0xab; 8],
        parent_span_id: vec![0xcd; 8],
        name: "chat gpt-5".to_owned(),
        kind: span::SpanKind::Client.into(),
        start_time_unix_nano: 1_795_169_659_000_000_000,
        end_time_unix_nano: 1_795_169_660_250_500_000,
        attributes: vec![
            pair("gen_ai.conversation.id", text("s-1")),
            pair("gen_ai.usage.input_tokens", any_value::Value::IntValue(12)),
            pair("ratio", any_value::Value::DoubleValue(0.5)),
        ],
        events: vec![span::Event {
            time_unix_nano: 1_795_169_659_500_000_000,
            name: "exception".to_owned(),
            attributes: vec![pair("exception.type", text("Timeout"))],
            ..span::Event::default()
        }],
        status: Some(Status { message: "too late".to_owned(), code: 2 }),
        ..Span::default()
    };
    let scope = InstrumentationScope { name: "an.app".to_owned(), ..InstrumentationScope::default() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![pair("service.name", text("shop"))], ..Resource::default() }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans: vec![span], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    }
}

#[test]
fn what_the_protocols_own_types_write_is_read_alike_in_both_forms() {
    let request = request();
    let binary = spans(Form::Protobuf, &request.encode_to_vec());
    let text = spans(Form::Json, &serde_json::to_vec(&request).unwrap());
    assert_eq!(binary, text);
    let [span] = &binary[..] else { panic!("{binary:?}") };
    let origin = &span.origin;
    assert_eq!((origin.service.as_deref(), origin.name.as_deref()), (Some("shop"), Some("chat gpt-5")));
    assert_eq!((origin.session_id.as_deref(), origin.at), (Some("s-1"), 1_795_169_659_000));
    assert_eq!(span.trace_id.as_deref(), Some("0102030405060708090a0b0c0d0e0f10"));
    assert_eq!(
        (span.span_id.as_deref(), span.parent_span_id.as_deref()),
        (Some("abababababababab"), Some("cdcdcdcdcdcdcdcd"))
    );
    assert_eq!((span.duration, span.kind, span.status), (Some(1250.5), Some("client"), Some("error")));
    assert_eq!(span.message.as_deref(), Some("too late"));
    let attributes: Value = serde_json::from_str(&origin.attributes).unwrap();
    assert_eq!(attributes, json!({"gen_ai.conversation.id": "s-1", "gen_ai.usage.input_tokens": 12, "ratio": 0.5}));
    let events: Value = serde_json::from_str(span.events.as_deref().unwrap()).unwrap();
    assert_eq!(
        events,
        json!([{"name": "exception", "ts_ms": 1_795_169_659_500_i64, "attributes": {"exception.type": "Timeout"}}])
    );
}

#[test]
fn what_claude_code_sends_is_read() {
    let spans = spans(Form::Protobuf, TRACES);
    let names: Vec<&str> = spans.iter().filter_map(|span| span.origin.name.as_deref()).collect();
    assert_eq!(names, ["claude_code.llm_request", "claude_code.interaction"]);
    assert!(spans.iter().all(|span| span.duration.is_some_and(|ms| ms > 0.0) && span.origin.session_id.is_some()));
    assert_eq!(spans[0].parent_span_id, spans[1].span_id);
    let told = told(Signal::Traces, Form::Protobuf, TRACES);
    assert_eq!((told.counts, told.rejected), ([("claude-code".to_owned(), 2)].into(), 0));
}

#[test]
fn enums_come_as_numbers_or_names_and_odd_ones_cost_nothing() {
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"kind": "SPAN_KIND_SERVER", "status": {"code": "STATUS_CODE_OK"}, "startTimeUnixNano": "1795169659000000000",
         "endTimeUnixNano": 1_795_169_659_001_000_000_u64, "name": "a", "traceId": "0AFF", "spanId": "01",
         "parentSpanId": "0000000000000000"},
        {"kind": 1, "status": {"code": 1}, "name": "b", "startTimeUnixNano": "7", "endTimeUnixNano": "3"},
        {}, {"name": {}, "kind": [], "status": 3, "events": {}}, 3,
    ]}]}]});
    let spans = spans(Form::Json, body.to_string().as_bytes());
    assert_eq!(spans.len(), 5);
    assert_eq!((spans[0].kind, spans[0].status, spans[0].duration), (Some("server"), Some("ok"), Some(1.0)));
    assert_eq!((spans[0].trace_id.as_deref(), spans[0].parent_span_id.as_deref()), (Some("0aff"), None));
    assert_eq!((spans[1].kind, spans[1].status, spans[1].duration), (Some("internal"), Some("ok"), None));
}

#[test]
fn a_span_is_known_by_its_ids_and_without_them_by_what_it_says() {
    let key = |span: &Value| {
        let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        spans(Form::Json, body.to_string().as_bytes())[0].origin.key
    };
    let named = json!({"traceId": "1", "spanId": "2", "name": "x", "startTimeUnixNano": "5"});
    assert_eq!(key(&named), key(&json!({"traceId": "1", "spanId": "2", "name": "x", "endTimeUnixNano": "9"})));
    assert_ne!(key(&named), key(&json!({"traceId": "1", "spanId": "3", "name": "x", "startTimeUnixNano": "5"})));
    let bare = json!({"name": "x", "startTimeUnixNano": "5"});
    assert_eq!(key(&bare), key(&bare));
    assert_ne!(key(&bare), key(&json!({"name": "x", "startTimeUnixNano": "6"})));
}

#[test]
fn a_sender_is_told_what_is_left_out() {
    let long =
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x".repeat(2_000_000)}, {"name": "y"}]}]}]});
    let told = told(Signal::Traces, Form::Json, long.to_string().as_bytes());
    assert_eq!((told.count(), told.rejected), (2, 1));
    let answer: Value = serde_json::from_slice(&accepted(Signal::Traces, Form::Json, &told)).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1");
}
