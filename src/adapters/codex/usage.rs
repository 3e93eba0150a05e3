//! Tokens of one request. Since 0.150 a record tells each; before, and beside it, a counter tells the newest request
//! and the sum of all, at times twice.

use super::parser::{Context, Rollout};
use super::wire::{Payload, TokenInfo, Tokens, UsageRecord};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, RequestTraits, SessionNote, Timing, TokenCounts, Told, Usage};

impl Rollout {
    pub(super) fn usage_record(&mut self, payload: Raw<'_>, context: &Context, out: &mut Parsed) {
        let record: UsageRecord<'_> = json::object(payload).unwrap_or_default();
        let Some(tokens) = json::object::<Tokens<'_>>(record.usage) else {
            out.skip("usage without tokens", context.line);
            return;
        };
        self.state.records = true;
        let numbers = numbers(&tokens, context, out);
        let id = json::string(record.response_id).unwrap_or_else(|| context.id_of(&format!("{numbers:?}")));
        self.spent(id, json::string(record.model), numbers, context, out);
    }

    pub(super) fn token_count(&mut self, payload: &Payload<'_>, context: &Context, out: &mut Parsed) {
        let info: TokenInfo<'_> = json::object(payload.info).unwrap_or_default();
        self.window(json::int(info.window), context, out);
        let read = |raw| json::object::<Tokens<'_>>(raw);
        let (total, last) = (read(info.total), read(info.last));
        if self.state.records || (total.is_none() && last.is_none()) {
            return;
        }
        let total = total.map(|total| numbers(&total, context, out));
        let before = self.state.total;
        if total.is_some() {
            if total == before {
                return;
            }
            self.state.total = total;
        }
        let newest = match (last, total) {
            (Some(last), _) => numbers(&last, context, out),
            (None, Some(total)) => since(total, before),
            (None, None) => return,
        };
        // The sum is in the id: two requests of the same size are two.
        let id = context.id_of(&format!("{:?}", total.unwrap_or(newest)));
        self.spent(id, None, newest, context, out);
    }

    /// How much the model's context holds: said with every count, told when it is another.
    fn window(&mut self, said: Option<i64>, context: &Context, out: &mut Parsed) {
        let Some(window) = said.filter(|window| *window > 0) else { return };
        if context.agent_id.is_none() && self.state.window != Some(window) {
            self.state.window = Some(window);
            let mut note = SessionNote::new(context.session.clone());
            note.window = Some(window);
            out.facts.push(Fact::Session(note));
        }
    }

    fn spent(&self, id: String, model: Option<String>, numbers: [i64; 6], context: &Context, out: &mut Parsed) {
        let [input, cached, written, output, reasoning, _] = numbers;
        if input == 0 && output == 0 {
            return;
        }
        let tokens = TokenCounts {
            // What was read from or written to a cache is part of it.
            input: (input - cached - written).max(0),
            output,
            cache_read: cached,
            cache_write_other: written,
            reasoning,
            ..TokenCounts::default()
        };
        let service_tier =
            self.state.tier.clone().map(|tier| if tier == "fast" { "priority".to_owned() } else { tier });
        out.facts.push(Fact::Usage(Usage {
            session: context.session.clone(),
            response_id: id,
            request_id: None,
            at: context.at,
            model: model.or_else(|| self.state.model.clone()),
            tokens,
            traits: RequestTraits { service_tier, ..RequestTraits::default() },
            reported_nanos: None,
            agent_id: context.agent_id.clone(),
            sidechain: context.agent_id.is_some(),
            told: Told::default(),
            timing: Timing::default(),
        }));
    }
}

fn numbers(tokens: &Tokens<'_>, context: &Context, out: &mut Parsed) -> [i64; 6] {
    let fields = [tokens.input, tokens.cached, tokens.cache_write, tokens.output, tokens.reasoning, tokens.total];
    if fields.iter().any(|raw| json::int(*raw).is_some_and(|told| told != json::count(*raw))) {
        out.skip("number out of range", context.line);
    }
    fields.map(json::count)
}

/// What was spent between two sums; a sum that fell was counted anew.
fn since(total: [i64; 6], before: Option<[i64; 6]>) -> [i64; 6] {
    let before = before.filter(|before| total.iter().zip(before).all(|(now, then)| now >= then)).unwrap_or_default();
    let mut spent = total;
    for (now, then) in spent.iter_mut().zip(before) {
        *now -= then;
    }
    spent
}
