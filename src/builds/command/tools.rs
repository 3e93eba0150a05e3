//! The table of tools that build, test, lint or type-check, by the name they are called by.
//!
//! To add a tool, add a line. What needs more than a line is in `families.rs`.

use crate::model::BuildKind::{self, Build, Lint, Test, TypeCheck};

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

use Rule::{Always, Sources, Subs, Tasks, TasksAfter, WithFlag};

const C_SOURCES: &[&str] = &[
    ".c", ".cc", ".cpp", ".cxx", ".C", ".m", ".mm", ".S", ".s", ".o", ".a", ".h", ".hpp", ".cu",
];

/// Names of C and C++ compilers; cross compilers end with one of them (`arm-none-eabi-gcc`).
pub(super) const C_COMPILERS: &[&str] = &["gcc", "g++", "cc", "c++", "clang", "clang++"];
pub(super) const C_RULE: Rule = Sources(Build, C_SOURCES);

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

pub(super) const TOOLS: &[(&[&str], Rule)] = &[
    // Rust
    (
        &["cargo"],
        Subs(&[
            ("nextest run", Test),
            ("nextest r", Test),
            ("llvm-cov", Test),
            ("tarpaulin", Test),
            ("miri test", Test),
            ("miri nextest", Test),
            ("insta test", Test),
            ("hack test", Test),
            ("hack check", TypeCheck),
            ("hack clippy", Lint),
            ("hack build", Build),
            ("deny check", Lint),
            ("test", Test),
            ("bench", Test),
            ("build", Build),
            ("zigbuild", Build),
            ("rustc", Build),
            ("doc", Build),
            ("rustdoc", Build),
            ("check", TypeCheck),
            ("clippy", Lint),
            ("machete", Lint),
            ("audit", Lint),
        ]),
    ),
    (&["rustc"], Sources(Build, &[".rs"])),
    (&["rustfmt"], WithFlag(Lint, &["--check"])),
    (&["trunk"], Subs(&[("build", Build)])),
    (&["wasm-pack"], Subs(&[("build", Build), ("test", Test)])),
    (&["maturin"], Subs(&[("build", Build), ("develop", Build)])),
    // Go
    (
        &["go"],
        Subs(&[
            ("build", Build),
            ("install", Build),
            ("test", Test),
            ("vet", Lint),
        ]),
    ),
    (&["golangci-lint"], Subs(&[("run", Lint)])),
    (
        &["staticcheck", "errcheck", "revive", "govulncheck"],
        Always(Lint),
    ),
    (
        &["gofmt", "goimports", "gofumpt"],
        WithFlag(Lint, &["-l", "-d"]),
    ),
    (&["gotestsum", "ginkgo"], Always(Test)),
    // JavaScript and TypeScript
    (
        &["tsc", "vue-tsc", "tsgo", "svelte-check", "attw"],
        Always(TypeCheck),
    ),
    (
        &[
            "eslint",
            "oxlint",
            "stylelint",
            "xo",
            "standard",
            "knip",
            "depcheck",
            "publint",
        ],
        Always(Lint),
    ),
    (
        &["biome"],
        Subs(&[("check", Lint), ("lint", Lint), ("ci", Lint)]),
    ),
    (
        &["prettier"],
        WithFlag(Lint, &["--check", "-c", "--list-different", "-l"]),
    ),
    (
        &[
            "jest", "mocha", "ava", "tap", "jasmine", "karma", "wtr", "tape", "uvu", "tsd",
        ],
        Always(Test),
    ),
    (&["vitest"], Always(Test)),
    (&["playwright"], Subs(&[("test", Test)])),
    (&["cypress"], Subs(&[("run", Test)])),
    (
        &["deno"],
        Subs(&[
            ("test", Test),
            ("check", TypeCheck),
            ("lint", Lint),
            ("compile", Build),
        ]),
    ),
    (
        &[
            "vite",
            "nuxt",
            "nuxi",
            "remix",
            "gatsby",
            "storybook",
            "parcel",
            "vitepress",
            "docusaurus",
        ],
        Subs(&[("build", Build), ("typecheck", TypeCheck)]),
    ),
    (&["next"], Subs(&[("build", Build), ("lint", Lint)])),
    (&["astro"], Subs(&[("build", Build), ("check", TypeCheck)])),
    (
        &[
            "webpack",
            "rollup",
            "esbuild",
            "tsup",
            "tsdown",
            "swc",
            "unbuild",
            "rspack",
            "rolldown",
            "microbundle",
        ],
        Always(Build),
    ),
    (
        &["ng"],
        Subs(&[
            ("build", Build),
            ("test", Test),
            ("lint", Lint),
            ("e2e", Test),
        ]),
    ),
    (
        &["vue-cli-service"],
        Subs(&[
            ("build", Build),
            ("lint", Lint),
            ("test:unit", Test),
            ("test:e2e", Test),
        ]),
    ),
    (
        &["react-scripts"],
        Subs(&[("build", Build), ("test", Test)]),
    ),
    (&["hardhat"], Subs(&[("test", Test), ("compile", Build)])),
    (&["turbo", "lerna", "wireit"], TasksAfter(&["run"])),
    // Python
    (&["pytest"], Always(Test)),
    (&["unittest", "nose2", "green", "stestr"], Always(Test)),
    (&["tox", "nox"], Always(Test)),
    (
        &["mypy", "pyright", "basedpyright", "pyre", "pytype", "dmypy"],
        Always(TypeCheck),
    ),
    (&["ty"], Subs(&[("check", TypeCheck)])),
    (
        &[
            "flake8",
            "pylint",
            "bandit",
            "pycodestyle",
            "pydocstyle",
            "vulture",
            "ruff-lint",
        ],
        Always(Lint),
    ),
    (
        &["black", "isort"],
        WithFlag(Lint, &["--check", "--check-only", "-c", "--diff"]),
    ),
    (&["py_compile", "compileall"], Always(Build)),
    (&["hatch"], Subs(&[("build", Build), ("test", Test)])),
    (
        &["poetry", "uv", "pdm", "rye", "flit"],
        Subs(&[("build", Build), ("test", Test)]),
    ),
    (&["poe", "invoke", "inv", "pixi"], Tasks),
    // C, C++ and build tools for anything
    (&["ctest"], Always(Test)),
    (
        &["meson"],
        Subs(&[("compile", Build), ("test", Test), ("setup", Build)]),
    ),
    (
        &["bazel", "buck2", "buck"],
        Subs(&[("build", Build), ("test", Test), ("coverage", Test)]),
    ),
    (
        &["scons", "waf", "xmake", "earthly", "emcc", "em++", "nvcc"],
        Always(Build),
    ),
    (&["cppcheck", "clang-tidy"], Always(Lint)),
    (&["clang-format"], WithFlag(Lint, &["--dry-run", "-n"])),
    (&["just"], Tasks),
    (&["task"], Tasks),
    (&["mise"], TasksAfter(&["run", "r"])),
    (&["moon", "pants", "please", "plz"], Tasks),
    (&["pre-commit", "prek", "lefthook"], Subs(&[("run", Lint)])),
    // JVM
    (&["javac"], Sources(Build, &[".java"])),
    (&["kotlinc"], Sources(Build, &[".kt", ".kts"])),
    (&["scalac"], Sources(Build, &[".scala"])),
    (&["ktlint", "detekt", "checkstyle"], Always(Lint)),
    (
        &["lein"],
        Subs(&[("test", Test), ("compile", Build), ("uberjar", Build)]),
    ),
    // .NET, Swift, Zig
    (
        &["dotnet"],
        Subs(&[
            ("build", Build),
            ("publish", Build),
            ("pack", Build),
            ("msbuild", Build),
            ("test", Test),
            ("vstest", Test),
        ]),
    ),
    (&["msbuild", "xbuild"], Always(Build)),
    (&["swift"], Subs(&[("build", Build), ("test", Test)])),
    (&["swiftc"], Sources(Build, &[".swift"])),
    (&["swiftlint"], Always(Lint)),
    (
        &["zig"],
        Subs(&[
            ("build test", Test),
            ("build", Build),
            ("test", Test),
            ("build-exe", Build),
            ("build-lib", Build),
            ("build-obj", Build),
            ("ast-check", TypeCheck),
        ]),
    ),
    // Ruby and PHP
    (&["rspec", "minitest", "cucumber"], Always(Test)),
    (&["rubocop", "standardrb", "reek", "brakeman"], Always(Lint)),
    (&["srb"], Subs(&[("tc", TypeCheck)])),
    (&["steep"], Subs(&[("check", TypeCheck)])),
    (
        &["rails"],
        Subs(&[
            ("test", Test),
            ("test:system", Test),
            ("test:all", Test),
            ("spec", Test),
        ]),
    ),
    (&["rake"], Tasks),
    (
        &["phpunit", "pest", "paratest", "codecept", "behat"],
        Always(Test),
    ),
    (&["phpstan"], Subs(&[("analyse", Lint), ("analyze", Lint)])),
    (&["psalm", "phpcs", "phpmd"], Always(Lint)),
    (&["php-cs-fixer"], WithFlag(Lint, &["--dry-run", "check"])),
    (&["pint"], WithFlag(Lint, &["--test"])),
    (&["composer"], TasksAfter(&["run", "run-script"])),
    (&["sail", "artisan"], Subs(&[("test", Test)])),
    // Elixir, Erlang, Haskell, OCaml, others
    (
        &["mix"],
        Subs(&[
            ("compile", Build),
            ("test", Test),
            ("coveralls", Test),
            ("credo", Lint),
            ("sobelow", Lint),
            ("dialyzer", TypeCheck),
            ("xref", Lint),
        ]),
    ),
    (&["elixirc"], Always(Build)),
    (
        &["rebar3"],
        Subs(&[
            ("compile", Build),
            ("eunit", Test),
            ("ct", Test),
            ("dialyzer", TypeCheck),
        ]),
    ),
    (
        &["gleam"],
        Subs(&[("build", Build), ("test", Test), ("check", TypeCheck)]),
    ),
    (&["ghc"], Sources(Build, &[".hs", ".lhs"])),
    (
        &["cabal", "stack"],
        Subs(&[("build", Build), ("test", Test), ("bench", Test)]),
    ),
    (&["hlint"], Always(Lint)),
    (
        &["dune"],
        Subs(&[("build", Build), ("runtest", Test), ("test", Test)]),
    ),
    (
        &["nim"],
        Subs(&[("c", Build), ("cpp", Build), ("check", TypeCheck)]),
    ),
    (&["crystal"], Subs(&[("build", Build), ("spec", Test)])),
    (
        &["flutter", "dart"],
        Subs(&[
            ("test", Test),
            ("analyze", Lint),
            ("build", Build),
            ("compile", Build),
        ]),
    ),
    (&["forge"], Subs(&[("build", Build), ("test", Test)])),
    (&["anchor"], Subs(&[("build", Build), ("test", Test)])),
    (&["prove", "bats", "busted", "shellspec"], Always(Test)),
    (&["luacheck", "selene"], Always(Lint)),
    (&["stylua"], WithFlag(Lint, &["--check"])),
    // Infrastructure and texts
    (&["terraform"], Subs(&[("validate", Lint)])),
    (&["helm"], Subs(&[("lint", Lint)])),
    (
        &["docker"],
        Subs(&[
            ("buildx build", Build),
            ("image build", Build),
            ("compose build", Build),
            ("build", Build),
        ]),
    ),
    (&["docker-compose"], Subs(&[("build", Build)])),
    (&["nix"], Subs(&[("flake check", Test), ("build", Build)])),
    (&["nix-build"], Always(Build)),
    (
        &[
            "shellcheck",
            "hadolint",
            "actionlint",
            "tflint",
            "yamllint",
            "ansible-lint",
            "kubeconform",
            "markdownlint",
            "markdownlint-cli2",
            "cspell",
            "typos",
            "vale",
            "taplo-lint",
            "zizmor",
        ],
        Always(Lint),
    ),
    (&["shfmt"], WithFlag(Lint, &["-d", "-l"])),
    (&["taplo"], Subs(&[("check", Lint), ("lint", Lint)])),
    (
        &["buf"],
        Subs(&[("build", Build), ("lint", Lint), ("breaking", Lint)]),
    ),
    (&["sqlfluff"], Subs(&[("lint", Lint)])),
];
