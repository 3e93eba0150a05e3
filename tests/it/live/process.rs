//! One sidecar per data directory: started, found, stopped, gone without a trace.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::support::{Home, eventually};

#[test]
fn a_second_one_says_who_holds_the_directory() {
    let home = Home::new();
    let sidecar = home.serve();
    let ran = home.run(&["serve", "--port", "0"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains(&format!("process {}", sidecar.pid())) && ran.stderr.contains("tma1 stop"),
        "{}",
        ran.stderr
    );
    assert_eq!(sidecar.get("/health").json()["status"], "ok");
    sidecar.stop();
}

#[test]
fn it_is_readable_by_its_owner_alone_and_leaves_no_sign() {
    let home = Home::new();
    let sidecar = home.serve();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.data()), 0o700);
    eventually("a store", || home.data().join("tma1.db").exists().then_some(()));
    for entry in fs::read_dir(home.data()).unwrap().flatten() {
        let want = if entry.path().is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&entry.path()), want, "{:?}", entry.path());
    }
    let socket = sidecar.socket.clone();
    sidecar.stop();
    assert!(!socket.exists() && !home.data().join("server.json").exists());
    assert!(!home.data().join("tma1.db-wal").metadata().is_ok_and(|m| m.len() > 0), "the log is folded back");
}

#[test]
fn detach_returns_when_it_answers_and_stop_ends_it() {
    let home = Home::new();
    let out = home.ok(&["serve", "--port", "0", "--detach"]);
    assert!(out.starts_with("running: process "), "{out}");
    assert!(home.ok(&["serve", "--detach"]).starts_with("already running: process "));
    assert!(home.json(&["status", "--json"])["sidecar"]["running"].as_bool().unwrap());
    assert_eq!(home.ok(&["stop"]), "stopped\n");
    assert_eq!(home.ok(&["stop"]), "not running\n");
    assert_eq!(home.json(&["status", "--json"])["sidecar"]["running"], false);
}

#[test]
fn a_taken_port_does_not_stop_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let sidecar = home.serve_with(|command| {
        command.env("TMA1_PORT", &port);
    });
    assert!(sidecar.info["address"].is_null());
    let status = sidecar.get("/status").json();
    let problems = status["sidecar"]["problems"].to_string();
    assert!(problems.contains(&port), "{problems}");
    assert!(home.ok(&["status"]).contains(&port));
    sidecar.stop();
}

#[test]
fn after_a_crash_the_next_one_takes_its_place() {
    let home = Home::new();
    let first = home.serve();
    let socket = first.socket.clone();
    first.kill();
    assert!(socket.exists());
    let second = home.serve();
    assert_eq!(second.get("/health").status, 200);
    second.stop();
}

#[test]
fn without_its_directory_it_ends() {
    let home = Home::new();
    let sidecar = home.serve();
    eventually("all that it makes", || home.data().join("spool/hooks.spool").exists().then_some(()));
    fs::rename(home.data(), home.path().join("elsewhere")).unwrap();
    assert!(sidecar.ended());
    assert!(!home.data().exists(), "nothing is made anew");
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_one() {
    let home = Home::new();
    let data = home.path().join("d".repeat(60)).join("e".repeat(60));
    let serve = |args: &[&str]| {
        let out = home.command().env("TMA1_DATA_DIR", &data).env("TMPDIR", home.path()).args(args).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    serve(&["serve", "--port", "0", "--detach"]);
    let info: serde_json::Value = serde_json::from_slice(&fs::read(data.join("server.json")).unwrap()).unwrap();
    assert!(info["socket"].as_str().unwrap().len() <= 100, "{info}");
    // Another environment leads elsewhere; the sidecar is found all the same.
    let stopped = home.command().env("TMA1_DATA_DIR", &data).arg("stop").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&stopped.stdout), "stopped\n");
}

/// The log is for people in the foreground, and for the file; both are without what people wrote.
#[test]
fn what_it_says_goes_to_the_log() {
    let home = Home::new();
    let sidecar = home.serve_with(|command| {
        command.stderr(Stdio::null()).env("TMA1_LOG_LEVEL", "debug");
    });
    sidecar.hook(&super::event("s", "UserPromptSubmit", serde_json::json!({"prompt": "the secret plan"})));
    sidecar.stop();
    let log = fs::read_to_string(home.data().join("logs/sidecar.log")).unwrap();
    assert!(log.contains("listening") && log.contains("stopped") && !log.contains("secret plan"), "{log}");
}
