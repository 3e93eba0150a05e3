//! What other sessions do to files that a session works with.

use super::super::Story;
use super::super::record::At;
use super::{LIB, PARSE, Telling, of};

const KIND: &str = "peer_modified_file";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

fn told() -> Vec<Telling> {
    vec![
        ("a file that it has read, at the next prompt", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.prompt("Change it.");
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
            a.prompt("And on.");
        }),
        ("a file that it has read, before its next call", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.shell("ls src", "deep\nlib.rs\nmain.rs\nparse.rs\n", 0);
            a.told_as(At::Call, KIND, "medium", LIB);
            a.shell("ls", "Cargo.toml\nREADME.md\nsrc\n", 0);
        }),
        ("both are at it", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            b.read(LIB);
            b.edit(LIB, "    2", "    3");
            a.shell("ls src", "deep\nlib.rs\nmain.rs\nparse.rs\n", 0);
            a.told_as(At::Call, KIND, "high", LIB);
            a.prompt("Go on.");
        }),
        ("another session's command", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.runs("sed -i 's/    1/    2/' src/lib.rs");
            s.until_whose(LIB, "command");
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
        }),
        ("the other one has ended", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            b.end("other");
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
        }),
        ("another session's command removed it", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(PARSE);
            b.runs("rm src/parse.rs");
            s.until_whose(PARSE, "command");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, PARSE);
        }),
        ("once more when it was read and changed again", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            a.read(LIB);
            s.pass(2);
            b.edit(LIB, "    2", "    3");
            a.prompt("And on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("both were at it, long ago", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            b.read(LIB);
            b.edit(LIB, "    2", "    3");
            s.pass(20);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
        }),
        ("two files of another session in one note", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            a.read(PARSE);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            b.read(PARSE);
            b.edit(PARSE, "len()", "len() + 1");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            a.told(At::Prompt, KIND, PARSE);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("its own sub-agent", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.as_subagent(|a| {
                a.read(LIB);
                a.edit(LIB, "    1", "    2");
            });
            s.pass(1);
            a.prompt("Go on.");
        }),
        ("in another checkout", |s| {
            s.sh("git worktree add -q ../other");
            let other = s.home.path().canonicalize().unwrap().join("other");
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            let b = s.idle_in(super::super::session::Client::Claude, &other);
            b.start("startup");
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            s.pass(1);
            a.prompt("Go on.");
        }),
        ("a file that it never saw", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(PARSE);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.prompt("Go on.");
        }),
        ("read again since", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.read(LIB);
            a.prompt("Go on.");
        }),
        ("put back", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            s.pass(1);
            b.edit(LIB, "    2", "    1");
            s.pass(1);
            a.prompt("Go on.");
        }),
        ("the other one only reads", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            b.read(LIB);
            b.runs("grep -n one src/lib.rs");
            a.prompt("Go on.");
        }),
        ("the other one's edit was refused", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            a.read(LIB);
            b.read(LIB);
            b.edit_fails(LIB, "    9", "String to replace not found in file.\nString:     9");
            a.prompt("Go on.");
        }),
        ("changed before it was read", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Look.");
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            s.pass(1);
            a.read(LIB);
            a.prompt("Go on.");
        }),
        ("the other one commits what is there", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            b.runs("git commit -qam two");
            s.settle();
            a.prompt("Go on.");
        }),
    ]
}
