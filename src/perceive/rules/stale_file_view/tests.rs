//! Edits on top of what was not seen, and edits of what is known.

use super::*;
use crate::model::{Attribution, ChangeKind};
use crate::perceive::rules::stories::{MINUTE, NOW, path};
use crate::perceive::rules::unseen::stories::{A, assert_silent, assert_told, ended, tale};
use crate::perceive::view::Lies;

const BY_PERSON: &[&str] = &["high 5 src/a.rs was changed by a person after you last saw it."];

#[test]
fn an_edit_on_top_of_what_was_not_seen_is_told() {
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    assert_told(
        &StaleFileView,
        vec![
            ("a person changed what was read", stale().about_to_edit(A), BY_PERSON),
            ("a person changed what was written", tale().edit(10, A, 1).person(5, A, 2).about_to_edit(A), BY_PERSON),
            (
                "a peer's edit",
                tale().read(10, A, 1).peer_edits(5, A, 2).about_to_edit(A),
                &["high 5 src/a.rs was changed by another codex session after you last saw it."],
            ),
            (
                "a peer's command",
                tale().read(10, A, 1).peers_command(5, A, 2).about_to_edit(A),
                &["high 5 src/a.rs was changed by a command of another codex session after you last saw it."],
            ),
            (
                "removed",
                tale().read(10, A, 1).person_removes(5, A).about_to_edit(A),
                &["high 5 src/a.rs was removed by a person after you last saw it."],
            ),
            (
                "the newest change counts",
                tale().read(10, A, 1).person(7, A, 2).person(5, A, 3).about_to_edit(A),
                BY_PERSON,
            ),
            ("ignored files count", stale().with(|v| v.changes[0].ignored = true).about_to_edit(A), BY_PERSON),
            ("the edit was made all the same", stale().edit(3, A, 4), BY_PERSON),
            ("the edit was made, and others after it", stale().edit(3, A, 4).edit(2, A, 5).about_to_edit(A), BY_PERSON),
            ("the edit was refused by the tool", stale().tried(3, A, "error"), BY_PERSON),
            ("once more after that", stale().tried(3, A, "error").about_to_edit(A), BY_PERSON),
            ("while another file is edited", stale().edit(3, A, 4).about_to_edit("src/b.rs"), BY_PERSON),
            ("my formatter ran over the change", stale().my_command(4, A, 3).about_to_edit(A), BY_PERSON),
            ("somebody unknown changed it too", stale().unsure(4, A, 3).about_to_edit(A), BY_PERSON),
            (
                "it was looked at before",
                tale().shell(8, "cat src/a.rs").read(10, A, 1).person(5, A, 2).about_to_edit(A),
                BY_PERSON,
            ),
            ("a command only wrote to it", stale().shell(4, "cat > src/a.rs").about_to_edit(A), BY_PERSON),
            ("another file was looked at", stale().shell(4, "cat src/aa.rs lib/a.rs").about_to_edit(A), BY_PERSON),
            ("only names were shown", stale().shell(4, "git diff --stat").about_to_edit(A), BY_PERSON),
            (
                "the disk was not looked at",
                stale().with(|v| v.files[0].lies = Lies::Unknown).about_to_edit(A),
                BY_PERSON,
            ),
            (
                "a change at the very moment of the read, not in what was read",
                tale().read(5, A, 1).person(5, A, 2).with(|v| v.changes[0].at -= 300).about_to_edit(A),
                BY_PERSON,
            ),
            (
                "one of many that a person's checkout changed",
                tale().read(10, A, 1).person(5, "src", 0).about_to_edit(A).with(|v| {
                    (v.changes[0].files, v.changes[0].after) = (40, None);
                    v.files[0].lies = Lies::Content(2);
                }),
                BY_PERSON,
            ),
            (
                "renamed by a person",
                tale().read(10, A, 1).person(5, "src/new.rs", 1).about_to_edit(A).with(|v| {
                    v.changes[0].kind = ChangeKind::Renamed;
                    v.files[0].lies = Lies::Gone;
                }),
                &["high 5 src/a.rs was moved to src/new.rs by a person after you last saw it."],
            ),
            (
                "renamed by a person, as the watcher saw it, and changed on the way",
                tale().read(10, A, 1).person(5, "src/new.rs", 9).renames(A).about_to_edit(A),
                &["high 5 src/a.rs was moved to src/new.rs by a person after you last saw it."],
            ),
            (
                "somebody put another file in its place",
                tale().read(10, A, 1).person(5, A, 2).renames("src/tmp").about_to_edit(A),
                BY_PERSON,
            ),
            (
                "too fresh to say who",
                tale().read(10, A, 1).somebody(5, A, 2).about_to_edit(A),
                &["high 5 src/a.rs was changed on disk after you last saw it."],
            ),
            (
                "a person, then somebody",
                stale().somebody(4, A, 3).about_to_edit(A),
                &["high 4 src/a.rs was changed on disk after you last saw it."],
            ),
            (
                "the edit found what the person had left",
                stale().edit(3, A, 4).with(|v| v.edits[0].before = Some(2)),
                BY_PERSON,
            ),
        ],
    );
}

#[test]
fn an_edit_of_what_is_known_is_not() {
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    let content_of = |lies: i64| move |v: &mut View| v.files[0].lies = Lies::Content(lies);
    assert_silent(
        &StaleFileView,
        vec![
            ("nothing happened", tale().read(10, A, 1).about_to_edit(A)),
            ("no edit is meant", stale()),
            ("another file is edited", stale().about_to_edit("src/b.rs")),
            ("never seen", tale().person(5, A, 2).about_to_edit(A)),
            ("changed before it was read", tale().person(15, A, 1).read(10, A, 1).about_to_edit(A)),
            ("read again", stale().read(3, A, 2).about_to_edit(A)),
            ("read again after the edit", stale().edit(4, A, 3).read(3, A, 3).about_to_edit(A)),
            ("put back", stale().person(4, A, 1).about_to_edit(A)),
            ("put back, nobody knows by whom", stale().unsure(4, A, 1).about_to_edit(A)),
            ("put back unseen", stale().about_to_edit(A).with(content_of(1))),
            ("put back, then formatted by me", stale().person(4, A, 1).my_command(3, A, 7).about_to_edit(A)),
            ("my own edit", tale().read(10, A, 1).edit(5, A, 2).about_to_edit(A)),
            ("my own command", tale().read(10, A, 1).my_command(5, A, 2).about_to_edit(A)),
            ("nobody knows who", tale().read(10, A, 1).unsure(5, A, 2).about_to_edit(A)),
            ("a hook formatted my edit", tale().edit(5, A, 1).unsure(5, A, 2).about_to_edit(A)),
            ("nobody saw a change", tale().read(10, A, 1).about_to_edit(A).with(content_of(2))),
            ("touched only", stale().about_to_edit(A).with(|v| v.changes[0].after = Some(1)).with(content_of(1))),
            (
                "the change was told late",
                tale().read(5, A, 2).person(5, A, 2).with(|v| v.changes[0].at += 900).about_to_edit(A),
            ),
            ("the edit came before the change", tale().read(10, A, 1).edit(8, A, 2).person(5, A, 3)),
            ("looked at by shell", stale().shell(4, "cd src && cat -n a.rs | head -50").about_to_edit(A)),
            ("looked at in part", stale().shell(4, "sed -n '1,40p' src/a.rs").about_to_edit(A)),
            ("looked at the difference", stale().shell(4, "git diff").about_to_edit(A)),
            ("its difference", stale().shell(4, "git --no-pager diff HEAD -- ./src/a.rs").about_to_edit(A)),
            ("taken back by me", stale().shell(4, "git checkout -- .").my_command(4, A, 9).about_to_edit(A)),
            (
                "the same file in another worktree",
                tale().read(10, A, 1).person(5, "../other/src/a.rs", 2).about_to_edit(A),
            ),
            (
                "an old call without an end",
                stale().tried(8, A, "ok").with(|v| (v.calls[0].ended, v.calls[0].status) = (None, None)),
            ),
            (
                "content unknown, changed and perhaps put back",
                stale().person(4, A, 3).about_to_edit(A).with(|v| v.files[0].hash = None),
            ),
            (
                "content unknown, the change was seen",
                tale().read(5, A, 2).person(5, A, 2).about_to_edit(A).with(|v| {
                    (v.files[0].hash, v.changes[0].at) = (None, v.changes[0].at + 900);
                }),
            ),
            (
                "a directory of which nobody knows who changed what",
                tale().read(10, A, 1).person(5, "src", 0).unsure(4, "src", 0).about_to_edit(A).with(|v| {
                    v.changes.iter_mut().for_each(|change| change.files = 9);
                    v.files[0].lies = Lies::Content(2);
                }),
            ),
            (
                "renamed by me",
                tale().read(10, A, 1).my_command(5, "src/new.rs", 1).about_to_edit(A).with(|v| {
                    v.changes[0].kind = ChangeKind::Renamed;
                    v.files[0].lies = Lies::Gone;
                }),
            ),
            (
                "gone, and I have tried to read it",
                tale().read(10, A, 1).person_removes(5, A).tried(4, A, "error").about_to_edit(A).with(|v| {
                    v.calls[1].kind = "read".to_owned();
                }),
            ),
            (
                "a command without a session",
                tale().read(10, A, 1).change(5, A, Some(Attribution::Command), None, Some(2)).about_to_edit(A),
            ),
        ],
    );
}

#[test]
fn an_edit_of_what_is_known_by_its_contents_and_names_is_not() {
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    let content_of = |lies: i64| move |v: &mut View| v.files[0].lies = Lies::Content(lies);
    assert_silent(
        &StaleFileView,
        vec![
            (
                "touched, and nothing else",
                tale().read(10, A, 1).person(5, A, 2).about_to_edit(A).with(|v| {
                    (v.files[0].hash, v.files[0].lies, v.changes[0].before) = (None, Lies::Unknown, Some(2));
                }),
            ),
            (
                "content unknown, put back to what was before the first change",
                stale().person(4, A, 1).about_to_edit(A).with(|v| {
                    v.files[0].hash = None;
                    (v.changes[1].before, v.changes[0].before) = (Some(1), Some(2));
                }),
            ),
            (
                "the edit found what was seen",
                stale().edit(3, A, 4).with(|v| {
                    (v.edits[0].before, v.changes[1].before) = (Some(1), Some(1));
                }),
            ),
            (
                "the edit found what was written",
                tale().edit(10, A, 1).person(5, A, 2).edit(3, A, 4).with(|v| v.edits[0].before = Some(1)),
            ),
            ("the edit tool read it again itself", stale().edit(3, A, 4).read(3, A, 4)),
            ("it read it again and then edited", stale().read(4, A, 2).edit(3, A, 4)),
            ("somebody, and it was read since", tale().read(10, A, 1).somebody(5, A, 2).read(4, A, 2).about_to_edit(A)),
            ("somebody, and put back", tale().read(10, A, 1).somebody(5, A, 2).somebody(4, A, 1).about_to_edit(A)),
            (
                "renamed and back",
                tale()
                    .read(10, A, 1)
                    .person(5, "src/new.rs", 1)
                    .renames(A)
                    .person(4, A, 1)
                    .renames("src/new.rs")
                    .about_to_edit(A)
                    .with(content_of(1)),
            ),
            (
                "renamed by my command, as the watcher saw it",
                tale().read(10, A, 1).my_command(5, "src/new.rs", 1).renames(A).about_to_edit(A),
            ),
            (
                "another file was renamed",
                tale().read(10, A, 1).person(5, "src/new.rs", 1).renames("src/b.rs").about_to_edit(A),
            ),
        ],
    );
}

#[test]
fn it_says_what_to_do_before_and_after() {
    let suggestion = |tale: crate::perceive::rules::unseen::stories::Tale| {
        StaleFileView.holds(&tale.0).first().map(|found| found.suggestion.clone()).unwrap()
    };
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    assert_eq!(suggestion(stale().about_to_edit(A)), "Read it again before you go on.");
    assert_eq!(suggestion(stale().edit(3, A, 4)), "Read it again and check your edit against it.");
    let gone = tale().read(10, A, 1).person_removes(5, A);
    assert_eq!(suggestion(gone.about_to_edit(A)), "Find out why before you write it.");
}

#[test]
fn it_is_told_before_its_own_edit_only_and_else_after() {
    let channels =
        |tale: crate::perceive::rules::unseen::stories::Tale| StaleFileView.holds(&tale.0).remove(0).channels;
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    assert_eq!(channels(stale().about_to_edit(A)), [Channel::BeforeTool, Channel::AfterTool]);
    assert_eq!(channels(stale().edit(3, A, 4).about_to_edit("b.rs")), [Channel::AfterTool]);
    let about_to_read = stale().edit(3, A, 4).about_to_edit(A).with(|v| v.calls[0].kind = "read".to_owned());
    assert_eq!(channels(about_to_read), [Channel::AfterTool]);
    assert!(StaleFileView.looks_at(&About::Before) && StaleFileView.looks_at(&About::After));
}

#[test]
fn it_ends_with_a_read_or_when_the_content_is_back() {
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    let content_of = |lies: i64| move |v: &mut View| v.files[0].lies = Lies::Content(lies);
    let back = || End::Resolved(Some("src/a.rs is again as you saw it".to_owned()));
    for (why, tale, want) in [
        ("read", stale().tried(4, A, "error").read(3, A, 2), End::Resolved(None)),
        ("shown", stale().tried(4, A, "error").shell(3, "cat src/a.rs"), End::Resolved(None)),
        ("read after the edit", stale().edit(4, A, 3).read(3, A, 3), End::Resolved(None)),
        ("put back by a person", stale().tried(4, A, "error").person(3, A, 1), back()),
        ("put back, seen on the disk only", stale().tried(4, A, "error").with(content_of(1)), back()),
        ("put back by me", stale().tried(4, A, "error").my_command(3, A, 1), End::Resolved(None)),
        ("no edit is in sight", stale(), End::Expired),
        ("the change is out of sight", tale().read(10, A, 1).with(content_of(2)), End::Expired),
        ("the file is out of sight", tale(), End::Expired),
    ] {
        assert_eq!(ended(&StaleFileView, A, tale), want, "{why}");
    }
}

#[test]
fn it_is_the_same_finding_before_and_after_the_edit_until_it_is_read() {
    let stale = || tale().read(10, A, 1).person(5, A, 2);
    let key = |tale: crate::perceive::rules::unseen::stories::Tale| {
        StaleFileView.holds(&tale.0).into_iter().map(|found| (found.key, found.since)).collect::<Vec<_>>()
    };
    let before = key(stale().about_to_edit(A));
    assert_eq!(before, [(path(A), NOW - 5 * MINUTE)]);
    assert_eq!(key(stale().edit(3, A, 4)), before);
    assert_eq!(key(stale().edit(3, A, 4).about_to_edit(A)), before);
    assert_eq!(key(stale().edit(3, A, 4).read(1, A, 4)), []);
}
