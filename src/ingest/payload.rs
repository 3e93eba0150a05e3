//! A hook's payload as it is kept: valid JSON, without secrets, and short.

use serde_json::{Map, Value};

use super::enrich::{Cut, shorten};
use crate::redact::Redactor;

/// What one string may keep, the first time and when the whole is still too long.
const STRINGS: [Cut; 2] = [Cut { head: 384, tail: 128 }, Cut { head: 96, tail: 32 }];
const ITEMS: usize = 32;
const DEPTH: usize = 12;
/// Of the whole.
const MOST: usize = 6 * 1024;

/// `text` cut and redacted; what is not JSON becomes a JSON string.
pub(super) fn reduced(text: &str, redactor: Redactor) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    for cut in STRINGS {
        let kept = named_secrets_gone(reduce(&value, cut, DEPTH, redactor).to_string(), redactor);
        if kept.len() <= MOST {
            return kept;
        }
    }
    let plain = |value: &&Value| !value.is_object() && !value.is_array();
    let Value::Object(fields) = &value else { return "{}".to_owned() };
    let top = fields.iter().filter(|(_, value)| plain(value)).take(ITEMS / 2);
    let top: Map<String, Value> =
        top.map(|(name, value)| (string(name, STRINGS[1], redactor), reduce(value, STRINGS[1], 1, redactor))).collect();
    named_secrets_gone(Value::Object(top).to_string(), redactor)
}

/// Some secrets are only known by the name of their field, which the string alone does not show.
fn named_secrets_gone(json: String, redactor: Redactor) -> String {
    match redactor.scrub(&json) {
        std::borrow::Cow::Borrowed(_) => json,
        std::borrow::Cow::Owned(clean) if serde_json::from_str::<serde::de::IgnoredAny>(&clean).is_ok() => clean,
        // What was taken out held a quote of the document itself.
        std::borrow::Cow::Owned(_) => "{}".to_owned(),
    }
}

fn reduce(value: &Value, cut: Cut, depth: usize, redactor: Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(string(text, cut, redactor)),
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::String("…".to_owned()),
        Value::Array(items) => {
            let mut kept: Vec<Value> =
                items.iter().take(ITEMS).map(|item| reduce(item, cut, depth - 1, redactor)).collect();
            if items.len() > ITEMS {
                kept.push(Value::String(format!("… {} more", items.len() - ITEMS)));
            }
            Value::Array(kept)
        }
        Value::Object(fields) => {
            let kept = fields.iter().take(2 * ITEMS);
            Value::Object(
                kept.map(|(name, value)| (string(name, cut, redactor), reduce(value, cut, depth - 1, redactor)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn string(text: &str, cut: Cut, redactor: Redactor) -> String {
    shorten(redactor, text, cut)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::Level;

    #[test]
    fn long_strings_are_cut_and_secrets_go() {
        let key = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let body = serde_json::json!({"tool_input": {"content": "x".repeat(9000), "key": key}, "n": 1}).to_string();
        let kept = reduced(&body, Redactor::new(Level::Preview));
        let value: Value = serde_json::from_str(&kept).unwrap();
        assert!(kept.len() < 1024 && !kept.contains(&key), "{kept}");
        assert_eq!(value["n"], 1);
    }

    #[test]
    fn a_payload_of_many_fields_keeps_its_plain_ones() {
        let many: Map<String, Value> = (0..60).map(|i| (format!("f{i}"), Value::String("y".repeat(400)))).collect();
        let body = serde_json::json!({"session_id": "s", "deep": many, "wide": vec![many.clone(); 9]}).to_string();
        let kept: Value = serde_json::from_str(&reduced(&body, Redactor::new(Level::Preview))).unwrap();
        assert_eq!(kept, serde_json::json!({"session_id": "s"}));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_is_short_json(text in ".{0,2000}") {
            let kept = reduced(&text, Redactor::new(Level::Preview));
            prop_assert!(kept.len() <= MOST);
            prop_assert!(serde_json::from_str::<Value>(&kept).is_ok());
        }
    }
}
