//! Commands that fail alike again and again, and those that get on.

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::{LIB, PARSE, Telling, of};

const KIND: &str = "repeated_failed_build";
const BUILD: &str = "cargo build";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

fn told() -> Vec<Telling> {
    vec![
        ("three times in a row", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.told_as(At::After, KIND, "high", BUILD);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
        }),
        ("edits elsewhere mend nothing", |s| {
            let a = s.claude();
            a.read(PARSE);
            for (old, new) in [("len()", "len() + 1"), ("+ 1", "+ 2"), ("+ 2", "+ 3")] {
                a.edit(PARSE, old, new);
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.told(At::After, KIND, BUILD);
        }),
        ("called in three ways", |s| {
            let a = s.claude();
            let app = s.project.display().to_string();
            a.shell(&format!("cd {app} && cargo build"), &mismatched(LIB), 101);
            a.shell("RUST_BACKTRACE=1 cargo build 2>&1", &mismatched(LIB), 101);
            a.shell("time timeout 60 cargo build > /dev/null", &mismatched(LIB), 101);
            a.told(At::After, KIND, BUILD);
        }),
        ("a test, and nothing is edited", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.shell("pytest -q", &outputs::pytest("tests/test_app.py", &["test_one"]), 1);
            }
            a.told(At::After, KIND, "pytest");
        }),
        ("the line moves, the error stays", |s| {
            let a = s.claude();
            for line in [4, 9, 13] {
                a.shell(BUILD, &mismatched(LIB).replace("lib.rs:4", &format!("lib.rs:{line}")), 101);
            }
            a.told(At::After, KIND, BUILD);
        }),
        ("told, and held when it stops", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.told(At::After, KIND, BUILD);
            a.stop();
            a.told(At::Stop, KIND, BUILD);
            a.must_be_held(true);
            a.stop_again();
            a.must_be_held(false);
            a.prompt("Go on.");
            a.stop();
            a.must_be_held(false);
        }),
        ("told, then green: let go", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.told(At::After, KIND, BUILD);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.stop();
            a.must_be_held(false);
        }),
        ("another command passes in between", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell("cargo fmt", "", 0);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell("ls src", "lib.rs\n", 0);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.told(At::After, KIND, BUILD);
        }),
        ("make says little", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.shell("make", "cc -c app.c -o app.o\napp.c:3:5: error: unknown type name 'foo'\nmake: *** [Makefile:2: app.o] Error 1\n", 2);
            }
            a.told(At::After, KIND, "make");
        }),
        ("its sub-agent tries the third time", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.as_subagent(|a| a.shell(BUILD, &mismatched(LIB), 101));
            a.told(At::After, KIND, BUILD);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("twice", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.stop();
            a.must_be_held(false);
        }),
        ("searches and looks", |s| {
            let a = s.claude();
            for (command, output) in [
                ("grep -rn absent src", ""),
                ("ls nowhere", "ls: cannot access 'nowhere': No such file or directory\n"),
                ("test -f target/app", ""),
                ("which protoc", ""),
                ("diff a b", "1c1\n< a\n---\n> b\n"),
                ("curl -sf http://127.0.0.1:9/", "curl: (7) Failed to connect to 127.0.0.1 port 9\n"),
            ] {
                for _ in 0..3 {
                    a.shell(command, output, 1);
                }
            }
        }),
        ("another error each time", |s| {
            let a = s.claude();
            for (file, code) in [(LIB, "E0308"), (PARSE, "E0425"), (LIB, "E0599"), (LIB, "E0061")] {
                a.shell(BUILD, &outputs::cargo(&[file], code, &format!("error {code}")), 101);
            }
        }),
        ("a success in between", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
        }),
        ("over three quarters of an hour", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.shell(BUILD, &mismatched(LIB), 101);
                s.pass(16);
            }
        }),
        ("the exit code is hidden by a pipe", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.shell("cargo build 2>&1 | tail -30", &mismatched(LIB), 0);
            }
        }),
        ("interrupted", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.interrupted(BUILD, &mismatched(LIB));
            }
        }),
        ("other targets", |s| {
            let a = s.claude();
            for target in ["core", "web", "cli", "api"] {
                a.shell(&format!("cargo build -p {target}"), &mismatched(LIB), 101);
            }
        }),
        ("two of one session, two of another", |s| {
            let (a, b) = (s.claude(), s.claude());
            for _ in 0..2 {
                a.shell(BUILD, &mismatched(LIB), 101);
                b.shell(BUILD, &mismatched(LIB), 101);
            }
        }),
        ("a person mends the file in between", |s| {
            let a = s.claude();
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            s.pass(1);
            s.person_adds(LIB, "// better\n");
            a.shell(BUILD, &mismatched(LIB), 101);
        }),
        ("fewer files fail each time", |s| {
            let a = s.claude();
            for files in [&[LIB, PARSE, "src/main.rs"][..], &[LIB, PARSE], &[LIB]] {
                a.shell(BUILD, &outputs::cargo(files, "E0308", "mismatched types"), 101);
            }
        }),
    ]
}
