//! What is a change of a file, and what only looks like one.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::SystemTime;

use super::scene::{LOOKED_AT, Scene, TOLD, set_mtime, write};
use crate::clock::Clock;
use crate::ingest::trees::content::content_hash;
use crate::ingest::trees::{Change, Pace};

const BOTH: [Pace; 2] = [TOLD, LOOKED_AT];

#[test]
fn what_leaves_the_content_is_nothing() {
    for pace in BOTH {
        let mut scene = Scene::new(pace, |root| {
            for name in ["touched", "rights", "rewritten", "replaced", "back", "linked"] {
                write(root, name, "text");
            }
        });
        set_mtime(&scene.path("touched"), SystemTime::now());
        fs::set_permissions(scene.path("rights"), fs::Permissions::from_mode(0o600)).unwrap();
        scene.at_once(|| {
            scene.write("rewritten", "text");
            scene.write("new", "text");
            fs::rename(scene.path("new"), scene.path("replaced")).unwrap();
            scene.write("back", "else");
            scene.write("back", "text");
        });
        assert_eq!(scene.lines(), Vec::<String>::new());
        fs::hard_link(scene.path("linked"), scene.path("link")).unwrap();
        assert_eq!(scene.lines(), ["+ link"]);
    }
}

#[test]
fn a_change_is_told_with_what_was_and_what_is() {
    for pace in BOTH {
        let mut scene = Scene::new(pace, |root| {
            write(root, "a/written", "one");
            write(root, "a/longer", "one");
            write(root, "a/gone", "one");
        });
        let one = content_hash(&scene.path("a/gone"));
        let begin = Clock::SYSTEM.now_ms();
        scene.write("a/written", "two");
        OpenOptions::new().append(true).open(scene.path("a/longer")).unwrap().write_all(b" and two").unwrap();
        fs::remove_file(scene.path("a/gone")).unwrap();
        scene.write("a/new", "two");
        let events = scene.events();
        let two = content_hash(&scene.path("a/new"));
        let told: Vec<_> = events.iter().map(|e| (e.path.clone(), e.change.clone(), e.before, e.after)).collect();
        assert_eq!(
            told,
            [
                (scene.path("a/gone"), Change::Deleted, one, None),
                (scene.path("a/longer"), Change::Modified, one, content_hash(&scene.path("a/longer"))),
                (scene.path("a/new"), Change::Added, None, two),
                (scene.path("a/written"), Change::Modified, one, two),
            ]
        );
        for event in events {
            assert_eq!(event.exact, event.change != Change::Deleted, "{event:?}");
            assert!((begin - 20..=Clock::SYSTEM.now_ms()).contains(&event.at), "{event:?}");
        }
    }
}

#[test]
fn one_character_of_many_is_a_change() {
    let mut scene = Scene::new(TOLD, |root| write(root, "a", &"x".repeat(100_000)));
    scene.write("a", &format!("{}y", "x".repeat(99_999)));
    assert_eq!(scene.lines(), ["* a"]);
}

#[test]
fn files_of_a_moment_are_nothing() {
    let mut scene = Scene::new(TOLD, |root| write(root, "a.rs", "text"));
    scene.at_once(|| {
        scene.write("passing", "text");
        fs::remove_file(scene.path("passing")).unwrap();
    });
    for name in [".a.rs.swp", "a.rs~", "#a.rs#", "4913", "a.rs___jb_tmp___", "a.rs.tmp.4711"] {
        scene.write(name, "text");
    }
    symlink("me@host.1", scene.path(".#a.rs")).unwrap();
    assert_eq!(scene.lines(), Vec::<String>::new());
    fs::remove_file(scene.path("#a.rs#")).unwrap();
    assert_eq!(scene.lines(), Vec::<String>::new());
}

#[test]
fn however_editors_save_it_is_one_change_of_the_file() {
    let mut scene = Scene::new(TOLD, |root| write(root, "a.rs", "0"));
    // Beside it, then in its place.
    for (number, beside) in ["a.rs.tmp.12", "sedAb12cd", "a.rs___jb_tmp___", "plain"].into_iter().enumerate() {
        scene.at_once(|| {
            scene.write(beside, &format!("text {number}"));
            fs::rename(scene.path(beside), scene.path("a.rs")).unwrap();
        });
        assert_eq!(scene.lines(), ["* a.rs"], "{beside}");
    }
    // The old one away, a new one in its place.
    scene.at_once(|| {
        scene.write("4913", "");
        fs::remove_file(scene.path("4913")).unwrap();
        fs::rename(scene.path("a.rs"), scene.path("a.rs~")).unwrap();
        scene.write("a.rs", "from vim");
        fs::remove_file(scene.path("a.rs~")).unwrap();
    });
    assert_eq!(scene.lines(), ["* a.rs"]);
    scene.at_once(|| {
        fs::rename(scene.path("a.rs"), scene.path("a.rs.bak")).unwrap();
        scene.write("a.rs", "kept the other");
    });
    assert_eq!(scene.lines(), ["* a.rs", "+ a.rs.bak"]);
    // Emptied and written in pieces.
    scene.at_once(|| {
        let mut file = fs::File::create(scene.path("a.rs")).unwrap();
        for _ in 0..10 {
            file.write_all(b"piece\n").unwrap();
            file.sync_data().unwrap();
        }
    });
    assert_eq!(scene.lines(), ["* a.rs"]);
}

#[test]
fn a_link_is_what_it_points_to() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, "a", "text");
        symlink("a", root.join("link")).unwrap();
    });
    scene.write("a", "other");
    assert_eq!(scene.lines(), ["* a"]);
    scene.at_once(|| {
        fs::remove_file(scene.path("link")).unwrap();
        symlink("b", scene.path("link")).unwrap();
    });
    assert_eq!(scene.lines(), ["* link"]);
    scene.at_once(|| {
        fs::remove_file(scene.path("link")).unwrap();
        scene.write("link", "b");
    });
    assert_eq!(scene.lines(), ["* link"]);
}

#[test]
fn neither_pipes_nor_large_contents_are_read() {
    let mut scene = Scene::new(TOLD, |root| write(root, "large", &"x".repeat(5 * 1024 * 1024)));
    let pipe = scene.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert_eq!(scene.lines(), Vec::<String>::new());
    assert_eq!(content_hash(&pipe), None);
    OpenOptions::new().append(true).open(scene.path("large")).unwrap().write_all(b"more").unwrap();
    let events = scene.events();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].before, events[0].after), (None, None));
    set_mtime(&scene.path("large"), SystemTime::now());
    assert_eq!(scene.lines(), Vec::<String>::new());
}

#[test]
fn a_file_turns_into_a_directory_and_back() {
    let mut scene = Scene::new(TOLD, |root| write(root, "a", "text"));
    fs::remove_file(scene.path("a")).unwrap();
    scene.write("a/b", "else");
    assert_eq!(scene.lines(), ["+ a/b", "- a"]);
    fs::remove_dir_all(scene.path("a")).unwrap();
    scene.write("a", "third");
    assert_eq!(scene.lines(), ["+ a", "- a/b"]);
}

#[test]
fn a_file_asked_for_is_known_although_it_is_ignored() {
    let mut scene = Scene::new(TOLD, |root| {
        write(root, ".gitignore", ".env\nout/\n");
        write(root, ".env", "one");
        write(root, "out/deep/made", "one");
        write(root, "out/deep/other", "one");
    });
    scene.write(".env", "two");
    scene.write("out/deep/made", "two");
    assert_eq!(scene.lines(), Vec::<String>::new());
    for name in [".env", "out/deep/made", "out/deep/later", ".git/config", "src/plain"] {
        scene.trees.handle().mind(&scene.path(name));
    }
    assert_eq!(scene.lines(), Vec::<String>::new());
    scene.write(".env", "three");
    scene.write("out/deep/made", "three");
    scene.write("out/deep/other", "three");
    scene.write("out/deep/later", "three");
    assert_eq!(scene.lines(), ["* .env (ignored)", "* out/deep/made (ignored)", "+ out/deep/later (ignored)"]);
    let state = scene.state();
    fs::remove_dir_all(scene.path("out")).unwrap();
    assert_eq!(scene.lines(), ["- out/deep/later (ignored)", "- out/deep/made (ignored)"]);
    scene.write("out/deep/made", "four");
    let back = scene.round();
    assert_eq!(back.len(), 1, "{back:?}");
    assert_eq!((&back[0].path, back[0].ignored), (&scene.path("out/deep/made"), true));
    scene.write("out/deep/made", "five");
    assert_eq!(scene.lines(), ["* out/deep/made (ignored)"]);
    scene.until_dirs(state.directories);
}
