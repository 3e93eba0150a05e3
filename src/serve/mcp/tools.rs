//! The questions as tools: how they are listed, and how their answers and refusals are told.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use crate::answer::{AnyQuestion, Kind, Refusal, Told, budget};

/// The one tool that Claude Code shows its model without a search: each of these costs every session its tokens.
const ALWAYS_LOADED: &str = "get_context_bundle";

/// Agents cut an error's text, so what was sent to us is not repeated in full.
const LONGEST_ERROR: usize = 2_000;

/// An answer's schema takes no more of the 3,000 tokens that the list may have, unless its first level does.
const MOST_SCHEMA_TOKENS: usize = 200;
/// No answer nests deeper.
const DEEPEST: usize = 6;

pub(super) fn list(questions: &[AnyQuestion]) -> Vec<Tool> {
    questions.iter().map(tool).collect()
}

fn tool(question: &AnyQuestion) -> Tool {
    let looks_only = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
    let tool = Tool::new(question.name, question.about, object(asked((question.input_schema)())))
        .with_title(question.title)
        .with_raw_output_schema(object(told(&(question.output_schema)())))
        .with_annotations(looks_only);
    if question.name == ALWAYS_LOADED {
        let meta = JsonObject::from_iter([("anthropic/alwaysLoad".to_owned(), json!(true))]);
        return tool.with_meta(MetaObject(meta));
    }
    tool
}

fn object(schema: Value) -> Arc<JsonObject> {
    match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}

/// What a model may send, word for word, but for defaults that say nothing.
fn asked(schema: Value) -> Value {
    let mut schema = schema;
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            if property.get("default").is_some_and(|default| *default == "" || *default == false) {
                property.remove("default");
            }
        }
    }
    schema
}

/// The shape of an answer, as deep as its share of the list allows: every session pays for the list, and models
/// read answers, not their schemas.
fn told(schema: &Value) -> Value {
    let deep = (1..=DEEPEST).rev().map(|levels| shape(schema, levels));
    let mut fitting = deep.filter(|shape| budget::tokens(shape) <= MOST_SCHEMA_TOKENS);
    fitting.next().unwrap_or_else(|| shape(schema, 1))
}

/// Names and types without words; below `levels` of objects only that there is one.
fn shape(schema: &Value, levels: usize) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let parts = |parts: &Value, levels| match parts {
        Value::Object(named) => named.iter().map(|(name, part)| (name.clone(), shape(part, levels))).collect(),
        other => other.clone(),
    };
    let kept = fields.iter().filter_map(|(name, value)| {
        let value = match name.as_str() {
            "description" | "title" | "default" => return None,
            "properties" if levels == 0 => return None,
            "properties" => parts(value, levels - 1),
            "items" | "additionalProperties" => shape(value, levels),
            _ => value.clone(),
        };
        Some((name.clone(), value))
    });
    Value::Object(kept.collect())
}

/// Models can't read protocol errors, so a refusal is a result too; and that there is nothing yet is an answer.
pub(super) fn result(told: Result<Told, Refusal>) -> CallToolResult {
    match told {
        Ok(Told { json, text }) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
            result.structured_content = Some(json);
            result
        }
        Err(refusal) if refusal.kind == Kind::NotReady => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(refusal.to_string())]);
            result.structured_content = Some(note(&refusal));
            result
        }
        Err(refusal) => {
            let sentence = budget::head(&refusal.to_string(), LONGEST_ERROR);
            CallToolResult::error(vec![ContentBlock::text(sentence)])
        }
    }
}

/// Fits every answer's schema.
pub(super) fn note(refusal: &Refusal) -> Value {
    json!({ "note": refusal.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer;

    #[test]
    fn the_whole_list_fits_its_budget() {
        let tools = list(&answer::all());
        let sizes = tools.iter().map(|tool| {
            let (input, output) = (budget::tokens(&tool.input_schema), budget::tokens(&tool.output_schema));
            format!("{}: {} tokens (in {input}, out {output})", tool.name, budget::tokens(tool))
        });
        let sizes = sizes.collect::<Vec<_>>().join("\n");
        let whole = budget::tokens(&json!({ "tools": tools }));
        assert!(whole <= 3_000, "{whole} tokens\n{sizes}");
    }

    #[test]
    fn tools_tell_what_they_do() {
        for tool in list(&answer::all()) {
            let told = serde_json::to_value(&tool).unwrap();
            assert_eq!(
                told["annotations"],
                json!({"readOnlyHint": true, "idempotentHint": true, "openWorldHint": false})
            );
            assert!(!told["title"].as_str().unwrap().is_empty());
            assert!(told["description"].as_str().unwrap().len() <= 400, "{}", tool.name);
            assert_eq!(told["inputSchema"]["type"], "object");
            assert_eq!(told["outputSchema"]["type"], "object");
            // What is said where there is no store yet must be allowed everywhere.
            assert_eq!(told["outputSchema"]["properties"]["note"]["type"], "string", "{}", tool.name);
            assert_eq!(told["_meta"]["anthropic/alwaysLoad"] == json!(true), tool.name == ALWAYS_LOADED);
        }
    }

    #[test]
    fn schemas_keep_their_fields_and_lose_their_words() {
        let inner = json!({"type": "object", "properties": {"title": {"type": "string", "title": "gone"}}});
        let schema = json!({"type": "object", "description": "gone", "properties": {
            "description": {"type": "string", "description": "gone"},
            "named": {"type": "object", "additionalProperties": {"type": "integer", "default": 0}},
            "list": {"type": "array", "items": inner},
        }});
        let whole = shape(&schema, 2);
        assert_eq!(whole["properties"]["description"], json!({"type": "string"}));
        assert_eq!(
            whole["properties"]["named"],
            json!({"type": "object", "additionalProperties": {"type": "integer"}})
        );
        assert_eq!(whole["properties"]["list"]["items"]["properties"], json!({"title": {"type": "string"}}));
        assert_eq!(told(&schema), whole);
        assert_eq!(shape(&schema, 1)["properties"]["list"], json!({"type": "array", "items": {"type": "object"}}));
    }

    #[test]
    fn defaults_that_say_nothing_are_left_out() {
        let schema =
            json!({"properties": {"cwd": {"default": ""}, "all": {"default": false}, "limit": {"default": 5}}});
        assert_eq!(asked(schema), json!({"properties": {"cwd": {}, "all": {}, "limit": {"default": 5}}}));
    }

    #[test]
    fn refusals_are_results() {
        let bad = serde_json::to_value(result(Err(Refusal::user("argument `limit`: no").hint("Use 1 to 5.")))).unwrap();
        assert_eq!(bad["isError"], true);
        assert_eq!(bad["content"][0]["text"], "argument `limit`: no. Use 1 to 5.");
        let early = Refusal { kind: Kind::NotReady, message: "no store yet".into(), hint: Some("Run it.".into()) };
        let early = serde_json::to_value(result(Err(early))).unwrap();
        assert_eq!(early["isError"], false);
        assert_eq!(early["structuredContent"], json!({"note": "no store yet. Run it."}));
    }
}
