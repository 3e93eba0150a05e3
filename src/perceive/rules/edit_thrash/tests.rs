//! Edits that go in circles, and work that goes on.

use super::super::stories::{MINUTE, NOW, call, path, session, view};
use super::*;
use crate::model::ChangeKind;

const FILE: &str = "src/a.rs";

/// Edits one minute apart, oldest first: each letter is what the file was left with.
fn edits(of: &str, contents: &str) -> Vec<Edit> {
    spaced(of, contents, MINUTE)
}

fn spaced(of: &str, contents: &str, apart: Millis) -> Vec<Edit> {
    contents
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, left)| {
            let ago = Millis::try_from(n).expect("small") * apart + MINUTE;
            Edit { path: path(of), at: NOW - ago, before: None, hash: i64::from(left) }
        })
        .collect()
}

fn edited(contents: &str) -> View {
    View { edits: edits(FILE, contents), ..view() }
}

/// Of an edit so many minutes ago, that many seconds after it.
fn change(minutes_ago: Millis, seconds: Millis, by: Option<Attribution>, of: Option<&str>) -> ChangeSeen {
    ChangeSeen {
        at: NOW - minutes_ago * MINUTE + seconds * 1_000,
        path: path(FILE),
        old_path: None,
        kind: ChangeKind::Modified,
        by,
        session: of.map(session),
        by_another: false,
        before: None,
        after: Some(99),
        files: 1,
        ignored: false,
    }
}

fn with(mut view: View, story: impl FnOnce(&mut View)) -> View {
    story(&mut view);
    view
}

/// The calls behind the edits, oldest first: each letter is what was asked for.
fn asked(mut view: View, tool: &str, questions: &str) -> View {
    view.calls = view
        .edits
        .iter()
        .zip(questions.bytes().rev())
        .map(|(edit, question)| {
            let (at, ended) = (edit.at - 500, Some(edit.at));
            Call { path: Some(edit.path.clone()), asked: question.into(), at, ended, ..call(0, tool, "edit") }
        })
        .collect();
    view
}

#[test]
fn a_circle_is_told() {
    use Attribution::{Agent, Command, Human};
    let stories: Vec<(usize, View)> = vec![
        (2, edited("ABAB")),
        (3, edited("ABABA")),
        (2, edited("ABCAB")),
        (2, edited("ABACA")),
        (2, edited("XYABAB")),
        // It has happened, whatever came after.
        (2, edited("ABABCDE")),
        // Written again as it was: no step.
        (2, edited("AABBAABB")),
        // What lay there before the first edit shows when the same replacement leaves the same.
        (2, asked(edited("BAB"), "Edit", "121")),
        (2, asked(edited("BCAB"), "Edit", "1231")),
        (2, View { edits: spaced(FILE, "ABAB", 15 * MINUTE), ..view() }),
        (4, View { edits: spaced(FILE, "ABABAB", 25 * MINUTE), ..view() }),
        // Its own edits, as the watcher saw them: known, or not told yet.
        (2, with(edited("ABAB"), |v| v.changes = (1..=4).map(|n| change(n, 1, Some(Agent), Some("me"))).collect())),
        (2, with(edited("ABAB"), |v| v.changes = vec![ChangeSeen { after: Some(66), ..change(1, 1, None, None) }])),
        // Others were at work before, after, or elsewhere.
        (2, with(edited("ABAB"), |v| v.changes = vec![change(20, 0, Some(Human), None)])),
        (2, with(edited("ABAB"), |v| v.changes = vec![change(1, 30, Some(Human), None)])),
        (
            2,
            with(edited("ABAB"), |v| {
                v.changes = vec![ChangeSeen { path: path("src/b.rs"), ..change(2, 30, Some(Human), None) }];
            }),
        ),
        (
            2,
            with(edited("ABAB"), |v| {
                v.changes =
                    vec![ChangeSeen { path: path("docs"), files: 40, ..change(2, 30, Some(Command), Some("me")) }];
            }),
        ),
        (2, with(edited("ABABC"), |v| v.changes = vec![change(1, 30, Some(Command), Some("me"))])),
        // Without a tree nobody knows what lies outside.
        (2, with(edited("ABAB"), |v| v.me.root = None)),
    ];
    for (n, (times, view)) in stories.into_iter().enumerate() {
        let found = EditThrash.holds(&view);
        let [finding] = found.as_slice() else { panic!("{n}: {found:?}") };
        let file = if view.me.root.is_some() { FILE.to_owned() } else { path(FILE) };
        assert_eq!(
            finding.evidence,
            format!("Edits have brought {file} back to an earlier content {times} times."),
            "{n}"
        );
        assert_eq!((finding.key.clone(), finding.files.clone()), (path(FILE), vec![path(FILE)]));
        assert_eq!((finding.severity, finding.channels.as_slice()), (Severity::Medium, &[Channel::AfterTool][..]));
        assert!(finding.evidence.len() + finding.suggestion.len() <= 220);
    }
}

#[test]
fn work_that_goes_on_is_not() {
    use Attribution::{Agent, Command, Human};
    let between = |by, of| with(edited("ABAB"), |v| v.changes = vec![change(2, 30, by, of)]);
    let stories: Vec<(&str, View)> = vec![
        ("nothing", view()),
        ("new content each time", edited("ABCDEFG")),
        ("the undoing of a mistake", edited("ABA")),
        ("undone, and on it goes", edited("ABACDE")),
        ("undone two steps back", edited("ABCA")),
        ("tried, undone and done again", edited("BAB")),
        ("the same written again and again", edited("AAAAAA")),
        ("the same replacement, another content", asked(edited("BAC"), "Edit", "121")),
        ("whole files say nothing of what was before", asked(edited("BAB"), "Write", "121")),
        ("the same replacement, another outcome", asked(edited("BADA"), "Edit", "1213")),
        ("another replacement", asked(edited("BAB"), "Edit", "123")),
        ("the same replacement twice, and nothing between", asked(edited("BB"), "Edit", "11")),
        ("two files", View { edits: [edits("src/a.rs", "AB"), edits("src/b.rs", "AB")].concat(), ..view() }),
        ("each undone once", View { edits: [edits("src/a.rs", "ABA"), edits("src/b.rs", "ABA")].concat(), ..view() }),
        ("once an hour", View { edits: spaced(FILE, "ABABAB", 61 * MINUTE), ..view() }),
        ("back to what lay there hours ago", {
            let mut view = edited("ABCAB");
            view.edits[2..].iter_mut().for_each(|edit| edit.at -= 90 * MINUTE);
            view
        }),
        ("someone changed it as the session did", with(edited("ABAB"), |v| v.changes = vec![change(2, 1, None, None)])),
        ("the second hours later", {
            let mut view = edited("ABACA");
            for edit in &mut view.edits[2..] {
                edit.at -= 90 * MINUTE;
            }
            view
        }),
        ("a person changed it in between", between(Some(Human), None)),
        ("another session did", between(Some(Agent), Some("peer"))),
        ("an unknown agent did", between(Some(Agent), None)),
        ("its own command did: a formatter, a checkout", between(Some(Command), Some("me"))),
        ("nobody can tell who did", between(None, None)),
        (
            "a branch was switched",
            with(edited("ABAB"), |v| {
                let at_once = ChangeSeen { path: path("src"), files: 80, ..change(2, 30, Some(Command), Some("me")) };
                v.changes = vec![at_once];
            }),
        ),
        (
            "the whole tree was put back",
            with(edited("ABAB"), |v| {
                v.changes = vec![ChangeSeen { path: "/w/app".to_owned(), files: 900, ..change(2, 30, None, None) }];
            }),
        ),
        (
            "an ignored file: a local switch",
            with(edited("ABAB"), |v| {
                v.changes = vec![ChangeSeen { ignored: true, ..change(1, 1, Some(Agent), Some("me")) }];
            }),
        ),
        (
            "scratch paper outside of the tree",
            with(edited("ABAB"), |v| v.edits.iter_mut().for_each(|edit| edit.path = "/tmp/msg.txt".to_owned())),
        ),
        (
            "a tree whose name begins alike",
            with(edited("ABAB"), |v| v.edits.iter_mut().for_each(|edit| edit.path = "/w/apple/a.rs".to_owned())),
        ),
    ];
    for (why, view) in stories {
        assert_eq!(EditThrash.holds(&view), [], "{why}");
    }
}

/// Edits as they are told with what lay there before: the first letter is what the session found.
fn known(contents: &str) -> View {
    let mut view = edited(&contents[1..]);
    for (edit, before) in view.edits.iter_mut().zip(contents.bytes().rev().skip(1)) {
        edit.before = Some(before.into());
    }
    view
}

#[test]
fn what_lay_there_before_is_known() {
    for (contents, want) in [
        ("ABAB", Some("2 times")),
        ("ABABA", Some("3 times")),
        ("ABACA", Some("2 times")),
        ("ABCBA", Some("2 times")),
        ("AABAB", Some("2 times")),
        ("ABA", None),
        ("ABAC", None),
        ("ABCDEF", None),
        ("AAAA", None),
    ] {
        let found = EditThrash.holds(&known(contents));
        assert_eq!(found.len(), usize::from(want.is_some()), "{contents}");
        assert!(want.is_none_or(|want| found[0].evidence.contains(want)), "{contents}: {found:?}");
    }
    // Something else lay there when the session went on, whoever put it there.
    let meddled = with(known("ABABA"), |v| v.edits[1].before = Some(7));
    assert_eq!(EditThrash.holds(&meddled), []);
    // Of a single edit it is not known.
    assert_eq!(EditThrash.holds(&with(known("ABABA"), |v| v.edits[1].before = None)).len(), 1);
}

#[test]
fn what_the_user_asked_for_in_between_is_no_circle() {
    let prompted = |minutes: &[Millis]| {
        with(edited("ABABAB"), |v| v.prompts = minutes.iter().map(|ago| NOW - ago * MINUTE - 30_000).collect())
    };
    for (why, minutes, want) in [
        ("undo, and do it again", &[1, 3][..], 0),
        ("each was asked for", &[0, 1, 2, 3, 4, 5], 0),
        ("asked for after it", &[0], 0),
        ("asked for before", &[9], 1),
        ("asked for after the first", &[5], 1),
    ] {
        assert_eq!(EditThrash.holds(&prompted(minutes)).len(), want, "{why}");
    }
}

#[test]
fn it_is_told_at_once_or_never() {
    let past = Past { key: FILE, severity: Severity::Medium, files: &[], since: NOW };
    let later = with(edited("ABAB"), |v| v.now += 20 * MINUTE);
    assert_eq!(EditThrash.holds(&later), []);
    assert_eq!(EditThrash.end(&past, &later), End::Expired);
}

#[test]
fn each_file_is_a_finding_of_its_own_and_moves_with_its_newest_return() {
    let mut view = View { edits: [edits("src/a.rs", "ABABC"), edits("src/b.rs", "ABABA")].concat(), ..view() };
    view.edits.sort_by_key(|edit| -edit.at);
    let found: Vec<(String, Millis)> =
        EditThrash.holds(&view).into_iter().map(|finding| (finding.key, finding.since)).collect();
    assert_eq!(found, [(path("src/a.rs"), NOW - 2 * MINUTE), (path("src/b.rs"), NOW - MINUTE)]);
}

#[test]
fn many_edits_and_changes_are_looked_at_once() {
    let mut view = edited(&"AB".repeat(100));
    view = asked(view, "Edit", &"12".repeat(100));
    view.changes = (0..500).map(|n| change(n, 1, Some(Attribution::Agent), Some("me"))).collect();
    assert!(EditThrash.holds(&view)[0].evidence.contains("times"));
}
