//! Tells what a person asked from what the client put into a `user` record.

/// Texts that the client writes under the user's name begin with one of these.
const MACHINE_PREFIXES: &[&str] = &[
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<local-command-caveat>",
    "<command-name>",
    "<command-message>",
    "<command-args>",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<task-notification>",
    "<teammate-message",
    "<agent-message",
    "<cross-session-message",
    "<system-reminder>",
    "<user-memory-input>",
    "<user-prompt-submit-hook>",
    "Caveat: The messages below were generated",
    "[Request interrupted by user",
];

/// Whether a person wrote `text` as a prompt.
pub(super) fn is_prompt(text: &str) -> bool {
    let text = text.trim_start();
    !MACHINE_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Whether the record says that the user stopped the agent.
pub(super) fn is_interruption(text: &str) -> bool {
    text.trim_start().starts_with("[Request interrupted by user")
}
