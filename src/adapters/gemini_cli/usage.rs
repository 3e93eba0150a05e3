//! Tokens of one response. What was read from a cache is part of the input; thoughts are beside the output, and what
//! tools put into the request beside the input.

use super::parser::{Chat, Context};
use super::wire::Tokens;
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, RequestTraits, Timing, TokenCounts, Told, Usage};

impl Chat {
    pub(super) fn spent(id: &str, model: Option<String>, raw: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(told) = json::object::<Tokens<'_>>(raw) else { return };
        let fields = [told.input, told.output, told.cached, told.thoughts, told.tool];
        if fields.iter().any(|raw| json::int(*raw).is_some_and(|number| number != json::count(*raw))) {
            out.skip("number out of range", context.line);
        }
        let [input, output, cached, thoughts, tool] = fields.map(json::count);
        if input + output + cached + thoughts + tool == 0 {
            return;
        }
        let tokens = TokenCounts {
            input: (input - cached).max(0) + tool,
            output: output + thoughts,
            cache_read: cached,
            reasoning: thoughts,
            ..TokenCounts::default()
        };
        out.facts.push(Fact::Usage(Usage {
            session: context.session.clone(),
            response_id: id.to_owned(),
            request_id: None,
            at: context.at,
            model,
            tokens,
            traits: RequestTraits::default(),
            reported_nanos: None,
            agent_id: context.agent_id.clone(),
            sidechain: context.agent_id.is_some(),
            told: Told::default(),
            timing: Timing::default(),
        }));
    }
}
