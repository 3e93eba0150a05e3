//! A line that an agent writes is there to be asked for.

use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::json;

use super::event;
use crate::support::{Home, Transcript, eventually};

fn prompts(home: &Home) -> i64 {
    let ran = home.run(&["sql", "SELECT count(*) AS n FROM messages WHERE role = 'user'", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    rows[0]["n"].as_i64().unwrap_or(-1)
}

fn await_prompts(home: &Home, count: i64) {
    eventually("so many prompts", || (prompts(home) == count).then_some(()));
}

#[test]
fn lines_are_followed_as_they_are_written() {
    let home = Home::new();
    let sidecar = home.serve();
    let transcript = Transcript::new("live", "/app").prompt("one");
    let path = home.write(".claude/projects/-app/live.jsonl", transcript.text());
    await_prompts(&home, 1);

    let before = transcript.text().len();
    let text = transcript.prompt("two").text();
    let (first, rest) = text[before..].split_at((text.len() - before) / 2);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(first.as_bytes()).unwrap();
    file.write_all(rest.as_bytes()).unwrap();
    await_prompts(&home, 2);

    // Another session in a directory that was not there.
    let other = Transcript::new("other", "/lib").prompt("three");
    home.write(".claude/projects/-lib/other.jsonl", other.text());
    await_prompts(&home, 3);
    sidecar.stop();
    assert_eq!(home.import(&home.projects())["files"], 0, "all of it was read");
}

#[test]
fn what_was_written_while_nobody_looked_is_read_at_the_start() {
    let home = Home::new();
    let transcript = Transcript::new("early", "/app").prompt("one");
    home.write(".claude/projects/-app/early.jsonl", transcript.text());
    let sidecar = home.serve();
    await_prompts(&home, 1);
    sidecar.stop();
}

/// A transcript anywhere, as a hook names it.
#[test]
fn a_transcript_that_a_hook_names_is_followed() {
    let home = Home::new();
    let sidecar = home.serve();
    let transcript = Transcript::new("far", "/app").prompt("from afar");
    let path = home.write("elsewhere/far.jsonl", transcript.text());
    sidecar.hook(&event("far", "SessionStart", json!({"source": "startup", "transcript_path": path})));
    await_prompts(&home, 1);
    sidecar.stop();
}

#[test]
fn an_import_is_handed_to_the_sidecar() {
    let home = Home::new();
    let sidecar = home.serve();
    let transcript = Transcript::new("old", "/app").prompt("one");
    let path = home.write("history/old.jsonl", transcript.text());
    let told = home.import(&path);
    assert_eq!((told["files"].as_i64(), told["sessions"][0]["user_prompts"].as_i64()), (Some(1), Some(1)), "{told}");
    let ran = home.run(&["import", "--path", "/nowhere/at/all"]);
    assert!(ran.code == 1 && ran.stderr.contains("/nowhere/at/all"), "{ran:?}");
    sidecar.stop();
}
