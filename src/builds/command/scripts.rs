//! What a script or target is for, told from its name: `test:unit`, `lint`, `build-prod`, `assembleDebug`.

use crate::model::BuildKind;

/// Words that make a target something else, wherever they stand: `test:watch` never ends,
/// `build-and-deploy` fails for other reasons.
const NEVER: &[&str] = &["watch", "deploy", "publish", "ui", "install", "uninstall", "checkout", "latest", "debug"];

/// Words that do so at the head of the name; `build:dev` builds, `dev:build` serves.
const NEVER_FIRST: &[&str] = &[
    "dev",
    "start",
    "serve",
    "server",
    "preview",
    "run",
    "clean",
    "release",
    "update",
    "upgrade",
    "setup",
    "seed",
    "migrate",
    "migration",
    "down",
    "up",
    "logs",
    "shell",
    "help",
    "list",
    "login",
    "fmt",
    "format",
    "doc",
    "docs",
    "deps",
    "stop",
    "init",
    "bootstrap",
    "sync",
];

/// The kind, from the first word of the name that says one; `None` for everything else.
pub(super) fn kind_of(name: &str) -> Option<BuildKind> {
    // `bun run ./dist/build.js` runs a file.
    if name.contains(['/', '.']) {
        return None;
    }
    let words = words_of(name);
    let checks = words.iter().any(|word| word.starts_with("check") || word == "verify");
    if !checks && names_other(&words) {
        return None;
    }
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map_or("", String::as_str);
        let kind = match word.as_str() {
            "typecheck" | "typechecks" | "tsc" | "types" | "mypy" | "pyright" | "tc" => Some(BuildKind::TypeCheck),
            "type" if next.starts_with("check") => Some(BuildKind::TypeCheck),
            "check" if matches!(next, "types" | "type" | "ts") => Some(BuildKind::TypeCheck),
            // A formatter that changes files is not a check of anything.
            "format" | "fmt" | "prettier" if !checks => return None,
            "format" | "fmt" | "prettier" | "clippy" | "eslint" | "biome" | "ruff" | "rubocop" | "stylelint"
            | "style" | "credo" | "phpstan" | "psalm" | "phpcs" | "quality" | "qa" | "precommit" | "check"
            | "checks" | "checkall" | "verify" | "validate" | "analyze" | "analyse" | "vet" => Some(BuildKind::Lint),
            "e2e" | "unit" | "units" | "integration" | "spec" | "specs" | "coverage" | "cov" | "unittest"
            | "unittests" | "jest" | "vitest" | "playwright" | "cypress" | "pytest" | "ci" | "cibuild" | "smoke" => {
                Some(BuildKind::Test)
            }
            "compile" | "bundle" | "rebuild" | "dist" | "prebuild" => Some(BuildKind::Build),
            _ if word.starts_with("test") => Some(BuildKind::Test),
            _ if word.starts_with("lint") => Some(BuildKind::Lint),
            _ if word.starts_with("build") || word.starts_with("compile") => Some(BuildKind::Build),
            _ => None,
        };
        if kind.is_some() {
            return kind;
        }
    }
    None
}

/// Whether the name says that the target does something that is no build at all.
pub(super) fn is_other(name: &str) -> bool {
    names_other(&words_of(name))
}

fn names_other(words: &[String]) -> bool {
    let first = words.first().map_or("", String::as_str);
    NEVER_FIRST.contains(&first) || words.iter().any(|word| NEVER.contains(&word.as_str()))
}

/// Gradle's tasks and their like: words in camel case, tests may stand anywhere
/// (`connectedAndroidTest`).
pub(super) fn kind_of_task(task: &str) -> Option<BuildKind> {
    let name = task.rsplit(':').next().unwrap_or(task);
    let words = words_of(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&["dependencies", "tasks", "clean", "run", "install", "publish", "help", "properties"])
        || name.starts_with("bootRun")
    {
        None
    } else if has(&["lint", "ktlint", "detekt", "checkstyle", "spotless", "pmd", "spotbugs"]) {
        Some(BuildKind::Lint)
    } else if has(&["test", "tests", "check", "verify"]) {
        Some(BuildKind::Test)
    } else if has(&["build", "assemble", "compile", "classes", "jar", "bundle", "package"]) {
        Some(BuildKind::Build)
    } else {
        None
    }
}

/// Lower-case words of `test:unit-ci`, `type-check`, `assembleDebug`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        let is_boundary = c.is_uppercase() && after_lower;
        if is_boundary || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a file's name says that running it runs tests: `test_calc.py`, `cart.spec.ts`.
pub(super) fn is_test_file(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = file.rsplit_once('.') else {
        return false;
    };
    stem.starts_with("test_") || ["_test", ".test", "_spec", ".spec"].iter().any(|end| stem.ends_with(end))
}
