//! An agent that saves its own state all the time, while we go in and out: nothing it wrote is lost.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::super::{Change, Edit, EditError, Manner, Memories, lock, plan, write};
use super::files::manner;
use super::{install, uninstall};

/// The text with its own member counted up.
fn counted_up(text: &str) -> String {
    let at = text.find("\"count\": ").unwrap() + 9;
    let end = at + text[at..].find(|c: char| !c.is_ascii_digit()).unwrap();
    format!("{}{}{}", &text[..at], text[at..end].parse::<u64>().unwrap() + 1, &text[end..])
}

/// As Claude Code writes: under its lock, a new file renamed into place.
fn locked(path: &Path, lock: &Path) -> bool {
    let Ok(_held) = lock::take(path, lock, Duration::from_secs(10), SystemTime::now) else { return false };
    let text = fs::read_to_string(path).unwrap();
    let beside = path.with_extension("new");
    fs::write(&beside, counted_up(&text)).unwrap();
    fs::rename(&beside, path).unwrap();
    true
}

/// As most programs write: whole, and without looking who else does.
fn renamed(path: &Path, _: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap();
    let beside = path.with_extension("new");
    fs::write(&beside, counted_up(&text)).unwrap();
    fs::rename(&beside, path).unwrap();
    true
}

/// What is left once we went in and out some times beside a writer, and how often that one wrote.
fn beside(writes: fn(&Path, &Path) -> bool, is_locked: bool) -> (String, u64) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("claude.json");
    let lock = home.path().join("claude.json.lock");
    fs::write(&path, text(0)).unwrap();
    let stop = AtomicBool::new(false);
    let counted = thread::scope(|scope| {
        let agent = scope.spawn(|| {
            let mut counted = 0;
            while !stop.load(Ordering::Relaxed) {
                counted += u64::from(writes(&path, &lock));
            }
            counted
        });
        let mut memories = Memories::new();
        // Who writes without a pause and without a lock may leave us no moment.
        let attempts = if is_locked { 1000 } else { 5 };
        let manner = Manner { attempts, patience: Duration::from_secs(10), ..manner(home.path()) };
        for _ in 0..30 {
            for ops in [install, uninstall] {
                let lock = is_locked.then(|| lock.clone());
                let change = Change { path: path.clone(), edit: Edit::Json(ops("mcpServers")), lock };
                let planned = plan(&[change], &memories).unwrap();
                match write(planned, &mut memories, &manner) {
                    Ok(_) | Err(EditError::Restless { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        agent.join().unwrap()
    });
    (fs::read_to_string(&path).unwrap(), counted)
}

fn text(count: u64) -> String {
    format!("{{\n  \"count\": {count},\n  \"x\": {{ }}\n}}\n")
}

#[test]
fn beside_an_agent_that_locks_nothing_is_lost_and_nothing_left() {
    let (left, counted) = beside(locked, true);
    assert!(counted > 0, "{counted}");
    assert_eq!(left, text(counted));
}

/// Without a lock a program may write what it read before us, or as we came: the file is whole and its own all the same.
#[test]
fn beside_one_that_does_not_the_file_stays_whole() {
    let (left, counted) = beside(renamed, false);
    assert!(counted > 0, "{counted}");
    let value: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert!(value["count"].as_u64().is_some_and(|count| count > 0) && value["x"].is_object(), "{counted}: {left}");
}
