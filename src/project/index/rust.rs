//! Rust: cargo, with nextest where the project runs its tests by it.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Rust;

/// Workflows beyond that are not looked at for a mention of nextest.
const WORKFLOW_LIMIT: usize = 24;

impl Ecosystem for Rust {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["Cargo.toml"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Rust"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let scope = if builds_only_its_root(site) { " --workspace" } else { "" };
        let test = if uses_nextest(site) { "nextest run" } else { "test" };
        Toolchain::of("cargo").build(format!("cargo build{scope}")).test(format!("cargo {test}{scope}"))
    }
}

/// At a root that is a package itself cargo leaves the other members out, unless it is told.
fn builds_only_its_root(site: &Site) -> bool {
    let Some(manifest) = site.toml("Cargo.toml") else {
        return false;
    };
    let workspace = manifest.get("workspace").and_then(toml::Value::as_table);
    manifest.contains_key("package")
        && workspace
            .is_some_and(|workspace| workspace.contains_key("members") && !workspace.contains_key("default-members"))
}

fn uses_nextest(site: &Site) -> bool {
    let top = site.top();
    let mentions = |name: &str| top.mentions(name, &["cargo nextest", "cargo-nextest"]);
    [site, &top].iter().any(|site| site.file(".config/nextest.toml"))
        || ["justfile", "Justfile", ".justfile", "Makefile", ".gitlab-ci.yml"]
            .iter()
            .any(|name| top.file(name) && mentions(name))
        || workflows(&top).iter().any(|name| mentions(name))
}

fn workflows(top: &Site) -> Vec<String> {
    let Ok(entries) = top.hidden(".github/workflows").read_dir() else {
        return Vec::new();
    };
    entries
        .flatten()
        .take(WORKFLOW_LIMIT)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| format!(".github/workflows/{name}"))
        .collect()
}
