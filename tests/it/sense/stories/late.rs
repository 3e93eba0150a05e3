//! What agents tell late, or only in their transcripts.

use serde_json::json;

use super::Told;
use crate::sense::Scene;
use crate::sense::scene::{now_ms, pass};
use crate::sense::verdicts::Who::{Agent, Command, Human};
use crate::support::Transcript;

/// Hooks find nobody, and what they tell waits in the spool.
fn unreachable(scene: &Scene, tell: impl FnOnce()) {
    let socket = &scene.sidecar.as_ref().unwrap().socket;
    let (aside, info) = (socket.with_extension("aside"), scene.home.data().join("server.json"));
    let kept = info.with_extension("aside");
    std::fs::rename(socket, &aside).unwrap();
    std::fs::rename(&info, &kept).unwrap();
    tell();
    std::fs::rename(aside, socket).unwrap();
    std::fs::rename(kept, info).unwrap();
}

/// Lines as the client appends them.
struct Record {
    path: std::path::PathBuf,
    transcript: Transcript,
}

impl Record {
    fn begin(scene: &mut Scene) -> Self {
        let transcript = Transcript::new("a", scene.project.to_str().unwrap()).at(now_ms() - 1000).prompt("go");
        let path = scene.home.write(".claude/projects/-app/a.jsonl", transcript.text());
        scene.serve();
        let project = scene.project.clone();
        scene.await_watched(&project);
        Self { path, transcript }
    }

    fn add(self, more: impl FnOnce(Transcript) -> Transcript) -> Self {
        let transcript = more(self.transcript.at(now_ms() - 1000));
        std::fs::write(&self.path, transcript.text()).unwrap();
        Self { path: self.path, transcript }
    }
}

pub const STORIES: &[Told] = &[
    ("hooks of an agent's edit come from the spool", |scene| {
        let mut a = scene.session("a");
        unreachable(scene, || a.edit("src/main.rs", "{}", "{ run() }"));
        scene.await_told("src/main.rs", Agent("a"));
        scene.expect("src/main.rs", Agent("a"));
    }),
    ("hooks of an agent's command come when its change has been called a person's", |scene| {
        let mut a = scene.session("a");
        let aside = scene.home.path().join("aside");
        a.data = Some(aside.clone());
        a.bash("sed -i s/first/second/ notes.txt");
        scene.await_told("notes.txt", Human);
        std::fs::rename(aside.join("spool/hooks.spool"), scene.home.data().join("spool/hooks.spool")).unwrap();
        scene.await_told("notes.txt", Command("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("the sidecar hangs while an agent works", |scene| {
        let mut a = scene.session("a");
        scene.sidecar.as_ref().unwrap().signal("-STOP");
        a.edit("src/main.rs", "{}", "{ run() }");
        a.bash("sed -i s/first/second/ notes.txt");
        scene.sidecar.as_ref().unwrap().signal("-CONT");
        scene.await_told("src/main.rs", Agent("a"));
        scene.await_told("notes.txt", Command("a"));
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("an agent without hooks edits and runs a command", |scene| {
        let mut record = Record::begin(scene);
        let main = scene.path("src/main.rs");
        let input = json!({"file_path": main, "old_string": "{}", "new_string": "{ run() }"});
        record = record.add(|t| t.begins("t1", "Edit", &input));
        std::fs::write(&main, "fn main() { run() }\n").unwrap();
        record = record.add(|t| {
            let outcome = json!({"filePath": main, "oldString": "{}", "newString": "{ run() }", "originalFile": "fn main() {}\n"});
            t.result("t1", "done", false, json!({"toolUseResult": outcome}))
        });
        record = record.add(|t| t.begins("t2", "Bash", &json!({"command": "sed -i s/first/second/ notes.txt"})));
        scene.person().shell("sed -i s/first/second/ notes.txt");
        record.add(|t| {
            t.result("t2", "", false, json!({"toolUseResult": {"stdout": "", "stderr": "", "interrupted": false}}))
        });
        scene.expect("src/main.rs", Agent("a"));
        scene.expect("notes.txt", Command("a"));
    }),
    ("a person edits beside an agent without hooks", |scene| {
        let record = Record::begin(scene);
        record.add(|t| t.answer("I think."));
        pass(500);
        scene.person().write("src/main.rs", "fn main() { mine() }\n");
        scene.expect("src/main.rs", Human);
    }),
];
