//! Chooses whose commands speak for the project: the root's, or those of its few parts together.

use std::path::Path;

use super::ECOSYSTEMS;
use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;
use super::survey::{Folder, Survey};

/// How far down a manifest may lie and still be one of the project's parts.
const PART_DEPTH: usize = 2;
/// Each manifest costs a read, so that of hundreds of packages the first have to do.
const MANIFEST_LIMIT: usize = 64;
/// More parts than that nobody builds by typing one command for each.
const PART_LIMIT: usize = 3;

/// Manifests in there describe something beside the project.
const ASIDE: &[&str] = &[
    "benches",
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "external",
    "fuzz",
    "sample",
    "samples",
    "scripts",
    "site",
    "test",
    "tests",
    "tools",
    "website",
];

pub(super) struct Found<'a> {
    pub ecosystem: &'static dyn Ecosystem,
    pub site: Site<'a>,
    pub folder: &'a Folder,
    pub manifest: String,
}

/// All manifests at the root and, of each ecosystem, the topmost ones below it.
pub(super) fn find<'a>(root: &'a Path, survey: &'a Survey) -> Vec<Found<'a>> {
    let mut found: Vec<Found> = Vec::new();
    let near = survey.folders.iter().filter(|folder| folder.depth <= PART_DEPTH && !is_aside(folder));
    for folder in near {
        if found.len() >= MANIFEST_LIMIT {
            break;
        }
        let site = Site::new(root, survey, folder);
        for &ecosystem in ECOSYSTEMS {
            if let Some(manifest) = ecosystem.manifest(&site) {
                found.push(Found { ecosystem, site, folder, manifest });
            }
        }
    }
    found
}

fn is_aside(folder: &Folder) -> bool {
    folder.path.split('/').any(|part| ASIDE.contains(&part))
}

/// The root's own commands in the heaviest language that has any there, else its parts'.
pub(super) fn choose(found: &[Found], languages: &[&str]) -> Toolchain {
    let mut ordered: Vec<&Found> = found.iter().collect();
    ordered.sort_by_cached_key(|found| weight(found, languages));
    let at_root: Vec<Toolchain> = ordered
        .iter()
        .filter(|found| found.folder.is_root())
        .map(|found| found.ecosystem.toolchain(&found.site))
        .collect();
    if let Some(own) = at_root.iter().find(|toolchain| toolchain.has_command()) {
        return own.clone();
    }
    let parts: Vec<&Found> = ordered.iter().copied().filter(|part| is_topmost(part, found)).collect();
    let together = join(&parts);
    if together.has_command() {
        return together;
    }
    at_root.into_iter().next().unwrap_or(together)
}

fn weight(found: &Found, languages: &[&str]) -> usize {
    let ranks = found.ecosystem.languages(&found.site);
    ranks
        .iter()
        .filter_map(|language| languages.iter().position(|ranked| ranked == language))
        .min()
        .unwrap_or(usize::MAX)
}

/// Below another manifest of its own kind it is that one's business.
fn is_topmost(part: &Found, found: &[Found]) -> bool {
    !part.folder.is_root()
        && !found.iter().any(|other| {
            !other.folder.is_root()
                && std::ptr::addr_eq(other.ecosystem, part.ecosystem)
                && part.folder.path.strip_prefix(other.folder.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
}

fn join(parts: &[&Found]) -> Toolchain {
    let mut seen: Vec<&str> = Vec::new();
    let mut chains: Vec<(String, Toolchain)> = Vec::new();
    for part in parts {
        // One directory counts once, for its heaviest language.
        if seen.contains(&part.folder.path.as_str()) {
            continue;
        }
        seen.push(&part.folder.path);
        // A directory that cannot be typed as it is must not end up in a command.
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '.' | '-');
        let mut chain = part.ecosystem.toolchain(&part.site);
        if !part.folder.path.chars().all(is_plain) {
            (chain.build, chain.test) = (None, None);
        }
        chains.push((part.folder.path.clone(), chain));
    }
    let mut systems: Vec<String> = Vec::new();
    for system in chains.iter().filter_map(|(_, chain)| describe(chain)) {
        if !systems.contains(&system) {
            systems.push(system);
        }
    }
    let few = chains.len() <= PART_LIMIT;
    Toolchain {
        system: (!systems.is_empty()).then(|| systems.join(" + ")),
        drivers: Vec::new(),
        build: in_each(&chains, |chain| chain.build.as_deref()).filter(|_| few),
        test: in_each(&chains, |chain| chain.test.as_deref()).filter(|_| few),
    }
}

fn in_each(chains: &[(String, Toolchain)], command: impl Fn(&Toolchain) -> Option<&str>) -> Option<String> {
    let commands: Vec<String> =
        chains.iter().filter_map(|(path, chain)| Some(format!("cd {path} && {}", command(chain)?))).collect();
    match commands.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(several.iter().map(|command| format!("({command})")).collect::<Vec<_>>().join(" && ")),
    }
}

/// `pnpm (turbo, make)`.
pub(super) fn describe(toolchain: &Toolchain) -> Option<String> {
    let system = toolchain.system.as_deref()?;
    if toolchain.drivers.is_empty() {
        return Some(system.to_owned());
    }
    Some(format!("{system} ({})", toolchain.drivers.join(", ")))
}
