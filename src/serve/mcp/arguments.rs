//! Whether arguments fit a tool's schema, for the one case in which the question itself can't be put: no store yet.

use serde_json::Value;

use crate::answer::Refusal;

/// As lenient as the questions are: blanks count as not given, numbers and booleans may come as strings.
///
/// # Errors
/// Names the first argument that is wrong, and what is allowed.
pub(super) fn check(schema: &Value, arguments: &Value) -> Result<(), Refusal> {
    let Some(given) = arguments.as_object() else { return Ok(()) };
    let empty = serde_json::Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null() && value.as_str() != Some("")) {
        let Some(property) = known.get(name) else {
            let names: Vec<_> = known.keys().map(|name| format!("`{name}`")).collect();
            return Err(Refusal::user(format!("unknown argument `{name}`, expected one of {}", names.join(", "))));
        };
        if let Some(wanted) = misfit(property, value) {
            return Err(Refusal::user(format!("argument `{name}`: {value} is not {wanted}")));
        }
    }
    Ok(())
}

/// What was wanted instead of `value`; `None`: it fits.
fn misfit(property: &Value, value: &Value) -> Option<String> {
    let text = value.as_str().map(str::trim);
    // A closed set stands in one list, or in cases where some of its values have words of their own.
    let cases = property["oneOf"].as_array().into_iter().flatten();
    let lists = cases.chain([property]).filter_map(|case| case["enum"].as_array()).flatten();
    let cases = property["oneOf"].as_array().into_iter().flatten();
    let allowed: Vec<&Value> = lists.chain(cases.filter_map(|case| case.get("const"))).collect();
    if !allowed.is_empty() && !allowed.contains(&value) {
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        return Some(format!("one of {}", allowed.join(", ")));
    }
    let (fits, wanted) = match property["type"].as_str()? {
        "integer" => {
            (value.is_i64() || value.is_u64() || text.is_some_and(|t| t.parse::<i64>().is_ok()), "a whole number")
        }
        "number" => (value.is_number() || text.is_some_and(|t| t.parse::<f64>().is_ok()), "a number"),
        "boolean" => (value.is_boolean() || text.is_some_and(|t| t.parse::<bool>().is_ok()), "true or false"),
        "string" => (value.is_string() || value.is_number() || value.is_boolean(), "a string"),
        "array" => (value.is_array(), "a list"),
        "object" => (value.is_object(), "an object"),
        _ => return None,
    };
    (!fits).then(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_named() {
        let schema = json!({"type": "object", "properties": {
            "limit": {"type": "integer"}, "verbose": {"type": "boolean"}, "query": {"type": "string"},
            "period": {"type": "string", "enum": ["today", "7d"]},
            "by": {"oneOf": [{"enum": ["model"]}, {"const": "day", "description": "d"}]},
        }});
        for fine in [
            json!(null),
            json!({"limit": 3, "verbose": "true", "query": "x", "period": "7d", "by": "day"}),
            json!({"limit": "3", "verbose": null, "period": ""}),
        ] {
            assert_eq!(check(&schema, &fine), Ok(()), "{fine}");
        }
        for (bad, want) in [
            (json!({"limit": "many"}), "argument `limit`: \"many\" is not a whole number"),
            (json!({"verbose": 1}), "argument `verbose`: 1 is not true or false"),
            (json!({"query": []}), "argument `query`: [] is not a string"),
            (json!({"period": "1d"}), "argument `period`: \"1d\" is not one of \"today\", \"7d\""),
            (json!({"by": "week"}), "argument `by`: \"week\" is not one of \"model\", \"day\""),
            (json!({"limitt": 3}), "unknown argument `limitt`, expected one of `by`, `limit`"),
        ] {
            let refusal = check(&schema, &bad).unwrap_err();
            assert!(refusal.message.starts_with(want), "{}", refusal.message);
        }
    }
}
