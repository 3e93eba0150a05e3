//! Money from the transcript to the view.

use serde_json::{Value, json};

use crate::support::Home;

fn record(id: &str, model: &str, usage: &Value, extra: &Value) -> String {
    let mut record = json!({
        "type": "assistant", "uuid": id, "sessionId": "s", "cwd": "/w", "timestamp": "2026-11-01T10:00:00Z", "requestId": format!("req_{id}"),
        "message": {"id": format!("msg_{id}"), "role": "assistant", "model": model, "content": [{"type": "text", "text": "x"}], "usage": usage}
    });
    for (key, value) in extra.as_object().unwrap() {
        record[key] = value.clone();
    }
    format!("{record}\n")
}

#[test]
fn each_request_is_priced_by_its_own_model_tier_and_day() {
    let sonnet = json!({"input_tokens": 1200, "cache_read_input_tokens": 80000, "cache_creation_input_tokens": 2000, "output_tokens": 900});
    let haiku = json!({"input_tokens": 10000, "cache_read_input_tokens": 120_000, "output_tokens": 500});
    let long = json!({"input_tokens": 0, "cache_creation_input_tokens": 1000, "output_tokens": 0,
                      "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000}});
    let none = json!({});
    let text = [
        record("new", "claude-sonnet-5-5", &sonnet, &none),
        record("old", "claude-sonnet-5-5", &sonnet, &json!({"timestamp": "2026-09-25T10:00:00Z"})),
        record("tier", "claude-haiku-5-5", &haiku, &none),
        record("hour", "claude-sonnet-5-5[1m]", &long, &none),
        record("told", "claude-sonnet-5-5", &sonnet, &json!({"costUSD": 0.5})),
        record("what", "some-local-model", &sonnet, &none),
    ]
    .concat();
    let home = Home::new();
    home.write(".claude/projects/p/s.jsonl", text);
    home.ok(&["import"]);
    let rows = home
        .sql("SELECT request_id AS id, round(cost_usd, 8) AS usd, cost_basis AS basis FROM usage ORDER BY request_id");
    assert_eq!(
        rows,
        json!([
            {"id": "req_hour", "usd": 0.004, "basis": "estimated"},
            {"id": "req_new", "usd": 0.0244, "basis": "estimated"},
            {"id": "req_old", "usd": 0.0324, "basis": "estimated"},
            {"id": "req_tier", "usd": 0.01225, "basis": "estimated"},
            {"id": "req_told", "usd": 0.5, "basis": "reported"},
            {"id": "req_what", "usd": null, "basis": "unknown"},
        ])
    );
    // A sum of partly priced usage is the sum of what is priced.
    assert_eq!(home.one("SELECT round(cost_usd, 8) FROM sessions"), 0.57305);
    assert_eq!(home.one("SELECT count(DISTINCT price_table) FROM usage"), 1);
}

#[test]
fn nothing_priced_is_unknown_and_not_free() {
    let home = Home::new();
    let usage = json!({"input_tokens": 5, "output_tokens": 5});
    home.write(".claude/projects/p/s.jsonl", record("a", "some-local-model", &usage, &json!({})));
    home.ok(&["import"]);
    assert_eq!(home.one("SELECT cost_usd FROM sessions"), Value::Null);
    let answer = home.json(&["usage", "--by", "model", "--since", "forever", "--json"]);
    assert_eq!(answer["total"]["cost_usd"], Value::Null, "{answer}");
    assert_eq!(answer["unpriced_models"], json!(["some-local-model"]), "{answer}");
}
