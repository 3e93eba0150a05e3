//! JavaScript and TypeScript: the package manager, its scripts, its workspaces and who drives them.

use serde_json::Value;

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Node;

/// Test runners that need no script, by the package that brings them.
const RUNNERS: &[(&str, &str)] = &[
    ("vitest", "vitest run"),
    ("jest", "jest"),
    ("mocha", "mocha"),
    ("ava", "ava"),
    ("@playwright/test", "playwright test"),
];

/// Members of a workspace looked at for the scripts they have.
const MEMBER_LIMIT: usize = 40;

impl Ecosystem for Node {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["package.json"])
    }

    fn languages(&self, site: &Site) -> Vec<&'static str> {
        let is_typed =
            site.file("tsconfig.json") || Package::read(site).is_some_and(|package| package.depends_on("typescript"));
        if is_typed {
            vec!["TypeScript", "JavaScript", "Vue", "Svelte"]
        } else {
            vec!["JavaScript", "TypeScript", "Vue", "Svelte"]
        }
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let package = Package::read(site).unwrap_or_default();
        let manager = Manager::of(site, &package);
        let mut toolchain = Toolchain::of(manager.name());
        toolchain.drivers.extend(driver(site));
        let command = |task: &str| {
            if package.has_script(task) {
                return Some(manager.run(task));
            }
            driven(site, manager, task).or_else(|| in_members(site, &package, manager, task))
        };
        toolchain.build = command("build");
        toolchain.test = command("test").or_else(|| {
            let (_, call) = RUNNERS.iter().find(|(name, _)| package.depends_on(name))?;
            Some(manager.execute(call))
        });
        let brings_tests = manager == Manager::Bun && toolchain.test.is_none();
        if brings_tests && site.any_file(|name| name.contains(".test.")) {
            toolchain.test = Some("bun test".to_owned());
        }
        toolchain
    }
}

#[derive(Default)]
struct Package(Value);

impl Package {
    fn read(site: &Site) -> Option<Self> {
        site.json("package.json").map(Self)
    }

    /// Whether such a script does something: `npm init` writes a test that only fails.
    fn has_script(&self, name: &str) -> bool {
        let script = self.0.get("scripts").and_then(|scripts| scripts.get(name));
        script
            .and_then(Value::as_str)
            .is_some_and(|line| !line.trim().is_empty() && !line.contains("no test specified"))
    }

    fn depends_on(&self, name: &str) -> bool {
        ["devDependencies", "dependencies"].iter().any(|kind| self.0.get(kind).and_then(|all| all.get(name)).is_some())
    }

    fn has_workspaces(&self) -> bool {
        self.0.get("workspaces").is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm,
    Pnpm,
    /// Before version 2, whose workspaces work in another way.
    YarnClassic,
    Yarn,
    Bun,
}

impl Manager {
    /// What the project declares, else whose lock file there is: in the package itself or, for a
    /// member of a workspace, at the top.
    fn of(site: &Site, package: &Package) -> Self {
        let top = site.top();
        Self::declared(package)
            .or_else(|| Self::locked(site))
            .or_else(|| Package::read(&top).and_then(|package| Self::declared(&package)))
            .or_else(|| Self::locked(&top))
            .unwrap_or(Self::Npm)
    }

    fn declared(package: &Package) -> Option<Self> {
        let declared = package.0.get("packageManager")?.as_str()?;
        let (name, version) = declared.split_once('@').unwrap_or((declared, ""));
        match name {
            "npm" => Some(Self::Npm),
            "pnpm" => Some(Self::Pnpm),
            "yarn" if version.starts_with("1.") => Some(Self::YarnClassic),
            "yarn" => Some(Self::Yarn),
            "bun" => Some(Self::Bun),
            _ => None,
        }
    }

    fn locked(site: &Site) -> Option<Self> {
        let any = |names: &[&str]| site.first_file(names).is_some();
        if any(&["pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
            Some(Self::Pnpm)
        } else if any(&[".yarnrc.yml"]) {
            Some(Self::Yarn)
        } else if any(&["yarn.lock"]) {
            Some(Self::YarnClassic)
        } else if any(&["bun.lock", "bun.lockb"]) {
            Some(Self::Bun)
        } else if any(&["package-lock.json", "npm-shrinkwrap.json"]) {
            Some(Self::Npm)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::Yarn => "yarn",
            Self::Bun => "bun",
        }
    }

    fn run(self, script: &str) -> String {
        match (self, script) {
            (Self::Npm | Self::Pnpm, "test") => format!("{} test", self.name()),
            (Self::YarnClassic | Self::Yarn, _) => format!("yarn {script}"),
            // `bun test` and `bun build` are bun's own, whatever the scripts say.
            _ => format!("{} run {script}", self.name()),
        }
    }

    fn execute(self, call: &str) -> String {
        let prefix = match self {
            Self::Npm => "npx",
            Self::Pnpm => "pnpm exec",
            Self::YarnClassic | Self::Yarn => "yarn",
            Self::Bun => "bunx",
        };
        format!("{prefix} {call}")
    }

    /// A script in all members that have it. Classic yarn fails at the first one without.
    fn run_in_members(self, script: &str) -> Option<String> {
        match self {
            Self::Npm => Some(format!("{} --workspaces --if-present", self.run(script))),
            Self::Pnpm => Some(format!("pnpm -r run {script}")),
            Self::Yarn => Some(format!("yarn workspaces foreach -A run {script}")),
            Self::Bun => Some(format!("bun run --filter '*' {script}")),
            Self::YarnClassic => None,
        }
    }
}

fn driver(site: &Site) -> Option<&'static str> {
    [("turbo.json", "turbo"), ("nx.json", "nx"), ("lerna.json", "lerna")]
        .into_iter()
        .find(|(file, _)| site.file(file))
        .map(|(_, name)| name)
}

/// A task the driver's own settings know of.
fn driven(site: &Site, manager: Manager, task: &str) -> Option<String> {
    let knows = |settings: &Value, table: &str| settings.get(table).and_then(|tasks| tasks.get(task)).is_some();
    match driver(site)? {
        "turbo" => {
            let settings = site.json("turbo.json")?;
            (knows(&settings, "tasks") || knows(&settings, "pipeline"))
                .then(|| manager.execute(&format!("turbo run {task}")))
        }
        "nx" => {
            knows(&site.json("nx.json")?, "targetDefaults").then(|| manager.execute(&format!("nx run-many -t {task}")))
        }
        _ => None,
    }
}

fn in_members(site: &Site, package: &Package, manager: Manager, task: &str) -> Option<String> {
    let is_workspace = package.has_workspaces() || site.file("pnpm-workspace.yaml");
    if !is_workspace {
        return None;
    }
    let members = site.below().skip(1).filter(|below| below.file("package.json"));
    members
        .take(MEMBER_LIMIT)
        .filter_map(|member| Package::read(&member))
        .any(|member| member.has_script(task))
        .then(|| manager.run_in_members(task))
        .flatten()
}
