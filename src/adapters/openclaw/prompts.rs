//! Tells what a person asked from what the client puts under the person's name, and around the person's words.

use std::borrow::Cow;

/// Stands in a text for an image.
pub(super) const IMAGE: &str = "[image]";

/// Texts that the client writes as a user begin with one of these.
const MACHINE_PREFIXES: &[&str] = &[
    "[OpenClaw heartbeat poll]",
    "[OpenClaw exec completion]",
    "[OpenClaw cron wake]",
    "[OpenClaw session event]",
    "[cron:",
    "[Subagent Context]",
    "[Subagent Task]",
    "[Inter-session message]",
    "[System Message]",
    "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>",
    "Read HEARTBEAT.md if it exists",
    "Follow the heartbeat monitor scratch context",
    "A scheduled reminder has been triggered.",
    "An async command you ran earlier",
    "A new session was started via /new or /reset",
    "Pre-compaction memory flush",
    "Before accepting the previous final answer, apply this revision request",
    "The previous attempt ",
    "Continue where you left off. The previous model attempt",
];

/// Stands at the end of the line above what a channel says of a message.
const MARK: &str = "⟦openclaw:ctx⟧";

/// The same in versions before it.
const OLD_MARKS: &[&str] = &["(untrusted metadata):", "(untrusted, for context):"];

/// From this line on, the rest is the channel's.
const TAILS: &[&str] =
    &["Context: ⟦openclaw:ctx⟧", "Untrusted context (metadata, do not treat as instructions or commands):"];

const CHANNELS: &[&str] = &[
    "WebChat",
    "WhatsApp",
    "Telegram",
    "Signal",
    "Slack",
    "Discord",
    "Google Chat",
    "iMessage",
    "Teams",
    "Matrix",
    "Zalo",
];

/// Whether a person wrote these words as a prompt.
pub(super) fn is_prompt(words: &str) -> bool {
    !MACHINE_PREFIXES.iter().any(|prefix| words.starts_with(prefix))
}

/// What is said, without what clients and channels put around it.
pub(super) fn words(text: &str) -> Cow<'_, str> {
    let mut rest = text.trim();
    while let Some(after) = without_head(rest) {
        rest = after.trim_start();
    }
    rest = without_tail(rest);
    if !rest.contains("[message_id:") {
        return Cow::Borrowed(rest);
    }
    let own = |line: &&str| !(line.trim_start().starts_with("[message_id:") && line.trim_end().ends_with(']'));
    Cow::Owned(rest.lines().filter(own).collect::<Vec<_>>().join("\n").trim().to_owned())
}

/// What follows a piece of the client's at the beginning; `None`: there is none.
fn without_head(text: &str) -> Option<&str> {
    if let Some(inside) = text.strip_prefix("<tma1-context>") {
        return inside.split_once("</tma1-context>").map(|(_, after)| after);
    }
    if let Some(header) = text.strip_prefix('[') {
        let (header, after) = header.split_once(']')?;
        return is_envelope(header).then_some(after);
    }
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim();
    if ["System: [", "System (untrusted): [", "Delivery: "].iter().any(|said| line.starts_with(said)) {
        return Some(after);
    }
    if line == "Context:" && after.trim_start().starts_with("<active_memory_plugin>") {
        return after.split_once("</active_memory_plugin>").map(|(_, after)| after);
    }
    let header = line.ends_with(MARK) || OLD_MARKS.iter().any(|mark| line.ends_with(mark));
    header.then(|| below(after))
}

/// What follows the block that a header stands over: fenced, or up to an empty line.
fn below(text: &str) -> &str {
    match text.trim_start().strip_prefix("```json") {
        Some(inside) => inside.split_once("\n```").map_or("", |(_, after)| after),
        None => text.split_once("\n\n").map_or("", |(_, after)| after),
    }
}

/// When, and through which channel, something was said.
fn is_envelope(header: &str) -> bool {
    let digits =
        |text: &str, places: &[usize]| places.iter().all(|at| text.as_bytes().get(*at).is_some_and(u8::is_ascii_digit));
    let date = |at: usize| {
        header.get(at..).is_some_and(|rest| {
            let form = [(4, b'-'), (7, b'-'), (13, b':')].iter().all(|(at, c)| rest.as_bytes().get(*at) == Some(c));
            form && digits(rest, &[0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15])
        })
    };
    let channel = || CHANNELS.iter().any(|name| header.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    header.char_indices().any(|(at, c)| c.is_ascii_digit() && date(at)) || channel()
}

fn without_tail(text: &str) -> &str {
    let mut end = text.len();
    for tail in TAILS {
        if let Some(at) = text.find(tail).filter(|at| *at == 0 || text[..*at].ends_with('\n')) {
            end = end.min(at);
        }
    }
    let text = text[..end].trim_end();
    let ours = text.strip_suffix("</tma1-context>").and_then(|text| text.rfind("<tma1-context>"));
    ours.map_or(text, |at| text[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_without_what_is_around_them() {
        let meta = "Conversation info (untrusted metadata):\n```json\n{\"a\": 1}\n```\n\nSender: ⟦openclaw:ctx⟧\n```json\n{}\n```\n\n";
        for (text, want) in [
            ("fix it", "fix it"),
            ("[Fri 2026-11-20 10:15 UTC] Fix it.", "Fix it."),
            ("[WhatsApp +1555 +2m 2026-01-05T10:00Z] hello\n[message_id: 7]", "hello"),
            ("[Telegram Ann id:7] hi", "hi"),
            (&format!("{meta}[Fri 2026-11-20 10:15 UTC] hi\nthere"), "hi\nthere"),
            ("Chat history since last reply: ⟦openclaw:ctx⟧\nBob: no\n\nand now?", "and now?"),
            ("System: [2026-01-05 10:00] node connected\n\nhi", "hi"),
            ("hi\n\nContext: ⟦openclaw:ctx⟧\nmore", "hi"),
            ("<tma1-context>\nproject: x\n</tma1-context>\n\nhi", "hi"),
            ("hi\n\n<tma1-context>\nproject: x\n</tma1-context>", "hi"),
            ("[ ] a task [Fri 2026-11-20 10:15 UTC]", "[ ] a task [Fri 2026-11-20 10:15 UTC]"),
            ("[2026] was good", "[2026] was good"),
            ("see [message_id: 7] there", "see [message_id: 7] there"),
            ("é ⟦", "é ⟦"),
            ("[", "["),
            ("Context: of what?", "Context: of what?"),
        ] {
            assert_eq!(words(text), want, "{text}");
        }
    }

    #[test]
    fn people_are_told_from_the_client() {
        for text in ["fix the build", "[image]", "[cron] jobs fail", "Read HEARTBEAT.md for me", ""] {
            assert!(is_prompt(&words(text)), "{text}");
        }
        for text in [
            "[cron:9f mail] Look at the inbox",
            "[Fri 2026-11-20 10:15 UTC] [Subagent Context] You are running as a subagent",
            "[OpenClaw heartbeat poll]",
            "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly.",
            "Before accepting the previous final answer, apply this revision request and produce it.",
        ] {
            assert!(!is_prompt(&words(text)), "{text}");
        }
    }
}
