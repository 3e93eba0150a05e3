//! What telemetry means: requests and their tokens, tool calls, failures. One file an agent; whatever nobody understands
//! is kept all the same, as it was told.

mod claude_code;
mod codex;
mod copilot_cli;
mod gemini_cli;
mod genai;
mod said;
#[cfg(test)]
mod tests;

use self::said::Said;
use super::log::Record;
use super::origin::{Keeping, Origin, agent_of};
use super::span::Span;
use crate::model::{Agent, Fact};

/// Who tells a request: the agent's own records are 0, its tables 1.
const LOGS: u8 = 2;
const SPANS: u8 = 3;

/// How one agent's telemetry is understood.
trait Meaning: Sync {
    fn agent(&self) -> Agent;

    fn log(&self, _said: &Said<'_>, _out: &mut Vec<Fact>) {}

    fn span(&self, _said: &Said<'_>, _span: &Span, _out: &mut Vec<Fact>) {}
}

static ALL: &[&dyn Meaning] =
    &[&claude_code::ClaudeCode, &codex::Codex, &copilot_cli::CopilotCli, &gemini_cli::GeminiCli];

/// OpenClaw's telemetry names no session, and what it spends is in its records: told here, it would count twice.
const UNHEARD: &[Agent] = &[Agent::Openclaw];

enum Whose {
    Agents(&'static dyn Meaning),
    /// Any program's that follows the conventions for generative AI.
    Programs(Agent),
    Nobodys,
}

fn whose(origin: &Origin) -> Whose {
    let Some(service) = origin.service() else { return Whose::Nobodys };
    let agent = agent_of(service).unwrap_or_else(|| Agent::of_name(service));
    if UNHEARD.contains(&agent) {
        return Whose::Nobodys;
    }
    ALL.iter().find(|one| one.agent() == agent).map_or(Whose::Programs(agent), |one| Whose::Agents(*one))
}

/// What a log record tells besides itself.
pub fn of_log(origin: &Origin, record: &Record, key: u64, keeping: Keeping) -> Vec<Fact> {
    let mut out = Vec::new();
    let name = record.event();
    let (attributes, nanos) = (&record.attributes, record.told());
    match whose(origin) {
        Whose::Agents(meaning) => {
            let said = Said::new(meaning.agent(), origin, name, attributes, nanos, key, keeping);
            meaning.log(&said, &mut out);
        }
        Whose::Programs(agent) => {
            genai::log(&Said::new(agent, origin, name, attributes, nanos, key, keeping), &record.trace_id, &mut out);
        }
        Whose::Nobodys => {}
    }
    out
}

/// What a span tells besides itself.
pub fn of_span(origin: &Origin, span: &Span, key: u64, keeping: Keeping) -> Vec<Fact> {
    let mut out = Vec::new();
    // It is told when it has ended, and what it tells is known then.
    let nanos = if span.end > 0 { span.end } else { span.start };
    let said = |agent| Said::new(agent, origin, &span.name, &span.attributes, nanos, key, keeping);
    match whose(origin) {
        Whose::Agents(meaning) => meaning.span(&said(meaning.agent()), span, &mut out),
        Whose::Programs(agent) => genai::span(&said(agent), span, &mut out),
        Whose::Nobodys => {}
    }
    out
}
