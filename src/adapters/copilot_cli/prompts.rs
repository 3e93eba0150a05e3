//! Tells what a person asked from what the client puts under the person's name.

/// Texts that the client, or we, write as a user begin with one of these.
const MACHINE_PREFIXES: &[&str] =
    &["<system_notification>", "<system_reminder>", "<tma1-context>", "<skill-context", "<summary>", "<reminder>"];

/// What the client puts around a prompt for its model.
const AROUND: &[&str] = &["current_datetime", "system_reminder", "reminder"];

/// Whether a person wrote `text` as a prompt.
pub(super) fn is_prompt(text: &str) -> bool {
    let text = text.trim_start();
    !MACHINE_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Whether a person sent what has this source; other sources are sub-agents, skills and the client itself.
pub(super) fn by_person(source: Option<&str>) -> bool {
    source.is_none_or(|source| matches!(source, "" | "user"))
}

/// The prompt in the form for the model, where it was told in no other.
pub(super) fn inner(transformed: &str) -> String {
    let mut text = transformed.to_owned();
    for tag in AROUND {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        while let Some(begin) = text.find(&open) {
            let Some(end) = text[begin..].find(&close) else { break };
            text.replace_range(begin..begin + end + close.len(), "");
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_the_client() {
        for text in ["fix the build", " <b>why</b> is this bold?", "[attachment]", "/compact now"] {
            assert!(is_prompt(text), "{text}");
        }
        for text in ["<system_notification>\nShell command done", "\n <tma1-context>\nbuild: red\n</tma1-context>"] {
            assert!(!is_prompt(text), "{text}");
        }
        assert!(by_person(None) && by_person(Some("user")));
        for source in ["agent-5d", "skill-pdf", "system", "autopilot"] {
            assert!(!by_person(Some(source)), "{source}");
        }
    }

    #[test]
    fn the_prompt_is_found_in_what_the_model_gets() {
        let text = "<current_datetime>2026</current_datetime>\n\nDo it.\n\n<system_reminder>\nx\n</system_reminder>";
        assert_eq!(inner(text), "Do it.");
        assert_eq!(inner("<reminder>never closed"), "<reminder>never closed");
    }
}
