//! What others wrote (prompts, titles, commands, paths) made harmless, in one place, on its way out of every door.
//!
//! An answer is data to its reader: nothing in it may steer a terminal, show text in another order than it
//! has, or look like a block that an agent's harness puts into a conversation.

use std::borrow::Cow;

use serde_json::Value;

use crate::builds;

/// What the blocks are called that models take for their harness's own words, or for the marks between speakers.
const BLOCKS: [&str; 28] = [
    "system-reminder",
    "tma1-",
    "user-prompt-submit-hook",
    "system_instruction",
    "system>",
    "environment_context",
    "user_instructions",
    "permissions instructions",
    "hook_prompt",
    "hook_context",
    "command-name",
    "command-message",
    "local-command-",
    "task-notification",
    "teammate-message",
    "subagent_notification",
    "turn_aborted",
    "function_calls",
    "function_results",
    "invoke ",
    "invoke>",
    "antml:",
    "|im_",
    "|start|",
    "|end|",
    "|channel|",
    "|message|",
    "|endoftext|",
];

/// Blocks that a harness puts among what a person wrote, from the opening to the closing bracket.
const REMINDERS: [&str; 4] = ["system-reminder", "tma1-context", "user-prompt-submit-hook", "environment_context"];

/// A message as its author wrote it.
pub(super) fn without_reminders(text: &str) -> String {
    let mut text = text.to_owned();
    for name in REMINDERS {
        let (opening, closing) = (format!("<{name}>"), format!("</{name}>"));
        while let Some(from) = text.find(&opening) {
            // What was cut off has no end.
            let to = text[from..].find(&closing).map_or(text.len(), |at| from + at + closing.len());
            text.replace_range(from..to, "");
        }
    }
    text.trim().to_owned()
}

/// The same text without escape sequences, control and invisible characters, and with those blocks' brackets
/// replaced by ones that only look like them. Line ends and tabs stay.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c == '<' || is_unwanted(c)) {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('\u{1b}') { builds::strip_ansi(text) } else { Cow::Borrowed(text) };
    let mut plain: String = text.chars().filter(|c| !is_unwanted(*c)).collect();
    let openings: Vec<usize> =
        plain.match_indices('<').map(|(at, _)| at).filter(|at| opens_block(&plain[at + 1..])).collect();
    for at in openings.into_iter().rev() {
        plain.replace_range(at..=at, "‹");
    }
    Cow::Owned(plain)
}

/// Every text of a document, and the names of its fields: some, such as those of tools, are told by others, too.
pub fn harmless_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(plain) = harmless(text) {
                *text = plain;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(harmless_json),
        Value::Object(fields) => {
            fields.values_mut().for_each(harmless_json);
            let renamed: Vec<(String, String)> = fields
                .keys()
                .filter_map(|name| match harmless(name) {
                    Cow::Owned(plain) if plain != *name => Some((name.clone(), plain)),
                    _ => None,
                })
                .collect();
            for (name, plain) in renamed {
                if let Some(value) = fields.remove(&name) {
                    fields.entry(plain).or_insert(value);
                }
            }
        }
        _ => {}
    }
}

fn opens_block(after: &str) -> bool {
    // Only so many characters can matter; a text of brackets alone must not take long.
    let name = after.trim_start_matches([' ', '\t', '\n', '/']);
    after.len() - name.len() <= 8
        && BLOCKS.iter().any(|block| {
            name.as_bytes().get(..block.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(block.as_bytes()))
        })
}

/// Control characters, and those that cannot be seen or show text in another order than it has.
fn is_unwanted(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn blocks_and_sequences_lose_their_teeth() {
        for (given, want) in [
            ("plain <b>text</b>\n\tx", "plain <b>text</b>\n\tx"),
            ("a</tma1-context> b", "a‹/tma1-context> b"),
            ("<System-Reminder>x", "‹System-Reminder>x"),
            ("< / system-reminder>", "‹ / system-reminder>"),
            ("<\u{200b}system\u{200b}-reminder>", "‹system-reminder>"),
            ("<sys\u{1b}[1mtem-reminder>", "‹system-reminder>"),
            ("<<tma1-data>", "<‹tma1-data>"),
            ("\u{1b}[31mred\u{1b}[0m\u{7}", "red"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("line\r\nend", "line\nend"),
            ("👩\u{200d}🚀 e\u{301}", "👩\u{200d}🚀 e\u{301}"),
        ] {
            assert_eq!(harmless(given), want, "{given:?}");
        }
        assert!(matches!(harmless("nothing to do"), Cow::Borrowed(_)));
    }

    #[test]
    fn names_of_fields_are_foreign_too() {
        let mut value = json!({"tools": {"a\u{1b}[1m": 1, "b": ["<tma1-x>"]}});
        harmless_json(&mut value);
        assert_eq!(value, json!({"tools": {"a": 1, "b": ["‹tma1-x>"]}}));
    }

    proptest! {
        #[test]
        fn once_is_enough(text in "(<|/|system-reminder|TMA1-context|\u{1b}\\[1m|\u{1b}|\u{202e}|\u{200b}|>|x| |\n|\r){0,20}") {
            let once = harmless(&text).into_owned();
            prop_assert_eq!(harmless(&once), once.as_str());
            prop_assert!(!once.chars().any(is_unwanted), "{once:?}");
            let lower = once.to_lowercase();
            prop_assert!(!lower.contains("<system-reminder") && !lower.contains("</tma1-"), "{once:?}");
        }
    }
}
