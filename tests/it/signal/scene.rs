//! A project, the sidecar that watches it, its clock, and those who work in it.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::agent::Process;
use super::record::Record;
use super::session::{Client, Session};
use crate::support::{Home, Mcp, Sidecar, eventually};

/// Far longer than anything takes.
pub const WITHIN: Duration = Duration::from_mins(1);
const MINUTE: i64 = 60_000;

pub struct Scene(Rc<World>);

/// What everybody in a story shares.
pub struct World {
    pub home: Home,
    pub project: PathBuf,
    pub record: RefCell<Record>,
    sidecar: RefCell<Option<Sidecar>>,
    shift: Cell<i64>,
    /// Files were written since the sensor was last seen to have told everything.
    pub restless: Cell<bool>,
    env: RefCell<Vec<(&'static str, String)>>,
    pub watched: RefCell<Vec<PathBuf>>,
    /// When the sensor was last given a reason to look.
    pub scouted: Cell<i64>,
    /// A hook took so long that its answer may have come too late.
    pub slow: Cell<bool>,
    /// Agents live on to the end.
    pub resting: RefCell<Vec<Process>>,
    sessions: Cell<usize>,
}

impl std::ops::Deref for Scene {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Scene {
    pub fn new() -> Self {
        let home = Home::new();
        let project = home.path().canonicalize().unwrap().join("app");
        for (name, text) in [
            ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
            (".gitignore", "target/\nlocal.env\nprobe.txt\n"),
            ("src/main.rs", "fn main() {\n    println!(\"{}\", app::one());\n}\n"),
            ("src/lib.rs", "pub mod parse;\n\npub fn one() -> i32 {\n    1\n}\n"),
            ("src/parse.rs", "pub fn parse(text: &str) -> usize {\n    text.len()\n}\n"),
            ("src/deep/lib.rs", "pub fn deep() {}\n"),
            ("README.md", "# app\n\nCounts.\n"),
            ("local.env", "KEY=1\n"),
        ] {
            home.write(&format!("app/{name}"), text);
        }
        fs::create_dir_all(home.path().join("bin")).unwrap();
        for agent in ["claude", "codex"] {
            std::os::unix::fs::symlink("/bin/sh", home.path().join("bin").join(agent)).unwrap();
        }
        let scene = Self(Rc::new(World {
            home,
            project,
            record: RefCell::default(),
            sidecar: RefCell::default(),
            shift: Cell::new(0),
            restless: Cell::new(false),
            env: RefCell::default(),
            watched: RefCell::default(),
            scouted: Cell::new(0),
            slow: Cell::new(false),
            resting: RefCell::default(),
            sessions: Cell::new(0),
        }));
        scene.sh("git init -q -b main && git add . && git commit -q -m first");
        scene
    }

    /// A session that has begun.
    pub fn claude(&self) -> Session {
        let session = self.idle(Client::Claude);
        session.start("startup");
        session
    }

    pub fn codex(&self) -> Session {
        let session = self.idle(Client::Codex);
        session.start("startup");
        session
    }

    /// A session of which nothing has been heard.
    pub fn idle(&self, client: Client) -> Session {
        let project = self.project.clone();
        self.idle_in(client, &project)
    }

    pub fn idle_in(&self, client: Client, cwd: &Path) -> Session {
        self.serve();
        self.watch(cwd);
        let number = self.sessions.get() + 1;
        self.sessions.set(number);
        Session::new(Rc::clone(&self.0), client, cwd, number)
    }

    /// Of the sidecar and everybody else, before they start.
    pub fn env(&self, name: &'static str, value: &str) {
        self.env.borrow_mut().push((name, value.to_owned()));
    }

    pub fn settings(&self, settings: &Value) {
        self.home.write("data/settings.json", settings.to_string());
    }

    /// Ends the story: nothing may have been said that was not expected.
    pub fn end(&self) {
        self.record.borrow_mut().flush(None);
        if !self.is_served() {
            return;
        }
        let rows = self.query("SELECT d.id, d.session_id, d.kind FROM deliveries d ORDER BY d.id");
        let mut record = self.record.borrow_mut();
        for row in &rows {
            let id = row[0].as_i64().unwrap();
            if !record.is_known(id) {
                record.unheard(row[2].as_str().unwrap_or_default(), &row[1]);
            }
        }
        let told: Vec<i64> = rows.iter().filter_map(|row| row[0].as_i64()).collect();
        record.all_in_the_store(&told);
        if !record.is_clean() {
            drop(record);
            let shown = self.shown();
            self.record.borrow_mut().scenery = shown;
        }
    }
}

impl World {
    // The clock.

    pub fn now(&self) -> i64 {
        let real = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        real + self.shift.get()
    }

    /// Lets time go by, once all that happened before has been noticed.
    pub fn pass(&self, minutes: i64) {
        self.settle();
        self.jump(minutes * MINUTE);
    }

    pub fn jump(&self, ms: i64) {
        self.shift.set(self.shift.get() + ms);
        let (file, beside) = (self.clock_file(), self.home.path().join("clock.new"));
        fs::write(&beside, self.shift.get().to_string()).unwrap();
        fs::rename(beside, file).unwrap();
    }

    /// Far from the end of the day.
    pub fn at_noon(&self) {
        const DAY: i64 = 24 * 60 * MINUTE;
        let now = self.now();
        self.jump(now - now % DAY + DAY / 2 - now);
    }

    fn clock_file(&self) -> PathBuf {
        self.home.path().join("clock")
    }

    pub fn surround<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let (home, path) = (self.home.path(), std::env::var("PATH").unwrap_or_default());
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", home.join("bin").display()))
            .env("HOME", home)
            .env("TMA1_DATA_DIR", self.home.data())
            .env("TMA1_AUTOSTART", "0")
            .env("TMA1_TEST_CLOCK", self.clock_file())
            .env("TZ", "UTC")
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_EDITOR", "true")])
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "a@b.c")])
            .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "a@b.c")])
            .envs(self.env.borrow().iter().map(|(name, value)| (*name, value)))
    }

    /// So long a hook took.
    pub fn took(&self, time: Duration) {
        const LATE: Duration = Duration::from_millis(90);
        if time > LATE && self.is_served() {
            self.slow.set(true);
        }
    }

    // The sidecar.

    pub fn serve(&self) {
        if self.sidecar.borrow().is_none() {
            let sidecar = self.home.serve_with(|command| {
                command.env("TMA1_TEST_CLOCK", self.clock_file());
                command.envs(self.env.borrow().iter().map(|(name, value)| (*name, value)));
            });
            self.sidecar.replace(Some(sidecar));
            // Until it can store: hooks that come before are not heard at once.
            self.query("SELECT 1");
        }
    }

    pub fn is_served(&self) -> bool {
        self.sidecar.borrow().is_some()
    }

    /// Another one does not come up beside it.
    pub fn serve_twice(&self) {
        let mut command = self.home.command();
        let ran = self.surround(&mut command).args(["serve"]).env("TMA1_PORT", "0").output().unwrap();
        assert!(!ran.status.success(), "a second sidecar runs");
    }

    /// The clean way.
    pub fn stop(&self) {
        self.settle();
        self.sidecar.take().expect("it runs").stop();
        self.watched.borrow_mut().clear();
    }

    /// As a crash would.
    pub fn kill(&self) {
        self.settle();
        self.sidecar.take().expect("it runs").kill();
        self.watched.borrow_mut().clear();
    }

    /// It is there again, and watches.
    pub fn back(&self) {
        self.serve();
        self.watch(&self.project);
    }

    pub fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        let sidecar = self.sidecar.borrow();
        let sidecar = sidecar.as_ref().expect("it runs");
        eventually(sql, || {
            let answer = sidecar.post("/api/query", json!({"sql": sql}).to_string().as_bytes()).json();
            serde_json::from_value(answer["rows"].clone()).ok()
        })
    }

    pub fn count(&self, sql: &str) -> i64 {
        self.query(sql)[0][0].as_i64().unwrap_or_default()
    }

    pub fn until(&self, sql: &str) {
        let until = Instant::now() + WITHIN;
        while self.count(sql) == 0 {
            assert!(Instant::now() < until, "never came: {sql}\n{}", self.shown());
            rest();
        }
    }

    /// A person's command, which must succeed.
    pub fn tma1(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tma1"));
        let ran = self.surround(&mut command).args(args).current_dir(&self.project).output().unwrap();
        assert!(ran.status.success(), "tma1 {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    pub fn get(&self, path: &str) {
        let sidecar = self.sidecar.borrow();
        let answer = sidecar.as_ref().expect("it runs").get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }

    pub fn mcp(&self) -> Mcp {
        let mut command = self.home.command();
        self.surround(&mut command).arg("mcp").current_dir(&self.project);
        let mut mcp = Mcp::start(command);
        mcp.initialize("2025-11-25");
        mcp
    }

    /// For a complaint that explains itself.
    pub fn shown(&self) -> String {
        if !self.is_served() {
            return String::new();
        }
        let lines = |title: &str, sql: &str| {
            let rows = self.query(sql);
            let rows: Vec<String> = rows.iter().map(|row| format!("      {}", json!(row))).collect();
            format!("    {title}:\n{}\n", rows.join("\n"))
        };
        lines("contents", "SELECT * FROM file_change WHERE path <> 'probe.txt'")
            + &lines("edits", "SELECT * FROM file_edit")
            + &lines("views", "SELECT * FROM file_view")
            + &lines(
                "changes",
                "SELECT ts_ms, change, path, attribution, session_id, reason FROM external_changes WHERE path <> 'probe.txt' ORDER BY ts_ms",
            )
            + &lines("findings", "SELECT session_id, kind, key, severity, state, evidence, delivered_ms FROM anomalies")
            + &lines(
                "builds",
                "SELECT session_id, tag, command, cwd, status, diagnostics, failing_tests FROM builds ORDER BY started_ms",
            )
            + &lines(
                "deliveries",
                "SELECT session_id, kind, key, severity, channel, hook_event, tokens FROM deliveries",
            )
    }
}

/// Between two looks: many stories are told at a time.
pub fn rest() {
    std::thread::park_timeout(Duration::from_millis(25));
}
