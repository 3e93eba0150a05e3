//! Two sessions at a time, in one checkout, in several, in nested ones.

use super::Told;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{Agent, Command, Human};

pub const STORIES: &[Told] = &[
    ("two sessions edit a file each", |scene| {
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        a.edit("src/main.rs", "{}", "{ a() }");
        b.edit("src/lib.rs", "deep", "deeper");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/lib.rs", Agent("b"));
    }),
    ("two sessions edit one file, one after the other", |scene| {
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        a.edit("src/main.rs", "{}", "{ a() }");
        scene.await_told("src/main.rs", Agent("a"));
        b.edit("src/main.rs", "a()", "b()");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Agent("b"));
    }),
    ("two sessions have an edit of one file under way, one makes it", |scene| {
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        let (waits, input) = a.begin_edit("src/main.rs", "fn main", "pub fn main");
        b.edit("src/main.rs", "{}", "{ b() }");
        scene.await_told("src/main.rs", Agent("b"));
        a.end_edit("src/main.rs", &waits, &input, true);
        scene.expect("src/main.rs", Agent("b"));
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("one session formats while the other edits another file", |scene| {
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        let running = a.begin("sleep 1; cargo fmt; sleep 1");
        b.edit("notes.txt", "first", "second");
        a.end(running);
        scene.expect("notes.txt", Agent("b"));
        scene.expect("src/", Command("a"));
    }),
    ("one session tests while the other runs `sed -i`", |scene| {
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        let running = a.begin("cargo test");
        pass(500);
        b.bash("sed -i s/first/second/ notes.txt");
        scene.await_told("notes.txt", Command("b"));
        a.over();
        a.end(running);
        scene.expect("notes.txt", Command("b"));
    }),
    ("two sessions run unknown scripts, one writes", |scene| {
        scene.person().write("one.sh", "sleep 1; echo one > src/one.rs; sleep 1\n");
        scene.person().write("two.sh", "sleep 2\n");
        let (mut a, mut b) = (scene.session("a"), scene.session("b"));
        let (first, second) = (a.begin("sh one.sh"), b.begin("sh two.sh"));
        a.end(first);
        b.end(second);
        scene.not_told("src/one.rs", Command("a"));
    }),
    ("a session in one worktree changes a file in another", |scene| {
        scene.person().shell("git worktree add -q ../other -b other");
        let other = scene.project.with_file_name("other");
        let (mut a, _b) = (scene.session("a"), scene.session_in("b", &other));
        a.bash("cd ../other && sed -i s/first/second/ notes.txt");
        scene.expect("other:notes.txt", Command("a"));
    }),
    ("a session in one worktree changes a file in another by a name that is made up as it runs", |scene| {
        scene.person().shell("git worktree add -q ../other -b other");
        let other = scene.project.with_file_name("other");
        let (mut a, _b) = (scene.session("a"), scene.session_in("b", &other));
        a.bash("up=..; cd $up/oth* && sed -i s/first/second/ notes.txt");
        scene.not_told("other:notes.txt", Command("a"));
    }),
    ("a person edits the same file in another worktree that the agent's command names in its own", |scene| {
        scene.person().shell("git worktree add -q ../other -b other");
        let other = scene.project.with_file_name("other");
        let (mut a, _b) = (scene.session("a"), scene.session_in("b", &other));
        let running = a.begin("sed -i s/first/second/ notes.txt; sleep 2");
        pass(500);
        scene.person().write("../other/notes.txt", "mine\n");
        a.end(running);
        scene.expect("notes.txt", Command("a"));
        scene.expect("other:notes.txt", Human);
    }),
    ("a person edits in one worktree while the agent of another formats", |scene| {
        scene.person().shell("git worktree add -q ../other -b other");
        let other = scene.project.with_file_name("other");
        let (mut a, _b) = (scene.session("a"), scene.session_in("b", &other));
        let running = a.begin("cargo fmt; sleep 3");
        pass(1_000);
        scene.person().write("../other/src/main.rs", "fn main() { mine() }\n");
        a.end(running);
        scene.expect("src/", Command("a"));
        scene.expect("other:src/main.rs", Human);
    }),
    ("an agent works in a repository that lies in another", |scene| {
        scene.person().write("vendored/lib.rs", "pub fn vendored() {}\n");
        scene.person().shell("cd vendored && git init -q -b main && git add . && git commit -q -m inner");
        let inner = scene.path("vendored");
        let (_a, mut b) = (scene.session("a"), scene.session_in("b", &inner));
        b.edit("lib.rs", "{}", "{ b() }");
        pass(300);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("vendored:lib.rs", Agent("b"));
        scene.expect("src/main.rs", Human);
    }),
    ("an agent outside formats a nested repository by `cd`", |scene| {
        scene.person().write("vendored/lib.rs", "pub fn vendored() {}\n");
        scene.person().shell("cd vendored && git init -q -b main && git add . && git commit -q -m inner");
        let inner = scene.path("vendored");
        let (mut a, _b) = (scene.session("a"), scene.session_in("b", &inner));
        a.bash("cd vendored && cargo fmt");
        scene.expect("vendored:lib.rs", Command("a"));
    }),
    ("a person edits in one project while the agent of another formats there", |scene| {
        scene.person().shell("mkdir ../lib && cd ../lib && git init -q -b main && echo x > x.rs");
        let lib = scene.project.with_file_name("lib");
        let (_a, mut b) = (scene.session("a"), scene.session_in("b", &lib));
        let running = b.begin("cargo fmt; sleep 2");
        pass(500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        b.end(running);
        scene.expect("lib:x.rs", Command("b"));
        scene.expect("src/main.rs", Human);
    }),
];
