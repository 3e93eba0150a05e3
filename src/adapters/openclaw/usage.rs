//! Tokens of one model response, and what the client says they cost.

use super::parser::Context;
use super::wire::{Cost, Message, Meta, Tokens};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, RequestTraits, Timing, TokenCounts, Told, Usage};

pub(super) fn spent(message: &Message<'_>, model: Option<String>, context: &Context, out: &mut Parsed) {
    let Some(told) = json::object::<Tokens<'_>>(message.usage).filter(|_| !told_by_another_agent(message)) else {
        return;
    };
    let tokens = counts(&told, context, out);
    let cost: Cost<'_> = json::object(told.cost).unwrap_or_default();
    if tokens == TokenCounts::default() {
        return;
    }
    out.facts.push(Fact::Usage(Usage {
        session: context.session.clone(),
        response_id: context.key.clone(),
        request_id: None,
        at: context.at,
        model,
        tokens,
        traits: RequestTraits::default(),
        reported_nanos: nanos(cost.total),
        agent_id: context.agent_id.clone(),
        sidechain: context.agent_id.is_some(),
        told: Told::default(),
        timing: Timing::default(),
    }));
}

/// A turn that another agent's program ran is in that agent's own history, with its tokens.
fn told_by_another_agent(message: &Message<'_>) -> bool {
    let is = |raw, names: &[&str]| json::text(raw).is_some_and(|text| names.contains(&&*text));
    is(message.api, &["cli"]) || is(message.provider, &["claude-cli", "codex-cli"])
}

/// What was written before an import from another agent's history is that agent's.
pub(super) fn imported(message: &Message<'_>) -> bool {
    let meta: Meta<'_> = json::object(message.meta).unwrap_or_default();
    json::text(meta.mirror_origin).is_some_and(|origin| origin.ends_with("catalog-import"))
}

fn counts(told: &Tokens<'_>, context: &Context, out: &mut Parsed) -> TokenCounts {
    let all = [told.input, told.output, told.cache_read, told.cache_write, told.cache_write_1h, told.reasoning];
    if all.iter().any(|raw| json::int(*raw).is_some_and(|told| told != json::count(*raw))) {
        out.skip("number out of range", context.line);
    }
    let [input, output, cache_read, written, for_an_hour, reasoning] = all.map(json::count);
    let cache_write_1h = for_an_hour.min(written);
    TokenCounts {
        input,
        output,
        cache_read,
        cache_write_1h,
        cache_write_other: written - cache_write_1h,
        // It is part of the output, and says no more than that.
        reasoning: reasoning.min(output),
        ..TokenCounts::default()
    }
}

/// Billionths of a dollar. Nothing at all is what it says of models whose price it does not know.
fn nanos(raw: Raw<'_>) -> Option<i64> {
    let dollars: f64 = json::text(raw)?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let nanos = (dollars * 1e9).round() as i64;
    (nanos > 0 && dollars < 1e6).then_some(nanos)
}
