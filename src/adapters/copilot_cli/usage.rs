//! Tokens: since 1.0.9x a record tells each request; before, a response says what it came to, and the end of a session
//! what each model took.

use std::collections::BTreeMap;

use super::parser::{Context, Session, time};
use super::state::Numbers;
use super::wire::{Data, ModelMetrics, Snapshot, TokenDetail, TokenDetails, Tokens};
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, Grain, Millis, RequestTraits, SessionId, Timing, TokenCounts, Told, Usage};

/// Of a request that its client made to compact a session.
pub(super) const COMPACTION: &str = "compaction";

/// What one source tells of tokens.
pub(super) struct Spent {
    pub session: SessionId,
    pub id: String,
    pub at: Millis,
    pub model: Option<String>,
    pub numbers: Numbers,
    pub agent_id: Option<String>,
    pub told: Told,
}

impl Spent {
    pub fn tell(self, out: &mut Parsed) {
        let [input, output, cache_read, cache_write, reasoning] = self.numbers;
        if self.numbers.iter().all(|n| *n == 0) {
            return;
        }
        out.facts.push(Fact::Usage(Usage {
            session: self.session,
            response_id: self.id,
            request_id: None,
            at: self.at,
            model: self.model,
            tokens: TokenCounts {
                // What was read from a cache is part of it.
                input: (input - cache_read).max(0),
                output,
                cache_read,
                cache_write_other: cache_write,
                reasoning,
                ..TokenCounts::default()
            },
            traits: RequestTraits::default(),
            reported_nanos: None,
            agent_id: self.agent_id,
            sidechain: false,
            told: self.told,
            timing: Timing::default(),
        }));
    }
}

impl Session {
    pub(super) fn usage_record(&mut self, usage: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(tokens) = json::object::<Tokens<'_>>(usage) else {
            out.skip("usage without tokens", context.line);
            return;
        };
        self.window(json::int(tokens.window), context, out);
        let numbers = numbers(&tokens, context.line, out);
        let within = json::string(tokens.parent_call_id);
        let agent_id = context.agent_id.clone().or_else(|| within.and_then(|call| self.state.agent_of(&call)));
        let aside = json::text(tokens.initiator).as_deref() == Some(COMPACTION);
        let spent = Spent {
            session: context.session.clone(),
            id: json::string(tokens.api_call_id).unwrap_or_else(|| context.id_of(&format!("{numbers:?}"))),
            at: context.at,
            model: json::string(tokens.model),
            numbers,
            agent_id,
            told: Told { grain: if aside { Grain::Aside } else { Grain::Request }, voice: 0 },
        };
        spent.tell(out);
    }

    /// A response says only how long it was.
    pub(super) fn response_came_to(
        data: &Data<'_>,
        message_id: &str,
        model: Option<String>,
        context: &Context,
        out: &mut Parsed,
    ) {
        let spent = Spent {
            session: context.session.clone(),
            id: json::string(data.api_call_id).unwrap_or_else(|| message_id.to_owned()),
            at: context.at,
            model,
            numbers: [0, json::count(data.output_tokens), 0, 0, 0],
            agent_id: context.agent_id.clone(),
            told: Told { grain: Grain::Output, voice: 0 },
        };
        spent.tell(out);
    }

    pub(super) fn compaction_took(&mut self, raw: Raw<'_>, context: &Context, out: &mut Parsed) {
        let Some(tokens) = json::object::<Tokens<'_>>(raw) else { return };
        let spent = Spent {
            session: context.session.clone(),
            id: format!("compaction:{}", context.id_of("")),
            at: context.at,
            model: json::string(tokens.model).or_else(|| self.state.model.clone()),
            numbers: numbers(&tokens, context.line, out),
            agent_id: context.agent_id.clone(),
            told: Told { grain: Grain::Aside, voice: 0 },
        };
        spent.tell(out);
    }

    /// What each model took since the session was started or resumed. Newer versions count on from one end to the
    /// next: then it is what came on top.
    pub(super) fn taken_by_models(&mut self, data: &Data<'_>, context: &Context, out: &mut Parsed) {
        let all = totals(data, context.line, out);
        let began = time(data.session_start);
        let since = self.state.since;
        let before = self.state.over.take().filter(|(over, _)| began.is_none_or(|began| began < *over));
        let goes_on = |before: &BTreeMap<String, Numbers>| {
            let still = |(model, then): (&String, &Numbers)| {
                all.get(model).is_some_and(|now| now.iter().zip(then).all(|(now, then)| now >= then))
            };
            before.iter().all(still)
        };
        let before = before.filter(|(_, before)| goes_on(before));
        let since = match &before {
            Some((over, _)) => Some(*over),
            None => [since, began].into_iter().flatten().min(),
        };
        for (model, now) in &all {
            let then = before.as_ref().and_then(|(_, before)| before.get(model)).copied().unwrap_or_default();
            let mut spent = *now;
            for (now, then) in spent.iter_mut().zip(then) {
                *now -= then;
            }
            let spent = Spent {
                session: context.session.clone(),
                id: format!("{}:{model}", context.id_of("")),
                at: context.at,
                model: Some(model.clone()),
                numbers: spent,
                agent_id: None,
                told: Told { grain: Grain::Sum { since: since.unwrap_or(context.at) }, voice: 0 },
            };
            spent.tell(out);
        }
        self.state.over = Some((context.at, all));
    }
}

fn totals(data: &Data<'_>, line: u64, out: &mut Parsed) -> BTreeMap<String, Numbers> {
    let snapshot: Snapshot<'_> = json::object(data.snapshot).unwrap_or_default();
    let metrics = if json::present(data.model_metrics) { data.model_metrics } else { snapshot.model_metrics };
    let mut all = BTreeMap::new();
    let mut untold = Vec::new();
    json::each(metrics, &mut |model, raw| {
        let metrics: ModelMetrics<'_> = json::object(Some(raw)).unwrap_or_default();
        match json::object::<Tokens<'_>>(metrics.usage) {
            Some(tokens) => {
                all.insert(model.to_owned(), numbers(&tokens, line, out));
            }
            None => untold.push(model.to_owned()),
        }
    });
    // Where only the session as a whole says how many tokens of each kind, and it has one model, they are its.
    if let ([model], true, Some(details)) =
        (untold.as_slice(), all.is_empty(), json::object::<TokenDetails<'_>>(data.token_details))
    {
        let count = |raw| json::count(json::object::<TokenDetail<'_>>(raw).unwrap_or_default().count);
        let cached = count(details.cache_read);
        let told = [count(details.input) + cached, count(details.output), cached, count(details.cache_write), 0];
        all.insert(model.clone(), told);
    }
    all
}

fn numbers(tokens: &Tokens<'_>, line: u64, out: &mut Parsed) -> Numbers {
    let either = |a: Raw<'_>, b| if json::present(a) { json::count(a) } else { json::count(b) };
    let fields = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, tokens.reasoning];
    if fields.iter().any(|raw| json::int(*raw).is_some_and(|told| told != json::count(*raw))) {
        out.skip("number out of range", line);
    }
    [
        either(tokens.input, tokens.input_short),
        either(tokens.output, tokens.output_short),
        either(tokens.cache_read, tokens.cached_short),
        json::count(tokens.cache_write),
        json::count(tokens.reasoning),
    ]
}
