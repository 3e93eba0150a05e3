//! Tells what a person asked from what the client puts under the person's name.

/// Texts that the client writes as a user begin with one of these.
const MACHINE_PREFIXES: &[&str] = &[
    "<environment_context>",
    "<user_instructions>",
    "<permissions",
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<turn_aborted>",
    "<subagent_notification>",
    "<hook_prompt",
    "<skill>",
    "<recommended_plugins>",
    "<user_shell_command>",
    "<goal_context>",
    "<codex_internal_context",
    "<collaboration_mode>",
];

/// Whether a person wrote `text` as a prompt.
pub(super) fn is_prompt(text: &str) -> bool {
    let text = text.trim_start();
    !MACHINE_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_the_client() {
        for text in ["fix the build", " <b>why</b> is this bold?", "# AGENTS.md is old", "[image]"] {
            assert!(is_prompt(text), "{text}");
        }
        for text in ["<hook_prompt hook_run_id=\"1\">go on</hook_prompt>", "\n <environment_context>", "<turn_aborted>"]
        {
            assert!(!is_prompt(text), "{text}");
        }
    }
}
