//! What records say about their session as a whole: where, which branch and version, since when, titles.

use std::borrow::Cow;

use super::parser::{Context, Transcript};
use super::wire::Record;
use crate::adapters::Parsed;
use crate::adapters::json::{self, Raw};
use crate::model::{Fact, SessionNote, TitleRank};

impl Transcript {
    pub(super) fn note_session(&mut self, record: &Record<'_>, context: &Context, dated: bool, out: &mut Parsed) {
        let main = context.agent_id.is_none();
        // A copy says when the original was written, not when its session began.
        let begins = dated && main && !json::present(record.forked_from) && self.state.first_of(&context.session.id);
        let now = (
            context.session.id.to_string(),
            json::text(record.cwd).unwrap_or_default(),
            json::text(record.git_branch).unwrap_or_default(),
            json::text(record.version).unwrap_or_default(),
        );
        // A sub-agent may work elsewhere, and its file may be older than the session's newest: only the main
        // thread speaks for the session.
        let same = self.noted.as_ref().is_some_and(|(id, cwd, branch, version)| {
            *id == now.0
                && (!main
                    || (now.1.is_empty() || *cwd == now.1)
                        && (now.2.is_empty() || *branch == now.2)
                        && (now.3.is_empty() || *version == now.3))
        });
        if same && !begins {
            return;
        }
        let mut note = SessionNote::new(context.session.clone());
        note.origin = begins.then_some(context.at);
        note.at = dated.then_some(context.at);
        let mut kept = self.noted.take().filter(|(id, ..)| *id == now.0).unwrap_or_default();
        kept.0 = now.0;
        if main {
            note.cwd = (!now.1.is_empty()).then(|| now.1.to_string());
            note.git_branch = (!now.2.is_empty()).then(|| now.2.to_string());
            note.agent_version = (!now.3.is_empty()).then(|| now.3.to_string());
            let pick = |new: Cow<'_, str>, old: String| if new.is_empty() { old } else { new.into_owned() };
            kept = (kept.0, pick(now.1, kept.1), pick(now.2, kept.2), pick(now.3, kept.3));
        }
        self.noted = Some(kept);
        out.facts.push(Fact::Session(note));
    }

    /// A fork names the session whose records it begins with.
    pub(super) fn note_fork(&mut self, own: &str, parent: &Context, out: &mut Parsed) {
        if *own == *parent.session.id || self.forks.as_ref().is_some_and(|(a, b)| a == own && *b == parent.session.id) {
            return;
        }
        let mut note = SessionNote::new(crate::model::SessionId::new(parent.session.agent, own));
        note.parent = Some(parent.session.id.to_string());
        self.forks = Some((own.to_owned(), parent.session.id.clone()));
        out.facts.push(Fact::Session(note));
    }
}

/// A title that a record of its own tells.
pub(super) fn title(context: &Context, rank: TitleRank, raw: Raw<'_>, out: &mut Parsed) {
    let Some(text) = json::string(raw) else { return };
    let mut note = SessionNote::new(context.session.clone());
    note.title = Some((rank, context.at, text));
    out.facts.push(Fact::Session(note));
}
