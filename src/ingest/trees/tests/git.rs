//! Real git at work, and as many files as it can bring.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use super::scene::{Scene, TOLD, apply, git, state_of, write};
use crate::ingest::trees::{Change, Pace};

fn many(scene: &Scene, text: &str, count: usize) {
    for number in 0..count {
        scene.write(&format!("d{}/f{number}", number % 100), &format!("{text} {number}"));
    }
}

#[test]
fn a_checkout_of_many_files_comes_at_once() {
    const FILES: usize = 2_000;
    let mut scene = Scene::new(TOLD, |root| {
        let home = root.parent().unwrap().parent().unwrap();
        git(root, home, &["init", "-q"]);
        for number in 0..FILES {
            write(root, &format!("d{}/f{number}", number % 100), &format!("one {number}"));
        }
        write(root, "only-main", "here");
        git(root, home, &["add", "."]);
        git(root, home, &["commit", "-qm", "one"]);
        git(root, home, &["checkout", "-qb", "other"]);
        for number in 0..FILES {
            write(root, &format!("d{}/f{number}", number % 100), &format!("two {number}"));
        }
        fs::remove_file(root.join("only-main")).unwrap();
        git(root, home, &["commit", "-qam", "two"]);
    });
    let mut state = state_of(&scene.root);
    scene.git(&["checkout", "-q", "main"]);
    let rounds = scene.rounds();
    assert!(rounds.len() <= 3, "{} rounds", rounds.len());
    let events = rounds.concat();
    assert_eq!(events.len(), FILES + 1);
    assert!(events.iter().all(|event| event.exact && event.change != Change::Deleted));
    for round in &rounds {
        apply(&mut state, round);
    }
    scene.lead_on(&mut state);
    // There and back within a moment.
    scene.git(&["checkout", "-q", "other"]);
    scene.git(&["checkout", "-q", "main"]);
    scene.lead_on(&mut state);
    // Neither a commit nor the index is a change of a file.
    scene.git(&["commit", "-q", "--allow-empty", "-m", "three"]);
    scene.git(&["stash", "list"]);
    assert_eq!(scene.lines(), Vec::<String>::new());
    scene.write("d0/f0", "dirty");
    assert_eq!(scene.lines(), ["* d0/f0"]);
    scene.git(&["stash", "-q"]);
    assert_eq!(scene.lines(), ["* d0/f0"]);
}

#[test]
fn while_git_is_at_work_nothing_is_told() {
    let mut scene = Scene::new(Pace { lock: Duration::from_secs(3), ..TOLD }, |_| {});
    let other = scene.home().join("work/other");
    fs::create_dir(&other).unwrap();
    scene.attach(&other);
    scene.write(".git/index.lock", "");
    scene.write("a", "1");
    // In another tree the same is told meanwhile.
    scene.write("../other/a", "1");
    let told = scene.round();
    assert!(told.iter().all(|event| event.path == other.join("a")), "{told:?}");
    scene.write("b", "1");
    fs::remove_file(scene.path(".git/index.lock")).unwrap();
    assert_eq!(scene.lines(), ["+ a", "+ b"]);
    // A lock that nobody takes away is waited for only so long.
    scene.write(".git/index.lock", "");
    scene.write("a", "2");
    assert_eq!(scene.lines(), ["* a"]);
    scene.write("a", "3");
    assert_eq!(scene.lines(), ["* a"]);
}

#[test]
fn a_storm_of_files_arrives_whole() {
    let mut scene = Scene::new(TOLD, |_| {});
    let mut state = BTreeMap::new();
    many(&scene, "one", 10_000);
    scene.lead_on(&mut state);
    assert_eq!(state.len(), 10_000);
    many(&scene, "two", 10_000);
    scene.lead_on(&mut state);
}
