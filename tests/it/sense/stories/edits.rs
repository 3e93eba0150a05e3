//! What an agent's own tools do.

use super::Told;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{Agent, Command, Human, Unsure};

pub const STORIES: &[Told] = &[
    ("an agent edits a file", |scene| {
        scene.session("a").edit("src/main.rs", "{}", "{ run() }");
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("an agent writes a new file in a new directory", |scene| {
        scene.session("a").write("src/new/mod.rs", "pub fn fresh() {}\n");
        scene.expect("src/new/mod.rs", Agent("a"));
    }),
    ("an agent's edit does not tell the content", |scene| {
        scene.session("a").edit_as("src/main.rs", "{}", "{ run() }", false);
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("an agent edits a file twice in a row", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ one() }");
        scene.await_told("src/main.rs", Agent("a"));
        a.edit("src/main.rs", "one", "two");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("an agent edits five files in a row", |scene| {
        let mut a = scene.session("a");
        for name in ["one", "two", "three", "four", "five"] {
            a.write(&format!("src/{name}.rs"), name);
            scene.expect(&format!("src/{name}.rs"), Agent("a"));
        }
    }),
    ("a person goes on six seconds after an agent's edit", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.await_told("src/main.rs", Agent("a"));
        pass(6_000);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Human);
    }),
    ("a hook of the agent's formats what it has just edited", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.await_told("src/main.rs", Agent("a"));
        a.own_hook("echo '// formatted' >> src/main.rs");
        scene.expect("src/main.rs", Agent("a"));
        scene.not_told("src/main.rs", Agent("a"));
    }),
    ("a person saves a file while an agent's edit of it waits for its permission", |scene| {
        let mut a = scene.session("a");
        let (call, input) = a.begin_edit("src/main.rs", "fn main", "pub fn main");
        a.hook("PermissionRequest", serde_json::json!({"tool_name": "Edit", "tool_input": input}));
        pass(400);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.probe_all();
        a.end_edit("src/main.rs", &call, &input, true);
        scene.not_told("src/main.rs", Human);
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("an agent writes a file with a tool of a server", |scene| {
        let file = scene.path("src/main.rs");
        let input = serde_json::json!({"path": file, "content": "fn main() { served() }\n"});
        scene.session("a").mcp("mcp__files__write_file", &input, || {
            std::fs::write(&file, "fn main() { served() }\n").unwrap();
        });
        scene.expect("src/main.rs", Command("a"));
    }),
    ("a sub-agent edits a file", |scene| {
        let mut a = scene.session("a");
        a.as_subagent("a81e8113b236744fd").edit("src/main.rs", "{}", "{ run() }");
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("a sub-agent's command changes a file", |scene| {
        let mut a = scene.session("a");
        a.as_subagent("a81e8113b236744fd").bash("sed -i s/first/second/ notes.txt");
        scene.expect("notes.txt", Command("a"));
    }),
    ("a session in a sub-directory edits a file", |scene| {
        let dir = scene.path("src");
        scene.session_in("a", &dir).edit("deep/mod.rs", "{}", "{ dig() }");
        scene.expect("src/deep/mod.rs", Agent("a"));
    }),
    ("an agent works in a project that it reaches by a link", |scene| {
        let link = scene.project.with_file_name("link");
        std::os::unix::fs::symlink(&scene.project, &link).unwrap();
        let mut a = scene.session_in("a", &link);
        a.edit("src/main.rs", "{}", "{ run() }");
        a.bash(&format!("sed -i s/first/second/ {}/notes.txt", link.display()));
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent puts back what it had changed", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ one() }");
        scene.await_told("src/main.rs", Agent("a"));
        a.edit("src/main.rs", "{ one() }", "{}");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("an edit that failed changes nothing, a person does later", |scene| {
        let mut a = scene.session("a");
        let (call, input) = a.begin_edit("src/main.rs", "no such text", "x");
        a.hook(
            "PostToolUseFailure",
            serde_json::json!({"tool_name": "Edit", "tool_input": input, "tool_use_id": call,
                "error": "String to replace not found in file.", "is_interrupt": false, "duration_ms": 2}),
        );
        pass(1_500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
    ("a person and an agent's edit write one file at the same moment", |scene| {
        let mut a = scene.session("a");
        let (call, input) = a.begin_edit("src/main.rs", "{}", "{ run() }");
        let person = scene.person();
        a.end_edit_while("src/main.rs", &call, &input, true, || person.write("src/main.rs", "fn main() { mine() }\n"));
        scene.expect("src/main.rs", Unsure);
    }),
];
