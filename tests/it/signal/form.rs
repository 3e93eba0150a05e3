//! The form of an answer: legal for that agent and event, small, and closed against what comes from outside.

use serde_json::Value;

use super::session::Client;

/// Bytes by four are tokens.
const FULL: usize = 400 * 4;
const DELTA: usize = 150 * 4;

/// What a hook printed.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub event: String,
    /// What the model reads of it, wherever it stands.
    pub text: Option<String>,
    /// A Stop is held, or the user is asked before a tool.
    pub decision: Option<String>,
}

impl Answer {
    /// # Errors
    /// The agent would not take it.
    pub fn of(client: Client, event: &str, printed: &str) -> Result<Self, String> {
        let mut answer = Self { event: event.to_owned(), ..Self::default() };
        if printed.is_empty() {
            return Ok(answer);
        }
        let amiss = |why: &str| Err(format!("the answer to {event} {why}: {printed}"));
        if event == "PreCompact" && client == Client::Claude {
            if printed.trim_start().starts_with('{') {
                return amiss("is no plain text");
            }
            answer.text = Some(printed.trim_end().to_owned());
            return Ok(answer);
        }
        let Ok(Value::Object(said)) = serde_json::from_str(printed) else { return amiss("is no JSON object") };
        let keys: Vec<&str> = said.keys().map(String::as_str).collect();
        if event == "Stop" {
            if keys != ["decision", "reason"] || said["decision"] != "block" {
                return amiss("is no block");
            }
            answer.decision = Some("block".to_owned());
            answer.text = said["reason"].as_str().map(str::to_owned);
            return if answer.text.is_some() { Ok(answer) } else { amiss("has no reason") };
        }
        let takes: &[&str] = match client {
            Client::Claude => &["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure"],
            Client::Codex => &["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"],
        };
        let Some(Value::Object(inner)) = said.get("hookSpecificOutput").filter(|_| keys.len() == 1) else {
            return amiss("has other keys");
        };
        if !takes.contains(&event) || inner.get("hookEventName").is_none_or(|name| name != event) {
            return amiss("is not for this event");
        }
        for (name, value) in inner {
            match (name.as_str(), value) {
                ("hookEventName", _) => {}
                ("additionalContext", Value::String(text)) => answer.text = Some(text.clone()),
                ("permissionDecision", Value::String(how)) if event == "PreToolUse" && how == "ask" => {
                    answer.decision = Some(how.clone());
                }
                ("permissionDecisionReason", Value::String(text)) if event == "PreToolUse" => {
                    answer.text = Some(text.clone());
                }
                _ => return amiss("has a key that is not legal there"),
            }
        }
        if answer.text.is_none() { amiss("says nothing") } else { Ok(answer) }
    }

    /// What is wrong with the words. `full`: nothing was said to this session before, or it begins anew.
    pub fn flaw(&self, full: bool) -> Option<String> {
        let text = self.text.as_deref()?;
        let most = if full || matches!(self.event.as_str(), "SessionStart" | "PreCompact") { FULL } else { DELTA };
        if text.len() > most {
            return Some(format!("{} bytes at {}: {text}", text.len(), self.event));
        }
        // A reason stands in a place of its own.
        if self.decision.is_some() && !text.contains("tma1-context") {
            return None;
        }
        let inside = text.strip_prefix("<tma1-context>\n").and_then(|rest| rest.strip_suffix("\n</tma1-context>"));
        let Some(inside) = inside else { return Some(format!("not in its block at {}: {text}", self.event)) };
        let is_line = |line: &str| {
            line.split_once(": ").is_some_and(|(name, value)| {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ' ';
                !name.is_empty() && name.chars().all(plain) && !value.trim().is_empty()
            })
        };
        let odd =
            inside.lines().find(|line| !is_line(line) || line.contains(['<', '>']) || line.contains(char::is_control));
        odd.map(|line| format!("a line that is none at {}: {line}", self.event))
    }
}
