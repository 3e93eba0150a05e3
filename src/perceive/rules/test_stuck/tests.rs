//! Tests that no edit mends, and those that others or nobody tried to mend.

use super::super::course::plot::{
    Step, all_hold, by, changed, edit, ended, fail, found, human, none_holds, other, pass, piped, red, repeated, said,
    told,
};
use super::super::stories::path;
use super::*;

const A: &str = "src/a.rs";
const T: &str = "a::t";

fn t() -> Step {
    red("cargo test", &[T])
}

fn then(mut steps: Vec<Step>, more: &[Step]) -> Vec<Step> {
    steps.extend_from_slice(more);
    steps
}

/// Tried and failed so often.
fn tried(times: usize) -> Vec<Step> {
    repeated(times, &[edit(A), t()])
}

#[test]
fn the_same_test_after_each_edit() {
    let others = |test: &str| red("cargo test", &[T, test]);
    let narrow = || red("cargo test a::t", &[T]);
    all_hold(
        &TestStuck,
        &[
            ("three times", tried(3), &[T]),
            ("many times", tried(9), &[T]),
            ("red before the first edit", vec![t(), edit(A), t(), edit(A), t()], &[T]),
            ("run twice after an edit", vec![t(), edit(A), t(), t(), edit(A), t()], &[T]),
            ("other tests come and go", vec![others("b"), edit(A), others("c"), edit(A), others("d")], &[T]),
            ("by a filter", vec![t(), edit(A), narrow(), edit(A), narrow()], &[T]),
            (
                "with errors of the compiler between",
                vec![t(), edit(A), fail("cargo test", &[A], "E1"), edit(A), t(), edit(A), t()],
                &[T],
            ),
            ("does not compile now", then(tried(3), &[edit(A), fail("cargo test", &[A], "E1")]), &[T]),
            ("hidden now", then(tried(3), &[edit(A), other("cargo test", None)]), &[T]),
            ("other tests pass", then(tried(3), &[pass("cargo test other")]), &[T]),
            ("another command passes", then(tried(3), &[pass("cargo build")]), &[T]),
            ("other tests fail", then(tried(3), &[red("cargo test other", &["other"])]), &[T]),
            ("one more fails", then(tried(3), &[edit(A), others("b")]), &[T]),
            ("by commands that edit", repeated(3, &[Step::Shell("sed -i s/a/b/ src/a.rs", A), t()]), &[T]),
            ("rerun without edits later", then(tried(3), &repeated(4, &[t()])), &[T]),
            ("of two that stay, one speaks", repeated(3, &[edit(A), red("cargo test", &["z", "b"])]), &["b"]),
            (
                "another is mended after it was told",
                then(repeated(3, &[edit(A), red("cargo test", &["a", "z"])]), &[edit(A), red("cargo test", &["a"])]),
                &["a"],
            ),
            ("of two families", then(tried(3), &repeated(3, &[edit(A), red("pytest", &["p"])])), &[T, "p"]),
        ],
    );
}

#[test]
fn silence() {
    let n = |test: &str| red("cargo test", &[test]);
    none_holds(
        &TestStuck,
        &[
            ("nothing", vec![]),
            ("twice", tried(2)),
            ("a different one each time", vec![n("a"), edit(A), n("b"), edit(A), n("c")]),
            ("without edits", vec![t(), t(), t(), t()]),
            ("one edit", vec![t(), t(), edit(A), t()]),
            ("only notes were edited", repeated(4, &[edit("PLAN.md"), t()])),
            ("only a person edits", repeated(4, &[human(A), t()])),
            ("passes now", then(tried(3), &[edit(A), pass("cargo test")])),
            ("passes alone", then(tried(3), &[edit(A), pass("cargo test a::t")])),
            ("passes for a person", then(tried(3), &[by(None, pass("cargo test"))])),
            ("passed in between", vec![t(), edit(A), t(), edit(A), pass("cargo test"), edit(A), t()]),
            ("passes, another fails", then(tried(3), &[edit(A), n("b")])),
            (
                "one after the other is mended",
                vec![red("cargo test", &["a", "b", "c"]), edit(A), red("cargo test", &["b", "c"]), edit(A), n("c")],
            ),
            (
                "the next one, after it was told",
                then(repeated(3, &[edit(A), red("cargo test", &["a", "z"])]), &[edit(A), red("cargo test", &["z"])]),
            ),
            ("repeated takes it first", then(repeated(3, &[t()]), &tried(3))),
            ("a build is no test", repeated(4, &[edit(A), fail("cargo build", &[A], "E1")])),
            ("hidden runs", repeated(4, &[edit(A), piped(t())])),
            ("stopped runs", repeated(4, &[edit(A), changed(t(), |run| run.status = Some("stopped".to_owned()))])),
            ("a peer's test", repeated(4, &[edit(A), by(Some("peer"), t())])),
            ("over a day", repeated(3, &[edit(A), t(), Step::Pause(90)])),
            ("a formatter's and a checkout's changes", repeated(4, &[Step::Shell("git checkout src/a.rs", A), t()])),
            ("products of the run", repeated(4, &[t(), Step::Meanwhile, Step::Shell("cargo test", "snap.new")])),
        ],
    );
}

#[test]
fn says_it() {
    let steps = repeated(3, &[edit(A), red("cargo test", &["z", "b", "c"])]);
    let one = found(&TestStuck, &steps).remove(0);
    assert_eq!(one.evidence, "`b` (and 2 more) failed in 3 runs of `cargo test`, with edits in between.");
    assert_eq!((one.severity, one.channels.as_slice()), (Severity::Medium, [Channel::AfterTool].as_slice()));
    assert_eq!(one.since, told(&steps).builds[0].ended.unwrap());
    let later = found(&TestStuck, &then(steps, &[pass("cargo build"), Step::Pause(3)])).remove(0);
    assert_eq!(later.evidence, one.evidence);
    let name = "ü".repeat(300);
    found(&TestStuck, &repeated(3, &[edit(A), red(&name, &[&name, "ü"])]));
}

#[test]
fn a_list_that_was_cut_says_nothing_of_the_rest() {
    let many: Vec<String> = (0..NAMED_AT_MOST).map(|n| format!("n{n:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (named, want) in [(NAMED_AT_MOST, 1), (NAMED_AT_MOST - 1, 0)] {
        let found = found(&TestStuck, &then(tried(3), &[red("cargo test", &many[..named])]));
        assert_eq!(found.len(), want, "{named}");
    }
}

#[test]
fn what_picks_tests() {
    let of = |step: Step| told(&[step]).builds.remove(0);
    let last = of(changed(red("pytest", &["tests/test_a.py::test_x"]), |run| {
        run.errors_in = vec!["/w/app/lib/x.py".to_owned()].into();
    }));
    for (same, want) in [
        ("pytest", true),
        ("pytest -q", true),
        ("pytest tests", true),
        ("pytest ./", true),
        ("pytest tests/test_a.py", true),
        ("pytest -k 'test_x or test_y'", true),
        ("pytest lib", true),
        ("pytest other/test_b.py", false),
        ("pytest -k test_y", false),
    ] {
        let (run, last) = (of(pass(same)), last.clone());
        let as_run = |seen| Run { seen, said: Said::Passed, from: 0, to: 0, mine: true };
        assert_eq!(covers(&as_run(&run), "tests/test_a.py::test_x", &as_run(&last)), want, "{same}");
    }
}

#[test]
fn it_ends_when_the_test_passes() {
    let passes = || said("`a::t` passes again");
    for (why, steps, want) in [
        ("all pass", then(tried(3), &[pass("cargo test")]), passes()),
        ("it passes alone", then(tried(3), &[pass("cargo test a::t")]), passes()),
        ("another one fails", then(tried(3), &[edit(A), red("cargo test", &["b"])]), passes()),
        ("its last failure alone is in sight", vec![t()], End::Expired),
        ("nothing is in sight", vec![pass("cargo test")], End::Expired),
    ] {
        assert_eq!(ended(&TestStuck, T, &steps), want, "{why}");
    }
}

#[test]
fn three_rules_on_one_command_are_one_matter() {
    let steps = repeated(3, &[edit(A), changed(t(), |run| run.errors_in = vec![path(A)].into())]);
    for rule in [&TestStuck as &dyn Rule, &super::super::build_broken_after_my_edit::BuildBrokenAfterMyEdit] {
        let about: Vec<_> = found(rule, &steps).into_iter().map(|finding| finding.about).collect();
        assert_eq!(about, [Some("cargo test".to_owned())]);
    }
}
