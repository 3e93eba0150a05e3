//! Tables of command lines.

mod families;
mod others;

use super::{BuildCommand, classify};
use crate::model::BuildKind::{self, Build, Lint, Test};
use proptest::prelude::*;

const SEEN: bool = false;
const HIDDEN: bool = true;

/// One mismatch as a line, so that a test shows all of them.
fn mismatch(command: &str, kind: BuildKind, family: &str, target: &str, hidden: bool) -> Option<String> {
    let expected = BuildCommand { kind, family: family.to_owned(), target: target.to_owned(), verdict_hidden: hidden };
    let found = classify(command);
    (found.as_ref() != Some(&expected)).then(|| format!("{command}\n  is   {found:?}\n  want {expected:?}"))
}

fn assert_none(mismatches: impl Iterator<Item = String>) {
    let all: Vec<String> = mismatches.collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// It tells its own runs.
#[test]
fn what_the_wrapper_runs_is_no_second_run() {
    for line in [
        "tma1 build -- cargo test",
        "cd web && tma1 build --watch --tag x -- npm test",
        "timeout 60 /opt/tma1 build cargo test",
        "tma1 build -- sh -c 'make && make test'",
        "bash -c 'tma1 build -- make'",
    ] {
        assert_eq!(classify(line), None, "{line}");
    }
    assert!(classify("tma1 build -- cargo check && cargo test").is_some_and(|found| found.family == "cargo test"));
}

#[test]
fn what_is_around_a_command_goes() {
    let table = [
        "cd web && pytest -q",
        "cd /a; cd b && pytest -q",
        "(cd web && pytest -q)",
        "export A='b c'; pytest -q",
        "A=1 B=\"x y\" pytest -q",
        "env -u X A=1 pytest -q",
        "timeout 60 pytest -q",
        "timeout -k 5 --signal=KILL 2m time nice -n 5 nohup pytest -q",
        "sudo -u me env X=1 stdbuf -oL pytest -q",
        "xvfb-run -a pytest -q",
        "command pytest -q",
        "exec pytest -q",
        "set -euo pipefail\ncd x\npytest -q",
        "pytest -q 2>&1",
        "pytest -q > /tmp/log 2>&1",
        "pytest -q &> /tmp/log",
        "pytest -q 2>/dev/null >>log </dev/null",
        "pytest \\\n  -q",
        "# run them\npytest -q   # all",
        "bash -lc 'cd a && pytest -q'",
        "sh -c \"pytest -q\"",
        "bash -c 'bash -c \"pytest -q\"'",
        "echo start && pytest -q",
        "git pull --rebase && pytest -q && git push",
        "npm ci && pytest -q",
        "source .venv/bin/activate && pytest -q",
        ". .venv/bin/activate; .venv/bin/pytest -q",
        "{ pytest -q; }",
        "time pytest -q",
        "yes | pytest -q",
        "pytest -q <<< 'y'",
        "pytest -q || exit 1",
        "pytest -q || { echo failed; exit 1; }",
        "pytest -q || exit 1; echo fine",
        "pytest -q; exit $?",
        "pytest -q > log; rc=$?; tail log; exit $rc",
        "pytest -q | tee log; exit ${PIPESTATUS[0]}",
        "set -o pipefail; pytest -q | tee log | tail -5",
        "bash -eo pipefail -c 'pytest -q | tail -3; echo ok'",
        "set -e; pytest -q; echo done",
        "out=$(pytest -q 2>&1)",
        "cat > a.py <<'EOF'\nit's an \"odd ( file\ncargo test\nEOF\npytest -q",
    ];
    assert_none(table.iter().filter_map(|command| mismatch(command, Test, "pytest", "-q", SEEN)));
}

#[test]
fn verdicts_that_the_shell_hides() {
    let table = [
        "pytest -q | tail -5",
        "pytest -q 2>&1 | grep -E 'FAILED|passed' | head",
        "pytest -q |& tee log",
        "set -o pipefail; pytest -q | grep FAILED",
        "set -o pipefail; set +o pipefail; pytest -q | tail",
        "pytest -q || true",
        "pytest -q || echo failed",
        "pytest -q && echo ok || echo failed",
        "pytest -q; echo done",
        "pytest -q\necho \"exit: $?\"",
        "pytest -q; exit 0",
        "pytest -q &",
        "pytest -q & wait",
        "! pytest -q",
        "if pytest -q; then echo ok; fi",
        "for i in 1 2 3; do pytest -q; done",
        "while ! pytest -q; do sleep 1; done",
        "test -f x || pytest -q",
        "bash -c 'pytest -q | tail'",
        "bash -c 'pytest -q' | tail",
        "(pytest -q; echo done)",
        "out=$(pytest -q); echo \"$out\" | tail -3",
        "set -e; pytest -q && echo ok; echo done",
    ];
    assert_none(table.iter().filter_map(|command| mismatch(command, Test, "pytest", "-q", HIDDEN)));
}

#[test]
fn chains_have_the_first_family_and_the_whole_target() {
    let table: &[(&str, BuildKind, &str, &str, bool)] = &[
        (
            "cargo fmt --check && cargo clippy -q && cargo test",
            Lint,
            "cargo fmt",
            "--check && cargo clippy -q && cargo test",
            SEEN,
        ),
        ("cd a && npm run build && git add -A && npm test", Build, "npm run build", "&& npm test", SEEN),
        ("cargo build && cargo test 2>&1 | tail -3", Build, "cargo build", "", SEEN),
        ("cargo build; cargo test", Test, "cargo test", "", SEEN),
        ("cargo build; cargo test | tail", Build, "cargo build", "", HIDDEN),
        ("mix format --check-formatted 2>&1; echo ---; mix credo", Lint, "mix credo", "", SEEN),
        ("set -e\nmake\nmake test", Build, "make", "&& make test", SEEN),
        ("mise run fmt && mise run lint && mise run test", Lint, "mise run lint", "&& mise run test", SEEN),
    ];
    assert_none(
        table
            .iter()
            .filter_map(|(command, kind, family, target, hidden)| mismatch(command, *kind, family, target, *hidden)),
    );
}

proptest! {
    #[test]
    fn never_panics(text in r#"([a-z=$'"`(){}<>&|;\\# \n-]|cargo test|bash -c |<<EOF\n|\$\(|é|make -C|npm |--){0,40}"#) {
        let _ = classify(&text);
    }

    #[test]
    fn never_panics_on_anything(text in any::<String>()) {
        let _ = classify(&text);
    }

    #[test]
    fn quoting_makes_it_text(text in "[a-z &|;]{0,30}") {
        prop_assert_eq!(classify(&format!("echo '{text} && cargo test'")), None);
    }
}

#[test]
fn long_and_nested_lines_end() {
    for piece in [
        "yarn ",
        "yarn workspace a ",
        "python -m coverage run -m ",
        "env ",
        "A=1 ",
        "npx ",
        "(",
        "{ ",
        "$(",
        "\"$(",
        "`",
        "if ",
        "bash -c '",
        "! ",
        "time ",
        "cargo test && ",
        "cat <<A\n",
        "npm -x ",
        "eval ",
    ] {
        let _ = classify(&piece.repeat(20_000));
    }
}
