//! Tool calls as hooks tell them: before and after, without the call's id. What was asked and when tells which call of
//! the chat is meant.

use super::Telling;
use super::payload::{Details, Failure, Payload, ToolResponse};
use crate::adapters::gemini_cli::calls::{Touches, end};
use crate::adapters::gemini_cli::wire::Display;
use crate::adapters::gemini_cli::{outcome, prompts, tools};
use crate::adapters::{Parsed, json, unnamed};
use crate::model::{CallAsked, CallStatus, Fact, ToolCall, ToolKind, UNNAMED_ID, Unnamed};

/// There is one registration of ours for each event; a second one tells the same moment.
const VOICE: u8 = 0;

/// Why a call failed, in the client's own eyes.
pub(super) fn failure(payload: &Payload<'_>) -> Option<String> {
    let response: ToolResponse<'_> = json::object(payload.tool_response).unwrap_or_default();
    if !json::present(response.error) {
        return None;
    }
    let told: Failure<'_> = json::object(response.error).unwrap_or_default();
    Some(json::string(told.message).unwrap_or_else(|| prompts::text_of(response.content)))
}

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some((mut call, _)) = self.call(true) else { return };
        call.started_at = Some(self.at);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some((mut call, kind)) = self.call(false) else { return };
        let response: ToolResponse<'_> = json::object(self.payload.tool_response).unwrap_or_default();
        let display: Display<'_> = json::object(response.display).unwrap_or_default();
        let failed = failure(&self.payload);
        let ended = if failed.is_some() { CallStatus::Error } else { CallStatus::Ok };
        let text = failed.unwrap_or_else(|| prompts::text_of(response.content));
        end(&mut call, self.at, &outcome::of(&text, Some(ended), kind));
        if kind == ToolKind::Edit {
            call.file_path = json::string(display.file_path).or(call.file_path);
        }
        // The touches belong to the call that stands before them.
        out.facts.push(Fact::ToolCall(call.clone()));
        if call.status == Some(CallStatus::Ok) {
            Touches { call: &call, at: self.at, arguments: self.payload.tool_input, display: &display }.tell(out);
        }
    }

    /// The request does not name its call either.
    pub(super) fn call_is_asked_for(&self, out: &mut Parsed) {
        if json::text(self.payload.notification).as_deref() != Some("ToolPermission") {
            return;
        }
        let details: Details<'_> = json::object(self.payload.details).unwrap_or_default();
        let (tool, command) = match json::text(details.kind).as_deref() {
            Some("exec") => ("run_shell_command".to_owned(), json::string(details.command)),
            Some("mcp") => {
                let [server, tool] = [details.server, details.tool].map(|name| json::string(name).unwrap_or_default());
                (format!("mcp_{server}_{tool}"), None)
            }
            _ => return,
        };
        out.facts.push(Fact::CallAsked(CallAsked { session: self.session.clone(), at: self.at, tool, command }));
    }

    /// What was asked of the tool, without how it went.
    fn call(&self, before: bool) -> Option<(ToolCall, ToolKind)> {
        // The chat names what the model called, also where a hook put another tool in its place.
        let tool = json::string(self.payload.original_name).or_else(|| json::string(self.payload.tool_name))?;
        let kind = if json::present(self.payload.mcp) { ToolKind::Mcp } else { tools::kind(&tool) };
        let mut call = ToolCall::new(self.session.clone(), format!("{UNNAMED_ID}{:016x}", self.key));
        tools::asked(&mut call, &tool, kind, self.payload.tool_input, self.cwd.as_deref());
        call.asked = Some(unnamed::asked(&tool, self.payload.tool_input));
        call.unnamed = Some(Unnamed { before, voice: VOICE });
        Some((call, kind))
    }
}
