//! Files that go, move, are ignored, or come back.

use super::Told;
use crate::sense::scene::pass;
use crate::sense::verdicts::Who::{Agent, Human, Nothing};

pub const STORIES: &[Told] = &[
    ("a person renames a file", |scene| {
        let _a = scene.session("a");
        scene.person().shell("mv src/main.rs src/renamed.rs");
        scene.expect("src/renamed.rs", Human);
    }),
    ("a person deletes a file", |scene| {
        let _a = scene.session("a");
        scene.person().shell("rm src/main.rs");
        scene.expect("src/main.rs", Human);
    }),
    ("a person renames a directory", |scene| {
        let _a = scene.session("a");
        scene.person().shell("mv src/deep src/deeper");
        scene.expect("src/deeper/mod.rs", Human);
    }),
    ("a person puts back what the agent has written", |scene| {
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.await_told("src/main.rs", Agent("a"));
        pass(6_000);
        scene.person().shell("cp src/main.rs ../kept && echo x > src/main.rs");
        scene.await_told("src/main.rs", Human);
        scene.person().shell("cp ../kept src/main.rs");
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Human);
        scene.expect("src/main.rs", Human);
    }),
    ("a build writes ignored files", |scene| {
        scene.person().write(".gitignore", "/target\n*.log\n");
        let mut a = scene.session("a");
        scene.person().shell("mkdir target && echo x > target/out && echo y > app.log");
        a.bash("echo z > target/more");
        scene.expect("target/out", Nothing);
        scene.expect("app.log", Nothing);
    }),
    ("a person changes an ignored file that the agent has read", |scene| {
        scene.person().write(".gitignore", ".env\n");
        scene.person().write(".env", "KEY=1\n");
        let mut a = scene.session("a");
        a.read(".env");
        pass(500);
        scene.person().write(".env", "KEY=2\n");
        // Known to those who warn before an edit, not told as a change of the project.
        scene.await_told(".env", Human);
        let answer = scene.server().tool("get_external_changes", &serde_json::json!({}));
        assert!(!answer.to_string().contains(".env"), "{answer}");
        scene.expect(".env", Human);
    }),
    ("nothing is kept of paths at the strictest level of redaction", |scene| {
        scene.level = "full";
        let mut a = scene.session("a");
        a.edit("src/main.rs", "{}", "{ run() }");
        scene.person().write("src/lib.rs", "mine\n");
        scene.expect("src/main.rs", Nothing);
        scene.expect("src/lib.rs", Nothing);
    }),
];
