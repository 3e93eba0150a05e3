//! Shell commands and what they print: half of all tool calls.

use super::ids;
use super::project::Language;
use super::texts::escape;
use super::thread::{Common, put};
use super::vocabulary::capital;

/// What commands print, in bytes, as measured: most say little, a few fill the client's limit.
const OUTPUT_BYTES: [u64; 9] = [0, 2, 45, 280, 900, 2300, 3800, 18_000, 58_000];

pub struct Run {
    pub command: String,
    pub about: &'static str,
    /// Escaped for JSON.
    pub output: Vec<u8>,
    /// Not zero for a failure.
    pub exit: u8,
    pub ms: u64,
}

pub fn run(common: &mut Common<'_>) -> Run {
    if common.random.percent(24) { build(common) } else { look(common) }
}

fn look(common: &mut Common<'_>) -> Run {
    let random = &mut common.random;
    let file = random.pick(&common.project.files).path.clone();
    let (a, b) = (common.texts.words.noun(random), common.texts.words.noun(random));
    let root = &common.project.root;
    let (command, about) = match random.below(13) {
        0 => ("git status --short".to_owned(), "Show changed files"),
        1 => (format!("git log --oneline -{} -- {file}", random.between(3, 30)), "Show recent commits"),
        2 => (format!("cd {root} && git diff HEAD~{}", random.between(1, 4)), "Show changes"),
        3 => (format!("ls -la {root}/{a}"), "List files"),
        4 => (format!("grep -rn \"{a}\" {root}/src | head -{}", random.between(10, 60)), "Search for uses"),
        5 => (format!("sed -n '{},{}p' {file}", random.between(1, 90), random.between(90, 300)), "Show part of a file"),
        6 => (
            format!("cat {file} | wc -l && find . -name '*{b}*' -not -path './node_modules/*'"),
            "Count lines and find files",
        ),
        7 => (
            format!("curl -s http://127.0.0.1:{}/{a}/{b} | head -c 2000", random.between(3000, 9999)),
            "Ask the running server",
        ),
        8 => (
            format!("git add -A && git commit -m \"{} the {b} of {a}\"", capital(common.texts.words.word(random))),
            "Commit",
        ),
        9 | 10 => (heredoc(common), "Try it out"),
        11 => (format!("docker compose logs {a} --tail {}", random.between(20, 400)), "Read the logs"),
        _ => (format!("for f in $(git ls-files '*.md'); do head -5 \"$f\"; done; which {b}"), "Look at the documents"),
    };
    let mut output = Vec::new();
    let bytes = common.random.size(&OUTPUT_BYTES);
    if bytes > 3 {
        let pool =
            if common.random.percent(30) { common.project.language.pool(common.texts) } else { &common.texts.terminal };
        common.texts.fill(&mut output, pool, &mut common.random, bytes);
    }
    if common.random.percent(1) {
        secret(&mut output, common);
    }
    let exit = if common.random.percent(6) { common.random.weighted(&[(6, 1), (2, 2), (1, 127), (1, 128)]) } else { 0 };
    Run { command, about, output, exit, ms: common.random.between(20, 4000) }
}

/// A small program on the command line.
fn heredoc(common: &mut Common<'_>) -> String {
    let lines = 3 + common.random.index(30);
    let program = String::from_utf8_lossy(common.texts.python.run(&mut common.random, lines))
        .replace("\\n", "\n")
        .replace("\\\"", "\"");
    format!("python3 - <<'EOF'\n{program}EOF")
}

/// Things that must not reach the disk a second time. Made here: none of them opens anything.
fn secret(out: &mut Vec<u8>, common: &mut Common<'_>) {
    let random = &mut common.random;
    let (before, value) = match random.below(4) {
        0 => ("\\nGITHUB_TOKEN=", ids::token_string("ghp_", 36, random)),
        1 => ("\\nexport AWS_ACCESS_KEY_ID=", ids::token_string("AKIA", 16, random).to_ascii_uppercase()),
        2 => ("\\nANTHROPIC_API_KEY=", ids::token_string("sk-ant-api03-", 80, random)),
        _ => ("\\nAuthorization: Bearer ", ids::token_string("sk-proj-", 48, random)),
    };
    put!(out; before, value, "\\n");
    common.counts.secrets.push(value);
}

fn build(common: &mut Common<'_>) -> Run {
    let failed = common.random.percent(30);
    let tests = common.random.percent(60);
    common.counts.builds += 1;
    common.counts.failed_builds += u64::from(failed);
    let random = &mut common.random;
    let command = match (common.project.language, tests) {
        (Language::Rust, true) => random.weighted(&[
            (4, "cargo test"),
            (2, "cargo test --workspace 2>&1 | tail -40"),
            (1, "cargo nextest run"),
        ]),
        (Language::Rust, false) => {
            random.weighted(&[(3, "cargo build"), (3, "cargo clippy --all-targets"), (2, "cargo check 2>&1")])
        }
        (Language::Script, true) => {
            random.weighted(&[(3, "npm test"), (2, "npx jest --coverage=false"), (2, "pnpm vitest run")])
        }
        (Language::Script, false) => {
            random.weighted(&[(3, "npm run build"), (3, "npx tsc --noEmit"), (1, "npx eslint . --max-warnings 0")])
        }
        (Language::Python, true) => {
            random.weighted(&[(4, "pytest -q"), (2, "python -m pytest tests -x"), (1, "tox -e py312")])
        }
        (Language::Python, false) => random.weighted(&[(2, "ruff check ."), (2, "mypy lib"), (1, "python -m build")]),
    };
    let command =
        if common.random.percent(40) { format!("cd {} && {command}", common.project.root) } else { command.to_owned() };
    let mut output = Vec::new();
    let bytes = common.random.size(&[60, 110, 250, 600, 1500, 3000, 5000, 16_000, 40_000]);
    common.texts.fill(&mut output, &common.texts.terminal, &mut common.random, bytes);
    put!(output; "\\n");
    if failed {
        for _ in 0..common.random.between(1, 6) {
            diagnostic(&mut output, common);
        }
    }
    verdict(&mut output, common, failed, tests);
    let exit = match (failed, common.project.language) {
        (false, _) => 0,
        (true, Language::Rust) => 101,
        (true, _) => common.random.weighted(&[(4, 1), (1, 2)]),
    };
    Run {
        command,
        about: if tests { "Run the tests" } else { "Build" },
        output,
        exit,
        ms: common.random.between(900, 60_000),
    }
}

/// A compiler's or test runner's complaint.
fn diagnostic(out: &mut Vec<u8>, common: &mut Common<'_>) {
    let random = &mut common.random;
    let file = random.pick(&common.project.files).path.clone();
    let path = file.strip_prefix(&common.project.root).map_or(&*file, |rest| rest.trim_start_matches('/'));
    let (a, b, c) = (common.texts.words.noun(random), common.texts.words.noun(random), common.texts.words.word(random));
    let (line, column) = (random.between(1, 600), random.between(1, 60));
    let text = match (common.project.language, random.percent(50)) {
        (Language::Rust, true) => format!(
            "error[E0308]: mismatched types\n  --> {path}:{line}:{column}\n   |\n{line} |     {a}.{b}({c})\n   |         ^^^ expected `{a}`, found `&{b}`\n\n"
        ),
        (Language::Rust, false) => format!(
            "---- {a}::tests::{b} stdout ----\nthread '{a}::tests::{b}' panicked at {path}:{line}:{column}:\nassertion `left == right` failed\n  left: {line}\n right: {column}\n\n"
        ),
        (Language::Script, true) => format!(
            "{path}({line},{column}): error TS2345: Argument of type '{a}' is not assignable to parameter of type '{b}'.\n"
        ),
        (Language::Script, false) => format!(
            "  ● {a} › {b}\n\n    expect(received).toBe(expected)\n\n    Expected: {line}\n    Received: {column}\n\n      at Object.<anonymous> ({path}:{line}:{column})\n\n"
        ),
        (Language::Python, true) => format!(
            "{path}:{line}: error: Incompatible types in assignment (expression has type \"{a}\", variable has type \"{b}\")\n"
        ),
        (Language::Python, false) => format!(
            "    def test_{a}():\n>       assert {b}({column}) == {line}\nE       AssertionError: assert {column} == {line}\n\n{path}:{line}: AssertionError\nFAILED {path}::test_{a} - AssertionError\n"
        ),
    };
    escape(out, &text);
}

fn verdict(out: &mut Vec<u8>, common: &mut Common<'_>, failed: bool, tests: bool) {
    let (good, bad) = (common.random.between(3, 900), common.random.between(1, 6));
    let text = match (common.project.language, tests, failed) {
        (Language::Rust, true, false) => format!(
            "test result: ok. {good} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.32s"
        ),
        (Language::Rust, true, true) => format!(
            "test result: FAILED. {good} passed; {bad} failed; 0 ignored; 0 measured; 0 filtered out\n\nerror: test failed, to rerun pass `--lib`"
        ),
        (Language::Rust, false, false) => {
            "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 12.41s".to_owned()
        }
        (Language::Rust, false, true) => {
            format!("error: could not compile `{}` (lib) due to {bad} previous errors", common.project.name)
        }
        (Language::Script, true, false) => format!("Tests:       {good} passed, {good} total\nTime:        4.51 s"),
        (Language::Script, true, true) => format!("Tests:       {bad} failed, {good} passed, {} total", good + bad),
        (Language::Script, false, false) => "✓ built in 3.12s".to_owned(),
        (Language::Script, false, true) => format!("Found {bad} errors."),
        (Language::Python, true, false) => format!("{good} passed in 2.31s"),
        (Language::Python, true, true) => format!("{bad} failed, {good} passed in 3.02s"),
        (Language::Python, false, false) => "Success: no issues found".to_owned(),
        (Language::Python, false, true) => format!("Found {bad} errors in 2 files (checked {good} source files)"),
    };
    escape(out, &text);
}
