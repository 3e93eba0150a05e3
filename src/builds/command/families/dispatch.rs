//! From the words of one command to the rule that judges it.

use super::Part;
use super::javascript::{node, nx, package_manager};
use super::native::{cargo, cmake, go_tool, is_c_compiler, make, maven, xcodebuild};
use super::python::{is_python, project_script, python, ruff};
use crate::builds::command::tools::{ALIASES, C_RULE, Rule, rule_of};
use crate::builds::command::{program_name, scripts, wrappers};
use crate::model::BuildKind::{self, Lint, Test};

/// Flags that take the next word, before or after the sub-command, in any of the tools whose
/// sub-command we look for. Few enough to share: no tool uses one of them as a switch.
const VALUE_FLAGS: &[&str] = &[
    "--manifest-path",
    "--prefix",
    "--cwd",
    "--dir",
    "--filter",
    "-F",
    "--workspace",
    "-C",
    "-f",
    "--file",
    "--project",
    "--directory",
    "--config",
    "-j",
    "--target-dir",
    "--color",
    "-Z",
    "--package-path",
    "--log-level",
    "-p",
    "--scheme",
    "-pl",
    "-s",
    "-P",
    "-T",
    "-b",
    "--root",
];

pub(in crate::builds::command) fn part(words: &[String]) -> Option<Part> {
    let inner = wrappers::unwrap(words)?;
    if only_asks(inner) {
        return None;
    }
    known(inner).or_else(|| project_script(words, inner))
}

/// Questions and endless runs: no verdict on the code.
fn only_asks(words: &[String]) -> bool {
    const QUESTIONS: &[&str] = &[
        "--help",
        "--version",
        "--list",
        "--list-tests",
        "--listTests",
        "--collect-only",
        "--co",
        "--watch",
        "--watchAll",
        "--watch-all",
        "--showConfig",
        "--print-config",
        "--show-config",
        "--init",
        "-vV",
        "--showBuildSettings",
        "-list",
        "-version",
    ];
    let Some((first, args)) = words.split_first() else {
        return true;
    };
    let name = program_name(first);
    let has = |flags: &[&str]| args.iter().any(|word| flags.contains(&word.as_str()));
    // With these `--dry-run` is the check itself.
    let dry_run_checks = matches!(name, "clang-format" | "php-cs-fixer");
    let stays = match name {
        "tsc" | "tsgo" | "vue-tsc" | "rollup" | "webpack" | "esbuild" => has(&["-w", "watch", "serve"]),
        "vitest" => has(&["watch", "dev", "bench"]),
        "ctest" => has(&["-N", "--show-only"]),
        _ => false,
    };
    let asks_version = match args {
        [only] if only == "-h" => true,
        [only] if only == "-V" => name != "ctest",
        // Elsewhere `-v` is for verbose.
        [only] if only == "-v" => {
            matches!(name, "make" | "gmake" | "tsc" | "jest" | "eslint" | "mvn" | "webpack" | "esbuild")
        }
        _ => false,
    };
    stays || asks_version || has(QUESTIONS) || has(&["--dry-run"]) && !dry_run_checks
}

pub(super) fn known(words: &[String]) -> Option<Part> {
    let typed = program_name(words.first()?);
    let name = ALIASES.iter().find(|(alias, _)| *alias == typed).map_or(typed, |(_, name)| name);
    let args = &words[1..];
    match name {
        _ if checks_syntax(name, args) => {
            let rest = args[1..].to_vec();
            Some(Part { kind: Lint, family: format!("{name} {}", args[0]), rest })
        }
        "cargo" => cargo(args),
        "npm" | "pnpm" | "yarn" | "bun" => package_manager(name, args),
        "node" | "tsx" | "ts-node" => node(name, args),
        "deno" if args.first().is_some_and(|word| word == "task") => {
            task(args.get(1..)?, "deno task", scripts::kind_of)
        }
        "make" | "ninja" | "ant" => make(name, args),
        "cmake" => cmake(args),
        "gradle" => task(args, name, scripts::kind_of_task),
        "mvn" => maven(args),
        "sbt" | "mill" => task(args, name, |word| {
            let task = word.split(' ').next().unwrap_or(word);
            scripts::kind_of(task.trim_end_matches("Only"))
        }),
        "xcodebuild" => Some(xcodebuild(args)),
        "nx" => nx(args),
        "composer" => task(args, name, scripts::kind_of)
            .filter(|_| !args.first().is_some_and(|word| word.starts_with("run")))
            .or_else(|| by_rule(name, args)),
        "ruff" => ruff(args),
        "coverage" => args
            .first()
            .filter(|word| *word == "run" && !args.iter().skip(1).any(|word| word == "coverage"))
            .and_then(|_| python(&args[1..])),
        "go" if matches!(args.first().map(String::as_str), Some("run" | "tool")) => go_tool(&args[1..]),
        "mix" | "dotnet" | "terraform" if checks_format(args) => {
            Some(Part { kind: Lint, family: format!("{name} {}", args[0]), rest: args[1..].to_vec() })
        }
        "bash" | "sh" | "zsh" => shell_script(args),
        "php" => php(args),
        "ruby" => test_file(name, args),
        // Its default task is to test, in nearly every project.
        "rake" if positional(args).is_none() => Some(Part { kind: Test, family: name.to_owned(), rest: args.to_vec() }),
        "biome" if args.iter().any(|word| word == "format") && args.iter().any(|word| word.starts_with("--write")) => {
            None
        }
        "turbo" if args.first().is_some_and(|word| word != "run") => task(args, name, scripts::kind_of),
        _ if is_python(name) => python(args).or_else(|| test_file("python", args)),
        _ if is_c_compiler(name) => judged(name, &C_RULE, args),
        _ => by_rule(name, args).or_else(|| path_script(words)),
    }
}

pub(super) fn by_rule(name: &str, args: &[String]) -> Option<Part> {
    judged(name, rule_of(name)?, args)
}

fn judged(name: &str, rule: &Rule, args: &[String]) -> Option<Part> {
    let whole = |kind| Part { kind, family: name.to_owned(), rest: args.to_vec() };
    match rule {
        Rule::Always(kind) => Some(whole(*kind)),
        Rule::WithFlag(kind, flags) => args.iter().any(|word| flags.contains(&word.as_str())).then(|| whole(*kind)),
        Rule::Sources(kind, endings) => args
            .iter()
            .any(|word| !word.starts_with('-') && endings.iter().any(|end| word.ends_with(end)))
            .then(|| whole(*kind)),
        Rule::Subs(subs) => sub_command(name, subs, args),
        Rule::Tasks => task(args, name, scripts::kind_of),
        Rule::TasksAfter(words) => {
            let (at, word) = positional(args)?;
            words.contains(&word).then(|| task(&args[at + 1..], &format!("{name} {word}"), scripts::kind_of))?
        }
    }
}

/// The first word that is neither a flag nor a flag's value, and where it stands.
pub(super) fn positional(args: &[String]) -> Option<(usize, &str)> {
    let mut at = 0;
    loop {
        let word = args.get(at)?;
        // `+nightly` chooses cargo's toolchain.
        if word.starts_with('-') || word.starts_with('+') {
            at += 1 + usize::from(VALUE_FLAGS.contains(&word.as_str()));
        } else {
            return Some((at, word));
        }
    }
}

pub(super) fn sub_command(name: &str, subs: &[(&str, BuildKind)], args: &[String]) -> Option<Part> {
    let (at, first) = positional(args)?;
    let (sub, kind) = subs.iter().find(|(sub, _)| match sub.split_once(' ') {
        Some((one, two)) => one == first && args.get(at + 1).is_some_and(|word| word == two),
        None => *sub == first,
    })?;
    let family = if name == "golangci-lint" { name.to_owned() } else { format!("{name} {sub}") };
    let mut rest = args.to_vec();
    rest.drain(at..=at + usize::from(sub.contains(' ')));
    Some(Part { kind: *kind, family, rest })
}

/// The first argument that is a task with a kind: `just ci`, `gradle clean :app:test`.
pub(super) fn task(args: &[String], family: &str, kind_of: impl Fn(&str) -> Option<BuildKind>) -> Option<Part> {
    let (at, kind) = args.iter().enumerate().find_map(|(at, word)| {
        let before = at.checked_sub(1).map_or("", |at| args[at].as_str());
        // Gradle leaves the task after `-x` out.
        let is_value = VALUE_FLAGS.contains(&before) || matches!(before, "-x" | "--exclude-task" | "--tests");
        if is_value || word.starts_with('-') || wrappers::is_assignment(word) {
            return None;
        }
        Some((at, kind_of(word)?))
    })?;
    let mut rest = args.to_vec();
    let name = rest.remove(at);
    Some(Part { kind, family: format!("{family} {name}"), rest })
}

fn php(args: &[String]) -> Option<Part> {
    let (at, script) = positional(args)?;
    by_rule(program_name(script), &args[at + 1..])
}

fn shell_script(args: &[String]) -> Option<Part> {
    const SWITCHES: &[&str] = &["-e", "-x", "-u", "-ex", "-eu", "-eux", "--"];
    let skip = args.iter().take_while(|word| SWITCHES.contains(&word.as_str())).count();
    path_script(&args[skip..])
}

/// A script of the project that is named for what it does: `./scripts/test.sh`, `script/build`.
fn path_script(words: &[String]) -> Option<Part> {
    let path = words.first()?;
    let (_, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, is_shell) =
        file.strip_suffix(".sh").or(file.strip_suffix(".bash")).map_or((file, false), |stem| (stem, true));
    let home_of_scripts = ["./", "bin/", "script/", "scripts/", "ci/", "dev/", "tools/"];
    let plain = !is_shell
        && !file.contains('.')
        && home_of_scripts
            .iter()
            .any(|home| path.strip_suffix(file).is_some_and(|dir| dir == *home || dir == format!("./{home}")));
    if !is_shell && !plain {
        return None;
    }
    Some(Part {
        kind: scripts::kind_of(stem)?,
        family: path.strip_prefix("./").unwrap_or(path).to_owned(),
        rest: words[1..].to_vec(),
    })
}

/// `mix format --check-formatted`, `dotnet format --verify-no-changes`, `terraform fmt -check`.
pub(super) fn checks_format(args: &[String]) -> bool {
    matches!(args.first().map(String::as_str), Some("format" | "fmt"))
        && args.iter().any(|word| {
            matches!(word.as_str(), "--check-formatted" | "--verify-no-changes" | "-check" | "--check" | "--diff")
        })
}

/// `php -l a.php`, `ruby -c a.rb`, `node --check a.js`: only read, not run.
fn checks_syntax(name: &str, args: &[String]) -> bool {
    let flag = args.first().map_or("", String::as_str);
    args.len() > 1
        && match name {
            "php" => flag == "-l",
            "ruby" | "perl" => matches!(flag, "-c" | "-wc"),
            "node" => matches!(flag, "-c" | "--check"),
            _ => false,
        }
}

/// An interpreter that runs a test file by its path; each file is its own family.
pub(super) fn test_file(name: &str, args: &[String]) -> Option<Part> {
    let (at, path) = positional(args)?;
    let mut rest = args.to_vec();
    rest.remove(at);
    scripts::is_test_file(path).then(|| Part {
        kind: BuildKind::Test,
        family: format!("{name} {}", path.strip_prefix("./").unwrap_or(path)),
        rest,
    })
}
