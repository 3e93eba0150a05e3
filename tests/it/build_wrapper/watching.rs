//! A watcher: its cycles are runs of their own, red and green while it lives.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use super::signal;
use crate::support::{Home, eventually};

fn statuses(home: &Home) -> Vec<String> {
    let ran = home.run(&[
        "sql",
        "SELECT status FROM builds ORDER BY started_ms, ended_ms IS NULL, ended_ms",
        "--format",
        "json",
    ]);
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    let rows = rows.as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["status"].as_str().unwrap_or("none").to_owned()).collect()
}

#[test]
fn red_then_green_while_it_lives() {
    let home = Home::new();
    let _sidecar = home.serve();
    let mut command = home.command();
    command.args(["build", "--watch", "--tag", "check", "--", "sh", "-c", "while read line; do echo \"$line\"; done"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut wait_for = |lines: &str, expected: &[&str]| {
        input.write_all(lines.as_bytes()).unwrap();
        eventually(&format!("{expected:?}"), || (statuses(&home) == expected).then_some(()));
    };
    wait_for("[Running 'cargo check']\nsrc/a.c:3:5: error: no\n", &["running"]);
    wait_for("[Finished running. Exit status: 101]\n", &["failed"]);
    let red = home.build();
    assert!(red["last_error"].as_str().unwrap().contains("no") && red["tag"] == "check", "{red}");
    wait_for("[Running 'cargo check']\n", &["failed", "running"]);
    wait_for("[Finished running. Exit status: 0]\n", &["failed", "passed"]);
    wait_for("[Running 'cargo check']\n", &["failed", "passed", "running"]);
    signal(child.id(), "-TERM");
    eventually("the end", || child.try_wait().unwrap());
    assert_eq!(statuses(&home), ["failed", "passed", "stopped"]);
}

#[test]
fn one_that_ends_between_cycles_says_nothing_more() {
    let home = Home::new();
    let text = "echo 'BUILD FAILED in 1s'; echo 'Waiting for changes to input files... (ctrl-d to exit)'; read x";
    let mut command = home.command();
    let mut child = command
        .args(["build", "--watch", "--", "sh", "-c", text])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the verdict", || (statuses(&home) == ["failed"]).then_some(()));
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(statuses(&home), ["failed"]);
    // One that never came so far is judged by its exit.
    let other = Home::new();
    assert_eq!(other.run(&["build", "--watch", "--", "sh", "-c", "echo oops; exit 2"]).code, 2);
    assert_eq!(statuses(&other), ["failed"]);
}
