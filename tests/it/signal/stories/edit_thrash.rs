//! Edits that go in circles.

use super::super::Story;
use super::super::record::At;
use super::super::session::Session;
use super::{LIB, PARSE, THEIRS, Telling, of};

const KIND: &str = "edit_thrash";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

const ONE: &str = "    1";
const TWO: &str = "    2";

fn to_and_fro(a: &Session, times: usize) {
    for number in 0..times {
        if number % 2 == 0 { a.edit(LIB, ONE, TWO) } else { a.edit(LIB, TWO, ONE) }
    }
}

fn told() -> Vec<Telling> {
    vec![
        ("forth, back, forth", |s| {
            let a = s.claude();
            a.read(LIB);
            to_and_fro(&a, 3);
            a.told_as(At::After, KIND, "medium", LIB);
            a.edit(LIB, TWO, ONE);
            a.edit(LIB, ONE, TWO);
        }),
        ("whole files written", |s| {
            let a = s.claude();
            a.read(LIB);
            let was = s.content(LIB);
            a.write(LIB, THEIRS);
            a.write(LIB, &was);
            a.write(LIB, THEIRS);
            a.told(At::After, KIND, LIB);
        }),
        ("three versions in turn", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
            a.edit(LIB, TWO, "    3");
            a.edit(LIB, "    3", ONE);
            a.edit(LIB, ONE, TWO);
            a.told(At::After, KIND, LIB);
        }),
        ("with builds and reads in between", |s| {
            let a = s.claude();
            a.read(LIB);
            for number in 0..3 {
                if number % 2 == 0 {
                    a.edit(LIB, ONE, TWO);
                } else {
                    a.edit(LIB, TWO, ONE);
                }
                if number == 2 {
                    a.told(At::After, KIND, LIB);
                }
                a.shell("cargo build", super::super::outputs::CARGO_OK, 0);
                a.read(LIB);
            }
        }),
        ("with another file in between", |s| {
            let a = s.claude();
            a.read(LIB);
            a.read(PARSE);
            a.edit(LIB, ONE, TWO);
            a.edit(PARSE, "len()", "len() + 1");
            a.edit(LIB, TWO, ONE);
            a.edit(PARSE, "+ 1", "+ 2");
            a.edit(LIB, ONE, TWO);
            a.told(At::After, KIND, LIB);
        }),
        ("its sub-agent takes it back", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
            a.as_subagent(|a| {
                a.read(LIB);
                a.edit(LIB, TWO, ONE);
            });
            a.edit(LIB, ONE, TWO);
            a.told(At::After, KIND, LIB);
        }),
        ("over half an hour", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
            s.pass(12);
            a.edit(LIB, TWO, ONE);
            s.pass(12);
            a.edit(LIB, ONE, TWO);
            a.told(At::After, KIND, LIB);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("a mistake is taken back", |s| {
            let a = s.claude();
            a.read(LIB);
            to_and_fro(&a, 2);
            a.edit(LIB, ONE, "    3");
        }),
        ("new content each time", |s| {
            let a = s.claude();
            a.read(LIB);
            for number in 1..7 {
                a.edit(LIB, &format!("    {number}"), &format!("    {}", number + 1));
            }
        }),
        ("one mistake in each of two files", |s| {
            let a = s.claude();
            a.read(LIB);
            a.read(PARSE);
            to_and_fro(&a, 2);
            a.edit(PARSE, "len()", "len() + 1");
            a.edit(PARSE, "len() + 1", "len()");
        }),
        ("a person takes it back", |s| {
            let a = s.claude();
            a.read(LIB);
            let was = s.content(LIB);
            a.edit(LIB, ONE, TWO);
            s.pass(2);
            s.person_writes(LIB, &was);
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
        }),
        ("its own checkout takes it back", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
            s.pass(1);
            a.runs("git checkout src/lib.rs");
            s.settle();
            a.edit(LIB, ONE, TWO);
        }),
        ("edits that fail", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, ONE, TWO);
            for _ in 0..3 {
                a.edit_fails(LIB, ONE, "String to replace not found in file.\nString:     1");
            }
            a.edit(LIB, TWO, ONE);
        }),
        ("the same lines are added again and again", |s| {
            let a = s.claude();
            a.read(LIB);
            for _ in 0..4 {
                a.edit(LIB, "pub mod parse;\n", "pub mod parse;\n// note\n");
            }
        }),
    ]
}
