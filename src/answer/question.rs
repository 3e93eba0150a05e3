//! What a question is, and the form in which a list can hold all of them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Asker, Refusal, budget, foreign};

/// One question: a name, what to ask with, what one gets.
pub trait Question {
    /// The tool's name; the command's may be shorter.
    const NAME: &'static str;
    const TITLE: &'static str;
    /// What for and when, in the words a model would search for; under 400 bytes.
    const ABOUT: &'static str;
    type Params: DeserializeOwned + JsonSchema + Default;
    type Answer: Serialize + JsonSchema;

    /// # Errors
    /// A bad argument, named; nothing there to answer from.
    fn answer(asker: &Asker, params: Self::Params) -> Result<Self::Answer, Refusal>;

    /// The answer in a few words for readers without structure.
    fn text(answer: &Self::Answer) -> String;

    /// How long the answer may be, in tokens: longer only where the arguments ask for more.
    fn most_tokens(_params: &Self::Params) -> usize {
        budget::DEFAULT_TOKENS
    }
}

/// Longer texts beside the structure help nobody.
const MOST_TEXT: usize = 6_000;

/// What a model is given: the structure, and a short text for clients that show no structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub json: Value,
    pub text: String,
}

/// A question without its types.
#[derive(Clone)]
pub struct AnyQuestion {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub input_schema: fn() -> Value,
    pub output_schema: fn() -> Value,
    /// Parses the arguments, asks, and prunes what is empty.
    pub ask: fn(&Asker, Value) -> Result<Told, Refusal>,
}

pub fn erase<Q: Question>() -> AnyQuestion {
    AnyQuestion {
        name: Q::NAME,
        title: Q::TITLE,
        about: Q::ABOUT,
        input_schema: schema::<Q::Params>,
        output_schema: schema::<Q::Answer>,
        ask: ask::<Q>,
    }
}

fn ask<Q: Question>(asker: &Asker, arguments: Value) -> Result<Told, Refusal> {
    tell::<Q>(asker, parse::<Q::Params>(arguments)?)
}

/// The answer to `params` as every door gives it.
pub fn tell<Q: Question>(asker: &Asker, params: Q::Params) -> Result<Told, Refusal> {
    let most = Q::most_tokens(&params).min(budget::MOST_TOKENS);
    let answer = Q::answer(asker, params)?;
    let mut json = json(&answer)?;
    budget::hold(&mut json, most);
    let json = pruned(json).unwrap_or_default();
    let text = budget::head(&foreign::harmless(&Q::text(&answer)), MOST_TEXT);
    Ok(Told { json, text })
}

/// An answer's document: without what is empty, and with others' words made harmless.
pub fn json<A: Serialize>(answer: &A) -> Result<Value, Refusal> {
    let whole =
        serde_json::to_value(answer).map_err(|e| Refusal::internal(format!("the answer could not be written: {e}")))?;
    let mut whole = pruned(whole).unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    foreign::harmless_json(&mut whole);
    Ok(whole)
}

/// Arguments as models write them: numbers and booleans may come as strings, nulls and blanks mean "not given".
fn parse<P: DeserializeOwned + Default>(arguments: Value) -> Result<P, Refusal> {
    let mut fields = match arguments {
        Value::Null => return Ok(P::default()),
        Value::Object(fields) => fields,
        other => return Err(Refusal::user(format!("the arguments must be an object, not {}", kind_of(&other)))),
    };
    fields.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    let names: Vec<String> = fields.keys().cloned().collect();
    for name in names {
        // Each by itself, so that the message can name the one that is wrong.
        let Err(reason) = alone::<P>(&name, &fields[&name]) else { continue };
        let plain = fields[&name].as_str().and_then(|text| serde_json::from_str::<Value>(text.trim()).ok());
        match plain.filter(|plain| (plain.is_number() || plain.is_boolean()) && alone::<P>(&name, plain).is_ok()) {
            Some(plain) => fields[&name] = plain,
            None => return Err(bad_argument(&name, &reason)),
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|e| Refusal::user(format!("bad arguments: {e}")))
}

fn alone<P: DeserializeOwned>(name: &str, value: &Value) -> Result<P, String> {
    let object = Value::Object(std::iter::once((name.to_owned(), value.clone())).collect());
    serde_json::from_value(object).map_err(|e| e.to_string())
}

fn bad_argument(name: &str, reason: &str) -> Refusal {
    Refusal::user(match reason.strip_prefix("unknown field ") {
        Some(rest) => format!("unknown argument {rest}"),
        None => format!("argument `{name}`: {reason}"),
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::String(_) => "a string",
        Value::Number(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
        Value::Object(_) => "an object",
    }
}

/// Nothing null or empty reaches a model, but for money that is unknown. `None`: nothing is left.
fn pruned(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(pruned).filter(|item| !is_empty(item)).collect()))
        }
        Value::Object(fields) => {
            let mut kept = serde_json::Map::new();
            for (name, value) in fields {
                if name == "cost_usd" {
                    kept.insert(name, value);
                } else if let Some(value) = pruned(value)
                    && !is_empty(&value)
                {
                    kept.insert(name, value);
                }
            }
            Some(Value::Object(kept))
        }
        other => Some(other),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// A plain object schema that every client understands: no references, no null types, no exotic formats.
fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = serde_json::to_value(settings.into_generator().into_root_schema_for::<T>()).unwrap_or_default();
    simplify(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.remove("title");
        root.remove("description");
        root.entry("type").or_insert_with(|| "object".into());
        root.entry("properties").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    schema
}

fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("format");
            // An empty list needs no default in words, and numbers that are clamped no bounds of their type.
            if fields.get("minimum").is_some_and(|m| m == 0) {
                fields.remove("minimum");
            }
            let nullable = fields.get("type").and_then(Value::as_array).is_some_and(|t| t.iter().any(|t| t == "null"));
            if fields.remove("x-money").is_some() {
                fields.remove("type");
                fields.insert("anyOf".into(), serde_json::json!([{"type": "number"}, {"type": "null"}]));
                return;
            }
            if nullable {
                let plain = fields["type"].as_array().and_then(|t| t.iter().find(|t| *t != "null").cloned());
                if let Some(plain) = plain {
                    fields.insert("type".into(), plain);
                }
                if fields.get("default").is_some_and(Value::is_null) {
                    fields.remove("default");
                }
            }
            if let Some(Value::Array(any)) = fields.get_mut("anyOf") {
                any.retain(|s| s.get("type").is_none_or(|t| t != "null"));
                if any.len() == 1
                    && let Some(Value::Object(only)) = any.pop()
                {
                    fields.remove("anyOf");
                    for (name, value) in only {
                        fields.entry(name).or_insert(value);
                    }
                    fields.remove("default");
                }
            }
            // What is empty is left out, so nothing in an answer is certain to be there.
            if fields.contains_key("properties") {
                fields.remove("required");
            }
            fields.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct P {
        session_id: String,
        limit: Option<u32>,
        verbose: bool,
    }

    #[test]
    fn arguments_are_taken_as_models_write_them() {
        let parsed: P = parse(json!({"limit": "5", "verbose": "true", "session_id": "404"})).unwrap();
        assert_eq!(parsed, P { session_id: "404".into(), limit: Some(5), verbose: true });
        assert_eq!(parse::<P>(json!({"limit": null, "session_id": ""})).unwrap(), P::default());
        assert_eq!(parse::<P>(Value::Null).unwrap(), P::default());
    }

    #[test]
    fn a_bad_argument_is_named() {
        for (given, want) in [
            (json!({"limit": "many"}), "argument `limit`"),
            (json!({"limitt": 3, "limit": 2}), "unknown argument `limitt`, expected one of `session_id`"),
            (json!([1]), "must be an object"),
            (json!({"limit": -1}), "argument `limit`"),
        ] {
            let refusal = parse::<P>(given).unwrap_err();
            assert!(refusal.message.contains(want), "{}", refusal.message);
        }
    }

    #[test]
    fn what_is_empty_is_left_out_but_for_money() {
        let value = json!({"a": null, "b": [], "c": {"d": ""}, "cost_usd": null, "n": 0, "f": false, "l": [{"x": null, "y": 1}, {"x": ""}]});
        assert_eq!(pruned(value), Some(json!({"cost_usd": null, "n": 0, "f": false, "l": [{"y": 1}]})));
    }

    #[test]
    fn schemas_are_plain() {
        let text = schema::<P>().to_string();
        assert!(!text.contains("null") && !text.contains("format") && !text.contains('$'), "{text}");
        assert!(text.contains("\"additionalProperties\":false"), "{text}");
    }
}
