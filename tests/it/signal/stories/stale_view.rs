//! Edits on top of what was not seen, and edits of what is known.

use super::super::Story;
use super::super::record::At;
use super::{LIB, PARSE, THEIRS, Telling, of};

const KIND: &str = "stale_file_view";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

fn told() -> Vec<Telling> {
    vec![
        ("a person changed what it has read", |s| {
            let a = s.claude();
            a.prompt("Make it two.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told_as(At::Before, KIND, "high", LIB);
            a.edit(LIB, "12", "13");
        }),
        ("a person changed what it has written", |s| {
            let a = s.claude();
            a.prompt("Make it two.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(2);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told(At::Before, KIND, LIB);
        }),
        ("a person removed what it has read", |s| {
            let a = s.claude();
            a.prompt("Write the parser.");
            a.read(PARSE);
            s.person_removes(PARSE);
            a.write(PARSE, "pub fn parse() {}\n");
            a.told(At::Before, KIND, PARSE);
        }),
        ("another session's edit", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.read(LIB);
            b.read(LIB);
            b.edit(LIB, "    1", "    2");
            a.edit(LIB, "    2", "    3");
            a.told(At::Before, KIND, LIB);
        }),
        ("another session's command", |s| {
            let (a, b) = (s.claude(), s.claude());
            a.read(LIB);
            b.runs("sed -i 's/    1/    2/' src/lib.rs");
            s.until_whose(LIB, "command");
            a.edit(LIB, "    2", "    3");
            a.told(At::Before, KIND, LIB);
        }),
        ("an ignored file", |s| {
            let a = s.claude();
            a.read("local.env");
            s.person_writes("local.env", "KEY=2\n");
            a.edit("local.env", "KEY=2", "KEY=3");
            a.told(At::Before, KIND, "local.env");
        }),
        ("a part of it was read", |s| {
            let a = s.claude();
            a.read_part(LIB, 3, 2);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told(At::Before, KIND, LIB);
        }),
        ("the client refuses the edit, then it reads", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit_fails(LIB, "    1\n", "File has been modified since read, either by the user or by a linter.");
            a.told(At::Before, KIND, LIB);
            a.read(LIB);
            a.edit(LIB, "11", "12");
        }),
        ("a second time after it was read again", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
            a.told(At::Before, KIND, LIB);
            a.read(LIB);
            s.pass(2);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "13");
            a.told(At::Before, KIND, LIB);
        }),
        ("told of it at a prompt, it edits all the same", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, "human_modified_during_session", LIB);
            a.edit(LIB, "11", "12");
            a.told(At::Before, KIND, LIB);
        }),
        ("a person saved it a moment ago", |s| {
            let a = s.claude();
            a.read(LIB);
            let known = s.noticed(LIB);
            s.writes(LIB, THEIRS);
            s.until(&format!("SELECT count(*) > {known} FROM external_changes WHERE path = '{LIB}'"));
            a.edit(LIB, "11", "12");
            a.told(At::Before, KIND, LIB);
        }),
        ("a person's checkout changed it", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person(LIB, || {
                s.sh("sed -i 's/    1/    5/' src/lib.rs && git commit -qam five && git checkout -q -b work HEAD");
            });
            a.edit(LIB, "    5", "    6");
            a.told(At::Before, KIND, LIB);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("its own edits", |s| {
            let a = s.claude();
            a.read(LIB);
            for (old, new) in [("    1", "    2"), ("    2", "    3"), ("    3", "    4")] {
                a.edit(LIB, old, new);
            }
            s.settle();
            a.edit(LIB, "    4", "    5");
        }),
        ("touched and saved as it was", |s| {
            let a = s.claude();
            a.read(LIB);
            s.sh("touch src/lib.rs");
            s.writes(LIB, &s.content(LIB));
            s.settle();
            a.edit(LIB, "    1", "    2");
        }),
        ("read again since", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
            a.edit(LIB, "11", "12");
        }),
        ("read again by its shell", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.runs("cat src/lib.rs");
            a.edit(LIB, "11", "12");
        }),
        ("never seen by this session", |s| {
            let a = s.claude();
            a.read(PARSE);
            s.person_writes(LIB, THEIRS);
            a.edit(LIB, "11", "12");
        }),
        ("put back", |s| {
            let a = s.claude();
            a.read(LIB);
            let was = s.content(LIB);
            s.person_writes(LIB, THEIRS);
            s.pass(1);
            s.person_writes(LIB, &was);
            a.edit(LIB, "    1", "    2");
        }),
        ("in another worktree", |s| {
            s.sh("git worktree add -q ../other");
            let a = s.claude();
            a.read(LIB);
            let other = s.home.path().canonicalize().unwrap().join("other");
            s.watch(&other);
            std::fs::write(other.join(LIB), THEIRS).unwrap();
            s.until_whose(LIB, "human");
            a.edit(LIB, "    1", "    2");
        }),
        ("its own command changed it", |s| {
            let a = s.claude();
            a.read(LIB);
            a.runs("sed -i 's/    1/    2/' src/lib.rs");
            s.until_whose(LIB, "command");
            a.edit(LIB, "    2", "    3");
        }),
        ("changed before it was read", |s| {
            let a = s.claude();
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
            a.edit(LIB, "11", "12");
        }),
        ("its sub-agent edited it", |s| {
            let a = s.claude();
            a.read(LIB);
            a.as_subagent(|a| {
                a.read(LIB);
                a.edit(LIB, "    1", "    2");
            });
            a.edit(LIB, "    2", "    3");
        }),
        ("it is about to read it", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
        }),
        ("a person changed another file", |s| {
            let a = s.claude();
            a.read(LIB);
            s.person_writes(PARSE, "pub fn parse() {}\n");
            a.edit(LIB, "    1", "    2");
        }),
        ("its own checkout put it back", |s| {
            let a = s.claude();
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            a.runs("git checkout src/lib.rs");
            s.settle();
            a.edit(LIB, "    1", "    3");
        }),
    ]
}
