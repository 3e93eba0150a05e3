//! Commands that fail alike three times, and those that get on.

use super::super::course::plot::{
    Step, all_hold, by, changed, edit, ended, fail, found, human, none_holds, other, pass, peer, piped, red, repeated,
    said, told,
};
use super::*;

const BUILD: &str = "cargo build";
const A: &str = "src/a.rs";

fn e1() -> Step {
    fail(BUILD, &[A], "E1")
}

fn e2() -> Step {
    fail(BUILD, &[A], "E2")
}

fn times(count: usize, step: &Step) -> Vec<Step> {
    repeated(count, std::slice::from_ref(step))
}

fn then(mut steps: Vec<Step>, more: &[Step]) -> Vec<Step> {
    steps.extend_from_slice(more);
    steps
}

#[test]
fn three_failures_alike() {
    let test = red("cargo test", &["a::t"]);
    let unmarked = changed(fail("make", &[], ""), |run| run.error = Some("make: *** [all] Error 2".to_owned()));
    let piped_e1 = || piped(e1());
    let all: &[(&str, Vec<Step>, &[&str])] = &[
        ("in a row", times(3, &e1()), &[BUILD]),
        ("and more", times(5, &e1()), &[BUILD]),
        ("with edits that mend nothing", repeated(3, &[edit(A), e1()]), &[BUILD]),
        ("of a test without edits", times(3, &test), &["cargo test"]),
        ("of a test with notes taken in between", repeated(3, &[edit("TODO.md"), test.clone()]), &["cargo test"]),
        ("known by a line only", times(3, &unmarked), &["make"]),
        ("after another error", then(vec![e2()], &times(3, &e1())), &[BUILD]),
        ("after a success", then(vec![e1(), pass(BUILD)], &times(3, &e1())), &[BUILD]),
        ("with a stopped run between", vec![e1(), e1(), other(BUILD, Some("stopped")), e1()], &[BUILD]),
        ("with a hidden run between", vec![e1(), piped_e1(), e1(), e1()], &[BUILD]),
        ("with others' failures between", vec![e1(), by(Some("peer"), e2()), e1(), e1()], &[BUILD]),
        ("with another command's success between", vec![e1(), e1(), pass("cargo fmt"), e1()], &[BUILD]),
        ("and of another command", then(times(3, &e1()), &times(3, &test)), &[BUILD, "cargo test"]),
        ("hours ago, and never again", then(times(3, &e1()), &[Step::Pause(300)]), &[BUILD]),
        ("and then another error", then(times(3, &e1()), &[e2()]), &[BUILD]),
        ("and then a hidden verdict", then(times(3, &e1()), &[other(BUILD, None)]), &[BUILD]),
        ("of a test, and then one edit", then(times(3, &test), &[edit(A), test.clone()]), &["cargo test"]),
        (
            "of a test, and then many edits",
            then(times(3, &test), &repeated(4, &[edit(A), test.clone()])),
            &["cargo test"],
        ),
    ];
    for (story, steps, want) in all {
        let mut keys: Vec<String> = found(&RepeatedFailedBuild, steps).into_iter().map(|one| one.key).collect();
        keys.sort_unstable();
        assert_eq!(keys, *want, "{story}");
    }
}

#[test]
fn silence() {
    let test = red("cargo test", &["a::t"]);
    none_holds(
        &RepeatedFailedBuild,
        &[
            ("nothing", vec![]),
            ("twice", times(2, &e1())),
            ("different errors", vec![e1(), e2(), fail(BUILD, &[A], "E3")]),
            ("two errors by turns", repeated(3, &[e1(), e2()])),
            ("a success in between", vec![e1(), e1(), pass(BUILD), e1()]),
            ("a person's success in between", vec![e1(), e1(), by(None, pass(BUILD)), e1()]),
            ("passes at last", then(times(3, &e1()), &[pass(BUILD)])),
            ("passes for a peer", then(times(4, &e1()), &[by(Some("peer"), pass(BUILD))])),
            ("the whole passes", then(times(3, &red("cargo test a", &["a::t"])), &[pass("cargo test")])),
            ("over a long time", repeated(3, &[e1(), Step::Pause(16)])),
            ("different commands", vec![e1(), fail("cargo check", &[A], "E1"), fail("cargo test", &[A], "E1")]),
            (
                "different targets",
                vec![e1(), fail("cargo build -p a", &[A], "E1"), fail("cargo build -p b", &[A], "E1")],
            ),
            ("of a peer", times(3, &by(Some("peer"), e1()))),
            ("of a person", times(3, &by(None, e1()))),
            ("nobody knows what failed", times(3, &fail("make", &[], ""))),
            ("stopped", times(3, &other(BUILD, Some("stopped")))),
            ("hidden", times(3, &piped(e1()))),
            ("two and one hidden", vec![e1(), piped(e1()), e1()]),
            ("a test with edits is stuck", repeated(3, &[edit(A), test.clone()])),
            ("a test edited by a command", repeated(3, &[Step::Shell("sed -i s/a/b/ src/a.rs", A), test.clone()])),
            ("a test, one edit", vec![test.clone(), edit(A), test.clone(), test.clone()]),
            ("stuck first, then repeated", then(repeated(3, &[edit(A), test.clone()]), &times(3, &test))),
            ("a person tries to mend it", repeated(3, &[human(A), e1()])),
            ("a peer tries to mend it", repeated(3, &[peer(A), e1()])),
            (
                "one file after the other is mended",
                vec![fail(BUILD, &["a", "b", "c"], "E1"), fail(BUILD, &["a", "b"], "E1"), fail(BUILD, &["a"], "E1")],
            ),
            ("at the same time", vec![e1(), Step::Meanwhile, e1(), Step::Meanwhile, e1()]),
        ],
    );
}

fn channels(steps: &[Step]) -> Vec<Channel> {
    found(&RepeatedFailedBuild, steps).remove(0).channels
}

#[test]
fn is_told_where_it_helps() {
    let three = times(3, &e1());
    assert_eq!(channels(&three), [Channel::AfterTool, Channel::Stop]);
    // Progress is not disturbed, but it is not the end.
    assert_eq!(channels(&then(three.clone(), &[e2()])), [Channel::Stop]);
    assert_eq!(channels(&then(three.clone(), &[other(BUILD, Some("running"))])), []);
    assert_eq!(channels(&then(three.clone(), &[other(BUILD, None)])), []);
    assert_eq!(channels(&then(three.clone(), &[piped(e1())])), [Channel::AfterTool, Channel::Stop]);
    assert_eq!(channels(&then(three.clone(), &[pass("cargo test")])), []);
    assert_eq!(channels(&then(three, &[pass("npm test")])), [Channel::AfterTool, Channel::Stop]);
}

#[test]
fn says_it() {
    let one = found(&RepeatedFailedBuild, &times(4, &e1())).remove(0);
    assert_eq!(one.evidence, "`cargo build` failed 4 times in a row, with the same error in src/a.rs.");
    assert_eq!(one.severity, Severity::High);
    let steps = then(times(3, &e1()), &[e2()]);
    let late = found(&RepeatedFailedBuild, &steps).remove(0);
    assert_eq!(late.evidence, "`cargo build` failed 4 times in a row, 3 of them with the same error.");
    // Another error is no new evidence.
    assert_eq!(late.since, told(&steps).builds[1].ended.unwrap());
    let long = format!("cargo test --features {}", "ü".repeat(200));
    let file = "x/".repeat(90);
    let mut endless = vec![fail(&long, &[&file], "E0")];
    endless.extend(times(30, &fail(&long, &[&file], "E1")));
    found(&RepeatedFailedBuild, &endless);
}

#[test]
fn keys_of_different_commands_differ() {
    all_hold(
        &RepeatedFailedBuild,
        &[("targets", times(3, &fail("cargo build -p a", &[A], "E")), &["cargo build -p a"])],
    );
}

#[test]
fn it_ends_when_it_passes() {
    let narrow = "cargo test a";
    let three = times(3, &e1());
    for (why, key, steps, want) in [
        ("it passes", BUILD, then(three.clone(), &[edit(A), pass(BUILD)]), said("`cargo build` passes again")),
        ("for a person", BUILD, then(three.clone(), &[by(None, pass(BUILD))]), said("`cargo build` passes again")),
        (
            "the whole passes",
            narrow,
            then(times(3, &red(narrow, &["a::t"])), &[pass("cargo test")]),
            said("`cargo test a` passes again"),
        ),
        ("passes and fails once more", BUILD, then(three, &[pass(BUILD), e1()]), End::Resolved(None)),
        ("two of three are out of sight", BUILD, vec![e1()], End::Expired),
        ("all are out of sight", BUILD, vec![pass("cargo fmt")], End::Expired),
        (
            "as a test it is stuck",
            "cargo test",
            repeated(3, &[edit(A), red("cargo test", &["t"])]),
            End::Resolved(None),
        ),
    ] {
        assert_eq!(ended(&RepeatedFailedBuild, key, &steps), want, "{why}");
    }
}

#[test]
fn what_fails_as_a_probe_is_no_build() {
    let mut view = told(&[edit(A)]);
    for command in ["grep x src", "test -f y", "ls nowhere", "curl -f localhost", "which jq", "diff a b"] {
        for _ in 0..4 {
            let mut probe = crate::perceive::rules::stories::call(0, "Bash", "shell");
            (probe.command, probe.status) = (Some(command.to_owned()), Some("error".to_owned()));
            view.calls.insert(0, probe);
        }
    }
    assert_eq!(RepeatedFailedBuild.holds(&view), []);
}
