//! Gemini CLI: its log events. The spans tell the same requests with fewer of their tokens.

use super::said::{Request, Said};
use super::{LOGS, Meaning};
use crate::model::{Agent, Fact, Timing, TokenCounts};

pub struct GeminiCli;

impl Meaning for GeminiCli {
    fn agent(&self) -> Agent {
        Agent::GeminiCli
    }

    fn log(&self, said: &Said<'_>, out: &mut Vec<Fact>) {
        match said.name {
            "gemini_cli.api_response" => request(said, out),
            "gemini_cli.api_error" => {
                if let Some(session) = said.session() {
                    said.failed(session, None, said.any_text(&["error.message", "error"]), out);
                }
            }
            _ => {}
        }
    }
}

fn request(said: &Said<'_>, out: &mut Vec<Fact>) {
    let Some(session) = said.session().filter(|_| said.has("input_token_count")) else { return };
    let (cached, thoughts) = (said.count("cached_content_token_count"), said.count("thoughts_token_count"));
    let request = Request {
        voice: LOGS,
        model: said.text("model").map(str::to_owned),
        tokens: TokenCounts {
            input: (said.count("input_token_count") - cached).max(0) + said.count("tool_token_count"),
            // Thoughts are paid for as output, and told beside it.
            output: said.count("output_token_count") + thoughts,
            cache_read: cached,
            reasoning: thoughts,
            ..TokenCounts::default()
        },
        timing: Timing { duration: said.number("duration_ms"), first_token: None },
        ..Request::default()
    };
    said.request(session, request, out);
}
