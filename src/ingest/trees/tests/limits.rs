//! What is refused, released, lost, or looked at instead.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::scene::{LOOKED_AT, Scene, TOLD, write};
use crate::ingest::trees::Pace;
use crate::ingest::trees::tree::Tree;

fn some_dirs(root: &Path) {
    for number in 0..20 {
        write(root, &format!("d{number}/a"), "1");
    }
}

#[test]
fn where_the_system_tells_of_nothing_it_is_looked_at() {
    let mut scene = Scene::new(LOOKED_AT, some_dirs);
    assert!(scene.state().looked_at && scene.state().problem.is_some(), "{:?}", scene.state());
    scene.write("d3/a", "2");
    scene.write("d4/new/b", "2");
    fs::remove_file(scene.path("d5/a")).unwrap();
    assert_eq!(scene.lines(), ["* d3/a", "+ d4/new/b", "- d5/a"]);
}

#[test]
fn with_too_many_directories_a_tree_is_looked_at() {
    let poll = Duration::from_millis(5);
    let here = Pace { dirs_here: 10, poll, share: 1, ..TOLD };
    let in_all = Pace { dirs_in_all: 10, poll, share: 1, ..TOLD };
    for pace in [here, in_all] {
        let mut scene = Scene::new(pace, some_dirs);
        let state = scene.state();
        assert!(state.looked_at, "{state:?}");
        assert!(state.problem.as_ref().is_some_and(|said| said.contains("more than 10 directories")), "{state:?}");
        assert_eq!(state.directories, 21);
        scene.write("d19/a", "2");
        assert_eq!(scene.lines(), ["* d19/a"]);
    }
}

#[test]
fn a_tree_that_grows_too_large_is_looked_at_from_then_on() {
    let mut scene = Scene::new(Pace { dirs_here: 30, poll: Duration::from_millis(5), share: 1, ..TOLD }, some_dirs);
    assert!(!scene.state().looked_at);
    for number in 0..20 {
        scene.write(&format!("e{number}/a"), "1");
    }
    assert_eq!(scene.lines().len(), 20);
    scene.until("looked at", |scene| scene.state().looked_at);
    scene.write("e19/a", "2");
    scene.write("d0/a", "2");
    assert_eq!(scene.lines(), ["* d0/a", "* e19/a"]);
}

#[test]
fn the_number_of_files_is_bounded() {
    let scene = Scene::new(Pace { files: 20, ..TOLD }, some_dirs);
    let state = scene.state();
    assert!(state.files < 12 && state.directories < 12, "{state:?}");
    assert!(state.problem.is_some());
}

#[test]
fn who_is_not_seen_is_released() {
    let scene = Scene::new(Pace { idle: Duration::from_millis(1500), ..TOLD }, some_dirs);
    scene.until("released", |scene| scene.trees.handle().counters().roots.is_empty());
    // A hook comes again.
    scene.attach(&scene.root);
    assert_eq!(scene.state().files, 20);
}

#[test]
fn only_so_many_at_once_and_the_longest_unseen_goes_first() {
    let scene = Scene::new(Pace { roots: 2, ..TOLD }, |_| {});
    let others: Vec<_> = ["b", "c"].map(|name| scene.home().join(name)).into();
    for other in &others {
        fs::create_dir(other).unwrap();
        scene.attach(other);
    }
    let roots: Vec<_> = scene.trees.handle().counters().roots.into_iter().map(|state| state.root).collect();
    assert_eq!(roots, others);
}

#[test]
fn no_tree_is_as_wide_as_a_home() {
    let scene = Scene::new(TOLD, |root| write(root, "a", "1"));
    let handle = scene.trees.handle();
    for root in [Path::new("/"), scene.home(), scene.home().parent().unwrap(), &scene.path("a"), &scene.path("none")] {
        handle.seen(root);
    }
    let other = scene.home().join("other");
    fs::create_dir(&other).unwrap();
    scene.attach(&other);
    assert_eq!(handle.counters().roots.len(), 2);
}

#[test]
fn a_tree_that_goes_is_released() {
    let scene = Scene::new(TOLD, |root| write(root, "a", "1"));
    fs::rename(&scene.root, scene.home().join("elsewhere")).unwrap();
    scene.until("released", |scene| scene.trees.handle().counters().roots.is_empty());
}

#[test]
fn what_was_lost_is_found_by_looking() {
    let mut scene = Scene::new(TOLD, some_dirs);
    let handle = scene.trees.handle();
    // While nobody hears: the system has too much to tell.
    handle.inbox.heard_nothing_of(|| {
        scene.write("d3/a", "2");
        scene.write("d4/new/b", "2");
        fs::remove_dir_all(scene.path("d5")).unwrap();
    });
    handle.inbox.heard(Ok(rescan()));
    scene.until("looked", |_| handle.counters().overflows == 1);
    assert_eq!(scene.lines(), ["* d3/a", "+ d4/new/b", "- d5/a"]);
    scene.write("d4/new/b", "3");
    assert_eq!(scene.lines(), ["* d4/new/b"]);
}

#[test]
fn whoever_always_has_to_look_gets_to_tell() {
    let mut scene = Scene::new(TOLD, |_| {});
    let handle = scene.trees.handle();
    let mut state = BTreeMap::new();
    for round in 0..200 {
        scene.write(&format!("d{}/a", round % 7), &round.to_string());
        handle.inbox.heard(Ok(rescan()));
    }
    scene.lead_on(&mut state);
    assert_eq!(state.len(), 7);
    scene.until("counted", |_| handle.counters().overflows == 200);
}

fn rescan() -> notify::Event {
    notify::Event::new(notify::EventKind::Other).set_flag(notify::event::Flag::Rescan)
}

#[test]
fn a_dead_watcher_is_made_up_for_by_looking() {
    let mut scene = Scene::new(Pace { poll: Duration::from_millis(5), share: 1, ..TOLD }, some_dirs);
    scene.trees.handle().inbox.heard(Err(notify::Error::generic("broken")));
    scene.until("looked at", |scene| scene.state().looked_at);
    scene.write("d3/a", "2");
    assert_eq!(scene.lines(), ["* d3/a"]);
    assert!(scene.state().problem.is_some_and(|said| said.contains("broken")));
}

#[test]
fn what_is_known_of_a_file_is_small() {
    assert!(size_of::<crate::ingest::trees::snapshot::Entry>() <= 80);
    assert!(size_of::<Tree>() <= 2048);
}
