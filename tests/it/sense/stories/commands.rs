//! What commands of an agent do.

use super::Told;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{Command, Nothing, Unsure};

pub const STORIES: &[Told] = &[
    ("an agent's `sed -i`", |scene| {
        scene.session("a").bash("sed -i 's/fn main/pub fn main/' src/main.rs");
        scene.expect("src/main.rs", Command("a"));
    }),
    ("an agent's `echo > file`", |scene| {
        scene.session("a").bash("echo more >> notes.txt && echo new > src/new.rs");
        scene.expect("notes.txt", Command("a"));
        scene.expect("src/new.rs", Command("a"));
    }),
    ("an agent's heredoc", |scene| {
        scene.session("a").bash("cat > src/new.rs <<'EOF'\nfn new() {}\nEOF");
        scene.expect("src/new.rs", Command("a"));
    }),
    ("an agent's `mv`", |scene| {
        scene.session("a").bash("mv src/main.rs src/renamed.rs");
        scene.expect("src/renamed.rs", Command("a"));
    }),
    ("an agent's `rm`", |scene| {
        scene.session("a").bash("rm src/main.rs && rm -r src/deep");
        scene.expect("src/main.rs", Command("a"));
        scene.expect("src/deep/mod.rs", Command("a"));
    }),
    ("an agent's `cp` of a file and of a directory", |scene| {
        scene.session("a").bash("cp src/main.rs src/copy.rs; cp -r src/deep src/copied");
        scene.expect("src/copy.rs", Command("a"));
        scene.expect("src/copied/mod.rs", Command("a"));
    }),
    ("an agent's `git mv` and `git rm`", |scene| {
        scene.session("a").bash("git mv src/main.rs src/renamed.rs && git rm -q notes.txt");
        scene.expect("src/renamed.rs", Command("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent's formatter changes twenty files", |scene| {
        for n in 0..20 {
            scene.person().write(&format!("src/many/f{n}.rs"), &format!("fn f{n}() {{}}\n"));
        }
        scene.session("a").bash("cargo fmt");
        scene.expect("src/", Command("a"));
    }),
    ("an agent's formatter is given some files", |scene| {
        scene.session("a").bash("npx prettier --write src/main.rs 'src/deep/mod.rs' 2>/dev/null || prettier --write src/main.rs src/deep/mod.rs");
        scene.expect("src/", Command("a"));
    }),
    ("a short unknown script of an agent", |scene| {
        scene.person().write("work.sh", "echo '// changed' >> src/main.rs\n");
        scene.session("a").bash("sh work.sh");
        scene.expect("src/main.rs", Command("a"));
    }),
    ("an inline script of an agent", |scene| {
        scene.session("a").bash("sh -c 'for f in src/*.rs; do echo \"// changed\" >> $f; done'");
        scene.expect("src/", Command("a"));
    }),
    ("a script of an agent writes many files at its end", |scene| {
        scene.person().write("work.sh", "sleep 4; for n in 1 2 3 4 5 6 7 8; do echo $n > src/gen$n.rs; done\n");
        scene.session("a").bash("sh work.sh");
        scene.expect("src/", Command("a"));
    }),
    ("a script of an agent writes one file at its end", |scene| {
        scene.person().write("work.sh", "sleep 4; echo made > src/made.rs\n");
        scene.session("a").bash("sh work.sh");
        scene.expect("src/made.rs", Command("a"));
    }),
    ("a script of an agent writes one file in its midst", |scene| {
        scene.person().write("work.sh", "sleep 3; echo made > src/made.rs; sleep 2\n");
        scene.session("a").bash("sh work.sh");
        scene.not_told("src/made.rs", Command("a"));
    }),
    ("an agent's command that fails has changed a file before", |scene| {
        scene.session("a").bash("sed -i s/first/second/ notes.txt; exit 3");
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent's command in another directory", |scene| {
        let project = scene.project.display().to_string();
        scene.session("a").bash(&format!("cd /tmp && cd {project}/src && sed -i s/deep/deeper/ lib.rs"));
        scene.expect("src/lib.rs", Command("a"));
    }),
    ("an agent's own background job changes a file late", |scene| {
        let mut a = scene.session("a");
        a.background("sleep 3; sed -i s/first/second/ notes.txt; sleep 1");
        scene.await_told("notes.txt", Command("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent's background job changes a file with its last breath", |scene| {
        let mut a = scene.session("a");
        a.background("sleep 3; sed -i s/first/second/ notes.txt");
        scene.await_told("notes.txt", Unsure);
        scene.not_told("notes.txt", Command("a"));
    }),
    ("an agent writes upwards and by a name that is made up as it runs", |scene| {
        scene.session("a").bash("cd src/deep && echo '// up' >> ../lib.rs; f=../../notes; echo more >> $f.txt");
        scene.expect("src/lib.rs", Command("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent's formatter, and its tests after it", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("cargo fmt && cargo test");
        pass(3_500);
        a.over();
        a.end(running);
        scene.expect("src/", Command("a"));
    }),
    ("an agent's tests write a lock file and a snapshot", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("cargo test; echo lock > Cargo.lock; echo new > src/main.snap");
        pass(2_500);
        a.over();
        a.end(running);
        scene.expect("Cargo.lock", Command("a"));
        scene.expect("src/main.snap", Command("a"));
    }),
    ("an agent's directory is renamed with all that is in it", |scene| {
        scene.session("a").bash("mv src/deep src/deeper");
        scene.expect("src/deeper/mod.rs", Command("a"));
    }),
    ("an agent's edits put back a file within one command", |scene| {
        scene.session("a").bash("cp notes.txt ../kept; echo x >> notes.txt; mv ../kept notes.txt");
        scene.expect("notes.txt", Nothing);
    }),
    ("a program of an agent goes on unseen after its command has ended", |scene| {
        let mut a = scene.session("a");
        a.bash("(sleep 3; echo late >> notes.txt) > /dev/null 2>&1 &");
        scene.await_told("notes.txt", Unsure);
        scene.not_told("notes.txt", Command("a"));
    }),
];
