//! What a person does while agents are about.

use super::Told;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{Agent, Command, Human, Nothing};

pub const STORIES: &[Told] = &[
    ("a person edits while the agent thinks", |scene| {
        let _a = scene.session("a");
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person makes a new file", |scene| {
        let _a = scene.session("a");
        scene.person().write("src/mine/new.rs", "mine\n");
        scene.expect("src/mine/new.rs", Human);
    }),
    ("a person edits what the agent has read", |scene| {
        let mut a = scene.session("a");
        a.read("src/main.rs");
        pass(300);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits while the agent's `sleep` runs", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("sleep 4");
        pass(600);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.await_told("src/main.rs", Human);
        a.end(running);
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits while the agent's `grep` of that very file runs", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("grep -r main src/main.rs; tail -n 1 src/main.rs; sleep 3");
        pass(600);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.await_told("src/main.rs", Human);
        a.end(running);
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits while the agent's tests run", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("cargo test");
        pass(3_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        pass(1_000);
        a.over();
        a.end(running);
        scene.not_told("src/main.rs", Human);
    }),
    ("a person edits while an unknown script of the agent runs for long", |scene| {
        scene.person().write("work.sh", "while [ -d \"$HOME/bin\" ] && [ ! -e \"$HOME/over\" ]; do sleep 0.05; done\n");
        let mut a = scene.session("a");
        let running = a.begin("sh work.sh");
        pass(3_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        pass(1_500);
        a.over();
        a.end(running);
        scene.not_told("src/main.rs", Human);
    }),
    ("a person edits just after an unknown script of the agent began, which runs for long", |scene| {
        scene.person().write("work.sh", "while [ -d \"$HOME/bin\" ] && [ ! -e \"$HOME/over\" ]; do sleep 0.05; done\n");
        let mut a = scene.session("a");
        let running = a.begin("sh work.sh");
        pass(700);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        pass(4_000);
        a.over();
        a.end(running);
        scene.not_told("src/main.rs", Human);
    }),
    ("a person edits while the agent waits for a permission", |scene| {
        let mut a = scene.session("a");
        let asked = a.ask("cargo fmt");
        pass(1_000);
        scene.person().write("notes.txt", "mine, meanwhile\n");
        scene.await_told("notes.txt", Human);
        pass(1_500);
        let running = a.run(asked);
        a.end(running);
        scene.expect("notes.txt", Human);
        scene.expect("src/", Command("a"));
    }),
    ("a person edits what the agent asks to format, and then refuses", |scene| {
        let mut a = scene.session("a");
        let asked = a.ask("cargo fmt");
        pass(1_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.await_told("src/main.rs", Human);
        drop(asked);
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits while the agent's server runs in the background", |scene| {
        let mut a = scene.session("a");
        a.background("npm run dev");
        pass(1_500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits while an unknown script of the agent runs in the background", |scene| {
        scene.person().write("work.sh", "while [ -d \"$HOME/bin\" ] && [ ! -e \"$HOME/over\" ]; do sleep 0.05; done\n");
        let mut a = scene.session("a");
        a.background("sh work.sh");
        pass(3_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.not_told("src/main.rs", Human);
    }),
    ("a person edits after the agent's background script has ended", |scene| {
        scene.person().write("work.sh", "true\n");
        let mut a = scene.session("a");
        a.background("sh work.sh");
        pass(7_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits two seconds after the agent's formatter", |scene| {
        let mut a = scene.session("a");
        a.bash("cargo fmt");
        scene.await_told("src/main.rs", Command("a"));
        pass(2_000);
        scene.person().write("notes.txt", "mine\n");
        scene.expect("src/", Command("a"));
        scene.expect("notes.txt", Human);
    }),
    ("a person edits a file that no words of the agent's command name", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("mv notes.txt moved.txt; sleep 4");
        pass(2_500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        pass(500);
        a.end(running);
        scene.expect("moved.txt", Command("a"));
        scene.not_told("src/main.rs", Human);
    }),
    ("a person runs a formatter", |scene| {
        let _a = scene.session("a");
        scene.person().shell("cargo fmt");
        scene.expect("src/", Human);
    }),
    ("a person works after the session has ended", |scene| {
        let mut a = scene.session("a");
        let running = a.ask("cargo fmt");
        a.hook("SessionEnd", serde_json::json!({"reason": "other"}));
        drop(running);
        pass(1_500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("the agent is killed in the midst of a command, a person goes on", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("git checkout -q -b next; echo more >> README.md; sleep 20");
        scene.await_told("README.md", Command("a"));
        drop(running);
        a.die();
        pass(2_500);
        scene.person().write("notes.txt", "mine\n");
        scene.expect("README.md", Command("a"));
        scene.not_told("notes.txt", Human);
    }),
    ("a command is stopped without a word, a person goes on", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("git stash -q; sleep 20");
        pass(700);
        a.stop(running);
        pass(1_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person edits a text while the agent's formatter of a language runs for long", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("cargo fmt; sleep 4");
        pass(1_000);
        scene.person().write("notes.txt", "mine\n");
        scene.await_told("notes.txt", Human);
        a.end(running);
        scene.expect("src/", Command("a"));
        scene.expect("notes.txt", Human);
    }),
    ("a person edits a source in the midst of a long command that formats", |scene| {
        let mut a = scene.session("a");
        let running = a.begin("sleep 5; cargo fmt");
        pass(3_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        pass(500);
        a.end(running);
        scene.not_told("src/main.rs", Human);
        scene.expect("src/", Command("a"));
    }),
    ("a person edits while an agent's edit of another file waits for its permission", |scene| {
        let mut a = scene.session("a");
        let (_, input) = a.begin_edit("src/main.rs", "fn main", "pub fn main");
        a.hook("PermissionRequest", serde_json::json!({"tool_name": "Edit", "tool_input": input}));
        pass(500);
        scene.person().write("src/lib.rs", "mine\n");
        scene.expect("src/lib.rs", Human);
    }),
    ("a person edits two seconds after an agent's edit of that file", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.await_told("src/main.rs", Agent("a"));
        pass(2_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Agent("a"));
        scene.not_told("src/main.rs", Human);
    }),
    ("a person takes back an agent's edit with git", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.await_told("src/main.rs", Agent("a"));
        pass(6_000);
        scene.person().shell("git checkout -q src/main.rs");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Human);
    }),
    ("a person touches files and saves what was there", |scene| {
        let _a = scene.session("a");
        scene.person().shell("touch src/main.rs README.md; chmod 600 src/lib.rs");
        scene.person().write("notes.txt", "first note\n");
        scene.expect("src/main.rs", Nothing);
        scene.expect("notes.txt", Nothing);
    }),
    ("a person saves atomically, as vim does, and over itself", |scene| {
        let _a = scene.session("a");
        scene.person().save_atomically("src/main.rs", "fn main() { mine() }\n");
        scene.person().save_as_vim("src/lib.rs", "pub mod deeper;\n");
        scene.person().save_as_vim("notes.txt", "first note\n");
        scene.expect("src/main.rs", Human);
        scene.expect("src/lib.rs", Human);
    }),
    ("an editor leaves its swap files and backups", |scene| {
        let _a = scene.session("a");
        scene.person().shell("echo x > src/.main.rs.swp; cp src/main.rs src/main.rs~; touch src/.#main.rs");
        scene.expect("src/.main.rs.swp", Nothing);
    }),
];
