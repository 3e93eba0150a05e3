//! `tma1 build`: the command behaves as without us, and its verdict is kept however it ends.

#![cfg(target_os = "linux")]

mod endings;
mod pipes;
mod terminal;
mod verdicts;
mod watching;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::Value;

use crate::support::{Home, PATIENCE, eventually};

impl Home {
    /// The newest run.
    fn build(&self) -> Value {
        self.sql("SELECT * FROM builds ORDER BY coalesce(ended_ms, started_ms) DESC LIMIT 1")[0].clone()
    }

    fn wrapped(&self, words: &[&str]) -> Command {
        let mut command = self.command();
        command.args(["build", "--"]).args(words);
        command
    }

    /// A program of the test's own, below the home.
    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        path
    }
}

/// A terminal with a shell in it, as a person has one.
struct Shell {
    master: File,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of it was dealt with.
    seen: usize,
    child: Child,
}

const PROMPT: &str = "ready> ";

impl Shell {
    fn open(home: &Home) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let name = name.to_str().expect("UTF-8").to_owned();
        let slave = || -> OwnedFd {
            std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .custom_flags_noctty()
                .open(&name)
                .expect("it opens")
                .into()
        };
        let (width, height) = (101, 33);
        let size = Winsize { ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("a size");
        let environment = home.command();
        let mut command = Command::new("setsid");
        command.args(["--ctty", "bash", "--norc", "--noprofile", "--noediting", "-i"]).env_clear();
        for (name, value) in environment.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command.env("PS1", PROMPT).env("TERM", "xterm").env("T", env!("CARGO_BIN_EXE_tma1")).current_dir(home.path());
        let child = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().expect("setsid and bash are there");
        let master = File::from(master);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, into) = (master.try_clone().expect("a copy"), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                into.lock().expect("not poisoned").extend_from_slice(&buffer[..count]);
            }
        });
        let mut shell = Self { master, shown, seen: 0, child };
        shell.until(PROMPT);
        shell
    }

    fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("the terminal takes it");
    }

    fn resize(&self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.master, size).expect("a size");
    }

    /// What is shown up to and with `words`.
    fn until(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let text = {
                let shown = self.shown.lock().expect("not poisoned");
                String::from_utf8_lossy(&shown[self.seen..]).into_owned()
            };
            if let Some(at) = text.find(words) {
                self.seen += at + words.len();
                return text[..at + words.len()].to_owned();
            }
            assert!(Instant::now() < until, "never shown: {words:?} in {text:?}");
            std::thread::park_timeout(std::time::Duration::from_millis(2));
        }
    }

    /// Runs one line and gives what it showed, without the line itself.
    fn line(&mut self, line: &str) -> String {
        self.keys(&format!("{line}\n"));
        self.until("\n");
        let shown = self.until(PROMPT);
        shown[..shown.len() - PROMPT.len()].to_owned()
    }

    fn code(&mut self) -> String {
        self.line("echo $?").trim().to_owned()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

trait NoControl {
    fn custom_flags_noctty(&mut self) -> &mut Self;
}

impl NoControl for std::fs::OpenOptions {
    /// The test must not get a controlling terminal of it.
    fn custom_flags_noctty(&mut self) -> &mut Self {
        use std::os::unix::fs::OpenOptionsExt as _;
        self.custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed())
    }
}

/// The numbers of the processes below `parent`.
fn children(parent: u32) -> Vec<u32> {
    let told = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    told.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The one process that `parent` runs, once it is that program.
fn only_child(parent: u32, program: &str) -> u32 {
    eventually(program, || {
        let found = children(parent);
        let name = std::fs::read_to_string(format!("/proc/{}/comm", found.first()?)).ok()?;
        (name.trim() == program).then(|| found[0])
    })
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status().expect("kill runs");
    assert!(sent.success(), "{name} {pid}");
}

fn piped(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
}
