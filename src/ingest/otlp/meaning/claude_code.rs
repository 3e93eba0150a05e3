//! Claude Code: log events of every version, and the spans of its beta tracing. Both name the vendor's request, as its
//! transcripts do, so that one request told three times is one.

use super::super::span::Span;
use super::said::{Ended, Request, Said};
use super::{LOGS, Meaning, SPANS};
use crate::model::{Agent, CallStatus, Fact, RequestTraits, Timing, TokenCounts};

pub struct ClaudeCode;

impl Meaning for ClaudeCode {
    fn agent(&self) -> Agent {
        Agent::ClaudeCode
    }

    fn log(&self, said: &Said<'_>, out: &mut Vec<Fact>) {
        match said.name.strip_prefix("claude_code.").unwrap_or(said.name) {
            "api_request" => request(said, LOGS, out),
            "api_error" => failed(said, out),
            "tool_result" => tool(said, out),
            "tool_decision" if said.text("decision") == Some("reject") => denied(said, out),
            _ => {}
        }
    }

    fn span(&self, said: &Said<'_>, _: &Span, out: &mut Vec<Fact>) {
        match said.name {
            "claude_code.llm_request" if said.truth("success") == Some(false) => failed(said, out),
            "claude_code.llm_request" => request(said, SPANS, out),
            "claude_code.tool.execution" => tool(said, out),
            _ => {}
        }
    }
}

fn request(said: &Said<'_>, voice: u8, out: &mut Vec<Fact>) {
    let Some(session) = said.session().filter(|_| said.has("input_tokens") || said.has("output_tokens")) else {
        return;
    };
    let request = Request {
        voice,
        request_id: said.text("request_id").map(str::to_owned),
        model: said.text("model").map(str::to_owned),
        tokens: tokens(said),
        traits: RequestTraits { fast: said.text("speed") == Some("fast"), ..RequestTraits::default() },
        dollars: said.float("cost_usd_micros").map(|micros| micros / 1e6).or_else(|| said.float("cost_usd")),
        timing: Timing { duration: said.number("duration_ms"), first_token: said.number("ttft_ms") },
        ..Request::default()
    };
    said.request(session, request, out);
}

fn tokens(said: &Said<'_>) -> TokenCounts {
    let written = said.count("cache_creation_tokens");
    let (short, long) = (said.count("cache_creation_5m_tokens"), said.count("cache_creation_1h_tokens"));
    let known = short + long == written;
    TokenCounts {
        input: said.count("input_tokens"),
        output: said.count("output_tokens"),
        cache_read: said.count("cache_read_tokens"),
        cache_write_5m: if known { short } else { 0 },
        cache_write_1h: if known { long } else { 0 },
        cache_write_other: if known { 0 } else { written },
        ..TokenCounts::default()
    }
}

/// A request may be tried again and again: each attempt that failed is one.
fn failed(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some(session) = said.session() else { return };
    let attempt = said.text("request_id").map(|id| format!("{id}:{}", said.count("attempt")));
    said.failed(session, attempt.as_deref(), said.any_text(&["error", "error.message"]), out);
}

fn tool(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some((session, call_id)) = said.session().zip(call_id(said)) else { return };
    let ended = Ended {
        call_id,
        tool: said.text("tool_name").map(str::to_owned),
        status: said.truth("success").map(|ok| if ok { CallStatus::Ok } else { CallStatus::Error }),
        duration: said.number("duration_ms"),
        error: said.text("error").map(str::to_owned),
        ..Ended::default()
    };
    said.ended(session, ended, out);
}

fn denied(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some((session, call_id)) = said.session().zip(call_id(said)) else { return };
    let tool = said.text("tool_name").map(str::to_owned);
    said.ended(session, Ended { call_id, tool, status: Some(CallStatus::Denied), ..Ended::default() }, out);
}

fn call_id(said: &Said<'_>) -> Option<String> {
    // Before 2.1.300 it went by another name.
    said.any_text(&["tool_use_id", "use_id", "gen_ai.tool.call.id"]).map(str::to_owned)
}
