//! Tokens of one model request and what they cost.

use serde::{Deserialize, Serialize};

use super::{Millis, SessionId, Told};

/// Tokens of one request, in buckets that never overlap (reasoning is the one informational subset, of `output`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCounts {
    /// Prompt tokens that neither came from nor went into a cache.
    pub input: i64,
    /// Everything the model produced, reasoning included.
    pub output: i64,
    pub cache_read: i64,
    pub cache_write_5m: i64,
    pub cache_write_1h: i64,
    /// Cache writes of vendors that do not name a lifetime.
    pub cache_write_other: i64,
    /// The part of `output` that was reasoning, where the agent says so.
    pub reasoning: i64,
    pub web_searches: i64,
}

impl TokenCounts {
    /// Everything written to a cache, whatever its lifetime.
    pub fn cache_creation(&self) -> i64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h).saturating_add(self.cache_write_other)
    }

    /// What the request sent to the model: the size of the context at that moment.
    pub fn prompt_total(&self) -> i64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_creation())
    }

    /// The larger of each bucket: agents write a request several times, early records with partial counts.
    #[must_use]
    pub fn max(&self, other: &Self) -> Self {
        // Lifetimes are parts of one number: they are taken together, or the sum would be nobody's.
        let lifetimes = |t: &Self| (t.cache_creation(), t.cache_write_1h, t.cache_write_5m);
        let written = if lifetimes(self) >= lifetimes(other) { self } else { other };
        Self {
            input: self.input.max(other.input),
            output: self.output.max(other.output),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write_5m: written.cache_write_5m,
            cache_write_1h: written.cache_write_1h,
            cache_write_other: written.cache_write_other,
            reasoning: self.reasoning.max(other.reasoning),
            web_searches: self.web_searches.max(other.web_searches),
        }
    }
}

/// What, besides model and tokens, decides the price of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestTraits {
    /// The vendor's fast mode (Claude `usage.speed == "fast"`).
    pub fast: bool,
    /// Inference pinned to the United States (Claude `usage.inference_geo == "us"`).
    pub us_only: bool,
    /// Billing tier as the vendor spells it: `standard`, `priority`, `flex`, `batch`.
    pub service_tier: Option<String>,
    /// Tokens of several requests together: how long each prompt was is not known.
    pub several: bool,
}

/// Where a cost figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// The agent itself said how much.
    Reported,
    /// Tokens times the price table.
    Estimated,
    /// The model is not in the table, or tokens are missing.
    Unknown,
}

/// Money for one request, in billionths of a US dollar (0.01 USD per million tokens is 10 a token).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// `None` exactly when the basis is `Unknown`.
    pub nanos: Option<i64>,
    pub basis: CostBasis,
}

/// One model request, as the ledger keeps it. Seen again, it merges by taking the larger counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    pub session: SessionId,
    /// Identity of the model's response (`message.id`); unique per agent.
    pub response_id: String,
    /// The vendor's request id, where written.
    pub request_id: Option<String>,
    pub at: Millis,
    pub model: Option<String>,
    pub tokens: TokenCounts,
    pub traits: RequestTraits,
    /// Money the agent reported for this request, in billionths of a dollar.
    pub reported_nanos: Option<i64>,
    pub agent_id: Option<String>,
    /// Written on a side thread of the conversation: such copies may carry another request id.
    pub sidechain: bool,
    /// How much of the request this says, and who says it.
    pub told: Told,
    pub timing: Timing,
}

/// How long a request took, in milliseconds, where somebody measured it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    pub duration: Option<i64>,
    /// Until the first token came.
    pub first_token: Option<i64>,
}

impl Timing {
    /// The larger of both: a request that was tried again took the longer time.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { duration: self.duration.max(other.duration), first_token: self.first_token.max(other.first_token) }
    }
}

/// A request that the model did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRequest {
    pub session: SessionId,
    /// Tells the same failure, told twice, from another one.
    pub key: u64,
    pub at: Millis,
    pub model: Option<String>,
    /// Of HTTP.
    pub status: Option<i64>,
    /// What kind of error, in the agent's own words.
    pub kind: Option<String>,
    pub message: Option<String>,
    pub duration_ms: Option<i64>,
    pub agent_id: Option<String>,
}

impl Usage {
    /// Adds what `other`, told of the same request, knows more.
    pub fn absorb(&mut self, other: Self) {
        // A record of the main thread decides: side threads hold copies of it, at times under another request id.
        if self.sidechain && !other.sidechain {
            self.session = other.session;
            self.request_id = other.request_id;
            self.agent_id = other.agent_id;
            self.sidechain = false;
        }
        self.told = self.told.absorb(other.told);
        self.at = self.at.min(other.at);
        self.tokens = self.tokens.max(&other.tokens);
        self.model = self.model.take().or(other.model);
        self.reported_nanos = self.reported_nanos.max(other.reported_nanos);
        self.timing = self.timing.max(other.timing);
        self.traits.fast |= other.traits.fast;
        self.traits.us_only |= other.traits.us_only;
        self.traits.service_tier = self.traits.service_tier.take().or(other.traits.service_tier);
    }
}
