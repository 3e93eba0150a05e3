//! What a command can do to a file: read off its words, never guessed in an agent's favour or against it.

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
    if !reaches(command, call, seen) {
        return Effect::None;
    }
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

/// Whether the command works in the tree that the file is in, or names a way to it.
fn reaches(command: &str, call: &CallAround, seen: &Seen<'_>) -> bool {
    let from = call.root.as_deref().unwrap_or("/nowhere");
    let below = |path: &str, top: &str| path.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'));
    if from == seen.root || below(seen.root, from) || command.contains(seen.root) {
        return true;
    }
    let parts = || command.split(|c: char| c.is_whitespace() || "'\"`;&|()<>=:,/".contains(c));
    let tree = name(seen.root);
    parts().any(|part| part == tree)
        || (below(from, seen.root) && parts().any(|part| part == ".."))
        || (command.contains(['$', '~']) && parts().any(|part| part == name(seen.path)))
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
        "sort" | "curl" | "wget" | "yq" | "jq"
            if args.iter().any(|arg| {
                matches!(arg.as_str(), "-o" | "-O" | "--output" | "-i" | "--inplace") || arg.starts_with("-o")
            }) || program == "wget" =>
        {
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
        | "bisect" | "read-tree" | "checkout-index" | "lfs" | "worktree" => named_or(args, seen, Effect::Whole),
        "mv" | "rm" => named_or(args, seen, Effect::Unlikely),
        // Its hooks may format what is committed.
        "commit" => Effect::Possible,
        "push" | "fetch" => Effect::Unlikely,
        _ => Effect::None,
    }
}

/// Only reads, as long as nothing is redirected.
const READS: &[&str] = &[
    "sleep",
    "ls",
    "cat",
    "bat",
    "head",
    "tail",
    "less",
    "more",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "fd",
    "tree",
    "wc",
    "file",
    "stat",
    "du",
    "df",
    "ps",
    "top",
    "htop",
    "pgrep",
    "kill",
    "pkill",
    "killall",
    "echo",
    "printf",
    "true",
    "false",
    ":",
    "test",
    "[",
    "[[",
    "which",
    "whereis",
    "type",
    "command",
    "pwd",
    "cd",
    "pushd",
    "popd",
    "date",
    "env",
    "printenv",
    "export",
    "set",
    "unset",
    "exit",
    "return",
    "read",
    "wait",
    "id",
    "whoami",
    "uname",
    "hostname",
    "jq",
    "yq",
    "sort",
    "uniq",
    "cut",
    "tr",
    "diff",
    "cmp",
    "comm",
    "column",
    "nl",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "shasum",
    "cksum",
    "xxd",
    "od",
    "hexdump",
    "strings",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "seq",
    "curl",
    "ping",
    "dig",
    "nslookup",
    "lsof",
    "netstat",
    "ss",
    "journalctl",
    "history",
    "alias",
    "ulimit",
    "uptime",
    "free",
    "sed",
    "gsed",
    "awk",
    "gawk",
    "tac",
    "rev",
    "fold",
    "expr",
    "bc",
    "tput",
    "clear",
    "man",
    "info",
    "gh",
    "tokei",
    "cloc",
    "scc",
    "nproc",
    "jobs",
    "fg",
    "bg",
    "disown",
    "trap",
    "shift",
    "local",
    "declare",
    "let",
    "time",
    "watch",
    "look",
    "paste",
    "join",
    "mkdir",
    "tma1",
    "nc",
    "ncat",
    "host",
    "whois",
    "yes",
    "sync",
    "shopt",
];

/// Changes what it is given by name.
const WRITES: &[&str] = &[
    "mv", "cp", "rm", "touch", "tee", "ln", "install", "dd", "truncate", "rsync", "unzip", "tar", "gunzip", "gzip",
    "chmod", "chown", "unlink", "shred",
];

const PACKAGES: &[&str] = &[
    "npm", "pnpm", "yarn", "bun", "cargo", "go", "pip", "pip3", "uv", "poetry", "pdm", "bundle", "gem", "composer",
    "mix", "dotnet", "brew", "apt", "apt-get", "deno", "pod", "swift",
];
const PACKAGE_VERBS: &[&str] = &[
    "install",
    "i",
    "ci",
    "add",
    "remove",
    "rm",
    "uninstall",
    "update",
    "upgrade",
    "up",
    "lock",
    "sync",
    "get",
    "fetch",
    "restore",
    "require",
    "deps.get",
    "outdated",
    "audit",
    "list",
    "ls",
    "tree",
    "download",
    "why",
    "view",
    "info",
    "search",
    "show",
    "freeze",
    "version",
];

fn is_manifest(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "package.json",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lockb",
        "bun.lock",
        "Cargo.toml",
        "Cargo.lock",
        "go.mod",
        "go.sum",
        "pyproject.toml",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile",
        "Pipfile.lock",
        "requirements.txt",
        "Gemfile",
        "Gemfile.lock",
        "composer.json",
        "composer.lock",
        "mix.exs",
        "mix.lock",
        "deno.json",
        "deno.lock",
        "Podfile.lock",
        "Package.resolved",
    ];
    NAMES.contains(&name)
}

/// Rewrites sources as its purpose.
fn formats(program: &str, args: &[String]) -> bool {
    let any = |wanted: &[&str]| args.iter().any(|arg| wanted.contains(&arg.as_str()));
    let sub = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    let script = args.iter().filter(|arg| !arg.starts_with('-')).any(|arg| {
        let word = arg.rsplit(':').next().unwrap_or(arg);
        matches!(word, "fmt" | "format" | "fix" | "prettier" | "autofix" | "codemod" | "generate" | "codegen" | "gen")
    });
    match program {
        "prettier" => any(&["--write", "-w"]),
        "eslint" | "oxlint" | "stylelint" | "tslint" | "standard" | "xo" | "rubocop" | "standardrb"
        | "markdownlint" | "golangci-lint" | "ktlint" | "swiftlint" => {
            any(&["--fix", "-a", "-A", "--autocorrect", "--auto-correct", "-F", "--format"])
        }
        "biome" => any(&["--write", "--apply", "--fix", "--apply-unsafe", "--unsafe"]),
        "ruff" => (sub == "format" && !any(&["--check", "--diff"])) || any(&["--fix"]),
        "black" | "isort" | "autopep8" | "yapf" | "autoflake" | "pyupgrade" | "docformatter" => {
            !any(&["--check", "--diff", "--check-only", "-d"])
        }
        "gofmt" | "goimports" | "gofumpt" | "shfmt" | "dfmt" => any(&["-w"]),
        "clang-format" | "google-java-format" => args.iter().any(|arg| in_place(arg) || arg == "--replace"),
        "rustfmt" | "stylua" | "dprint" | "swiftformat" | "swift-format" | "php-cs-fixer" | "pint" | "scalafmt"
        | "fourmolu" | "ormolu" | "taplo" | "nixfmt" | "alejandra" | "buildifier" | "csharpier" | "zigfmt" => {
            !any(&["--check", "--dry-run", "--lint", "--test", "check"])
        }
        "cargo" => (matches!(sub, "fmt" | "sort") && !any(&["--check"])) || sub == "fix" || any(&["--fix"]),
        "go" => matches!(sub, "fmt" | "generate" | "fix"),
        "terraform" | "tofu" | "mix" | "zig" | "dart" | "deno" | "dotnet" | "gleam" | "forge" => {
            matches!(sub, "fmt" | "format") && !any(&["--check", "-check", "--check-formatted", "--verify-no-changes"])
        }
        "pre-commit" | "lint-staged" | "lefthook" | "protoc" | "buf" | "jscodeshift" | "comby" | "ast-grep" | "sg"
        | "patch" | "2to3" => true,
        "npm" | "pnpm" | "yarn" | "bun" | "make" | "just" | "task" | "rake" | "gradle" | "gradlew" | "composer"
        | "poe" | "tox" | "nox" | "nx" | "turbo" | "moon" | "bazel" => script,
        _ => false,
    }
}

/// What a formatter leaves alone has none of these ends. `None`: it may know any.
fn languages(program: &str, args: &[String]) -> Option<&'static [&'static str]> {
    let sub = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    Some(match (program, sub) {
        ("cargo", "fmt") | ("rustfmt", _) => &["rs"],
        ("cargo", "sort") | ("taplo", _) => &["toml"],
        ("go", "fmt") | ("gofmt" | "goimports" | "gofumpt", _) => &["go"],
        ("black" | "isort" | "autopep8" | "yapf" | "autoflake" | "pyupgrade" | "docformatter" | "ruff", _) => {
            &["py", "pyi", "ipynb"]
        }
        ("terraform" | "tofu", _) => &["tf", "tfvars", "hcl"],
        ("mix", _) => &["ex", "exs", "heex"],
        ("dart", _) => &["dart"],
        ("zig" | "zigfmt", _) => &["zig", "zon"],
        ("stylua", _) => &["lua"],
        ("shfmt", _) => &["sh", "bash", ""],
        ("ktlint", _) => &["kt", "kts"],
        ("swiftformat" | "swift-format" | "swiftlint", _) => &["swift"],
        ("nixfmt" | "alejandra", _) => &["nix"],
        ("php-cs-fixer" | "pint", _) => &["php"],
        ("fourmolu" | "ormolu", _) => &["hs"],
        ("csharpier", _) => &["cs", "csproj"],
        ("google-java-format", _) => &["java"],
        _ => return None,
    })
}

fn extension(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, end)| end)
}

/// Runs until it is stopped: servers and watchers.
fn serves(program: &str, sub: &str, args: &[String]) -> bool {
    let run = args.iter().filter(|arg| !arg.starts_with('-')).nth(1).map_or("", String::as_str);
    let is_server = |word: &str| {
        word.split([':', '-']).any(|part| {
            matches!(part, "dev" | "start" | "serve" | "server" | "watch" | "preview" | "storybook" | "runserver")
        })
    };
    match program {
        "npm" | "pnpm" | "yarn" | "bun" | "deno" | "make" | "just" | "task" => {
            is_server(sub) || (matches!(sub, "run" | "run-script" | "task") && is_server(run))
        }
        "cargo" => matches!(sub, "run" | "watch" | "r"),
        "go" | "dotnet" | "swift" | "zig" => sub == "run" || sub == "watch",
        "docker" | "docker-compose" | "podman" | "kubectl" => true,
        "rails" | "php" | "mix" | "hugo" | "jekyll" | "mkdocs" | "jupyter" | "streamlit" | "manage.py" => {
            is_server(sub) || matches!(sub, "s" | "phx.server" | "-S" | "run" | "lab" | "notebook")
        }
        "python" | "python3" => args.iter().any(|arg| arg == "runserver" || arg == "http.server"),
        "vite" | "next" | "nuxt" | "astro" | "remix" | "uvicorn" | "gunicorn" | "flask" | "nodemon" | "watchexec"
        | "entr" | "bacon" | "air" | "live-server" | "http-server" | "caddy" | "redis-server" | "postgres"
        | "mongod" | "ngrok" | "storybook" | "webpack-dev-server" | "ssh" | "tmux" | "screen" => true,
        _ => false,
    }
}

fn in_place(arg: &str) -> bool {
    arg == "--in-place"
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
        || ["__snapshots__/", "generated/", "__generated__/", "coverage/"]
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
