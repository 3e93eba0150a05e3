//! Tool calls as the client tells them: before and after. Each telling says the whole call, because either may be the
//! first to arrive.

use super::{Telling, skip};
use crate::adapters::pi::calls::{Asked, beside, end, new_call, touch};
use crate::adapters::pi::outcome::content_text;
use crate::adapters::pi::tools;
use crate::adapters::pi::wire::Details;
use crate::adapters::{Parsed, json};
use crate::model::{Fact, ToolCall};

impl Telling<'_> {
    pub(super) fn call_begins(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        call.started_at = Some(self.at);
        out.facts.push(Fact::ToolCall(call));
    }

    pub(super) fn call_ends(&self, out: &mut Parsed) {
        let Some(mut call) = self.call(out) else { return };
        let text = content_text(self.payload.content);
        let details: Details<'_> = json::object(self.payload.details).unwrap_or_default();
        end(&mut call, json::flag(self.payload.is_error), &details, &text, self.at);
        // Of what was too long to be handed on, the content is not known.
        let whole = !json::flag(self.payload.is_cut);
        let asked = Asked::of(&call, self.payload.input).map(|asked| if whole { asked } else { asked.path_only() });
        out.facts.extend(asked.and_then(|asked| touch(&call, asked, &details, &text)).map(Fact::File));
        beside(&call, &details, out);
        out.facts.push(Fact::ToolCall(call));
    }

    /// What was asked of the tool, without how it went.
    fn call(&self, out: &mut Parsed) -> Option<ToolCall> {
        let Some(id) = json::string(self.payload.call_id) else {
            skip(out, "tool hook without a call".to_owned(), self.event);
            return None;
        };
        let call_id = match json::int(self.payload.response_at) {
            Some(response) => tools::call_id(&id, response),
            None if tools::is_telling(&id) => id,
            None => format!("{}:{id}", self.session.id),
        };
        let mut call = new_call(&self.session, call_id);
        if let Some(tool) = json::string(self.payload.tool) {
            tools::asked(&mut call, tool, self.payload.input, self.cwd.as_deref());
        }
        Some(call)
    }
}
