//! What people do to files that a session has seen.

use super::super::Story;
use super::super::record::At;
use super::{LIB, PARSE, THEIRS, Telling, of};

const KIND: &str = "human_modified_during_session";

pub fn all() -> Vec<Story> {
    let mut all = of(KIND, told());
    all.extend(of(KIND, silence()));
    all
}

fn told() -> Vec<Telling> {
    vec![
        ("a file that it has read", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told_as(At::Prompt, KIND, "medium", LIB);
            a.prompt("And on.");
            a.prompt("And on.");
        }),
        ("two files in one note", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.read(PARSE);
            s.person_writes(LIB, THEIRS);
            s.person_adds(PARSE, "// more\n");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            a.told(At::Prompt, KIND, PARSE);
        }),
        ("only what came since", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.read(PARSE);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            s.person_adds(PARSE, "// more\n");
            a.prompt("And on.");
            a.told(At::Prompt, KIND, PARSE);
        }),
        ("a file that it has written", |s| {
            let a = s.claude();
            a.prompt("Write it.");
            a.write("src/new.rs", "pub fn new() {}\n");
            s.pass(2);
            s.person_writes("src/new.rs", "pub fn newer() {}\n");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, "src/new.rs");
        }),
        ("a file that is gone", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(PARSE);
            s.person_removes(PARSE);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, PARSE);
        }),
        ("a file that is called otherwise now", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(PARSE);
            s.person("src/words.rs", || drop(s.sh("mv src/parse.rs src/words.rs")));
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, PARSE);
        }),
        ("once more when it was read and changed again", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
            a.read(LIB);
            s.pass(2);
            s.person_adds(LIB, "// more\n");
            a.prompt("And on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("while the session was over", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.end("other");
            s.pass(10);
            s.person_writes(LIB, THEIRS);
            a.start("resume");
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("a person's formatter", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person(LIB, || drop(s.sh("for f in src/*.rs; do echo '// formatted' >> $f; done")));
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
        ("saved as an editor saves", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person(LIB, || {
                std::fs::write(s.path("src/lib.rs.tmp.1"), THEIRS).unwrap();
                std::fs::rename(s.path("src/lib.rs.tmp.1"), s.path(LIB)).unwrap();
            });
            a.prompt("Go on.");
            a.told(At::Prompt, KIND, LIB);
        }),
    ]
}

fn silence() -> Vec<Telling> {
    vec![
        ("a file that it never saw", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_adds(PARSE, "// more\n");
            a.prompt("Go on.");
        }),
        ("its own formatter", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.runs("for f in src/*.rs; do echo '// formatted' >> $f; done");
            s.until_whose(LIB, "command");
            a.prompt("Go on.");
        }),
        ("an ignored file", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read("local.env");
            s.person_writes("local.env", "KEY=2\n");
            a.prompt("Go on.");
        }),
        ("put back before anybody asked", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            let was = s.content(LIB);
            s.person_writes(LIB, THEIRS);
            s.pass(1);
            s.person_writes(LIB, &was);
            a.prompt("Go on.");
        }),
        ("read again before anybody asked", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.person_writes(LIB, THEIRS);
            a.read(LIB);
            a.prompt("Go on.");
        }),
        ("touched", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.sh("touch src/lib.rs");
            s.settle();
            a.prompt("Go on.");
        }),
        ("its own edits", |s| {
            let a = s.claude();
            a.prompt("Do it.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            a.write("src/new.rs", "pub fn new() {}\n");
            s.pass(1);
            a.prompt("Go on.");
        }),
        ("in another worktree", |s| {
            s.sh("git worktree add -q ../other");
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            let other = s.home.path().canonicalize().unwrap().join("other");
            s.watch(&other);
            std::fs::write(other.join(LIB), THEIRS).unwrap();
            s.until_whose(LIB, "human");
            a.prompt("Go on.");
        }),
        ("its own script", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            s.home.write("app/gen.sh", "echo '// made' >> src/lib.rs\n");
            s.settle();
            a.runs("sh gen.sh");
            s.settle();
            a.prompt("Go on.");
        }),
        ("its own checkout", |s| {
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.edit(LIB, "    1", "    2");
            s.pass(1);
            a.runs("git stash -q && git stash pop -q");
            s.settle();
            a.prompt("Go on.");
        }),
        ("before the session began", |s| {
            s.back();
            s.person_writes(LIB, THEIRS);
            s.pass(1);
            let a = s.claude();
            a.prompt("Look.");
            a.read(LIB);
            a.prompt("Go on.");
        }),
    ]
}
