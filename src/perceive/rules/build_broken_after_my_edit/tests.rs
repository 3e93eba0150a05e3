//! Builds that fail in edited files, and those that somebody else broke or that were red before.

use super::super::course::plot::{
    Step, all_hold, by, edit, ended, fail, found, human, none_holds, other, pass, peer, piped, repeated, said, told,
    unsure,
};
use super::super::stories::{call, path};
use super::*;

const BUILD: &str = "cargo build";
const A: &str = "src/a.rs";
const B: &str = "src/b.rs";

fn e1() -> Step {
    fail(BUILD, &[A], "E1")
}

fn then(mut steps: Vec<Step>, more: &[Step]) -> Vec<Step> {
    steps.extend_from_slice(more);
    steps
}

#[test]
fn errors_in_what_it_edited() {
    let broken = || vec![edit(A), e1()];
    all_hold(
        &BuildBrokenAfterMyEdit,
        &[
            ("at once", broken(), &[BUILD]),
            ("after a success", vec![pass(BUILD), edit(A), e1()], &[BUILD]),
            ("with another error than before", vec![fail(BUILD, &[A], "E0"), edit(A), e1()], &[BUILD]),
            ("elsewhere before", vec![fail(BUILD, &[B], "E0"), edit(A), e1()], &[BUILD]),
            ("as a person's run shows", vec![edit(A), by(None, e1())], &[BUILD]),
            ("as a peer's run shows", vec![edit(A), by(Some("peer"), e1())], &[BUILD]),
            ("still", repeated(2, &broken()), &[BUILD]),
            ("edited again since", then(broken(), &[edit(A)]), &[BUILD]),
            ("a person changed it only since", then(broken(), &[human(A)]), &[BUILD]),
            ("another file broke it", vec![edit(A), pass(BUILD), edit(B), e1()], &[BUILD]),
            ("by a command", vec![Step::Shell("sed -i s/a/b/ src/a.rs", A), e1()], &[BUILD]),
            ("of several families", then(broken(), &[fail("eslint", &[A], "X")]), &[BUILD, "eslint"]),
            ("another family passes", then(broken(), &[pass("npm test")]), &[BUILD]),
            ("a lint says nothing about it", then(broken(), &[pass("cargo clippy")]), &[BUILD]),
            ("hidden since", then(broken(), &[other(BUILD, None)]), &[BUILD]),
            ("stopped since", then(broken(), &[other(BUILD, Some("stopped"))]), &[BUILD]),
            ("elsewhere by now", then(broken(), &[fail(BUILD, &["src/z.rs"], "E9")]), &[BUILD]),
            ("hours ago", then(broken(), &[Step::Pause(200)]), &[BUILD]),
            ("an unsure change is the edit's own echo", vec![edit(A), Step::Meanwhile, unsure(A), e1()], &[BUILD]),
        ],
    );
}

#[test]
fn silence() {
    none_holds(
        &BuildBrokenAfterMyEdit,
        &[
            ("nothing", vec![]),
            ("fails before the edit", vec![e1(), edit(A)]),
            ("failed alike before the edit", vec![e1(), edit(A), e1()]),
            ("failed alike before the edit, by another command", vec![fail("cargo test", &[A], "E1"), edit(A), e1()]),
            ("not edited", vec![edit(B), e1()]),
            ("same name elsewhere", vec![edit("other/a.rs"), e1()]),
            ("no place named", vec![edit(A), fail(BUILD, &[], "E1")]),
            ("passes now", vec![edit(A), e1(), edit(A), pass(BUILD)]),
            ("passes with another target", vec![edit(A), e1(), pass("cargo build -p x")]),
            ("passes for a person", vec![edit(A), e1(), by(None, pass(BUILD))]),
            ("its tests pass, so it compiles", vec![edit(A), fail("cargo check", &[A], "E1"), pass("cargo test")]),
            ("hidden verdict", vec![edit(A), piped(e1())]),
            ("stopped", vec![edit(A), other(BUILD, Some("stopped"))]),
            ("a person edited it last", vec![edit(A), human(A), e1()]),
            ("a peer edited it last", vec![edit(A), peer(A), e1()]),
            ("who edited it last is not known", vec![edit(A), unsure(A), e1()]),
            ("edited before the success, a person broke it", vec![edit(A), pass(BUILD), human(B), e1()]),
            (
                "edited before the success, both changed other files",
                vec![edit(A), pass(BUILD), edit(B), human("c.rs"), e1()],
            ),
            ("edited before the success, notes since", vec![edit(A), pass(BUILD), edit("N.md"), e1()]),
            ("a peer's run amid its own work", vec![edit(A), peer(B), by(Some("peer"), e1())]),
            ("a checkout", vec![Step::Shell("git checkout src/a.rs", A), e1()]),
            ("a formatter", vec![Step::Shell("cargo fmt", A), e1()]),
        ],
    );
}

#[test]
fn an_edit_that_failed_is_none() {
    for (status, want) in [("ok", 1), ("error", 0), ("denied", 0)] {
        let mut view = told(&[e1()]);
        let mut edit = call(5, "Edit", "edit");
        edit.path = Some(path(A));
        edit.status = Some(status.to_owned());
        view.calls.push(edit);
        assert_eq!(BuildBrokenAfterMyEdit.holds(&view).len(), want, "{status}");
    }
}

#[test]
fn severity_and_channels_follow_what_happened_last() {
    let three = || repeated(3, &[edit(A), e1()]);
    let high: &[Channel] = &[Channel::Stop, Channel::Prompt];
    let medium: &[Channel] = &[Channel::Prompt];
    for (story, steps, severity, channels) in [
        ("once", vec![edit(A), e1()], Severity::Medium, medium),
        ("twice", repeated(2, &[edit(A), e1()]), Severity::Medium, medium),
        ("three times", three(), Severity::High, high),
        ("a success resets", then(three(), &[pass(BUILD), edit(A), e1()]), Severity::Medium, medium),
        (
            "another file",
            then(repeated(2, &[edit(A), e1()]), &[edit(B), fail(BUILD, &[B], "E")]),
            Severity::Medium,
            medium,
        ),
        (
            "no place named resets nothing",
            then(repeated(2, &[edit(A), e1()]), &[fail(BUILD, &[], ""), e1()]),
            Severity::High,
            high,
        ),
        ("elsewhere by now", then(three(), &[fail(BUILD, &["z"], "E9")]), Severity::Medium, &[]),
        ("runs again", then(three(), &[other(BUILD, Some("running"))]), Severity::High, &[]),
        ("perhaps it passed", then(three(), &[edit(A), other(BUILD, None)]), Severity::High, medium),
        ("hidden, but red", then(three(), &[edit(A), piped(e1())]), Severity::High, high),
    ] {
        let one = found(&BuildBrokenAfterMyEdit, &steps).remove(0);
        assert_eq!((one.severity, one.channels.as_slice()), (severity, channels), "{story}");
    }
}

#[test]
fn says_it() {
    let steps = repeated(3, &[edit(A), edit(B), fail(BUILD, &[A, B], "E1")]);
    let one = found(&BuildBrokenAfterMyEdit, &steps).remove(0);
    assert_eq!(
        one.evidence,
        "`cargo build` failed 3 times in a row with errors in src/a.rs and 1 more, files you edited."
    );
    assert_eq!(one.suggestion, "Mend these errors before you go on.");
    assert_eq!(one.files, [path(A), path(B)]);
    assert_eq!(one.since, told(&steps).builds[0].ended.unwrap());
    let again = found(&BuildBrokenAfterMyEdit, &[edit(A), e1(), edit(A)]).remove(0);
    assert_eq!(again.evidence, "`cargo build` failed with errors in src/a.rs, a file you edited.");
    assert_eq!(again.suggestion, "Run it again to see whether the edits since then mended it.");
    let long: &'static str = "ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü/ü";
    let tag = "ü".repeat(200);
    found(&BuildBrokenAfterMyEdit, &repeated(3, &[edit(long), edit(A), fail(&tag, &[long, A], "E")]));
}

#[test]
fn it_ends_when_it_passes() {
    let broken = || vec![edit(A), e1()];
    for (why, steps, want) in [
        ("it passes", then(broken(), &[edit(A), pass(BUILD)]), said("`cargo build` passes again")),
        ("for a person", then(broken(), &[by(None, pass(BUILD))]), said("`cargo build` passes again")),
        ("and fails otherwise since", then(broken(), &[pass(BUILD), fail(BUILD, &[], "E9")]), End::Resolved(None)),
        ("what runs after it passes", then(broken(), &[pass("cargo test")]), said("`cargo test` passes")),
        ("only the success is in sight", vec![pass(BUILD)], said("`cargo build` passes again")),
        ("nothing is in sight", vec![pass("cargo fmt")], End::Expired),
    ] {
        assert_eq!(ended(&BuildBrokenAfterMyEdit, BUILD, &steps), want, "{why}");
    }
}

#[test]
fn errors_are_where_the_run_was() {
    let at = |cwd: Option<&str>, file: &'static str, error: &str| {
        let mut view = told(&[edit(file), e1()]);
        view.builds[0].cwd = cwd.map(path);
        view.builds[0].errors_in = vec![error.to_owned()].into();
        BuildBrokenAfterMyEdit.holds(&view).len()
    };
    for (why, cwd, file, error, want) in [
        ("in the root", Some(""), A, "src/a.rs", 1),
        ("nobody knows where", None, A, "./src/a.rs", 1),
        ("in a package", Some("api"), "api/src/a.rs", "src/a.rs", 1),
        ("in a package, named from the root", Some("api"), "api/src/a.rs", "api/src/a.rs", 1),
        ("in a package, named from there", Some("api"), "lib/a.rs", "../lib/a.rs", 1),
        ("the same name in another package", Some("web"), "api/src/a.rs", "src/a.rs", 0),
        ("the same name in the root", Some("web"), A, "src/a.rs", 0),
        ("the same name below", Some(""), "api/src/a.rs", "src/a.rs", 0),
        ("only its name", Some(""), A, "a.rs", 0),
    ] {
        let cwd = cwd.map(|cwd| cwd.trim_end_matches('/'));
        assert_eq!(at(cwd, file, error), want, "{why}");
    }
}

#[test]
fn other_commands_that_name_the_file_are_no_builds() {
    let mut view = told(&[edit(A)]);
    for command in ["grep -n foo src/a.rs", "cat src/a.rs", "test -f src/a.rs"] {
        let mut probe = call(0, "Bash", "shell");
        (probe.command, probe.status) = (Some(command.to_owned()), Some("error".to_owned()));
        view.calls.insert(0, probe);
    }
    assert_eq!(BuildBrokenAfterMyEdit.holds(&view), []);
}
