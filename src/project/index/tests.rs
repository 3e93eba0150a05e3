//! Trees written to a temporary directory, and what is said of them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::index;
use super::shape::{Shape, describe};
use super::survey::{ENTRY_LIMIT, Survey};

mod ecosystems;
mod monorepos;
mod runners;

/// Writes files; a path that ends in `/` becomes a directory.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, content) in files {
        write(dir.path(), path, content);
    }
    dir
}

fn write(root: &Path, path: &str, content: &str) {
    let path_on_disk = root.join(path);
    if path.ends_with('/') {
        fs::create_dir_all(path_on_disk).unwrap();
    } else {
        fs::create_dir_all(path_on_disk.parent().unwrap()).unwrap();
        fs::write(path_on_disk, content).unwrap();
    }
}

fn shape(files: &[(&str, &str)]) -> Shape {
    index(tree(files).path())
}

/// One row of a table: a tree, then languages, system, build and test command; `-` for none.
type Case<'a> = (&'a [(&'a str, &'a str)], [&'a str; 4]);

fn check(cases: &[Case]) {
    for (number, (files, wanted)) in cases.iter().enumerate() {
        let shape = shape(files);
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let found = [
            shape.languages.join(", "),
            or_none(shape.build_system),
            or_none(shape.build_command),
            or_none(shape.test_command),
        ];
        assert_eq!(found.each_ref().map(String::as_str), *wanted, "case {number}: {files:?}");
    }
}

#[test]
fn nothing_there_is_an_empty_shape() {
    let dir = tree(&[]);
    assert_eq!(index(dir.path()), Shape::default());
    assert_eq!(index(&dir.path().join("gone")), Shape::default());
    assert_eq!(index(Path::new(r"D:\work\app")), Shape::default());
}

#[test]
fn the_answer_leaves_out_what_is_unknown() {
    let shape = shape(&[("notes.md", ""), ("img/", "")]);
    assert_eq!(
        serde_json::to_value(shape).unwrap(),
        serde_json::json!({"languages": [], "key_files": [], "top_level": ["img/"]})
    );
}

#[test]
fn key_files_come_in_reading_order() {
    let shape = shape(&[
        ("LICENSE", ""),
        ("Dockerfile", ""),
        ("Makefile", "all:\n"),
        ("Cargo.toml", ""),
        (".github/workflows/ci.yml", ""),
        ("AGENTS.md", ""),
        ("CONTRIBUTING.md", ""),
        ("Readme.rst", ""),
        ("README.zh.md", ""),
        ("main.rs", ""),
        ("compose.yaml", ""),
    ]);
    let wanted = [
        "Readme.rst",
        "AGENTS.md",
        "CONTRIBUTING.md",
        "Cargo.toml",
        "Makefile",
        "Dockerfile",
        "compose.yaml",
        ".github/workflows",
        "LICENSE",
    ];
    assert_eq!(shape.key_files, wanted);
}

#[test]
fn key_files_are_few() {
    let names: Vec<String> = ["md", "rst", "txt", "org"]
        .iter()
        .flat_map(|end| ["README", "AGENTS", "CLAUDE", "GEMINI", "SECURITY"].map(|name| format!("{name}.{end}")))
        .collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(shape(&files).key_files.len(), 16);
}

#[cfg(unix)]
#[test]
fn a_linked_guide_is_shown_but_a_linked_directory_is_not_walked() {
    let dir = tree(&[("AGENTS.md", ""), ("lib/a.py", "")]);
    let elsewhere = tree(&[("deep/b.rs", ""), ("Cargo.toml", "")]);
    std::os::unix::fs::symlink("AGENTS.md", dir.path().join("CLAUDE.md")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(dir.path(), dir.path().join("lib/circle")).unwrap();
    let shape = index(dir.path());
    assert_eq!(shape.key_files, ["AGENTS.md", "CLAUDE.md"]);
    assert_eq!(shape.languages, ["Python"]);
    assert_eq!(shape.top_level, ["lib/"]);
}

#[test]
fn top_level_shows_neither_hidden_nor_built_directories() {
    let hidden = ["node_modules/", "target/", ".git/", ".venv/", "venv/", "dist/", "__pycache__/"];
    let shown = ["src/", "docs/", "testdata/", "app/"];
    let all: Vec<_> = hidden.iter().chain(&shown).map(|name| (*name, "")).collect();
    assert_eq!(shape(&all).top_level, ["app/", "docs/", "src/", "testdata/"]);

    let many: Vec<String> = (0..40).map(|number| format!("d{number:02}/")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), "")).collect();
    let top_level = shape(&many).top_level;
    assert_eq!(top_level.len(), 24);
    assert_eq!(top_level.last().map(String::as_str), Some("d23/"));
}

#[test]
fn dependencies_and_build_output_do_not_count() {
    let mut files = vec![
        ("go.mod".to_owned(), ""),
        ("main.go".to_owned(), ""),
        ("env/pyvenv.cfg".to_owned(), ""),
        ("cache/CACHEDIR.TAG".to_owned(), ""),
        ("wt/.git".to_owned(), "gitdir: /repo/.git/worktrees/wt\n"),
    ];
    for skipped in ["node_modules", "vendor", "target", ".hidden", "env", "cache", "wt", "testdata"] {
        for number in 0..9 {
            files.push((format!("{skipped}/lib/{number}.py"), ""));
            files.push((format!("{skipped}/{number}.py"), ""));
        }
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_eq!(shape(&files).languages, ["Go"]);
}

#[test]
fn a_huge_tree_stays_within_the_entry_limit() {
    let dir = tree(&[("Cargo.toml", "[package]"), ("src/main.rs", ""), ("zebra/a.rs", "")]);
    for outer in 0..20 {
        let folder = dir.path().join(format!("data{outer:02}"));
        fs::create_dir(&folder).unwrap();
        for inner in 0..1_000 {
            fs::write(folder.join(format!("{inner}.json")), "").unwrap();
        }
    }
    let survey = Survey::of(dir.path());
    assert!(survey.truncated);
    assert!(survey.visited <= ENTRY_LIMIT, "{}", survey.visited);
    let shape = describe(dir.path(), &survey);
    assert_eq!(shape.languages, ["Rust"]);
    assert_eq!(shape.build_command.as_deref(), Some("cargo build"));
}

#[test]
fn a_manifest_among_thousands_of_files_is_found() {
    let dir = tree(&[]);
    for number in 0..3_000 {
        fs::write(dir.path().join(format!("{number}.csv")), "").unwrap();
    }
    write(dir.path(), "go.mod", "module x");
    assert_eq!(index(dir.path()).test_command.as_deref(), Some("go test ./..."));
}

#[test]
fn the_walk_ends_after_some_levels() {
    let deep = "a/x/b/x/c/x/d/x/e/x/f.py";
    let mut files = vec![("main.rs", ""), (deep, "")];
    let marks = ["a/1", "a/x/1", "a/x/b/1", "a/x/b/x/1", "a/x/b/x/c/1"];
    files.extend(marks.iter().map(|path| (*path, "")));
    let dir = tree(&files);
    let survey = Survey::of(dir.path());
    let deepest = survey.folders.iter().map(|folder| folder.depth).max();
    assert_eq!(deepest, Some(4));
}

#[test]
fn directories_with_one_directory_cost_no_level() {
    let dir = tree(&[
        ("pom.xml", ""),
        ("src/main/java/com/acme/app/App.java", ""),
        ("src/main/resources/a.properties", ""),
        ("src/test/java/com/acme/app/AppTest.java", ""),
    ]);
    let survey = Survey::of(dir.path());
    assert!(survey.folders.iter().any(|folder| folder.path.ends_with("com/acme/app")));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_left_out() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&[("go.mod", ""), ("main.go", ""), ("closed/a.py", "")]);
    let closed = dir.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_closed = fs::read_dir(&closed).is_err();
    let shape = index(dir.path());
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(shape.languages.first().map(String::as_str), Some("Go"));
    assert_eq!(shape.top_level, ["closed/"]);
    // The superuser reads everything.
    assert!(!is_closed || shape.languages == ["Go"]);
}

#[test]
fn broken_and_oversized_manifests_still_name_their_ecosystem() {
    let big = format!("{{\"scripts\":{{\"test\":\"x\"}},\"a\":\"{}\"}}", "b".repeat(300_000));
    check(&[
        (&[("package.json", "{ \"scripts\": ")], ["JavaScript", "npm", "-", "-"]),
        (&[("package.json", &big)], ["JavaScript", "npm", "-", "-"]),
        (&[("Cargo.toml", "[package\n")], ["Rust", "cargo", "cargo build", "cargo test"]),
        (&[("pyproject.toml", "= =")], ["Python", "pip", "-", "-"]),
        (&[("composer.json", "[]")], ["PHP", "composer", "-", "-"]),
        (&[("go.work", "use (\n")], ["Go", "go", "-", "-"]),
        (&[("package.json", "\u{feff}{\"scripts\":{\"test\":\"x\"}}")], ["JavaScript", "npm", "-", "npm test"]),
    ]);
}
