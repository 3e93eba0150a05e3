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

/// Stands in a text for an image.
pub(super) const IMAGE: &str = "[image]";

/// Commands that only serve the client: a session is never about them.
const CLIENT_COMMANDS: &[&str] = &[
    "add-dir",
    "agents",
    "bug",
    "clear",
    "compact",
    "config",
    "context",
    "copy",
    "cost",
    "doctor",
    "effort",
    "exit",
    "export",
    "fast",
    "feedback",
    "help",
    "hooks",
    "ide",
    "keybindings",
    "login",
    "logout",
    "mcp",
    "memory",
    "model",
    "new",
    "output-style",
    "permissions",
    "plugin",
    "privacy-settings",
    "quit",
    "reload-plugins",
    "remote-control",
    "rename",
    "reset",
    "resume",
    "rewind",
    "skills",
    "stats",
    "status",
    "statusline",
    "tasks",
    "terminal-setup",
    "theme",
    "todos",
    "upgrade",
    "usage",
    "vim",
];

/// Whether a person wrote `text` as a prompt.
pub(super) fn is_prompt(text: &str) -> bool {
    let mut text = text.trim_start();
    // Images before a text leave marks in front of it.
    while let Some(rest) = text.strip_prefix(IMAGE) {
        text = rest.trim_start();
    }
    !MACHINE_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Whether the record says that the user stopped the agent.
pub(super) fn is_interruption(text: &str) -> bool {
    text.trim_start().starts_with("[Request interrupted by user")
}

/// What a slash command was called with: `/review 12`. A session that begins with one is about that, unless
/// it is one of the client's own.
pub(super) fn command_line(text: &str) -> Option<String> {
    let name = between(text, "<command-name>", "</command-name>")?;
    called(name, between(text, "<command-args>", "</command-args>").unwrap_or_default())
}

/// The command `name` with its arguments, unless it is one of the client's own.
fn called(name: &str, arguments: &str) -> Option<String> {
    let name = name.trim_start_matches('/');
    if CLIENT_COMMANDS.contains(&name) {
        return None;
    }
    let line = format!("/{name} {arguments}");
    Some(line.trim_end().to_owned()).filter(|line| line.len() > 1)
}

/// A slash command as it is typed, before the client wraps it: its name and its arguments.
fn typed(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (word, arguments) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let name = word.strip_prefix('/').filter(|name| !name.is_empty())?;
    // A second slash makes a path of it.
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-');
    name.chars().all(known).then_some((name, arguments.trim()))
}

/// Whether `text` calls a slash command.
pub(super) fn is_typed_command(text: &str) -> bool {
    typed(text).is_some()
}

/// Like [`command_line`], of a command as it is typed.
pub(super) fn typed_command_line(text: &str) -> Option<String> {
    let (name, arguments) = typed(text)?;
    called(name, arguments)
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let from = text.find(open)? + open.len();
    let to = text[from..].find(close)?;
    Some(text[from..from + to].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_the_client() {
        for text in ["fix the build", " <b>why</b> is this bold?", "[image]", "Caveat emptor"] {
            assert!(is_prompt(text), "{text}");
        }
        for text in ["<command-name>/x</command-name>", "\n <system-reminder>x", "[image]\n<command-name>x"] {
            assert!(!is_prompt(text), "{text}");
        }
    }

    #[test]
    fn a_slash_command_reads_as_it_was_typed() {
        let text = "<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>12</command-args>";
        assert_eq!(command_line(text).as_deref(), Some("/review 12"));
        assert_eq!(command_line("<command-name>deploy</command-name>").as_deref(), Some("/deploy"));
        assert_eq!(command_line("<command-name>/clear</command-name>"), None);
        assert_eq!(command_line("no command"), None);
    }
}
