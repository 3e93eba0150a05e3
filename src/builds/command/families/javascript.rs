//! Package managers and their scripts, Node's own test runner, nx.

use super::Part;
use super::dispatch::{by_rule, known, positional, sub_command, task, test_file};
use crate::builds::command::{program_name, scripts};
use crate::model::BuildKind::{Build, Test};

/// What package managers do themselves, where a script of that name would need `run`.
const OWN_COMMANDS: &[&str] = &["install", "add", "ci", "i", "remove", "why", "audit", "outdated", "update", "up"];

/// npm and its kin: a script of the project, or (except with npm) a tool by its own name.
pub(super) fn package_manager(name: &str, args: &[String]) -> Option<Part> {
    // npm's `-w` names a workspace, pnpm's is a switch.
    if name == "npm"
        && let Some(flag) = args.iter().position(|word| word == "-w")
        && flag + 1 < args.len()
    {
        let mut args = args.to_vec();
        "--workspace".clone_into(&mut args[flag]);
        return package_manager(name, &args);
    }
    let (at, first) = positional(args)?;
    if name == "yarn" && first == "workspace" {
        let inner = args.get(at + 2..)?;
        // Once is enough: a line of nothing but `workspace` must not fill the stack.
        if positional(inner)?.1 == "workspace" {
            return None;
        }
        let mut part = package_manager(name, inner)?;
        part.rest.splice(0..0, args[at..at + 2].iter().cloned());
        return Some(part);
    }
    if name == "bun" && matches!(first, "test" | "build") {
        return sub_command(name, &[("test", Test), ("build", Build)], args);
    }
    if name == "yarn" && first == "workspaces" {
        let run = args.iter().position(|word| word == "run")?;
        return task(&args[run + 1..], name, scripts::kind_of);
    }
    let says_run = matches!(first, "run" | "run-script" | "rum");
    let run_at = at;
    let at = if says_run { at + 1 + positional(&args[at + 1..])?.0 } else { at };
    let script = match args[at].as_str() {
        "t" | "tst" if !says_run => "test",
        script => script,
    };
    let is_own_command = OWN_COMMANDS.contains(&script) || name == "npm" && script != "test";
    if !says_run && is_own_command {
        return None;
    }
    let is_manager = matches!(program_name(script), "npm" | "pnpm" | "yarn" | "bun");
    if name != "npm"
        && !says_run
        && !is_manager
        && let Some(tool) = known(&args[at..])
    {
        return Some(tool);
    }
    let kind = scripts::kind_of(script)?;
    let mut rest = args.to_vec();
    rest.remove(at);
    if says_run {
        rest.remove(run_at);
    }
    // `npm test` and `npm run test` are one command; the others are named as they are typed.
    let run = if (name == "npm" && script != "test") || name == "bun" { " run" } else { "" };
    Some(Part { kind, family: format!("{name}{run} {script}"), rest })
}

pub(super) fn node(name: &str, args: &[String]) -> Option<Part> {
    if args.iter().any(|word| word == "--test") {
        let rest = args.iter().filter(|word| *word != "--test").cloned().collect();
        return Some(Part { kind: Test, family: format!("{name} --test"), rest });
    }
    if let Some(run) = args.iter().position(|word| word == "--run") {
        return task(&args[run + 1..], "node --run", scripts::kind_of);
    }
    let (at, script) = positional(args)?;
    if !script.contains("node_modules/") {
        return test_file(name, args);
    }
    let tool = program_name(script);
    let tool = tool.strip_suffix(".js").or(tool.strip_suffix(".mjs")).unwrap_or(tool);
    by_rule(tool, &args[at + 1..])
}

pub(super) fn nx(args: &[String]) -> Option<Part> {
    let (at, first) = positional(args)?;
    let named = |target: &str| {
        Some(Part { kind: scripts::kind_of(target)?, family: format!("nx {target}"), rest: args.to_vec() })
    };
    match first {
        "run" => named(args.get(at + 1)?.split(':').nth(1)?),
        "run-many" | "affected" => {
            let flag = args.iter().position(|word| word.starts_with("-t") || word.starts_with("--target"))?;
            let value = args[flag].split_once('=').map(|(_, value)| value);
            named(value.or_else(|| args.get(flag + 1).map(String::as_str))?)
        }
        target => named(target),
    }
}
