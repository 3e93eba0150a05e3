//! What git does to files, run by an agent or by a person; who made a commit, left a branch, began a merge.

use super::Told;
use crate::sense::Scene;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{self, Agent, Command, Human, Unsure};

/// A branch `topic` with other files, and one commit on each side.
fn two_branches(scene: &Scene) {
    scene.person().shell(
        "git checkout -q -b topic && echo topic >> README.md && echo t > src/topic.rs && git add . && \
         git commit -q -m topic && git checkout -q main && echo '// main' >> src/lib.rs && git commit -q -a -m ahead",
    );
}

/// By an agent, or by a person.
fn run(scene: &mut Scene, who: Who, command: &str) {
    let mut a = scene.session("a");
    match who {
        Human => drop(scene.person().shell(command)),
        _ => a.bash(command),
    }
}

fn checkout(scene: &mut Scene, who: Who) {
    two_branches(scene);
    run(scene, who, "git checkout -q topic");
    scene.expect("./", who);
    scene.branch("topic", moves(who), moves(who));
}

/// Of git's own moves it is told that the session made them.
fn moves(who: Who) -> Who {
    if let Command(name) = who { Agent(name) } else { who }
}

fn stash(scene: &mut Scene, who: Who) {
    scene.person().write("notes.txt", "not committed\n");
    run(scene, who, "git stash -q && sleep 0.7 && git stash pop -q");
    scene.expect("notes.txt", who);
    scene.expect("notes.txt", who);
}

fn rebase(scene: &mut Scene, who: Who) {
    two_branches(scene);
    run(scene, who, "git checkout -q topic && sleep 0.7 && git rebase -q main");
    scene.expect("./", who);
    scene.branch("topic", moves(who), moves(who));
}

fn reset(scene: &mut Scene, who: Who) {
    scene.person().write("notes.txt", "not committed\n");
    scene.person().write("src/stray.rs", "stray\n");
    run(scene, who, "git reset -q --hard && git clean -q -f -d");
    scene.expect("notes.txt", who);
    scene.expect("src/stray.rs", who);
}

fn commit(scene: &mut Scene, who: Who) {
    scene.person().write("notes.txt", "not committed\n");
    run(scene, who, "git commit -q -a -m 'new words'");
    scene.commit("new words", moves(who), moves(who));
}

/// Two branches with other words in one file.
fn at_odds(scene: &Scene) {
    scene.person().shell(
        "git checkout -q -b topic && echo topic > notes.txt && git commit -q -a -m topic && git checkout -q main && \
         echo main > notes.txt && git commit -q -a -m ahead",
    );
}

fn conflict(scene: &mut Scene, who: Who, operation: &'static str, command: &str) {
    at_odds(scene);
    let mut a = scene.session("a");
    match who {
        Human => drop(scene.person().shell(&format!("{command} || true"))),
        _ => a.bash(command),
    }
    scene.expect("./", who);
    scene.begun(operation, moves(who), moves(who));
}

fn ten_thousand(scene: &mut Scene, who: Who) {
    scene.person().shell(
        "git checkout -q -b big && mkdir big && cd big && for d in $(seq 100); do mkdir $d; for f in $(seq 100); do \
         echo $d $f > $d/$f.txt; done; done; git add . && git commit -q -m big",
    );
    scene.person().shell(
        "git checkout -q -b other && for f in big/*/*.txt; do echo other >> $f; done; git commit -q -a -m other && \
         git checkout -q big",
    );
    run(scene, who, "git checkout -q other");
    scene.await_any();
    scene.many(10_000, who);
}

pub const STORIES: &[Told] = &[
    ("an agent's `git checkout` of 10,000 files", |scene| ten_thousand(scene, Command("a"))),
    ("a person's `git checkout` of 10,000 files", |scene| ten_thousand(scene, Human)),
    ("an agent's `git checkout`", |scene| checkout(scene, Command("a"))),
    ("a person's `git checkout`", |scene| checkout(scene, Human)),
    ("an agent's `git stash` and `git stash pop`", |scene| stash(scene, Command("a"))),
    ("a person's `git stash` and `git stash pop`", |scene| stash(scene, Human)),
    ("an agent's `git rebase`", |scene| rebase(scene, Command("a"))),
    ("a person's `git rebase`", |scene| rebase(scene, Human)),
    ("an agent's `git reset --hard` and `git clean`", |scene| reset(scene, Command("a"))),
    ("a person's `git reset --hard` and `git clean`", |scene| reset(scene, Human)),
    ("an agent commits", |scene| commit(scene, Command("a"))),
    ("a person commits", |scene| commit(scene, Human)),
    ("an agent's merge that stops at a conflict", |scene| conflict(scene, Command("a"), "merge", "git merge -q topic")),
    ("a person's merge that stops at a conflict", |scene| conflict(scene, Human, "merge", "git merge -q topic")),
    ("an agent's rebase that stops at a conflict", |scene| {
        conflict(scene, Command("a"), "rebase", "git rebase -q topic");
    }),
    ("a person's rebase that stops at a conflict", |scene| conflict(scene, Human, "rebase", "git rebase -q topic")),
    ("a person's bisection, and an agent's merge later on", |scene| {
        scene.person().shell("git commit -q --allow-empty -m second && git bisect start -q HEAD HEAD~1 || true");
        pass(1_500);
        scene.session("a").bash("git merge -q topic || git log --merges");
        scene.begun("bisect", Human, Human);
    }),
    ("a merge that stops while an agent's script runs", |scene| {
        at_odds(scene);
        scene.person().write("update.sh", "git merge -q topic\n");
        scene.session("a").bash("sh update.sh");
        scene.expect("notes.txt", Command("a"));
        scene.begun("merge", Agent("a"), Unsure);
    }),
    ("a person commits while an agent's `git log` runs", |scene| {
        scene.person().write("notes.txt", "not committed\n");
        let mut a = scene.session("a");
        let running = a.begin("git log --oneline; git status; sleep 4");
        pass(1_500);
        scene.person().shell("git commit -q -a -m 'new words'");
        a.end(running);
        scene.commit("new words", Human, Human);
    }),
    ("a person commits while an agent's server runs in the background", |scene| {
        scene.person().write("notes.txt", "not committed\n");
        let mut a = scene.session("a");
        a.background("npm run dev");
        pass(1_500);
        scene.person().shell("git commit -q -a -m 'new words'");
        scene.commit("new words", Human, Human);
    }),
    ("a commit and a branch while an agent's script runs", |scene| {
        scene
            .person()
            .write("release.sh", "echo 2 > notes.txt; git commit -q -a -m release; git checkout -q -b next\n");
        scene.session("a").bash("sh release.sh");
        scene.expect("notes.txt", Command("a"));
        scene.commit("release", Agent("a"), Unsure);
        scene.branch("next", Agent("a"), Unsure);
    }),
    ("a person commits while an agent's script runs", |scene| {
        scene.person().write("work.sh", "sleep 4\n");
        scene.person().write("notes.txt", "not committed\n");
        let mut a = scene.session("a");
        let running = a.begin("sh work.sh");
        pass(2_000);
        scene.person().shell("git commit -q -a -m 'new words'");
        a.end(running);
        scene.commit("new words", Human, Unsure);
    }),
];
