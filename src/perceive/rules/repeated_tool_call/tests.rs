//! Calls that go in circles, and those that wait, look again or were asked for.

use super::super::stories::{MINUTE, NOW, call, path, session, view};
use super::*;
use crate::model::{Attribution, BuildKind, ChangeKind};
use crate::perceive::view::{ChangeSeen, Edit, Peer};

type Story = (&'static str, View);

/// The same call so many minutes ago, newest first.
fn calls(one: &Call, minutes_ago: &[Millis]) -> Vec<Call> {
    minutes_ago
        .iter()
        .enumerate()
        .map(|(n, minutes)| {
            let at = NOW - minutes * MINUTE;
            Call { id: format!("c{n}"), at, ended: Some(at + 1_000), ..one.clone() }
        })
        .collect()
}

fn shell(command: &str) -> Call {
    Call { command: Some(command.to_owned()), ..call(0, "Bash", "shell") }
}

fn read(inside: &str) -> Call {
    Call { path: Some(path(inside)), ..call(0, "Read", "read") }
}

fn failing(one: Call) -> Call {
    Call { status: Some("error".to_owned()), ..one }
}

/// Four times within five minutes.
fn four(one: &Call) -> View {
    View { calls: calls(one, &[1, 2, 3, 4]), about: crate::perceive::view::About::After, ..view() }
}

fn with(mut view: View, story: impl FnOnce(&mut View)) -> View {
    story(&mut view);
    view
}

fn change(minutes_ago: Millis, inside: &str) -> ChangeSeen {
    ChangeSeen {
        at: NOW - minutes_ago * MINUTE - 30_000,
        path: path(inside),
        old_path: None,
        kind: ChangeKind::Modified,
        by: Some(Attribution::Human),
        session: None,
        by_another: false,
        before: None,
        after: Some(7),
        files: 1,
        ignored: false,
    }
}

fn build(started: Millis, ended: Option<Millis>, status: &str) -> BuildSeen {
    BuildSeen {
        session: None,
        tag: "cargo build".to_owned(),
        same: "cargo build".to_owned(),
        kind: BuildKind::Build,
        cwd: None,
        started: Some(NOW - started * MINUTE),
        ended: ended.map(|ended| NOW - ended * MINUTE),
        status: Some(status.to_owned()),
        errors_in: Vec::new().into(),
        error: None,
        failing_tests: Vec::new().into(),
        fingerprint: None,
    }
}

#[test]
fn a_circle_is_told() {
    let other = |minutes: Millis| Call { asked: 9, ..call(minutes, "Grep", "search") };
    let helper = |minutes: Millis| Call { sub_agent: true, ..other(minutes) };
    let stories: Vec<Story> = vec![
        ("Read of src/a.rs gave the same answer 4 times", four(&read("src/a.rs"))),
        ("`grep` gave the same answer 4 times", four(&shell("cd /w/app && grep -rn \"foo bar\" src | head -20"))),
        ("`grep` failed in the same way 4 times", four(&failing(shell("grep -rn foo src")))),
        ("`git status` gave the same answer 4 times", four(&shell("git status --short"))),
        ("`ls` gave the same answer 4 times", four(&shell("ls -la src 2>/dev/null"))),
        ("`python` failed in the same way 4 times", four(&failing(shell("python scripts/load.py --all")))),
        ("`git push` failed in the same way 4 times", four(&failing(shell("git push origin main")))),
        ("Grep gave the same answer 4 times", four(&call(0, "Grep", "search"))),
        ("WebFetch gave the same answer 4 times", four(&call(0, "WebFetch", "web"))),
        ("mcp__docs__search_pages gave the same answer 4 times", four(&call(0, "mcp__docs__search_pages", "mcp"))),
        (
            "Edit of src/a.rs failed in the same way 4 times",
            four(&failing(Call { path: Some(path("src/a.rs")), ..call(0, "Edit", "edit") })),
        ),
        (
            "Read of src/a.rs gave the same answer 6 times",
            View { calls: calls(&read("src/a.rs"), &[0, 1, 2, 3, 4, 5]), ..view() },
        ),
        // Four are within the time, the one before is not.
        (
            "Read of src/a.rs gave the same answer 5 times",
            View { calls: calls(&read("src/a.rs"), &[0, 5, 10, 15, 40]), ..view() },
        ),
        // It still holds when it is looked at later, and when the fifth begins.
        (
            "Read of src/a.rs gave the same answer 4 times",
            View { calls: calls(&read("src/a.rs"), &[31, 32, 33, 34]), ..view() },
        ),
        (
            "Read of src/a.rs gave the same answer 4 times",
            with(four(&read("src/a.rs")), |v| {
                let next = Call { ended: None, status: None, answered: None, at: NOW, ..read("src/a.rs") };
                v.calls.insert(0, next);
            }),
        ),
        // What a sub-agent did before and after is another thread.
        (
            "Read of src/a.rs gave the same answer 4 times",
            with(four(&read("src/a.rs")), |v| {
                v.calls.insert(0, helper(0));
                v.calls.push(helper(20));
            }),
        ),
        // Something runs in the background, but no task writes a source file.
        (
            "Read of src/a.rs gave the same answer 4 times",
            with(four(&read("src/a.rs")), |v| {
                v.calls.push(Call { background: true, at: NOW - 20 * MINUTE, ..shell("npm run dev") });
            }),
        ),
        // Changed before, or after; another run ended before.
        (
            "Read of src/a.rs gave the same answer 4 times",
            with(four(&read("src/a.rs")), |v| v.changes = vec![change(0, "src/a.rs"), change(10, "src/a.rs")]),
        ),
        (
            "`ls` gave the same answer 4 times",
            with(four(&shell("ls dist")), |v| v.builds = vec![build(9, Some(8), "passed")]),
        ),
        // Ignored files change all the time.
        (
            "Read of src/a.rs gave the same answer 4 times",
            with(four(&read("src/a.rs")), |v| {
                v.changes = vec![ChangeSeen { ignored: true, ..change(2, "target/debug/app") }];
            }),
        ),
    ];
    for (want, view) in stories {
        let found = RepeatedToolCall.holds(&view);
        let [finding] = found.as_slice() else { panic!("{want}: {found:?}") };
        assert_eq!(finding.evidence, format!("{want} in a row, and nothing changed in between."));
        assert_eq!((finding.severity, finding.channels.as_slice()), (Severity::Medium, &[Channel::AfterTool][..]));
        assert!(finding.evidence.len() + finding.suggestion.len() <= 220);
        let last = view.calls.iter().find(|call| !call.sub_agent && call.ended.is_some()).expect("a call");
        assert_eq!(Some(finding.since), last.ended.map(|ended| ended.min(NOW)));
    }
}

fn silent(stories: Vec<Story>) {
    for (why, view) in stories {
        assert_eq!(RepeatedToolCall.holds(&view), [], "{why}");
    }
}

#[test]
fn no_circle_is_not() {
    let a = || read("src/a.rs");
    silent(vec![
        ("three times", View { calls: calls(&a(), &[1, 2, 3]), ..view() }),
        ("over a longer time", View { calls: calls(&a(), &[1, 6, 11, 17]), ..view() }),
        ("nothing at all", view()),
        ("another answer in between", with(four(&a()), |v| v.calls[2].answered = Some(8))),
        ("another question in between", with(four(&a()), |v| v.calls[1].asked = 8)),
        ("another tool in between", with(four(&a()), |v| v.calls[1].tool = "Grep".to_owned())),
        ("a different call follows", with(four(&a()), |v| v.calls.insert(0, Call { asked: 5, ..shell("ls") }))),
        (
            "a different call begins",
            with(four(&a()), |v| {
                v.calls.insert(0, Call { asked: 5, status: None, ended: None, answered: None, ..shell("ls") });
            }),
        ),
        ("one was denied", with(four(&a()), |v| v.calls[1].status = Some("denied".to_owned()))),
        ("one was interrupted", with(four(&a()), |v| v.calls[3].status = Some("interrupted".to_owned()))),
        ("it failed once", with(four(&a()), |v| v.calls[2].status = Some("error".to_owned()))),
        ("all were denied", four(&Call { status: Some("denied".to_owned()), ..shell("ls") })),
        ("no answer was seen", four(&Call { answered: None, ..a() })),
        ("a sub-agent's circle", four(&Call { sub_agent: true, ..a() })),
        ("each in the background", four(&Call { background: true, ..shell("ls") })),
        ("the file changed", with(four(&a()), |v| v.changes = vec![change(2, "src/a.rs")])),
        ("another file changed", with(four(&a()), |v| v.changes = vec![change(1, "src/b.rs")])),
        (
            "the ignored file that is read changed",
            with(four(&read(".env")), |v| v.changes = vec![ChangeSeen { ignored: true, ..change(2, ".env") }]),
        ),
        (
            "the ignored file that is looked for changed",
            with(four(&shell("grep KEY .env")), |v| {
                v.changes = vec![ChangeSeen { ignored: true, ..change(2, ".env") }];
            }),
        ),
        (
            "the session edited in between",
            with(four(&a()), |v| {
                v.edits = vec![Edit { path: path("src/b.rs"), at: NOW - 2 * MINUTE - 5_000, before: None, hash: 1 }];
            }),
        ),
        (
            "a peer edited in between",
            with(four(&a()), |v| {
                let edited = vec![(path("src/b.rs"), NOW - 2 * MINUTE - 5_000)];
                v.peers = vec![Peer { session: session("peer"), last: NOW, ended: false, edited }];
            }),
        ),
    ]);
}

#[test]
fn what_the_user_asked_for_anew_is_not() {
    let prompted = |at: Millis| with(four(&read("src/a.rs")), |v| v.prompts = vec![at, NOW - 50 * MINUTE]);
    silent(vec![
        ("asked after two", prompted(NOW - 2 * MINUTE - 30_000)),
        ("asked after all", prompted(NOW)),
        (
            "each was asked for",
            with(four(&shell("git status")), |v| {
                v.prompts = (1..=4).map(|n| NOW - n * MINUTE - 5_000).collect();
            }),
        ),
    ]);
    let five = View { calls: calls(&read("src/a.rs"), &[1, 2, 3, 4, 6]), prompts: vec![NOW - 5 * MINUTE], ..view() };
    assert!(RepeatedToolCall.holds(&five)[0].evidence.contains("4 times"), "since the user asked");
    assert_eq!(RepeatedToolCall.holds(&prompted(NOW - 5 * MINUTE)).len(), 1, "asked before the first");
}

#[test]
fn calls_that_are_still_to_come_are_not() {
    let later = |n: usize| with(four(&read("src/a.rs")), |v| v.calls[..n].iter_mut().for_each(|c| c.at += 90 * MINUTE));
    silent((1..=4).map(|n| ("the clock was set back", later(n))).collect());
}

#[test]
fn it_ends_without_a_word() {
    let past = Past { key: "x", severity: Severity::Medium, files: &[], since: NOW - MINUTE };
    let different = with(four(&read("src/a.rs")), |v| v.calls.insert(0, Call { asked: 5, at: NOW, ..shell("ls") }));
    assert_eq!(RepeatedToolCall.end(&past, &different), End::Resolved(None));
    assert_eq!(RepeatedToolCall.end(&past, &view()), End::Expired);
}

#[test]
fn a_look_whether_something_is_done_is_not() {
    silent(vec![
        ("a build runs", with(four(&shell("ls target/debug")), |v| v.builds = vec![build(6, None, "running")])),
        (
            "a build ran meanwhile",
            with(four(&shell("cat target/size")), |v| v.builds = vec![build(6, Some(2), "passed")]),
        ),
        (
            "a task runs in the background",
            with(four(&shell("cat /tmp/task/progress")), |v| {
                v.calls.push(Call { background: true, at: NOW - 50 * MINUTE, ..shell("./seed.sh") });
            }),
        ),
        (
            "its output is read",
            with(four(&Call { path: Some("/tmp/tasks/b1".to_owned()), ..call(0, "Read", "read") }), |v| {
                v.calls.push(Call { background: true, at: NOW - 9 * MINUTE, ..shell("./seed.sh") });
            }),
        ),
        (
            "its result is waited for",
            with(four(&failing(read("report.json"))), |v| {
                v.calls.push(Call { background: true, at: NOW - 9 * MINUTE, ..shell("./seed.sh") });
            }),
        ),
        (
            "a sub-agent is at work",
            with(four(&shell("ls notes")), |v| {
                let at = NOW - 2 * MINUTE;
                v.calls.insert(1, Call { sub_agent: true, asked: 7, at, ended: Some(at), ..shell("ls") });
            }),
        ),
        (
            "a sub-agent was started and has not ended",
            with(four(&shell("ls notes")), |v| {
                v.calls.push(Call { status: None, ended: None, at: NOW - 9 * MINUTE, ..call(0, "Task", "agent") });
            }),
        ),
    ]);
}

#[test]
fn a_call_whose_answer_says_little_is_not() {
    let mut stories: Vec<Story> = vec![
        ("a file that is being filled", four(&read("server.log"))),
        ("a picture: its answer is only a stand-in", four(&read("shot.PNG"))),
        ("an edit that went well", four(&Call { path: Some(path("src/a.rs")), ..call(0, "Edit", "edit") })),
        ("a task is asked for its output", four(&call(0, "BashOutput", "other"))),
        ("how far a run is", four(&call(0, "mcp__ci__get_workflow_run", "mcp"))),
        ("our own tool", four(&call(0, "mcp__tma1__get_build_status", "mcp"))),
        ("a key pressed again", four(&call(0, "mcp__browser__press_key", "mcp"))),
        ("a tool that nobody knows", four(&call(0, "frobnicate", "other"))),
        ("a shell without its command", four(&call(0, "write_stdin", "shell"))),
    ];
    for command in [
        "sleep 5 && cat out.txt",
        "curl -s localhost:3000/health",
        "gh pr checks 12",
        "kubectl get pods",
        "docker ps",
        "ps aux | grep server",
        "tail -f server.txt",
        "tail -20 server.log",
        "tail -n 5 /tmp/nohup.out",
        "test -f done",
        "[ -e done ] && cat done",
        "while ! ls done; do :; done",
        "git pull",
        "git fetch && git status",
        "ssh box uptime",
        "date",
        "tma1 status",
        "watch ls",
        "cargo test",
        "cd web && npm run build 2>&1 | tail -5",
        "cat /proc/loadavg",
        "if (( a ; then",
    ] {
        stories.push((command, four(&shell(command))));
        stories.push((command, four(&failing(shell(command)))));
    }
    // They do something each time.
    for command in
        ["node seed.js", "./next", "git stash pop", "xdotool key Down", "sed -i s/a/b/ x", "ls > list", "make"]
    {
        stories.push((command, four(&shell(command))));
    }
    silent(stories);
}

#[test]
fn a_change_begins_the_count_anew() {
    let mut view = with(View { calls: calls(&read("src/a.rs"), &[0, 2, 4, 6, 8, 10, 12]), ..view() }, |v| {
        v.changes = vec![change(4, "src/a.rs")];
    });
    assert_eq!(RepeatedToolCall.holds(&view), [], "three since the change");
    view.changes[0].at = NOW - 7 * MINUTE;
    let found = RepeatedToolCall.holds(&view);
    assert_eq!(found.len(), 1);
    assert!(found[0].evidence.contains("4 times"), "those since the change: {}", found[0].evidence);
}

#[test]
fn the_key_stays_and_the_moment_moves() {
    let four = View { calls: calls(&read("src/a.rs"), &[2, 3, 4, 5]), ..view() };
    let five = View { calls: calls(&read("src/a.rs"), &[1, 2, 3, 4, 5]), ..view() };
    let (a, b) = (RepeatedToolCall.holds(&four).remove(0), RepeatedToolCall.holds(&five).remove(0));
    assert_eq!(a.key, b.key);
    assert!(a.since < b.since);
}

#[test]
fn a_long_note_stays_short() {
    let long = read(&format!("{}/a.rs", "deep/".repeat(60)));
    let long_tool = Call { tool: format!("mcp__{}__get_x", "s".repeat(300)), ..call(0, "x", "mcp") };
    for one in [failing(long.clone()), long, long_tool] {
        let found = RepeatedToolCall.holds(&four(&one));
        assert!(found[0].evidence.len() + found[0].suggestion.len() <= 220, "{}", found[0].evidence);
    }
}
