//! What tells which call a hook means that does not name it: the same hash from what the hook says was asked and from
//! what the record says.

use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

use super::json::{self, Raw};

/// Hash of `tool`, in the spelling of the records, and its arguments, however they are ordered or wrapped.
pub(super) fn asked(tool: &str, arguments: Raw<'_>) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(tool.as_bytes());
    hash.update(&[0]);
    let value: Value = json::read(arguments).unwrap_or_default();
    // Some versions put the JSON into a string.
    let inner = value.as_str().and_then(|text| serde_json::from_str(text).ok()).filter(Value::is_object);
    match inner.unwrap_or(value) {
        Value::Null => {}
        Value::Object(fields) if fields.is_empty() => {}
        // Keys come in order.
        value => hash.update(value.to_string().as_bytes()),
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn of(tool: &str, arguments: &str) -> u64 {
        let raw: &RawValue = serde_json::from_str(arguments).unwrap();
        asked(tool, Some(raw))
    }

    #[test]
    fn the_same_question_has_one_hash() {
        let one = of("bash", r#"{"command":"ls","description":"List"}"#);
        assert_eq!(one, of("bash", r#"{ "description": "List", "command": "l\u0073" }"#));
        assert_eq!(one, of("bash", r#""{\"command\":\"ls\",\"description\":\"List\"}""#));
        assert_ne!(one, of("bash", r#"{"command":"ls -a","description":"List"}"#));
        assert_ne!(one, of("view", r#"{"command":"ls","description":"List"}"#));
        assert_eq!(of("x", "{}"), asked("x", None));
        assert_eq!(of("x", "null"), asked("x", None));
        assert_ne!(of("x", r#""text""#), of("x", "{}"));
    }
}
