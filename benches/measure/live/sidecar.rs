//! A sidecar of the benchmark's own, in a place of its own, which never outlives it.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::talk::Connection;
use crate::measure::scene::Scene;
use crate::measure::{Failure, program};

/// Far more than anything takes that is waited for here.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which store and which history a sidecar works on.
pub struct Site<'a> {
    pub scene: &'a Scene,
    pub data: PathBuf,
    pub claude: PathBuf,
}

impl<'a> Site<'a> {
    /// The store that was filled by the import.
    pub fn full(scene: &'a Scene) -> Self {
        Self { scene, data: scene.data(), claude: scene.claude() }
    }

    /// An empty data directory beside it.
    pub fn empty(scene: &'a Scene, name: &str) -> Result<Self, Failure> {
        let data = scene.data().with_file_name(format!("data-{name}"));
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        Ok(Self { scene, data, claude: scene.claude() })
    }

    /// The program in this place; nothing starts a sidecar unless it is told to.
    pub fn tma1(&self, args: &[&str]) -> Command {
        let mut command = self.scene.tma1(args);
        command.env("TMA1_DATA_DIR", &self.data).env("CLAUDE_CONFIG_DIR", &self.claude).env("TMA1_PORT", "0");
        command
    }

    /// As an agent runs it.
    pub fn hook(&self) -> Command {
        let mut command = self.tma1(&["hook", "--agent", "claude_code"]);
        command.env("CLAUDE_PROJECT_DIR", self.scene.busiest()).env("CLAUDE_CODE_ENTRYPOINT", "cli");
        command
    }

    fn info(&self) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.data.join("server.json")).ok()?).ok()
    }
}

/// Waits until `done` gives something.
pub fn eventually<T>(what: &str, mut done: impl FnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = done()? {
            return Ok(value);
        }
        if Instant::now() > until {
            return Err(format!("never came: {what}").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub struct Sidecar {
    /// `None`: a hook started it.
    child: Option<Child>,
    pid: u32,
    data: PathBuf,
    socket: PathBuf,
    port: u16,
}

impl Sidecar {
    /// Starts one and waits until it answers.
    pub fn start(site: &Site<'_>) -> Result<Self, Failure> {
        let mut command = site.tma1(&["serve"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        let pid = child.id();
        let data = site.data.clone();
        let mut sidecar = Self { child: Some(child), pid, data, socket: PathBuf::new(), port: 0 };
        eventually("a sidecar that listens", || {
            if let Some(status) = sidecar.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Err(format!("the sidecar ended with {status}").into());
            }
            let info = site.info().filter(|info| info["pid"] == pid);
            Ok(info.map(|info| sidecar.take_place(&info)))
        })?;
        sidecar.connect()?.get("/health")?.json()?;
        Ok(sidecar)
    }

    /// The one that a hook has started.
    pub fn found(site: &Site<'_>) -> Result<Self, Failure> {
        let info = site.info().ok_or("the hook started no sidecar")?;
        let pid = info["pid"].as_u64().and_then(|pid| pid.try_into().ok()).ok_or("a sidecar without a number")?;
        let data = site.data.clone();
        let mut sidecar = Self { child: None, pid, data, socket: PathBuf::new(), port: 0 };
        sidecar.take_place(&info);
        Ok(sidecar)
    }

    fn take_place(&mut self, info: &Value) {
        self.socket = PathBuf::from(info["socket"].as_str().unwrap_or_default());
        self.port = info["port"].as_u64().and_then(|port| port.try_into().ok()).unwrap_or_default();
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn connect(&self) -> Result<Connection<UnixStream>, Failure> {
        let stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Connection::new(stream))
    }

    pub fn counter(&self, name: &str) -> Result<i64, Failure> {
        Ok(self.state()?["counters"][name].as_i64().unwrap_or_default())
    }

    pub fn state(&self) -> Result<Value, Failure> {
        self.connect()?.get("/api/sidecar")?.json()
    }

    /// The one number that `sql` asks for.
    pub fn number(&self, sql: &str, params: &[&str]) -> Result<i64, Failure> {
        let order = json!({ "sql": sql, "params": params }).to_string();
        let table = self.connect()?.post("/api/query", &order)?.json()?;
        table["rows"][0][0].as_i64().ok_or_else(|| format!("no number for {sql}: {table}").into())
    }

    /// Waits until so many hook events of sessions named `like` are stored, and tells whether it is exactly those.
    pub fn holds(&self, like: &str, events: u64) -> Result<bool, Failure> {
        let wanted = i64::try_from(events)?;
        let mut found = Ok(0);
        let came = eventually("the events", || {
            // There may be no store yet.
            found = self.events(like);
            Ok(matches!(&found, Ok(found) if *found >= wanted).then_some(()))
        });
        let found = found?;
        came.map_err(|_| format!("{found} of {wanted} events came"))?;
        // One more may be on its way.
        eventually("an empty queue", || Ok((self.state()?["queue"] == 0).then_some(())))?;
        Ok(self.events(like)? == wanted)
    }

    pub fn events(&self, like: &str) -> Result<i64, Failure> {
        self.number("SELECT count(*) FROM events WHERE source = 'hook' AND session_id LIKE ?1", &[like])
    }

    pub fn signal(&self, name: &str) -> Result<(), Failure> {
        signal(self.pid, name)
    }

    /// Ends it the clean way, and waits until it has.
    pub fn stop(mut self, site: &Site<'_>) -> Result<(), Failure> {
        program::run(&mut site.tma1(&["stop"]), "")?;
        if let Some(mut child) = self.child.take() {
            let status = child.wait()?;
            if !status.success() {
                return Err(format!("the sidecar ended with {status}").into());
            }
        }
        self.pid = 0;
        Ok(())
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        match &mut self.child {
            Some(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            // Its number may be another process's by now.
            None if is_ours(self.pid, &self.data) => drop(signal(self.pid, "-KILL")),
            None => {}
        }
    }
}

fn is_ours(pid: u32, data: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|word| word == data.as_os_str().as_encoded_bytes())
}

fn signal(pid: u32, name: &str) -> Result<(), Failure> {
    let status = Command::new("kill").args([name, &pid.to_string()]).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("kill {name} {pid} ended with {status}").into()) }
}
