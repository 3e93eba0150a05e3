//! Holds the modules to the direction in which data runs, and outside crates to the module they belong in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::project_dir;

/// What each module may use of ours. `docs/design/modules.md` says why.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("paths", &[]),
    ("clock", &[]),
    ("redact", &[]),
    ("builds", &["model"]),
    ("pricing", &["model"]),
    ("project", &["model"]),
    ("adapters", &["model"]),
    ("spool", &["paths"]),
    ("link", &["paths", "spool"]),
    ("hook", &["clock", "link", "paths", "redact", "spool"]),
    ("store", &["model", "builds", "paths", "pricing"]),
    ("ingest", &["model", "adapters", "builds", "clock", "project", "redact", "spool", "store"]),
    ("perceive", &["model", "builds", "store"]),
    ("answer", &["model", "builds", "clock", "link", "perceive", "pricing", "project", "spool", "store"]),
    ("config", &["model", "adapters", "answer", "paths", "redact"]),
    ("setup", &["model", "adapters", "paths"]),
    ("serve", &["model", "answer", "clock", "config", "link", "spool", "store"]),
    ("wrapper", &["model", "builds", "clock", "hook", "ingest", "link", "redact", "spool", "store"]),
    (
        "sidecar",
        &[
            "model", "adapters", "answer", "clock", "config", "hook", "ingest", "link", "paths", "perceive", "project",
            "redact", "serve", "spool", "store",
        ],
    ),
    (
        "cli",
        &[
            "model", "adapters", "answer", "clock", "config", "hook", "ingest", "link", "paths", "pricing", "project",
            "redact", "serve", "setup", "sidecar", "store", "wrapper",
        ],
    ),
];

/// Outside crates that belong to one module.
const AT_HOME: &[(&str, &str)] = &[
    ("rusqlite", "store"),
    ("rmcp", "serve"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("indicatif", "cli"),
    ("terminal_size", "cli"),
    ("aho_corasick", "redact"),
    ("hyper", "serve"),
    ("hyper_util", "serve"),
    ("ignore", "ingest"),
    ("notify", "ingest"),
    ("prost", "ingest"),
    ("toml_parser", "setup"),
];

/// Reads the databases of other programs, which are no store of ours.
const OF_OTHERS: &[&str] = &["ingest/rows.rs", "ingest/rows"];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("src is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Modules named after `crate::`, also in groups.
fn used(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let group = rest.strip_prefix('{').and_then(|g| g.split_once('}')).map_or(rest, |(g, _)| g);
        let pieces: Vec<&str> = if rest.starts_with('{') { group.split(',').collect() } else { vec![rest] };
        for piece in pieces {
            let name: String = piece.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            names.insert(name);
        }
    }
    names
}

#[test]
fn modules_use_only_what_lies_before_them() {
    let src = project_dir().join("src");
    let rules: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let place = file.strip_prefix(&src).expect("below src").to_owned();
        let module = place.iter().next().and_then(|m| m.to_str()).expect("a name").trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(allowed) = rules.get(module.as_str()) else {
            wrong.push(format!("{}: module `{module}` is not in the table", place.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("a source");
        for name in used(&text) {
            if rules.contains_key(name.as_str()) && name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{}: `{module}` must not use `{name}`", place.display()));
            }
        }
        for (krate, home) in AT_HOME {
            let at_home = place.starts_with(home) || place.starts_with(format!("{home}.rs"));
            let of_others = *krate == "rusqlite" && OF_OTHERS.iter().any(|other| place.starts_with(other));
            if !at_home && !of_others && text.contains(&format!("{krate}::")) {
                wrong.push(format!("{}: `{krate}` belongs in `{home}`", place.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut files = Vec::new();
    sources(&project_dir().join("src"), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        assert!(text.starts_with("//!"), "{}: begin with //! and the one reason to exist", file.display());
        let lines = text.lines().count();
        let tests = file.ends_with("tests.rs") || file.components().any(|c| c.as_os_str() == "tests");
        assert!(tests || lines <= 800, "{}: {lines} lines", file.display());
    }
}
