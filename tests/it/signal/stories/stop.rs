//! When an agent that wants to stop is held, and when it is let go.

use serde_json::json;

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::super::session::Session;
use super::{LIB, of};

const BROKEN: &str = "build_broken_after_my_edit";
const REPEATED: &str = "repeated_failed_build";
const BUILD: &str = "cargo build";

/// Three failures of a kind each, at a file that it edited.
fn break_it(a: &Session) {
    a.prompt("Do it.");
    a.read(LIB);
    for (number, code) in ["E0308", "E0425", "E0599"].iter().enumerate() {
        a.edit(LIB, &format!("    {}", number + 1), &format!("    {}", number + 2));
        a.shell(BUILD, &outputs::cargo(&[LIB], code, &format!("wrong in way {number}")), 101);
    }
}

pub fn all() -> Vec<Story> {
    of(
        "general",
        vec![
            ("held once, then it insists", |s| {
                let a = s.claude();
                break_it(&a);
                a.stop();
                a.told(At::Stop, BROKEN, LIB);
                a.must_be_held(true);
                a.stop_again();
                a.must_be_held(false);
                a.prompt("Go on.");
                a.stop();
                a.must_be_held(false);
            }),
            ("green before it stops", |s| {
                let a = s.claude();
                break_it(&a);
                a.edit(LIB, "    4", "    1");
                a.shell(BUILD, outputs::CARGO_OK, 0);
                a.stop();
                a.must_be_held(false);
            }),
            ("held, then green, then broken anew", |s| {
                let a = s.claude();
                break_it(&a);
                a.stop();
                a.told(At::Stop, BROKEN, LIB);
                a.edit(LIB, "    4", "    1");
                a.shell(BUILD, outputs::CARGO_OK, 0);
                a.stop_again();
                a.must_be_held(false);
                break_it(&a);
                a.stop();
                a.told(At::Stop, BROKEN, LIB);
            }),
            ("several findings in one block", |s| {
                let a = s.claude();
                break_it(&a);
                for _ in 0..3 {
                    a.shell("cargo clippy", &mismatched("src/main.rs"), 101);
                }
                a.told(At::After, REPEATED, "cargo clippy");
                a.stop();
                a.told(At::Stop, BROKEN, LIB);
                a.told(At::Stop, REPEATED, "cargo clippy");
                a.stop_again();
                a.must_be_held(false);
            }),
            ("not in plan mode", |s| {
                let a = s.claude();
                break_it(&a);
                a.mode("plan");
                a.stop();
                a.must_be_held(false);
            }),
            ("plan mode mutes Stop only", |s| {
                let a = s.claude();
                a.mode("plan");
                a.prompt("Plan it.");
                for _ in 0..3 {
                    a.shell(BUILD, &mismatched(LIB), 101);
                }
                a.told(At::After, REPEATED, BUILD);
                a.stop();
                a.must_be_held(false);
                a.mode("default");
                a.prompt("Do it.");
                a.stop();
                a.told(At::Stop, REPEATED, BUILD);
            }),
            ("not when a task will wake it", |s| {
                let a = s.claude();
                break_it(&a);
                let task =
                    json!({"task_id": "b1", "task_type": "local_bash", "status": "running", "description": "Build"});
                a.stop_with(&json!({"background_tasks": [task]}));
                a.must_be_held(false);
            }),
            ("a sub-agent's stop is its own", |s| {
                let a = s.claude();
                break_it(&a);
                a.as_subagent(|a| a.shell("ls", "src\n", 0));
                a.must_be_held(false);
            }),
            ("not for what is medium", |s| {
                let a = s.claude();
                a.prompt("Do it.");
                a.read(LIB);
                a.edit(LIB, "    1", "    2");
                a.shell(BUILD, &mismatched(LIB), 101);
                a.stop();
                a.must_be_held(false);
                a.hears_nothing();
            }),
        ],
    )
}
