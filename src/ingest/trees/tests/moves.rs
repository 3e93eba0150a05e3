//! Files and directories that come, go and move.

use std::collections::BTreeMap;
use std::fs;

use super::scene::{LOOKED_AT, Scene, TOLD, write};
use crate::ingest::trees::Change;

#[test]
fn a_moved_file_is_one_change() {
    for pace in [TOLD, LOOKED_AT] {
        let mut scene = Scene::new(pace, |root| {
            write(root, "a", "text of a");
            write(root, "b/c", "text of c");
            write(root, "empty", "");
        });
        scene.at_once(|| {
            fs::rename(scene.path("a"), scene.path("b/a")).unwrap();
            fs::rename(scene.path("empty"), scene.path("still-empty")).unwrap();
            // Copied and removed.
            scene.write("c", "text of c");
            fs::remove_file(scene.path("b/c")).unwrap();
        });
        let events = scene.events();
        assert!(events.iter().all(|event| event.before == event.after && event.after.is_some()), "{events:?}");
        let from = |name: &str| Change::Renamed { from: scene.path(name) };
        let told: Vec<_> = events.into_iter().map(|event| (event.path, event.change)).collect();
        assert_eq!(
            told,
            [
                (scene.path("b/a"), from("a")),
                (scene.path("c"), from("b/c")),
                (scene.path("still-empty"), from("empty")),
            ]
        );
    }
}

#[test]
fn another_file_with_the_number_of_a_removed_one_is_not_that_one() {
    let mut scene = Scene::new(TOLD, |root| write(root, "a", "text"));
    fs::remove_file(scene.path("a")).unwrap();
    scene.write("b", "else");
    assert_eq!(scene.lines(), ["+ b", "- a"]);
}

#[test]
fn over_another_file() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, "a", "text of a");
        write(root, "b", "text of b");
    });
    fs::rename(scene.path("a"), scene.path("b")).unwrap();
    assert_eq!(scene.lines(), ["* b", "- a"]);
}

#[test]
fn a_moved_directory_moves_its_files_and_is_watched_at_its_place() {
    for pace in [TOLD, LOOKED_AT] {
        let mut scene = Scene::new(pace, |root| {
            write(root, "a/b/c", "text of c");
            write(root, "a/d", "text of d");
        });
        scene.at_once(|| fs::rename(scene.path("a"), scene.path("z")).unwrap());
        assert_eq!(scene.lines(), ["a/b/c > z/b/c", "a/d > z/d"]);
        scene.write("z/b/c", "other");
        scene.write("a/new", "other at the old place");
        assert_eq!(scene.lines(), ["* z/b/c", "+ a/new"]);
        // There and back again.
        scene.at_once(|| {
            fs::rename(scene.path("z"), scene.path("y")).unwrap();
            fs::rename(scene.path("y"), scene.path("z")).unwrap();
        });
        assert_eq!(scene.lines(), Vec::<String>::new());
        scene.write("z/b/c", "still watched");
        assert_eq!(scene.lines(), ["* z/b/c"]);
    }
}

#[test]
fn two_directories_change_places() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, "a/one", "text of a");
        write(root, "b/one", "text of b");
    });
    scene.at_once(|| {
        fs::rename(scene.path("a"), scene.path("c")).unwrap();
        fs::rename(scene.path("b"), scene.path("a")).unwrap();
        fs::rename(scene.path("c"), scene.path("b")).unwrap();
    });
    assert_eq!(scene.lines(), ["* a/one", "* b/one"]);
    scene.write("a/one", "new");
    scene.write("b/one", "newer");
    assert_eq!(scene.lines(), ["* a/one", "* b/one"]);
}

#[test]
fn a_directory_from_elsewhere_is_new_today() {
    let mut scene = Scene::new(TOLD, |_| {});
    let outside = scene.home().join("lib");
    write(&outside, "x/y", "text");
    let old = scene.state();
    fs::rename(&outside, scene.path("lib")).unwrap();
    assert_eq!(scene.lines(), ["+ lib/x/y"]);
    scene.until_dirs(old.directories + 2);
    fs::rename(scene.path("lib"), &outside).unwrap();
    assert_eq!(scene.lines(), ["- lib/x/y"]);
    scene.until_dirs(old.directories);
}

#[test]
fn nothing_falls_between_a_new_directory_and_its_watch() {
    let mut scene = Scene::new(TOLD, |_| {});
    let mut state = BTreeMap::new();
    for round in 0..10 {
        for file in 0..20 {
            scene.write(&format!("r{round}/a{file}/b/c/d"), &format!("{round} {file}"));
        }
        scene.lead_on(&mut state);
    }
    assert_eq!(state.len(), 200);
    scene.write("r9/a19/b/c/d", "watched");
    assert_eq!(scene.lines(), ["* r9/a19/b/c/d"]);
}

#[test]
fn a_removed_directory_takes_its_files_along() {
    for pace in [TOLD, LOOKED_AT] {
        let mut scene = Scene::new(pace, |root| {
            write(root, "a/b/c", "1");
            write(root, "a/d", "2");
        });
        fs::remove_dir_all(scene.path("a")).unwrap();
        assert_eq!(scene.lines(), ["- a/b/c", "- a/d"]);
        scene.write("a/b/c", "1");
        assert_eq!(scene.lines(), ["+ a/b/c"]);
        // Removed and written again at once: only what differs.
        scene.write("a/d", "2");
        assert_eq!(scene.lines(), ["+ a/d"]);
        scene.at_once(|| {
            fs::remove_dir_all(scene.path("a")).unwrap();
            scene.write("a/b/c", "1");
            scene.write("a/d", "3");
        });
        assert_eq!(scene.lines(), ["* a/d"]);
        scene.write("a/b/c", "watched");
        assert_eq!(scene.lines(), ["* a/b/c"]);
    }
}
