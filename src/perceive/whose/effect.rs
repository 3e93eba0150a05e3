//! What a command can do to a file: read off its words, never guessed in an agent's favour or against it.

mod programs;

use programs::{GIT_READS, PACKAGE_VERBS, PACKAGES, READS, WRITES, extension, formats, is_manifest, languages, serves};

use crate::builds;
use crate::model::BuildKind;
use crate::store::CallAround;

use super::Seen;

/// How likely it is that a command that was running changed the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It only reads, or works elsewhere.
    None,
    /// It builds, tests or serves: it writes, but not what people edit.
    Unlikely,
    /// A program that may write anything.
    Possible,
    /// It changes whole trees as its purpose.
    Whole,
    /// It names the file.
    Sure,
}

pub fn effect(call: &CallAround, seen: &Seen<'_>) -> Effect {
    let Some(command) = call.command.as_deref() else { return of_tool(call, seen) };
    match reach(command, call, seen) {
        Reach::No => Effect::None,
        Reach::Perhaps => of_command(command, seen).min(Effect::Unlikely),
        Reach::Yes => of_command(command, seen),
    }
}

fn of_command(command: &str, seen: &Seen<'_>) -> Effect {
    let Some(programs) = builds::programs(command) else {
        // Too odd to read: it may do anything.
        return if names(command.split(|c: char| c.is_whitespace() || "'\"`;&|()<>=:,".contains(c)), seen) {
            Effect::Sure
        } else {
            Effect::Possible
        };
    };
    if programs.written.iter().any(|target| is_named(target, seen)) {
        return Effect::Sure;
    }
    let strongest = programs.commands.iter().map(|words| of_program(words, seen)).max().unwrap_or(Effect::None);
    if programs.written.iter().any(|target| is_open(target)) { strongest.max(Effect::Possible) } else { strongest }
}

enum Reach {
    No,
    Perhaps,
    Yes,
}

/// Whether the command works in the tree that the file is in, or names a way to it.
fn reach(command: &str, call: &CallAround, seen: &Seen<'_>) -> Reach {
    let from = call.root.as_deref().unwrap_or("/nowhere");
    let below = |path: &str, top: &str| path.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'));
    let parts = || command.split(|c: char| c.is_whitespace() || "'\"`;&|()<>=:,/".contains(c));
    let has = |part: &str| parts().any(|known| known == part);
    let named = command.contains(seen.root) || has(name(seen.root));
    if from == seen.root || below(seen.root, from) || named || below(from, seen.root) && has("..") {
        return Reach::Yes;
    }
    // By a name that is made up as it runs, or upwards and down again.
    let open = command.contains(['$', '`', '~']) || has("..");
    if open && (call.repo.as_deref() == Some(seen.repo) || has(name(seen.path))) { Reach::Perhaps } else { Reach::No }
}

/// A tool of a server: nobody knows what it does, unless it was given the file's name.
fn of_tool(call: &CallAround, seen: &Seen<'_>) -> Effect {
    let input = call.input.as_deref().unwrap_or_default();
    if input.contains(seen.path) || (seen.inside.contains('/') && input.contains(seen.inside)) {
        Effect::Sure
    } else if call.root.as_deref() == Some(seen.root) && call.kind == "mcp" && writes(input) {
        Effect::Possible
    } else {
        Effect::None
    }
}

/// Content goes with what writes it.
fn writes(input: &str) -> bool {
    ["\"content\"", "\"patch\"", "\"edits\"", "\"new_string\"", "\"body\"", "\"code\""]
        .iter()
        .any(|field| input.contains(field))
}

fn of_program(words: &[String], seen: &Seen<'_>) -> Effect {
    let Some((program, args)) = words.split_first() else { return Effect::None };
    let program = program.rsplit('/').next().unwrap_or(program);
    let arg = |wanted: &str| args.iter().any(|arg| arg == wanted);
    let sub = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    match program {
        "git" => return git(args, seen),
        "tma1" if sub != "build" => return Effect::None,
        "tma1" => {
            let inner = args.iter().position(|arg| arg == "--").map_or(&[][..], |at| &args[at + 1..]);
            return of_program(inner, seen).max(Effect::Unlikely);
        }
        "gh" if matches!(args, [a, b, ..] if matches!((a.as_str(), b.as_str()), ("pr", "checkout") | ("repo", "sync"))) =>
        {
            return Effect::Whole;
        }
        "find" => {
            return if args.iter().any(|a| matches!(a.as_str(), "-delete" | "-exec" | "-execdir" | "-fprint")) {
                Effect::Possible
            } else {
                Effect::None
            };
        }
        "sed" | "gsed" | "perl" | "ruby" | "awk" | "gawk" if args.iter().any(|arg| in_place(arg)) => {
            return named_or(args, seen, Effect::Possible);
        }
        // Their own language writes files too: `print > "x"`, `w x`.
        "awk" | "gawk" | "sed" | "gsed" if args.iter().any(|arg| arg.contains('>') || arg.contains("w ")) => {
            return named_or(args, seen, Effect::Possible);
        }
        "curl" | "wget" if program == "wget" || args.iter().any(|arg| saves(arg)) => {
            return named_or(args, seen, Effect::Possible);
        }
        "sort" | "yq" | "jq" if args.iter().any(|arg| arg.starts_with("-o") || saves(arg) || in_place(arg)) => {
            return named_or(args, seen, Effect::Possible);
        }
        _ => {}
    }
    if READS.contains(&program) {
        return Effect::None;
    }
    if formats(program, args) {
        let knows = languages(program, args).is_none_or(|ends| ends.contains(&extension(seen.path)));
        return if knows { named_or_tree(args, seen) } else { Effect::None };
    }
    if PACKAGES.contains(&program) && PACKAGE_VERBS.contains(&sub) {
        return if is_manifest(name(seen.path)) { Effect::Sure } else { Effect::Unlikely };
    }
    if serves(program, sub, args) {
        return product_or(seen, Effect::Unlikely);
    }
    let line = words.join(" ");
    if let Some(build) = builds::classify(&line) {
        let fixes = build.kind == BuildKind::Lint && (arg("--fix") || arg("--write") || arg("-a") || arg("-A"));
        return if fixes { named_or_tree(args, seen) } else { product_or(seen, Effect::Unlikely) };
    }
    if WRITES.contains(&program) {
        // Their purpose is to change what they are given; what they are not given they leave alone.
        return named_or(args, seen, Effect::Unlikely);
    }
    named_or(args, seen, Effect::Possible)
}

/// What git does to the working tree.
fn git(args: &[String], seen: &Seen<'_>) -> Effect {
    let mut rest = args.iter();
    let mut verb = "";
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-C" | "-c" | "--git-dir" | "--work-tree" => drop(rest.next()),
            word if word.starts_with('-') => {}
            word => {
                verb = word;
                break;
            }
        }
    }
    let next = rest.clone().find(|word| !word.starts_with('-')).map_or("", String::as_str);
    match verb {
        "stash" if matches!(next, "list" | "show") => Effect::None,
        "worktree" if matches!(next, "list" | "add" | "prune" | "lock") => Effect::None,
        "checkout" | "switch" | "restore" | "stash" | "reset" | "rebase" | "merge" | "pull" | "cherry-pick"
        | "revert" | "am" | "apply" | "clean" | "submodule" | "sparse-checkout" | "filter-branch" | "filter-repo"
        | "bisect" | "read-tree" | "checkout-index" | "lfs" | "worktree" | "subtree" | "mergetool" => {
            named_or(args, seen, Effect::Whole)
        }
        "mv" | "rm" => named_or(args, seen, Effect::Unlikely),
        "push" | "fetch" => Effect::Unlikely,
        verb if GIT_READS.contains(&verb) => Effect::None,
        // Its hooks may format what is committed; of other verbs, such as a person's own, nothing is known.
        _ => named_or(args, seen, Effect::Possible),
    }
}

/// An option of `curl` and others that names a file, alone or behind other letters.
fn saves(arg: &str) -> bool {
    let letters = |flags: &str| flags.len() < 6 && flags.chars().all(char::is_alphabetic) && flags.contains(['o', 'O']);
    matches!(arg, "--output" | "--remote-name" | "--remote-name-all" | "--output-dir")
        || arg.strip_prefix('-').is_some_and(|flags| flags.starts_with(['o', 'O']) || letters(flags))
}

fn in_place(arg: &str) -> bool {
    arg == "--in-place"
        || arg == "--inplace"
        || arg == "inplace"
        || (arg.starts_with('-') && !arg.starts_with("--") && arg.len() < 12 && arg.contains('i') && !arg.contains('='))
}

fn named_or(args: &[String], seen: &Seen<'_>, otherwise: Effect) -> Effect {
    if names(args.iter().map(String::as_str), seen) {
        Effect::Sure
    } else if args.iter().any(|arg| is_open(arg)) {
        otherwise.max(Effect::Possible)
    } else {
        otherwise
    }
}

/// Without a name it works on all there is.
fn named_or_tree(args: &[String], seen: &Seen<'_>) -> Effect {
    let paths: Vec<&str> =
        args.iter().map(String::as_str).filter(|arg| arg.contains(['/', '.']) && !arg.starts_with('-')).collect();
    if names(paths.iter().copied(), seen) {
        Effect::Sure
    } else if paths.is_empty() {
        Effect::Whole
    } else {
        Effect::Possible
    }
}

/// What builds and tests write beside their output.
fn product_or(seen: &Seen<'_>, otherwise: Effect) -> Effect {
    let file = name(seen.path);
    let product = is_manifest(file)
        || [
            ".snap",
            ".snap.new",
            ".lock",
            ".log",
            ".tsbuildinfo",
            ".pb.go",
            ".g.dart",
            ".generated.ts",
            ".approved.txt",
            ".received.txt",
        ]
        .iter()
        .any(|end| file.ends_with(end))
        || [
            "__pycache__/",
            ".pytest_cache/",
            ".mypy_cache/",
            ".ruff_cache/",
            "node_modules/",
            "__snapshots__/",
            "generated/",
            "__generated__/",
            "coverage/",
        ]
        .iter()
        .any(|part| seen.inside.contains(part));
    if product { Effect::Sure } else { otherwise }
}

fn names<'w>(mut words: impl Iterator<Item = &'w str>, seen: &Seen<'_>) -> bool {
    words.any(|word| is_named(word, seen))
}

/// What it names is known only when it runs.
fn is_open(word: &str) -> bool {
    word.contains(['$', '`', '{'])
}

/// Whether a word of a command is the file, a directory above it in the tree, or a pattern that fits it.
fn is_named(word: &str, seen: &Seen<'_>) -> bool {
    let word = word.trim_end_matches('/');
    if matches!(word, "." | "..") || word.ends_with("/..") {
        return true;
    }
    // Wherever the command was, upwards and down again.
    let mut word = word;
    while let Some(rest) = word.strip_prefix("./").or_else(|| word.strip_prefix("../")) {
        word = rest;
    }
    // `s/a/b/` and the like are no paths; an assignment's value may be.
    let word = word.rsplit_once('=').map_or(word, |(_, value)| value);
    if word.is_empty() {
        return false;
    }
    if word == seen.root || word == "*" {
        return true;
    }
    let file = name(seen.path);
    if word == file || word == seen.inside || word == seen.path {
        return true;
    }
    if let Some((before, after)) = word.split_once('*') {
        let (before, after) = (before.trim_end_matches('/'), after.rsplit('*').next().unwrap_or(after));
        return (seen.inside.starts_with(before) || seen.path.starts_with(before) || file.starts_with(before))
            && seen.inside.ends_with(after);
    }
    // A relative path may start anywhere in the tree.
    let under = |path: &str| path.strip_prefix(word).is_some_and(|rest| rest.starts_with('/'));
    under(seen.inside)
        || under(seen.path)
        || (word.contains('/') && !word.starts_with('/') && seen.path.ends_with(&format!("/{word}")))
        || (!word.contains('/') && !word.contains('.') && word.len() > 2 && seen.inside.contains(&format!("/{word}/")))
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
