//! A log record or span as its agent's file reads it: attributes in whatever type they come, and the facts made of them.

use serde_json::{Map, Value};

use super::super::origin::{Keeping, Origin, text};
use crate::model::{
    Agent, CallStatus, Fact, FailedRequest, Grain, Millis, RequestTraits, SessionId, Timing, TokenCounts, Told,
    ToolCall, ToolKind, Usage,
};

/// No request has more tokens.
const MOST: f64 = 1e12;

pub struct Said<'a> {
    agent: Agent,
    origin: &'a Origin,
    /// Of the event or span.
    pub name: &'a str,
    attributes: &'a Map<String, Value>,
    pub at: Millis,
    /// Tells it from every other one.
    key: u64,
    pub keeping: Keeping,
}

/// One request, as far as it is told.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "the vendors' own names")]
pub struct Request {
    pub voice: u8,
    /// Of the model's response.
    pub response_id: Option<String>,
    pub request_id: Option<String>,
    pub model: Option<String>,
    pub tokens: TokenCounts,
    pub traits: RequestTraits,
    pub dollars: Option<f64>,
    pub timing: Timing,
}

/// The end of a call, as far as it is told.
#[derive(Default)]
pub struct Ended {
    pub call_id: String,
    pub tool: Option<String>,
    pub kind: Option<ToolKind>,
    pub status: Option<CallStatus>,
    pub duration: Option<i64>,
    pub error: Option<String>,
    pub exit_code: Option<i32>,
}

impl<'a> Said<'a> {
    pub fn new(
        agent: Agent,
        origin: &'a Origin,
        name: &'a str,
        attributes: &'a Map<String, Value>,
        nanos: u64,
        key: u64,
        keeping: Keeping,
    ) -> Self {
        let at = keeping.moment(nanos).unwrap_or(keeping.now);
        Self { agent, origin, name, attributes, at, key, keeping }
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        text(self.attributes, name)
    }

    /// The first of these that there is.
    pub fn any_text(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A number, also as text.
    pub fn float(&self, name: &str) -> Option<f64> {
        let value = self.attributes.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
    }

    #[expect(clippy::cast_possible_truncation, reason = "within bounds")]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.float(name).map(|number| number.clamp(0.0, MOST) as i64)
    }

    pub fn any_number(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| self.number(name))
    }

    /// Tokens or the like: none where none are told.
    pub fn count(&self, name: &str) -> i64 {
        self.number(name).unwrap_or(0)
    }

    /// A truth, also as text.
    pub fn truth(&self, name: &str) -> Option<bool> {
        match self.attributes.get(name)? {
            Value::Bool(yes) => Some(*yes),
            Value::String(word) => word.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// The session that the agent names.
    pub fn session(&self) -> Option<SessionId> {
        const NAMES: [&str; 4] = ["session.id", "conversation.id", "gen_ai.conversation.id", "langfuse.session.id"];
        let id = self.any_text(&NAMES).or_else(|| text(&self.origin.resource, "session.id"))?;
        Some(self.session_of(id))
    }

    pub fn session_of(&self, id: &str) -> SessionId {
        SessionId::new(self.agent, &self.keeping.short(id).unwrap_or_default())
    }

    fn agent_id(&self) -> Option<String> {
        self.text("agent_id").and_then(|id| self.keeping.short(id))
    }

    pub fn request(&self, session: SessionId, request: Request, out: &mut Vec<Fact>) {
        let short = |text: &Option<String>| text.as_deref().and_then(|text| self.keeping.short(text));
        let own = match (&request.response_id, &request.request_id) {
            (Some(id), _) => id.clone(),
            // In a name of their own: records have ids of another kind here.
            (None, Some(id)) => format!("otlp:{}:{id}", request.voice),
            (None, None) => format!("otlp:{:016x}", self.key),
        };
        out.push(Fact::Usage(Usage {
            session,
            response_id: own,
            request_id: short(&request.request_id),
            at: self.at,
            model: short(&request.model),
            tokens: request.tokens,
            traits: request.traits,
            reported_nanos: request.dollars.and_then(nanos),
            agent_id: self.agent_id(),
            sidechain: false,
            told: Told { grain: Grain::Request, voice: request.voice },
            timing: request.timing,
        }));
    }

    /// A request that failed; `what` tells it from others of the session that failed.
    pub fn failed(&self, session: SessionId, what: Option<&str>, message: Option<&str>, out: &mut Vec<Fact>) {
        const STATUS: [&str; 3] = ["status_code", "http.response.status_code", "http.status_code"];
        const KIND: [&str; 3] = ["error_class", "error.type", "error_type"];
        const MODEL: [&str; 4] = ["model", "gen_ai.response.model", "gen_ai.request.model", "model_name"];
        let key = match what {
            Some(what) => xxhash_rust::xxh3::xxh3_64(format!("{}\0{}\0{what}", self.agent, session.id).as_bytes()),
            None => self.key,
        };
        let short = |text: Option<&str>| text.and_then(|text| self.keeping.short(text));
        out.push(Fact::FailedRequest(FailedRequest {
            session,
            key,
            at: self.at,
            model: short(self.any_text(&MODEL)),
            status: self.any_number(&STATUS),
            kind: short(self.any_text(&KIND)),
            message: short(message).filter(|_| self.keeping.content()),
            duration_ms: self.number("duration_ms"),
            agent_id: self.agent_id(),
        }));
    }

    pub fn ended(&self, session: SessionId, ended: Ended, out: &mut Vec<Fact>) {
        let mut call = ToolCall::new(session, ended.call_id);
        call.tool = ended.tool.and_then(|tool| self.keeping.short(&tool));
        call.kind = ended.kind;
        call.started_at = ended.duration.map(|duration| self.at - duration);
        call.ended_at = Some(self.at);
        call.duration_ms = ended.duration;
        call.status = ended.status;
        call.error = ended.error.and_then(|error| self.keeping.short(&error)).filter(|_| self.keeping.content());
        call.exit_code = ended.exit_code;
        call.agent_id = self.agent_id();
        out.push(Fact::ToolCall(call));
    }
}

/// Billionths of a dollar.
fn nanos(dollars: f64) -> Option<i64> {
    const MOST_NANOS: f64 = 1e15;
    #[expect(clippy::cast_possible_truncation, reason = "within bounds")]
    (dollars >= 0.0).then(|| (dollars * 1e9).round().min(MOST_NANOS) as i64)
}
