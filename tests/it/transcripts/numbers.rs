//! Tokens: counted once per request, whatever numbers a record holds.

use serde_json::{Value, json};

use super::{begun, imported, in_any_order, skipped};
use crate::support::Transcript;

fn with(t: Transcript, id: &str, request: Option<&str>, usage: &str) -> Transcript {
    let message = json!({"id": id, "role": "assistant", "model": "claude-sonnet-5-5", "content": [], "usage": "USAGE"});
    let one = Transcript::new("s", "/w/app")
        .record("assistant", json!({"uuid": format!("u-{id}-{usage}"), "requestId": request, "message": message}));
    t.raw(one.text().trim_end().replace("\"USAGE\"", usage).as_str())
}

const SUMS: &str = "SELECT sum(input_tokens) i, sum(output_tokens) o, sum(cache_read_tokens) r, sum(cache_creation_tokens) w FROM usage";

fn sums(usage: &str) -> Value {
    imported(with(begun().prompt("x"), "m", Some("r"), usage).text()).sql(SUMS)[0].clone()
}

#[test]
fn numbers_are_read_in_every_form() {
    let want = json!({"i": 7, "o": 8, "r": 9, "w": 10});
    for usage in [
        r#"{"input_tokens":7,"output_tokens":8,"cache_read_input_tokens":9,"cache_creation_input_tokens":10}"#,
        r#"{"input_tokens":"7","output_tokens":"8","cache_read_input_tokens":"9","cache_creation_input_tokens":"10"}"#,
        r#"{"input_tokens":7.0,"output_tokens":8e0,"cache_read_input_tokens":9.9,"cache_creation_input_tokens":1e1}"#,
        r#"{"input_tokens":1,"input_tokens":7,"output_tokens":8,"cache_read_input_tokens":9,"cache_creation":{"ephemeral_1h_input_tokens":4,"ephemeral_5m_input_tokens":6}}"#,
        r#"{"input_tokens":7,"output_tokens":8,"cache_read_input_tokens":9,"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_1h_input_tokens":4,"ephemeral_5m_input_tokens":600}}"#,
    ] {
        assert_eq!(sums(usage), want, "{usage}");
    }
    let nothing = json!({"i": 0, "o": 0, "r": 0, "w": 0});
    for usage in [
        r#"{"input_tokens":0,"output_tokens":0}"#,
        r#"{"input_tokens":null,"output_tokens":[1],"cache_creation":7}"#,
        "{}",
    ] {
        assert_eq!(sums(usage), nothing, "{usage}");
    }
}

#[test]
fn numbers_out_of_range_are_clamped_and_counted() {
    for number in ["-5", "99999999999999999999999", "1e300", "-1e300"] {
        let usage = format!(r#"{{"input_tokens":{number},"output_tokens":3}}"#);
        let home = imported(with(begun().prompt("x"), "m", Some("r"), &usage).text());
        let input = home.one("SELECT input_tokens FROM sessions").as_i64().unwrap();
        assert!((0..=1 << 40).contains(&input) && (input == 0) == number.starts_with('-'), "{number}: {input}");
        assert_eq!(home.one("SELECT output_tokens FROM sessions"), 3);
        assert!(skipped(&home).contains("number out of range"), "{number}");
    }
}

/// Sums of broken numbers must not stop the import.
#[test]
fn a_file_full_of_huge_numbers_is_read_to_its_end() {
    let mut t = begun().prompt("x");
    for n in 0..400 {
        let usage = r#"{"input_tokens":1e300,"output_tokens":1e300,"cache_read_input_tokens":1e300,"cache_creation_input_tokens":1e300}"#;
        t = with(t, &format!("m{n}"), Some("r"), usage);
    }
    let dear = json!({"costUSD": 1e300, "timestamp": 1e18, "message": {"id": "c", "model": "m", "content": [], "usage": {"output_tokens": 1}}});
    let home = imported(t.record("assistant", dear).prompt("still here").text());
    assert_eq!(home.one("SELECT user_prompts FROM sessions"), 2);
    assert_eq!(home.one("SELECT cost_usd > 0 FROM sessions"), 1);
    assert_eq!(home.one("SELECT count(*) FROM usage"), 401);
    home.ok(&["usage"]);
    home.ok(&["show", "s"]);
}

/// Early records of a response hold a partial count, and none of the split by lifetime.
#[test]
fn of_one_request_each_number_is_the_largest() {
    let early = r#"{"input_tokens":4,"output_tokens":1,"cache_creation_input_tokens":100}"#;
    let late = r#"{"input_tokens":4,"output_tokens":90,"cache_read_input_tokens":7,"cache_creation_input_tokens":100,"cache_creation":{"ephemeral_1h_input_tokens":100}}"#;
    let want = json!([{"i": 4, "o": 90, "r": 7, "w": 100}]);
    let both = with(with(begun().prompt("x"), "m", Some("r"), early), "m", Some("r"), late);
    assert_eq!(imported(both.text()).sql(SUMS), want);
    let apart = [with(begun(), "m", Some("r"), early).text(), with(begun(), "m", Some("r"), late).text()];
    let [early, late] = apart;
    let home = in_any_order(&[("p/s.jsonl", early), ("q/s.jsonl", late)]);
    assert_eq!(home.sql(SUMS), want);
    assert_eq!(home.one("SELECT cache_creation_1h_tokens FROM usage"), 100);
}

#[test]
fn one_response_under_two_request_ids_is_two_requests() {
    let usage = r#"{"output_tokens":5}"#;
    let t = with(with(begun().prompt("x"), "m", Some("r1"), usage), "m", Some("r2"), usage);
    let home = imported(t.text());
    assert_eq!(home.one("SELECT sum(output_tokens) FROM usage"), 10);
    assert_eq!(home.one("SELECT assistant_messages FROM sessions"), 1);
}

#[test]
fn details_of_usage_are_kept() {
    let usage = r#"{"input_tokens":1,"output_tokens":50,"output_tokens_details":{"thinking_tokens":20},"server_tool_use":{"web_search_requests":2},"service_tier":"standard","speed":"fast"}"#;
    let home = imported(with(begun(), "m", Some("r"), usage).text());
    assert_eq!(
        home.sql("SELECT reasoning_tokens, output_tokens, web_searches, request_id, message_id FROM usage"),
        json!([{"reasoning_tokens": 20, "output_tokens": 50, "web_searches": 2, "request_id": "r", "message_id": "m"}])
    );
}
