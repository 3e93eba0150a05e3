//! Python: who manages the environment, and what runs the tests in it.

use std::path::Path;

use toml::{Table, Value};

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Python;

const MANIFESTS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "manage.py"];

impl Ecosystem for Python {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(MANIFESTS)
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Python"]
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let project = Project { site, declared: site.toml("pyproject.toml").unwrap_or_default() };
        let manager = project.manager();
        Toolchain { build: project.build(manager), test: project.test(manager), ..Toolchain::of(manager.name()) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Uv,
    Poetry,
    Pdm,
    Hatch,
    Pipenv,
    Maturin,
    Pip,
}

impl Manager {
    fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pdm => "pdm",
            Self::Hatch => "hatch",
            Self::Pipenv => "pipenv",
            Self::Maturin => "maturin",
            Self::Pip => "pip",
        }
    }

    /// In the environment that the manager keeps.
    fn run(self, command: &str) -> String {
        match self {
            Self::Maturin | Self::Pip => command.to_owned(),
            _ => format!("{} run {command}", self.name()),
        }
    }
}

struct Project<'a> {
    site: &'a Site<'a>,
    declared: Table,
}

impl Project<'_> {
    fn tool(&self, name: &str) -> Option<&Table> {
        self.declared.get("tool")?.get(name)?.as_table()
    }

    fn backend(&self) -> Option<&str> {
        self.declared.get("build-system")?.get("build-backend")?.as_str()
    }

    /// Lock files first: a tool's table may be left over, or serve only for its settings.
    fn manager(&self) -> Manager {
        let locked = [
            ("uv.lock", Manager::Uv),
            ("poetry.lock", Manager::Poetry),
            ("pdm.lock", Manager::Pdm),
            ("Pipfile", Manager::Pipenv),
        ];
        let declared =
            [("uv", Manager::Uv), ("poetry", Manager::Poetry), ("pdm", Manager::Pdm), ("hatch", Manager::Hatch)];
        let by_backend = || match self.backend()? {
            "maturin" => Some(Manager::Maturin),
            "uv_build" => Some(Manager::Uv),
            "hatchling.build" => Some(Manager::Hatch),
            _ => None,
        };
        locked
            .iter()
            .find(|(file, _)| self.site.file(file))
            .or_else(|| declared.iter().find(|(name, _)| self.tool(name).is_some()))
            .map(|(_, manager)| *manager)
            .or_else(by_backend)
            .unwrap_or(Manager::Pip)
    }

    fn build(&self, manager: Manager) -> Option<String> {
        let backend = self.backend()?;
        let command = match manager {
            _ if backend == "maturin" => manager.run("maturin develop"),
            Manager::Pip => "python -m build".to_owned(),
            Manager::Pipenv | Manager::Maturin => return None,
            _ => format!("{} build", manager.name()),
        };
        Some(command)
    }

    fn test(&self, manager: Manager) -> Option<String> {
        let has_pytest = self.has_pytest();
        if manager == Manager::Hatch
            && let Some(command) = self.hatch_test(has_pytest)
        {
            return Some(command.to_owned());
        }
        if has_pytest && manager != Manager::Pip {
            return Some(manager.run("pytest"));
        }
        if self.site.file("tox.ini") || self.tool("tox").is_some() {
            return Some("tox".to_owned());
        }
        if self.site.file("noxfile.py") {
            return Some("nox".to_owned());
        }
        if has_pytest {
            return Some("pytest".to_owned());
        }
        if self.site.file("manage.py") {
            return Some(manager.run("python manage.py test"));
        }
        let plain = self.unittest()?;
        Some(manager.run(plain))
    }

    /// Hatch brings pytest in an environment of its own; a script named `test` goes before it.
    fn hatch_test(&self, has_pytest: bool) -> Option<&'static str> {
        let scripts = self.tool("hatch").and_then(|hatch| hatch.get("envs")?.get("default")?.get("scripts"));
        if scripts.is_some_and(|scripts| scripts.get("test").is_some()) {
            return Some("hatch run test");
        }
        has_pytest.then_some("hatch test")
    }

    /// Configured, or among what the project depends on.
    fn has_pytest(&self) -> bool {
        let site = self.site;
        let requirements = site
            .files()
            .any(|name| name.starts_with("requirements") && is_a(name, "txt") && site.mentions(name, &["pytest"]));
        requirements
            || names_pytest(&Value::Table(self.declared.clone()))
            || site.file("pytest.ini")
            || site.file("conftest.py")
            || site.file("tests/conftest.py")
            || ["setup.cfg", "setup.py", "tox.ini", "Pipfile", "requirements/dev.txt"]
                .iter()
                .any(|name| site.mentions(name, &["pytest"]))
    }

    /// Discovery walks into packages only, so tests in a plain directory have to be named.
    fn unittest(&self) -> Option<&'static str> {
        let is_test = |name: &str| name.starts_with("test_") && is_a(name, "py");
        let in_plain_directory =
            self.site.sub("tests").is_some_and(|tests| !tests.file("__init__.py") && tests.files().any(is_test));
        if in_plain_directory {
            return Some("python -m unittest discover -s tests");
        }
        self.site.any_file(is_test).then_some("python -m unittest")
    }
}

fn is_a(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == extension)
}

/// Looks for `pytest` and its plugins among keys (settings, poetry's dependencies) and among
/// requirements, wherever the many dependency tables may lie.
fn names_pytest(value: &Value) -> bool {
    let is_pytest = |text: &str| text.trim_start().starts_with("pytest");
    match value {
        Value::String(text) => is_pytest(text),
        Value::Array(items) => items.iter().any(names_pytest),
        Value::Table(table) => table.iter().any(|(key, value)| is_pytest(key) || names_pytest(value)),
        _ => false,
    }
}
