//! Task runners at the root: what the project itself calls `build` and `test` goes before the raw tool.

use super::ecosystem::Toolchain;
use super::site::Site;

struct Runner {
    name: &'static str,
    /// What stands before the name of a task.
    call: &'static str,
    tasks: fn(&Site) -> Option<Vec<String>>,
}

/// The more a tool is only for running tasks, the earlier it is asked.
const RUNNERS: &[Runner] = &[
    Runner { name: "just", call: "just", tasks: just },
    Runner { name: "task", call: "task", tasks: task },
    Runner { name: "mise", call: "mise run", tasks: mise },
    Runner { name: "make", call: "make", tasks: make },
];

pub(super) fn drive(mut toolchain: Toolchain, site: &Site) -> Toolchain {
    let runners: Vec<(&Runner, Vec<String>)> =
        RUNNERS.iter().filter_map(|runner| Some((runner, (runner.tasks)(site)?))).collect();
    let command = |task: &str| {
        let (runner, _) = runners.iter().find(|(_, tasks)| tasks.iter().any(|known| known == task))?;
        Some((runner.name, format!("{} {task}", runner.call)))
    };
    let has_own_system = toolchain.system.is_some();
    let mut drivers = Vec::new();
    if let Some((name, build)) = command("build") {
        toolchain.build = Some(build);
        drivers.push(name);
    }
    // In a project with a test tool of its own, `check` is as likely the linter.
    let other_test = || command("check").filter(|_| !has_own_system);
    if let Some((name, test)) = command("test").or_else(other_test) {
        toolchain.test = Some(test);
        drivers.push(name);
    }
    if has_own_system {
        drivers.dedup();
        toolchain.drivers.extend(drivers);
        return toolchain;
    }
    let system = drivers.first().copied().or(runners.first().map(|(runner, _)| runner.name));
    toolchain.system = system.map(str::to_owned);
    if system == Some("make") && toolchain.build.is_none() {
        toolchain.build = Some("make".to_owned());
    }
    toolchain
}

/// `None` where there is no makefile with a target.
fn make(site: &Site) -> Option<Vec<String>> {
    let text = site.text(&site.first_file(&["GNUmakefile", "makefile", "Makefile"])?)?;
    let targets: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(names, rest)| !names.contains(['=', '$']) && !is_assignment(rest))
        .flat_map(|(names, _)| names.split_whitespace().map(str::to_owned))
        .collect();
    (!targets.is_empty()).then_some(targets)
}

/// What follows the first colon of `x := y`, `x ::= y` and `x :::= y`.
fn is_assignment(rest: &str) -> bool {
    rest.trim_start_matches(':').starts_with('=')
}

fn just(site: &Site) -> Option<Vec<String>> {
    let text = site.text(&site.first_file(&["justfile", "Justfile", ".justfile", "JUSTFILE"])?)?;
    Some(text.lines().filter_map(just_recipe).collect())
}

/// The name of a recipe that runs without arguments, or of an alias for one.
fn just_recipe(line: &str) -> Option<String> {
    if line.starts_with([' ', '\t', '#', '[']) {
        return None;
    }
    if let Some(alias) = line.strip_prefix("alias ") {
        return Some(alias.split_once(":=")?.0.trim().to_owned());
    }
    let line = line.trim_start_matches('@');
    let end = line.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))?;
    let (name, rest) = line.split_at(end);
    let (parameters, body) = rest.split_once(':')?;
    let needs_argument = parameters
        .split_whitespace()
        .any(|parameter| !parameter.contains(['=', '"', '\'']) && !parameter.starts_with('*'));
    (!name.is_empty() && !body.starts_with('=') && !needs_argument).then(|| name.to_owned())
}

fn task(site: &Site) -> Option<Vec<String>> {
    let names = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"];
    let text = site.text(&site.first_file(&names)?)?;
    Some(keys_under(&text, "tasks:"))
}

/// The keys of a top-level YAML mapping, told by their indentation alone.
fn keys_under(text: &str, heading: &str) -> Vec<String> {
    let body = text
        .lines()
        .skip_while(|line| line.trim_end() != heading)
        .skip(1)
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .take_while(|line| line.starts_with(' '));
    let indented = body.map(|line| (line.len() - line.trim_start().len(), line.trim()));
    let mut keys = Vec::new();
    let mut width = None;
    for (indent, line) in indented {
        if *width.get_or_insert(indent) == indent
            && let Some((key, _)) = line.split_once(':')
        {
            keys.push(key.trim_matches(['"', '\'']).to_owned());
        }
    }
    keys
}

fn mise(site: &Site) -> Option<Vec<String>> {
    let names = ["mise.toml", ".mise.toml", ".config/mise.toml", ".config/mise/config.toml"];
    let manifest = site.toml(&site.first_file(&names)?)?;
    Some(manifest.get("tasks")?.as_table()?.keys().cloned().collect())
}
