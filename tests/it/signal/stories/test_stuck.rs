//! Tests that no edit mends.

use super::super::Story;
use super::super::outputs;
use super::super::record::At;
use super::super::session::Session;
use super::{LIB, PARSE, Telling, of};

const KIND: &str = "test_stuck";
const TEST: &str = "cargo test";
const ONE: &str = "tests::one";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

/// Another version of the same file, so often as wanted.
fn edit(a: &Session, number: usize) {
    if number == 0 {
        a.read(PARSE);
    }
    let text = |number: usize| if number == 0 { "len()".to_owned() } else { format!("len() + {number}0") };
    a.edit(PARSE, &text(number), &text(number + 1));
}

fn told() -> Vec<Telling> {
    vec![
        ("red after each of three edits", |s| {
            let a = s.claude();
            for number in 0..3 {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            a.told_as(At::After, KIND, "medium", ONE);
            edit(&a, 3);
            a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
        }),
        ("with pytest", |s| {
            let a = s.claude();
            for number in 0..3 {
                edit(&a, number);
                a.shell("uv run pytest -q", &outputs::pytest("tests/test_app.py", &["test_one"]), 1);
            }
            a.told(At::After, KIND, "test_one");
        }),
        ("with jest", |s| {
            let a = s.claude();
            for number in 0..3 {
                edit(&a, number);
                a.shell("npx jest", &outputs::jest("web/app.test.ts", "adds"), 1);
            }
            a.told(At::After, KIND, "adds");
        }),
        ("others come and go", |s| {
            let a = s.claude();
            for (number, other) in ["tests::two", "tests::three", "tests::four"].iter().enumerate() {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE, other]), 101);
            }
            a.told(At::After, KIND, ONE);
        }),
        ("run alone in the end", |s| {
            let a = s.claude();
            a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            edit(&a, 0);
            a.shell("cargo test tests::one", &outputs::cargo_test(&[ONE]), 101);
            edit(&a, 1);
            a.shell("cargo test tests::one", &outputs::cargo_test(&[ONE]), 101);
            a.told(At::After, KIND, ONE);
        }),
        ("edited by commands", |s| {
            let a = s.claude();
            a.read(PARSE);
            for (old, new) in [("len()", "len() + 10"), ("+ 10", "+ 20"), ("+ 20", "+ 30")] {
                a.runs(&format!("sed -i 's/{old}/{new}/' src/parse.rs"));
                s.until_whose(PARSE, "command");
                s.settle();
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            a.told(At::After, KIND, ONE);
        }),
        ("once more when it was green and is stuck again", |s| {
            let a = s.claude();
            for number in 0..3 {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            a.told(At::After, KIND, ONE);
            edit(&a, 3);
            a.shell(TEST, outputs::CARGO_TEST_OK, 0);
            for number in 4..7 {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            a.told(At::After, KIND, ONE);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("another test each time", |s| {
            let a = s.claude();
            for (number, test) in [ONE, "tests::two", "tests::three", "tests::four"].iter().enumerate() {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[test]), 101);
            }
        }),
        ("nothing is edited: that is a command that fails again", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            a.told(At::After, "repeated_failed_build", TEST);
        }),
        ("red twice", |s| {
            let a = s.claude();
            for number in 0..2 {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            edit(&a, 2);
        }),
        ("green at last", |s| {
            let a = s.claude();
            for number in 0..2 {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
            }
            edit(&a, 2);
            a.shell(TEST, outputs::CARGO_TEST_OK, 0);
        }),
        ("green in between", |s| {
            let a = s.claude();
            for number in 0..4 {
                edit(&a, number);
                if number == 2 {
                    a.shell(TEST, outputs::CARGO_TEST_OK, 0);
                } else {
                    a.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
                }
            }
        }),
        ("the exit code is hidden by a pipe", |s| {
            let a = s.claude();
            for number in 0..4 {
                edit(&a, number);
                a.shell("cargo test 2>&1 | tail -40", &outputs::cargo_test(&[ONE]), 0);
            }
        }),
        ("one of three runs did not compile", |s| {
            let a = s.claude();
            for number in 0..3 {
                edit(&a, number);
                let output = if number == 1 { outputs::mismatched(LIB) } else { outputs::cargo_test(&[ONE]) };
                a.shell(TEST, &output, 101);
            }
        }),
        ("interrupted", |s| {
            let a = s.claude();
            for number in 0..4 {
                edit(&a, number);
                a.interrupted(TEST, &outputs::cargo_test(&[ONE]));
            }
        }),
        ("another session's test", |s| {
            let (a, b) = (s.claude(), s.claude());
            for number in 0..3 {
                edit(&a, number);
                b.shell(TEST, &outputs::cargo_test(&[ONE]), 101);
                s.pass(16);
            }
        }),
        ("one after the other is mended", |s| {
            let a = s.claude();
            for (number, red) in
                [&[ONE, "tests::two", "tests::three"][..], &["tests::two", "tests::three"], &["tests::three"]]
                    .iter()
                    .enumerate()
            {
                edit(&a, number);
                a.shell(TEST, &outputs::cargo_test(red), 101);
            }
        }),
    ]
}
