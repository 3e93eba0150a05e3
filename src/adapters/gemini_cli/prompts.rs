//! Tells what a person asked from what the client and its hooks put under the person's name.

use super::wire::Part;
use crate::adapters::json::{self, Raw};

/// Stands in a text for an image.
const IMAGE: &str = "[image]";
/// Behind a prompt that names files by `@`.
const REFERENCED: &str = "\n--- Content from referenced files ---";

/// Texts that the client writes as a user begin with one of these.
const MACHINE_PREFIXES: &[&str] = &[
    "<session_context>",
    "This is the Gemini CLI. We are setting up the context for our chat",
    "<hook_context>",
    "<tma1-context>",
    "<state_snapshot>",
    "System: ",
    "User steering update:",
];

/// Those that are nothing else.
const MACHINE: &[&str] = &["Please continue.", "Get Started!"];

/// What a model's side says without a model.
const NOTICES: &[&str] = &[
    "Got it. Thanks for the additional context!",
    "Got it. Thanks for the context!",
    "Binary content received. Proceeding with analysis.",
];

/// Behind a summary of what was said before.
pub(super) const ACKNOWLEDGED: &str = NOTICES[0];

/// What stands under a person's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Prompt(String),
    /// Written by the client, a hook, or a command's template.
    Machine(String),
    /// Results of tools, which stand elsewhere too.
    Nothing,
}

/// Reads a user's message. `shown`: the same as the person sees it, where that is something else.
pub(super) fn asked(content: Raw<'_>, shown: Raw<'_>) -> Asked {
    let text = text_of(content);
    let said = without_context(&text);
    if said.is_empty() {
        return if text.is_empty() { Asked::Nothing } else { Asked::Machine(text) };
    }
    let typed = text_of(shown);
    let typed = without_context(&typed);
    // Whatever follows one prompt by itself is shown as that prompt again.
    let follows = !typed.is_empty() && !said.contains(REFERENCED) && !said.starts_with(typed);
    if follows || is_command(typed) || !is_prompt(said) {
        return Asked::Machine(said.to_owned());
    }
    Asked::Prompt(without_files(said).to_owned())
}

/// What a hook tells of a prompt, without what hooks and files added.
pub(super) fn heard(text: &str) -> &str {
    without_files(without_context(text))
}

/// Whether a person wrote `text` as a prompt.
pub(super) fn is_prompt(text: &str) -> bool {
    let begins = MACHINE_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    !begins && !MACHINE.contains(&text) && !is_command(text) && !is_summary(text)
}

/// A compaction's summary; thoughts may stand before it.
pub(super) fn is_summary(text: &str) -> bool {
    text.split_once("<state_snapshot>").is_some_and(|(_, rest)| rest.contains("</state_snapshot>"))
}

/// Whether a model's message is one of the client's own.
pub(super) fn is_notice(text: &str) -> bool {
    NOTICES.contains(&text.trim())
}

/// `/name`, with or without arguments; a path is none.
fn is_command(text: &str) -> bool {
    let Some(name) = text.strip_prefix('/') else { return text == "?" };
    let end = name.find(char::is_whitespace).unwrap_or(name.len());
    let name = &name[..end];
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
}

fn without_files(text: &str) -> &str {
    text.split_once(REFERENCED).map_or(text, |(before, _)| before).trim_end()
}

/// Hooks put their words around a prompt, and the client its instructions before a sub-agent's.
fn without_context(text: &str) -> &str {
    const BEGIN: &str = "<hook_context>";
    const END: &str = "</hook_context>";
    let mut rest = text.trim();
    while let Some((_, behind)) = rest
        .strip_prefix(BEGIN)
        .and_then(|block| block.split_once(END))
        .or_else(|| rest.strip_prefix("<loaded_context>").and_then(|block| block.rsplit_once("</loaded_context>")))
    {
        rest = behind.trim_start();
    }
    while let Some(begin) = rest.strip_suffix(END).and_then(|block| block.rfind(BEGIN)) {
        rest = rest[..begin].trim_end();
    }
    rest
}

/// The text of a message: a string, or its parts; thoughts and calls are none.
pub(super) fn text_of(raw: Raw<'_>) -> String {
    let Some(first) = raw.and_then(|value| value.get().bytes().next()) else { return String::new() };
    let parts: Vec<Raw<'_>> = match first {
        b'[' => json::list(raw),
        _ => vec![raw],
    };
    let mut text = String::new();
    let mut shows = false;
    for part in parts {
        if let Some(part) = json::object::<Part<'_>>(part) {
            shows |= json::present(part.inline) || json::present(part.file);
            if !json::flag(part.thought) {
                text.push_str(&json::text(part.text).unwrap_or_default());
            }
        } else {
            text.push_str(&json::text(part).unwrap_or_default());
        }
    }
    if text.trim().is_empty() && shows { IMAGE.to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn read(content: &str, shown: &str) -> Asked {
        let raw = |text: &str| -> Box<RawValue> { serde_json::from_str(text).unwrap() };
        let (content, shown) = (raw(content), raw(shown));
        asked(Some(&content), Some(&shown))
    }

    fn prompt(text: &str) -> Asked {
        Asked::Prompt(text.to_owned())
    }

    #[test]
    fn a_prompt_is_what_was_typed() {
        for (content, shown, want) in [
            (r#""fix it""#, "null", "fix it"),
            (r#"[{"text":"fix "},{"text":"it"}]"#, "null", "fix it"),
            (r#"["fix it"]"#, "null", "fix it"),
            (r#"[{"inlineData":{"data":"AAAA"}}]"#, "null", "[image]"),
            (r#"[{"text":"fix it"},{"text":"<hook_context>x</hook_context>"}]"#, r#"[{"text":"fix it"}]"#, "fix it"),
            (r#""<hook_context>a</hook_context>\n\n<hook_context>b</hook_context>\n\nfix it""#, "null", "fix it"),
            (
                r#"[{"text":"look at @src/a.rs"},{"text":"\n--- Content from referenced files ---"},{"text":"\nfn a() {}"}]"#,
                r#""look at @a.rs""#,
                "look at @src/a.rs",
            ),
            (r#""\n<loaded_context>\nrules\n</loaded_context>count""#, "null", "count"),
            (r#""/home/dev/x is what?""#, "null", "/home/dev/x is what?"),
            (r#""<b>why</b>?""#, "null", "<b>why</b>?"),
        ] {
            assert_eq!(read(content, shown), prompt(want), "{content}");
        }
    }

    #[test]
    fn what_the_client_writes_is_none() {
        for (content, shown) in [
            (r#""<session_context>\nToday""#, "null"),
            (r#""<hook_context>x</hook_context>""#, "null"),
            (r#""Please continue.""#, "null"),
            (r#""/help""#, "null"),
            (r#""/chat save me""#, "null"),
            (r#""Review the code like this: …""#, r#""/review""#),
            (r#""The build is red.""#, r#""fix it""#),
            (r#""<scratchpad>so</scratchpad>\n<state_snapshot>x</state_snapshot>""#, "null"),
        ] {
            assert!(matches!(read(content, shown), Asked::Machine(_)), "{content}");
        }
        for content in [r#"[{"functionResponse":{"id":"c"}}]"#, "null", "[]", "{}", "\"\""] {
            assert_eq!(read(content, "null"), Asked::Nothing, "{content}");
        }
    }

    #[test]
    fn hooks_tell_prompts_with_what_was_added() {
        let told = "<hook_context>x</hook_context>\n\nlook at @a.rs\n--- Content from referenced files ---\nfn a() {}";
        assert_eq!(heard(told), "look at @a.rs");
    }
}
