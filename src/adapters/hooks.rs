//! What an agent's hooks tell while it works: payloads to [`Fact`]s, and the form that its answers take.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::Parsed;
use super::json::{self, wire};
use crate::model::{Agent, Fact, Millis, RawEvent, SessionId, SessionNote, SourceKind};

/// A payload with what came beside it.
#[derive(Debug, Clone)]
pub struct Posted<'a> {
    pub body: &'a [u8],
    /// When the hook ran.
    pub at: Millis,
    /// Of the delivery: the same one told twice has the same.
    pub key: u64,
    /// The event as the command line named it, for agents whose payload does not.
    pub event: Option<&'a str>,
    /// Variables of the hook's environment that tell an agent or session.
    pub hints: &'a BTreeMap<String, String>,
}

/// Why a session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Startup,
    Resume,
    Clear,
    Compact,
    Fork,
}

/// Where in an agent's work a hook runs, whatever the agent calls it: decides what may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    SessionStart(Start),
    /// A person asked something. `false`: the client spoke under the person's name.
    Prompt {
        by_person: bool,
    },
    BeforeTool,
    AfterTool,
    AfterFailure,
    BeforeCompaction,
    /// `held`: it was held back before, it only plans, or work in the background will wake it: nothing holds it now.
    Stop {
        held: bool,
    },
    SessionEnd,
    Other,
}

/// What one hook call told.
#[derive(Debug)]
pub struct Heard {
    pub parsed: Parsed,
    pub session: Option<SessionId>,
    /// The agent's own spelling.
    pub event: String,
    pub moment: Moment,
    /// Inside a sub-agent.
    pub agent_id: Option<String>,
    pub cwd: Option<String>,
    pub transcript_path: Option<String>,
}

/// An event that the installer registers, and the first version of the client that knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredEvent {
    pub name: &'static str,
    /// `None`: every version with hooks.
    pub since: Option<&'static str>,
    /// Its answer may hold something.
    pub answered: bool,
}

/// One agent's hooks.
pub trait Hooks: Sync {
    /// The events worth registering: those with a use, and none that decides something for the agent.
    fn events(&self) -> &'static [RegisteredEvent];

    /// Every event that its clients have, registered or not.
    fn known(&self) -> &'static [&'static str];

    /// Reads one payload. `None`: not JSON.
    fn read(&self, posted: &Posted<'_>) -> Option<Heard>;

    /// Whether a payload that came under another agent's name is surely this one's: some agents run others' hooks.
    fn wrote(&self, _posted: &Posted<'_>) -> bool {
        false
    }

    /// Completes what a hook told of a call whose end it does not tell, from the last bytes of the transcript that it
    /// names. `false`: nothing was missing, or it is not there (yet).
    fn complete(&self, _heard: &mut Heard, _tail: &[u8]) -> bool {
        false
    }

    /// `text` as the agent takes it into its context for `event`; `None` where it takes none.
    fn context(&self, event: &str, text: &str) -> Option<Value>;

    /// Whether that version of the client shows its model what [`Hooks::context`] gives.
    fn shows(&self, event: &str, _version: Option<&str>) -> bool {
        self.context(event, "").is_some()
    }

    /// The answer that makes a stopping agent go on because of `reason`; `None` where it cannot be held.
    fn hold(&self, _event: &str, _reason: &str) -> Option<Value> {
        None
    }

    /// The answer that leaves it to the person whether the call may run; `None` where the agent does not ask.
    fn ask(&self, _event: &str, _reason: &str) -> Option<Value> {
        None
    }

    /// What is printed before a compaction so that the summary keeps it; `None` where nothing is taken.
    fn keep(&self, _event: &str, _text: &str) -> Option<String> {
        None
    }
}

wire! {
    Payload {
        session_id: "session_id",
        session_id_camel: "sessionId",
        event: "hook_event_name",
        event_camel: "hookName",
        cwd: "cwd",
        tool: "tool_name",
        tool_camel: "toolName",
        transcript_path: "transcript_path",
        transcript_path_camel: "transcriptPath",
    }
}

/// A payload as text; a broken character does not lose the rest.
pub(super) fn body_text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body))
}

/// What can be said of a payload whose agent's hooks we cannot read: that something happened, and where.
pub fn unknown_hook(agent: Agent, posted: &Posted<'_>) -> Option<Heard> {
    let text = body_text(posted.body);
    let payload: Payload<'_> = serde_json::from_str(&text).ok()?;
    let session = json::string(payload.session_id)
        .or_else(|| json::string(payload.session_id_camel))
        .map(|id| SessionId::new(agent, &id));
    let event = json::string(payload.event)
        .or_else(|| json::string(payload.event_camel))
        .or_else(|| posted.event.map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    let cwd = json::string(payload.cwd);
    let mut parsed = Parsed { records: 1, ..Parsed::default() };
    if let (Some(session), Some(_)) = (&session, &cwd) {
        let mut note = SessionNote::new(session.clone());
        note.at = Some(posted.at);
        note.cwd.clone_from(&cwd);
        parsed.facts.push(Fact::Session(note));
    }
    parsed.facts.push(Fact::Event(RawEvent {
        session: session.clone(),
        key: posted.key,
        at: posted.at,
        source: SourceKind::Hook,
        event_type: event.clone(),
        tool: json::string(payload.tool).or_else(|| json::string(payload.tool_camel)),
        payload: Some(text.to_string()),
        compaction: false,
    }));
    Some(Heard {
        parsed,
        session,
        event,
        moment: Moment::Other,
        agent_id: None,
        cwd,
        transcript_path: json::string(payload.transcript_path).or_else(|| json::string(payload.transcript_path_camel)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: &[u8], event: Option<&str>) -> Option<Heard> {
        unknown_hook(Agent::Codex, &Posted { body, at: 7, key: 9, event, hints: &BTreeMap::new() })
    }

    #[test]
    fn of_an_unknown_hook_is_said_that_it_happened_and_where() {
        for (body, event, cwd) in [
            (r#"{"session_id":"s","hook_event_name":"Stop","cwd":"/w","tool_name":"Bash"}"#, "Stop", Some("/w")),
            (r#"{"sessionId":"s","hookName":"agentStop","toolName":"Bash"}"#, "agentStop", None),
            (r#"{"session_id":"s","tool_name":"Bash","cwd":[]}"#, "named", None),
        ] {
            let heard = post(body.as_bytes(), Some("named")).unwrap();
            assert_eq!((heard.event.as_str(), heard.cwd.as_deref()), (event, cwd), "{body}");
            let session = SessionId::new(Agent::Codex, "s");
            let Some(Fact::Event(told)) = heard.parsed.facts.last() else { panic!("{body}") };
            assert_eq!((told.key, told.at, told.tool.as_deref()), (9, 7, Some("Bash")), "{body}");
            assert_eq!((&told.session, told.payload.as_deref()), (&Some(session), Some(body)));
            let note = matches!(heard.parsed.facts.first(), Some(Fact::Session(note)) if note.cwd.is_some());
            assert_eq!(note, cwd.is_some(), "{body}");
        }
        assert_eq!(post(b"{}", None).unwrap().event, "unknown");
        assert!(post(b"hello", None).is_none());
    }

    #[test]
    fn a_payload_with_a_broken_character_is_read() {
        assert_eq!(body_text(b"\xef\xbb\xbf{}"), "{}");
        assert!(post(b"{\"session_id\":\"s\",\"x\":\"\xff\"}", None).unwrap().session.is_some());
    }
}
