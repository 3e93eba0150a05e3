//! The questions as tools: how they are listed, and how their answers and refusals are told.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use crate::answer::{AnyQuestion, Kind, Refusal, Told, budget};

/// The one tool that Claude Code shows its model without a search: each of these costs every session its tokens.
const ALWAYS_LOADED: &str = "get_context_bundle";

/// Agents cut an error's text, so what was sent to us is not repeated in full.
const LONGEST_ERROR: usize = 2_000;

pub(super) fn list(questions: &[AnyQuestion]) -> Vec<Tool> {
    questions.iter().map(tool).collect()
}

fn tool(question: &AnyQuestion) -> Tool {
    let looks_only = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
    let tool = Tool::new(question.name, question.about, object((question.input_schema)()))
        .with_title(question.title)
        .with_raw_output_schema(object(plain((question.output_schema)())))
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

/// Of an answer's schema the shape: every session pays for the list, and models read answers, not their schemas.
fn plain(schema: Value) -> Value {
    let Value::Object(mut fields) = schema else { return schema };
    for words in ["description", "title", "default"] {
        fields.remove(words);
    }
    for (name, value) in &mut fields {
        let parts: &mut dyn Iterator<Item = &mut Value> = match value {
            // Names of fields, not words of the schema language.
            Value::Object(parts) if name == "properties" => &mut parts.values_mut(),
            Value::Array(parts) if matches!(name.as_str(), "anyOf" | "oneOf" | "allOf") => &mut parts.iter_mut(),
            Value::Object(_) => &mut std::iter::once(value),
            _ => continue,
        };
        parts.for_each(|part| *part = plain(part.take()));
    }
    Value::Object(fields)
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
        let mut sizes = String::new();
        for (tool, question) in tools.iter().zip(answer::all()) {
            let output = tool.output_schema.as_deref().map_or(0, budget::tokens);
            let input = budget::tokens(&tool.input_schema);
            sizes += &format!("{}: {} (in {input}, out {output})\n", question.name, budget::tokens(tool));
        }
        let whole = budget::tokens(&json!({ "tools": tools }));
        assert!(whole <= 3_000, "{whole} tokens\n{sizes}");
    }

    #[test]
    fn tools_tell_what_they_do() {
        for tool in list(&answer::all()) {
            let told = serde_json::to_value(&tool).unwrap();
            assert_eq!(told["annotations"], json!({"readOnlyHint": true, "idempotentHint": true, "openWorldHint": false}));
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
        let schema = json!({"type": "object", "description": "gone", "additionalProperties": {"type": "integer", "default": 0},
            "properties": {"description": {"type": "string", "description": "gone"}, "title": {"items": {"title": "gone"}}}});
        assert_eq!(
            plain(schema),
            json!({"type": "object", "additionalProperties": {"type": "integer"},
                "properties": {"description": {"type": "string"}, "title": {"items": {}}}})
        );
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
