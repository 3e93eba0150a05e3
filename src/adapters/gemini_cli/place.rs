//! What a chat's path tells: whether there are chats at all, whose sub-agent it is of, and which project it belongs to.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::wire::Registry;
use crate::adapters::json;

const CHATS: &str = "chats";
/// In a project's folder: the path of the project.
const ROOT: &str = ".project_root";
/// In the client's own folder: every project's path, and the name of its folder.
const REGISTRY: &str = "projects.json";

/// In the client's own folder only some directories hold chats; elsewhere every one may.
pub(super) fn may_hold_chats(path: &Path) -> bool {
    let names: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    match names.windows(2).position(|pair| pair == [".gemini", "tmp"]) {
        Some(at) => names[at..].contains(&CHATS),
        None => true,
    }
}

/// The session that the chat at `path` is a sub-agent's of: it lies in a directory of that name.
pub(super) fn parent(path: &Path) -> Option<String> {
    let dir = path.parent()?;
    let within = dir.parent().is_some_and(|above| named(above, CHATS));
    within.then(|| dir.file_name()?.to_str().map(str::to_owned)).flatten()
}

/// The folder of the project, which `chats` lies in.
fn project(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).take(2).find(|dir| named(dir, CHATS))?.parent()
}

/// The files that may tell the project's path.
pub(super) fn neighbours(path: &Path) -> Vec<PathBuf> {
    let Some(project) = project(path) else { return Vec::new() };
    let registry = project.ancestors().nth(2).map(|gemini| gemini.join(REGISTRY));
    std::iter::once(project.join(ROOT)).chain(registry).collect()
}

/// The directory of the project whose chat lies at `path`, as its neighbour at `file` tells it.
pub(super) fn root(path: &Path, file: &Path, content: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?;
    if named(file, ROOT) {
        return Some(text.trim().to_owned()).filter(|root| !root.is_empty());
    }
    let folder = project(path)?.file_name()?.to_str()?;
    let registry: Registry<'_> = json::parse(text)?;
    let mut found = None;
    json::each(registry.projects, &mut |root, name| {
        // Older versions name the folder by the path's hash.
        if json::text(Some(name)).as_deref() == Some(folder) || folder.len() == 64 && hash(root) == folder {
            found = Some(root.to_owned());
        }
    });
    found
}

/// The directory that a chat's first words name: what the client tells the model of where it is.
pub(super) fn workspace(beginning: &[u8]) -> Option<String> {
    const CONTEXT: &[u8] = b"\"<session_context>\\n";
    const LISTED: &[u8] = b"Workspace Directories:**\\n  - ";
    let context = &beginning[memchr::memmem::find(beginning, CONTEXT)?..];
    let listed = &context[memchr::memmem::find(context, LISTED)? + LISTED.len()..];
    let end = memchr::memmem::find(listed, b"\\n")?;
    let escaped = std::str::from_utf8(&listed[..end]).ok()?;
    serde_json::from_str(&format!("\"{escaped}\"")).ok()
}

fn hash(root: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(root.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|own| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = "/h/.gemini/tmp/app/chats/session-1.jsonl";

    #[test]
    fn only_chats_are_read_of_the_clients_own_folder() {
        for path in [CHAT, "/h/.gemini/tmp/app/chats/parent/child.jsonl", "/anywhere/small.json"] {
            assert!(may_hold_chats(Path::new(path)), "{path}");
        }
        for path in ["/h/.gemini/tmp/app/tracker/1.json", "/h/.gemini/tmp/app/logs/a.jsonl"] {
            assert!(!may_hold_chats(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_sub_agents_chat_lies_in_a_directory_of_its_session() {
        assert_eq!(parent(Path::new(CHAT)), None);
        assert_eq!(parent(Path::new("/h/.gemini/tmp/app/chats/p/c.jsonl")).as_deref(), Some("p"));
        assert_eq!(parent(Path::new("/w/c.jsonl")), None);
    }

    #[test]
    fn neighbours_tell_where_the_project_lies() {
        let chat = Path::new(CHAT);
        let files = neighbours(chat);
        assert_eq!(files, [Path::new("/h/.gemini/tmp/app/.project_root"), Path::new("/h/.gemini/projects.json")]);
        assert_eq!(neighbours(Path::new("/h/.gemini/tmp/app/chats/p/c.jsonl")), files);
        assert!(neighbours(Path::new("/w/small.json")).is_empty());
        assert_eq!(root(chat, &files[0], b"/w/app\n").as_deref(), Some("/w/app"));
        assert_eq!(root(chat, &files[0], b" "), None);
        let registry = br#"{"projects":{"/w/other":"other","/w/app":"app"}}"#;
        assert_eq!(root(chat, &files[1], registry).as_deref(), Some("/w/app"));
        assert_eq!(root(chat, &files[1], b"{\"projects\":[]}"), None);
        let old =
            "/h/.gemini/tmp/1afbf223bb0b58ba08766ec87173ebd68e0507d66983531a95b52ff9b529c7db/chats/session-1.json";
        let registry = br#"{"projects":{"/home/dev/project":"project"}}"#;
        assert_eq!(root(Path::new(old), &files[1], registry).as_deref(), Some("/home/dev/project"));
    }
}
