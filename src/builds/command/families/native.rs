//! cargo, Go's tools, make and `CMake`, C compilers, Maven, Xcode.

use super::Part;
use super::dispatch::{by_rule, positional, task};
use crate::builds::command::tools::C_COMPILERS;
use crate::builds::command::{program_name, scripts, wrappers};
use crate::model::BuildKind::{self, Build, Lint, Test};

pub(super) fn cargo(args: &[String]) -> Option<Part> {
    const SHORT: &[(&str, &str)] = &[("t", "test"), ("b", "build"), ("c", "check"), ("d", "doc")];
    let mut args = args.to_vec();
    let (at, sub) = positional(&args).map(|(at, sub)| (at, sub.to_owned()))?;
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == sub) {
        (*long).clone_into(&mut args[at]);
    }
    if sub == "nextest" && args.get(at + 1).is_some_and(|word| word == "r") {
        "run".clone_into(&mut args[at + 1]);
    }
    let has = |flag: &str| args.iter().any(|word| word == flag);
    if sub == "xtask" {
        return task(&args[at + 1..], "cargo xtask", scripts::kind_of);
    }
    if sub == "fmt" && has("--check") {
        args.remove(at);
        return Some(Part { kind: Lint, family: "cargo fmt".to_owned(), rest: args });
    }
    let mut part = by_rule("cargo", &args)?;
    // Compiling the tests is not running them: its success must not turn `cargo test` green.
    if part.kind == Test && has("--no-run") {
        part.kind = Build;
        part.family.push_str(" --no-run");
        part.rest.retain(|word| word != "--no-run");
    }
    Some(part)
}

pub(super) fn make(name: &str, args: &[String]) -> Option<Part> {
    const VALUES: &[&str] = &["-C", "-f", "-I", "-o", "-W", "-j", "-l", "--directory", "--file", "-k"];
    if name == "make" && args.iter().any(|word| word == "-n") || name == "ninja" && args.iter().any(|word| word == "-t")
    {
        return None;
    }
    let mut at = 0;
    while let Some(word) = args.get(at) {
        let has_value = VALUES.contains(&word.as_str())
            && args.get(at + 1).is_some_and(|next| {
                // `make -j test`: the number is optional.
                !matches!(word.as_str(), "-j" | "-l" | "-k") || next.parse::<u32>().is_ok()
            })
            && !(name == "make" && word == "-k");
        if word.starts_with('-') || wrappers::is_assignment(word) {
            at += 1 + usize::from(has_value);
        } else {
            break;
        }
    }
    let mut rest = args.to_vec();
    if at >= rest.len() {
        return Some(Part { kind: Build, family: name.to_owned(), rest });
    }
    let target = rest.remove(at);
    // Any other target makes a file, unless its name says something else.
    let kind = scripts::kind_of(&target).or_else(|| (!scripts::is_other(&target)).then_some(Build))?;
    Some(Part { kind, family: format!("{name} {target}"), rest })
}

pub(super) fn cmake(args: &[String]) -> Option<Part> {
    let has = |flag: &str| args.iter().any(|word| word == flag);
    if has("-E") || has("-P") || has("--install") || has("--open") {
        return None;
    }
    if !has("--build") {
        return Some(Part { kind: Build, family: "cmake".to_owned(), rest: args.to_vec() });
    }
    let target = args.iter().position(|word| word == "--target" || word == "-t");
    let tests = target.and_then(|at| args.get(at + 1)).is_some_and(|name| scripts::kind_of(name) == Some(Test));
    let kind = if tests { Test } else { Build };
    let rest = args.iter().filter(|word| *word != "--build").cloned().collect();
    Some(Part { kind, family: "cmake --build".to_owned(), rest })
}

pub(super) fn maven(args: &[String]) -> Option<Part> {
    task(args, "mvn", |goal| match goal {
        "test" | "verify" | "integration-test" | "surefire:test" | "failsafe:verify" => Some(Test),
        "compile" | "test-compile" | "package" | "install" | "process-classes" => Some(Build),
        _ if goal.contains(':') && goal.ends_with("check") => Some(Lint),
        _ => None,
    })
}

pub(super) fn xcodebuild(args: &[String]) -> Part {
    const ACTIONS: &[(&str, BuildKind)] = &[
        ("test", Test),
        ("test-without-building", Test),
        ("build-for-testing", Build),
        ("analyze", Lint),
        ("archive", Build),
        ("build", Build),
    ];
    let found = args.iter().enumerate().find_map(|(at, word)| {
        let (action, kind) = ACTIONS.iter().find(|(action, _)| action == word)?;
        Some((at, *action, *kind))
    });
    let mut rest = args.to_vec();
    let (action, kind) = found.map_or(("build", Build), |(at, action, kind)| {
        rest.remove(at);
        (action, kind)
    });
    Part { kind, family: format!("xcodebuild {action}"), rest }
}

pub(super) fn is_c_compiler(name: &str) -> bool {
    let version = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let plain = name.trim_end_matches(version);
    C_COMPILERS.iter().any(|known| {
        plain == *known || plain.strip_suffix(known).is_some_and(|prefix| prefix.ends_with('-') && prefix.len() > 3)
    })
}

/// `go run example.org/cmd/linter@v1 …` and `go tool linter …` call a tool by its module path.
pub(super) fn go_tool(args: &[String]) -> Option<Part> {
    let (at, module) = positional(args)?;
    let path = module.split('@').next()?;
    if path.starts_with('.') || path.starts_with('/') {
        return None;
    }
    by_rule(program_name(path), &args[at + 1..])
}
