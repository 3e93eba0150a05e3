//! Holds the packages (plugins, the extension, the registry's entry) to the sources that they are made of.
//!
//! `UPDATE_PACKAGES=1 cargo test --test it packages` makes the copies anew.

#[cfg(unix)]
mod hooks;
#[cfg(target_os = "linux")]
mod install_script;
#[cfg(target_os = "linux")]
mod release;
mod services;
mod skills;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::project_dir;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const DESCRIPTION: &str = env!("CARGO_PKG_DESCRIPTION");

/// A package: who it is for, as the command line says it, where it lies, its manifest.
struct Package {
    agent: &'static str,
    dir: &'static str,
    manifest: &'static str,
    /// How clients find it; the extension is given by its folder.
    market: Option<&'static str>,
}

const PACKAGES: &[Package] = &[
    Package {
        agent: "claude-code",
        dir: "adapters/claude-code/plugin",
        manifest: ".claude-plugin/plugin.json",
        market: Some(".claude-plugin/marketplace.json"),
    },
    Package {
        agent: "codex",
        dir: "adapters/codex/plugin",
        manifest: ".codex-plugin/plugin.json",
        market: Some(".agents/plugins/marketplace.json"),
    },
    Package {
        agent: "copilot-cli",
        dir: "adapters/copilot-cli/plugin",
        manifest: "plugin.json",
        market: Some(".github/plugin/marketplace.json"),
    },
    Package {
        agent: "gemini-cli",
        dir: "adapters/gemini-cli/extension",
        manifest: "gemini-extension.json",
        market: None,
    },
];

impl Package {
    fn path(&self, inside: &str) -> PathBuf {
        project_dir().join(self.dir).join(inside)
    }

    fn json(&self, inside: &str) -> Value {
        json(&self.path(inside))
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Compares files with what they should hold, or writes them where that is asked for.
fn in_step(wanted: impl IntoIterator<Item = (PathBuf, String)>) {
    let update = std::env::var_os("UPDATE_PACKAGES").is_some();
    let mut stale = Vec::new();
    for (path, text) in wanted {
        if std::fs::read_to_string(&path).is_ok_and(|kept| kept == text) {
            continue;
        }
        if update {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            std::fs::write(&path, text).expect("a copy");
        } else {
            stale.push(path.strip_prefix(project_dir()).unwrap_or(&path).display().to_string());
        }
    }
    assert!(
        stale.is_empty(),
        "not in step with their sources; run UPDATE_PACKAGES=1 cargo test --test it packages:\n{}",
        stale.join("\n")
    );
}

/// `text` with another version in its one line that has one.
fn versioned(text: &str) -> String {
    let line = |line: &str| match line.split_once("\"version\": \"") {
        Some((before, after)) => {
            let rest = after.split_once('"').map_or("", |(_, rest)| rest);
            format!("{before}\"version\": \"{VERSION}\"{rest}\n")
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn versions_are_those_of_the_program() {
    let mut paths: Vec<PathBuf> = PACKAGES.iter().map(|package| package.path(package.manifest)).collect();
    paths.extend(
        [".github/plugin/marketplace.json", "adapters/server.json", "adapters/mcpb.json"]
            .map(|path| project_dir().join(path)),
    );
    in_step(paths.into_iter().map(|path| {
        let text = versioned(&read(&path));
        assert!(text.contains(VERSION), "{} has no version", path.display());
        (path, text)
    }));
}

#[test]
fn every_package_says_what_the_program_says_of_itself() {
    for package in PACKAGES {
        let manifest = package.json(package.manifest);
        assert_eq!(manifest["name"], "tma1", "{}", package.dir);
        assert_eq!(manifest["description"], DESCRIPTION, "{}", package.dir);
        assert!(package.path("README.md").is_file(), "{} has no README.md", package.dir);
    }
    assert_eq!(json(&project_dir().join("adapters/mcpb.json"))["description"], DESCRIPTION);
}

#[test]
fn every_catalogue_leads_to_its_package() {
    for package in PACKAGES {
        let Some(market) = package.market else { continue };
        let catalogue = json(&project_dir().join(market));
        let plugins = catalogue["plugins"].as_array().expect("plugins");
        assert_eq!((catalogue["name"].as_str(), plugins.len()), (Some("tma1"), 1), "{market}");
        let source = &plugins[0]["source"];
        let path = source.as_str().or(source["path"].as_str()).expect("a source");
        assert_eq!(path.strip_prefix("./"), Some(package.dir), "{market}");
        assert_eq!(plugins[0]["name"], package.json(package.manifest)["name"], "{market}");
        if let Some(description) = plugins[0].get("description") {
            assert_eq!(description, DESCRIPTION, "{market}");
        }
    }
}

#[test]
fn every_package_serves_the_tools_to_its_own_agent() {
    for package in PACKAGES {
        let manifest = package.json(package.manifest);
        let servers = match &manifest["mcpServers"] {
            Value::Object(servers) => Value::Object(servers.clone()),
            _ => package.json(".mcp.json")["mcpServers"].clone(),
        };
        let server = &servers["tma1"];
        assert_eq!(servers.as_object().map(serde_json::Map::len), Some(1), "{}", package.dir);
        assert_eq!(server["command"], "tma1", "{}", package.dir);
        assert_eq!(server["args"], serde_json::json!(["mcp", "--caller", package.agent]), "{}", package.dir);
    }
}
