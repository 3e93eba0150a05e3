//! Files that grow, are cut, replaced and named, and are read to their end each time.

use std::fs;

use super::scene::{Scene, TOLD, append, make_dir, root_of, rows, said, setup, texts};
use crate::ingest::tail::Tail;
use crate::model::Agent;
use crate::store::Reader;

#[test]
fn what_lay_there_is_read_and_noted_and_what_is_appended_follows() {
    let scene = Scene::after(TOLD, |root| {
        make_dir(&root.join("p"));
        append(&root.join("p/s.jsonl"), &said("s", "one"));
    });
    assert_eq!(scene.texts(), ["one"]);
    assert!(Reader::open(&scene.home.path().join(".tma1")).unwrap().last_import().unwrap().is_some());
    let file = scene.path("p/s.jsonl");
    append(&file, &said("s", "two"));
    let news = scene.stored(&file);
    assert_eq!((news.agent, news.records, &*news.sessions[0].id), (Agent::ClaudeCode, 1, "s"));
    assert_eq!(scene.texts(), ["one", "two"]);
}

#[test]
fn half_a_line_waits_for_its_other_half() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    let (one, two) = (said("s", "one"), said("s", "two"));
    append(&file, &one);
    scene.stored(&file);
    append(&file, &two[..40]);
    // The next file comes after the half line: both were heard of in this order.
    append(&scene.path("p/other.jsonl"), &said("other", "three"));
    scene.stored(&scene.path("p/other.jsonl"));
    assert_eq!(scene.texts(), ["one", "three"]);
    append(&file, &two[40..]);
    assert_eq!(scene.stored(&file).records, 1);
    assert_eq!(scene.texts(), ["one", "three", "two"]);
    assert_eq!(rows(scene.home.path(), "SELECT * FROM sessions").len(), 2);
}

#[test]
fn truncated_replaced_and_deleted() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    append(&file, &said("s", "one"));
    append(&file, &said("s", "two"));
    scene.stored(&file);
    fs::write(&file, said("s", "cut")).unwrap();
    scene.stored(&file);
    let new = scene.path("p/s.jsonl.new");
    fs::write(&new, said("s", "other") + &said("s", "than") + &said("s", "before")).unwrap();
    fs::rename(&new, &file).unwrap();
    scene.stored(&file);
    append(&file, &said("s", "and on"));
    scene.stored(&file);
    fs::remove_file(&file).unwrap();
    scene.until("forgotten", |s| s.tail.handle().counters().followed_files == 0);
    append(&file, &said("s", "again"));
    scene.stored(&file);
    assert_eq!(scene.texts(), ["again", "and on", "before", "cut", "one", "other", "than", "two"]);
    assert_eq!(scene.tail.handle().counters().failures, 0);
}

#[test]
fn what_a_hook_names_is_followed_wherever_it_lies() {
    let scene = Scene::new(TOLD);
    let file = scene.home.path().join("elsewhere/s.jsonl");
    scene.tail.handle().look_at(Agent::ClaudeCode, file.clone());
    // Not a transcript, and not to be waited for.
    scene.tail.handle().look_at(Agent::ClaudeCode, scene.home.path().join("notes.txt"));
    make_dir(file.parent().unwrap());
    append(&file, &said("s", "one"));
    scene.stored(&file);
    append(&file, &said("s", "two"));
    scene.stored(&file);
    let agent = file.with_extension("").join("subagents/agent-a.jsonl");
    make_dir(agent.parent().unwrap());
    append(&agent, &said("s", "three"));
    scene.stored(&agent);
    append(&file.with_file_name("stranger.jsonl"), &said("x", "none of ours"));
    append(&file, &said("s", "four"));
    scene.stored(&file);
    assert_eq!(scene.texts(), ["four", "one", "three", "two"]);
}

#[cfg(unix)]
#[test]
fn a_root_behind_a_link_is_the_same_root() {
    let scene = Scene::after(TOLD, |root| {
        let real = root.ancestors().nth(2).unwrap().join("real/p");
        make_dir(&real);
        make_dir(root.parent().unwrap());
        std::os::unix::fs::symlink(real.parent().unwrap(), root).unwrap();
    });
    let real = scene.home.path().join("real/p/s.jsonl");
    append(&real, &said("s", "one"));
    scene.stored(&scene.path("p/s.jsonl"));
    scene.tail.handle().look_at(Agent::ClaudeCode, real.clone());
    append(&real, &said("s", "two"));
    scene.stored(&scene.path("p/s.jsonl"));
    let sources = rows(scene.home.path(), "SELECT path FROM source");
    assert_eq!(sources, [[scene.path("p/s.jsonl").to_string_lossy()]]);
}

#[test]
fn a_long_file_is_read_beside_the_others_and_goes_on_being_followed() {
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/long.jsonl");
    let text: String = (0..20_000).map(|n| said("long", &format!("line {n}"))).collect();
    assert!(text.len() > 1024 * 1024);
    fs::write(&file, &text).unwrap();
    append(&file, &said("long", "one more"));
    scene.stored(&file);
    append(&file, &said("long", "and another"));
    scene.stored(&file);
    assert_eq!(scene.texts().len(), 20_002);
}

#[test]
fn many_write_at_once_in_pieces_of_any_size() {
    const LINES: usize = 60;
    let scene = Scene::after(TOLD, |root| make_dir(&root.join("p0")));
    std::thread::scope(|threads| {
        for writer in 0..4usize {
            let root = root_of(scene.home.path());
            threads.spawn(move || {
                for line in 0..LINES {
                    for file in 0..3 {
                        let dir = root.join(format!("p{}", (writer + file) % 4));
                        make_dir(&dir);
                        let text = said(&format!("s{writer}{file}"), &format!("{line}"));
                        let cut = (line * 7 + writer) % text.len();
                        let path = dir.join(format!("s{writer}{file}.jsonl"));
                        append(&path, &text[..cut]);
                        append(&path, &text[cut..]);
                    }
                }
            });
        }
    });
    scene.until("all stored", |s| s.texts().len() == 4 * 3 * LINES);
    scene.until("all followed", |s| s.tail.handle().counters().followed_files == 12);
    assert_eq!(scene.tail.handle().counters().failures, 0);
}

#[test]
fn stopped_and_started_again_it_goes_on_where_it_was() {
    let mut scene = Scene::after(TOLD, |root| make_dir(&root.join("p")));
    let file = scene.path("p/s.jsonl");
    let (setup, news) = setup(scene.home.path(), scene.writer.handle());
    let second = Tail::start_at(setup, TOLD).unwrap();
    std::mem::replace(&mut scene.tail, second).stop();
    scene.news = news;
    append(&file, &said("s", "one"));
    assert_eq!(scene.stored(&file).records, 1);
    append(&file, &said("s", "two"));
    assert_eq!(scene.stored(&file).records, 1, "the first line is not read again");
    // The writer ends first: nothing to follow for.
    scene.writer.finish().unwrap();
    append(&file, &said("s", "three"));
    scene.tail.stop();
    assert_eq!(texts(scene.home.path()), ["one", "two"]);
}
