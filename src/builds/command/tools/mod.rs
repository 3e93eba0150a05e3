//! The table of tools that build, test, lint or type-check, by the name they are called by.
//!
//! To add a tool, add a line to `compiled.rs` or `scripting.rs`. What needs more than a line is in
//! `families/`.

mod compiled;
mod scripting;

use crate::model::BuildKind;

/// Names of tools that share a rule.
pub(super) type Tools = &'static [(&'static [&'static str], Rule)];

/// What makes a call of the tool build-like.
pub(super) enum Rule {
    /// Every call; the family is the tool's name.
    Always(BuildKind),
    /// Calls with one of these flags (`prettier --check`); without it the tool changes files.
    WithFlag(BuildKind, &'static [&'static str]),
    /// Calls with one of these sub-commands, of one or two words; longer ones stand first.
    Subs(&'static [(&'static str, BuildKind)]),
    /// A compiler: only with an argument that ends like one of these.
    Sources(BuildKind, &'static [&'static str]),
    /// A runner of named tasks (`just test`), judged by the first name.
    Tasks,
    /// A runner of named tasks after this word (`mise run test`).
    TasksAfter(&'static [&'static str]),
}

const C_SOURCES: &[&str] =
    &[".c", ".cc", ".cpp", ".cxx", ".C", ".m", ".mm", ".S", ".s", ".o", ".a", ".h", ".hpp", ".cu"];

/// Names of C and C++ compilers; cross compilers end with one of them (`arm-none-eabi-gcc`).
pub(super) const C_COMPILERS: &[&str] = &["gcc", "g++", "cc", "c++", "clang", "clang++"];
pub(super) const C_RULE: Rule = Rule::Sources(BuildKind::Build, C_SOURCES);

/// Other names of the same tool, so that comparing families sees one.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("gradlew", "gradle"),
    ("mvnw", "mvn"),
    ("mvnd", "mvn"),
    ("gmake", "make"),
    ("bazelisk", "bazel"),
    ("py.test", "pytest"),
    ("podman", "docker"),
    ("cross", "cargo"),
    ("typescript", "tsc"),
    ("go-task", "task"),
    ("tofu", "terraform"),
];

const ALL: [Tools; 2] = [compiled::TOOLS, scripting::TOOLS];

/// The rule for a tool.
pub(super) fn rule_of(name: &str) -> Option<&'static Rule> {
    let mut tools = ALL.into_iter().flatten();
    tools.find(|(names, _)| names.contains(&name)).map(|(_, rule)| rule)
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().flatten().flat_map(|(names, _)| names.iter().copied())
}
