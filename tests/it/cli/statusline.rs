//! The status line of Claude Code: what it shows of a session, and that nothing keeps it from coming.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tma1::model::{Agent, SessionId};
use tma1::store::{Noticed, Standing, Writer};

use super::findings::finding;
use super::{SESSION, plain, storied};
use crate::support::{Home, Ran, Transcript};

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn run(mut command: Command, stdin: &[u8]) -> Ran {
    let mut child = command
        .arg("statusline")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // Whoever needs nothing of it may be gone already.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin);
    Ran::of(child.wait_with_output().expect("an end"))
}

/// The line without colours; nothing else may come.
fn shown(home: &Home, told: &Value) -> String {
    let mut command = home.command();
    command.env("NO_COLOR", "1");
    let ran = run(command, told.to_string().as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.lines().count() <= 1, "{:?}", ran.stdout);
    let line = plain(home, ran.stdout.trim_end_matches('\n'));
    regex::Regex::new(r" \d+ min").unwrap().replace(&line, " AGE").into_owned()
}

/// As Claude Code 2.1 tells it, in a repository.
fn told(home: &Home) -> Value {
    home.write("app/.git/HEAD", "ref: refs/heads/main\n");
    home.write("app/.git/objects/info/alternates", "");
    home.write("app/.git/refs/heads/main", "0123456789012345678901234567890123456789\n");
    let app = home.path().join("app");
    json!({
        "hook_event_name": "Status", "session_id": SESSION, "cwd": app, "version": "2.1.328",
        "transcript_path": home.projects().join(format!("app/{SESSION}.jsonl")),
        "workspace": {"current_dir": app.join("src"), "project_dir": app},
        "model": {"id": "claude-sonnet-5-5", "display_name": "Sonnet 5.5"},
        "output_style": {"name": "default"}, "exceeds_200k_tokens": false,
        "cost": {"total_cost_usd": 0.5, "total_duration_ms": 45_000, "total_lines_added": 1},
        "context_window": {
            "context_window_size": 200_000, "used_percentage": 61, "remaining_percentage": 39,
            "current_usage": {"input_tokens": 122_000, "output_tokens": 900}
        },
    })
}

/// A session of this moment under the id of [`SESSION`], beside one of another agent's project.
fn lively() -> Home {
    let home = Home::new();
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\n");
    home.write("app/src/lib.rs", "");
    let cwd = home.path().join("app").display().to_string();
    let red = "Exit code 101\nerror[E0308]: mismatched types\n --> src/auth.rs:88:5\n\nerror: could not compile `app`";
    let t = Transcript::new(SESSION, &cwd).at(now() - 150_000).prompt("fix it").bash("cargo test", red, true);
    let dear = |record: &mut Value| {
        if record["message"]["usage"].is_object() {
            record["message"]["usage"]["cache_read_input_tokens"] = json!(500_000);
        }
    };
    home.write(&format!(".claude/projects/app/{SESSION}.jsonl"), t.answer("It is red.").changed(dear).text());
    let other = Transcript::new("e5f6a7b8-2222-4222-8222-222222222222", "/srv/web").at(now() - 10_000);
    let other = other.prompt("translate it").answer("done").changed(dear);
    home.write(".claude/projects/web/e5f6a7b8.jsonl", other.text());
    home.ok(&["import"]);
    home
}

fn notice(home: &Home, kind: &str, severity: &str) {
    let finding = finding(kind, severity, "cargo test", Standing::Open);
    let session = SessionId::new(Agent::ClaudeCode, SESSION);
    let noticed = Noticed { findings: vec![finding], ..Noticed::default() };
    Writer::open(&home.data()).unwrap().keep_noticed(&session, &noticed, now() - 120_000).unwrap();
}

#[test]
fn all_of_it() {
    let home = lively();
    let told = told(&home);
    insta::assert_snapshot!(shown(&home, &told), @"app ⎇ main · sonnet-5-5 · ctx 61 % · $0.10 (today $0.16) · ⚠ test red AGE");
    notice(&home, "edit_thrash", "medium");
    notice(&home, "repeated_failed_build", "high");
    insta::assert_snapshot!(shown(&home, &told), @"app ⎇ main · sonnet-5-5 · ctx 61 % · $0.10 (today $0.16) · ⚠ test keeps failing AGE (+1)");
}

#[test]
fn what_the_client_does_not_tell_the_store_does() {
    let home = lively();
    let told = told(&home);
    let bare = json!({"session_id": SESSION, "cwd": told["cwd"]});
    insta::assert_snapshot!(shown(&home, &bare), @"app ⎇ main · sonnet-5-5 · ctx 50 % · $0.10 (today $0.16) · ⚠ test red AGE");
    // Nobody knows the session: what is true of all is shown, and what the client counts.
    let mut unknown = told.clone();
    unknown["session_id"] = json!("another");
    insta::assert_snapshot!(shown(&home, &unknown), @"app ⎇ main · sonnet-5-5 · ctx 61 % · $0.50 (today $0.16)");
    let newest = json!({"session_id": "another", "model": {"display_name": "Opus 5.5"}, "workspace": {"project_dir": "/srv/gone/web"}});
    insta::assert_snapshot!(shown(&home, &newest), @"web · Opus 5.5 · today $0.16");
}

/// What is shown anywhere as today's is one number.
#[test]
fn today_is_the_day_of_usage() {
    let home = lively();
    let line = shown(&home, &told(&home));
    let usage = home.json(&["usage", "--since", "1d", "--json"]);
    let usd = usage["total"]["cost_usd"].as_f64().expect("a price");
    assert!(usd > 0.02, "{usage}");
    assert!(line.contains(&format!("(today ${usd:.2})")), "{line}: {usd}");
    assert!(home.ok(&[]).contains(&format!("today ${usd:.2}")));
    // And of the calendar here, not of the last 24 hours.
    let yesterday = storied();
    let line = shown(&yesterday, &told(&yesterday));
    assert!(!line.contains("today"), "{line}");
}

#[test]
fn history_that_is_old_says_so() {
    let home = lively();
    let three_hours = 3 * 3_600_000;
    Writer::open(&home.data()).unwrap().set_meta("last_import_ms", &(now() - three_hours).to_string()).unwrap();
    let line = shown(&home, &told(&home));
    assert!(line.contains("· $0.50 (today $"), "the client's own is newer: {line}");
    assert!(line.contains(" as of AGE ago"), "{line}");
}

#[test]
fn whatever_is_told_a_line_comes() {
    let home = lively();
    for garbage in [
        &b""[..],
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe\0",
        b"{\"cwd\":7,\"model\":[],\"cost\":\"x\"}",
        "[".repeat(100_000).as_bytes(),
    ] {
        let mut command = home.command();
        command.current_dir(home.path().join("app/src"));
        let ran = run(command, garbage);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{garbage:?}");
        assert!(ran.stdout.starts_with("app · today $"), "{:?}", ran.stdout);
    }
    let at_home = shown(&Home::new(), &json!({}));
    assert_eq!(at_home, "~");
    // Nothing of the environment, and a directory that is gone.
    let mut bare = home.command();
    bare.env_clear();
    let ran = run(bare, b"{\"cwd\":\"/srv/gone/app\"}");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "app\n", ""));
    let ran = run(with(&home, "TMA1_REDACTION", "nonsense"), told(&home).to_string().as_bytes());
    assert!(ran.code == 0 && ran.stdout.contains("today $"), "{ran:?}");
}

fn with(home: &Home, name: &str, value: &str) -> Command {
    let mut command = home.command();
    command.env(name, value);
    command
}

#[test]
fn only_the_warning_has_a_colour_and_nothing_from_outside_has() {
    let home = lively();
    let mut told = told(&home);
    let coloured = run(home.command(), told.to_string().as_bytes()).stdout;
    assert!(coloured.contains(" · \u{1b}[33m⚠ test red") && coloured.ends_with("\u{1b}[0m\n"), "{coloured:?}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let ran = run(with(&home, name, value), told.to_string().as_bytes());
        assert!(ran.stdout.contains("⚠ test red") && !ran.stdout.contains('\u{1b}'), "{ran:?}");
    }
    told["model"] = json!({"id": format!("claude-\u{1b}[31m{}\n\u{7}", "x".repeat(300))});
    home.write("app/.git/HEAD", "ref: refs/heads/a\u{1b}[2Jb\u{202e}c\n");
    let line = shown(&home, &told);
    assert!(!line.contains(['\u{1b}', '\u{202e}', '\u{7}']) && line.chars().count() < 140, "{line:?}");
}

#[test]
fn branches_and_commits_are_read_from_gits_own_files() {
    let home = Home::new();
    let mut told = json!({"cwd": home.path().join("app/src")});
    home.write("app/src/lib.rs", "");
    assert_eq!(shown(&home, &told), "src");
    home.write("app/.git/HEAD", "ref: refs/heads/feature/one\n");
    fs::create_dir_all(home.path().join("app/.git/objects")).unwrap();
    fs::create_dir_all(home.path().join("app/.git/refs")).unwrap();
    assert_eq!(shown(&home, &told), "app ⎇ feature/one");
    home.write("app/.git/HEAD", "0123456789012345678901234567890123456789\n");
    assert_eq!(shown(&home, &told), "app ⎇ 0123456");
    home.write("app/.git/worktrees/two/HEAD", "ref: refs/heads/two\n");
    home.write("app/.git/worktrees/two/commondir", "../..\n");
    home.write("two/.git", format!("gitdir: {}\n", home.path().join("app/.git/worktrees/two").display()));
    told["workspace"] = json!({"current_dir": home.path().join("two"), "project_dir": home.path().join("app")});
    assert_eq!(shown(&home, &told), "two ⎇ two");
    // No process of git's is needed.
    let mut command = home.command();
    command.env("PATH", home.path()).env("NO_COLOR", "1");
    assert_eq!(run(command, told.to_string().as_bytes()).stdout, "two ⎇ two\n");
}

#[test]
fn nothing_is_written_started_or_waited_for() {
    let home = Home::new();
    let told = told(&home);
    let mut command = with(&home, "TMA1_AUTOSTART", "1");
    command.env("NO_COLOR", "1");
    assert_eq!(run(command, told.to_string().as_bytes()).stdout, "app ⎇ main · sonnet-5-5 · ctx 61 % · $0.50\n");
    assert!(!home.data().exists(), "no data directory is made");

    let home = lively();
    let told = self::told(&home);
    let before = contents(home.path());
    let whole = shown(&home, &told);
    assert!(whole.contains("today"), "{whole}");
    assert_eq!(contents(home.path()), before);

    // Held as no tma1 holds it: nobody may even look.
    let held = rusqlite::Connection::open(home.data().join("tma1.db")).unwrap();
    held.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    assert_eq!(shown(&home, &told), "app ⎇ main · sonnet-5-5 · ctx 61 % · $0.50");
    drop(held);
    fs::write(home.data().join("tma1.db"), "no store").unwrap();
    assert_eq!(shown(&home, &told), "app ⎇ main · sonnet-5-5 · ctx 61 % · $0.50");
}

/// Every file below `dir` with what it holds. What readers of the log share with each other holds nothing.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![dir.to_path_buf()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => left.push(path),
                _ if path.extension().is_some_and(|end| end == "db-shm") => {}
                _ => drop(found.insert(path.display().to_string(), fs::read(&path).unwrap())),
            }
        }
    }
    // A log in which nothing stands.
    found.retain(|path, bytes| !(path.ends_with(".db-wal") && bytes.is_empty()));
    found
}
