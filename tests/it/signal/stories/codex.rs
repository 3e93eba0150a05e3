//! The same with Codex, as far as its hooks allow.

use super::super::Story;
use super::super::outputs::{self, mismatched};
use super::super::record::At;
use super::{LIB, PARSE, THEIRS, Telling, of};

const BUILD: &str = "cargo build";

pub fn all() -> Vec<Story> {
    [
        of("stale_file_view", stale()),
        of("human_modified_during_session", human()),
        of("peer_modified_file", peer()),
        of("build_broken_after_my_edit", broken()),
        of("repeated_failed_build", repeated()),
        of("test_stuck", stuck()),
        of("edit_thrash", thrash()),
        of("context_pressure", pressure()),
        of("general", block()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn stale() -> Vec<Telling> {
    vec![
        ("Codex: a person changed what it has read", |s| {
            let a = s.codex();
            a.prompt("Make it two.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told_as(At::Before, "stale_file_view", "high", LIB);
            a.edit(LIB, "12", "13");
        }),
        ("Codex: its own patches", |s| {
            let a = s.codex();
            a.prompt("Make it two.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.edit(LIB, "    2", "    3");
            a.write("src/new.rs", "pub fn new() {}\n");
            s.settle();
            a.edit("src/new.rs", "new", "newer");
            a.prompt("Go on.");
        }),
        ("Codex: read again since", |s| {
            let a = s.codex();
            a.prompt("Make it two.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
            a.edit(LIB, "11", "12");
        }),
    ]
}

fn human() -> Vec<Telling> {
    vec![("Codex: a person changed what it has patched, told at the prompt", |s| {
        let a = s.codex();
        a.prompt("Make it two.");
        a.read(PARSE);
        a.edit(PARSE, "len()", "len() + 1");
        s.pass(2);
        s.person_adds(PARSE, "// more\n");
        a.prompt("Go on.");
        a.told(At::Prompt, "human_modified_during_session", PARSE);
    })]
}

fn peer() -> Vec<Telling> {
    vec![("Codex and Claude Code at one file", |s| {
        let (a, b) = (s.claude(), s.codex());
        a.prompt("Do it.");
        b.prompt("Do it.");
        a.read(LIB);
        b.read(LIB);
        a.edit(LIB, "    1", "    2");
        s.pass(1);
        b.edit(LIB, "    2", "    3");
        b.told_as(At::Before, "stale_file_view", "high", LIB);
        s.pass(1);
        a.prompt("Go on.");
        a.told_as(At::Prompt, "peer_modified_file", "high", LIB);
        b.prompt("Go on.");
    })]
}

fn broken() -> Vec<Telling> {
    vec![("Codex: a build that it broke", |s| {
        let a = s.codex();
        a.prompt("Do it.");
        a.read(LIB);
        a.edit(LIB, "    1", "    2");
        a.shell(BUILD, &mismatched(LIB), 101);
        a.prompt("Go on.");
        a.told_as(At::Prompt, "build_broken_after_my_edit", "medium", LIB);
        a.shell(BUILD, outputs::CARGO_OK, 0);
        a.prompt("And on.");
        a.hears(&["cleared: ", BUILD]);
    })]
}

fn repeated() -> Vec<Telling> {
    vec![
        ("Codex: three times in a row, held when it stops", |s| {
            let a = s.codex();
            a.prompt("Do it.");
            for _ in 0..3 {
                a.shell(BUILD, &mismatched(LIB), 101);
            }
            a.told_as(At::After, "repeated_failed_build", "high", BUILD);
            a.stop();
            a.told(At::Stop, "repeated_failed_build", BUILD);
            a.must_be_held(true);
            a.stop_again();
            a.must_be_held(false);
        }),
        ("Codex: the exit code comes late", |s| {
            let a = s.codex();
            a.prompt("Do it.");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.fails_late(BUILD, &mismatched(LIB), 101);
            a.shell("ls src", "lib.rs\n", 0);
            a.told(At::Call, "repeated_failed_build", BUILD);
        }),
        ("Codex: failures, and a success in between", |s| {
            let a = s.codex();
            a.prompt("Do it.");
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell(BUILD, outputs::CARGO_OK, 0);
            a.shell(BUILD, &mismatched(LIB), 101);
            a.shell("grep -rn absent src", "", 1);
        }),
    ]
}

fn stuck() -> Vec<Telling> {
    vec![("Codex: a test that stays red", |s| {
        let a = s.codex();
        a.prompt("Do it.");
        a.read(PARSE);
        for (old, new) in [("len()", "len() + 10"), ("+ 10", "+ 20"), ("+ 20", "+ 30")] {
            a.edit(PARSE, old, new);
            a.shell("cargo test", &outputs::cargo_test(&["tests::one"]), 101);
        }
        a.told(At::After, "test_stuck", "tests::one");
    })]
}

fn thrash() -> Vec<Telling> {
    vec![("Codex: a patch that goes in circles", |s| {
        let a = s.codex();
        a.prompt("Do it.");
        a.read(LIB);
        a.edit(LIB, "    1", "    2");
        s.settle();
        a.edit(LIB, "    2", "    1");
        s.settle();
        a.edit(LIB, "    1", "    2");
        a.told(At::After, "edit_thrash", LIB);
    })]
}

fn pressure() -> Vec<Telling> {
    vec![("Codex: the context fills", |s| {
        let a = s.codex();
        a.prompt("Go.");
        a.counted(200_000, 150_000, 258_400);
        a.prompt("Go on.");
        a.told_as(At::Prompt, "context_pressure", "medium", "258k");
    })]
}

fn block() -> Vec<Telling> {
    vec![
        ("Codex: a first session, compacted", |s| {
            let a = s.codex();
            a.hears(&["project: app"]);
            a.prompt("Look.");
            a.hears_nothing();
            s.pass(1);
            a.compact();
            a.hears(&["project: app"]);
            a.prompt("Go on.");
        }),
        ("Codex follows Claude Code", |s| {
            let a = s.claude();
            a.prompt("Make it two, please.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.end("prompt_input_exit");
            s.pass(30);
            let b = s.codex();
            b.hears(&["last here: ", "claude_code", "Make it two, please."]);
        }),
        ("Codex: a sub-agent is told nothing", |s| {
            let a = s.codex();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.as_subagent(|a| {
                a.shell("ls src", "lib.rs\n", 0);
                a.stop();
            });
        }),
    ]
}
