//! Nothing that was acknowledged is lost, nothing is told twice: whoever is killed, hangs or finds the disk full.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{before, event};
use crate::support::{Home, PATIENCE, eventually};

/// Every call stored once, and its event as well.
fn all_there(home: &Home, count: usize) {
    let mut seen = String::new();
    let until = Instant::now() + PATIENCE;
    while !seen.contains(&format!("\"n\":{count}}}")) {
        assert!(Instant::now() < until, "{count} events: {seen}\n{}", home.ok(&["status", "--json"]));
        seen = home.run(&["sql", "SELECT count(*) AS n FROM tool_calls", "--format", "json"]).stdout;
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let events =
        home.sql("SELECT count(*) AS n, count(DISTINCT json_extract(payload, '$.tool_use_id')) AS ids FROM events");
    assert_eq!(events, serde_json::json!([{"n": count, "ids": count}]));
    assert_eq!(home.one("SELECT sum(tool_calls) FROM sessions"), count);
}

/// 16 processes at a time, the sidecar killed again and again and started by the hooks themselves.
#[test]
fn hooks_while_the_sidecar_is_killed() {
    let (threads, each) = (16, 25);
    let home = Home::new();
    let done = AtomicBool::new(false);
    let working = AtomicUsize::new(threads);
    let killed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (home, working) = (&home, &working);
            scope.spawn(move || {
                for n in 0..each {
                    let payload = before(&format!("s{thread}"), &format!("t{thread}-{n}"), "ls").to_string();
                    let ran = home.hook_with(payload.as_bytes(), |command| {
                        command.env("TMA1_AUTOSTART", "1").env("TMA1_PORT", "0");
                    });
                    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
                }
                working.fetch_sub(1, Ordering::Release);
            });
        }
        scope.spawn(|| {
            while working.load(Ordering::Acquire) > 0 {
                let info = std::fs::read(home.data().join("server.json")).ok();
                let info = info.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
                if let Some(pid) = info.and_then(|info| info["pid"].as_u64()) {
                    killed.fetch_add(usize::from(kill(pid, &home)), Ordering::Relaxed);
                }
                std::thread::park_timeout(Duration::from_millis(150));
            }
            done.store(true, Ordering::Release);
        });
    });
    assert!(done.load(Ordering::Acquire) && killed.load(Ordering::Relaxed) > 0, "nothing was killed");
    let last = home.ok(&["serve", "--port", "0", "--detach"]);
    assert!(last.contains("running"), "{last}");
    all_there(&home, threads * each);
    // In order, session by session.
    let disorder = home.one(
        "SELECT count(*) FROM (SELECT id, ts_ms, lag(ts_ms) OVER (PARTITION BY session_id ORDER BY id) AS before FROM events) \
         WHERE ts_ms < before",
    );
    assert_eq!(disorder, 0);
    home.ok(&["stop"]);
}

/// Only a sidecar of this test's own directory.
fn kill(pid: u64, home: &Home) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let ours = String::from_utf8_lossy(&line).contains(&*home.data().to_string_lossy());
    ours && Command::new("kill").args(["-KILL", &pid.to_string()]).status().is_ok_and(|s| s.success())
}

#[test]
fn a_sidecar_that_hangs_holds_nobody_up() {
    let home = Home::new();
    let sidecar = home.serve();
    home.hook(&before("s", "t0", "ls"));
    sidecar.signal("-STOP");
    let began = Instant::now();
    for n in 1..4 {
        let ran = home.hook(&before("s", &format!("t{n}"), "ls"));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    }
    assert!(began.elapsed() < PATIENCE, "hooks waited for it");
    sidecar.signal("-CONT");
    all_there(&home, 4);
    sidecar.stop();
}

#[test]
fn without_a_sidecar_events_wait_and_are_stored_at_its_start() {
    let home = Home::new();
    for n in 0..5 {
        home.hook(&before("s", &format!("t{n}"), "ls"));
    }
    let status = home.json(&["status", "--json"]);
    assert_eq!(status["spool"]["events"], 5, "{status}");
    let sidecar = home.serve();
    all_there(&home, 5);
    eventually("an empty spool", || (home.json(&["status", "--json"])["spool"]["events"] == 0).then_some(()));
    sidecar.stop();
}

/// The store cannot be written while another process has it; events are taken all the same.
#[test]
fn a_store_in_other_hands_is_waited_for() {
    let home = Home::new();
    home.ok(&["import"]);
    let lock = std::fs::OpenOptions::new().write(true).open(home.data().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    let sidecar = home.serve();
    let ran = home.hook(&event("s", "SessionStart", serde_json::json!({"source": "startup"})));
    assert_eq!(ran.code, 0);
    home.hook(&before("s", "t1", "ls"));
    drop(lock);
    eventually("both events", || (home.one("SELECT count(*) FROM events") == 2).then_some(()));
    sidecar.stop();
}

/// Whoever posts without `tma1 hook` keeps nothing itself.
#[test]
fn a_sender_that_hangs_up_has_told_its_event() {
    let home = Home::new();
    home.ok(&["import"]);
    let lock = std::fs::OpenOptions::new().write(true).open(home.data().join("writer.lock")).unwrap();
    lock.lock().unwrap();
    let sidecar = home.serve();
    let body = before("s", "t1", "ls").to_string();
    let mut sender = UnixStream::connect(&sidecar.socket).unwrap();
    let head = "POST /api/hooks HTTP/1.1\r\nHost: tma1\r\nContent-Type: application/json";
    write!(sender, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let counted = |name: &str| sidecar.get("/api/sidecar").json()["counters"][name].as_u64().unwrap();
    eventually("its request", || (counted("hooks_received") == 1).then_some(()));
    drop(sender);
    eventually("its event", || (counted("hooks_spooled") == 1).then_some(()));
    drop(lock);
    all_there(&home, 1);
    sidecar.stop();
}

/// A small disk of the test's own; `None` where nobody may make one.
struct Disk(std::path::PathBuf);

impl Disk {
    fn at(path: &std::path::Path) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=40m,mode=700", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|out| out.status.success()).then(|| Self(path.to_owned()))
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        while file.write_all(&[7]).is_ok() {}
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let home = Home::new();
    let Some(disk) = Disk::at(&home.data()) else {
        eprintln!("skipped: no disk can be mounted here");
        return;
    };
    let sidecar = home.serve();
    eventually("room set aside", || {
        (home.data().join("spool/hooks.spool").metadata().ok()?.len() > 1 << 20).then_some(())
    });
    home.hook(&before("s", "t0", "ls"));
    disk.fill();
    let some = |from: usize| {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let home = &home;
                scope.spawn(move || {
                    for n in 0..25 {
                        let ran = home.hook(&before("s", &format!("t{}", from + thread * 25 + n), "ls"));
                        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
                    }
                });
            }
        });
    };
    some(1);
    // A crash while it is full, and hooks while nobody runs.
    sidecar.kill();
    some(101);
    let sidecar = home.serve();
    some(201);
    assert_eq!(home.json(&["status", "--json"])["spool"]["lost"], 0);
    disk.empty();
    all_there(&home, 301);
    sidecar.stop();
}
