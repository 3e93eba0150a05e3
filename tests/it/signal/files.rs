//! People at work on files, and the sensor that notices it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::agent::Process;
use super::scene::{WITHIN, World, rest};

/// Written to find out whether a tree is watched, and that nothing more is to come.
const PROBE: &str = "probe.txt";

impl World {
    // A person at work.

    pub fn path(&self, path: &str) -> PathBuf {
        self.project.join(path)
    }

    pub fn content(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// A person saves a file; told as theirs when this is over.
    pub fn person_writes(&self, path: &str, content: &str) {
        self.person(path, || fs::write(self.path(path), content).unwrap());
    }

    pub fn person_adds(&self, path: &str, more: &str) {
        let content = self.content(path) + more;
        self.person_writes(path, &content);
    }

    pub fn person_removes(&self, path: &str) {
        self.person(path, || fs::remove_file(self.path(path)).unwrap());
    }

    /// Something a person does that is noticed as a change of `path`.
    pub fn person(&self, path: &str, act: impl FnOnce()) {
        let known = self.noticed(path);
        // Nobody saves a file in the very moment of an agent's look.
        rest();
        act();
        self.disturb();
        self.until(&format!("SELECT count(*) > {known} FROM external_changes WHERE path = '{path}'"));
        self.until_whose(path, "human");
    }

    /// As clients write files: at no moment there is a half of it.
    pub fn put(&self, path: &Path, content: &str) {
        let beside = self.home.path().join("being-written");
        fs::write(&beside, content).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::rename(beside, path).unwrap();
        self.disturb();
    }

    /// Written by somebody, and not waited for.
    pub fn writes(&self, path: &str, content: &str) {
        rest();
        fs::write(self.path(path), content).unwrap();
        self.disturb();
    }

    pub fn noticed(&self, path: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM external_changes WHERE path = '{path}'"))
    }

    /// Until the newest change of that file is told as that one's.
    pub fn until_whose(&self, path: &str, whose: &str) {
        self.until(&format!(
            "SELECT coalesce((SELECT attribution = '{whose}' FROM external_changes WHERE path = '{path}' \
             ORDER BY ts_ms DESC LIMIT 1), 0)"
        ));
    }

    pub fn sh(&self, command: &str) -> String {
        let mut shell = Command::new("/bin/sh");
        let ran = self.surround(&mut shell).arg("-c").arg(command).current_dir(&self.project).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        self.disturb();
        String::from_utf8(ran.stdout).unwrap()
    }

    // The file sensor.

    pub fn disturb(&self) {
        self.restless.set(true);
    }

    /// Until all that was done to files has been noticed.
    pub fn settle(&self) {
        if self.restless.get() && self.is_served() {
            for top in self.watched.borrow().clone() {
                self.probe(&top);
            }
            self.restless.set(false);
        }
    }

    /// Until a change there would be noticed.
    pub fn watch(&self, cwd: &Path) {
        let is_top = |dir: &&Path| dir.join(".git").exists();
        let top = cwd.ancestors().find(is_top).unwrap_or(cwd).to_owned();
        if self.watched.borrow().contains(&top) {
            return;
        }
        self.watched.borrow_mut().push(top.clone());
        self.scouted.set(0);
        self.probe(&top);
        self.restless.set(false);
    }

    /// An agent that only looks in: somebody works there, and minds an ignored file.
    fn scout(&self, top: &Path) {
        let probe = top.join(PROBE);
        fs::write(&probe, "").unwrap();
        let mut scout = Process::start(self, "claude", top);
        let number = self.watched.borrow().iter().position(|watched| watched == top).unwrap_or_default();
        let read = json!({"hook_event_name": "PostToolUse", "tool_name": "Read", "tool_use_id": format!("toolu_{}", self.now()),
            "tool_input": {"file_path": probe}, "duration_ms": 1, "tool_response": {"type": "text", "file":
            {"filePath": probe, "content": "", "numLines": 1, "startLine": 1, "totalLines": 1}}});
        let all = [
            json!({"hook_event_name": "SessionStart", "source": "startup"}),
            read,
            json!({"hook_event_name": "SessionEnd", "reason": "other"}),
        ];
        for mut payload in all {
            payload["session_id"] = json!(format!("5c0a7000-0000-4000-8000-00000000000{number}"));
            payload["transcript_path"] = json!(self.home.path().join(".claude/none.jsonl"));
            payload["cwd"] = json!(top);
            scout.hook("claude-code", &payload);
        }
    }

    /// What happened in `top` before has been told after this.
    fn probe(&self, top: &Path) {
        const MINDED: i64 = 12 * 60 * 60_000;
        const AGAIN: Duration = Duration::from_secs(2);
        let probe = top.join(PROBE);
        if (self.now() - self.scouted.get()).abs() > MINDED || !probe.exists() {
            self.scout(top);
            self.scouted.set(self.now());
        }
        let told = || {
            self.count(&format!(
                "SELECT count(*) FROM external_changes WHERE project_root = '{}' AND path = '{PROBE}'",
                top.display()
            ))
        };
        let before = told();
        let until = Instant::now() + WITHIN;
        let (mut next, mut again) = (Instant::now(), Instant::now() + AGAIN);
        while told() == before {
            assert!(Instant::now() < until, "nothing is noticed in {}", top.display());
            // What is read before the sensor has begun is not minded.
            if Instant::now() >= again {
                again = Instant::now() + AGAIN;
                self.scout(top);
            }
            if Instant::now() >= next {
                next = Instant::now() + Duration::from_millis(400);
                fs::write(&probe, format!("{:?}", Instant::now())).unwrap();
            }
            rest();
        }
    }
}
