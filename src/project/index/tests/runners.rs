//! Task runners beside, and in front of, the tools they call.

use super::check;

const CARGO: (&str, &str) = ("Cargo.toml", "");
const RS: (&str, &str) = ("src/lib.rs", "");

#[test]
fn makefiles() {
    let test_only = "VERSION := 1:2\nx = a:b\n.PHONY: build test\nlint test: lib\n\tcargo test\n";
    check(&[
        (&[CARGO, RS, ("Makefile", test_only)], ["Rust", "cargo (make)", "cargo build", "make test"]),
        (&[CARGO, RS, ("Makefile", "build::\ntest:\n")], ["Rust", "cargo (make)", "make build", "make test"]),
        (&[CARGO, RS, ("Makefile", "check:\nall:\n")], ["Rust", "cargo", "cargo build", "cargo test"]),
        (
            &[CARGO, RS, ("Makefile", "test ::= x\n# build:\n\tbuild:\n")],
            ["Rust", "cargo", "cargo build", "cargo test"],
        ),
        (&[("Makefile", "# nothing\n"), ("a.c", "")], ["C", "-", "-", "-"]),
        (
            &[("a/go.mod", ""), ("a/a.go", ""), ("Makefile", "test:\n")],
            ["Go", "go (make)", "cd a && go build ./...", "make test"],
        ),
    ]);
}

#[test]
fn justfiles() {
    let recipes = "set shell := ['bash']\nname := 'a:b'\n\n# all\n@build target='x:y' *args:\n  cargo build\n[private]\ntest filter='':\n  cargo nextest run\n";
    check(&[
        (&[CARGO, RS, ("justfile", recipes)], ["Rust", "cargo (just)", "just build", "just test"]),
        (&[CARGO, RS, ("justfile", "test name:\nbuild +names:\n")], ["Rust", "cargo", "cargo build", "cargo test"]),
        (&[CARGO, RS, ("justfile", "alias test := t\nt:\n")], ["Rust", "cargo (just)", "cargo build", "just test"]),
        (
            &[CARGO, RS, ("justfile", "test:\n"), ("Makefile", "build:\ntest:\n")],
            ["Rust", "cargo (make, just)", "make build", "just test"],
        ),
        (&[("justfile", "build:\n"), ("a.lua", "")], ["Lua", "just", "just build", "-"]),
        (
            &[CARGO, RS, ("justfile", "ci:\n  cargo nextest run\n")],
            ["Rust", "cargo", "cargo build", "cargo nextest run"],
        ),
    ]);
}

#[test]
fn other_runners() {
    let taskfile = "version: '3'\nvars:\n  test: 1\ntasks:\n  # comment\n  build:\n    cmds:\n      - go build\n    test: no\n  \"test\": go test\nx: y\n";
    check(&[
        (&[CARGO, RS, ("Taskfile.yml", taskfile)], ["Rust", "cargo (task)", "task build", "task test"]),
        (
            &[CARGO, RS, ("mise.toml", "[tasks]\nbuild='x'\n[tasks.test]\nrun='y'\n")],
            ["Rust", "cargo (mise)", "mise run build", "mise run test"],
        ),
        (&[CARGO, RS, ("mise.toml", "[tools]\nrust='1'\n")], ["Rust", "cargo", "cargo build", "cargo test"]),
    ]);
}
