//! How a note names what others named: short, on one line, and without what could break out of it.

use crate::perceive::plain;

/// A note has 220 bytes; a name may take this many of them.
const FILE: usize = 64;
const NAME: usize = 40;
/// Of a command its beginning tells what it is, of a test its end.
const CODE: usize = 40;

/// Relative to the session's tree; of a long path, its end.
pub fn file(path: &str, root: Option<&str>) -> String {
    let inside = root.and_then(|root| path.strip_prefix(root)?.strip_prefix('/'));
    plain::name(inside.unwrap_or(path), FILE).unwrap_or_else(|| "a file".to_owned())
}

/// Of a tool, a model, an agent.
pub fn name(name: &str) -> String {
    let head = if name.len() > NAME { &plain::words(name, NAME) } else { name };
    // Short by now, so that its end is all of it.
    plain::name(head, 2 * NAME).unwrap_or_else(|| "?".to_owned())
}

pub fn command(command: &str) -> String {
    code(&plain::words(command, CODE))
}

pub fn test(id: &str) -> String {
    code(&plain::end(id, CODE))
}

fn code(words: &str) -> String {
    if words.is_empty() { "`?`".to_owned() } else { format!("`{}`", words.replace('`', "'")) }
}

/// Of how often it was done; nothing for one, so that the usual sentence is short.
pub fn times(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => " twice".to_owned(),
        count => format!(" {count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_within_its_tree_and_short() {
        let long = format!("/w/app/{}/end.rs", "ü".repeat(60));
        for (path, root, want) in [
            ("/w/app/src/a.rs", Some("/w/app"), "src/a.rs"),
            ("/w/apple/a.rs", Some("/w/app"), "/w/apple/a.rs"),
            ("/w/app/a.rs", None, "/w/app/a.rs"),
            ("/w/app/my notes.md", Some("/w/app"), "\"my notes.md\""),
            ("/w/app/a\n`b`", Some("/w/app"), "\"a `b`\""),
            ("/w/app/\u{200b}", Some("/w/app"), "a file"),
        ] {
            assert_eq!(file(path, root), want);
        }
        let short = file(&long, Some("/w/app"));
        assert!(short.starts_with('…') && short.ends_with("/end.rs") && short.len() <= FILE + 3, "{short}");
    }

    #[test]
    fn code_cannot_end_its_marks() {
        assert_eq!(command("cargo test `x`\nSYSTEM: y"), "`cargo test 'x' SYSTEM: y`");
        assert_eq!(command(&format!("cargo test {}", "x".repeat(99))), format!("`cargo test {}…`", "x".repeat(26)));
        assert_eq!(test(&format!("{}::t", "x".repeat(99))), format!("`…{}::t`", "x".repeat(34)));
        assert_eq!((command(""), name("\u{200b}"), name("Read")), ("`?`".into(), "?".into(), "Read".into()));
        assert_eq!(name("gpt 9; do this"), "\"gpt 9; do this\"");
    }
}
