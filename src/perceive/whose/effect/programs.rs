//! What programs are for: they read, they write what they are given, they format, they serve.

use super::{in_place, name};

/// Only reads, as long as nothing is redirected.
pub const READS: &[&str] = &[
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
    "shift",
    "local",
    "declare",
    "let",
    "time",
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
pub const WRITES: &[&str] = &[
    "mv", "cp", "rm", "touch", "tee", "ln", "install", "dd", "truncate", "rsync", "unzip", "tar", "gunzip", "gzip",
    "chmod", "chown", "unlink", "shred",
];

pub const PACKAGES: &[&str] = &[
    "npm", "pnpm", "yarn", "bun", "cargo", "go", "pip", "pip3", "uv", "poetry", "pdm", "bundle", "gem", "composer",
    "mix", "dotnet", "brew", "apt", "apt-get", "deno", "pod", "swift",
];
pub const PACKAGE_VERBS: &[&str] = &[
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

pub fn is_manifest(name: &str) -> bool {
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

/// Verbs of git that leave the working tree alone.
pub const GIT_READS: &[&str] = &[
    "",
    "status",
    "diff",
    "log",
    "show",
    "branch",
    "tag",
    "remote",
    "config",
    "rev-parse",
    "ls-files",
    "ls-tree",
    "ls-remote",
    "blame",
    "annotate",
    "describe",
    "shortlog",
    "reflog",
    "cat-file",
    "grep",
    "for-each-ref",
    "merge-base",
    "rev-list",
    "name-rev",
    "symbolic-ref",
    "var",
    "version",
    "help",
    "whatchanged",
    "count-objects",
    "fsck",
    "gc",
    "prune",
    "update-index",
    "add",
    "stage",
    "init",
    "clone",
    "check-ignore",
    "check-attr",
    "show-ref",
    "show-branch",
    "update-ref",
    "notes",
    "hash-object",
    "write-tree",
    "commit-tree",
    "diff-tree",
    "diff-index",
    "diff-files",
    "range-diff",
    "cherry",
    "verify-commit",
    "repack",
    "maintenance",
    "credential",
];

/// Rewrites sources as its purpose.
pub fn formats(program: &str, args: &[String]) -> bool {
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
pub fn languages(program: &str, args: &[String]) -> Option<&'static [&'static str]> {
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

pub fn extension(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, end)| end)
}

/// Runs until it is stopped: servers and watchers.
pub fn serves(program: &str, sub: &str, args: &[String]) -> bool {
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
        "rails" | "php" | "mix" | "hugo" | "jekyll" | "mkdocs" | "jupyter" | "streamlit" | "manage.py" => {
            is_server(sub) || matches!(sub, "s" | "phx.server" | "-S" | "run" | "lab" | "notebook")
        }
        "python" | "python3" => args.iter().any(|arg| arg == "runserver" || arg == "http.server"),
        "vite" | "next" | "nuxt" | "astro" | "remix" | "uvicorn" | "gunicorn" | "flask" | "nodemon" | "watchexec"
        | "entr" | "bacon" | "air" | "live-server" | "http-server" | "caddy" | "redis-server" | "postgres"
        | "mongod" | "ngrok" | "storybook" | "webpack-dev-server" | "ssh" | "tmux" | "screen" | "docker"
        | "docker-compose" | "podman" | "kubectl" => true,
        _ => false,
    }
}
