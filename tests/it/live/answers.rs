//! What a hook is answered, and in which form.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{before, event};
use crate::support::Home;

fn project(home: &Home) -> String {
    home.write("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\n");
    home.write("app/src/lib.rs", "");
    home.path().join("app").to_string_lossy().into_owned()
}

#[test]
fn a_session_begins_with_the_block_and_hears_only_news_after_it() {
    let home = Home::new();
    let cwd = project(&home);
    let sidecar = home.serve();
    let start = home.hook(&event("s", "SessionStart", json!({"source": "startup", "cwd": cwd})));
    assert_eq!((start.code, start.stderr.as_str()), (0, ""));
    let answer: Value = serde_json::from_str(&start.stdout).expect("one JSON object");
    assert_eq!(answer["hookSpecificOutput"]["hookEventName"], "SessionStart");
    let block = answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(block.starts_with("<tma1-context>\nproject: app") && block.ends_with("\n</tma1-context>"), "{block}");
    assert!(block.contains("rust"), "{block}");

    let prompt = event("s", "UserPromptSubmit", json!({"prompt": "fix it", "cwd": cwd}));
    assert_eq!(home.hook(&prompt).stdout, "", "nothing has changed");
    assert_eq!(home.hook(&before("s", "t1", "ls")).stdout, "");
    sidecar.stop();
}

#[test]
fn without_an_envelope_the_answer_is_the_bare_text() {
    let home = Home::new();
    let cwd = project(&home);
    let sidecar = home.serve();
    let start = event("s", "SessionStart", json!({"source": "startup", "cwd": cwd}));
    let reply = sidecar.hook(&start);
    assert_eq!(reply.status, 200);
    assert!(reply.body.starts_with("<tma1-context>\n"), "{reply:?}");
    assert!(reply.headers.contains("text/plain"), "{reply:?}");
    sidecar.stop();
}

#[test]
fn injection_can_be_switched_off_and_events_are_stored_all_the_same() {
    let home = Home::new();
    let cwd = project(&home);
    let sidecar = home.serve_with(|command| {
        command.env("TMA1_DISABLE_INJECTION", "1");
    });
    let start = event("s", "SessionStart", json!({"source": "startup", "cwd": cwd}));
    assert_eq!(home.hook(&start).stdout, "");
    assert_eq!(home.one("SELECT count(*) FROM events WHERE event_type = 'SessionStart'"), 1);
    sidecar.stop();
}

/// The first hook of a session on a machine where nothing runs yet.
#[test]
fn the_first_hook_starts_the_sidecar_and_is_answered() {
    let home = Home::new();
    let cwd = project(&home);
    let start = event("s", "SessionStart", json!({"source": "startup", "cwd": cwd}));
    let ran = home.hook_with(start.to_string().as_bytes(), |command| {
        command.env("TMA1_AUTOSTART", "1").env("TMA1_PORT", "0");
    });
    // A machine under load may be too slow for the answer: then the event waits in the spool.
    assert!(ran.stdout.is_empty() || ran.stdout.contains("project: app"), "{ran:?}");
    crate::support::eventually("the event in the store", || {
        let ran = home.run(&["sql", "SELECT count(*) AS n FROM events", "--format", "json"]);
        (ran.code == 0 && ran.stdout.contains("\"n\":1")).then_some(())
    });
    assert_eq!(home.ok(&["stop"]), "stopped\n");
}

/// An agent may wait for what it handed on to its hooks to be closed.
#[test]
fn the_sidecar_holds_nothing_open_that_was_handed_on() {
    let home = Home::new();
    let start = home.write("start.json", event("s", "SessionStart", json!({"source": "startup"})).to_string());
    let fifo = home.path().join("handed-on");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut reader = std::process::Command::new("cat").arg(&fifo).stdout(Stdio::null()).spawn().unwrap();
    let line = format!(
        "exec 7> '{}'; '{}' hook --agent claude-code < '{}'",
        fifo.display(),
        env!("CARGO_BIN_EXE_tma1"),
        start.display()
    );
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).env("TMA1_DATA_DIR", home.data());
    let ran = shell.args(["-c", &line]).env("TMA1_PORT", "0").stdin(Stdio::null()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    crate::support::eventually("the end of what was handed on", || reader.try_wait().unwrap().map(drop));
    assert_eq!(home.ok(&["stop"]), "stopped\n");
}
