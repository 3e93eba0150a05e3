//! What comes back from tools that answer in JSON, and what a call says beside its outcome.

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::content_text;
use super::wire::{Arguments, McpResult};
use crate::adapters::json::{self, Raw};

pub(super) fn mcp_failed(result: &McpResult<'_>) -> bool {
    json::present(result.err) || json::flag(result.is_error) || json::flag(result.is_error_snake)
}

/// The text blocks of an MCP result, else what it is as JSON.
pub(super) fn mcp_text(raw: Raw<'_>) -> Option<String> {
    let value = raw.filter(|raw| raw.get() != "null")?;
    let result: McpResult<'_> = json::object(raw).unwrap_or_default();
    let text = if result.is_object { content_text(result.content) } else { content_text(raw) };
    let text = if text.is_empty() { value.get().to_owned() } else { text.into_owned() };
    Some(text).filter(|text| !matches!(text.as_str(), "" | "[]" | "{}" | "\"\""))
}

/// What a sub-agent was started for, in few words.
pub(super) fn task(arguments: &Arguments<'_>) -> Option<String> {
    json::string(arguments.task_name)
        .or_else(|| json::string(arguments.message))
        .or_else(|| json::string(arguments.prompt))
}

pub(super) fn content_hash(content: &str) -> i64 {
    xxh3_64(content.as_bytes()).cast_signed()
}
