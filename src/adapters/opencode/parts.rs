//! What a message consists of: words, thoughts, files, calls.

use super::calls;
use super::messages::{compaction, said};
use super::parser::{Context, Whole};
use super::sessions::event;
use super::shorten;
use super::wire::{Part, Source, Time};
use crate::adapters::Parsed;
use crate::adapters::json;
use crate::model::{Fact, FileTouch, Millis, Role, TouchKind};

/// Parts that hold nothing of their own: marks of a step, whose tokens its message tells too, and copies of the
/// project before and after it, whoever changed that meanwhile.
const WITHOUT_USE: &[&str] = &["step-start", "step-finish", "snapshot", "patch", "agent"];

/// What has no end by then never gets one.
const ABANDONED_MS: Millis = 60 * 60 * 1000;

/// Our own words.
const OURS: &str = "<tma1-context>";

pub(super) fn part(part: &Part<'_>, time: &Time<'_>, id: &str, whole: &Whole, context: &Context<'_>, out: &mut Parsed) {
    let kind = json::text(part.kind).unwrap_or_default();
    match &*kind {
        "text" => text(part, time, id, whole, context, out),
        "reasoning" if is_whole(time, context) => {
            let text = json::text(part.text).unwrap_or_default();
            if !text.trim().is_empty() {
                out.facts.push(Fact::Message(said(Role::Thinking, &whole.id, &text, context)));
            }
        }
        "tool" => calls::call(part, id, context, out),
        "file" if whole.by_user => attached(part, id, whole, context, out),
        "compaction" => compaction(&whole.id, context, out),
        "retry" => event(context, "retry", id, "{}", false, out),
        "subtask" => {
            let prompt = json::text(part.prompt).unwrap_or_default();
            out.facts.push(Fact::Message(said(Role::System, id, &prompt, context)));
        }
        "reasoning" | "file" => {}
        known if WITHOUT_USE.contains(&known) => {}
        other => out.skip(format!("unknown part {}", shorten(other)), context.line),
    }
}

fn text(part: &Part<'_>, time: &Time<'_>, id: &str, whole: &Whole, context: &Context<'_>, out: &mut Parsed) {
    let text = json::text(part.text).unwrap_or_default();
    if text.trim().is_empty() {
        return;
    }
    if json::flag(part.synthetic) || json::flag(part.ignored) {
        // Beside the prompt: what was attached to it, and reminders.
        if !text.starts_with(OURS) {
            out.facts.push(Fact::Message(said(Role::System, id, &text, context)));
        }
    } else if whole.by_user {
        let context = Context { at: whole.at.unwrap_or(context.at), ..*context };
        out.facts.push(Fact::Message(said(Role::User, &whole.id, &text, &context)));
    } else if is_whole(time, context) {
        out.facts.push(Fact::Message(said(Role::Assistant, &whole.id, &text, context)));
    }
}

/// Words are written down as they come: half of them would be there twice in the end.
fn is_whole(time: &Time<'_>, context: &Context<'_>) -> bool {
    let begun = json::present(time.start);
    json::present(time.end) || !begun || context.written - context.at > ABANDONED_MS
}

/// A file that came with a prompt: its session has seen it.
fn attached(part: &Part<'_>, id: &str, whole: &Whole, context: &Context<'_>, out: &mut Parsed) {
    let source: Source<'_> = json::object(part.source).unwrap_or_default();
    let name = json::string(part.filename).unwrap_or_else(|| "file".to_owned());
    // Elsewhere the prompt itself names it.
    if !json::present(source.text) {
        let context = Context { at: whole.at.unwrap_or(context.at), ..*context };
        out.facts.push(Fact::Message(said(Role::User, &whole.id, &format!("[{name}]"), &context)));
    }
    let url = json::text(part.url).unwrap_or_default();
    let path = url.strip_prefix("file://").map(|path| path.split(['?', '#']).next().unwrap_or_default());
    if let Some(path) = path.filter(|path| !path.is_empty() && !path.ends_with('/')) {
        out.facts.push(Fact::File(FileTouch {
            session: context.owner.session.clone(),
            path: unescaped(path),
            at: context.at,
            kind: TouchKind::Read,
            call_id: id.to_owned(),
            content_hash: None,
            before_hash: None,
            agent_id: context.owner.agent_id(),
        }));
    }
}

/// A path as it stands in a URL.
fn unescaped(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = (*byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn paths_in_urls_are_read_as_paths() {
        assert_eq!(unescaped("/home/j%C3%BCrgen/a%20b.txt"), "/home/jürgen/a b.txt");
        assert_eq!(unescaped("/100%/x%2"), "/100%/x%2");
    }
}
