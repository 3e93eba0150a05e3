//! Go: a module, or a workspace of several.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Go;

/// More patterns than that nobody types.
const MODULE_LIMIT: usize = 4;
/// From then on `work` stands for all modules of a workspace.
const WORK_PATTERN_SINCE: u32 = 25;

impl Ecosystem for Go {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["go.mod", "go.work"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Go"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("go");
        match packages(site) {
            Some(packages) => toolchain.build(format!("go build {packages}")).test(format!("go test {packages}")),
            None => toolchain,
        }
    }
}

/// `./...` means the module here and never its neighbours; in a workspace's root without a module
/// of its own it is an error.
fn packages(site: &Site) -> Option<String> {
    let Some(text) = site.text("go.work") else {
        return site.file("go.mod").then(|| "./...".to_owned());
    };
    let work = Workspace::parse(&text);
    if work.modules.is_empty() {
        return None;
    }
    if work.minor.is_some_and(|minor| minor >= WORK_PATTERN_SINCE) && work.modules.len() > 1 {
        return Some("work".to_owned());
    }
    if work.modules.len() > MODULE_LIMIT {
        return None;
    }
    let patterns: Vec<_> = work.modules.iter().map(|dir| pattern(dir)).collect();
    Some(patterns.join(" "))
}

fn pattern(dir: &str) -> String {
    let dir = dir.trim_start_matches("./").trim_end_matches('/');
    match dir {
        "" | "." => "./...".to_owned(),
        up if up.starts_with("..") => format!("{up}/..."),
        _ => format!("./{dir}/..."),
    }
}

#[derive(Default)]
struct Workspace {
    minor: Option<u32>,
    modules: Vec<String>,
}

impl Workspace {
    fn parse(text: &str) -> Self {
        let mut work = Self::default();
        let mut block = None;
        for line in text.lines() {
            let line = line.split("//").next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            match (block, words.next(), words.next()) {
                (_, Some(")"), _) => block = None,
                (None, Some(directive), Some("(")) => block = Some(directive == "use"),
                (None, Some("use"), Some(dir)) | (Some(true), Some(dir), None) => {
                    work.modules.push(dir.trim_matches('"').to_owned());
                }
                (None, Some("go"), Some(version)) => work.minor = minor(version),
                _ => {}
            }
        }
        work
    }
}

fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("1.")?;
    rest.split('.').next()?.parse().ok()
}
