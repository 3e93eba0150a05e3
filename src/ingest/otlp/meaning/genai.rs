//! Any program that follows OpenTelemetry's conventions for generative AI, in their current and older names, or those of
//! OpenInference.

use super::super::span::Span;
use super::said::{Ended, Request, Said};
use super::{LOGS, SPANS};
use crate::model::{CallStatus, Fact, SessionId, Timing, TokenCounts};

/// Operations that are one request of a model. Agents and workflows around them repeat the sums.
const REQUESTS: [&str; 6] = ["chat", "text_completion", "generate_content", "embeddings", "completion", "message"];

const INPUT: [&str; 4] =
    ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt"];
const OUTPUT: [&str; 4] = [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
];
const CACHE_READ: [&str; 4] = [
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cached_input_tokens",
    "llm.token_count.prompt_details.cache_read",
];
const CACHE_WRITE: [&str; 4] = [
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "llm.token_count.prompt_details.cache_write",
];
const REASONING: [&str; 3] = [
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
];
const MODEL: [&str; 3] = ["gen_ai.response.model", "gen_ai.request.model", "llm.model_name"];
/// Seconds.
const FIRST: [&str; 4] = [
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.response.time_to_first_token",
    "gen_ai.server.time_to_first_token",
    "github.copilot.time_to_first_chunk",
];

/// The event that tells a request where no span does.
const DETAILS: &str = "gen_ai.client.inference.operation.details";

pub fn span(said: &Said<'_>, span: &Span, out: &mut Vec<Fact>) {
    match said.text("gen_ai.operation.name") {
        Some("execute_tool") => tool(said, span, out),
        Some(operation) if !REQUESTS.contains(&operation) => {}
        None if said.text("openinference.span.kind").is_some_and(|kind| kind != "LLM") => {}
        _ if told(said) => request(said, session(said, &span.trace_id), duration(span), SPANS, out),
        Some(_) if span.status == 2 => {
            let Some(session) = session(said, &span.trace_id) else { return };
            said.failed(session, None, Some(span.message.as_str()).filter(|text| !text.is_empty()), out);
        }
        _ => {}
    }
}

pub fn log(said: &Said<'_>, trace_id: &str, out: &mut Vec<Fact>) {
    if said.name == DETAILS && told(said) {
        request(said, session(said, trace_id), None, LOGS, out);
    }
}

fn told(said: &Said<'_>) -> bool {
    said.any_number(&INPUT).is_some() || said.any_number(&OUTPUT).is_some()
}

/// Programs that name no conversation have one for each trace.
fn session(said: &Said<'_>, trace_id: &str) -> Option<SessionId> {
    said.session().or_else(|| (!trace_id.is_empty()).then(|| said.session_of(trace_id)))
}

fn request(said: &Said<'_>, session: Option<SessionId>, duration: Option<i64>, voice: u8, out: &mut Vec<Fact>) {
    let Some(session) = session else { return };
    let count = |names: &[&str]| said.any_number(names).unwrap_or(0);
    let (input, read, written) = (count(&INPUT), count(&CACHE_READ), count(&CACHE_WRITE));
    let request = Request {
        voice,
        response_id: said.text("gen_ai.response.id").map(str::to_owned),
        model: said.any_text(&MODEL).map(str::to_owned),
        tokens: TokenCounts {
            // By the conventions what was cached is part of it; some do not keep to them.
            input: if read + written <= input { input - read - written } else { input },
            output: count(&OUTPUT),
            cache_read: read,
            cache_write_other: written,
            reasoning: count(&REASONING),
            ..TokenCounts::default()
        },
        timing: Timing { duration, first_token: FIRST.iter().find_map(|name| said.float(name)).map(milliseconds) },
        ..Request::default()
    };
    said.request(session, request, out);
}

fn tool(said: &Said<'_>, span: &Span, out: &mut Vec<Fact>) {
    let Some(session) = session(said, &span.trace_id) else { return };
    let exit_code = said.number("process.exit.code").and_then(|code| i32::try_from(code).ok());
    let failed = span.status == 2 || said.has("error.type") || exit_code.is_some_and(|code| code != 0);
    let id = said.any_text(&["gen_ai.tool.call.id", "gen_ai.tool.call_id"]).unwrap_or(&span.span_id);
    let ended = Ended {
        call_id: id.to_owned(),
        tool: said.text("gen_ai.tool.name").filter(|name| !is_hashed(name)).map(str::to_owned),
        status: Some(if failed { CallStatus::Error } else { CallStatus::Ok }),
        duration: duration(span),
        error: Some(span.message.clone()).filter(|text| !text.is_empty()),
        exit_code,
        ..Ended::default()
    };
    if !ended.call_id.is_empty() {
        said.ended(session, ended, out);
    }
}

/// Names of servers and tools that are not to be known.
fn is_hashed(name: &str) -> bool {
    name.len() >= 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'/')
}

fn duration(span: &Span) -> Option<i64> {
    let nanos = span.end.checked_sub(span.start).filter(|_| span.start > 0)?;
    i64::try_from(nanos / 1_000_000).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "within bounds")]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1e3).round().clamp(0.0, 1e12) as i64
}
