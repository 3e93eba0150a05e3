//! How a note names files and tools: short, on one line, and without what could break out of it.

/// A note has 220 bytes; a name may take this many of them.
const LONGEST: usize = 72;

/// Relative to the session's tree; of a long path, its end.
pub fn file(path: &str, root: Option<&str>) -> String {
    let inside = root.and_then(|root| path.strip_prefix(root)?.strip_prefix('/'));
    let name = plain(inside.unwrap_or(path));
    if name.len() <= LONGEST {
        return name;
    }
    let from = (name.len() - LONGEST..name.len()).find(|&at| name.is_char_boundary(at)).unwrap_or(name.len());
    let end = &name[from..];
    format!("…{}", end.find('/').map_or(end, |at| &end[at..]))
}

/// Of a tool, a program, a model.
pub fn name(name: &str) -> String {
    let name = plain(name);
    let to = (0..=LONGEST.min(name.len())).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    name[..to].to_owned()
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '`' { '?' } else { c }).collect()
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
            ("/w/app/a\n`b`", Some("/w/app"), "a??b?"),
            (&long, Some("/w/app"), "…/end.rs"),
        ] {
            assert_eq!(file(path, root), want);
        }
        let endless = "ü".repeat(100);
        assert!(file(&endless, None).len() <= LONGEST + "…".len());
        assert!(name(&endless).len() <= LONGEST);
        assert_eq!(name("Read"), "Read");
    }
}
