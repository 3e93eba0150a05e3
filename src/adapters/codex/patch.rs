//! The files that a patch names, and those that its result names.

use std::path::{Component, Path, PathBuf};

/// A file that a patch is about.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::adapters) struct Patched {
    pub path: String,
    /// Of a file that the patch makes.
    pub content: Option<String>,
}

/// The files named in the headers of a patch, in its order.
pub(in crate::adapters) fn files(patch: &str) -> Vec<Patched> {
    let mut listed: Vec<Patched> = Vec::new();
    let mut adding = false;
    for line in patch.lines() {
        let header = line.trim_start().strip_prefix("*** ");
        let named = header.and_then(|header| {
            let (what, file) = header.split_once(": ")?;
            matches!(what, "Add File" | "Update File" | "Delete File" | "Move to").then_some((what, file.trim()))
        });
        if let Some((what, file)) = named {
            adding = what == "Add File";
            listed.push(Patched { path: file.to_owned(), content: adding.then(String::new) });
        } else if header.is_some() {
            adding = false;
        } else if let (true, Some(text), Some(Patched { content: Some(content), .. })) =
            (adding, line.strip_prefix('+'), listed.last_mut())
        {
            content.push_str(text);
            content.push('\n');
        }
    }
    listed.retain(|named| !named.path.is_empty());
    listed
}

/// The files that the result of a patch says it changed.
pub(super) fn changed(result: &str) -> Vec<&str> {
    let Some((_, listed)) = result.split_once("Success. Updated the following files:\n") else { return Vec::new() };
    listed
        .lines()
        .map_while(|line| line.split_once(' ').filter(|(mark, _)| matches!(*mark, "A" | "M" | "D")))
        .map(|(_, path)| path)
        .collect()
}

/// The patch that a shell command applies, where it does: old versions have no tool for it.
pub(super) fn in_command(command: &str) -> Option<&str> {
    let begin = command.find("*** Begin Patch")?;
    let before = &command[..begin];
    // Only what is run as a command: a mere mention of the words is none.
    let runs = before.split(['\n', ';', '&', '|', '(']).any(|part| {
        let word = part.split_whitespace().next().unwrap_or_default();
        matches!(word, "apply_patch" | "applypatch")
    });
    let end = command.find("*** End Patch").map_or(command.len(), |at| at + "*** End Patch".len());
    (runs && end > begin).then(|| &command[begin..end])
}

/// `path` as it lies under `dir`, without `.` and `..` in it; `None` where nobody knows what it is relative to.
pub(in crate::adapters) fn absolute(path: &str, dir: Option<&str>) -> Option<String> {
    let joined = match dir {
        _ if Path::new(path).is_absolute() => PathBuf::from(path),
        Some(dir) if Path::new(dir).is_absolute() => Path::new(dir).join(path),
        _ => return None,
    };
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean.into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_files_and_made_files_have_content() {
        let patch = "*** Begin Patch\n*** Update File: a b.py\n*** Move to: c.py\n@@\n-x\n+y\n*** Add File: n.py\n+one\n+\n\
                     *** Delete File: d.py\n*** End Patch\n";
        let found = files(patch);
        let names: Vec<&str> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(names, ["a b.py", "c.py", "n.py", "d.py"]);
        let contents: Vec<Option<&str>> = found.iter().map(|f| f.content.as_deref()).collect();
        assert_eq!(contents, [None, None, Some("one\n\n"), None]);
        assert_eq!(files("no patch"), []);
    }

    #[test]
    fn a_result_names_what_it_changed() {
        let text = "Exit code: 0\nOutput:\nSuccess. Updated the following files:\nA src/t t.py\nM /w/c.py\n\nM no\n";
        assert_eq!(changed(text), ["src/t t.py", "/w/c.py"]);
        assert!(changed("Failed").is_empty());
    }

    #[test]
    fn a_patch_in_a_command_is_run_and_not_only_mentioned() {
        let run = "cd /w && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: x\n+1\n*** End Patch\nEOF";
        assert_eq!(files(in_command(run).unwrap())[0].path, "x");
        assert_eq!(in_command("grep '*** Begin Patch' notes"), None);
        assert_eq!(in_command("echo apply_patch '*** Begin Patch'"), None);
    }

    #[test]
    fn paths_are_made_whole() {
        assert_eq!(absolute("./a/../b.rs", Some("/w")).as_deref(), Some("/w/b.rs"));
        assert_eq!(absolute("/x/b.rs", None).as_deref(), Some("/x/b.rs"));
        assert_eq!(absolute("b.rs", None), None);
        assert_eq!(absolute("b.rs", Some("~")), None);
    }
}
