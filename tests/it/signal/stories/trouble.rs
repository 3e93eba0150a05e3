//! Restarts, crashes, events out of order, clocks that jump, and history that comes late: none of them tells anything,
//! or tells it twice.

use serde_json::json;

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::{LIB, PARSE, THEIRS, Telling, of};
use crate::support::Transcript;

const STALE: &str = "stale_file_view";
const HUMAN: &str = "human_modified_during_session";
const REPEATED: &str = "repeated_failed_build";
const BUILD: &str = "cargo build";

pub fn all() -> Vec<Story> {
    let mut all = of("general", ends());
    all.extend(of("general", late()));
    all
}

fn ends() -> Vec<Telling> {
    vec![
        ("what was told before a restart is not told after it", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.read(PARSE);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
            for _ in 0..3 {
                a.shell(BUILD, &mismatched("src/main.rs"), 101);
            }
            a.told(At::After, REPEATED, BUILD);
            s.stop();
            s.back();
            a.prompt("And on.");
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
            a.start("resume");
            a.prompt("And on.");
        }),
        ("what was told before a crash is not told after it", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told(At::Before, STALE, LIB);
            for _ in 0..3 {
                a.shell(BUILD, &mismatched("src/main.rs"), 101);
            }
            a.told(At::After, REPEATED, BUILD);
            s.kill();
            s.back();
            a.prompt("And on.");
            a.edit(LIB, "12", "13");
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
        }),
        ("what was not told before a crash is told after it", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
            s.kill();
            s.back();
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
            a.told(At::After, REPEATED, BUILD);
            a.edit(LIB, "11", "12");
            a.told(At::Before, STALE, LIB);
        }),
        ("a Stop that was held is not held again after a restart", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.told(At::After, REPEATED, BUILD);
            a.stop();
            a.told(At::Stop, REPEATED, BUILD);
            s.kill();
            s.back();
            a.stop();
            a.must_be_held(false);
        }),
        ("an ignored file that was read before a restart", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read("local.env");
            s.stop();
            s.back();
            s.writes("local.env", "KEY=2\n");
            a.edit("local.env", "KEY=2", "KEY=3");
            a.told(At::Before, STALE, "local.env");
        }),
        ("a second sidecar", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            s.serve_twice();
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
            s.serve_twice();
            a.prompt("And on.");
        }),
        ("nothing was changed while nobody looked", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.read(PARSE);
            s.stop();
            s.back();
            a.prompt("Go on.");
            a.edit(LIB, "    1", "    2");
        }),
    ]
}

fn late() -> Vec<Telling> {
    vec![
        ("failures that waited in the spool are told by nobody", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            s.stop();
            for _ in 0..4 {
                a.shell(BUILD, &mismatched(LIB), 101);
                a.hears_nothing();
            }
            s.back();
            s.until(&format!(
                "SELECT count(*) >= 4 FROM tool_calls WHERE session_id = '{}' AND status = 'error'",
                a.id
            ));
            s.settle();
        }),
        ("and at the next moment that can carry it", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            s.stop();
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            s.back();
            s.until(&format!(
                "SELECT count(*) >= 3 FROM tool_calls WHERE session_id = '{}' AND status = 'error'",
                a.id
            ));
            a.stop();
            a.told(At::Stop, REPEATED, BUILD);
        }),
        ("six failures at once are told once", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.step();
            let ends: Vec<serde_json::Value> = (0..6)
                .map(|_| {
                    let open = a.begin("Bash", a.command(BUILD));
                    let more = json!({"tool_name": "Bash", "tool_input": open.input, "tool_use_id": open.id,
                        "error": format!("Exit code 101\n{}", mismatched(LIB)), "is_interrupt": false, "duration_ms": 3});
                    a.payload("PostToolUseFailure", more)
                })
                .collect();
            a.send_at_once(&ends);
            a.told(At::After, REPEATED, BUILD);
        }),
        ("the same hook twice", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            for number in 0..2 {
                let open = a.step().begin("Bash", a.command(BUILD));
                for _ in 0..3 {
                    a.ends(&open, &mismatched(LIB), 101);
                }
                let _ = number;
            }
        }),
        ("an end before its beginning", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.step();
            // The read's end overtakes: first the end, then the beginning, and it has seen what is there.
            let file = s.path(LIB);
            let input = json!({"file_path": file});
            let content = s.content(LIB);
            let lines = content.split('\n').count();
            let more = |response: bool| {
                let mut more = json!({"tool_name": "Read", "tool_input": input, "tool_use_id": "toolu_late"});
                if response {
                    more["tool_response"] = json!({"type": "text", "file": {"filePath": file, "content": content,
                        "numLines": lines, "startLine": 1, "totalLines": lines}});
                }
                more
            };
            a.hook("PostToolUse", more(true));
            a.hook("PreToolUse", more(false));
            a.edit(LIB, "11", "12");
            a.prompt("Go on.");
        }),
        ("the clock jumps ahead", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
            s.pass(9 * 24 * 60);
            a.prompt("And on.");
            a.shell("ls", "src\n", 0);
            a.start("resume");
            a.prompt("And on.");
        }),
        ("the clock jumps back", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
            for _ in 0..3 {
                a.shell(BUILD, &mismatched("src/main.rs"), 101);
            }
            a.told(At::After, REPEATED, BUILD);
            s.pass(-3 * 60);
            a.prompt("And on.");
            a.shell("ls", "src\n", 0);
            a.shell(BUILD, &mismatched("src/main.rs"), 101);
            a.prompt("And on.");
            s.pass(6 * 60);
            a.prompt("And on.");
        }),
        ("a jump back between failures", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.shell(BUILD, &mismatched(LIB), 101);
            s.pass(-60);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.shell(BUILD, &mismatched(LIB), 101);
            s.pass(120);
            a.shell("ls", "src\n", 0);
        }),
        ("old sessions are imported", |s| {
            let cwd = s.project.display().to_string();
            let mut old = Transcript::new("0ld00000-1111-4111-8111-111111111111", &cwd)
                .at(s.now() - 40 * 60_000)
                .prompt("Do it.");
            for _ in 0..5 {
                old = old.bash(BUILD, &format!("Exit code 101\n{}", mismatched(LIB)), true);
            }
            let path = s.home.write("elsewhere/0ld00000-1111-4111-8111-111111111111.jsonl", old.text());
            let a = s.claude();
            a.prompt("Look.");
            s.tma1(&["import", "--path", path.to_str().unwrap(), "--json"]);
            s.until("SELECT count(*) FROM sessions WHERE session_id LIKE '0ld%'");
            a.prompt("Go on.");
            a.shell("ls", "src\n", 0);
            a.stop();
            a.must_be_held(false);
        }),
        ("its own record is read after its hooks", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            let mut record = Transcript::new(&a.id, &s.project.display().to_string()).at(s.now()).prompt("Do it.");
            for number in 1..=2 {
                a.shell(BUILD, &mismatched(LIB), 101);
                let call = format!("toolu_{}_{number}", &a.id[..8]);
                record = record.begins(&call, "Bash", &json!({"command": BUILD, "description": "Run it"})).result(
                    &call,
                    &format!("Exit code 101\n{}", mismatched(LIB)),
                    true,
                    json!({"toolUseResult": "Error: Exit code 101"}),
                );
            }
            a.record(&record.text());
            s.until(
                &format!("SELECT count(*) >= 2 FROM messages WHERE session_id = '{}' AND role = 'user'", a.id)
                    .replace(">= 2", ">= 1"),
            );
            a.shell("ls", "src\n", 0);
            a.stop();
            a.must_be_held(false);
        }),
    ]
}
