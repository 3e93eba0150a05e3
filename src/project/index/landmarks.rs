//! What a newcomer to the directory looks at first: its key files and its top-level directories.

use std::path::Path;

use super::survey::{Folder, Survey};
use super::toolchain::Found;

const KEY_FILE_LIMIT: usize = 16;
const TOP_LEVEL_LIMIT: usize = 24;
/// Manifests of parts are shown only where the root has none of its own.
const PART_LIMIT: usize = 4;

/// In lower case, without the extension of a text.
const GUIDES: &[&str] = &["readme", "agents", "claude", "gemini", "conventions", "contributing", "architecture"];
const TEXT_EXTENSIONS: &[&str] = &["md", "rst", "txt", "adoc", "org", "markdown"];

/// Says how the project is built beside the manifest, or where it is run.
const BUILD_FILES: &[&str] = &[
    "go.work",
    "Cargo.toml",
    "go.mod",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "requirements.txt",
    "composer.json",
    "Gemfile",
    "CMakeLists.txt",
    "pnpm-workspace.yaml",
    "nx.json",
    "turbo.json",
    "lerna.json",
    "tsconfig.json",
    "settings.gradle",
    "settings.gradle.kts",
    "tox.ini",
    "noxfile.py",
    "Makefile",
    "GNUmakefile",
    "makefile",
    "justfile",
    "Justfile",
    ".justfile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "mise.toml",
    ".mise.toml",
    "MODULE.bazel",
    "flake.nix",
    "Dockerfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    ".github/workflows",
    ".gitlab-ci.yml",
];
const LAST: &[&str] = &["changelog", "security", "license", "licence", "copying"];

pub(super) fn key_files(root: &Path, survey: &Survey, top: &Folder, found: &[Found]) -> Vec<String> {
    let mut files = texts(top, GUIDES);
    let own: Vec<_> = found.iter().filter(|found| found.folder.is_root()).collect();
    files.extend(own.iter().map(|found| found.manifest.clone()));
    if own.is_empty() {
        let parts = found.iter().take(PART_LIMIT);
        files.extend(parts.map(|part| part.folder.child(&part.manifest)));
    }
    let is_there = |name: &&&str| {
        if !name.contains('/') {
            return top.files.iter().any(|file| file == *name);
        }
        let path = root.join(name);
        survey.asks(&path);
        path.exists()
    };
    let build = BUILD_FILES.iter().filter(is_there);
    files.extend(build.map(|name| (*name).to_owned()));
    files.extend(texts(top, LAST));
    let mut unique: Vec<String> = Vec::new();
    for file in files.into_iter().filter(|file| !file.ends_with('/')) {
        if !unique.contains(&file) {
            unique.push(file);
        }
    }
    unique.truncate(KEY_FILE_LIMIT);
    unique
}

/// Files of these names in any case, with the extension of a text or with none.
fn texts(top: &Folder, names: &[&str]) -> Vec<String> {
    let is_named = |file: &str, name: &str| {
        let file = file.to_ascii_lowercase();
        match file.strip_prefix(name).map(|rest| rest.strip_prefix('.')) {
            Some(Some(extension)) => TEXT_EXTENSIONS.contains(&extension),
            Some(None) => file == name,
            None => false,
        }
    };
    names.iter().flat_map(|name| top.files.iter().filter(move |file| is_named(file, name))).cloned().collect()
}

pub(super) fn top_level(top: &Folder) -> Vec<String> {
    let dirs = top.dirs.iter().take(TOP_LEVEL_LIMIT);
    dirs.map(|name| format!("{name}/")).collect()
}
