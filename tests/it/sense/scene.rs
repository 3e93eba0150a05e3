//! A project, the sidecar that watches it, and those who work in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::agent::{Agent, Rest};
use super::person::Person;
use super::verdicts::{Expected, Row, Who};
use crate::support::{Home, Sidecar, eventually};

/// Written to find out whether a tree is watched, and that nothing more is to come.
pub const PROBE: &str = "probe.txt";

/// Far longer than anything takes.
const WITHIN: Duration = Duration::from_secs(40);
/// Between two looks at what is told: many stories are told at a time.
const LOOK_MS: u64 = 40;

const BIN: &[(&str, &str)] = &[
    // Formats every source, or tests until it is told to end.
    (
        "cargo",
        "case \"$1\" in\nfmt) for f in $(find . -name '*.rs'); do echo '// formatted' >> $f; done;;\n\
         *) while [ -d \"$HOME/bin\" ] && [ ! -e \"$HOME/over\" ]; do sleep 0.05; done;;\nesac",
    ),
    ("npm", "while [ -d \"$HOME/bin\" ] && [ ! -e \"$HOME/over\" ]; do sleep 0.05; done"),
    ("prettier", "shift; for f in \"$@\"; do echo '// pretty' >> $f; done"),
];

pub struct Scene {
    pub home: Home,
    pub project: PathBuf,
    pub sidecar: Option<Sidecar>,
    watched: Vec<PathBuf>,
    rest: Rest,
    pub expected: Vec<Expected>,
    pub level: &'static str,
}

impl Scene {
    pub fn new() -> Self {
        let home = Home::new();
        let project = home.path().canonicalize().unwrap().join("app");
        for (name, text) in [
            ("src/main.rs", "fn main() {}\n"),
            ("src/lib.rs", "pub mod deep;\n"),
            ("src/deep/mod.rs", "pub fn deep() {}\n"),
            ("README.md", "# app\n"),
            ("notes.txt", "first note\n"),
        ] {
            home.write(&format!("app/{name}"), text);
        }
        for (name, script) in BIN {
            home.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
            make_runnable(&home.path().join("bin").join(name));
        }
        // Not by the name of a shell, which would be passed over on the way to the agent.
        std::os::unix::fs::symlink("/bin/sh", home.path().join("bin/claude")).unwrap();
        let (watched, expected) = (Vec::new(), Vec::new());
        let scene = Self { home, project, sidecar: None, watched, rest: Rest::default(), expected, level: "preview" };
        scene.person().shell("git init -q -b main && git add . && git commit -q -m first");
        scene
    }

    pub fn person(&self) -> Person {
        Person { dir: self.project.clone(), home: self.home.path().to_owned() }
    }

    /// An agent that works in the project, once it is watched.
    pub fn session(&mut self, name: &'static str) -> Agent {
        let project = self.project.clone();
        self.session_in(name, &project)
    }

    pub fn session_in(&mut self, name: &'static str, cwd: &Path) -> Agent {
        self.serve();
        let mut agent = Agent::start(name, cwd, self.home.path(), &self.rest);
        agent.hook("SessionStart", json!({"source": "startup"}));
        let top = top_of(&cwd.canonicalize().unwrap());
        self.await_watched(&top);
        agent
    }

    pub fn serve(&mut self) {
        if self.sidecar.is_none() {
            let level = self.level;
            self.sidecar = Some(self.home.serve_with(|command| {
                command.env("TMA1_REDACTION", level);
            }));
            // Until it can store: hooks that come before are not heard at once.
            self.query("SELECT 1");
        }
    }

    /// Until a change is noticed there.
    pub fn await_watched(&mut self, top: &Path) {
        if self.watched.iter().any(|known| known == top) || self.level == "full" {
            return;
        }
        self.watched.push(top.to_owned());
        self.probe(top);
    }

    /// What happened in `top` before has been told after this.
    fn probe(&self, top: &Path) {
        let probe = top.join(PROBE);
        let told = |what: &str| {
            let sql = format!(
                "SELECT count(*) FROM external_changes WHERE project_root = '{}' AND path = '{PROBE}' AND change = '{what}'",
                top.display()
            );
            self.query(&sql)[0][0].as_i64().unwrap()
        };
        let (added, deleted) = (told("added") + told("modified"), told("deleted"));
        let mut next = Instant::now();
        let until = Instant::now() + WITHIN;
        while told("added") + told("modified") == added {
            assert!(Instant::now() < until, "nothing is noticed in {}", top.display());
            if Instant::now() >= next {
                next = Instant::now() + Duration::from_millis(300);
                std::fs::write(&probe, format!("{:?}", Instant::now())).unwrap();
            }
            pass(LOOK_MS);
        }
        std::fs::remove_file(&probe).unwrap();
        while told("deleted") == deleted {
            assert!(Instant::now() < until, "no deletion is noticed in {}", top.display());
            pass(LOOK_MS);
        }
    }

    pub fn probe_all(&self) {
        for top in &self.watched {
            self.probe(top);
        }
    }

    pub fn query(&self, sql: &str) -> Vec<Vec<serde_json::Value>> {
        let sidecar = self.sidecar.as_ref().expect("it runs");
        eventually(sql, || {
            let answer = sidecar.post("/api/query", json!({"sql": sql}).to_string().as_bytes()).json();
            serde_json::from_value(answer["rows"].clone()).ok()
        })
    }

    /// Waits until the last change of that file is told as somebody's.
    pub fn await_told(&self, path: &str, who: Who) {
        let until = Instant::now() + WITHIN;
        while Row::all(self).iter().rfind(|row| row.path == path).is_none_or(|row| row.who() != who.to_string()) {
            assert!(Instant::now() < until, "{path} is never told as {who}:\n{}", self.shown());
            pass(LOOK_MS);
        }
    }

    pub fn await_any(&self) {
        let until = Instant::now() + WITHIN;
        while Row::all(self).is_empty() {
            assert!(Instant::now() < until, "nothing is told");
            pass(LOOK_MS);
        }
    }

    /// What the last change of a path must be told as, and truly is.
    pub fn expect(&mut self, path: &str, who: Who) {
        self.expected.push(Expected::told(path, who));
    }

    /// It was `truth`, and nobody can tell.
    pub fn not_told(&mut self, path: &str, truth: Who) {
        self.expected.push(Expected { told: Who::Unsure, ..Expected::told(path, truth) });
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.project.join(path)
    }
}

/// Lets time go by: what happens next happens later.
pub fn pass(ms: u64) {
    let until = Instant::now() + Duration::from_millis(ms);
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

pub fn make_runnable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn top_of(dir: &Path) -> PathBuf {
    dir.ancestors().find(|dir| dir.join(".git").exists()).unwrap_or(dir).to_owned()
}

/// The same surroundings for whoever works there.
pub fn surround<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", format!("{}:{path}", home.join("bin").display()))
        .env("HOME", home)
        .env("TMA1_DATA_DIR", home.join("data"))
        .env("TMA1_AUTOSTART", "0")
        .env("TZ", "UTC")
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_EDITOR", "true")])
        .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "a@b.c")])
        .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "a@b.c")])
}
