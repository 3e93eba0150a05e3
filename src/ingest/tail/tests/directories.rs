//! Directories that appear, go and are many: what is watched, and what is found where nothing is told.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::scene::{LONG, LOOKED_AT, Scene, TOLD, append, make_dir, said};
use crate::ingest::tail::Pace;
use crate::ingest::tail::inbox::Inbox;
use crate::ingest::tail::watch::Watches;
use crate::ingest::watcher::Trouble;
use crate::model::Agent;

#[test]
fn a_project_that_appears_is_watched_and_what_was_written_before_the_watch_is_found() {
    let scene = Scene::new(TOLD);
    for number in 0..20 {
        let dir = scene.path(&format!("p{number}"));
        make_dir(&dir);
        append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "begun"));
        scene.stored(&dir.join("s.jsonl"));
        append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "went on"));
        scene.stored(&dir.join("s.jsonl"));
    }
    assert_eq!(scene.texts().len(), 40);
}

#[test]
fn a_root_that_appears_later_is_found_step_by_step() {
    let scene = Scene::after(TOLD, |_| {});
    let watched = scene.tail.handle().counters().watched_dirs;
    assert_eq!(watched, 1, "the home, where both roots would appear");
    make_dir(&scene.path("p"));
    append(&scene.path("p/s.jsonl"), &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    // Gone and there again: another directory.
    fs::remove_dir_all(scene.home.path().join(".claude")).unwrap();
    make_dir(&scene.path("q"));
    append(&scene.path("q/t.jsonl"), &said("t", "two"));
    scene.stored(&scene.path("q/t.jsonl"));
    append(&scene.path("q/t.jsonl"), &said("t", "three"));
    scene.stored(&scene.path("q/t.jsonl"));
    assert_eq!(scene.texts(), ["one", "three", "two"], "what was deleted stays known");
}

#[test]
fn a_directory_that_is_deleted_and_made_again_is_another_one() {
    let scene = Scene::new(TOLD);
    let file = scene.path("p/s.jsonl");
    for round in 0..20 {
        make_dir(&scene.path("p"));
        append(&file, &said("s", &format!("one {round}")));
        scene.stored(&file);
        append(&file, &said("s", &format!("two {round}")));
        scene.stored(&file);
        fs::remove_dir_all(scene.path("p")).unwrap();
    }
    assert_eq!(scene.texts().len(), 40);
}

#[test]
fn sub_agents_are_followed_from_their_first_line() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    append(&scene.path("p/s.jsonl"), &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    for dir in ["p/s/subagents", "p/s/subagents/workflows/wf_1"] {
        make_dir(&scene.path(dir));
        let file = scene.path(dir).join(format!("agent-{}.jsonl", dir.len()));
        append(&file, &said("s", &format!("first in {dir}")));
        scene.stored(&file);
        append(&file, &said("s", &format!("second in {dir}")));
        scene.stored(&file);
    }
    assert_eq!(scene.texts().len(), 5);
}

#[test]
fn a_session_that_wakes_up_after_days_has_its_sub_agents_watched() {
    let long_ago = SystemTime::now() - Duration::from_hours(50);
    let scene = Scene::after(TOLD, |root| {
        make_dir(&root.join("p/s/subagents"));
        append(&root.join("p/s.jsonl"), &said("s", "one"));
        for name in ["p/s/subagents", "p/s", "p", "p/s.jsonl"] {
            File::open(root.join(name)).unwrap().set_modified(long_ago).unwrap();
        }
    });
    // The root and the project.
    assert_eq!(scene.tail.handle().counters().watched_dirs, watched_roots() + 1);
    append(&scene.path("p/s.jsonl"), &said("s", "two"));
    scene.stored(&scene.path("p/s.jsonl"));
    scene.until("watched", |s| s.tail.handle().counters().watched_dirs == watched_roots() + 3);
    let file = scene.path("p/s/subagents/agent-a.jsonl");
    append(&file, &said("s", "three"));
    scene.stored(&file);
}

/// The root that is there, and the home where the other one would appear.
fn watched_roots() -> usize {
    2
}

#[test]
fn many_projects_are_not_many_watches_and_none_is_missed() {
    let pace = Pace { listing: Duration::from_millis(20), safety: LONG, poll: LONG, share: 1, dirs: 64, ..Pace::LIVE };
    let scene = Scene::after(pace, |root| {
        for number in 0..100u64 {
            let dir = root.join(format!("p{number}"));
            make_dir(&dir);
            append(&dir.join("s.jsonl"), &said(&format!("s{number}"), "one"));
            let at = SystemTime::now() - Duration::from_hours(2) + Duration::from_secs(number);
            File::open(dir.join("s.jsonl")).unwrap().set_modified(at).unwrap();
            File::open(&dir).unwrap().set_modified(at).unwrap();
        }
    });
    let most = 64 + watched_roots();
    scene.until("all watched", |s| s.tail.handle().counters().watched_dirs == most);
    // The one that was silent longest has no watch.
    append(&scene.path("p0/s.jsonl"), &said("s0", "two"));
    scene.stored(&scene.path("p0/s.jsonl"));
    append(&scene.path("p99/s.jsonl"), &said("s99", "two"));
    scene.stored(&scene.path("p99/s.jsonl"));
    assert!(scene.tail.handle().counters().watched_dirs <= most);
    assert_eq!(scene.texts().len(), 102);
}

#[test]
fn who_was_silent_longest_makes_room() {
    let home = tempfile::tempdir().unwrap();
    let dirs: Vec<PathBuf> = ["root", "a", "b", "c", "d"].iter().map(|name| home.path().join(name)).collect();
    for dir in &dirs {
        make_dir(dir);
    }
    let mut watches = Watches::new(&Arc::default(), 2, true);
    assert!(watches.add_foothold(&dirs[0]) && watches.add(&dirs[1], 10) && watches.add(&dirs[2], 20));
    assert!(!watches.add(&dirs[1], 11), "in view already");
    assert!(watches.add(&dirs[3], 30));
    assert!(!watches.add(&dirs[4], 5), "silent longer than the others");
    let told: Vec<bool> = dirs.iter().map(|dir| watches.tells_of(dir)).collect();
    assert_eq!(told, [true, false, true, true, false]);
    watches.keep(&HashMap::new(), 25);
    assert_eq!((watches.told(), watches.tells_of(&dirs[3])), (2, true));
}

#[test]
fn without_a_watcher_all_is_found_by_looking() {
    let scene = Scene::after(LOOKED_AT, |root| make_dir(&root.join("p")));
    let counters = scene.tail.handle().counters();
    assert!(counters.polling && counters.watched_dirs == 0, "{counters:?}");
    for text in ["one", "two"] {
        append(&scene.path("p/s.jsonl"), &said("s", text));
        scene.stored(&scene.path("p/s.jsonl"));
    }
    make_dir(&scene.path("q/t/subagents"));
    append(&scene.path("q/t/subagents/agent-a.jsonl"), &said("t", "three"));
    scene.stored(&scene.path("q/t/subagents/agent-a.jsonl"));
    fs::remove_dir_all(scene.path("p")).unwrap();
    scene.until("forgotten", |s| s.tail.handle().counters().followed_files == 1);
    assert_eq!(scene.texts(), ["one", "three", "two"]);
}

#[test]
fn changes_that_came_too_fast_are_found_by_listing() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let event = notify::Event::new(notify::EventKind::Other).set_flag(notify::event::Flag::Rescan);
    scene.tail.handle.inbox.heard(Ok(event));
    scene.until("listed again", |s| {
        let counters = s.tail.handle().counters();
        (counters.overflows, counters.rescans) == (1, 1)
    });
    scene.tail.handle().look_everywhere();
    scene.until("listed once more", |s| s.tail.handle().counters().rescans == 2);

    let inbox = Inbox::default();
    for path in ["/p/a.jsonl", "/p/b.jsonl", "/p/a.jsonl"] {
        inbox.named(Agent::ClaudeCode, PathBuf::from(path));
    }
    assert_eq!(inbox.take(Instant::now()).named.len(), 2);
    for number in 0..10_000 {
        let event = notify::Event::new(notify::EventKind::Any).add_path(PathBuf::from(format!("/p/{number}")));
        inbox.heard(Ok(event.clone()));
        inbox.heard(Ok(event));
    }
    let mail = inbox.take(Instant::now());
    assert_eq!(mail.overflows, 1);
    assert!(mail.touched.len() < 8192, "{}", mail.touched.len());
}

#[test]
fn limits_of_the_system_are_told_apart() {
    let said = |errno| Trouble::of(&notify::Error::io(io::Error::from_raw_os_error(errno))).to_string();
    assert!(said(28).contains("max_user_watches"), "{}", said(28));
    assert!(said(24).contains("max_user_instances"), "{}", said(24));
    assert_eq!(Trouble::of(&notify::Error::new(notify::ErrorKind::MaxFilesWatch)), Trouble::Directories);
}
