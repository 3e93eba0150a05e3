//! Builds that fail in what a session has edited.

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::super::session::{Client, Session};
use super::{LIB, PARSE, Telling, of};

const KIND: &str = "build_broken_after_my_edit";
const BUILD: &str = "cargo build";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

/// It edits and builds; each time another error.
fn breaks(a: &Session, times: usize) {
    a.read(LIB);
    for (number, code) in ["E0308", "E0425", "E0599", "E0061"].iter().enumerate().take(times) {
        let (old, new) = (format!("    {}", number + 1), format!("    {}", number + 2));
        a.edit(LIB, &old, &new);
        a.shell(BUILD, &outputs::cargo(&[LIB], code, &format!("wrong in way {number}")), 101);
    }
}

fn told() -> Vec<Telling> {
    vec![
        ("once", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 1);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
            a.prompt("And on.");
        }),
        ("three times, and it wants to stop", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 3);
            a.stop();
            a.told_as(At::Stop, KIND, "high", LIB);
            a.must_be_held(true);
            a.stop_again();
            a.must_be_held(false);
        }),
        ("told at a prompt, and held when it got worse", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 1);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
            for (old, new, code) in [("    2", "    3", "E0425"), ("    3", "    4", "E0599")] {
                a.edit(LIB, old, new);
                a.shell(BUILD, &outputs::cargo(&[LIB], code, "worse"), 101);
            }
            a.stop();
            a.told_as(At::Stop, KIND, "high", LIB);
        }),
        ("the tests do not compile", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell("cargo test --lib", &mismatched(LIB), 101);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("a type checker", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.write("web/app.ts", "const a = 1\n\nconst b: number = 'x'\n");
            a.shell("cd web && npx tsc --noEmit", &outputs::tsc("app.ts"), 2);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "app.ts");
        }),
        ("in a part of the project", |s| {
            s.home.write("app/web/package.json", "{\"name\": \"web\"}\n");
            let a = s.idle_in(Client::Claude, &s.path("web"));
            a.start("startup");
            a.prompt("Do it.");
            a.write("app.ts", "const a = 1\n\nconst b: number = 'x'\n");
            a.shell("npx tsc --noEmit", &outputs::tsc("app.ts"), 2);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "app.ts");
        }),
        ("a test that it has written", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.write("tests/test_app.py", "def test_one():\n    assert one() == 2\n");
            a.shell("uv run pytest -q", &outputs::pytest("tests/test_app.py", &["test_one"]), 1);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "test_app.py");
        }),
        ("edited by a command", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.runs("sed -i 's/    1/    x/' src/lib.rs");
            s.until_whose(LIB, "command");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("green before its edit", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("its sub-agent broke it", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.as_subagent(|a| {
                a.read(LIB);
                a.edit(LIB, "    1", "    2");
                a.shell(BUILD, &mismatched(LIB), 101);
            });
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("once more when it was green and is red again", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 1);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.edit(LIB, "    2", "    3");
            a.shell(BUILD, &outputs::cargo(&[LIB], "E0599", "no method"), 101);
            a.prompt("And on.");
            a.told(At::Prompt, KIND, LIB);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("red alike before its edit", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.prompt("Go on.");
        }),
        ("a search that names the file and finds nothing", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell("grep -n absent src/lib.rs", "", 1);
            a.shell(
                "cat src/lib.rs src/none.rs",
                "cat: src/none.rs: No such file or directory\nsrc/lib.rs:4:5: error: x",
                1,
            );
            a.prompt("Go on.");
        }),
        ("a file of that name elsewhere", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched("src/deep/lib.rs"), 101);
            a.prompt("Go on.");
        }),
        ("a file of that name in another part of the project", |s| {
            s.home.write("app/tools/src/lib.rs", "pub fn tool() {}\n");
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell("cd tools && cargo build", &mismatched(LIB), 101);
            a.prompt("Go on.");
        }),
        ("the last run passed", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 2);
            a.edit(LIB, "    3", "    1");
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.prompt("Go on.");
        }),
        ("the exit code is hidden by a pipe", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell("cargo build 2>&1 | tail -20", &mismatched(LIB), 0);
            a.prompt("Go on.");
        }),
        ("errors in a file that it only read", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.read(PARSE);
            a.edit(PARSE, "len()", "len() + 1");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.prompt("Go on.");
        }),
        ("interrupted", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.interrupted(BUILD, &mismatched(LIB));
            a.prompt("Go on.");
        }),
        ("not allowed", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.denied(BUILD);
            a.prompt("Go on.");
        }),
        ("two failures are no reason to hold it", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 2);
            a.stop();
            a.must_be_held(false);
        }),
        ("a success between three failures", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            breaks(&a, 2);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.edit(LIB, "    3", "    4");
            a.shell(BUILD, &outputs::cargo(&[LIB], "E0599", "no method"), 101);
            a.stop();
            a.must_be_held(false);
        }),
        ("it is a program that fails, not a build", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell("./deploy.sh", "src/lib.rs:4:5: error: cannot reach the server\n", 1);
            a.prompt("Go on.");
        }),
    ]
}
