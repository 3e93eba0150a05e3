//! The same call again and again with the same answer.

use serde_json::json;

use super::super::Story;
use super::super::outputs::mismatched;
use super::super::record::At;
use super::{LIB, THEIRS, Telling, of};

const KIND: &str = "repeated_tool_call";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

const STATUS: &str = "On branch main\nnothing to commit, working tree clean\n";

fn told() -> Vec<Telling> {
    vec![
        ("a file is read four times", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.read(LIB);
            }
            a.told_as(At::After, KIND, "medium", LIB);
            a.read(LIB);
            a.read(LIB);
        }),
        ("a search", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.grep("one\\(", &["src/lib.rs", "src/main.rs"]);
            }
            a.told(At::After, KIND, "Grep");
        }),
        ("a look at git", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.shell("git status", STATUS, 0);
            }
            a.told(At::After, KIND, "git status");
        }),
        ("a command that fails alike", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.shell("ls nowhere", "ls: cannot access 'nowhere': No such file or directory\n", 2);
            }
            a.told(At::After, KIND, "ls");
        }),
        ("an edit that does not fit", |s| {
            let a = s.claude();
            a.read(LIB);
            for _ in 0..4 {
                a.edit_fails(LIB, "    9", "String to replace not found in file.\nString:     9");
            }
            a.told(At::After, KIND, LIB);
        }),
        ("a question to a server", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.server_tool("mcp__docs__search_pages", json!({"query": "serde"}), "{\"pages\":[]}");
            }
            a.told(At::After, KIND, "mcp__docs__search_pages");
        }),
        ("after other calls", |s| {
            let a = s.claude();
            a.shell("ls", "Cargo.toml\n", 0);
            a.read("README.md");
            for _ in 0..4 {
                a.read(LIB);
                s.pass(2);
            }
            a.told(At::After, KIND, LIB);
            a.shell("ls", "Cargo.toml\n", 0);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("three times", |s| {
            let a = s.claude();
            for _ in 0..3 {
                a.read(LIB);
            }
        }),
        ("the file was changed in between", |s| {
            let a = s.claude();
            a.read(LIB);
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
            a.read(LIB);
        }),
        ("another file was changed in between", |s| {
            let a = s.claude();
            a.shell("git status", STATUS, 0);
            a.shell("git status", STATUS, 0);
            s.person_writes("src/extra.rs", "pub fn extra() {}\n");
            a.shell("git status", STATUS, 0);
            a.shell("git status", STATUS, 0);
        }),
        ("it looks after what goes on beside", |s| {
            let a = s.claude();
            a.background("cargo build --release");
            for _ in 0..5 {
                a.shell("ls target/release", "build\ndeps\n", 0);
            }
        }),
        ("builds have a rule of their own", |s| {
            let a = s.claude();
            for number in 0..5 {
                a.shell("cargo build", &mismatched(LIB), 101);
                if number == 2 {
                    a.told(At::After, "repeated_failed_build", "cargo build");
                }
            }
        }),
        ("another question each time", |s| {
            let a = s.claude();
            for from in 1..6 {
                a.read_part(LIB, from, 1);
            }
        }),
        ("another answer each time", |s| {
            let a = s.claude();
            for number in 0..5 {
                a.shell("git log --oneline", &format!("{number}abcdef first\n"), 0);
            }
        }),
        ("something else in between", |s| {
            let a = s.claude();
            for _ in 0..4 {
                a.read(LIB);
                a.read("README.md");
            }
        }),
        ("spread over an hour", |s| {
            let a = s.claude();
            for _ in 0..5 {
                a.read(LIB);
                s.pass(10);
            }
        }),
        ("its sub-agent's calls", |s| {
            let a = s.claude();
            a.read(LIB);
            a.read(LIB);
            a.as_subagent(|a| {
                a.read(LIB);
                a.read(LIB);
            });
        }),
        ("it waits for a server", |s| {
            let a = s.claude();
            for _ in 0..5 {
                a.shell("curl -s http://127.0.0.1:8080/health", "starting\n", 0);
            }
            for _ in 0..5 {
                a.shell("sleep 5 && cat server.log", "starting\n", 0);
            }
        }),
        ("not allowed", |s| {
            let a = s.claude();
            for _ in 0..5 {
                a.denied("git push");
            }
        }),
    ]
}
