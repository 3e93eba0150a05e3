//! How often, how much at once, and to whom.

use serde_json::json;

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::{LIB, PARSE, THEIRS, Telling, of};

const BROKEN: &str = "build_broken_after_my_edit";
const REPEATED: &str = "repeated_failed_build";
const STALE: &str = "stale_file_view";
const HUMAN: &str = "human_modified_during_session";
const PEER: &str = "peer_modified_file";
const BUILD: &str = "cargo build";

pub fn all() -> Vec<Story> {
    let mut all = of("general", once());
    all.extend(of("general", caps()));
    all.extend(of("general", to_whom()));
    all
}

fn once() -> Vec<Telling> {
    vec![
        ("told before an edit, it is not told at the next prompt", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told(At::Before, STALE, LIB);
            a.prompt("Go on.");
            a.hears_not(&["stale", "after you last saw it"]);
        }),
        ("what has cleared is said once", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.prompt("Go on.");
            a.told(At::Prompt, BROKEN, LIB);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.prompt("And on.");
            a.hears(&["cleared: ", BUILD]);
            a.prompt("And on.");
            a.hears_nothing();
        }),
        ("what was never told is not said to have cleared", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.prompt("Go on.");
            a.hears_not(&["cleared"]);
        }),
        ("what was put back after it was told is said once", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            let was = s.content(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
            s.pass(1);
            s.person_writes(LIB, &was);
            a.prompt("And on.");
            a.hears(&["cleared: ", LIB]);
            a.prompt("And on.");
            a.hears_not(&["cleared"]);
        }),
        ("room in the context again is said once", |s| {
            let a = s.claude();
            a.prompt("Go.");
            a.answered("claude-sonnet-4-5", (1_000, 150_000, 5_000), 300, false);
            a.prompt("Go on.");
            a.told(At::Prompt, "context_pressure", "200k");
            a.answered("claude-sonnet-4-5", (1_000, 40_000, 5_000), 300, false);
            a.prompt("And on.");
            a.hears(&["cleared: "]);
            a.prompt("And on.");
            a.hears_not(&["cleared"]);
        }),
        ("nothing new is nothing said", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.prompt("Go on.");
            a.hears_nothing();
            a.stop();
            a.hears_nothing();
        }),
        ("two edit one file within minutes: both are told, once", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Do it.");
            b.prompt("Do it.");
            a.read(LIB);
            b.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            b.edit(LIB, "    2", "    3");
            b.told_as(At::Before, STALE, "high", LIB);
            s.pass(1);
            a.prompt("Go on.");
            a.told_as(At::Prompt, PEER, "high", LIB);
            b.prompt("Go on.");
            a.prompt("And on.");
            b.shell("ls", "src\n", 0);
            a.shell("ls", "src\n", 0);
        }),
        ("two write one file without a look: both are told, once", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Do it.");
            b.prompt("Do it.");
            a.write("src/both.rs", "// a\n");
            s.pass(1);
            b.write("src/both.rs", "// b\n");
            b.told_as(At::Call, PEER, "high", "src/both.rs");
            s.pass(1);
            a.prompt("Go on.");
            a.told_as(At::Prompt, PEER, "high", "src/both.rs");
            b.prompt("Go on.");
            a.prompt("And on.");
            b.prompt("And on.");
        }),
    ]
}

fn caps() -> Vec<Telling> {
    vec![
        ("three notes at a prompt, the fourth at the next", |s| {
            s.settings(&json!({"budgets": {"session_usd": 1}}));
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Do it.");
            a.read(LIB);
            a.read(PARSE);
            a.read("README.md");
            a.edit(LIB, "    1", "    2");
            a.shell(BUILD, &mismatched(LIB), 101);
            b.runs("sed -i 's/len/lan/' src/parse.rs");
            s.until_whose(PARSE, "command");
            s.pass(1);
            s.person_adds("README.md", "More.\n");
            a.answered("claude-sonnet-4-5", (1_000, 160_000, 10_000), 80_000, false);
            a.prompt("Go on.");
            a.told_some(At::Prompt, 3);
            a.prompt("And on.");
            a.told_some(At::Prompt, 2);
            a.prompt("And on.");
        }),
        ("one note at a call, the other where it fits next", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Do it.");
            a.read(PARSE);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            let open = a.step().begin("Bash", a.command(BUILD));
            b.runs("sed -i 's/len/lan/' src/parse.rs");
            s.until_whose(PARSE, "command");
            a.ends(&open, &mismatched(LIB), 101);
            a.told(At::After, REPEATED, BUILD);
            a.shell("ls", "src\n", 0);
            a.told(At::Call, PEER, PARSE);
            a.shell("ls src", "lib.rs\n", 0);
        }),
        ("five of a kind a day are told, the sixth is muted", |s| {
            s.at_noon();
            let a = s.claude();
            a.prompt("Look.");
            for number in 0..6 {
                let path = format!("src/n{number}.rs");
                a.write(&path, "// one\n");
                a.edit(&path, "one", "two");
                a.edit(&path, "two", "one");
                a.edit(&path, "one", "two");
                if number < 5 {
                    a.told(At::After, "edit_thrash", &path);
                }
            }
            a.prompt("Go on.");
            let status: serde_json::Value = serde_json::from_str(&s.tma1(&["status", "--json"])).unwrap();
            let muted = status.to_string();
            if !muted.contains("edit_thrash") {
                s.record.borrow_mut().odd(format!("the status does not say that edit_thrash is muted: {muted}"));
            }
            s.pass(24 * 60);
            a.write("src/n9.rs", "// one\n");
            a.edit("src/n9.rs", "one", "two");
            a.edit("src/n9.rs", "two", "one");
            a.edit("src/n9.rs", "one", "two");
            a.told(At::After, "edit_thrash", "src/n9.rs");
        }),
        ("what is high is told the sixth time as well", |s| {
            s.at_noon();
            let a = s.claude();
            a.prompt("Do it.");
            for number in 0..7 {
                let command = format!("cargo build -p p{number}");
                for _ in 0..3 {
                    a.shell(&command, &mismatched(LIB), 101);
                }
                a.told(At::After, REPEATED, &command);
            }
        }),
        ("a kind that nobody follows is muted", |s| {
            s.at_noon();
            let a = s.claude();
            for number in 0..24 {
                let path = format!("src/n{number}.txt");
                s.home.write(&format!("app/{path}"), format!("number {number}\n"));
                s.disturb();
                s.settle();
                for _ in 0..4 {
                    a.read(&path);
                }
                if number < 20 {
                    a.told(At::After, "repeated_tool_call", &path);
                }
                for _ in 0..6 {
                    a.read(&path);
                }
                if number % 5 == 4 {
                    s.pass(24 * 60);
                }
            }
        }),
        ("another project has a count of its own", |s| {
            s.at_noon();
            let thrash = |a: &super::super::session::Session, path: &str| {
                a.write(path, "// one\n");
                a.edit(path, "one", "two");
                a.edit(path, "two", "one");
                a.edit(path, "one", "two");
            };
            let a = s.claude();
            for number in 0..5 {
                let path = format!("src/n{number}.rs");
                thrash(&a, &path);
                a.told(At::After, "edit_thrash", &path);
            }
            s.sh("mkdir -p ../site && cd ../site && git init -q");
            let site = s.home.path().canonicalize().unwrap().join("site");
            let b = s.idle_in(super::super::session::Client::Claude, &site);
            b.start("startup");
            thrash(&b, "page.rs");
            b.told(At::After, "edit_thrash", "page.rs");
        }),
    ]
}

fn to_whom() -> Vec<Telling> {
    vec![
        ("a sub-agent is told nothing, its session is", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.as_subagent(|a| {
                a.hook("UserPromptSubmit", json!({"prompt": "Look at it."}));
                a.shell("ls src", "lib.rs\n", 0);
                a.edit(LIB, "11", "12");
                a.stop();
            });
            // It hears of it where it can: the sub-agent has edited on top of what nobody saw.
            a.told(At::After, STALE, LIB);
        }),
        ("a task that has ended is no prompt", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.notified();
            a.hears_nothing();
            a.prompt("Go on.");
            a.told(At::Prompt, HUMAN, LIB);
        }),
        ("injection is disabled", |s| {
            s.env("TMA1_DISABLE_INJECTION", "1");
            let a = s.claude();
            a.hears_nothing();
            a.prompt("Look.");
            a.hears_nothing();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.stop();
            a.must_be_held(false);
            a.hears_nothing();
            a.prompt("Go on.");
            a.hears_nothing();
            let kept = s.count(&format!("SELECT count(*) FROM events WHERE session_id = '{}'", a.id));
            if kept < 12 {
                s.record.borrow_mut().odd(format!("only {kept} events are kept"));
            }
        }),
    ]
}
