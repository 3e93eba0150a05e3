//! Codex: its log events. Its spans are the program's own inner life, under names that change from version to version.

use super::said::{Ended, Request, Said};
use super::{LOGS, Meaning};
use crate::model::{Agent, CallStatus, Fact, Timing, TokenCounts};

pub struct Codex;

impl Meaning for Codex {
    fn agent(&self) -> Agent {
        Agent::Codex
    }

    fn log(&self, said: &Said<'_>, out: &mut Vec<Fact>) {
        let mut of_thread = Vec::new();
        tell(said, &mut of_thread);
        out.extend(of_thread.into_iter().map(|fact| Fact::OfThread(Box::new(fact))));
    }
}

fn tell(said: &Said<'_>, out: &mut Vec<Fact>) {
    match said.name {
        // Over server-sent events or a socket.
        "codex.sse_event" | "codex.websocket_event" => match said.text("event.kind") {
            Some("response.completed") => request(said, out),
            Some("response.failed") => failed(said, out),
            _ => {}
        },
        "codex.api_request" if said.number("http.response.status_code").is_some_and(|status| status >= 400) => {
            failed(said, out);
        }
        "codex.tool_result" => tool(said, out),
        _ => {}
    }
}

fn request(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some(session) = said.session().filter(|_| said.has("input_token_count")) else { return };
    let (cached, written) = (said.count("cached_token_count"), said.count("cache_write_token_count"));
    let request = Request {
        voice: LOGS,
        model: said.any_text(&["model", "slug"]).map(str::to_owned),
        tokens: TokenCounts {
            // What was cached is part of what went in.
            input: (said.count("input_token_count") - cached - written).max(0),
            output: said.count("output_token_count"),
            cache_read: cached,
            cache_write_other: written,
            reasoning: said.count("reasoning_token_count"),
            ..TokenCounts::default()
        },
        timing: Timing { duration: None, first_token: said.number("ttft_ms") },
        ..Request::default()
    };
    said.request(session, request, out);
}

fn failed(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some(session) = said.session() else { return };
    said.failed(session, None, said.text("error.message"), out);
}

fn tool(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some((session, call_id)) = said.session().zip(said.text("call_id")) else { return };
    // Tools of a server go by a longer name in the records.
    let own = said.text("mcp_server").is_none();
    let ended = Ended {
        call_id: call_id.to_owned(),
        tool: said.text("tool_name").filter(|_| own).map(str::to_owned),
        status: said.truth("success").map(|ok| if ok { CallStatus::Ok } else { CallStatus::Error }),
        duration: said.number("duration_ms"),
        ..Ended::default()
    };
    said.ended(session, ended, out);
}
