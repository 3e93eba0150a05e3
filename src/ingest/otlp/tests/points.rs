//! Data points of all five kinds, as an agent sent them and as the protocol's own types write them.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, metric, number_data_point,
};
use prost::Message as _;
use serde_json::{Value, json};

use super::{Form, Signal, told};
use crate::ingest::otlp::Fact;
use crate::model::TelemetryPoint;
use crate::store::Batch;

const METRICS: &[u8] =
    include_bytes!("../../../../adapters/claude-code/fixtures/2.1.328/api_error/otlp/0009-metrics.pb");
const START: u64 = 1_795_169_600_000_000_000;
const TIME: u64 = 1_795_169_660_000_000_000;

fn points(form: Form, body: &[u8]) -> Vec<TelemetryPoint> {
    let told = told(Signal::Metrics, form, body);
    assert_eq!(told.rejected, 0);
    let facts = told.batches.iter().flat_map(Batch::facts);
    facts
        .map(|fact| match fact {
            Fact::Point(point) => point.clone(),
            other => panic!("only points: {other:?}"),
        })
        .collect()
}

fn request(all: Vec<(&str, metric::Data)>) -> ExportMetricsServiceRequest {
    let metric = |(name, data): (&str, metric::Data)| Metric {
        name: name.to_owned(),
        unit: "s".to_owned(),
        data: Some(data),
        ..Metric::default()
    };
    let scoped = ScopeMetrics { metrics: all.into_iter().map(metric).collect(), ..ScopeMetrics::default() };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics: vec![scoped], ..ResourceMetrics::default() }],
    }
}

fn number(value: number_data_point::Value) -> NumberDataPoint {
    NumberDataPoint {
        start_time_unix_nano: START,
        time_unix_nano: TIME,
        value: Some(value),
        ..NumberDataPoint::default()
    }
}

fn every_kind() -> ExportMetricsServiceRequest {
    let histogram = HistogramDataPoint {
        start_time_unix_nano: START,
        time_unix_nano: TIME,
        count: 3,
        sum: Some(4.5),
        bucket_counts: vec![1, 2, 0],
        explicit_bounds: vec![1.0, 5.0],
        min: Some(0.5),
        max: Some(2.0),
        ..HistogramDataPoint::default()
    };
    let exponential = ExponentialHistogramDataPoint {
        start_time_unix_nano: START,
        time_unix_nano: TIME,
        count: 4,
        sum: Some(9.0),
        scale: -2,
        zero_count: 1,
        positive: Some(Buckets { offset: -3, bucket_counts: vec![1, 2] }),
        min: Some(0.0),
        max: Some(6.0),
        ..ExponentialHistogramDataPoint::default()
    };
    let summary = SummaryDataPoint {
        start_time_unix_nano: START,
        time_unix_nano: TIME,
        count: 2,
        sum: 3.0,
        quantile_values: vec![ValueAtQuantile { quantile: 0.5, value: 1.5 }],
        ..SummaryDataPoint::default()
    };
    request(vec![
        ("g", metric::Data::Gauge(Gauge { data_points: vec![number(number_data_point::Value::AsDouble(1.5))] })),
        (
            "c",
            metric::Data::Sum(Sum {
                data_points: vec![number(number_data_point::Value::AsInt(-7))],
                aggregation_temporality: 2,
                is_monotonic: true,
            }),
        ),
        ("h", metric::Data::Histogram(Histogram { data_points: vec![histogram], aggregation_temporality: 1 })),
        (
            "e",
            metric::Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![exponential],
                aggregation_temporality: 2,
            }),
        ),
        ("q", metric::Data::Summary(Summary { data_points: vec![summary] })),
    ])
}

#[test]
fn what_the_protocols_own_types_write_is_read_alike_in_both_forms() {
    let request = every_kind();
    let binary = points(Form::Protobuf, &request.encode_to_vec());
    let text = points(Form::Json, &serde_json::to_vec(&request).unwrap());
    assert_eq!(binary, text);
    let brief: Vec<_> = binary.iter().map(|p| (p.kind, p.value, p.count, p.temporality, p.monotonic)).collect();
    assert_eq!(
        brief,
        [
            ("gauge", Some(1.5), None, None, false),
            ("sum", Some(-7.0), None, Some("cumulative"), true),
            ("histogram", Some(4.5), Some(3), Some("delta"), false),
            ("exponential_histogram", Some(9.0), Some(4), Some("cumulative"), false),
            ("summary", Some(3.0), Some(2), None, false),
        ]
    );
    let buckets: Vec<Value> =
        binary.iter().filter_map(|p| p.buckets.as_deref()).map(|b| serde_json::from_str(b).unwrap()).collect();
    assert_eq!(
        buckets,
        [
            json!({"bounds": [1.0, 5.0], "counts": [1, 2, 0]}),
            json!({"scale": -2, "zero_count": 1, "positive": {"offset": -3, "counts": [1, 2]}, "negative": null}),
            json!({"quantiles": [{"quantile": 0.5, "value": 1.5}]}),
        ]
    );
    let (first, histogram) = (&binary[0], &binary[2]);
    assert_eq!(
        (first.origin.name.as_deref(), first.unit.as_deref(), first.origin.at),
        (Some("g"), Some("s"), 1_795_169_660_000)
    );
    assert_eq!((first.start, histogram.min, histogram.max), (Some(1_795_169_600_000), Some(0.5), Some(2.0)));
}

#[test]
fn what_claude_code_sends_is_read() {
    let points = points(Form::Protobuf, METRICS);
    let names: Vec<&str> = points.iter().filter_map(|point| point.origin.name.as_deref()).collect();
    assert!(names.iter().all(|name| name.starts_with("claude_code.")) && names.len() == 2, "{names:?}");
    assert!(points.iter().all(|point| point.value.is_some() && point.kind == "sum"), "{points:?}");
}

#[test]
fn numbers_come_as_text_and_some_are_none() {
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "a", "gauge": {"dataPoints": [
            {"asDouble": "NaN"}, {"asDouble": "Infinity"}, {"asInt": "42"}, {"asDouble": 2, "flags": 1}, {"as_int": 3}, {},
        ]}},
        {"name": {}, "sum": {"data_points": [{"asInt": 1}], "aggregation_temporality": "AGGREGATION_TEMPORALITY_DELTA",
                             "isMonotonic": "yes"}},
        {"exponentialHistogram": {"dataPoints": [{"count": "1", "positive": {"bucketCounts": ["1", 2, "x"]}}]}},
        {"name": "none"}, {"sum": 7}, 5,
    ]}]}]});
    let points = points(Form::Json, body.to_string().as_bytes());
    let values: Vec<_> = points.iter().map(|point| point.value).collect();
    assert_eq!(values, [None, None, Some(42.0), None, Some(3.0), None, Some(1.0), None]);
    assert_eq!((points[6].temporality, points[6].monotonic, &points[6].origin.name), (Some("delta"), false, &None));
    assert_eq!((points[7].count, points[7].buckets.as_deref().unwrap().contains("[1,2,0]")), (Some(1), true));
}

#[test]
fn the_same_point_is_one_and_the_same_series_goes_on() {
    let of = |point: Value| {
        let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", "sum": {"dataPoints": [point]}}]}]}]});
        points(Form::Json, body.to_string().as_bytes()).remove(0)
    };
    let colour = |colour: &str| json!([{"key": "colour", "value": {"stringValue": colour}}]);
    let first = of(json!({"asInt": "1", "timeUnixNano": TIME.to_string(), "attributes": colour("red")}));
    let again = of(json!({"asInt": "1", "timeUnixNano": TIME.to_string(), "attributes": colour("red")}));
    let next = of(json!({"asInt": "2", "timeUnixNano": (TIME + 1).to_string(), "attributes": colour("red")}));
    let other = of(json!({"asInt": "1", "timeUnixNano": TIME.to_string(), "attributes": colour("blue")}));
    assert_eq!(first, again);
    assert!(first.series == next.series && first.origin.key != next.origin.key);
    assert!(first.series != other.series && first.origin.key != other.origin.key);
}
