//! Stories without files: what was seen, what agents told, and whose doing it was.

use super::*;

pub(super) const AT: Millis = 1_795_168_800_000;
pub(super) const ROOT: &str = "/w/app";

fn session(id: &str) -> SessionRef {
    SessionRef { agent: "claude_code".to_owned(), session_id: id.to_owned() }
}

/// A change of `src/main.rs`, told long ago enough.
fn change() -> Seen<'static> {
    Seen {
        path: "/w/app/src/main.rs",
        inside: "src/main.rs",
        root: ROOT,
        repo: ROOT,
        at: AT,
        exact: true,
        after: Some(7),
        together: 1,
    }
}

/// A command of session `id` from `from` to `to`, in milliseconds around the change.
pub(super) fn ran(id: &str, command: &str, from: Millis, to: Option<Millis>) -> CallAround {
    CallAround {
        session: session(id),
        call_id: format!("{id} {command}"),
        kind: "shell".to_owned(),
        command: Some(command.to_owned()),
        file_path: None,
        input: None,
        started: AT + from,
        ended: to.map(|to| AT + to),
        duration_ms: None,
        background: false,
        asked: None,
        refused: false,
        process: None,
        root: Some(ROOT.to_owned()),
        repo: Some(ROOT.to_owned()),
        session_ended: None,
    }
}

fn edit_call(id: &str, path: &str, from: Millis, to: Option<Millis>) -> CallAround {
    CallAround { kind: "edit".to_owned(), command: None, file_path: Some(path.to_owned()), ..ran(id, path, from, to) }
}

fn edited(id: &str, at: Millis, hash: Option<i64>) -> EditAround {
    EditAround { session: session(id), path: change().path.to_owned(), at: AT + at, hash }
}

fn evidence(calls: Vec<CallAround>, edits: Vec<EditAround>) -> Evidence {
    Evidence { calls, edits, alive: HashMap::new(), complete: true, now: AT + 10_000 }
}

/// `human`, `agent a`, `command a`, or `-` where nobody can tell.
fn told(seen: &Seen<'_>, evidence: &Evidence) -> String {
    let whose = whose(seen, evidence);
    let by = whose.by.map_or("-", Attribution::name);
    whose.session.map_or_else(|| by.to_owned(), |session| format!("{by} {}", session.session_id))
}

fn told_of(calls: Vec<CallAround>) -> String {
    told(&change(), &evidence(calls, Vec::new()))
}

#[test]
fn edits_are_told_by_content_and_moment() {
    let path = change().path;
    for (calls, edits, want) in [
        (vec![], vec![], "human"),
        (vec![edit_call("a", path, -40, Some(20))], vec![edited("a", 20, Some(7))], "agent a"),
        // The content is not told, the file is.
        (vec![edit_call("a", path, -40, Some(20))], vec![edited("a", 20, None)], "agent a"),
        // Two sessions edit the file, the content tells whose this is.
        (
            vec![edit_call("a", path, -40, Some(20)), edit_call("b", path, -30, Some(25))],
            vec![edited("a", 20, Some(8)), edited("b", 25, Some(7))],
            "agent b",
        ),
        (
            vec![edit_call("a", path, -40, Some(20)), edit_call("b", path, -30, Some(25))],
            vec![edited("a", 20, None), edited("b", 25, None)],
            "-",
        ),
        // Somebody else wrote at the same moment.
        (vec![edit_call("a", path, -40, Some(20))], vec![edited("a", 20, Some(8))], "-"),
        // Right after the edit its hook may format.
        (vec![edit_call("a", path, -900, Some(-800))], vec![edited("a", -800, Some(8))], "-"),
        // A minute after the edit a person goes on.
        (vec![edit_call("a", path, -61_000, Some(-60_000))], vec![edited("a", -60_000, Some(8))], "human"),
        // A person puts back what the agent had written a minute ago.
        (vec![edit_call("a", path, -61_000, Some(-60_000))], vec![edited("a", -60_000, Some(7))], "human"),
        // Another file.
        (vec![edit_call("a", "/w/app/src/other.rs", -40, Some(20))], vec![], "human"),
        // The same name in another directory.
        (vec![edit_call("a", "/w/app/main.rs", -40, Some(20))], vec![], "human"),
        // An edit that waits for its person, who edits meanwhile.
        (vec![edit_call("a", path, -20_000, None)], vec![], "-"),
    ] {
        let shown = format!("{calls:?} {edits:?}");
        assert_eq!(told(&change(), &evidence(calls, edits)), want, "{shown}");
    }
}

#[test]
fn commands_are_told_by_what_they_can_do() {
    for (command, want) in [
        ("sed -i 's/a/b/' src/main.rs", "command a"),
        ("cargo fmt", "command a"),
        ("cargo fmt --check", "-"),
        ("npx prettier --write .", "command a"),
        ("ruff check --fix src", "human"),
        ("eslint --fix src", "command a"),
        ("echo 'fn main() {}' > src/main.rs", "command a"),
        ("cat > src/main.rs <<'EOF'\nfn main() {}\nEOF", "command a"),
        ("git checkout topic", "command a"),
        ("git stash && git rebase main", "command a"),
        ("git status && git diff", "human"),
        ("cat src/main.rs | grep fn", "human"),
        ("sleep 60", "human"),
        ("tail -f log/dev.log", "human"),
        ("cargo test", "-"),
        ("cargo build 2>&1 | tail -5", "-"),
        ("npm run dev", "-"),
        ("mv a.txt b.txt", "-"),
        ("mv draft.rs src/main.rs", "command a"),
        ("npm install left-pad", "-"),
        ("./scripts/rewrite.sh", "command a"),
        ("python3 - <<'E'\nopen('x','w')\nE", "command a"),
        ("for f in src/*.rs; do sed -i s/a/b/ $f; done", "command a"),
        ("make 'unfinished", "command a"),
        // What is known of it only when it runs.
        ("for f in src/*.rs; do echo x >> $f; done", "command a"),
        ("cd src && echo x > ../src/main.rs", "command a"),
        ("f=main; cp /tmp/x src/$f.rs", "command a"),
        ("awk '{ print > \"src/main.rs\" }' x", "command a"),
        ("sed -n 's/a/b/w src/main.rs' x", "command a"),
        ("curl -fsSLO https://example.org/main.rs", "command a"),
        ("curl -sS https://example.org/main.rs", "human"),
        ("sort -o src/main.rs src/main.rs", "command a"),
        ("gh pr checkout 12", "command a"),
        ("gh pr view 12", "human"),
        ("git co topic", "command a"),
        ("git -c a=b log --oneline", "human"),
        ("tma1 build -- cargo fmt", "command a"),
        ("tma1 build -- cargo test", "-"),
        ("tma1 status", "human"),
        ("sudo -u x env A=b sed -i s/a/b/ src/main.rs", "command a"),
        ("git ls-files | xargs rustfmt", "command a"),
        // Of another language.
        ("gofmt -w .", "human"),
        ("ruff check --fix", "human"),
        ("terraform fmt && cargo fmt", "command a"),
    ] {
        assert_eq!(told_of(vec![ran("a", command, -300, Some(200))]), want, "{command}");
    }
}

#[test]
fn who_may_be_typing_while_a_command_runs() {
    let long = || ran("a", "./scripts/long.sh", -30_000, Some(30_000));
    assert_eq!(told_of(vec![long()]), "-", "one file in the middle of a long command");
    let many = Seen { together: 40, ..change() };
    assert_eq!(told(&many, &evidence(vec![long()], vec![])), "command a", "nobody saves forty files");
    let sure = ran("a", "sed -i s/a/b/ src/main.rs && sleep 60", -30_000, Some(30_000));
    assert_eq!(told_of(vec![sure]), "command a");
    // A server that goes on beside the conversation does not keep people from being seen.
    let server = CallAround { background: true, ..ran("a", "npm run dev", -600_000, Some(-599_000)) };
    assert_eq!(told_of(vec![server.clone()]), "human");
    let script = CallAround { background: true, ..ran("a", "./watch.sh", -600_000, Some(-599_000)) };
    assert_eq!(told_of(vec![script.clone()]), "-");
    let gone = Evidence { alive: [(script.call_id.clone(), Alive::No)].into(), ..evidence(vec![script], vec![]) };
    assert_eq!(told(&change(), &gone), "human", "its process is gone");
}

#[test]
fn what_formats_all_is_believed_at_its_beginning_and_its_end() {
    let fmt = |from, to| told_of(vec![ran("a", "cargo fmt; ./x.sh", from, to)]);
    assert_eq!(fmt(-500, Some(30_000)), "command a");
    assert_eq!(fmt(-30_000, Some(200)), "command a");
    assert_eq!(fmt(-30_000, Some(30_000)), "-");
    assert_eq!(fmt(-30_000, None), "-", "its end may come");
    assert_eq!(told_of(vec![ran("a", "./x.sh", -500, Some(30_000))]), "-", "a script that nobody knows");
}

#[test]
fn what_a_command_leaves_behind_may_go_on() {
    let left = |command| ran("a", command, -3_000, Some(-2_000));
    assert_eq!(told_of(vec![left("(sleep 3; ./x.sh) > /dev/null 2>&1 &")]), "-");
    assert_eq!(told_of(vec![left("nohup ./x.sh")]), "-");
    assert_eq!(told_of(vec![left("npm run dev & ")]), "human");
    for command in ["cd x && ./x.sh", "./x.sh 2>&1", "./x.sh &> log", "./x.sh >& log"] {
        assert_eq!(told_of(vec![left(command)]), "human", "{command}");
    }
    let script = ran("a", "./x.sh &", -300_000, Some(-299_000));
    assert_eq!(told_of(vec![script.clone()]), "human", "where processes cannot be seen, not for ever");
    for (alive, want) in [(Alive::Yes, "-"), (Alive::Perhaps, "-"), (Alive::No, "human")] {
        let seen =
            Evidence { alive: [(script.call_id.clone(), alive)].into(), ..evidence(vec![script.clone()], vec![]) };
        assert_eq!(told(&change(), &seen), want, "{alive:?}");
    }
}

#[test]
fn worktrees_of_one_repository_are_told_apart() {
    let beside =
        |command| told_of(vec![CallAround { root: Some("/w/other".to_owned()), ..ran("b", command, -300, Some(200)) }]);
    for (command, want) in [
        ("cargo fmt", "human"),
        ("sed -i s/a/b/ src/main.rs", "human"),
        ("cd ../app && cargo fmt", "command b"),
        ("cd $WORKTREE && cargo fmt", "-"),
        ("echo $HOME", "human"),
    ] {
        assert_eq!(beside(command), want, "{command}");
    }
    let above = CallAround { root: Some("/w".to_owned()), ..ran("b", "cargo fmt", -300, Some(200)) };
    assert_eq!(told_of(vec![above]), "command b", "it lies in the other's tree");
}

#[test]
fn only_what_ran_at_that_moment_counts() {
    let fmt = |from, to| ran("a", "cargo fmt", from, to);
    assert_eq!(told_of(vec![fmt(-5_000, Some(-3_000))]), "human", "it had ended");
    assert_eq!(told_of(vec![fmt(500, Some(900))]), "human", "it had not begun");
    assert_eq!(told_of(vec![fmt(-1_000, None)]), "command a", "it runs");
    let refused = CallAround { refused: true, ..fmt(-5_000, Some(5_000)) };
    assert_eq!(told_of(vec![refused]), "human");
    let over = CallAround { session_ended: Some(AT - 60_000), ..fmt(-90_000, None) };
    assert_eq!(told_of(vec![over]), "human", "its session is over");
    // Noticed late: the file itself is gone and tells no time.
    let noticed = Seen { exact: false, after: None, ..change() };
    assert_eq!(told(&noticed, &evidence(vec![fmt(-2_000, Some(-800))], vec![])), "command a");
    // A person was asked first; the command itself took half a second.
    let asked = CallAround { asked: Some(AT - 59_000), duration_ms: Some(500), ..fmt(-60_000, Some(30_000)) };
    assert_eq!(told_of(vec![asked.clone()]), "human", "while it was asked for");
    let untold = CallAround { duration_ms: None, command: Some("./x.sh".to_owned()), ..asked.clone() };
    assert_eq!(told_of(vec![untold]), "-", "nobody told how long it took");
    let waiting = CallAround { ended: None, duration_ms: None, ..asked };
    let idle = Evidence { alive: [(waiting.call_id.clone(), Alive::No)].into(), ..evidence(vec![waiting], vec![]) };
    assert_eq!(told(&change(), &idle), "human", "no process of it is there");
}

#[test]
fn two_sessions_are_told_apart_or_not_at_all() {
    let a = || ran("a", "cargo fmt", -300, Some(200));
    assert_eq!(told_of(vec![a(), ran("b", "grep -r x .", -300, Some(200))]), "command a");
    assert_eq!(told_of(vec![a(), ran("b", "cargo test", -300, Some(200))]), "command a");
    assert_eq!(told_of(vec![a(), ran("b", "npx prettier -w src", -300, Some(200))]), "-");
    assert_eq!(told_of(vec![ran("a", "./x.sh", -300, Some(200)), ran("b", "./y.sh", -300, Some(200))]), "-");
    assert_eq!(told_of(vec![ran("a", "./x.sh", -300, Some(200)), ran("b", "cargo test", -9_000, Some(200))]), "-");
    // Of another repository, and of a command that comes here from there.
    let elsewhere = |command| CallAround {
        root: Some("/w/lib".to_owned()),
        repo: Some("/w/lib".to_owned()),
        ..ran("b", command, -300, Some(200))
    };
    assert_eq!(told_of(vec![elsewhere("cargo fmt")]), "human");
    assert_eq!(told_of(vec![elsewhere("cd /w/app && cargo fmt")]), "command b");
}

#[test]
fn a_verdict_waits_until_everybody_had_time() {
    let late = Evidence { complete: false, ..evidence(vec![], vec![]) };
    assert_eq!(whose(&change(), &late).by, None, "something waits to be stored");
    let soon = Evidence { now: AT + 200, complete: true, ..Evidence::default() };
    let first = whose(&change(), &soon);
    assert_eq!((first.by, first.settled), (None, false), "{first:?}");
    assert!(whose(&change(), &evidence(vec![], vec![])).settled);
}
